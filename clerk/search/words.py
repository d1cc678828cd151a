"""Items by words: BM25 with every addend computed at night, so that a query only adds and sorts.

FTS5 computes BM25 row by row while it searches, about 1 us a matching row: at 90,000 items with short, repetitive
names a query of common words takes 90 ms. Here each (word, item) pair carries its finished addend and a query takes
a millisecond. The formula and constants are those of FTS5's `bm25()`, with weights for name, category and body.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from clerk.errors import PackDamaged
from clerk.pack.fold import folded
from clerk.pack.search import OR_BELOW, STOP_WORDS

FILE = "words.npz"
"""Name of the file in a pack's folder."""

WEIGHTS = (3.0, 2.0, 1.0)
"""Name, category, body. One judged set peaks at 5,2,1, the other at 1,1,1; between them neither loses 0.01."""

WORDS_AT_MOST = 16
"""Words of a query that are looked at."""

_K1, _B = 1.2, 0.75
"""FTS5's own constants."""

_BEGINNINGS = 64
"""Terms that an unfinished word may stand for."""

_ASIDE = 0.6
"""Weight of a word that says what a thing is for."""

_RESPELT = 0.6
"""Part of a word that counts as held where another spelling of it is."""

_NEAREST = 12
"""Known words of about the right spelling that are compared."""

STEMMER = "porter"
"""Snowball's algorithm by which words lose their endings; saved with an index, since a query has to use the same.

`english` finds as well on the judged sets; `porter` also lets `dvds` meet `dvd`, agrees with the index of the pack that
answers while typing, and differs from what earlier versions wrote in eight of ten thousand words.
"""

_WORD = re.compile(r"[^\W_]+")
_PLAIN = re.compile(r"[a-z]{3,}\Z")
"""What the algorithm was written for; codes, numbers and other scripts stay as they are."""


class WordText(NamedTuple):
    """What of an item is searched by words."""

    item_no: int
    name: str
    category: str = ""
    body: str = ""


class WordHits(NamedTuple):
    """Items found by words, best first."""

    nos: NDArray[np.int32]
    scores: NDArray[np.float32]
    total: int
    """How many match, also beyond the rows given."""
    coverage: NDArray[np.float32]
    """How much of the question each holds, 0 to 1: its words weighted by how rare they are, a word that no item has
    counting as the rarest."""


def words_of(text: str) -> list[str]:
    """Folded words in order, codes and numbers included."""
    # Folding takes signs apart: a trademark sign becomes a capital TM.
    return _WORD.findall(folded(text).lower())


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The word without its ending; one of other letters, with digits, or under three letters as it is."""
    if not _PLAIN.match(word):
        return word
    stemmed: str = _stemmer().stemWord(word)
    return stemmed


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    # Imported with the first word: who only asks for this module's constants does not wait for it.
    from Stemmer import Stemmer

    # Without a memory of its own: `stem` remembers.
    return Stemmer(STEMMER, 0)


class WordIndex:
    """BM25 addends by word, in arrays. Made by `build` or `open`.

    Args:
        terms: stems in alphabetical order.
        starts: where each term's items begin; one more than terms.
        nos: item_no of each pair.
        addends: BM25 addend of each pair.
    """

    def __init__(
        self, terms: list[str], starts: NDArray[np.int64], nos: NDArray[np.int32], addends: NDArray[np.float32]
    ) -> None:
        self._number = {term: number for number, term in enumerate(terms)}
        self._terms = terms
        self._starts, self._nos, self._addends = starts, nos, addends
        self._size = int(nos.max()) + 1 if len(nos) else 1

    @classmethod
    def build(cls, texts: Sequence[WordText]) -> WordIndex:
        """The index of all items. Cost: 1.5 s for 90,000 short items."""
        numbers: dict[str, int] = {}
        lengths = np.zeros(len(texts), dtype=np.float32)
        pair_terms: list[int] = []
        pair_rows: list[int] = []
        pair_counts: list[float] = []
        for row, text in enumerate(texts):
            counts: Counter[str] = Counter()
            for part, weight in zip(text[1:], WEIGHTS, strict=True):
                for word in words_of(part):
                    counts[stem(word)] += weight  # type: ignore[assignment]  # weighted counts
                    lengths[row] += 1
            for term, count in counts.items():
                pair_terms.append(numbers.setdefault(term, len(numbers)))
                pair_rows.append(row)
                pair_counts.append(count)
        terms = sorted(numbers)
        place = np.empty(len(terms), dtype=np.int64)
        place[[numbers[term] for term in terms]] = np.arange(len(terms))
        term_of = place[np.array(pair_terms, dtype=np.int64)]
        row_of = np.array(pair_rows, dtype=np.int64)
        order = np.lexsort((row_of, term_of))
        held_by = np.bincount(term_of, minlength=len(terms))
        rarity = np.maximum(np.log((len(texts) - held_by + 0.5) / (held_by + 0.5)), 1e-6)
        often = np.array(pair_counts, dtype=np.float32)
        long = 1 - _B + _B * lengths / max(float(lengths.mean()) if len(texts) else 1.0, 1e-6)
        addends = rarity[term_of] * often * (_K1 + 1) / (often + _K1 * long[row_of])
        item_nos = np.array([text.item_no for text in texts], dtype=np.int32)
        starts = np.concatenate(([0], np.cumsum(held_by))).astype(np.int64)
        return cls(terms, starts, item_nos[row_of[order]], addends[order].astype(np.float32))

    def save(self, path: Path) -> None:
        """Effect: writes `path`."""
        blob = np.frombuffer("\n".join(self._terms).encode(), dtype=np.uint8)
        with path.open("wb") as file:
            stemmer = np.array(STEMMER)
            np.savez(file, stemmer=stemmer, terms=blob, starts=self._starts, nos=self._nos, addends=self._addends)

    @classmethod
    def open(cls, path: Path) -> WordIndex | None:
        """Read what `save` wrote; None when its words lost their endings by another algorithm, or nothing says which.

        Whoever opens it has verified the file's hash.

        Raises:
            PackDamaged: it cannot be read.
        """
        try:
            with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                if "stemmer" not in file or str(file["stemmer"]) != STEMMER:
                    return None
                text = file["terms"].tobytes().decode()
                return cls(text.split("\n") if text else [], file["starts"], file["nos"], file["addends"])
        except (OSError, EOFError, KeyError, ValueError, TypeError, AttributeError, BadZipFile) as cause:
            raise PackDamaged(f"{path.name} cannot be read.", "Build the store data again.") from cause

    def search(
        self, text: str, limit: int, keep: NDArray[np.bool_] | None = None, aside: Collection[str] = ()
    ) -> WordHits:
        """Items that hold all words, or any of them when those are few; best first.

        Args:
            text: what was typed; a last word nobody has is taken as a beginning, others as misspelt.
            limit: rows at most.
            keep: by item_no, whether it may be found.
            aside: words of the text that count half.
        """
        half = frozenset(stem(word) for word in aside)
        terms = self._query_terms(text)
        scores = np.zeros(self._size, dtype=np.float32)
        covered = np.zeros(self._size, dtype=np.float32)
        counts = np.zeros(self._size, dtype=np.int8)
        asked = 1e-6
        for term, numbers, share in terms:
            nos, addends = self._pairs(numbers)
            part = _ASIDE if term in half else 1.0
            weight = self._rarity(len(nos)) * part
            scores[nos] += addends * np.float32(part)
            covered[nos] += weight * share
            counts[nos] += 1
            asked += weight
        if keep is not None:
            counts[: len(keep)][~keep[: self._size]] = 0
        found = np.flatnonzero(counts == len(terms)) if terms else np.empty(0, dtype=np.int64)
        if len(found) < OR_BELOW:
            found = np.flatnonzero(counts)
        nos, scores = best(found.astype(np.int32), scores[found], limit)
        return WordHits(nos, scores, len(found), covered[nos] / np.float32(asked))

    def holding(self, words: Iterable[str]) -> NDArray[np.int32]:
        """Items that hold any of these words, in any of their endings; `*milch*` also inside a word. Ascending."""
        numbers: set[int] = set()
        for word in words:
            if word.startswith("*"):
                part = word.strip("*")
                numbers.update(number for number, term in enumerate(self._terms) if part in term)
            elif (known := self._number.get(stem(word))) is not None:
                numbers.add(known)
        return self._pairs(sorted(numbers))[0] if numbers else np.empty(0, dtype=np.int32)

    def _rarity(self, held_by: int) -> float:
        """How much a word says that so many items hold; the rarest says most, one in half of all items nothing."""
        return max(float(np.log((self._size - held_by) / (held_by + 0.5))), 0.0)

    def _pairs(self, numbers: Sequence[int]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Items of a word and their scores; of several words in one position, each item's best score."""
        parts = [slice(self._starts[number], self._starts[number + 1]) for number in numbers]
        if len(parts) == 1:
            return self._nos[parts[0]], self._addends[parts[0]]
        nos = np.concatenate([np.empty(0, dtype=np.int32), *(self._nos[part] for part in parts)])
        addends = np.concatenate([np.empty(0, dtype=np.float32), *(self._addends[part] for part in parts)])
        order = np.lexsort((-addends, nos))
        nos, addends = nos[order], addends[order]
        first = np.ones(len(nos), dtype=np.bool_)
        first[1:] = nos[1:] != nos[:-1]
        return nos[first], addends[first]

    def _query_terms(self, text: str) -> list[tuple[str, list[int], float]]:
        """For each word of the query: its stem, the terms that may stand for it, and how sure it is that they do."""
        words = words_of(text)[:WORDS_AT_MOST]
        meaning = [word for word in words if word not in STOP_WORDS] or words
        terms = dict.fromkeys(map(stem, meaning))
        found = []
        for place, term in enumerate(terms):
            number = self._number.get(term)
            if number is not None:
                found.append((term, [number], 1.0))
            elif place == len(terms) - 1 and (starting := self._starting(meaning[-1])):
                found.append((term, starting, 1.0))
            else:
                found.append((term, self._respelt(term), _RESPELT))
        return found

    def _starting(self, beginning: str) -> list[int]:
        """Terms that begin so, in alphabetical order."""
        if len(beginning) < 2:
            return []
        first = bisect_left(self._terms, beginning)
        last = bisect_left(self._terms, beginning + "\U0010ffff", lo=first)
        return list(range(first, min(last, first + _BEGINNINGS)))

    def _respelt(self, term: str) -> list[int]:
        """The known term with the fewest slips, the most common first; the first letter is taken as meant.

        One slip up to seven letters, two above: with two, `garmin` became `laminate`.
        """
        if len(term) < 4 or any(letter.isdigit() for letter in term):
            return []
        # Imported with the first unknown word.
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        slips = 1 if len(term) <= 7 else 2
        first = bisect_left(self._terms, term[0])
        last = bisect_left(self._terms, term[0] + "\U0010ffff", lo=first)
        near = process.extract(term, self._terms[first:last], scorer=OSA.distance, score_cutoff=slips, limit=_NEAREST)
        held_by = self._starts[1:] - self._starts[:-1]
        ranked = sorted((distance, -int(held_by[first + number]), first + number) for _, distance, number in near)
        return [ranked[0][2]] if ranked else []


def best(
    nos: NDArray[np.int32], scores: NDArray[np.float32], limit: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The `limit` highest scores, best first; equal scores in order of item_no."""
    if len(nos) > limit:
        kept = np.argpartition(-scores, limit - 1)[:limit]
        nos, scores = nos[kept], scores[kept]
    order = np.lexsort((nos, -scores))
    return nos[order], scores[order]


def build(folder: Path, texts: Sequence[WordText]) -> Path:
    """Make the word index of a pack. Effect: writes `words.npz` into the folder, whose path comes back."""
    path = folder / FILE
    WordIndex.build(texts).save(path)
    return path

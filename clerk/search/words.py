"""Items by words: BM25 with every addend computed at night, so that a query only adds and sorts.

FTS5 computes BM25 row by row while it searches, about 1 us a matching row: at 90,000 items with short, repetitive
names a query of common words takes 90 ms. Here each (word, item) pair carries its finished addend and a query takes
a millisecond. The formula and constants are those of FTS5's `bm25()`, with weights for name, category and body.

Where the shop's languages need it, parts of words are kept as well: an item that shares most parts of a word is found
by it, so that compounds, endings and slips meet (`clerk/languages`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import reduce
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from clerk.errors import PackDamaged
from clerk.languages import (
    ENGLISH,
    LANGUAGES,
    has_parts,
    is_stop_word,
    is_unspaced,
    other_spellings,
    parts_of,
    pieces_of,
    plain,
    rules_of,
    said,
    terms_of,
    words_of,
)
from clerk.pack.search import OR_BELOW

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

_ENDING_AT_MOST, _PART_LEFT = 4, 2
"""Letters that a stem may have lost of a part of a word, and those that are left of it."""

PIECES_AT_MOST = 48
"""Positions of a query that are looked at: a word of a script without blanks has one for each pair of characters."""

PART_SHARE = 0.3
"""Share of a word's parts, the rare ones counting more, from which an item is found by them."""

PART_WEIGHT = 0.6
"""What all parts of a word are worth beside the whole word."""


class WordText(NamedTuple):
    """What of an item is searched by words."""

    item_no: int
    name: str
    category: str = ""
    body: str = ""
    language: str = ""
    """Of this item; empty means the shop's languages."""


class WordHits(NamedTuple):
    """Items found by words, best first."""

    nos: NDArray[np.int32]
    scores: NDArray[np.float32]
    total: int
    """How many match, also beyond the rows given."""
    coverage: NDArray[np.float32]
    """How much of the question each holds, 0 to 1: its words weighted by how rare they are, a word that no item has
    counting as the rarest."""


class _Postings:
    """Items by term, in arrays.

    Args:
        terms: in alphabetical order.
        starts: where each term's items begin; one more than terms.
        nos: item_no of each pair.
    """

    def __init__(self, terms: list[str], starts: NDArray[np.int64], nos: NDArray[np.int32]) -> None:
        self.terms, self.starts, self.nos = terms, starts, nos
        self.number = {term: number for number, term in enumerate(terms)}

    @classmethod
    def of(cls, numbers: dict[str, int], term_of: list[int], nos: list[int]) -> tuple[_Postings, NDArray[np.int64]]:
        """Sorted by term; the order in which the pairs given now stand comes beside."""
        terms = sorted(numbers)
        place = np.empty(len(terms), dtype=np.int64)
        place[[numbers[term] for term in terms]] = np.arange(len(terms))
        placed = place[np.array(term_of, dtype=np.int64)]
        order = np.lexsort((np.arange(len(placed)), placed))
        held_by = np.bincount(placed, minlength=len(terms))
        starts = np.concatenate(([0], np.cumsum(held_by))).astype(np.int64)
        return cls(terms, starts, np.array(nos, dtype=np.int32)[order]), order

    def held_by(self) -> NDArray[np.int64]:
        """How many items hold each term."""
        return self.starts[1:] - self.starts[:-1]

    def place(self, number: int) -> slice:
        """Where the items of a term stand."""
        return slice(int(self.starts[number]), int(self.starts[number + 1]))


class WordIndex:
    """BM25 addends by word. Made by `build` or `open`.

    Args:
        words: items by word.
        addends: BM25 addend of each pair of `words`.
        parts: items by part of a word of their name or category; without terms where parts are not searched.
        languages: by which words were made, two letters each.
        items: how many there are.
    """

    def __init__(
        self, words: _Postings, addends: NDArray[np.float32], parts: _Postings, languages: tuple[str, ...], items: int
    ) -> None:
        self._words, self._addends, self._parts = words, addends, parts
        self.languages = languages
        self._items = items
        self._size = int(words.nos.max()) + 1 if len(words.nos) else 1

    @classmethod
    def build(cls, texts: Sequence[WordText], languages: tuple[str, ...] = (ENGLISH,)) -> WordIndex:
        """The index of all items.

        Args:
            texts: of the items.
            languages: of the shop; an item that states its own is read in that one.

        Cost: 1.5 s for 90,000 short items in English, 6 s where parts are kept.
        """
        numbers: dict[str, int] = {}
        part_numbers: dict[str, int] = {}
        lengths = np.zeros(len(texts), dtype=np.float32)
        pair_terms: list[int] = []
        pair_rows: list[int] = []
        pair_counts: list[float] = []
        part_terms: list[int] = []
        part_nos: list[int] = []
        every = tuple(dict.fromkeys([*languages, *(text.language for text in texts if text.language)]))
        with_parts = has_parts(every)
        for row, text in enumerate(texts):
            counts: Counter[str] = Counter()
            own = (text.language,) if text.language else languages
            for part, weight in zip((text.name, text.category, text.body), WEIGHTS, strict=True):
                for word in words_of(part):
                    terms = terms_of(word, own)
                    for term in terms:
                        counts[term] += weight  # type: ignore[assignment]  # weighted counts
                    lengths[row] += len(terms) if is_unspaced(word) else 1
            for term, count in counts.items():
                pair_terms.append(numbers.setdefault(term, len(numbers)))
                pair_rows.append(row)
                pair_counts.append(count)
            if with_parts:
                shared = {piece for word in words_of(f"{text.name} {text.category}") for piece in parts_of(word)}
                part_terms += [part_numbers.setdefault(piece, len(part_numbers)) for piece in shared]
                part_nos += [text.item_no] * len(shared)
        words, order = _Postings.of(numbers, pair_terms, [texts[row].item_no for row in pair_rows])
        held_by = words.held_by()
        rarity = np.maximum(np.log((len(texts) - held_by + 0.5) / (held_by + 0.5)), 1e-6)
        often = np.array(pair_counts, dtype=np.float32)[order]
        row_of = np.array(pair_rows, dtype=np.int64)[order]
        long = 1 - _B + _B * lengths / max(float(lengths.mean()) if len(texts) else 1.0, 1e-6)
        addends = np.repeat(rarity, held_by) * often * (_K1 + 1) / (often + _K1 * long[row_of])
        parts, _ = _Postings.of(part_numbers, part_terms, part_nos)
        return cls(words, addends.astype(np.float32), parts, every, len(texts))

    def save(self, path: Path) -> None:
        """Effect: writes `path`."""
        with path.open("wb") as file:
            np.savez(
                file, rules=np.array(rules_of(self.languages)), languages=_blob(self.languages),
                items=np.array(self._items),
                terms=_blob(self._words.terms), starts=self._words.starts, nos=self._words.nos, addends=self._addends,
                parts=_blob(self._parts.terms), part_starts=self._parts.starts, part_nos=self._parts.nos,
            )  # fmt: skip

    @classmethod
    def open(cls, path: Path) -> WordIndex | None:
        """Read what `save` wrote; None when its words were made by other rules than a query's would be now.

        Whoever opens it has verified the file's hash.

        Raises:
            PackDamaged: it cannot be read.
        """
        try:
            with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                languages = tuple(_lines(file["languages"])) if "rules" in file else ()
                if not set(languages) <= LANGUAGES.keys() or not languages or str(file["rules"]) != rules_of(languages):
                    return None
                words = _Postings(_lines(file["terms"]), file["starts"], file["nos"])
                parts = _Postings(_lines(file["parts"]), file["part_starts"], file["part_nos"])
                return cls(words, file["addends"], parts, languages, int(file["items"]))
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
            aside: folded words of the text that say what a thing is for, and count for less.
        """
        positions = self._positions(text)
        scores = np.zeros(self._size, dtype=np.float32)
        covered = np.zeros(self._size, dtype=np.float32)
        counts = np.zeros(self._size, dtype=np.int8)
        asked = 1e-6
        for word, numbers, sure in positions:
            nos, addends = self._pairs(numbers)
            part = np.float32(_ASIDE if word in aside else 1.0)
            weight = self._rarity(len(nos)) * part
            asked += float(weight)
            if len(shared := self._by_parts(word)):
                shared[nos] = np.maximum(shared[nos], addends)
                covered += (shared > 0) * weight
                scores += shared * part
                counts += shared > 0
            else:
                covered[nos] += weight * np.float32(sure)
                scores[nos] += addends * part
                counts[nos] += 1
        if keep is not None:
            counts[: len(keep)][~keep[: self._size]] = 0
        found = np.flatnonzero(counts == len(positions)) if positions else np.empty(0, dtype=np.int64)
        if len(found) < OR_BELOW:
            found = np.flatnonzero(counts)
        nos, scores = best(found.astype(np.int32), scores[found], limit)
        return WordHits(nos, scores, len(found), covered[nos] / np.float32(asked))

    def holding(self, words: Iterable[str]) -> NDArray[np.int32]:
        """Items that hold any of these words, in any of their endings; `*milch*` also inside a word. Ascending."""
        numbers: set[int] = set()
        holds = np.zeros(self._size, dtype=np.bool_)
        known = self._words.number
        for word in words:
            part = plain(word.strip("*"))
            if is_unspaced(part):
                # As it is said, since every item holds the pieces of that too.
                holds[self._with_run(said(part, self.languages))] = True
            elif word.startswith("*"):
                numbers.update(self._with_part(part))
            else:
                numbers.update(known[term] for term in terms_of(word, self.languages) if term in known)
        holds[self._pairs(sorted(numbers))[0]] = True
        return np.flatnonzero(holds).astype(np.int32)

    def _with_part(self, part: str) -> Iterator[int]:
        """Terms of every word that holds a part, and a few more: a term has lost its ending, and so may the part."""
        shortest = max(min(len(part), _PART_LEFT), len(part) - _ENDING_AT_MOST)
        beginnings = tuple(part[:length] for length in range(shortest, len(part)))
        counts_as = {form: term for language in self.languages for form, term in other_spellings(language).items()}
        known = self._words.number
        for form, term in [*((one, one) for one in self._words.terms), *counts_as.items()]:
            if term in known and (part in form or (beginnings and form.endswith(beginnings))):
                yield known[term]

    def _with_run(self, run: str) -> NDArray[np.int32]:
        """Items that hold every piece of a run without blanks: all in which it stands, and few others."""
        pieces = [self._words.number.get(piece) for piece in pieces_of(run)]
        if len(run) == 1 and pieces == [None]:
            # A single kana is no piece of its own in a longer run.
            pairs = [number for term, number in self._words.number.items() if run in term]
            return self._pairs(pairs)[0]
        held = [self._words.nos[self._words.place(number)] for number in pieces if number is not None]
        if len(held) < len(pieces):
            return np.empty(0, dtype=np.int32)
        return reduce(np.intersect1d, held).astype(np.int32)

    def _rarity(self, held_by: int) -> float:
        """How much a word says that so many items hold; the rarest says most, one that all hold nothing."""
        return max(float(np.log((self._size - held_by) / (held_by + 0.5))), 0.0)

    def _pairs(self, numbers: Sequence[int]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Items of a word and their scores; of several words in one position, each item's best score."""
        parts = [self._words.place(number) for number in numbers]
        if len(parts) == 1:
            return self._words.nos[parts[0]], self._addends[parts[0]]
        nos = np.concatenate([np.empty(0, dtype=np.int32), *(self._words.nos[part] for part in parts)])
        addends = np.concatenate([np.empty(0, dtype=np.float32), *(self._addends[part] for part in parts)])
        order = np.lexsort((-addends, nos))
        nos, addends = nos[order], addends[order]
        first = np.ones(len(nos), dtype=np.bool_)
        first[1:] = nos[1:] != nos[:-1]
        return nos[first], addends[first]

    def _by_parts(self, word: str) -> NDArray[np.float32]:
        """Score of every item by the parts of a folded word that it shares; empty when parts are not searched.

        Grows with the square of the share: half of the parts in common is little, nine of ten is nearly the word.
        """
        parts = parts_of(word) if self._parts.terms else []
        if not parts:
            return np.empty(0, dtype=np.float32)
        share = np.zeros(self._size, dtype=np.float32)
        whole = 0.0
        for part in parts:
            number = self._parts.number.get(part)
            held = self._parts.place(number) if number is not None else slice(0, 0)
            rarity = float(np.log1p(self._items / (1 + held.stop - held.start)))
            whole += rarity
            share[self._parts.nos[held]] += np.float32(rarity)
        share /= np.float32(whole)
        share[share < PART_SHARE] = 0
        rarest = np.log1p(self._items / 0.5)
        return np.float32(PART_WEIGHT * rarest * (_K1 + 1) / 2) * share * share

    def _positions(self, text: str) -> list[tuple[str, list[int], float]]:
        """For each word of the query: itself, the terms that may stand for it, and how sure it is that they do."""
        words = words_of(text)[:WORDS_AT_MOST]
        meaning = [word for word in words if not is_stop_word(word, self.languages)] or words
        found: list[tuple[str, list[int], float]] = []
        known = self._words.number
        seen: set[tuple[str, ...]] = set()
        for word in meaning:
            # As it is said: an item in any spelling holds those pieces too.
            spoken = is_unspaced(word) and said(word, self.languages)
            terms = tuple(pieces_of(spoken) if spoken else terms_of(word, self.languages))
            if terms in seen:
                continue
            seen.add(terms)
            numbers = [known[term] for term in terms if term in known]
            if is_unspaced(word):
                # Each pair of characters for itself: an item with most of them is found, in order of how many.
                found += [(term, [known[term]] if term in known else [], 1.0) for term in terms]
            elif numbers:
                found.append((word, numbers, 1.0))
            elif word == meaning[-1] and (starting := self._starting(word)):
                found.append((word, starting, 1.0))
            else:
                found.append((word, self._respelt(terms[0]), _RESPELT))
        return found[:PIECES_AT_MOST]

    def _starting(self, beginning: str) -> list[int]:
        """Terms that begin so, in alphabetical order."""
        if len(beginning) < 2:
            return []
        first = bisect_left(self._words.terms, beginning)
        last = bisect_left(self._words.terms, beginning + "\U0010ffff", lo=first)
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
        known = self._words.terms
        first = bisect_left(known, term[0])
        last = bisect_left(known, term[0] + "\U0010ffff", lo=first)
        near = process.extract(term, known[first:last], scorer=OSA.distance, score_cutoff=slips, limit=_NEAREST)
        held_by = self._words.held_by()
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


def build(folder: Path, texts: Sequence[WordText], languages: tuple[str, ...] = (ENGLISH,)) -> Path:
    """Make the word index of a pack. Effect: writes `words.npz` into the folder, whose path comes back."""
    path = folder / FILE
    WordIndex.build(texts, languages).save(path)
    return path


def _blob(lines: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(lines).encode(), dtype=np.uint8)


def _lines(blob: NDArray[np.uint8]) -> list[str]:
    text = blob.tobytes().decode()
    return text.split("\n") if text else []

"""Members by the words of their names: beginnings, fragments, spelling mistakes, over any number of members.

Sorted words and, for each, the row numbers of the members who bear it. Words with the same beginning lie side by
side, so a beginning is one slice of numbers however many members it stands for; SQLite's full-text search merges
lists instead and needs 30 ms for "Alexander" at a million members where this needs one (benchmarks/member_search).
Row numbers are an order of recency, so sorted numbers are ranked members.
"""

from __future__ import annotations

import io
import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from clerk.errors import PackDamaged
from clerk.keys_at_rest import Key, seal, unseal
from clerk.pack.fold import folded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEW = 20_000
"""Members up to which sorting their numbers is faster than marking them in an array of all members."""

_WORD = re.compile(r"[^\W_]+")
_JOINED = re.compile(r"(?<=\w)['’ʼ`](?=\w)")
_CANDIDATES = 12
_AFTER = "\U0010ffff"
"""Sorts behind every letter that names are written in."""


def words_of(text: str) -> list[str]:
    """The words of a name or of what was typed, as they are compared."""
    return _WORD.findall(folded(text))


def name_words(name: str, given_name: str) -> set[str]:
    """Words a member's name is found by; O'Brien also as `obrien`."""
    both = folded(f"{name} {given_name}")
    return {*_WORD.findall(both), *_WORD.findall(_JOINED.sub("", both))}


class NameIndex:
    """Names in arrays.

    Args:
        words: different words, sorted.
        starts: where each word's members begin; one more than words.
        members: member_no, ascending within a word.
        size: members in all.
    """

    def __init__(self, words: Sequence[str], starts: NDArray[np.int64], members: NDArray[np.int32], size: int) -> None:
        self._words, self._starts, self._members, self._size = words, starts, members, size
        self._text = "\n".join(words)
        self._by_length: dict[int, list[str]] = {}

    def beginning(self, words: Iterable[str]) -> NDArray[np.int32]:
        """Members with, for each of these, a word that begins so; most recently seen first."""
        return self._all_of([self._members[self._slice(word)] for word in words])

    def holding(self, words: Iterable[str]) -> NDArray[np.int32]:
        """Members with, for each of these, a word that holds it anywhere; most recently seen first.

        Cost: one pass over all different words, 2 ms for 150,000.
        """
        import numpy as np

        lists = []
        for word in words:
            slices = [self._slice_at(number) for number in self._numbers_holding(word)]
            lists.append(np.concatenate([self._members[:0], *(self._members[part] for part in slices)]))
        return self._all_of(lists)

    def respelt(self, words: Sequence[str]) -> list[str] | None:
        """The words with each one that nobody's name begins with replaced by the nearest known spelling.

        Returns:
            None when nothing needed correcting, or nothing is near enough.
        """
        better = []
        for word in words:
            part = self._slice(word)
            nearest = word if part.stop > part.start else self._nearest(word)
            if nearest is None:
                return None
            better.append(nearest)
        return better if better != list(words) else None

    def save(self, path: Path, key: Key | None = None) -> None:
        """Effect: writes the file, sealed where there is a key; the caller syncs it."""
        import numpy as np

        text = np.frombuffer(self._text.encode(), dtype=np.uint8)
        size = np.array([self._size], dtype=np.int64)
        content = io.BytesIO()
        np.savez(content, text=text, starts=self._starts, members=self._members, size=size)
        path.write_bytes(seal(content.getvalue(), key))

    @classmethod
    def load(cls, path: Path, key: Key | None = None) -> NameIndex:
        """What `save` wrote. Cost: 40 ms for a million members.

        Raises:
            PackDamaged: the file is something else.
            KeyWrong: it is sealed with another key.
        """
        import numpy as np

        try:
            opened = path if key is None else io.BytesIO(unseal(path.read_bytes(), key))
            with np.load(opened, allow_pickle=False) as arrays:
                text = arrays["text"].tobytes().decode()
                words = text.split("\n") if text else []
                return cls(words, arrays["starts"], arrays["members"], int(arrays["size"][0]))
        except (OSError, ValueError, KeyError) as problem:
            raise PackDamaged("The index of names cannot be read.", "Run the nightly build again.") from problem

    def _slice(self, beginning: str) -> slice:
        first = bisect_left(self._words, beginning)
        last = bisect_left(self._words, beginning + _AFTER, first)
        return slice(int(self._starts[first]), int(self._starts[last]))

    def _slice_at(self, number: int) -> slice:
        return slice(int(self._starts[number]), int(self._starts[number + 1]))

    def _all_of(self, lists: list[NDArray[np.int32]]) -> NDArray[np.int32]:
        """Members in every list, ascending."""
        import numpy as np

        lists.sort(key=len)
        found = np.unique(lists[0]) if len(lists[0]) <= FEW else np.flatnonzero(self._marked(lists[0]))
        for other in lists[1:]:
            found = found[self._marked(other)[found]]
        return found.astype(np.int32)

    def _marked(self, members: NDArray[np.int32]) -> NDArray[np.bool_]:
        import numpy as np

        marked = np.zeros(self._size + 1, dtype=np.bool_)
        marked[members] = True
        return marked

    def _numbers_holding(self, fragment: str) -> list[int]:
        """Words that hold the fragment, by scanning the text of all words once."""
        ends = self._ends
        numbers: list[int] = []
        place = self._text.find(fragment)
        while place >= 0:
            number = bisect_left(ends, place)
            numbers.append(number)
            # On to the next word: a word that holds it twice counts once.
            place = self._text.find(fragment, ends[number])
        return numbers

    @cached_property
    def _ends(self) -> list[int]:
        """Where each word ends in the text of all words."""
        return list(accumulate((len(word) + 1 for word in self._words), initial=-1))[1:]

    def _nearest(self, word: str) -> str | None:
        """The known word with the fewest slips, the most borne first; one slip up to five letters, two above."""
        if len(word) < 3 or any(letter.isdigit() for letter in word):
            return None
        # Imported with the first spelling mistake: 20 ms that no start should pay.
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        if not self._by_length:
            for known in self._words:
                self._by_length.setdefault(len(known), []).append(known)
        slips = 1 if len(word) <= 5 else 2
        near: list[tuple[float, int, str]] = []
        for length in range(len(word) - slips, len(word) + slips + 1):
            known_words = self._by_length.get(length, [])
            for known, distance, _ in process.extract(
                word, known_words, scorer=OSA.distance, score_cutoff=slips, limit=_CANDIDATES
            ):
                number = bisect_left(self._words, known)
                near.append((distance, int(self._starts[number] - self._starts[number + 1]), known))
        return min(near)[2] if near else None

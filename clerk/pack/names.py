"""Words of names: how they are folded for comparing, and the nearest known spelling of one."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th"})
"""Letters that Unicode does not take apart and people type without."""

_CANDIDATES = 12


def folded(text: str) -> str:
    """Lower case without accents, as searched: `Łukasz Ångström` is `lukasz angstrom`."""
    lower = text.casefold()
    if lower.isascii():
        return lower
    apart = unicodedata.normalize("NFKD", lower)
    return "".join(c for c in apart if unicodedata.category(c) not in ("Mn", "Me", "Cf")).translate(_LETTERS)


class NameDictionary:
    """Every word of the members' names with how many bear it.

    Args:
        tokens: folded words and counts.

    Cost: about 100 bytes a word, loaded when the first spelling mistake is made.
    """

    def __init__(self, tokens: Iterable[tuple[str, int]]) -> None:
        self._by_length: dict[int, list[str]] = {}
        self._bearers: dict[str, int] = {}
        for token, members in tokens:
            self._by_length.setdefault(len(token), []).append(token)
            self._bearers[token] = members

    def corrected(self, words: list[str], is_known: Callable[[str, bool], bool]) -> list[str] | None:
        """The words with each unknown one replaced by the nearest known spelling.

        Args:
            words: folded; the last may be unfinished.
            is_known: whether a word (finished or as a beginning) occurs at all.

        Returns:
            None when nothing needed correcting or nothing is near enough.
        """
        better: list[str] = []
        for place, word in enumerate(words):
            if is_known(word, place == len(words) - 1):
                better.append(word)
                continue
            nearest = self._nearest(word)
            if nearest is None:
                return None
            better.append(nearest)
        return better if better != words else None

    def _nearest(self, word: str) -> str | None:
        """The known word with the fewest slips, the most borne first; one slip up to five letters, two above."""
        if len(word) < 3 or any(letter.isdigit() for letter in word):
            return None
        # Imported with the first spelling mistake: 20 ms that no start should pay.
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        slips = 1 if len(word) <= 5 else 2
        near: list[tuple[float, int, str]] = []
        for length in range(len(word) - slips, len(word) + slips + 1):
            known = self._by_length.get(length, [])
            for token, distance, _ in process.extract(
                word, known, scorer=OSA.distance, score_cutoff=slips, limit=_CANDIDATES
            ):
                near.append((distance, -self._bearers[token], token))
        return min(near)[2] if near else None

"""What can be a code, by its looks. Whether it opens anybody is the desk's decision, never this one."""

from __future__ import annotations

_OWN = frozenset("BCDFGHJKLNPRSTVX")
_GROUPED_DIGITS = 4
"""Digits from which `ABC 12-34` is the number of a card."""
_GROUP = 4
"""Letters of the longest group without a digit; a longer one is a name."""
_HALF_READ = 6
"""Letters without a vowel from which a text is a cut card rather than a name."""


def is_code_like(text: str) -> bool:
    """Whether a text is a code rather than words: digits in one piece or in groups, an address, or capitals only."""
    piece = text.strip()
    if not piece:
        return False
    if len(groups := piece.split()) > 1:
        digits = sum(letter.isdigit() for letter in piece)
        return digits >= _GROUPED_DIGITS and not any(one.isalpha() and len(one) > _GROUP for one in groups)
    if any(letter.isdigit() for letter in piece) or "/" in piece:
        return True
    return len(piece) >= _HALF_READ and _OWN.issuperset(piece.upper())


def looks_whole(text: str) -> bool:
    """Whether a text has the shape of one of our codes; its check letters are not looked at."""
    letters = "".join(text.split()).replace("-", "").upper()
    return len(letters) == 24 and _OWN.issuperset(letters)

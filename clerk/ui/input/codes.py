"""What can be a code, by its looks. Whether it opens anybody is the desk's decision, never this one."""

from __future__ import annotations

_OWN = frozenset("BCDFGHJKLNPRSTVX")
_HALF_READ = 6
"""Letters without a vowel from which a text is a cut card rather than a name."""


def is_code_like(text: str) -> bool:
    """Whether a text is a code rather than words: digits in one piece, an address, or capitals only."""
    piece = text.strip()
    if not piece or any(letter.isspace() for letter in piece):
        return False
    if any(letter.isdigit() for letter in piece) or "/" in piece:
        return True
    return len(piece) >= _HALF_READ and _OWN.issuperset(piece.upper())


def looks_whole(text: str) -> bool:
    """Whether a text has the shape of one of our codes; its check letters are not looked at."""
    letters = "".join(text.split()).replace("-", "").upper()
    return len(letters) == 24 and _OWN.issuperset(letters)

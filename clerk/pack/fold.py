"""Folds words before they are compared, in names and items alike."""

from __future__ import annotations

import unicodedata

_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th"})
"""Letters that Unicode does not take apart and people type without."""


def folded(text: str) -> str:
    """Lower case without accents, as searched: `Łukasz Ångström` is `lukasz angstrom`."""
    lower = text.casefold()
    if lower.isascii():
        return lower
    apart = unicodedata.normalize("NFKD", lower)
    return "".join(c for c in apart if unicodedata.category(c) not in ("Mn", "Me", "Cf")).translate(_LETTERS)

"""A text as it is compared: case, accents, width of letters and the two kana do not count."""

from __future__ import annotations

import unicodedata


def plain(text: str) -> str:
    """The text as it is compared: lower case, without accents, full width as half, katakana as hiragana.

    Marks that carry sound in their script stay (`が` is not `か`). Folding twice changes nothing.
    """
    lower = text.casefold()
    if lower.isascii():
        return lower
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", lower).casefold())
    kept = "".join(letter for letter in apart if not _accent(letter))
    return unicodedata.normalize("NFC", kept.translate(_LETTERS).casefold())


_ACCENTS = (("\u0300", "\u036f"), ("\u0591", "\u05c7"), ("\u064b", "\u065f"), ("\u0670", "\u0670"))
"""Marks that people leave out when they type: Latin, Greek and Cyrillic accents, Hebrew points, Arabic vowels."""

_LETTERS: dict[int, int | str] = {
    **{
        ord(letter): typed
        for letter, typed in zip("ßøđłæœıþð", ("ss", "o", "d", "l", "ae", "oe", "i", "th", "d"), strict=True)
    },
    **{code: code - 0x60 for code in range(0x30A1, 0x30F7)},
}
"""Letters that Unicode does not take apart and people type without; and katakana as hiragana."""


def _accent(letter: str) -> bool:
    return any(first <= letter <= last for first, last in _ACCENTS) or unicodedata.category(letter) in ("Me", "Cf")

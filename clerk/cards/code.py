"""Clerk's own card code: 24 letters that survive every Latin keyboard layout and CapsLock.

A scanner in keyboard mode types letters, and the layout of the machine decides which letters arrive. These sixteen
consonants arrive unchanged on all 26 Latin layouts measured, so a code is written in them, four bits a letter:
20 letters are an 80-bit random id, 4 letters are its 16-bit check.

The check is CRC-16/CCITT-FALSE (polynomial 0x1021, start value 0xFFFF, no reflection, no final xor). Over 24 letters
it finds every wrong letter, every two wrong letters wherever they stand, and so every swap of two letters; anything
worse slips through once in 65,536. The start value makes a code of one repeated letter invalid. The check finds
errors, it does not prove who printed the card: what makes a code hard to forge is that 80 random bits cannot be
guessed (with ten million members one guess in 10^17 hits). No secret is needed on a device.
"""

from __future__ import annotations

import secrets
from binascii import crc_hqx
from typing import Final

ALPHABET: Final = "BCDFGHJKLNPRSTVX"
"""Letter of each value 0 to 15."""
CODE_LETTERS: Final = 24
"""Letters of a whole code."""
ID_BYTES: Final = 10
"""Bytes of the random id."""

_SEED = 0xFFFF
_HALF_READ_LETTERS = 6
"""Fewer letters than this may be a typed word; from here on it is taken for a cut or misread card."""
_TO_HEX = str.maketrans(ALPHABET, "0123456789abcdef")
_FROM_HEX = str.maketrans("0123456789abcdef", ALPHABET)
_SEPARATORS = str.maketrans("", "", " \t\r\n-\u00a0\u2010\u2011\u2012\u2013\u2014")
_LETTERS = frozenset(ALPHABET)


def encode(id_bytes: bytes) -> str:
    """The 24 letters of an id.

    Args:
        id_bytes: exactly ten bytes.

    Raises:
        ValueError: not ten bytes.
    """
    if len(id_bytes) != ID_BYTES:
        raise ValueError(f"a card id has {ID_BYTES} bytes, not {len(id_bytes)}")
    return (id_bytes + crc_hqx(id_bytes, _SEED).to_bytes(2, "big")).hex().translate(_FROM_HEX)


def new_code() -> str:
    """A fresh code nobody can guess."""
    return encode(secrets.token_bytes(ID_BYTES))


def check(code: str) -> bool:
    """Whether a normalised text is 24 letters of the alphabet whose check letters are right."""
    if len(code) != CODE_LETTERS or not _LETTERS.issuperset(code):
        return False
    raw = bytes.fromhex(code.translate(_TO_HEX))
    return crc_hqx(raw[:ID_BYTES], _SEED) == int.from_bytes(raw[ID_BYTES:], "big")


def normalise(text: str) -> str:
    """Upper case, without the blanks and hyphens people put between groups."""
    return text.translate(_SEPARATORS).upper()


def is_own(text: str) -> bool:
    """Whether a scan or a typed text is one of our codes, whole and unharmed."""
    return check(normalise(text))


def looks_own(text: str) -> bool:
    """Whether a text can only be one of our codes cut short or misread: it must open nobody."""
    letters = normalise(text)
    return len(letters) >= _HALF_READ_LETTERS and _LETTERS.issuperset(letters) and not check(letters)


def grouped(code: str) -> str:
    """The code as it is printed below its QR: groups of four."""
    letters = normalise(code)
    return " ".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def tail(code: str) -> str:
    """The end of any card code, enough to tell two cards apart and too little to copy one: `····4471`."""
    letters = normalise(code)
    return f"····{letters[-4:]}" if letters else ""

"""Keystrokes become a code: what a scanner adds is taken off, and what was scanned is told from what was typed.

In: the characters between two quiet moments, suffix keys included. Out: `ScannedCode`; for items the GTIN spellings.
A room may not import its neighbours, so the rules of Clerk's own codes come as an argument: the module
`clerk.cards.code` fits `CodeRules` as it is.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from clerk.model import ScanKind, ScannedCode
from clerk.settings import ScanSettings

_AIM = re.compile(r"^\][A-Za-z][0-9A-Za-z]")
"""AIM identifier: `]`, code letter, modifier. `]Q1` is a QR code, `]E0` an EAN-13, `]C1` a GS1-128."""

_GS1_ELEMENT = re.compile(r"^(?:\(01\)|01)(\d{14})")
"""Application identifier 01 and a GTIN-14 at the start of a GS1 element string."""

_GTIN_LENGTHS = (8, 12, 13, 14)


class CodeRules(Protocol):
    """What is known about Clerk's own card codes."""

    def is_own(self, text: str) -> bool:
        """Whether the text is a whole own code with its check letters right."""
        ...

    def looks_own(self, text: str) -> bool:
        """Whether the text is a damaged or cut own code."""
        ...

    def normalise(self, text: str) -> str:
        """The code in capitals, without blanks and grouping."""
        ...


def understand(keys: str, rules: CodeRules, settings: ScanSettings | None = None) -> ScannedCode:
    """What the keys mean. Control characters inside are data that no code has, and go; they never act as keys.

    Args:
        keys: as typed or scanned, with or without prefix, suffix keys (CR, LF, Tab), blanks and capitals.
        rules: Clerk's own codes.
        settings: from which length a typed text is taken for a code.
    """
    settings = settings or ScanSettings()
    text = _clean(keys[: settings.longest])
    scanned = _AIM.match(text)
    if scanned:
        text = text[scanned.end() :].strip()
    if rules.is_own(text):
        return ScannedCode(ScanKind.MEMBER_CARD, rules.normalise(text))
    if rules.looks_own(text):
        return ScannedCode(ScanKind.PARTIAL, text)
    if text and (scanned or _is_code(text, settings.code_length)):
        return ScannedCode(ScanKind.OTHER_CODE, text)
    return ScannedCode(ScanKind.TEXT, " ".join(text.split()))


def item_codes(text: str) -> tuple[str, ...]:
    """The spellings under which an item code may stand in a catalogue, likeliest first.

    A GS1 Digital Link or element string gives its GTIN; a GTIN is also tried with and without leading zeros, because
    catalogues hold the same number as UPC-A, EAN-13 and GTIN-14. Anything else is tried as it is.
    """
    gtin = gtin_in(text)
    if not gtin:
        return (text,) if text else ()
    bare = gtin.lstrip("0")
    padded = [bare.zfill(length) for length in (13, 12, 14, 8) if len(bare) <= length]
    return tuple(dict.fromkeys([gtin, text, *padded]))


def gtin_in(text: str) -> str:
    """The GTIN that a code carries, its check digit right, or empty."""
    if text.lower().startswith(("http://", "https://")):
        return _gtin_of_link(text)
    element = _GS1_ELEMENT.match(text)
    if element and check_digit_holds(element.group(1)):
        return element.group(1)
    return text if check_digit_holds(text) else ""


def check_digit_holds(digits: str) -> bool:
    """Whether this is a GTIN of 8, 12, 13 or 14 digits with the right last one.

    Source: GS1 General Specifications 7.9: weights 3 and 1 from the right, to the next multiple of ten.
    """
    if len(digits) not in _GTIN_LENGTHS or not (digits.isascii() and digits.isdigit()):
        return False
    total = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(reversed(digits)))
    return total % 10 == 0


def _clean(keys: str) -> str:
    """Without control, format and private characters, and without blanks around."""
    kept = (one for one in keys if unicodedata.category(one) not in ("Cc", "Cf", "Co", "Cs", "Cn"))
    return "".join(kept).strip()


def _is_code(text: str, shortest: int) -> bool:
    """Whether a text without an AIM prefix is a code: a link, or one long word with a digit in it."""
    if text.lower().startswith(("http://", "https://")):
        return True
    return len(text) >= shortest and not any(one.isspace() for one in text) and any(one.isdigit() for one in text)


def _gtin_of_link(link: str) -> str:
    """The GTIN of a GS1 Digital Link: `/01/<GTIN>` in its path, or `01=<GTIN>` in its query."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return ""
    steps = [unquote(step) for step in parts.path.split("/")]
    found = [after for step, after in pairwise(steps) if step in ("01", "gtin")]
    found += parse_qs(parts.query).get("01", [])
    for digits in found:
        # Digital Link writes GTINs of every length; they are compared with fourteen digits.
        if digits.isascii() and digits.isdigit() and check_digit_holds(digits.zfill(14)):
            return digits if check_digit_holds(digits) else digits.zfill(14)
    return ""

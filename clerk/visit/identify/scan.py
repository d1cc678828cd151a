"""Keystrokes become a code: prefixes and suffixes of scanners are removed, scans and typed text told apart.

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

_GS1_ELEMENT = re.compile(r"^(?:\(?(?:1[1-35-7])\)?\d{6}|\(?20\)?\d{2}|\(?00\)?\d{18})*(?:\(0[12]\)|0[12])(\d{14})")
"""Application identifier 01, or 02 of a case, and its GTIN-14 in a GS1 element string: first, or behind identifiers of
fixed length (dates, variant, SSCC). FNC1 arrives as the control character GS and has been dropped."""

_BARE_LINK = re.compile(r"^[a-z0-9-]+(?:\.[a-z0-9-]+)+/(?:.*/)?(?:01|gtin)/\d{8,14}(?:[/?#]|$)", re.IGNORECASE)
"""A GS1 Digital Link whose `https://` the scanner was told to leave out."""

_SPACED_DIGITS = re.compile(
    r"[0-9] [0-9]{6} [0-9]{6}|[0-9] [0-9]{5} [0-9]{5} [0-9]|[0-9] [0-9]{2} [0-9]{5} [0-9]{5} [0-9]"
)
"""EAN-13, UPC-A and GTIN-14 as they stand below their bars; people write phone numbers in other groups."""

_UPC_E_LENGTH = 8

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
    if _SPACED_DIGITS.fullmatch(text) and check_digit_holds(joined := text.replace(" ", "")):
        return ScannedCode(ScanKind.OTHER_CODE, joined)
    return ScannedCode(ScanKind.TEXT, " ".join(text.split()))


def item_codes(text: str) -> tuple[str, ...]:
    """The spellings under which an item code may stand in a catalogue, likeliest first.

    A GS1 Digital Link or element string gives its GTIN; a GTIN is also tried with and without leading zeros, because
    catalogues hold the same number as UPC-A, EAN-13 and GTIN-14. Anything else is tried as it is.
    """
    gtin, long = gtin_in(text), _of_upc_e(text)
    if not (gtin or long):
        return (text,) if text else ()
    spelt: list[str] = [gtin, text] if gtin else [text]
    # Eight digits may be an EAN-8 and an UPC-E as well: the catalogue knows which.
    for bare in (number.lstrip("0") for number in (gtin, long) if number):
        spelt += [bare.zfill(length) for length in (13, 12, 14, 8) if len(bare) <= length]
    return tuple(dict.fromkeys(spelt))


def gtin_in(text: str) -> str:
    """The GTIN inside a code, if its check digit is right; else empty."""
    if text.lower().startswith(("http://", "https://")):
        return _gtin_of_link(text)
    if _BARE_LINK.match(text):
        return _gtin_of_link(f"https://{text}")
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
    if text.lower().startswith(("http://", "https://")) or _BARE_LINK.match(text):
        return True
    return len(text) >= shortest and not any(one.isspace() for one in text) and any(one.isdigit() for one in text)


def _of_upc_e(text: str) -> str:
    """The UPC-A that an UPC-E of eight digits stands for, or empty.

    Source: GS1 General Specifications 5.2.2.4: the zeros that were left out, by the last digit before the check digit.
    """
    if len(text) != _UPC_E_LENGTH or not (text.isascii() and text.isdigit()) or text[0] not in "01":
        return ""
    system, a, b, c, d, e, last, check = tuple(text)
    if last in "012":
        body = f"{a}{b}{last}0000{c}{d}{e}"
    elif last == "3":
        body = f"{a}{b}{c}00000{d}{e}"
    elif last == "4":
        body = f"{a}{b}{c}{d}00000{e}"
    else:
        body = f"{a}{b}{c}{d}{e}0000{last}"
    full = system + body + check
    return full if check_digit_holds(full) else ""


def _gtin_of_link(link: str) -> str:
    """The GTIN of a GS1 Digital Link: `/01/<GTIN>` in its path, or `01=<GTIN>` in its query."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return ""
    steps = [unquote(step).lower() for step in parts.path.split("/")]
    found = [after for step, after in pairwise(steps) if step in ("01", "gtin")]
    found += parse_qs(parts.query).get("01", [])
    for digits in found:
        # Digital Link writes GTINs of every length; they are compared with fourteen digits.
        if digits.isascii() and digits.isdigit() and check_digit_holds(digits.zfill(14)):
            return digits if check_digit_holds(digits) else digits.zfill(14)
    return ""

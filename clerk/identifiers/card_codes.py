"""When two card codes are the same: one rule for intake, pack, search and scan."""

from __future__ import annotations

import re
import unicodedata

_SEPARATORS = re.compile(r"[\s._\-\u00ad\u2010-\u2015\u2212\u30fb]+")
_GTIN_LENGTHS = (12, 13, 14)
_FRAMES = "*;%?'\"`´‘’!=:,|~^"
"""What scanners and spreadsheets put around a code: the stars of Code 39, the marks of a magnetic stripe, an
apostrophe."""


def card_form(code: str) -> str:
    """A card code as it is compared: `abc 12-34`, `*ABC1234*` and `ABC1234` are one card.

    Without blanks, hyphens, dots and the marks around it, in capitals, with plain digits. UPC-A, EAN-13 and GTIN-14
    write one number with 12, 13 and 14 digits and are one card; zeros in front of any other number tell two apart. A
    link keeps its form, since its marks tell one from another.
    """
    plain = unicodedata.normalize("NFKC", code)
    if not plain.isascii():
        plain = "".join(str(int(letter)) if letter.isdecimal() else letter for letter in plain)
    plain = plain.strip().strip(_FRAMES)
    if "/" in plain:
        return plain
    form = _SEPARATORS.sub("", plain).upper()
    if (
        form[:1] == "0"
        and len(form) in _GTIN_LENGTHS
        and form.isdigit()
        and form.isascii()
        and _check_digit_holds(form)
    ):
        return form.lstrip("0").zfill(_GTIN_LENGTHS[0])
    return form


def _check_digit_holds(digits: str) -> bool:
    return sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(reversed(digits))) % 10 == 0

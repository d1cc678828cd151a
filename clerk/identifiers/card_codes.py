"""When two card codes are the same: one rule for intake, pack, search and scan."""

from __future__ import annotations

import re
import unicodedata

_SEPARATORS = re.compile(r"[\s._\-\u00ad\u2010-\u2015\u2212\u30fb]+")
_FRAMES = "*;%?'\"`´‘’!=:,|~^"
"""What scanners and spreadsheets put around a code: the stars of Code 39, the marks of a magnetic stripe, an
apostrophe."""


def card_form(code: str) -> str:
    """A card code as it is compared: `abc 12-34`, `*ABC1234*` and `ABC1234` are one card.

    Without blanks, hyphens, dots and the marks around it, in capitals, with plain digits. A link keeps its form, since
    its marks tell one from another. Never shorter than the code's letters and digits: leading zeros stay.
    """
    plain = unicodedata.normalize("NFKC", code)
    if not plain.isascii():
        plain = "".join(str(int(letter)) if letter.isdecimal() else letter for letter in plain)
    plain = plain.strip().strip(_FRAMES)
    return plain if "/" in plain else _SEPARATORS.sub("", plain).upper()


def card_forms(code: str) -> tuple[str, ...]:
    """The forms under which a scanned card may be on record, the surest first.

    UPC-A, EAN-13 and GTIN-14 write one number with 12, 13 and 14 digits: the others count only where nobody has the
    first.
    """
    form = card_form(code)
    if len(form) not in (12, 13, 14) or not (form.isascii() and form.isdigit()) or not _check_digit_holds(form):
        return (form,)
    bare = form.lstrip("0")
    return form, *(longer for size in (12, 13, 14) if (longer := bare.zfill(size)) != form and len(longer) == size)


def _check_digit_holds(digits: str) -> bool:
    return sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(reversed(digits))) % 10 == 0

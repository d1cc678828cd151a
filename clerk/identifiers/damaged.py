"""Which identifiers are none: what a spreadsheet, a form or a hurried person left where one belongs.

`4.47701E+11`, `#####`, `n/a`, `0000000000`, `noreply@shop.com`: many people share such an id, card code, phone number
or e-mail address, so it matches nobody. What counts as one is listed in `damaged.toml`. One rule for every table.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import NamedTuple

EXPONENT = "in exponent form, as a spreadsheet writes long numbers (4.47701E+11)"
ERROR = "an error of a spreadsheet (#N/A, #####)"
PLACEHOLDER = 'no real one ("n/a", 00000, none@none.com)'

_EXPONENT = re.compile(r"[+-]?\d+(?:[.,]\d+)?\s*[eE]\s*\+\s*\d{1,3}|[+-]?\d[.,]\d+\s*[eE]\s*-?\s*\d{1,3}")
"""`4.47701E+11`, `4,47701e+11`, `4E+11`; not `12E4`, which an id may be."""
_ERROR = re.compile(r"#+|#[^\W\d_][\w/ .]*[!?]")
_ONE_DIGIT = re.compile(r"0*(\d)\1*")
_ENDS_IN_ONE_DIGIT = re.compile(r"(\d)\1{7,}")
_FEWEST_DIGITS = 6
"""Digits from which one digit over and over is no phone number."""
_SURE_DIGITS = 9
"""Digits from which 999999999 is no id of a person."""
_NAMES_AT_MOST = 3
"""Different names under one address that may still be one household."""


class Listed(NamedTuple):
    """What `damaged.toml` lists, in small letters."""

    words: frozenset[str]
    errors: frozenset[str]
    mailboxes: frozenset[str]
    domains: frozenset[str]
    digits: frozenset[str]


def damage(text: str, kind: str = "id") -> str:
    """Why an identifier is none, so that it can follow "it is"; empty for a good one and for empty text.

    Args:
        text: as it was written.
        kind: `id` (also of a card), `phone` or `email`.
    """
    plain = _plain(text)
    if not plain:
        return ""
    if _EXPONENT.fullmatch(plain):
        return EXPONENT
    if _ERROR.fullmatch(plain) or plain in listed().errors:
        return ERROR
    if _bare(plain) in listed().words or not any(letter.isalnum() for letter in plain):
        return PLACEHOLDER
    if kind == "email" and "@" in plain:
        return PLACEHOLDER if _nobodys(plain) else ""
    digits = "".join(str(int(letter)) for letter in plain if letter.isdecimal())
    if kind == "phone":
        return PLACEHOLDER if _no_number(digits) else ""
    return PLACEHOLDER if digits and not any(map(str.isalpha, plain)) and _no_id(digits) else ""


def are_strangers(names: set[str]) -> bool:
    """Whether people of these names share an address that is no person's: the shop's own, typed in for everybody.

    Args:
        names: as written; empty ones count for nothing.
    """
    different = {" ".join(sorted(re.findall(r"\w+", name.casefold()))) for name in names} - {""}
    return len(different) > _NAMES_AT_MOST


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().strip("'\"`").strip().casefold()


def _bare(plain: str) -> str:
    """Without marks around it: `(none)`, `-n/a-`, `<unknown>`."""
    return re.sub(r"\s+", " ", re.sub(r"^[\W_]+|[\W_]+$", "", plain))


def _no_number(digits: str) -> bool:
    """Whether digits are a phone number that nobody has: 00000, 1234567890, +1 555 5555555."""
    if not digits.strip("0"):
        return bool(digits)
    if len(digits) >= _FEWEST_DIGITS and _ONE_DIGIT.fullmatch(digits):
        return True
    return _ENDS_IN_ONE_DIGIT.search(digits[-8:]) is not None or digits in listed().digits


def _no_id(digits: str) -> bool:
    """Whether digits are an id that nobody has; short ones may be anybody's, zeros apart."""
    if not digits.strip("0"):
        return True
    return len(digits) >= _SURE_DIGITS and _ONE_DIGIT.fullmatch(digits) is not None


def _nobodys(address: str) -> bool:
    """Whether an e-mail address is nobody's by what stands before or after its @."""
    mailbox, _, domain = address.rpartition("@")
    box = re.sub(r"[\W_]+", "", mailbox)
    first = domain.partition(".")[0]
    return box in listed().mailboxes or domain in listed().domains or (box == first and len(box) <= 3)


@cache
def listed() -> Listed:
    """The lists, read once."""
    with (Path(__file__).with_name("damaged.toml")).open("rb") as file:
        found = tomllib.load(file)
    columns = ("words", "spreadsheet_errors", "mailboxes", "domains", "digits")
    return Listed(*(frozenset(str(one).casefold() for one in found[name]) for name in columns))

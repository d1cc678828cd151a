"""When two phone numbers are the same: one rule for matching orders, finding members, and tombstones.

In: a number as somebody wrote it, and the country of the shop (`country` in `store.toml`, two letters of ISO 3166).
Out: whether two are the same, the forms that are hashed or looked up, and the digits that people see and type.

A number is *whole* when its country is known: it is written with + or 00, or the shop's country makes it one. Two whole
numbers are the same when they are equal in E.164. A number whose country is unknown is compared by its digits: with
another one of its kind always, with a whole number only when it is long enough to mean no other.
Two extensions of one number are two numbers, since two people answer them.

Digits, ends and masks need no table of countries. The library that has one is imported with the first number that is
compared as a whole, which no start and no scan does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

COUNTRY_FACT = "store.country"
"""Fact of a pack: `country` of `store.toml`, as JSON."""

_FEWEST = 6
"""Digits of the shortest number that stands for somebody."""
_MOST = 18
"""Digits of the longest: 15 by E.164, and up to three that dial abroad."""
_SAFE_NATIONAL = 8
"""Digits without a country from which a number is taken for the whole one that ends in them."""
_SAFE_WITH_CODE = 11
"""Digits from which a number whose + was lost is taken for the whole one; national numbers of ten are common, so that
ten digits may as well be one of those."""
_TAIL = 6
"""Digits that two ways of writing one number share at its end, whatever stands before it."""

_EXPONENT = re.compile(r"\d\s*[eE]\s*[+-]?\s*\d")
"""`4.47701E+11`: a spreadsheet's rounding, which many numbers share."""
_EXTENSION = re.compile(r"(?i)(?:;\s*ext\s*=|\be?xt(?:ensio|e)?n?\b|\bx|x|#|\bint\b|доб)[\s.:=]*(\d{1,7})\s*#?\s*$")
_DECIMAL = re.compile(r"(\d{7,})\.0+\s*$")
"""`447700900123.0`: a number that was read as a decimal one."""


class Number(NamedTuple):
    """One phone number, as far as it can be decided."""

    whole: str
    """In E.164 (`+4722334455`); empty where the country is unknown."""
    national: str
    """Digits without code of the country and without leading zeros."""
    extension: str = ""

    @property
    def kept(self) -> tuple[str, ...]:
        """The forms under which the number is kept; one of them is among `asked` of every same number."""
        return self._forms("~") if self.whole else (self._with_extension(f"#{self.national}"),)

    @property
    def asked(self) -> tuple[str, ...]:
        """The forms under which a number that is kept is looked for, the surest first."""
        if self.whole:
            return self._forms("#")
        # Long enough, it may have been kept as a whole number.
        ways = ("#", "~") if len(self.national) >= _SAFE_NATIONAL else ("#",)
        return tuple(self._with_extension(way + self.national) for way in ways)

    def _forms(self, way: str) -> tuple[str, ...]:
        """E.164, and the digits by which numbers of unknown country know this one."""
        forms = [self.whole]
        if len(self.national) >= _SAFE_NATIONAL:
            forms.append(way + self.national)
        if len(self.whole) > _SAFE_WITH_CODE:
            forms.append(way + self.whole[1:])
        return tuple(map(self._with_extension, forms))

    def _with_extension(self, form: str) -> str:
        return f"{form};ext={self.extension}" if self.extension else form


def country_of(value: object) -> str:
    """The country as `NO`, from `store.toml`; empty for whatever is none."""
    text = value.strip().upper() if isinstance(value, str) else ""
    if text == "UK":
        return "GB"
    return text if len(text) == 2 and text.isascii() and text.isalpha() else ""


def country_in(facts: Mapping[str, str]) -> str:
    """The country of the shop that a pack was built for."""
    try:
        return country_of(json.loads(facts.get(COUNTRY_FACT, '""')))
    except ValueError:
        return ""


def digits_of(text: str) -> str:
    """The digits that are dialled, in any script, without an extension; empty for a spreadsheet's exponent."""
    return _digits(_parts(text)[0])


def tail_of(text: str) -> str:
    """The end that every way of writing a number shares; a cheap key to look same numbers up by."""
    return digits_of(text)[-_TAIL:]


def read(text: str, country: str = "") -> Number | None:
    """A number out of what somebody wrote; None when it is none.

    Args:
        text: as it was written.
        country: of the shop; empty where it is unknown.

    Cost: 30 µs; the first one 30 ms, for the table of countries.
    """
    main, extension = _parts(text)
    digits = _digits(main)
    if not _FEWEST <= len(digits) <= _MOST or not (bare := digits.lstrip("0")):
        return None
    # `+47 (0)22 33 44 55`: the zero is dialled at home only, and not in every country.
    ways = [digits, _digits(main.replace("(0)", "", 1))] if "(0)" in main else [digits]
    abroad = "+" in re.split(r"\d", main, maxsplit=1)[0].replace("＋", "+")
    for way in ways:
        if not abroad and country and (found := _decided(way, country)):
            return Number(*found, extension)
        international = way if abroad else way[2:] if way.startswith("00") else ""
        if international and (found := _decided(f"+{international}", None)):
            return Number(*found, extension)
    return Number("", bare, extension)


def same(one: str, other: str, country: str = "") -> bool:
    """Whether two texts are one phone number.

    Cost: 1 µs where their ends differ.
    """
    if tail_of(one) != tail_of(other):
        return False
    first, second = read(one, country), read(other, country)
    return first is not None and second is not None and not set(first.kept).isdisjoint(second.asked)


def is_found_by(stored: str, typed: str, country: str = "") -> bool:
    """Whether a number is shown to somebody who types: its beginning, its end, or all of it in another way.

    Extensions are not looked at: who types a number is shown everybody who has it.
    """
    stored, typed = _parts(stored)[0], _parts(typed)[0]
    have, wanted = _digits(stored), _digits(typed)
    if not wanted:
        return False
    bare = wanted.lstrip("0")
    at_end = len(bare) >= 3 and have.endswith((wanted, bare))
    return at_end or have.startswith(wanted) or same(stored, typed, country) or _ends_alike(stored, typed, country)


def _ends_alike(stored: str, typed: str, country: str) -> bool:
    """Whether one number has no known country and ends in the other's national digits: `8 777…` and `+7 777…`.

    Enough to show somebody to a person who chooses, too little to take two numbers for one.
    """
    first, second = read(stored, country), read(typed, country)
    if first is None or second is None or bool(first.whole) == bool(second.whole):
        return False
    whole, other = (first, second) if first.whole else (second, first)
    return len(whole.national) >= _SAFE_NATIONAL and other.national.endswith(whole.national)


def _parts(text: str) -> tuple[str, str]:
    """The number itself, and the digits of its extension."""
    if _EXPONENT.search(text):
        return "", ""
    text = _DECIMAL.sub(r"\1", text)
    if (found := _EXTENSION.search(text)) is not None:
        return text[: found.start()], _digits(found.group(1))
    return text, ""


def _digits(text: str) -> str:
    return "".join(letter if letter.isascii() else str(int(letter)) for letter in text if letter.isdecimal())


def _decided(number: str, country: str | None) -> tuple[str, str] | None:
    """E.164 and the national digits of a number that can exist; None otherwise."""
    import phonenumbers as library

    try:
        found = library.parse(number, country)
    except library.NumberParseException:
        return None
    if library.is_possible_number_with_reason(found) != library.ValidationResult.IS_POSSIBLE:
        # Too short or too long; or good within one town only, so that two towns would share it.
        return None
    whole = library.format_number(found, library.PhoneNumberFormat.E164)
    return whole, library.national_significant_number(found).lstrip("0")

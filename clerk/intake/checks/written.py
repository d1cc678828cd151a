"""Words that stand in numbers and dates of exports, and the habits of countries; the lists are in `written.toml`."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

Order = Literal["ymd", "dmy", "mdy"]


@dataclass(frozen=True, slots=True)
class Words:
    """The lists of `written.toml`, every word folded."""

    currencies: tuple[str, ...]
    """Signs and abbreviations, lower case, without dots."""
    codes: tuple[str, ...]
    """Of ISO 4217, lower case."""
    symbols: Mapping[str, str]
    """Sign of one currency alone -> its code of ISO 4217."""
    nothing: tuple[str, ...]
    """What is written where there is no amount, lower case."""
    units: tuple[str, ...]
    months: Mapping[str, int]
    unsaid: frozenset[str]
    """Words of a date that say neither day, month nor year."""
    morning: tuple[str, ...]
    afternoon: tuple[str, ...]
    zones: Mapping[str, int]
    """Short name of a time zone, lower case -> hours from UTC."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How a country writes what may be read two ways."""

    mark: Literal[",", "."] = "."
    order: Order = "dmy"


@cache
def words() -> Words:
    """The words, read once."""
    lists = _lists()
    return Words(
        currencies=tuple(dict.fromkeys(text.lower() for text in lists["currencies"]["words"])),
        codes=tuple(lists["currencies"]["iso"].split()),
        symbols=lists["currencies"]["symbols"],
        nothing=tuple(lists["currencies"]["nothing"]),
        units=tuple(lists["units"]["words"]),
        months={folded(name): at for at, names in enumerate(lists["months"]["names"], 1) for name in names},
        unsaid=frozenset(folded(word) for word in lists["unsaid"]["words"]),
        morning=tuple(lists["halves"]["morning"]),
        afternoon=tuple(lists["halves"]["afternoon"]),
        zones={name.lower(): int(hours) for name, hours in lists["zones"].items()},
    )


@cache
def habits(country: str, currency: str) -> Habits:
    """What decides where a column proves nothing: the store's country, else its currency.

    Args:
        country: two letters, or empty.
        currency: three letters, or empty.
    """
    name = country or currency
    if not name:
        return Habits()
    lists = _lists()["countries" if country else "money"]
    order: Order = "dmy"
    if name in lists["month_first"].split():
        order = "mdy"
    elif name in lists["year_first"].split():
        order = "ymd"
    return Habits("." if name in lists["decimal_dot"].split() else ",", order)


def folded(word: str) -> str:
    """A word in lower case without accents and dots."""
    apart = unicodedata.normalize("NFD", word.lower().replace("ł", "l").replace("ø", "o"))
    kept = "".join(letter for letter in apart if not unicodedata.combining(letter) and letter != ".")
    return unicodedata.normalize("NFC", kept)


@cache
def _lists() -> Mapping[str, Any]:
    return tomllib.loads(resources.files("clerk.intake.checks").joinpath("written.toml").read_text(encoding="utf-8"))

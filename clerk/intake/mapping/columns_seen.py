"""What stands in the columns of a file that nobody described, and what their names mean in many languages."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

import polars as pl

from clerk.intake.checks.moments import moments
from clerk.intake.checks.numbers import decimals
from clerk.intake.checks.written import Order

READ_AS = 0.95
"""Share of cells that have a form from which a column counts as of that form."""

_NAME_AT_MOST = 200
"""Letters of a column's name that are looked at."""
_EMAIL = r"^[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s]{2,}$"

_PHONE = r"^\+?[0-9][0-9 ()./-]{6,18}[0-9]$"

_CLOCK = r"^[0-9]{1,2}[:.hH][0-9]{2}(?:[:.][0-9]{2})?(?: ?[aApP]\.? ?[mM]\.?)?$"


@dataclass(slots=True)
class Seen:
    """A column of the file and what stands in it."""

    name: str
    texts: pl.Series
    """Cells that are not empty."""
    different: int
    share_dates: float = 0.0
    share_timed: float = 0.0
    share_clocks: float = 0.0
    share_numbers: float = 0.0
    share_emails: float = 0.0
    share_phones: float = 0.0

    @property
    def is_date(self) -> bool:
        """Whether its cells are days or moments."""
        return self.share_dates >= READ_AS

    @property
    def is_number(self) -> bool:
        """Whether its cells are numbers."""
        return self.share_numbers >= READ_AS


def spans_of(texts: pl.Series) -> dict[Order, int]:
    """How many days a column covers in either order of day and month."""
    spans: dict[Order, int] = {}
    orders: tuple[Order, ...] = ("dmy", "mdy")
    for order in orders:
        days = moments(texts, order).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False).drop_nulls()
        first, last = days.min(), days.max()
        spans[order] = (last - first).days if isinstance(first, date) and isinstance(last, date) else 0
    return spans


def seen(name: str, cells: pl.Series) -> Seen:
    """What stands in a column. Cost: each different cell once."""
    written = cells.str.strip_chars().filter(cells.str.strip_chars() != "")
    seen = Seen(name, written, written.n_unique())
    if not len(written):
        return seen
    read_as = moments(written)
    numeric = decimals(written, otherwise=".,")
    bare = written.str.contains(r"^[0-9.,+-]+$")
    # Bare numbers are dates of a spreadsheet too, and dates with dots are no numbers.
    dates = read_as.is_not_null() & ~(bare & ~written.str.contains(r"^[0-9]{1,4}[.-][0-9]{1,2}[.-][0-9]{1,4}$"))
    rows = len(written)
    seen.share_dates = int(dates.sum()) / rows
    seen.share_timed = int((dates & (read_as.str.len_chars() > 10)).sum()) / rows
    seen.share_clocks = int(written.str.contains(_CLOCK).sum()) / rows
    seen.share_numbers = int(numeric.is_not_null().sum()) / rows
    seen.share_emails = int(written.str.contains(_EMAIL).sum()) / rows
    seen.share_phones = int(written.str.contains(_PHONE).sum()) / rows
    return seen


def by_name(columns: Sequence[Seen]) -> dict[str, list[str]]:
    """Canonical column -> columns of the file that go by one of its names, the surest first."""
    known = _known_names()
    found: dict[str, list[tuple[int, str]]] = {}
    for column in (one for one in columns if len(one.texts)):
        # What stands in brackets is a unit or a currency, mostly.
        bare = re.sub(r"\s*[(\[].*?[)\]]", "", column.name[:_NAME_AT_MOST])
        for name in (plain(column.name), plain(bare), _in_full(bare)):
            if name in known:
                ours, at = known[name]
                found.setdefault(ours, []).append((at, column.name))
                break
    return {ours: [name for _, name in sorted(names, key=lambda one: one[0])] for ours, names in found.items()}


@cache
def _known_names() -> dict[str, tuple[str, int]]:
    """Plain name -> canonical column, and how sure it is: 0 is the surest."""
    known: dict[str, tuple[str, int]] = {}
    for table in ("lines", "members", "items"):
        for column, names in header_words()[table].items():
            for at, name in enumerate(names):
                known.setdefault(plain(name), (column, at))
    return known


def _in_full(name: str) -> str:
    """A plain name with its words in full: `Trans No.` is `transactionnumber`."""
    short = header_words()["abbreviations"]
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|#|[nN][º°]|\d+", name)
    return "".join(plain(short.get(word.lower(), word)) for word in words)


@cache
def header_words() -> dict[str, Any]:
    """Names of columns, words of kinds and abbreviations, as `header_words.toml` has them."""
    text = resources.files("clerk.intake.mapping").joinpath("header_words.toml").read_text(encoding="utf-8")
    lists: dict[str, Any] = tomllib.loads(text)
    lists["abbreviations"] = {one: word for word, several in lists["abbreviations"].items() for one in several}
    lists["kinds"] = {kind: [plain(word) for word in words] for kind, words in lists["kinds"].items()}
    return lists


def plain(name: str) -> str:
    """A name for comparison: lower case, without accents, blanks and signs."""
    apart = unicodedata.normalize("NFKD", name.strip().lower())
    return "".join(letter for letter in apart if letter.isalnum() or letter == "#")

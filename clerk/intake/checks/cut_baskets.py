"""Which baskets of a file are not whole there, and what the file says is not, or no more, a purchase.

In: the lines that were kept, the rows that were set aside, the rows that could not be taken apart. Out: `AboutBaskets`,
by which the history store knows what an arriving basket may replace.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clerk.clock import DAY_S
from clerk.intake.canonical_tables import ROW, Source

BASKET: Final = ("store_id", "basket_id", "_day")
"""A receipt: tills that count from 1 every morning give one number to many days."""

_BETWEEN_FIELDS = re.compile(r"[,;\t|\"\r\n]+")
_KEYS = {"store_id": pl.String, "basket_id": pl.String, "_day": pl.Int32}
_NO_PURCHASE = {"member_id": pl.String, **_KEYS, "at": pl.Int64, "sku": pl.String, "modifiers": pl.String}


def day() -> pl.Expr:
    """The day of a line, as the third part of `BASKET`."""
    return (pl.col("at") // DAY_S).cast(pl.Int32).alias("_day")


@dataclass(frozen=True, slots=True)
class AboutBaskets:
    """What a file says of its baskets beside the lines that were kept."""

    cut: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_KEYS))
    """`BASKET` of each receipt that is not whole: it may replace nothing."""
    no_purchases: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_NO_PURCHASE))
    """Lines that are not, or no more, a purchase; the whole basket where `sku` is empty. `at` and `_day` are known."""
    torn_row: int = 0
    """Row of a last line without an end, of which nobody knows whether its last field is whole; 0 without one."""
    restated: bool = False
    """Whether it is a file on record, read anew by another description: what it does not name any more goes."""


def about_baskets(lines: pl.DataFrame, no_purchases: pl.DataFrame, bad: pl.DataFrame, source: Source) -> AboutBaskets:
    """What a file says of its baskets.

    Args:
        lines: kept lines with `ROW`.
        no_purchases: the same columns, of rows that are not, or no more, a purchase.
        bad: `ROW`, basket_id and `at` of rows that were set aside, as far as they could be read.
        source: the file, for rows that could not be taken apart and for a torn end.
    """
    gone = no_purchases.filter(pl.col("at").is_not_null()).with_columns(day())
    stated = AboutBaskets(no_purchases=gone.select(*_NO_PURCHASE), torn_row=source.torn_row)
    if bad.is_empty() and not source.broken and not source.torn_row:
        return stated
    here = pl.concat([frame.select(ROW, *_KEYS) for frame in (lines.with_columns(day()), gone)])
    cut = _cut(here.sort(ROW), bad, source)
    return AboutBaskets(cut, stated.no_purchases, source.torn_row)


def _cut(here: pl.DataFrame, bad: pl.DataFrame, source: Source) -> pl.DataFrame:
    """`BASKET` of each receipt that is not whole."""
    dated = bad.filter((pl.col("basket_id") != "") & pl.col("at").is_not_null()).select("basket_id", day()).unique()
    named = set(bad.filter(pl.col("at").is_null())["basket_id"])
    for _, _, original in source.broken:
        named.update(part.strip() for part in _BETWEEN_FIELDS.split(original))
    is_cut = here["basket_id"].is_in(sorted(named - {""})).to_numpy().copy()
    numbers = here[ROW].to_numpy()
    nameless = [number for number, _, _ in source.broken] + bad.filter(pl.col("basket_id") == "")[ROW].to_list()
    is_cut[_beside(numbers, np.asarray(nameless, dtype=np.int64))] = True
    if source.torn_row and len(numbers):
        # Its own basket, or the one before it where nothing was made of the torn line.
        last = max(int(np.searchsorted(numbers, source.torn_row, side="right")) - 1, 0)
        is_cut[numbers == numbers[last]] = True
    marked = here.filter(pl.Series(is_cut)).select(*_KEYS)
    return pl.concat([marked, here.join(dated, on=["basket_id", "_day"], how="semi").select(*_KEYS)]).unique()


def _beside(numbers: NDArray[np.uint32], nameless: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places of the rows just before and just after each row that names no basket."""
    before = np.searchsorted(numbers, nameless, side="left") - 1
    after = np.searchsorted(numbers, nameless, side="right")
    places = np.concatenate([before[before >= 0], after[after < len(numbers)]])
    return places.astype(np.int64)

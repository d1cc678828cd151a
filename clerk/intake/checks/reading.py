"""Reads the cells of a table as its columns prove, else as the store's country writes, and says where it had to decide.

A column is looked at whole before its first cell is read, also where a large file is read a part at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import polars as pl

from clerk.clock import NOON_S, to_datetime
from clerk.intake.canonical_tables import Source
from clerk.intake.checks.currencies import in_minor_units
from clerk.intake.checks.moments import OrderProof, order_proof, wall_seconds
from clerk.intake.checks.numbers import Proof, decimals, proof
from clerk.intake.checks.written import Habits, Order, habits
from clerk.phrases import count

_AMOUNTS = ("price", "unit_price", "line_total")
_PIECES = ("on_hand", "line_no")
"""Whole numbers: a mark before three digits groups thousands."""
_NOT_AHEAD = ("sold_at", "counted_at", "joined_on", "birthday", "issued_at", "at")
"""Days that cannot lie in the future: a reading by which they do is none."""
_SAID_AS: dict[Order, str] = {"ymd": "year/month/day", "dmy": "day/month/year", "mdy": "month/day/year"}


@dataclass(frozen=True, slots=True)
class Shop:
    """Facts of the store that decide how its tables are read."""

    store_id: str = ""
    currency: str = ""
    digits: int = 2
    """Decimal digits of the currency."""
    zone: ZoneInfo | None = None
    now: int = 4_102_444_800
    """Wall seconds of the check: nobody agreed to anything, or joined, after it."""
    country: str = ""
    """Two letters; empty where it is not known."""

    @property
    def habits(self) -> Habits:
        """How the store's country writes what may be read two ways."""
        return habits(self.country, self.currency)

    @property
    def today(self) -> date:
        """The day of the check."""
        return to_datetime(self.now).date()


IN_QUANTITIES = ".,"
"""Decimal marks of quantities where no row proves one: a thousand pieces are rarer than a weight of three digits."""


def marks_of(store: Habits, digits: int) -> str:
    """Decimal marks of amounts of money where no row proves one: none in a currency without decimals."""
    return store.mark if digits else ""


def doubt_about_numbers(found: Proof, marks: str) -> str:
    """What is said of a column of numbers that had to be decided; empty where nothing had.

    Args:
        found: what the column proves.
        marks: the decimal marks that were decided on; without any there is no doubt.
    """
    if not found.undecided or not marks:
        return ""
    comma = found.comma_doubtful >= found.dot_doubtful
    read = "1.25" if ("," if comma else ".") in marks else "1250"
    such = f"{count(found.undecided, 'row')} such as {'1,250' if comma else '1.250'}"
    return f"{such} read as {read}: no row proves it"


def doubt_about_order(order: Order) -> str:
    """What is said of a column of dates whose order had to be decided."""
    return f"dates read as {_SAID_AS[order]}: no row proves it"


class Reading:
    """Reads the columns of one table.

    Args:
        source: the table as it came.
        shop: the store.
        numbers: columns of numbers.
        moments: columns of dates and times.
    """

    def __init__(
        self, source: Source, shop: Shop, *, numbers: Sequence[str] = (), moments: Sequence[str] = ()
    ) -> None:  # fmt: skip
        self._source = source
        self._shop = shop
        self._columns = (tuple(numbers), tuple(moments))
        self._proofs: dict[str, Proof] = {}
        self._orders: dict[str, OrderProof] = {}
        self._is_proven = False
        # A file that is read a part at a time is looked through only when a cell turns up that may be read two ways.
        if source.frame.height:
            self._prove()

    def _prove(self) -> None:
        """Looks through all parts of the table."""
        if self._is_proven:
            return
        self._is_proven = True
        numbers, moments = self._columns
        for part in self._source.parts():
            for column in numbers:
                if _is_text(part.frame, column):
                    self._proofs[column] = self._proofs.get(column, Proof()) + proof(part.frame[column])
            for column in moments:
                if _is_text(part.frame, column):
                    self._orders[column] = self._orders.get(column, OrderProof()) + self._days(part.frame[column])

    def _days(self, texts: pl.Series) -> OrderProof:
        return order_proof(texts, self._shop.today if texts.name in _NOT_AHEAD else None)

    def numbers(self, frame: pl.DataFrame, column: str) -> pl.Series:
        """Decimal numbers; null for what is none."""
        if column not in frame.columns:
            return pl.Series(column, [None], dtype=pl.Float64).new_from_index(0, frame.height)
        series = frame[column]
        if series.dtype == pl.String:
            if not self._is_proven and proof(series).is_doubtful:
                self._prove()
            series = decimals(series, otherwise=self._marks(column), proven=self._proofs.get(column, Proof()))
        read = series.cast(pl.Float64, strict=False)
        # Infinite and not-a-number are spellings of "unknown" here.
        return read.set(~read.is_finite().fill_null(value=False), None)

    def minors(self, frame: pl.DataFrame, column: str) -> pl.Series:
        """Money in minor units of the store's currency."""
        return in_minor_units(self.numbers(frame, column), None, self._shop.digits)

    def moments(self, frame: pl.DataFrame, column: str) -> pl.Series:
        """Wall seconds of dates and times; null for what is neither."""
        if column not in frame.columns:
            return pl.Series(column, [None], dtype=pl.Int64).new_from_index(0, frame.height)
        series = frame[column]
        if series.dtype == pl.Date:
            return series.cast(pl.Int32).cast(pl.Int64) * 86_400 + NOON_S
        if isinstance(series.dtype, pl.Datetime):
            if series.dtype.time_zone is not None:
                # Parquet keeps the moment and not the offset it was written with: UTC, where the shop's is not known.
                zone = str(self._shop.zone) if self._shop.zone else series.dtype.time_zone
                series = series.dt.convert_time_zone(zone).dt.replace_time_zone(None)
            return series.dt.epoch("s")
        series = series.cast(pl.String, strict=False)
        if not self._is_proven and self._days(series).days:
            self._prove()
        return wall_seconds(series, self._order(column), self._shop.zone)

    def dates(self, frame: pl.DataFrame, column: str) -> pl.Series:
        """ISO dates as text, empty where it is no date; `--MM-DD` stays as it is."""
        if column not in frame.columns:
            return pl.Series(column, [""], dtype=pl.String).new_from_index(0, frame.height)
        if frame.schema[column] in (pl.Date, pl.Datetime):
            return frame[column].cast(pl.Date).cast(pl.String).fill_null("")
        text = frame[column].cast(pl.String, strict=False).str.strip_chars()
        day = pl.from_epoch(self.moments(frame, column), "s").cast(pl.Date)
        if column in _NOT_AHEAD:
            # Of a year with two digits the century is not written.
            short = ~text.str.contains(r"[0-9]{4}") & (day > self._shop.today)
            day = day.zip_with(~short.fill_null(value=False), day.dt.offset_by("-100y"))
        yearless = text.str.extract(r"^(--(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01]))$")
        return day.cast(pl.String).fill_null(yearless).fill_null("").alias(column)

    def said(self) -> Iterator[str]:
        """A sentence for each column that was decided by the store's habits; to be asked when all is read."""
        for column, found in self._proofs.items():
            if column in _AMOUNTS and self._mark_of_amounts() is not None:
                continue
            if sentence := doubt_about_numbers(found, self._marks(column)):
                yield f"{column} of {self._source.table}: {sentence}"
        for column, days in self._orders.items():
            if days.order is None:
                yield f"{column} of {self._source.table}: {doubt_about_order(self._order(column))}"

    def _marks(self, column: str) -> str:
        if column in _PIECES:
            return ""
        if column not in _AMOUNTS:
            return IN_QUANTITIES
        return marks_of(self._shop.habits, self._shop.digits) and (self._mark_of_amounts() or self._shop.habits.mark)

    def _mark_of_amounts(self) -> str | None:
        """The decimal mark that all columns of money prove together: one program wrote them."""
        return sum((found for name, found in self._proofs.items() if name in _AMOUNTS), start=Proof()).mark

    def _order(self, column: str) -> Order:
        return self._orders.get(column, OrderProof()).order or self._shop.habits.order


def _is_text(frame: pl.DataFrame, column: str) -> bool:
    return column in frame.columns and frame.schema[column] == pl.String

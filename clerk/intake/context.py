"""What the converters of one night's files share: the store, known members, and notes for the manager."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from clerk.intake.canonical_tables import ROW, Source
from clerk.intake.checks.moments import moments, order_of
from clerk.intake.checks.numbers import decimals, proof
from clerk.intake.checks.reading import IN_QUANTITIES, doubt_about_numbers, doubt_about_order, marks_of
from clerk.intake.checks.written import Habits, habits
from clerk.intake.customer_matching import KnownMembers
from clerk.intake.files.column_reading import Raw
from clerk.phrases import minor_digits
from clerk.text import clean

FILE = "_file"
"""Column of tables that help to read others: the file that each row came from."""
_NAMED_AT_MOST = 5


@dataclass(slots=True)
class Context:
    """Shared by the files of one arrival."""

    store: Mapping[str, Any]
    known: KnownMembers
    zone: ZoneInfo | None = None
    notices: list[str] = field(default_factory=list)
    """Sentences for the manager: what was left out and why."""
    conflicts: list[str] = field(default_factory=list)
    buyers: pl.DataFrame | None = None
    """transaction, customer, reference: who bought, from files that list transactions only."""
    baskets: pl.DataFrame | None = None
    """basket_id and facts about whole receipts, from files that a description calls `baskets`."""
    line_modifiers: pl.DataFrame | None = None
    """line_key, option, perhaps group and quantity, from files that a description calls `line_modifiers`."""
    receipts_met: set[str] = field(default_factory=set)
    """Receipts of `baskets` of which some file has a line."""
    modifiers_met: set[int] = field(default_factory=set)
    """Rows of `line_modifiers` of which some file has the line."""
    sets: list[str] = field(default_factory=list)
    """Names of modifier sets."""
    has_items: bool = False
    """Whether a file of this arrival lists the items."""
    has_stock: bool = False
    today: str = ""
    """Date of the file at hand, ISO: when what it states was true."""

    def note(self, number: int, sentence: str, raw: Raw) -> None:
        """Adds a notice that begins with a count, unless it is 0; `one is|several are` gives singular and plural."""
        if number:
            one, _, several = sentence.partition("|")
            self.notices.append(f"{raw.file}: {number:,} {one if number == 1 else several or one}")

    @staticmethod
    def leave_out(raw: Raw, rows: int, rule: str) -> None:
        """Counts rows of a file that a rule leaves out; the report names the rule with its number.

        Args:
            raw: the file.
            rows: how many.
            rule: why, so that it can follow "3 rows left out: ".
        """
        if rows:
            raw.left_out[rule] = raw.left_out.get(rule, 0) + rows

    @property
    def habits(self) -> Habits:
        """How the store's country writes what may be read two ways."""
        return habits(self.known.country, str(self.store.get("currency", "")).upper())

    def amounts(self, texts: pl.Series, raw: Raw, *, quantity: bool = False) -> pl.Series:
        """Amounts of money, or quantities, as Float64; null where it is none. A notice says what had to be decided.

        Args:
            texts: the whole column, as it is written.
            raw: the file.
            quantity: whether it is no money.
        """
        found = proof(texts)
        digits = minor_digits(str(self.store.get("currency", "")))
        marks = IN_QUANTITIES if quantity else marks_of(self.habits, digits)
        if sentence := doubt_about_numbers(found, marks):
            self.notices.append(f"{raw.file}: {texts.name}: {sentence}")
        return decimals(texts, otherwise=marks, proven=found).cast(pl.Float64)

    def moments(self, texts: pl.Series, raw: Raw, country: str = "") -> pl.Series:
        """Wall times, ISO 8601; a text that is none stays as it is. A notice says what had to be decided.

        Args:
            texts: the whole column, as it is written.
            raw: the file.
            country: what the file says of it, where the store names neither its own nor a currency.
        """
        order = order_of(texts, date.fromisoformat(self.today) if self.today else None)
        if order is None:
            known = self.known.country or self.store.get("currency")
            order = self.habits.order if known else habits(country, "").order
            self.notices.append(f"{raw.file}: {texts.name}: {doubt_about_order(order)}")
        return moments(texts, order, shop_zone=self.zone).fill_null(texts)

    def own_location(self, locations: list[str], raw: Raw, what: str) -> str | None:
        """The location that is this store; None, with a notice, when `store.toml` does not say which of several."""
        named = str(self.store.get("location", "")).strip()
        if named:
            hit = next((one for one in locations if one.strip().lower() == named.lower()), None)
            if hit is None:
                shown = clean(", ".join(sorted(locations)[:_NAMED_AT_MOST]), 200)
                self.notices.append(f"{raw.file}: no {what} for the location {clean(named)}: not counted (has {shown})")
            return hit
        if len(locations) == 1:
            return locations[0]
        if locations:
            shown = clean(", ".join(sorted(locations)[:_NAMED_AT_MOST]), 200)
            self.notices.append(
                f"{raw.file}: {what} for {len(locations)} locations, and store.toml names none: not counted "
                f'(write location = "…", one of {shown})'
            )
        return None

    def store_ids(self, location: pl.Expr) -> pl.Expr:
        """Store id of each row: ours for our location, the location itself for another, empty where unknown."""
        named = str(self.store.get("location", "")).strip().lower()
        if not named:
            return pl.lit("")
        own = pl.lit(str(self.store.get("store_id", "")) or str(self.store.get("location", "")))
        return pl.when(location.str.to_lowercase() == named).then(own).otherwise(location)


def source_of(table: str, raw: Raw, frame: pl.DataFrame, *, broken: bool = False) -> Source:
    """One canonical table of a file; rows broken or left out go with one of its tables only."""
    numbered = frame.with_columns(pl.col(ROW).cast(pl.UInt32))
    if not broken:
        return Source(table, raw.file, numbered, torn_row=raw.torn_row, file_rows=raw.rows)
    return Source(
        table, raw.file, numbered, raw.broken, raw.left_out, torn_row=raw.torn_row, leads=True, file_rows=raw.rows
    )

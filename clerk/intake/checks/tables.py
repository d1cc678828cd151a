"""Every canonical table checked and typed; bad rows go to quarantine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from clerk.errors import SourceUnreadable
from clerk.intake.canonical_tables import Source
from clerk.intake.checks.currencies import most_frequent
from clerk.intake.checks.cut_baskets import AboutBaskets
from clerk.intake.checks.line_items import checked_lines
from clerk.intake.checks.no_items import NoItems
from clerk.intake.checks.reading import Shop
from clerk.intake.checks.rows import Checks
from clerk.intake.quarantine import Quarantine
from clerk.intake.report import BuildReport
from clerk.phone import country_of
from clerk.phrases import count, minor_digits
from clerk.settings import PackSettings
from clerk.text import clean

SMALL = ("items", "members", "stock")
"""Tables that say who and what there is."""

EXTRAS = ("cards", "modifiers", "consents", "privileges")
"""Tables that go into the pack as they were checked."""


@dataclass(slots=True)
class Checked:
    """What a shop delivered, or all it ever delivered, with every row checked and typed."""

    tables: dict[str, pl.DataFrame]
    """By canonical table name, as `Checks` and `checked_lines` make them; only tables that came."""
    currency: str
    store: Mapping[str, Any]
    """`store.toml`."""
    baskets: AboutBaskets = field(default_factory=AboutBaskets)
    """Of lines that arrive: which baskets are not whole, and what is no purchase."""


def check(
    sources: dict[str, Source], store: Mapping[str, Any], report: BuildReport, limits: PackSettings, now: int,
    home: Path, name: str, known_items: pl.DataFrame | None = None,
) -> Checked:  # fmt: skip
    """Checks every row of every table that is there.

    Args:
        sources: the tables as they came; emptied one by one, because they are large and are not needed twice.
        store: `store.toml`.
        report: gets the counts of rows kept, quarantined and replaced.
        limits: how much may be bad.
        now: wall seconds of the build.
        home: the data folder.
        name: of the folder in `quarantine/`; rows of several calls with one name go into one file.
        known_items: checked items that are known beside those of `sources`; they say what is no item.

    Raises:
        TooManyBadRows: the swap would do harm; the bad rows are written out all the same.

    Effect: writes `quarantine/<name>/rows.csv` when there are bad rows.
    """
    quarantine = Quarantine(report, share=limits.bad_rows_share, rows_from=limits.bad_rows_from)
    its_store = replace(_store_of(store, sources, report), now=now)
    checks = Checks(its_store, quarantine, report)
    left_out = {table: source.left_out for table, source in sources.items()}
    for source in sources.values():
        quarantine.arrived(source)
    tables: dict[str, pl.DataFrame] = {}
    baskets = AboutBaskets()
    for table in (*SMALL, *EXTRAS):
        if table in sources:
            tables[table] = getattr(checks, table)(sources.pop(table))
    if "lines" in sources:
        tables["lines"], baskets = checked_lines(
            sources.pop("lines"), its_store, quarantine, report, quantity_at_most=limits.quantity_at_most,
            no_items=NoItems(store, tables.get("items"), known_items),
        )  # fmt: skip
    for table, rules in left_out.items():
        for rule, rows in rules.items():
            report.table(table).leave_out(rule, rows)
    quarantine.write(home, name)
    quarantine.check()
    return Checked(tables, its_store.currency, store, baskets)


def _store_of(store: Mapping[str, Any], sources: Mapping[str, Source], report: BuildReport) -> Shop:
    """What of the store bears on reading its tables.

    Raises:
        SourceUnreadable: its time zone is unknown.
    """
    currency = clean(str(store.get("currency", "")), 8).upper()
    if not currency and "items" in sources and sources["items"].has("currency"):
        named = sources["items"].frame["currency"].cast(pl.String).drop_nulls()
        currency = next((clean(text, 8).upper() for text in named if text.strip()), "")
    if not currency and "lines" in sources:
        currency, rows = most_frequent(sources["lines"])
        if currency:
            report.fallbacks.append(
                f"store.toml names no currency: taken to be {currency}, as in {count(rows, 'line')}"
            )
    zone = None
    if name := store.get("timezone"):
        try:
            zone = ZoneInfo(str(name))
        except (KeyError, ValueError, OSError):
            raise SourceUnreadable(f"store.toml names the time zone {name!r}.", "Write it as Europe/Vienna.") from None
    country = country_of(store.get("country"))
    return Shop(clean(str(store.get("store_id", ""))), currency, minor_digits(currency), zone, country=country)

"""From files to the numbered shop, in two steps: every table checked and bad rows set aside, names into numbers.

Between the two a shop's books may stand: what was checked on many nights, merged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from clerk.nightly.canonical import Source
from clerk.nightly.checks import Checks, empty_items
from clerk.nightly.lines import checked_lines, empty_lines
from clerk.nightly.numbering import Numbered, number
from clerk.nightly.quarantine import Quarantine
from clerk.nightly.report import BuildReport
from clerk.nightly.store import store_of
from clerk.settings import PackSettings

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


@dataclass(slots=True)
class Staged:
    """What a build has once everything is checked."""

    shop: Numbered
    extras: dict[str, pl.DataFrame]
    """`EXTRAS` that the shop gave."""
    currency: str


def check(
    sources: dict[str, Source], store: Mapping[str, Any], report: BuildReport, limits: PackSettings, now: int,
    home: Path, name: str,
) -> Checked:  # fmt: skip
    """Checks every row of every table that is there.

    Args:
        sources: the tables as they came; emptied one by one, because they are large and are not needed twice.
        store: `store.toml`.
        report: told what was kept, set aside and replaced.
        limits: how much may be bad.
        now: wall seconds of the build.
        home: the data folder.
        name: of the folder in `quarantine/`; rows of several calls with one name go into one file.

    Raises:
        TooManyBadRows: the swap would do harm; the bad rows are written out all the same.

    Effect: writes `quarantine/<name>/rows.csv` when rows were set aside.
    """
    quarantine = Quarantine(report, share=limits.bad_rows_share, rows_from=limits.bad_rows_from)
    its_store = store_of(store, sources)
    checks = Checks(its_store, quarantine, report)
    for source in sources.values():
        quarantine.arrived(source)
    tables: dict[str, pl.DataFrame] = {}
    for table in (*SMALL, *EXTRAS):
        if table in sources:
            tables[table] = getattr(checks, table)(sources.pop(table))
    if "lines" in sources:
        tables["lines"] = checked_lines(
            sources.pop("lines"), its_store, quarantine, report, quantity_at_most=limits.quantity_at_most
        )
    quarantine.write(home, name)
    quarantine.check()
    return Checked(tables, its_store.currency, store)


def numbered(checked: Checked, report: BuildReport, now: int) -> Staged:
    """Turns names into numbers.

    Args:
        checked: the whole shop; emptied, because lines are large and are not needed twice.
        report: told what is absent and what stands in for it.
        now: wall seconds of the build.
    """
    tables = checked.tables
    extras = {table: tables[table] for table in EXTRAS if table in tables}
    if "lines" not in tables:
        report.fallbacks.append("no lines table: nobody has a history yet")
    if "cards" not in extras:
        report.fallbacks.append("no cards table: the member id is the card")
    stock = {"stock": tables["stock"]} if "stock" in tables else {}
    whole = {"items": empty_items(), "lines": empty_lines(), **tables}
    tables.clear()
    shop = number(whole, now, report)
    _strangers({**extras, **stock}, shop, report)
    return Staged(shop, extras, checked.currency)


def _strangers(tables: Mapping[str, pl.DataFrame], shop: Numbered, report: BuildReport) -> None:
    """Says how many rows name a member or an item that the shop does not have; they are left out."""
    for name, key, known in (
        ("cards", "member_id", shop.members), ("consents", "member_id", shop.members),
        ("modifiers", "sku", shop.items), ("stock", "sku", shop.items),
    ):  # fmt: skip
        if name not in tables:
            continue
        strange = tables[name].filter(pl.col(key) != "").join(known, on=key, how="anti").height
        if strange:
            thing = "member" if key == "member_id" else "item"
            report.fallbacks.append(f"{strange:,} rows of {name} name no known {thing} and are left out")

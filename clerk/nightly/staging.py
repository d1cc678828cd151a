"""From files to the numbered shop: every table checked, bad rows set aside, names turned into numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from clerk.nightly import canonical
from clerk.nightly.canonical import ROW, Source
from clerk.nightly.checks import Checks
from clerk.nightly.lines import checked_lines
from clerk.nightly.numbering import Numbered, number
from clerk.nightly.quarantine import Quarantine
from clerk.nightly.report import BuildReport
from clerk.nightly.store import store_of
from clerk.settings import PackSettings

EXTRAS = ("cards", "modifiers", "consents", "privileges")
"""Tables that go into the pack as they were checked."""


@dataclass(slots=True)
class Staged:
    """What a build has once everything is checked."""

    shop: Numbered
    extras: dict[str, pl.DataFrame]
    """`EXTRAS` that the shop gave."""
    currency: str


def stage(
    sources: dict[str, Source], store: Mapping[str, Any], report: BuildReport, limits: PackSettings, now: int,
    home: Path, name: str,
) -> Staged:  # fmt: skip
    """Checks and numbers everything.

    Args:
        sources: the tables as they came; emptied, because lines are large and are not needed twice.
        store: `store.toml`.
        report: told what was kept, set aside and replaced.
        limits: how much may be bad.
        now: wall seconds of the build.
        home: the data folder.
        name: of the folder in `quarantine/`.

    Raises:
        TooManyBadRows: the swap would do harm; the bad rows are written out all the same.

    Effect: writes `quarantine/<name>/rows.csv` when rows were set aside.
    """
    quarantine = Quarantine(report, share=limits.bad_rows_share, rows_from=limits.bad_rows_from)
    its_store = store_of(store, sources)
    checks = Checks(its_store, quarantine, report)
    for source in sources.values():
        quarantine.arrived(source)
    items = checks.items(sources["items"])
    members = checks.members(sources["members"]) if "members" in sources else None
    stock = checks.stock(sources["stock"]) if "stock" in sources else None
    extras = {table: getattr(checks, table)(sources[table]) for table in EXTRAS if table in sources}
    lines_source = sources.pop("lines", None) or _no_lines(report)
    lines = checked_lines(lines_source, its_store, quarantine, report, quantity_at_most=limits.quantity_at_most)
    del lines_source
    sources.clear()
    if "cards" not in extras:
        report.fallbacks.append("no cards table: the member id is the card")
    quarantine.write(home, name)
    quarantine.check()
    shop = number(members, items, lines, stock, now, report)
    _strangers({**extras, **({} if stock is None else {"stock": stock})}, shop, report)
    return Staged(shop, extras, its_store.currency)


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


def _no_lines(report: BuildReport) -> Source:
    report.fallbacks.append("no lines table: nobody has a history yet")
    columns = dict.fromkeys(canonical.TABLES["lines"].required, pl.String)
    return Source("lines", "lines", pl.DataFrame(schema={ROW: pl.UInt32, **columns}))

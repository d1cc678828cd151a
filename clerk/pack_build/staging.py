"""Names into numbers: the checked tables of a shop as the pack numbers them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from clerk.intake.checks.line_items import empty_lines
from clerk.intake.checks.rows import empty_items
from clerk.intake.checks.tables import EXTRAS, Checked
from clerk.intake.report import BuildReport
from clerk.pack_build.numbering import Numbered, number


@dataclass(slots=True)
class Staged:
    """What a build has once everything is checked."""

    shop: Numbered
    extras: dict[str, pl.DataFrame]
    """`EXTRAS` that the shop gave."""
    currency: str


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

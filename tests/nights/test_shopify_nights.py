"""Nights of a shop on Shopify: what is no item is never a taste, and a later export takes back what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from clerk.clock import FixedClock
from clerk.intake.checks import no_items
from clerk.nights.local import Means, take_in
from clerk.nights.report import NightReport
from tests.intake.exports import write_export

DAY = 86_400
START = 1_793_000_000


def row(name: str, item: str, **told: object) -> dict[str, object]:
    return {
        "Name": name, "Email": "ada@mail.example", "Financial Status": "paid", "Currency": "EUR",
        "Created at": "2026-09-07 09:50:26 +0200", "Lineitem quantity": "1", "Lineitem name": item,
        "Lineitem price": "9.50", "Source": "pos", "Total": "19.00", **told,
    }  # fmt: skip


def night(home: Path, day: int, *rows: dict[str, object]) -> NightReport:
    (home / "inbox").mkdir(parents=True, exist_ok=True)
    write_export(home / "inbox" / f"orders-{day}.csv", "shopify_orders", *rows)
    return take_in(home, Means(FixedClock(START + day * DAY), everything=True))


def lines(report: NightReport) -> int:
    build: dict[str, Any] = report.build or {}
    number: int = build["counts"]["lines"]
    return number


def test_a_later_export_takes_back_what_was_cancelled_or_removed(tmp_path: Path) -> None:
    both = [row("#1", "Mug"), row("#1", "Bowl"), row("#2", "Mug")]
    assert lines(night(tmp_path, 1, *both)) == 3
    edited = [row("#1", "Mug"), row("#1", "Bowl", **{"Lineitem quantity": "0"}), row("#2", "Mug")]
    assert lines(night(tmp_path, 2, *edited)) == 2
    off = {"Cancelled at": "2026-09-08 09:00:00 +0200"}
    assert lines(night(tmp_path, 3, row("#2", "Mug", **off))) == 1


def test_every_row_is_accounted_for_and_only_things_are_taken(tmp_path: Path) -> None:
    back = {"Financial Status": "refunded"}
    none = (row("#1", item, **back) for item in ("Tip", "Gift Card - 25 €", "Trinkgeld"))
    told = night(tmp_path, 1, row("#1", "Mug", **back), *none)
    assert lines(told) == 2
    assert f"3 left out: {no_items.RULE}" in told.text()
    assert "nobody knows" not in told.text()

"""Every number on a card is true: recounted from the rows of both shops by code of its own."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from clerk.clock import parse_at
from clerk.demo.complete_journey import write_complete_journey
from clerk.demo.sample_store import write_sample_store
from tests.recount.cards import recounted
from tests.recount.sentences import summary

HOUSEHOLDS = 120
"""Households of the Complete Journey: enough for company and neighbours, built in seconds."""


def test_every_number_on_cards_of_the_sample_store_is_true(tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    write_sample_store(folder, date(2026, 3, 10))
    dates = [parse_at(at) for at in ("2026-03-10T09:00", "2025-11-20T12:00")]
    counted, wrong = summary(recounted(folder, tmp_path / "home", dates[0], dates, members=40))
    assert not wrong, "\n".join(wrong[:20])
    for kind in ("usual line", "due, in words", "reason: ", "evidence: Bought ", "silence", "privilege", "line item"):
        assert any(one.startswith(kind) for one in counted), f"no {kind} was said"


@pytest.mark.slow
def test_every_number_on_cards_of_the_complete_journey_is_true(tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    write_complete_journey(folder)
    lines = pl.read_parquet(folder / "lines.parquet")
    some = lines["member_id"].unique().sort()[:HOUSEHOLDS].to_list()
    lines.filter(pl.col("member_id").is_in(some)).write_parquet(folder / "lines.parquet")
    dates = [parse_at(at) for at in ("2018-01-02", "2017-09-10T12:00")]
    counted, wrong = summary(recounted(folder, tmp_path / "home", dates[0], dates, members=25))
    assert not wrong, "\n".join(wrong[:20])
    assert any(one.startswith("due, in words") for one in counted)


@pytest.mark.slow
@pytest.mark.parametrize("column", ["quantity", "sold_at"])
def test_a_wrong_count_is_noticed(tmp_path: Path, column: str) -> None:
    """The recount is of the rows as they are: against other rows than the pack was built from it goes red."""
    folder = tmp_path / "tables"
    folder.mkdir()
    write_sample_store(folder, date(2026, 3, 10))
    now = parse_at("2026-03-10T09:00")
    cards = recounted(folder, tmp_path / "home", now, [now], members=5, spoil=column)
    assert summary(cards)[1]

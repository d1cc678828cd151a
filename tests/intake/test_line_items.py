from __future__ import annotations

from pathlib import Path

import pytest

from clerk.clock import DAY_S, parse_at
from clerk.intake import canonical_tables
from clerk.intake.delimited import encoding
from clerk.model import LineFlag
from clerk.pack.open import DATABASE, PACKS
from clerk.pack.read import PackReader
from tests.pack_build.shop import build_shop, opened, write_shop

RETURN, GIFT, ELSEWHERE = int(LineFlag.RETURN), int(LineFlag.GIFT), int(LineFlag.ELSEWHERE)


def told(reader: PackReader, member_id: str) -> list[tuple[str, int, float, int]]:
    """Basket, line number, quantity and flags of each line of a member."""
    number = reader.member_no(member_id)
    assert number is not None
    history = reader.member_facts(number).history
    columns = (history.basket, history.line_no, history.quantity, history.flags & 63)
    return [(history.basket_id[b], n, q, f) for b, n, q, f in zip(*(c.tolist() for c in columns), strict=True)]


def test_a_return_cancels_the_latest_purchase_and_both_stay_visible(tmp_path: Path) -> None:
    lines = [
        ("b1", "m1", "FW", "2026-01-01T08:00", "1", "sale"),
        ("b2", "m1", "FW", "2026-01-02T08:00", "1", ""),
        ("b3", "m1", "FW", "2026-01-03T08:00", "1", "return"),
        ("b4", "m1", "FW", "2026-01-04T08:00", "1", "sale"),
    ]
    build_shop(write_shop(tmp_path / "f", lines=lines, line_columns=("kind",)), tmp_path / "h")
    assert told(opened(tmp_path / "h"), "m1") == [
        ("b1", 1, 1.0, 0), ("b2", 1, 1.0, RETURN), ("b3", 1, -1.0, RETURN), ("b4", 1, 1.0, 0)
    ]  # fmt: skip


def test_a_negative_quantity_is_a_return_and_a_part_cancels_nothing(tmp_path: Path) -> None:
    lines = [
        ("b1", "m1", "FW", "2026-01-01T08:00", "3"),
        ("b2", "m1", "FW", "2026-01-02T08:00", "-1"),
        ("b3", "m2", "CR", "2026-01-02T08:00", "-2"),
    ]
    report = build_shop(write_shop(tmp_path / "f", lines=lines), tmp_path / "h")
    reader = opened(tmp_path / "h")
    assert told(reader, "m1") == [("b1", 1, 3.0, 0), ("b2", 1, -1.0, RETURN)]
    assert told(reader, "m2") == [("b3", 1, -2.0, RETURN)]
    assert any("never sold here" in sentence for sentence in report.fallbacks)


def test_a_gift_is_marked_and_another_store_is_elsewhere(tmp_path: Path) -> None:
    lines = [
        ("b1", "m1", "FW", "2026-01-01T08:00", "1", "yes", "S1"),
        ("b2", "m1", "FW", "2026-01-02T08:00", "1", "", "S2"),
        ("b3", "m1", "FW", "2026-01-03T08:00", "1", "", ""),
    ]
    folder = write_shop(tmp_path / "f", lines=lines, line_columns=("gift", "store_id"))
    build_shop(folder, tmp_path / "unnamed")
    assert [row[3] for row in told(opened(tmp_path / "unnamed"), "m1")] == [GIFT, 0, 0]
    (folder / "store.toml").write_text('store_id = "S1"\n')
    build_shop(folder, tmp_path / "named")
    assert [row[3] for row in told(opened(tmp_path / "named"), "m1")] == [GIFT, ELSEWHERE, 0]


def test_guests_are_left_out_and_no_bad_rows(tmp_path: Path) -> None:
    lines = [(f"b{n}", "" if n else "m1", "FW", "2026-01-01T08:00", "1") for n in range(200)]
    report = build_shop(write_shop(tmp_path / "f", lines=lines), tmp_path / "h")
    assert report.counts["lines"] == 1
    assert report.tables["lines"].bad == 0
    assert report.tables["lines"].left_out == {"without a member: sold to guests": 199}


def test_rows_that_cannot_be_lines_are_set_aside_with_their_reason(tmp_path: Path) -> None:
    lines = [
        ("b1", "m1", "FW", "2026-01-01T08:00", "1", ""),
        ("", "m1", "FW", "2026-01-01T08:00", "1", ""),
        ("b2", "m1", "", "2026-01-01T08:00", "1", ""),
        ("b3", "m1", "FW", "soon", "1", ""),
        ("b4", "m1", "FW", "2026-01-01T08:00", "several", ""),
        ("b5", "m1", "FW", "2026-01-01T08:00", "5000000", ""),
        ("b6", "m1", "FW", "0026-01-01T08:00:00", "1", ""),
        ("b7", "m1", "FW", "2026-01-01T08:00", "1", "barter"),
        ("=cmd()", "m1", "FW", "", "1", ""),
    ]
    report = build_shop(write_shop(tmp_path / "f", lines=lines, line_columns=("kind",)), tmp_path / "h")
    assert report.tables["lines"].quarantined == {
        "no basket_id": 1, "no sku": 1, "sold_at is no date": 2, "quantity is no number": 1,
        "quantity above 100,000": 1, "sold_at lies outside 1900 to 2100": 1,
        'kind "barter" is not known: say in mapping.toml what it means (sale, return or none)': 1,
    }  # fmt: skip
    text = (tmp_path / "h" / "quarantine" / report.quarantine / "rows.csv").read_text()
    assert "lines.csv,3,no basket_id," in text
    assert "'=cmd()" in text


def test_a_future_line_is_kept_and_makes_nobody_recent(tmp_path: Path) -> None:
    lines = [
        ("b1", "m1", "FW", "2026-01-01T08:00", "1"),
        ("b2", "m2", "CR", "2026-01-02T08:00", "1"),
        ("b3", "m1", "OL", "2031-01-01T08:00", "1"),
    ]
    build_shop(write_shop(tmp_path / "f", lines=lines), tmp_path / "h")
    reader = opened(tmp_path / "h")
    assert reader.member(1).member_id == "m2"
    assert len(told(reader, "m1")) == 2
    assert reader.columns.baskets[reader.item_nos(["OL"])["OL"]] == 0
    assert int(reader.facts["data_until"]) == parse_at("2026-01-02T08:00")


def test_the_same_numbered_line_exported_twice_is_one_line(tmp_path: Path) -> None:
    lines = [
        ("b1", "m1", "FW", "2026-01-01T08:00", "1", "7"),
        ("b1", "m1", "FW", "2026-01-01T08:00", "1", "7"),
        ("b1", "m1", "CR", "2026-01-01T08:00", "1", "3"),
    ]
    report = build_shop(write_shop(tmp_path / "f", lines=lines, line_columns=("line_no",)), tmp_path / "h")
    assert [row[:2] for row in told(opened(tmp_path / "h"), "m1")] == [("b1", 3), ("b1", 7)]
    assert report.tables["lines"].repeated == 1


def test_two_equal_lines_without_numbers_are_two_coffees(tmp_path: Path) -> None:
    lines = [("b1", "m1", "FW", "2026-01-01T08:00", "1")] * 2
    build_shop(write_shop(tmp_path / "f", lines=lines), tmp_path / "h")
    assert [row[:2] for row in told(opened(tmp_path / "h"), "m1")] == [("b1", 1), ("b1", 2)]


def test_line_numbers_that_repeat_in_a_basket_are_replaced_by_positions(tmp_path: Path) -> None:
    lines = [
        ("b1", "m1", "FW", "2026-01-01T08:00", "1", "1"),
        ("b1", "m1", "CR", "2026-01-01T08:00", "1", "1"),
        ("b2", "m1", "CR", "2026-01-02T08:00", "1", ""),
        ("b3", "m1", "CR", "2026-01-03T08:00", "1", "9"),
    ]
    build_shop(write_shop(tmp_path / "f", lines=lines, line_columns=("line_no",)), tmp_path / "h")
    assert [row[:2] for row in told(opened(tmp_path / "h"), "m1")] == [("b1", 1), ("b1", 2), ("b2", 1), ("b3", 9)]


def test_a_receipt_number_used_every_morning_is_many_baskets(tmp_path: Path) -> None:
    lines = [(1, "m1", "FW", f"2026-01-{day:02}T08:00", "1") for day in (3, 1, 2)]
    report = build_shop(write_shop(tmp_path / "f", lines=lines), tmp_path / "h")
    assert [row[0] for row in told(opened(tmp_path / "h"), "m1")] == ["1@2026-01-01", "1@2026-01-02", "1@2026-01-03"]
    assert any("split by date" in sentence for sentence in report.fallbacks)


def test_a_visit_over_midnight_stays_one_basket(tmp_path: Path) -> None:
    lines = [("b", "m1", "FW", "2026-01-01T23:59", "1"), ("b", "m1", "CR", "2026-01-02T00:01", "1")]
    build_shop(write_shop(tmp_path / "f", lines=lines), tmp_path / "h")
    history = opened(tmp_path / "h").member_facts(1).history
    assert history.basket.tolist() == [0, 0]
    assert history.basket_at.tolist() == [parse_at("2026-01-01T23:59")]
    assert DAY_S == 86_400


def test_a_large_file_read_in_parts_makes_the_same_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        (f"b{n // 3}", f"m{n % 7}", ("FW", "CR", "Ä" * 40)[n % 3], f"2026-01-{n % 28 + 1:02d}T08:00",
         "x" if n == 50 else n)
        for n in range(300)
    ]  # fmt: skip
    folder = write_shop(tmp_path / "f", lines=lines)
    monkeypatch.setattr(canonical_tables, "LARGE_BYTES", 1 << 40)
    whole = build_shop(folder, tmp_path / "whole")
    monkeypatch.setattr(canonical_tables, "LARGE_BYTES", 0)
    monkeypatch.setattr(encoding, "BLOCK_BYTES", 1000)
    parts = build_shop(folder, tmp_path / "parts")
    assert isinstance(canonical_tables.read_folder(folder)["lines"], canonical_tables.LargeFile)
    assert (parts.tables, parts.counts, parts.fallbacks) == (whole.tables, whole.counts, whole.fallbacks)
    quarantined = [(tmp_path / home / "quarantine" / report.quarantine / "rows.csv").read_text()
                   for home, report in (("whole", whole), ("parts", parts))]  # fmt: skip
    assert quarantined[0] == quarantined[1]
    assert "lines.csv,52," in quarantined[0]
    packs = [(tmp_path / home / PACKS / report.generation / DATABASE).read_bytes()
             for home, report in (("whole", whole), ("parts", parts))]  # fmt: skip
    assert packs[0] == packs[1]

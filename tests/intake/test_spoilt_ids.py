"""Ids that a spreadsheet spoilt set their row aside, wherever they stand: no two receipts, no two items become one."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk.intake.canonical_tables import ROW
from clerk.intake.checks.damaged import REMEDY, spoilt
from clerk.nights.report import NightReport
from tests.intake.test_mapping_language import HEAD, delivered, row, values, write
from tests.nights.test_mapped import LINES, night

SPOILT = st.one_of(
    st.from_regex(r"[1-9]([.,][0-9]{1,6})?[eE]\+[0-9]{2}", fullmatch=True),
    st.from_regex(r"#{3,12}", fullmatch=True),
    st.sampled_from(["#REF!", "#N/A", "#NAME?", "#VALUE!", "#NV", "'9.00000E+17"]),
)
GOOD = st.one_of(
    st.integers(1, 10**19).map(str), st.uuids().map(str),
    st.from_regex(r"[A-Z]{2}-[0-9]{1,6}E[0-9]{1,3}", fullmatch=True),
    st.sampled_from(["#1001", "12E4", "SHE+HIM", "E5", "#A-17"]),
)  # fmt: skip
TWO_PARTS = """[file.columns]
basket_id = { join = ["Shop", "Receipt"], with = "-" }
member_id = "Member"
sku = { first_of = ["Code", "Item"] }
sold_at = "When"
quantity = "Qty"
"""


@given(st.lists(SPOILT, min_size=1, max_size=6), st.lists(GOOD, max_size=6))
def test_every_spoilt_id_is_known_and_no_good_one_is_taken_for_one(bad: list[str], good: list[str]) -> None:
    assert set(spoilt(pl.Series(bad + good))) == set(bad)


@pytest.mark.parametrize("column", ["Receipt", "Code"])
@pytest.mark.parametrize("written", ["9.00000E+17", "4,5e+11", "#####", "#REF!", "#N/A"])
def test_a_row_with_a_spoilt_part_in_its_id_is_set_aside_and_the_others_are_taken(
    tmp_path: Path, column: str, written: str
) -> None:
    rows = "Shop,Receipt,Code,Item,When,Qty,Member\n"
    for at in range(20):
        told = {"Receipt": f"R{at}", "Code": "T1", **({column: written} if at % 5 == 0 else {})}
        rows += f'Pier,"{told["Receipt"]}","{told["Code"]}",Tea,2026-11-{at % 9 + 1:02d} 08:15,1,M1\n'
    (file,) = night(tmp_path, HEAD + TWO_PARTS, "sales.csv", rows).files
    lines = next(table for table in file.tables if table.table == "lines")
    (reason,) = lines.set_aside
    assert reason.startswith(("basket_id is ", "sku is "))
    assert reason.endswith(REMEDY)
    assert (lines.taken, lines.set_aside[reason]) == (16, 4)


def test_a_whole_file_that_a_spreadsheet_saved_is_not_taken_and_the_first_line_says_what_to_do(tmp_path: Path) -> None:
    rows = "Receipt,Day,Time,Item,Qty,Sum,Member,Void\n" + "".join(
        f"9.00000E+17,{at:02d}/11/2026,10:00,Latte,1,3.50,M{at},false\n" for at in range(1, 9)
    )
    report = night(tmp_path, LINES, "till.csv", rows)
    assert verdict(report).startswith("till.csv: all 8 rows set aside: basket_id is in exponent form")
    assert verdict(report).endswith(REMEDY)


def test_receipts_and_choices_with_spoilt_ids_go_to_nobody(tmp_path: Path) -> None:
    mapping = (
        HEAD
        + TWO_PARTS
        + 'line_key = "Line"\n'
        + """[[file]]
match = "who*.csv"
table = "baskets"
[file.columns]
basket_id = { join = ["Shop", "Receipt"], with = "-" }
member_id = "Card"
[[file]]
match = "choices*.csv"
table = "line_modifiers"
[file.columns]
line_key = "Line"
option = "Option"
"""
    )
    write(tmp_path / "who.csv", [{"Shop": "Pier", "Receipt": "9E+17", "Card": "M9"}])
    write(tmp_path / "choices.csv", [{"Line": "9E+17", "Option": "Oat"}, {"Line": "L2", "Option": "Soy"}])
    made = delivered(tmp_path, mapping, [
        row(Shop="Pier", Receipt="9E+17", Code="T", Line="L1", Member=""),
        row(Shop="Pier", Receipt="R2", Code="T", Line="L2", Member="M2"),
        row(Shop="Pier", Receipt="R3", Code="T", Line="9E+17", Member="M3"),
    ])  # fmt: skip
    assert values(made, ROW, "basket_id", "member_id", "modifiers") == [
        (2, "9E+17", "", ""), (3, "Pier-R2", "M2", "Soy"), (4, "Pier-R3", "M3", ""),
    ]  # fmt: skip
    exponent = "is in exponent form, as a spreadsheet writes long numbers (4.47701E+11)"
    assert made.helping["who.csv"].left_out == {f"basket_id {exponent}: {REMEDY}": 1}
    assert made.helping["choices.csv"].left_out[f"line_key {exponent}: {REMEDY}"] == 1


def verdict(report: NightReport) -> str:
    return report.text().splitlines()[0]


def test_items_and_stock_with_a_spoilt_sku_are_set_aside(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    items = "sku,name\n9.0E+17,Tea\n9.0E+17,Latte\nC1,Cake\n"
    (tmp_path / "inbox" / "items.csv").write_text(items, encoding="utf-8")
    files = night(tmp_path, HEAD + TWO_PARTS, "stock.csv", "sku,on_hand\nC1,3\n9.0E+17,4\n").files
    aside = {file.name: list(file.quarantined.values()) for file in files}
    assert aside == {"items.csv": [2], "stock.csv": [1]}
    assert all(reason.endswith(REMEDY) for file in files for reason in file.quarantined)

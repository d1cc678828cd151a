"""Nights of shops whose till is described by a mapping: what comes in is what the card shows."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from clerk import cli
from clerk.clock import FixedClock, from_datetime
from clerk.history.store import HistoryStore
from clerk.intake import systems
from clerk.nights.local import Means, take_in
from clerk.nights.report import NightReport, verdict_of
from tests.pack_build.shop import NOW

AT = "2026-11-10T20:00"
LINES = """[[file]]
match = "till*.csv"
table = "lines"
none_where = [ { "Void" = ["true"] } ]
[file.columns]
basket_id = "Receipt"
sold_at = ["Day", "Time"]
item_name = "Item"
quantity = "Qty"
line_total = "Sum"
member_id = "Member"
"""
ITEMS = """[[file]]
match = "till*.csv"
table = "items"
[file.columns]
name = "Item"
"""
ROWS = "Receipt,Day,Time,Item,Qty,Sum,Member,Void\n" + "".join(
    f"{at},{at:02d}/11/2026,10:{at:02d},Latte,1,£3.50,M1,false\n" for at in range(1, 5)
)


def night(home: Path, mapping: str, name: str, rows: str) -> NightReport:
    inbox = home / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    (inbox / "mapping.toml").write_text(mapping, encoding="utf-8")
    (inbox / name).write_text(rows, encoding="utf-8")
    means = Means(FixedClock(from_datetime(datetime.fromisoformat(AT))), everything=True, meaning=False)
    return take_in(home, means)


def card(home: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert cli.main(["show", "M1", "--home", str(home), "--at", AT, "--json"]) == 0
    shown: dict[str, Any] = json.loads(capsys.readouterr().out)
    return shown


def test_date_and_time_in_two_columns_are_one_moment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    night(tmp_path, LINES, "till.csv", ROWS)
    moments = [line["at"] for line in card(tmp_path, capsys)["history"]]
    days = (datetime(2026, 11, day, 10, day) for day in (4, 3, 2, 1))
    assert moments == [from_datetime(moment) for moment in days]


def test_a_file_of_two_tables_is_counted_for_each(tmp_path: Path) -> None:
    (file,) = night(tmp_path, LINES + ITEMS, "till.csv", ROWS).files
    counts = {table.table: (table.taken, table.repeated) for table in file.tables}
    assert counts == {"lines": (4, 0), "items": (1, 3)}


def test_a_voided_row_is_no_visit_and_takes_back_what_came_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    night(tmp_path, LINES, "till-1.csv", ROWS)
    assert card(tmp_path, capsys)["visits"] == 4
    voided = ROWS.replace("3,03/11/2026,10:03,Latte,1,£3.50,M1,false", "3,03/11/2026,10:03,Latte,1,£3.50,M1,true")
    night(tmp_path, LINES, "till-2.csv", voided)
    shown = card(tmp_path, capsys)
    assert shown["visits"] == 3
    assert [line["line"] for line in shown["history"]] == ["4:1", "2:1", "1:1"]


def test_a_day_without_its_time_is_said(tmp_path: Path) -> None:
    report = night(tmp_path, LINES.replace('["Day", "Time"]', '"Day"'), "till.csv", ROWS)
    assert 'each counts as at 12:00; write sold_at = ["Day", "Time"]' in report.text()


def on_record(home: Path) -> list[tuple[str, int]]:
    """(item, amount) of each line in the history store."""
    lines = HistoryStore.open(home).checked().tables["lines"]
    return lines.select("sku", "total_minor").sort("sku", "total_minor").rows()


def test_a_corrected_mapping_reads_the_same_file_again_and_states_its_baskets_whole(tmp_path: Path) -> None:
    wrong = LINES.replace('item_name = "Item"', 'item_name = "Qty"').replace('line_total = "Sum"\n', "")
    night(tmp_path, wrong, "till.csv", ROWS)
    assert on_record(tmp_path) == [("1", 0)] * 4
    report = night(tmp_path, LINES, "till.csv", ROWS)
    assert "read again: its description has changed since the night" in report.text()
    assert on_record(tmp_path) == [("latte", 350)] * 4
    again = night(tmp_path, LINES, "till.csv", ROWS)
    assert [file.state for file in again.files] == ["taken before"]


def test_a_basket_that_a_corrected_mapping_calls_no_purchase_goes_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = ROWS.replace("3,03/11/2026,10:03,Latte,1,£3.50,M1,false", "3,03/11/2026,10:03,Latte,1,£3.50,M1,true")
    wrong = LINES.replace('none_where = [ { "Void" = ["true"] } ]\n', "").replace('"Item"', '["Item", "Qty"]')
    night(tmp_path, wrong, "till.csv", rows)
    assert card(tmp_path, capsys)["visits"] == 4
    night(tmp_path, LINES, "till.csv", rows)
    shown = card(tmp_path, capsys)
    assert shown["visits"] == 3
    assert [line["item"]["sku"] for line in shown["history"]] == ["latte"] * 3


def test_a_file_is_read_again_when_what_helps_to_read_it_was_corrected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = LINES.replace('match = "till*.csv"', 'match = "till-lines*.csv"')
    receipts = """
[[file]]
match = "receipts*.csv"
table = "baskets"
[file.columns]
basket_id = "Receipt"
kind = "State"
[file.values.kind]
"paid" = "sale"
"void" = "sale"
"""
    states = "Receipt,State\n1,paid\n2,void\n3,paid\n4,paid\n"
    for words, visits in ((receipts, 4), (receipts.replace('"void" = "sale"', '"void" = "none"'), 3)):
        inbox = tmp_path / "inbox"
        inbox.mkdir(exist_ok=True)
        (inbox / "receipts.csv").write_text(states, encoding="utf-8")
        night(tmp_path, lines + words, "till-lines.csv", ROWS)
        assert card(tmp_path, capsys)["visits"] == visits


def test_an_index_from_before_descriptions_were_noted_takes_no_file_twice(tmp_path: Path) -> None:
    night(tmp_path, LINES, "till.csv", ROWS)
    index = tmp_path / "books" / "BOOKS.json"
    written = json.loads(index.read_text(encoding="ascii"))
    for taken in written["taken"].values():
        del taken["read_by"]
    index.write_text(json.dumps(written), encoding="ascii")
    report = night(tmp_path, LINES.replace('line_total = "Sum"\n', ""), "till.csv", ROWS)
    assert [file.state for file in report.files] == ["taken before"]


def test_a_card_in_several_spellings_is_one_member_where_no_list_of_customers_is(tmp_path: Path) -> None:
    mapping = LINES.replace("member_id", "card")
    night(tmp_path, mapping, "till-1.csv", ROWS.replace("M1", "12 3456 7806"))
    rows = (
        ROWS.replace(",M1,", ",1234567806,", 2).replace(",M1,", ",１２３４－５６７８０６,", 1).replace("/11/", "/10/")
    )
    night(tmp_path, mapping, "till-2.csv", rows.replace("M1", "P-9"))
    lines = HistoryStore.open(tmp_path).checked().tables["lines"]
    counts = lines.group_by("member_id").len().sort("member_id").rows()
    assert counts == [("12 3456 7806", 7), ("P-9", 1)]


def test_a_group_that_a_wrong_mapping_gave_does_not_outlive_it(tmp_path: Path) -> None:
    modifiers = '[file.modifiers]\ncolumns = { Coffee = "Extra" }\n'
    rows = ROWS.replace(",Void\n", ",Void,Extra\n").replace(",false", ",false,Zigzag")
    for text, said in (
        (modifiers, "Coffee=Zigzag"),
        (modifiers.replace("{ Coffee = ", "[").replace(" }", "]"), "Zigzag"),
    ):
        night(tmp_path, LINES + text, "till.csv", rows)
        lines = HistoryStore.open(tmp_path).checked().tables["lines"]
        assert lines["modifiers"].unique().to_list() == [said]


def test_files_that_an_unusable_mapping_describes_wait_for_it_and_no_other_does(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "items.csv").write_text("sku,name\nA,Latte\n")
    (inbox / "lines-till.csv").write_text("basket_id,member_id,sku,sold_at,quantity\nb1,m1,A,2026-01-02,1\n")
    (inbox / "mapping.toml").write_text('[[file]]\nmatch = "LINES*.csv"\ntable = "lines"\nskip_were = 1\n')
    report = take_in(tmp_path, Means(FixedClock(NOW), everything=True))
    assert {file.name: file.state for file in report.files} == {"items.csv": "taken", "lines-till.csv": "refused"}
    assert verdict_of(report).needs_a_person
    (inbox / "mapping.toml").unlink()
    again = take_in(tmp_path, Means(FixedClock(NOW + 60), everything=True))
    assert [file.state for file in again.files] == ["taken"]


def test_sales_that_came_before_the_file_that_says_whose_they_are_are_taken_when_both_come(tmp_path: Path) -> None:
    inbox, example = tmp_path / "inbox", Path(systems.__file__).parent / "toast" / "example"
    inbox.mkdir()
    shutil.copy(example / "store.toml", tmp_path)
    sales = "ItemSelectionDetails.csv"
    for at, names in enumerate(([sales], [sales, "CheckDetails.csv", "ModifiersSelectionDetails.csv"])):
        for name in names:
            shutil.copy(example / name, inbox)
        report = take_in(tmp_path, Means(FixedClock(NOW + at * 60), everything=True))
        assert verdict_of(report).needs_a_person == (at == 0), report.text()
    assert HistoryStore.open(tmp_path).checked().tables["lines"].height > 20

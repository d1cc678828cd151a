"""What is not needed, is the wrong export, or names nobody: each is said in words, and nothing is lost."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from openpyxl import Workbook

from clerk.clock import FixedClock
from clerk.intake.mapping.entries import of_systems
from clerk.model.nights import TableRows
from clerk.nights.local import Means, take_in
from clerk.nights.report import FileReport, NightReport, verdict_of
from tests.nights.test_mapped import ITEMS, LINES, ROWS, night
from tests.pack_build.shop import NOW

OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 sums"
BASKETS = """[[file]]
match = "who*.csv"
table = "baskets"
[file.columns]
basket_id = "Receipt"
member_id = "Card"
"""
CHOICES = """[[file]]
match = "choices*.csv"
table = "line_modifiers"
[file.columns]
line_key = "Line"
option = "Option"
"""


def inbox(home: Path, **files: bytes) -> NightReport:
    (home / "inbox").mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (home / "inbox" / name.replace("__", ".")).write_bytes(content)
    return take_in(home, Means(FixedClock(NOW), everything=True, meaning=False))


@pytest.mark.parametrize("content", [OLD_EXCEL, b"PK\x03\x04 no archive", b"%PDF-1.7", b"", b"a,b\n1,2\n"])
def test_a_file_that_is_ignored_by_its_name_waits_for_nobody_whatever_is_in_it(tmp_path: Path, content: bytes) -> None:
    report = inbox(tmp_path, AccountingReport__xls=content)
    assert [(file.state, file.reason) for file in report.files] == [("taken", "")]
    assert "AccountingReport.xls: not read: sums for the books" in report.conflicts
    assert not (tmp_path / "inbox" / "AccountingReport.xls").exists()


def test_what_the_shop_says_of_a_name_comes_before_what_is_known_of_a_system(tmp_path: Path) -> None:
    own = LINES.replace("till*.csv", "AccountingReport*.xls")
    (file,) = night(tmp_path, own, "AccountingReport.xls", ROWS).files
    assert (file.state, file.kept) == ("taken", 4)


@pytest.mark.parametrize("wrong", [one for one in of_systems() if one.refuse], ids=lambda one: one.name)
def test_the_wrong_report_of_a_system_stays_in_the_inbox_with_the_words_that_name_the_right_one(
    tmp_path: Path, wrong: object
) -> None:
    has, words = wrong.has, wrong.refuse  # type: ignore[attr-defined]
    (tmp_path / "inbox").mkdir()
    path = tmp_path / "inbox" / "export.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([has, ["1"] * len(has)])
    report = take_in(tmp_path, Means(FixedClock(NOW), everything=True, meaning=False))
    assert report.files[0].state == "refused"
    assert report.files[0].reason.endswith(words)
    assert verdict_of(report).needs_a_person
    assert path.exists()


def test_receipts_and_choices_that_come_without_their_lines_are_counted(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "who.csv").write_text("Receipt,Card\n1,M1\n8,M1\n9,M2\n", encoding="utf-8")
    (tmp_path / "inbox" / "choices.csv").write_text("Line,Option\n1,Oat\n7,Soy\n8,Soy\n", encoding="utf-8")
    lines = LINES + 'line_key = "Receipt"\n'
    report = night(tmp_path, BASKETS + CHOICES + lines, "till.csv", ROWS)
    assert "who.csv: 2 receipts have no line in these files: send it with the sales" in report.conflicts
    choices = next(file for file in report.files if file.name == "choices.csv")
    assert choices.tables[0].left_out == {
        "they only help to read other files": 1,
        "modifiers whose line is not in these files: send them with the sales": 2,
    }


def test_receipts_whose_lines_are_left_out_are_not_called_lost(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "who.csv").write_text("Receipt,Card\n1,M1\n2,M1\n", encoding="utf-8")
    skipped = LINES.replace("none_where", 'skip_where = { "Receipt" = "2" }\nnone_where')
    report = night(tmp_path, BASKETS + skipped, "till.csv", ROWS)
    assert not [sentence for sentence in report.conflicts if "no line" in sentence]


def test_a_first_night_of_nothing_but_guests_needs_a_person_and_a_later_one_says_it(tmp_path: Path) -> None:
    guests = ROWS.replace("M1", "")
    verdict = verdict_of(night(tmp_path, LINES + ITEMS, "till-1.csv", guests))
    assert verdict.needs_a_person
    assert verdict.sentence == "all 4 lines of till-1.csv were sold to guests: nobody gets a usual from it"
    assert not verdict_of(night(tmp_path, LINES + ITEMS, "till-2.csv", ROWS)).needs_a_person
    later = verdict_of(night(tmp_path, LINES + ITEMS, "till-3.csv", guests.replace(",1,£", ",2,£")))
    assert not later.needs_a_person
    assert later.sentence.endswith("all 4 lines of till-3.csv were sold to guests: nobody gets a usual from it")


@pytest.mark.parametrize("told", [{"taken": 1}, {"known": 1}, {"repeated": 1}])
def test_guests_beside_a_member_are_not_worth_the_first_line(told: dict[str, int]) -> None:
    table = TableRows("lines", left_out={"without a member: sold to guests": 9}, **told)  # type: ignore[arg-type]
    assert verdict_of(NightReport(files=[FileReport("a.csv", rows=10, tables=[table])])).sentence == (
        "all well: 1 file taken in"
    )


def test_a_kind_that_nobody_described_is_named_with_what_to_do(tmp_path: Path) -> None:
    mapping = LINES.replace('none_where = [ { "Void" = ["true"] } ]\n', "") + 'kind = "Void"\n'
    rows = ROWS.replace("false", "sale").replace("M1,sale", "M1,Versendet", 1)
    (file,) = night(tmp_path, mapping, "till.csv", rows).files
    assert file.quarantined == {
        'kind "Versendet" is not known: say in mapping.toml what it means (sale, return or none)': 1
    }


def test_a_kind_that_looks_like_somebodys_data_is_not_repeated(tmp_path: Path) -> None:
    mapping = LINES.replace('none_where = [ { "Void" = ["true"] } ]\n', "") + 'kind = "Void"\n'
    rows = ROWS.replace("false", "sale").replace("M1,sale", "M1,ada@x.example", 1)
    (file,) = night(tmp_path, mapping, "till.csv", rows).files
    assert "ada" not in str(file.quarantined)


def test_a_note_names_a_workbook_once(tmp_path: Path) -> None:
    book = Workbook()
    for line in ROWS.splitlines():
        book.active.append(line.split(","))
    (tmp_path / "inbox").mkdir()
    book.save(tmp_path / "inbox" / "till (pos).xlsx")
    (tmp_path / "inbox" / "mapping.toml").write_text(LINES.replace("till*.csv", "till*"), encoding="utf-8")
    report = take_in(tmp_path, Means(FixedClock(NOW), everything=True, meaning=False))
    notes = [sentence for sentence in report.conflicts if "known from sales only" in sentence]
    assert notes == ["till (pos).xlsx: 1 item is known from sales only: export the items too"]

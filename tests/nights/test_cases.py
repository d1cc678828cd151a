"""Small exports that were once taken in wrong, a folder each below `cases`: what the record holds of them now."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from clerk.cli import main
from clerk.clock import FixedClock, parse_at, to_datetime
from clerk.history.store import HistoryStore
from clerk.nights.local import Means, take_in
from clerk.nights.report import NightReport

CASES = Path(__file__).parent / "cases"
NOW = parse_at("2026-11-29T04:00")


class Shop:
    """A data folder after one night of a case's files."""

    def __init__(self, home: Path, case: str, *, pack: bool = False, **changed: tuple[str, str]) -> None:
        self.home = home
        shutil.copytree(CASES / case, home / "inbox")
        if (home / "inbox" / "store.toml").exists():
            (home / "inbox" / "store.toml").rename(home / "store.toml")
        if changed:
            mapping = home / "inbox" / "mapping.toml"
            text = mapping.read_text(encoding="utf-8")
            for before, after in changed.values():
                assert before in text
                text = text.replace(before, after)
            mapping.write_text(text, encoding="utf-8")
        self.report: NightReport = take_in(home, Means(FixedClock(NOW), everything=True), build=pack)

    def lines(self, *columns: str) -> list[tuple[object, ...]]:
        """Lines on record, in the order of their moments."""
        found = HistoryStore.open(self.home).checked().tables["lines"].sort("at", "line_no")
        return found.select(columns).rows()

    def moments(self) -> list[datetime]:
        return [to_datetime(at) for (at,) in self.lines("at")]

    def says(self, words: str) -> bool:
        return words in self.report.text()


def test_a_printed_card_opens_its_member_in_every_spelling(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = Shop(tmp_path / "home", "card-with-space", pack=True)
    for code, name in (
        ("ABC 12-34", "Cy"),
        ("ABC1234", "Cy"),
        ("abc1234", "Cy"),
        ("00420017", "Ann"),
        ("420017", "Bea"),
    ):
        assert main(["show", code, "--home", str(shop.home), "--at", "2026-11-29"]) == 0
        assert name in capsys.readouterr().out


def test_the_dot_of_an_abbreviation_is_no_decimal_point(tmp_path: Path) -> None:
    shop = Shop(tmp_path, "currency-with-dot")
    assert [total for (total,) in shop.lines("total_minor")][:3] == [123456, 123456, 1250]


def test_date_and_time_in_two_columns_are_joined(tmp_path: Path) -> None:
    both = ('sold_at="Date"', 'sold_at=["Date", "Time"]'), ('date="%d/%m/%Y"', 'date="%d/%m/%Y %H:%M"')
    shop = Shop(tmp_path / "joined", "date-and-time-apart", sold_at=both[0], date=both[1])
    assert [f"{at:%d %H:%M}" for at in shop.moments()] == ["01 10:01", "02 10:02", "03 10:03", "04 10:04"]
    assert Shop(tmp_path / "given", "date-and-time-apart").says('sold_at = ["Date", "Time"]')


def test_dates_that_begin_with_the_year_are_read(tmp_path: Path) -> None:
    assert [at.day for at in Shop(tmp_path, "date-year-slash").moments()] == [1, 2]


def test_a_number_that_a_spreadsheet_rounded_matches_nobody_and_is_said(tmp_path: Path) -> None:
    shop = Shop(tmp_path, "excel-phone")
    assert "lines" not in HistoryStore.open(tmp_path).checked().tables
    assert shop.says("3 phone numbers are in exponent form")


def test_a_time_with_an_offset_is_the_wall_time_as_written(tmp_path: Path) -> None:
    assert [f"{at:%d %H:%M}" for at in Shop(tmp_path, "offset-day-earlier").moments()] == ["02 00:30"]


def test_two_tables_of_one_file_are_counted_apart(tmp_path: Path) -> None:
    shop = Shop(tmp_path, "one-file-two-tables")
    [file] = shop.report.files
    assert {table.table: (table.taken, table.repeated) for table in file.tables} == {"lines": (5, 0), "items": (1, 4)}


def test_a_report_with_french_headings_is_recognised(tmp_path: Path) -> None:
    [file] = Shop(tmp_path, "only-unknown-files").report.files
    assert (file.layout, file.state) == ("Square item sales", "taken")


def test_a_number_is_found_as_it_is_dialled_from_abroad(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = Shop(tmp_path, "phone-international", pack=True)
    for number in ("0774768867", "+44774768867", "0044774768867"):
        assert main(["find", number, "--home", str(shop.home)]) == 0
        assert "Ann One" in capsys.readouterr().out


def test_what_was_taken_out_of_an_order_was_not_bought(tmp_path: Path) -> None:
    assert Shop(tmp_path, "removed-by-edit").lines("sku", "milli") == [("MUG", 1000)]


def test_tips_gift_cards_and_protection_are_no_items(tmp_path: Path) -> None:
    shop = Shop(tmp_path, "tip-in-usual")
    assert {sku for (sku,) in shop.lines("sku")} == {"MUG"}
    assert shop.says("18 left out: no items")


def test_another_currency_than_most_is_in_no_total(tmp_path: Path) -> None:
    shop = Shop(tmp_path, "two-currencies")
    assert {tuple(row) for row in shop.lines("total_minor", "currency")} == {(3000, ""), (2000, "USD")}
    assert shop.says("1 order in USD: shown with its own amounts, not counted in any total")


def test_an_option_of_which_nothing_is_known_is_said_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = Shop(tmp_path, "unknown-options-spoken", pack=True)
    [(member, *_), *_] = shop.lines("member_id")
    assert main(["show", str(member), "--home", str(shop.home), "--at", "2026-11-29"]) == 0
    assert "Latte, 12oz, oat milk" in capsys.readouterr().out


def test_a_voided_row_is_neither_sale_nor_return(tmp_path: Path) -> None:
    shop = Shop(tmp_path, "voided-row", kind=('"true"="return"', '"true"="none"'))
    assert [basket for (basket,) in shop.lines("basket_id")] == ["O1", "O2", "O3", "O5"]
    assert {flags for (flags,) in shop.lines("flags")} == {0}


def test_a_column_of_weights_proves_its_own_decimal_mark(tmp_path: Path) -> None:
    assert [milli for (milli,) in Shop(tmp_path, "weight-comma").lines("milli")] == [250, 250, 1250]


def test_every_case_has_a_test() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert [case.name for case in CASES.iterdir() if f'"{case.name}"' not in text] == []

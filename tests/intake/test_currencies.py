"""Money of each line: in its own currency, summed only where it is the store's, and never 0 because it was not read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.cli import main
from clerk.errors import AllRowsBad
from clerk.history.store import LINES as LINES_TABLE
from clerk.history.store import HistoryStore
from clerk.intake.canonical_tables import ROW, Source
from clerk.intake.checks.currencies import in_minor_units
from clerk.intake.checks.tables import check
from clerk.intake.report import BuildReport
from clerk.model import LineFlag
from clerk.pack.tables import TABLES
from clerk.phrases import minor_digits
from clerk.settings import PackSettings
from clerk.visit.habits.value import purchase_days, rhythm_of
from tests.history.test_store import LINE, delivery, take
from tests.intake.exports import converted, write_export
from tests.intake.test_square import sale, sales
from tests.pack_build.shop import NOW, build_shop, opened, write_shop

PAID = ("line_total", "currency")
TWO_CURRENCIES: list[tuple[object, ...]] = [
    ("b1", "m1", "FW", "2026-01-02T08:00", "1", "3.50", "EUR"),
    ("b2", "m1", "FW", "2026-01-03T08:00", "1", "3000", "JPY"),
    ("b3", "m1", "FW", "2026-01-04T08:00", "1", "1.250", "KWD"),
    ("b4", "m1", "FW", "2026-01-05T08:00", "1", "4.50", ""),
]


def checked(*rows: tuple[object, ...], store: dict[str, str] | None = None, columns: tuple[str, ...] = PAID) -> (
    tuple[pl.DataFrame, BuildReport]
):  # fmt: skip
    frame = pl.DataFrame(list(rows), schema=[*LINE, *columns], orient="row").with_row_index(ROW, offset=2)
    report = BuildReport("test")
    source = Source("lines", "lines.csv", frame.with_columns(pl.col(ROW).cast(pl.UInt32)))
    return _kept(source, store or {}, report), report


def _kept(source: Source, store: dict[str, str], report: BuildReport) -> pl.DataFrame:
    """The lines that were kept: none where all were set aside."""
    limits = PackSettings(bad_rows_share=1.0)
    try:
        return check({"lines": source}, store, report, limits, NOW, Path("/nonexistent"), "night").tables["lines"]
    except AllRowsBad:
        return pl.DataFrame(schema={"basket_id": pl.String, "total_minor": pl.Int64})


def _content(home: Path) -> dict[object, list[tuple[object, ...]]]:
    """Every row of every table of a pack but its facts, which name the night."""
    db = opened(home).pack.db
    names = [table.__tablename__ for table in TABLES if table.__tablename__ != "facts"]
    return {name: db.execute(f"SELECT * FROM {name}").fetchall() for name in names}


def in_shop(folder: Path, home: Path, rows: list[tuple[object, ...]], currency: str = "EUR") -> BuildReport:
    write_shop(folder, lines=rows, line_columns=PAID)
    (folder / "store.toml").write_text(f'currency = "{currency}"\n')
    return build_shop(folder, home)


def test_a_line_in_another_currency_is_shown_with_it_and_summed_nowhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    report = in_shop(tmp_path / "f", tmp_path / "h", TWO_CURRENCIES)
    assert "1 order in JPY: shown with its own amounts, not counted in any total" in report.fallbacks
    reader = opened(tmp_path / "h")
    number = reader.member_no("m1")
    assert number is not None
    history = reader.member_facts(number).history
    assert history.total_minor.tolist() == [350, 0, 0, 450]
    days, spend = purchase_days(history, NOW)
    assert (len(days), np.nansum(spend), rhythm_of(days, spend, NOW).mean_spend[0]) == (4, 800, 450)
    assert main(["export", "m1", "--home", str(tmp_path / "h"), "--json"]) == 0
    lines = json.loads(capsys.readouterr().out)["lines"]
    assert [(line["total_minor"], line["currency"]) for line in lines] == [
        (350, "EUR"), (3000, "JPY"), (1250, "KWD"), (450, "EUR")
    ]  # fmt: skip
    assert main(["export", "m1", "--home", str(tmp_path / "h")]) == 0
    text = capsys.readouterr().out
    assert all(amount in text for amount in ("3.50 EUR", "3000 JPY", "1.250 KWD", "4.50 EUR"))


def test_a_pack_in_one_currency_is_the_same_with_and_without_the_column(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [(*row[:-1], "EUR") for row in TWO_CURRENCIES]
    in_shop(tmp_path / "f", tmp_path / "h", rows)
    write_shop(tmp_path / "g", lines=[row[:-1] for row in rows], line_columns=PAID[:1])
    (tmp_path / "g" / "store.toml").write_text('currency = "EUR"\n')
    build_shop(tmp_path / "g", tmp_path / "i")
    one, other = (_content(tmp_path / home) for home in ("h", "i"))
    assert one == other
    made = "SELECT count(*) FROM sqlite_master WHERE name = 'foreign_amounts'"
    assert opened(tmp_path / "h").pack.db.execute(made).fetchone() == (0,)


def test_a_store_that_names_no_currency_has_that_of_most_lines_and_the_report_says_so() -> None:
    lines, report = checked(*TWO_CURRENCIES, ("b5", "m1", "FW", "2026-01-06", "1", "100", "JPY"))
    assert lines["currency"].to_list() == ["EUR", "", "KWD", "", ""]
    assert "store.toml names no currency: taken to be JPY, as in 2 lines" in report.fallbacks


@pytest.mark.parametrize(("written", "code"), [("usd", "USD"), ("€", ""), ("£", "GBP"), ("", ""), (" EUR ", "")])
def test_a_currency_is_read_as_code_or_sign(written: str, code: str) -> None:
    lines, _ = checked(("b", "m", "FW", "2026-01-02", "1", "5", written), store={"currency": "EUR"})
    assert lines["currency"].to_list() == [code]


def test_a_row_whose_currency_is_none_is_set_aside() -> None:
    lines, report = checked(("b", "m", "FW", "2026-01-02", "1", "5", "dollars?"), store={"currency": "EUR"})
    assert lines.is_empty()
    assert report.table("lines").quarantined == {"currency is no code such as EUR": 1}


@pytest.mark.parametrize("amount", ["abc", "1.2.3", "#####", "12 for 3", "free?"])
@pytest.mark.parametrize("column", ["line_total", "unit_price"])
def test_an_amount_that_is_written_and_cannot_be_read_sets_its_row_aside(amount: str, column: str) -> None:
    good = ("b1", "m", "FW", "2026-01-02", "2", "5.00")
    lines, report = checked(good, ("b2", "m", "FW", "2026-01-03", "1", amount), columns=(column,))
    assert lines["basket_id"].to_list() == ["b1"]
    assert report.table("lines").quarantined == {f"{column} is no number": 1}


def test_an_item_has_no_price_where_it_is_in_another_currency() -> None:
    columns = {"sku": ["A", "B", "C"], "name": ["A", "B", "C"], "price": ["3.50", "3000", "4"]}
    frame = pl.DataFrame({ROW: [2, 3, 4], **columns, "currency": ["EUR", "JPY", ""]})
    report = BuildReport("test")
    source = {"items": Source("items", "items.csv", frame)}
    made = check(source, {"currency": "EUR"}, report, PackSettings(), NOW, Path("/nonexistent"), "night").tables
    assert made["items"]["price_minor"].to_list() == [350, None, 400]
    assert "1 items have a price in another currency: left out" in report.fallbacks


def test_a_line_total_that_cannot_be_read_is_not_made_of_the_price() -> None:
    lines, _ = checked(("b", "m", "FW", "2026-01-02", "2", "4.00", "?"), columns=("unit_price", "line_total"))
    assert lines.is_empty()


@pytest.mark.parametrize("nothing", ["", "-", "n/a", "NaN", "null"])
def test_no_amount_is_no_amount_and_a_0_is_0(nothing: str) -> None:
    rows = [("b1", "m", "FW", "2026-01-02", "1", nothing), ("b2", "m", "FW", "2026-01-03", "1", "0.00")]
    lines, _ = checked(*rows, columns=("line_total",))
    assert lines["total_minor"].to_list() == [0, 0]
    assert lines["flags"].to_list() == [int(LineFlag.NO_AMOUNT), 0]


def test_an_export_says_nothing_where_there_is_no_amount(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build_shop(write_shop(tmp_path / "f"), tmp_path / "h")
    assert main(["export", "m2", "--home", str(tmp_path / "h"), "--json"]) == 0
    assert [line["total_minor"] for line in json.loads(capsys.readouterr().out)["lines"]] == [None]


def test_the_past_from_before_lines_had_currencies_is_added_to(tmp_path: Path) -> None:
    home, plain = tmp_path / "h", (*LINE, "line_total")
    old: list[tuple[object, ...]] = [
        ("b1", "m1", "A", "2026-01-02", 1, "3.50"),
        ("b2", "m1", "A", "2026-01-03", 1, "30.00"),
    ]
    take(home, delivery(tmp_path, "lines", plain, old))
    assert "currency" not in HistoryStore.open(home).checked().tables[LINES_TABLE].columns
    again: list[tuple[object, ...]] = [
        (*old[0], "GBP"),
        (*old[1][:-1], "3000", "JPY"),
        ("b3", "m1", "A", "2026-01-04", 1, "1.00", ""),
    ]
    told = take(home, delivery(tmp_path, "lines", (*plain, "currency"), again))
    assert told == ["1 basket came again with other content; the newer one counts"]
    lines = HistoryStore.open(home).checked().tables[LINES_TABLE].sort("at")
    assert lines["total_minor"].to_list() == [350, 3000, 100]
    assert lines["currency"].fill_null("").to_list() == ["", "JPY", ""]


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(-(10**9), 10**9), st.sampled_from(["", "JPY", "KWD", "USD"])), max_size=30))
def test_minor_units_are_those_of_each_currency(rows: list[tuple[int, str]]) -> None:
    digits = [minor_digits(code or "EUR") for _, code in rows]
    major = pl.Series([minor / 10**of for (minor, _), of in zip(rows, digits, strict=True)], dtype=pl.Float64)
    currency = pl.Series([code for _, code in rows], dtype=pl.String)
    assert in_minor_units(major, currency, 2).to_list() == [minor for minor, _ in rows]


def _night(made: Mapping[str, Source]) -> tuple[list[int], dict[str, int]]:
    """Totals of the lines that were kept, and why others were set aside."""
    report = BuildReport("test")
    lines = _kept(made["lines"], {"currency": "EUR"}, report)
    return lines["total_minor"].to_list(), report.table("lines").quarantined


UNREAD = {"line_total is no number": 1}
WRITTEN = [
    ("Fr. 12.50", 1250), ("12,50 €", 1250), ("1\u202f234,50", 123450), ("€ 1.234,50", 123450), ("12,-", 1200),
    ("١٢٫٥٠", 1250), ("abc", None), ("1.2.3", None), ("#REF!", None), ("12 for 3", None),
]  # fmt: skip


@pytest.mark.parametrize(("amount", "minor"), WRITTEN)
def test_no_amount_of_square_becomes_0(tmp_path: Path, amount: str, minor: int | None) -> None:
    rows = sales(tmp_path, sale(**{"Net Sales": amount, "Gross Sales": "$9.00"}), store={"currency": "EUR"})
    assert _night(rows) == (([minor], {}) if minor is not None else ([], UNREAD))


@pytest.mark.parametrize("column", ["Lineitem price", "Lineitem discount"])
@pytest.mark.parametrize(("amount", "minor"), WRITTEN)
def test_no_amount_of_shopify_becomes_0(tmp_path: Path, column: str, amount: str, minor: int | None) -> None:
    row = {
        "Name": "#1", "Email": "a@example.com", "Financial Status": "paid", "Created at": "2026-01-02 08:00:00 +0100",
        "Lineitem quantity": "1", "Lineitem name": "Mug", "Lineitem sku": "MUG", "Lineitem price": "2000.00",
        column: amount,
    }  # fmt: skip
    made = converted(write_export(tmp_path / "orders.csv", "shopify_orders", row), store={"currency": "EUR"})
    paid = minor if minor is None or column == "Lineitem price" else 200_000 - minor
    unread = {"unit_price is no number": 1} if column == "Lineitem price" else UNREAD
    assert _night(made) == (([paid], {}) if paid is not None else ([], unread))

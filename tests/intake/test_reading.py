"""Columns of a table read whole: numbers, money, moments and days, and what is said where nothing settles a column."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from clerk.clock import parse_at
from clerk.intake.canonical_tables import ROW, Source
from clerk.intake.checks.reading import Reading, Shop

VIENNA = ZoneInfo("Europe/Vienna")


def reading(column: str, *cells: object, shop: Shop | None = None) -> tuple[Reading, pl.DataFrame]:
    frame = pl.DataFrame({column: cells}, strict=False).with_row_index(ROW)
    source = Source("lines", "lines.csv", frame)
    moments = (column,) if column in ("sold_at", "birthday", "until") else ()
    numbers = () if moments else (column,)
    return Reading(source, shop or Shop(), numbers=numbers, moments=moments), frame


def numbers(*cells: object, column: str = "quantity", shop: Shop | None = None) -> list[float | None]:
    read, frame = reading(column, *cells, shop=shop)
    return read.numbers(frame, column).to_list()


def sold(*cells: object, shop: Shop | None = None) -> list[int | None]:
    read, frame = reading("sold_at", *cells, shop=shop)
    return read.moments(frame, "sold_at").to_list()


def said(column: str, *cells: object, shop: Shop | None = None) -> list[str]:
    return list(reading(column, *cells, shop=shop)[0].said())


@pytest.mark.parametrize("cells", [(1.5, 2.0), ("1.5", "2"), ("1,5", "2"), ("€ 1.50", "2 €")])
def test_a_column_of_numbers_is_read_whatever_it_came_as(cells: tuple[object, ...]) -> None:
    assert numbers(*cells) == [1.5, 2.0]


@pytest.mark.parametrize("cell", ["nan", "inf", "", "abc", "1e999", float("nan"), float("inf"), None])
def test_what_is_no_number_is_null(cell: object) -> None:
    assert numbers(cell) == [None]


def test_a_weight_with_a_comma_is_settled_by_the_other_rows() -> None:
    assert numbers("0.250", "0,250", "1,250") == [0.25, 0.25, 1.25]
    assert said("quantity", "0.250", "0,250", "1,250") == []


def test_what_no_row_settles_is_decided_by_the_country_and_said() -> None:
    vienna, boston = Shop(country="AT", currency="EUR"), Shop(country="US", currency="USD")
    assert numbers("1.250", "2.500", column="line_total", shop=vienna) == [1250, 2500]
    assert numbers("1.250", "2.500", column="line_total", shop=boston) == [1.25, 2.5]
    assert numbers("1,250", column="unit_price", shop=Shop(currency="CHF")) == [1250]
    sentence = "line_total of lines: 2 rows such as 1.250 read as 1250: no row proves it"
    assert said("line_total", "1.250", "2.500", shop=vienna) == [sentence]


def test_one_column_of_money_settles_the_others() -> None:
    frame = pl.DataFrame({ROW: [2, 3], "unit_price": ["12,50", "3"], "line_total": ["1.250", "2.500"]})
    read = Reading(Source("lines", "lines.csv", frame), Shop(country="US"), numbers=("unit_price", "line_total"))
    assert read.numbers(frame, "line_total").to_list() == [1250, 2500]
    assert list(read.said()) == []


def test_a_currency_without_decimals_has_no_decimal_mark() -> None:
    tokyo = Shop(currency="JPY", digits=0)
    assert numbers("1,200", "￥3.400", column="line_total", shop=tokyo) == [1200, 3400]


def test_thousands_of_pieces_are_rarer_than_weights_and_thousands_on_a_shelf_are_not() -> None:
    assert numbers("1.000", "2,000") == [1, 2]
    assert numbers("1,250", column="on_hand") == [1250]


def test_money_is_whole_minor_units() -> None:
    read, frame = reading("price", "3.20", "0.1", "19.99", "1e30")
    assert read.minors(frame, "price").to_list() == [320, 10, 1999, None]
    read, frame = reading("price", "300", shop=Shop(digits=0))
    assert read.minors(frame, "price").to_list() == [300]


def test_a_time_with_an_offset_is_the_shops_and_as_written_where_no_zone_is_named() -> None:
    cells = ("2026-11-02T00:30:00+02:00", "2026-11-02T12:00:00Z")
    assert sold(*cells) == [parse_at("2026-11-02T00:30"), parse_at("2026-11-02T12:00")]
    assert sold(*cells, shop=Shop(zone=VIENNA)) == [parse_at("2026-11-01T23:30"), parse_at("2026-11-02T13:00")]


def test_parquet_dates_and_times_are_read_as_they_are() -> None:
    assert sold(date(2026, 1, 2)) == [parse_at("2026-01-02")]
    assert sold(datetime(2026, 1, 2, 8, 30)) == [parse_at("2026-01-02T08:30")]
    aware = datetime(2026, 1, 2, 7, 30, tzinfo=UTC)
    assert sold(aware, shop=Shop(zone=VIENNA)) == [parse_at("2026-01-02T08:30")]
    assert sold(aware) == [parse_at("2026-01-02T07:30")]


def test_a_day_that_would_lie_in_the_future_proves_the_order() -> None:
    now = parse_at("2026-11-29")
    assert sold("11/12/2026", shop=Shop(now=now)) == [parse_at("2026-11-12")]
    assert said("sold_at", "11/12/2026", shop=Shop(now=now)) == []


def test_an_order_that_no_row_proves_is_decided_by_the_country_and_said() -> None:
    assert sold("03/04/2026", shop=Shop(country="US")) == [parse_at("2026-03-04")]
    assert sold("03/04/2026", shop=Shop(currency="EUR")) == [parse_at("2026-04-03")]
    sentence = "sold_at of lines: dates read as day/month/year: no row proves it"
    assert said("sold_at", "03/04/2026") == [sentence]
    assert said("sold_at", "03/04/2026", "25/04/2026", "2026-04-03") == []


def test_birthdays_may_lack_the_year_and_lie_in_the_past() -> None:
    cells = ("1990-05-06", "--05-06", "1990-05-06T00:00", "6 May", "06.05.65", "1.1.1901")
    read, frame = reading("birthday", *cells, shop=Shop(now=parse_at("2026-11-29")))
    assert read.dates(frame, "birthday").to_list() == [
        "1990-05-06", "--05-06", "1990-05-06", "", "1965-05-06", "1901-01-01"
    ]  # fmt: skip


def test_a_column_is_proven_by_all_parts_of_a_file() -> None:
    frame = pl.DataFrame({ROW: range(400_002), "quantity": ["1.250"] * 400_001 + ["1.250,5"]})
    source = Source("lines", "lines.csv", frame)
    read = Reading(source, Shop(), numbers=("quantity",))
    first = next(source.parts()).frame
    assert first.height < frame.height
    assert set(read.numbers(first, "quantity")) == {1250.0}


class InParts(Source):
    """A table that never lies in memory whole, as a large file."""

    def __init__(self, whole: pl.DataFrame) -> None:
        super().__init__("lines", "lines.csv", whole.clear())
        self._whole = whole

    def parts(self) -> Iterator[Source]:
        yield from (Source("lines", "lines.csv", part) for part in self._whole.iter_slices(10))


def test_a_file_that_is_read_a_part_at_a_time_is_proven_by_its_last_row() -> None:
    days = [f"0{n % 9 + 1}/04/2026" for n in range(50)]
    source = InParts(pl.DataFrame({"sold_at": [*days, "25/04/2026"], "quantity": ["1.250"] * 50 + ["1.250,5"]}))
    read = Reading(source, Shop(country="US"), numbers=("quantity",), moments=("sold_at",))
    parts = [part.frame for part in source.parts()]
    assert {number for part in parts for number in read.numbers(part, "quantity")} == {1250, 1250.5}
    assert read.moments(parts[0], "sold_at").to_list()[:2] == [parse_at("2026-04-01"), parse_at("2026-04-02")]
    assert list(read.said()) == []

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from clerk.clock import parse_at
from clerk.intake.checks import values

VIENNA = ZoneInfo("Europe/Vienna")


def frame(*column: object) -> pl.DataFrame:
    return pl.DataFrame({"x": column})


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-01-02T08:30:15", "2026-01-02T08:30:15"),
        ("2026-01-02 08:30:15", "2026-01-02T08:30:15"),
        ("2026-01-02T08:30:15.123456", "2026-01-02T08:30:15"),
        ("2026-01-02T08:30", "2026-01-02T08:30"),
        ("2026-01-02", "2026-01-02T12:00"),
        ("2026-01-02T07:30:15Z", "2026-01-02T08:30:15"),
        ("2026-07-02T08:30:15+02:00", "2026-07-02T08:30:15"),
        ("2026-07-02 08:30:15 +0200", "2026-07-02T08:30:15"),
        ("20260102T083015", "2026-01-02T08:30:15"),
    ],
)
def test_iso_8601_is_read_in_every_form_tills_write(text: str, at: str) -> None:
    assert moments(frame(text), VIENNA).to_list() == [parse_at(at)]


@pytest.mark.parametrize("text", ["", "02/01/2026", "yesterday", "2026-13-01", "2026-02-30T08:00:00", "1767340800"])
def test_what_is_no_moment_is_null(text: str) -> None:
    assert values.moments(frame(text), "x").to_list() == [None]


def test_forms_may_be_mixed_in_one_column() -> None:
    mixed = frame("2026-01-02", "2026-01-02T08:30:15", "nonsense", "2026-01-02T08:30")
    assert values.moments(mixed, "x").to_list() == [
        parse_at("2026-01-02"), parse_at("2026-01-02T08:30:15"), None, parse_at("2026-01-02T08:30")
    ]  # fmt: skip


def test_parquet_dates_and_times_are_read_as_they_are() -> None:
    assert values.moments(frame(date(2026, 1, 2)), "x").to_list() == [parse_at("2026-01-02")]
    assert values.moments(frame(datetime(2026, 1, 2, 8, 30)), "x").to_list() == [parse_at("2026-01-02T08:30")]
    aware = frame(datetime(2026, 1, 2, 7, 30, tzinfo=UTC))
    assert values.moments(aware, "x", VIENNA).to_list() == [parse_at("2026-01-02T08:30")]


@pytest.mark.parametrize(
    ("text", "number"),
    [("1.5", 1.5), ("1,5", 1.5), ("€ 1.50", 1.5), ("1.234,50", 1234.5), ("1,234.50", 1234.5), ("1,234", 1234.0),
     ("-2", -2.0), ("'3", 3.0), ("nan", None), ("inf", None), ("", None), ("abc", None)],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(text: str, number: float | None) -> None:
    assert values.numbers(frame(text, "7"), "x").to_list() == [number, 7.0]


def test_money_is_whole_minor_units() -> None:
    assert values.minors(frame("3.20", "0.1", "19.99", "1e30"), "x", 2).to_list() == [320, 10, 1999, None]
    assert values.minors(frame("300"), "x", 0).to_list() == [300]


def test_yes_and_no_have_many_spellings() -> None:
    assert values.yes(frame("1", "TRUE", "x", "no", "", "maybe"), "x").to_list() == [
        True,
        True,
        True,
        False,
        False,
        None,
    ]
    assert values.yes(frame("", "no"), "x", default=True).to_list() == [True, False]
    assert values.yes(frame(True, None), "x").to_list() == [True, False]
    assert values.yes(frame(1, 0), "y").to_list() == [False, False]


def test_numbers_that_are_names_lose_no_digit() -> None:
    assert values.texts(frame(1001.0, 2.0), "x").to_list() == ["1001", "2"]
    assert values.texts(frame(7, None), "x").to_list() == ["7", ""]


def test_hostile_texts_are_cleaned_and_plain_ones_left_alone() -> None:
    hostile = frame("Ann\x1b[2J", "[@click=app.x]Ann[/]", "a\u202eb", "  two  blanks ")
    assert values.texts(hostile, "x").to_list() == ["Ann[2J", "[@click=app.x]Ann[/]", "ab", "two blanks"]
    assert values.texts(frame("x" * 100), "x", 10).to_list() == ["x" * 10]


def test_dates_keep_their_day_and_birthdays_may_lack_the_year() -> None:
    assert values.dates(frame("1990-05-06", "--05-06", "1990-05-06T00:00", "6 May"), "x").to_list() == [
        "1990-05-06", "--05-06", "1990-05-06", ""
    ]  # fmt: skip

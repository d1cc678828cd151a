from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl

from clerk.intake.checks import values

VIENNA = ZoneInfo("Europe/Vienna")


def frame(*column: object) -> pl.DataFrame:
    return pl.DataFrame({"x": column})


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

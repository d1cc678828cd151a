"""Choices within choices: each goes to the line at the top, and those of no line are counted, in every form."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.intake.convert import convert, recognised
from clerk.intake.mapping.tables import MODIFIER_ROWS, MODIFIERS_ALONE, STRAY_MODIFIERS
from tests.intake.test_mapping_language import COLUMNS, HEAD, delivered, row, values, write

ROWS = (
    HEAD + COLUMNS + '[file.modifiers]\nrows_where = { "Kind" = "choice" }\noption = "Item"\nof = "Of"\nline = "Id"\n'
)
FILES = (
    HEAD
    + COLUMNS
    + """line_key = "Id"
[[file]]
match = "choices*.csv"
table = "line_modifiers"
[file.columns]
line_key = "Of"
own_key = "Id"
option = "Item"
"""
)

Choice = tuple[int, int]
"""Its own number, and that of what it belongs to; lines are 0 to 2."""


@st.composite
def forests(draw: st.DrawFn) -> list[Choice]:
    """Choices under three lines, at most four deep, and some under what is not there; in any order."""
    made: list[Choice] = []
    deep = dict.fromkeys(range(3), 0)
    for number in range(3, 3 + draw(st.integers(0, 8))):
        parent = draw(st.sampled_from([*deep, 99]))
        if deep.get(parent, 9) in range(4):
            deep[number] = deep[parent] + 1
        made.append((number, parent))
    return draw(st.permutations(made))


def top(number: int, choices: Sequence[Choice]) -> int:
    above = dict(choices)
    while number in above:
        number = above[number]
    return number


def expected(choices: Sequence[Choice]) -> list[tuple[str]]:
    of = {line: sorted(f"C{number}" for number, _ in choices if top(number, choices) == line) for line in range(3)}
    return [("; ".join(of[line]),) for line in range(3)]


@pytest.mark.parametrize("form", ["rows", "files"])
@settings(max_examples=30)
@given(choices=forests())
def test_each_choice_is_on_the_line_at_its_top_or_counted(form: str, choices: list[Choice]) -> None:
    lines = [row(Id=str(line), Kind="line", Of="") for line in range(3)]
    chosen = [row(Id=str(number), Kind="choice", Of=str(of), Item=f"C{number}") for number, of in choices]
    strays = sum(top(number, choices) == 99 for number, _ in choices)
    with tempfile.TemporaryDirectory() as folder:
        if form == "rows":
            made = delivered(Path(folder), ROWS, lines + chosen)
            counts = {MODIFIER_ROWS: len(choices) - strays, STRAY_MODIFIERS: strays}
            assert made["lines"].left_out == {rule: rows for rule, rows in counts.items() if rows}
        else:
            write(Path(folder) / "choices.csv", chosen or [row(Id="", Kind="", Of="")])
            made = delivered(Path(folder), FILES, lines)
            told = made.helping["choices.csv"].left_out.get(MODIFIERS_ALONE, 0)
            assert told == (strays if chosen else 1)
        assert values(made, "modifiers") == expected(choices)


def test_choices_that_name_each_other_in_a_circle_end_and_are_counted(tmp_path: Path) -> None:
    circle = [row(Id="7", Of="8", Item="A", Kind="choice"), row(Id="8", Of="7", Item="B", Kind="choice")]
    made = delivered(tmp_path, ROWS, [row(Id="1", Of="", Kind="line"), *circle])
    assert made["lines"].left_out == {STRAY_MODIFIERS: 2}


def test_a_choice_within_a_choice_of_toast_is_on_the_line_whose_choice_it_is(tmp_path: Path) -> None:
    def write_toast(name: str, header: str, *rows: str) -> Path:
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header.split(","), *(one.split(",") for one in rows)])
        return path

    head = "Location,Check Id,Item Selection Id,Item Id,Menu Item,Order Date,Qty,Net Price,Void?"
    lines = write_toast(
        "items.csv", head,
        "Pier,C1,120,I1,Burger,10/4/26 11:15 AM,1,9.00,false", "Pier,C1,220,I1,Burger,10/4/26 11:15 AM,1,9.00,false",
    )  # fmt: skip
    head = "Check Id,Item Selection Id,Modifier Id,Modifier,Option Group Name,Parent Menu Selection Item ID,Qty"
    choices = write_toast(
        "mods.csv", head,
        "C1,110,F,Fries,Side,I1,1", "C1,109,K,Ketchup,Dip,F,1", "C1,210,F,Fries,Side,I1,1", "C1,209,M,Mayo,Dip,F,1",
        "C1,209,G,Lime,Garnish,GIN,1",
    )  # fmt: skip
    made = convert([one for path in (lines, choices) for one in recognised(path)])
    assert values(made, "modifiers") == [("Dip=Ketchup; Side=Fries",), ("Dip=Mayo; Side=Fries",)]
    assert made.helping["mods.csv"].left_out[MODIFIERS_ALONE] == 1

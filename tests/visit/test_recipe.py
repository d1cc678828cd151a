"""What is taken differently than before."""

from __future__ import annotations

from typing import Any

import pytest

from tests.visit.build import FILTER, FLAT_WHITE, OAT, OAT_LARGE, WHOLE, Counter, history

SINCE = [(day, [(FLAT_WHITE, OAT)]) for day in range(1, 41, 2)]
BEFORE = [(day, [(FLAT_WHITE, WHOLE)]) for day in range(41, 91, 2)]


def changed(*visits: Any) -> str:
    return Counter(history(visits)).card().usual.changed


def test_a_changed_recipe_says_since_when_and_what_was_before() -> None:
    assert changed(*BEFORE, *SINCE) == "Flat white: since 26 Aug with oat milk, before with whole milk"


def test_only_what_differs_is_said() -> None:
    large = [(day, [(FLAT_WHITE, OAT_LARGE)]) for day in range(1, 41, 2)]
    before = [(day, [(FLAT_WHITE, OAT)]) for day in range(41, 91, 2)]
    assert changed(*before, *large) == "Flat white: since 26 Aug with large"
    back = [(day, [(FLAT_WHITE, OAT)]) for day in range(1, 41, 2)]
    larger_before = [(day, [(FLAT_WHITE, OAT_LARGE)]) for day in range(41, 91, 2)]
    assert changed(*larger_before, *back) == "Flat white: since 26 Aug without large"


def test_another_thing_of_the_same_type_is_a_version_too() -> None:
    filters = [(day, [FILTER]) for day in range(41, 91, 2)]
    assert changed(*filters, *SINCE) == "Flat white, oat milk: since 26 Aug, before it was Filter coffee"


def test_a_single_other_cup_is_no_version() -> None:
    assert changed(*SINCE, (41, [(FLAT_WHITE, WHOLE)]), (43, [(FLAT_WHITE, WHOLE)])) == ""
    assert changed(*SINCE) == ""


def test_who_takes_turns_has_not_changed() -> None:
    turns = [(day, [(FLAT_WHITE, WHOLE if day % 4 == 1 else OAT)]) for day in range(1, 80, 2)]
    assert changed(*turns) == ""


def test_a_change_of_long_ago_is_simply_how_they_take_it() -> None:
    since = [(day, [(FLAT_WHITE, OAT)]) for day in range(1, 251, 2)]
    before = [(day, [(FLAT_WHITE, WHOLE)]) for day in range(251, 301, 2)]
    assert changed(*before, *since) == ""


@pytest.mark.parametrize("cups", [0, 1, 2])
def test_a_few_other_cups_on_the_way_do_not_hide_a_change(cups: int) -> None:
    others = [(24 + 0.3 * n, [(FLAT_WHITE, WHOLE)]) for n in range(cups)]
    assert changed(*BEFORE, *SINCE, *others).startswith("Flat white: since 26 Aug with oat milk")

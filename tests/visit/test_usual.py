"""The usual: named where it is earned, silent where it is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.model import ConsentState, EventKind, LineFlag, UsualState
from clerk.settings import Settings
from clerk.visit.habits.usual import usual_rule
from clerk.visit.shop import shop_of
from tests.visit.build import (
    BEANS,
    CROISSANT,
    FILTER,
    FLAT_WHITE,
    GENMAICHA,
    JUICE,
    OAT,
    OAT_LARGE,
    PLASTERS,
    SCONE,
    SENCHA,
    WHOLE,
    Counter,
    columns,
    event,
    history,
    item,
)  # fmt: skip

REGULAR = [(day, [(FLAT_WHITE, OAT), CROISSANT]) for day in range(20, 0, -2)]


def usual_of(visits: Any, **more: Any) -> Any:
    return Counter(history(visits), **more).card().usual


def test_the_usual_is_the_whole_line_with_its_modifiers() -> None:
    made = usual_of(REGULAR)
    assert made.state is UsualState.USUAL
    assert [(line.item.item_no, [str(one) for one in line.modifiers]) for line in made.lines] == [
        (FLAT_WHITE, ["Milk=Oat milk"]),
        (CROISSANT, []),
    ]
    assert made.same_as_last
    assert made.why == "10 of the last 10 visits"


def test_two_visits_are_no_usual_and_the_rule_is_named() -> None:
    made = usual_of(REGULAR[:2])
    assert (made.state, made.lines) == (UsualState.NOT_YET, ())
    assert made.why == "No usual yet: 2 visits. Shown from 3."
    assert len(made.last_time) == 2


def test_a_member_without_visits_has_a_reason_too() -> None:
    made = usual_of([])
    assert made.why == "No usual yet: no visits. Shown from 3."
    assert made.last_time == ()
    assert made.last_at is None


def test_where_nothing_repeats_silence_says_so() -> None:
    things = [BEANS, SENCHA, JUICE, GENMAICHA, SCONE, CROISSANT]
    made = usual_of([(10 - day, [thing]) for day, thing in enumerate(things)])
    assert (made.state, made.why) == (UsualState.NOT_YET, "No usual: nothing came back in the last 6 visits.")
    seldom = usual_of([(10 - day, [thing]) for day, thing in enumerate([BEANS, SENCHA, JUICE, BEANS, SCONE, FILTER])])
    assert seldom.why == "No usual: the most frequent item was in 2 of the last 6 visits, too seldom to say."


def test_as_last_time_is_told_apart_from_the_usual() -> None:
    made = usual_of([*REGULAR, (0.5, [JUICE])])
    assert made.state is UsualState.USUAL
    assert [line.item.item_no for line in made.last_time] == [JUICE]
    assert not made.same_as_last


def test_counts_in_the_sentence_are_the_real_counts() -> None:
    visits = [(day, [FLAT_WHITE] if day not in (9, 7) else [JUICE]) for day in range(10, 0, -1)]
    made = usual_of(visits)
    assert made.why == "8 of the last 10 visits"
    assert (made.lines[0].seen, made.lines[0].of) == (8, 10)


def test_a_new_habit_is_counted_as_the_streak_it_is() -> None:
    visits = [(day, [JUICE] if day > 5 else [FLAT_WHITE]) for day in range(10, 0, -1)]
    assert usual_of(visits).why == "5 of the last 5 visits"


def test_a_short_streak_does_not_stand_for_the_window() -> None:
    held = (10, 9, 6, 3, 2, 1)
    visits = [(day, [FLAT_WHITE] if day in held else [JUICE]) for day in range(10, 0, -1)]
    assert usual_of(visits).why == "6 of the last 10 visits"


def test_made_differently_each_time_it_is_the_item_alone() -> None:
    visits = [(day, [(FLAT_WHITE, (OAT, WHOLE, OAT_LARGE)[day % 3])]) for day in range(9, 0, -1)]
    line = usual_of(visits).lines[0]
    assert (line.level, line.modifiers) == ("item", ())
    assert usual_of(visits).why == "9 of the last 9 visits, made differently"


def test_an_item_type_is_said_where_only_it_repeats() -> None:
    visits = [(day, [(CROISSANT, SCONE)[day % 2]]) for day in range(9, 0, -1)]
    made = usual_of(visits)
    wide = usual_of(visits, settings=Settings(usual=replace(Settings().usual, kind_too_wide=0.1)))
    assert made.state is UsualState.OFTEN
    assert "kind" in {line.level for line in made.lines} or made.lines[0].level == "line"
    assert all(line.level != "kind" for line in wide.lines)
    three = [(day, [(CROISSANT, SCONE, FLAT_WHITE)[day % 3]]) for day in range(9, 0, -1)]
    line = usual_of(three).lines[0]
    assert (line.level, line.kind) == ("kind", "Bakery")
    assert usual_of(three).why == "Bakery: 6 of the last 9 visits, not always the same"


def test_a_sensitive_item_is_never_read_aloud() -> None:
    made = usual_of([(day, [PLASTERS]) for day in range(9, 0, -1)])
    assert made.lines == ()
    assert made.last_time == ()


def test_who_does_not_want_to_be_remembered_is_not() -> None:
    out = event(EventKind.CONSENT, purpose="remember", state=str(ConsentState.WITHDRAWN))
    card = Counter(history(REGULAR), [out]).card()
    assert (card.usual.state, card.usual.lines, card.usual.last_time) == (UsualState.NOT_YET, (), ())
    assert (card.history, card.baskets, card.last_at, card.due, card.suggestions) == ((), 0, None, (), ())
    assert card.silence == ("Has not agreed to be remembered.",) * 3


def test_marking_the_lines_as_gifts_takes_them_out_of_the_usual_at_once() -> None:
    marks = [event(EventKind.MARK, line=f"b{number}:2", mark="gift") for number in range(10)]
    made = Counter(history(REGULAR), marks).card().usual
    assert [line.item.item_no for line in made.lines] == [FLAT_WHITE]
    assert [line.item.item_no for line in made.last_time] == [FLAT_WHITE]


@given(st.integers(1, 11), st.integers(3, 12))
@settings(deadline=None, max_examples=40)
def test_an_item_marked_everywhere_is_in_no_usual(number: int, visits: int) -> None:
    past = history([(day, [number, JUICE]) for day in range(visits, 0, -1)])
    marks = [event(EventKind.MARK, line=f"b{at}:1", mark="other") for at in range(visits)]
    made = Counter(past, marks).card().usual
    wanted = [] if number == JUICE else [number]
    assert not [line for line in (*made.lines, *made.last_time) if line.item.item_no in wanted]


def test_an_item_that_is_out_brings_the_nearest_that_is_here() -> None:
    items = {no: item(no) for no in range(1, 12)} | {FLAT_WHITE: item(FLAT_WHITE, on_hand=0)}
    line = usual_of(REGULAR, items=items, nearest=item(FILTER)).lines[0]
    assert (line.missing, line.instead) == (("Flat white is out",), "Filter coffee")


def test_a_grocery_says_often_where_a_counter_says_usual() -> None:
    grocery = columns(baskets=np.full(12, 4000, dtype=np.int32))
    visits = [(day, [FLAT_WHITE] if day not in (9, 7, 3) else [JUICE]) for day in range(10, 0, -1)]
    assert usual_of(visits).state is UsualState.USUAL
    assert usual_of(visits, columns=grocery).state is UsualState.OFTEN


def test_thresholds_fitted_at_night_replace_the_fallbacks_and_nonsense_does_not() -> None:
    shop = shop_of(columns(), Settings())
    assert usual_rule(shop, Settings(), {"usual": 0.83}).usual == 0.83
    for nonsense in (None, [], "x", {"usual": "high"}, {"usual": -1}, {"usual": True}, {"usual": float("nan")}):
        assert usual_rule(shop, Settings(), nonsense).usual == 0.7


def test_at_most_three_lines_are_read_aloud() -> None:
    made = usual_of([(day, [FLAT_WHITE, CROISSANT, JUICE, BEANS, SENCHA]) for day in range(9, 0, -1)])
    assert len(made.lines) == 3
    assert len(made.last_time) == 5
    assert not made.same_as_last


def test_the_usual_quantity_is_read_aloud() -> None:
    assert usual_of([(day, [(FLAT_WHITE, OAT, 2.0)]) for day in range(5, 0, -1)]).lines[0].quantity == 2


def test_struck_out_lines_are_in_no_history() -> None:
    past = history(REGULAR, {"b9:2": LineFlag.STRUCK})
    card = Counter(past).card()
    assert "b9:2" not in [line.line for line in card.history]
    assert card.history[0].line == "b9:1"

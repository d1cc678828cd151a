"""The usual: named where it is earned, silent where it is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.model import ConsentState, EventKind, LineFlag, UsualState
from clerk.settings import Settings
from clerk.visit.habits.usual import sure_share, usual, usual_rule, visits_weighed
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
    counted = "10 of the last 10 visits"
    assert made.why == f"Flat white, oat milk: {counted}; Almond croissant: {counted}"


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
    assert seldom.why == "No usual: nothing is sure enough. The most frequent item was in 2 of the last 6 visits."


def test_as_last_time_is_told_apart_from_the_usual() -> None:
    made = usual_of([*REGULAR, (0.5, [JUICE])])
    assert [line.item.item_no for line in made.lines] == [FLAT_WHITE, CROISSANT]
    assert [line.item.item_no for line in made.last_time] == [JUICE]
    assert not made.same_as_last


def test_counts_in_the_sentence_are_the_real_counts() -> None:
    visits = [(day, [FLAT_WHITE] if day not in (9, 5) else [JUICE]) for day in range(10, 0, -1)]
    made = usual_of(visits)
    assert made.why == "8 of the last 10 visits"
    assert (made.lines[0].seen, made.lines[0].of) == (8, 10)


def test_a_new_habit_is_counted_as_the_streak_it_is() -> None:
    visits = [(day, [JUICE] if day > 5 else [FLAT_WHITE]) for day in range(10, 0, -1)]
    assert usual_of(visits).why == "5 of the last 5 visits"


def test_a_short_streak_does_not_stand_for_the_window() -> None:
    held = (10, 9, 8, 7, 5, 3, 2, 1)
    visits = [(day, [FLAT_WHITE] if day in held else [JUICE]) for day in range(10, 0, -1)]
    assert usual_of(visits).why == "8 of the last 10 visits"


def test_made_differently_each_time_it_is_the_item_alone() -> None:
    visits = [(day, [(FLAT_WHITE, (OAT, WHOLE, OAT_LARGE)[day % 3])]) for day in range(9, 0, -1)]
    line = usual_of(visits).lines[0]
    assert (line.level, line.modifiers) == ("item", ())
    assert usual_of(visits).why == "9 of the last 9 visits, made differently"


def test_what_is_mostly_made_so_is_told_with_its_own_count() -> None:
    visits = [(day, [(FLAT_WHITE, WHOLE if day in (2, 5, 8, 11) else OAT)]) for day in range(14, 0, -1)]
    line = usual_of(visits).lines[0]
    assert (line.level, [str(one) for one in line.modifiers]) == ("item", ["Milk=Oat milk"])
    assert (line.seen, line.item_seen, line.of) == (10, 7, 10)


def test_an_item_type_is_said_where_only_it_repeats() -> None:
    visits = [(day, [(CROISSANT, SCONE)[day % 2]]) for day in range(14, 0, -1)]
    made = usual_of(visits)
    wide = usual_of(visits, settings=Settings(usual=replace(Settings().usual, kind_too_wide=0.1)))
    assert made.state is UsualState.OFTEN
    assert [(line.level, line.kind) for line in made.lines] == [("kind", "Bakery")]
    assert wide.lines == ()
    assert made.why == "Bakery, not always the same: 10 of the last 10 visits"


def test_a_count_of_an_item_type_never_stands_beside_one_item() -> None:
    visits = [(day, [SCONE if day % 5 in (1, 3) else CROISSANT]) for day in range(14, 0, -1)]
    line = usual_of(visits).lines[0]
    assert (line.level, line.item.item_no, line.seen, line.item_seen, line.of) == ("kind", CROISSANT, 10, 6, 10)
    assert usual_of(visits).why == "Bakery, mostly Almond croissant (6): 10 of the last 10 visits"


def test_a_sensitive_item_is_never_read_aloud() -> None:
    made = usual_of([(day, [PLASTERS]) for day in range(9, 0, -1)])
    assert made.lines == ()
    assert made.last_time == ()


def test_who_does_not_want_to_be_remembered_is_not() -> None:
    out = event(EventKind.CONSENT, purpose="remember", state=str(ConsentState.WITHDRAWN))
    card = Counter(history(REGULAR), [out]).card()
    assert (card.usual.state, card.usual.lines, card.usual.last_time) == (UsualState.NOT_YET, (), ())
    assert (card.history, card.baskets, card.last_at, card.due, card.suggestions) == ((), 0, None, (), ())
    assert card.silence == ("Has said no to being remembered.",) * 3


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
    visits = [(day, [FLAT_WHITE]) for day in range(20, 0, -1)]
    assert usual_of(visits).state is UsualState.USUAL
    assert usual_of(visits, columns=grocery).state is UsualState.OFTEN


def test_thresholds_fitted_at_night_replace_the_fallbacks_and_nonsense_does_not() -> None:
    shop = shop_of(columns(), Settings())
    good = {"usual": [2.0, 0.83, 0.8, 0.8], "often": [0.6] * 4, "doubt": 1.5, "decay": 0.9}
    assert usual_rule(shop, Settings(), good).usual == (2.0, 0.83, 0.8, 0.8)
    plain = usual_rule(shop, Settings())
    wrong = ("high", -1, True, float("nan"), [], [0.8], [0.8] * 3 + ["x"], [float("nan")] * 4, [0.8] * 3 + [True])
    for nonsense in (None, [], "x", {"usual": 0.83}, *(good | {"usual": one} for one in wrong)):
        assert usual_rule(shop, Settings(), nonsense) == plain
    for name in ("doubt", "decay"):
        for value in ("x", -1, float("nan"), True, None):
            assert usual_rule(shop, Settings(), good | {name: value}) == plain
    assert usual_rule(shop, Settings(), good | {"kind_often": [0.5] * 4}) == plain


def test_thresholds_of_an_older_night_are_no_rule() -> None:
    older = {"usual": 0.7, "often": 0.5, "kind_often": 0.5, "decay": 0.8, "visits": 900, "lines": 900}
    shop = shop_of(columns(), Settings())
    assert usual_rule(shop, Settings(), older) == usual_rule(shop, Settings())


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


_SAYS = {UsualState.NOT_YET: 0, UsualState.OFTEN: 1, UsualState.USUAL: 2}
_RULES = st.fixed_dictionaries(
    {
        "usual": st.lists(st.sampled_from([0.3, 0.5, 0.6, 0.7, 0.8, 2.0]), min_size=4, max_size=4),
        "often": st.lists(st.sampled_from([0.2, 0.4, 0.5, 0.6, 2.0]), min_size=4, max_size=4),
        "doubt": st.sampled_from([0.25, 1.0, 4.0, 12.0]),
        "decay": st.sampled_from([0.7, 0.8, 0.9, 0.95, 1.0]),
    }
)
"""Rules that a night could learn."""


def _said(pattern: list[bool], fitted: dict[str, Any]) -> int:
    """How much is said of a thing that was in these visits, oldest first: 2 usual, 1 often, 0 nothing."""
    counter = Counter(history([(len(pattern) - at, [FLAT_WHITE if held else at % 2 + SENCHA]) for at, held in
                               enumerate(pattern)]))  # fmt: skip
    read = counter.read()
    rule = usual_rule(read.shop, Settings(), fitted)
    pick = usual(read.profile.history, read.habits, read.profile, read.columns, read.shop, Settings(), rule)
    named = any(line.item_no == FLAT_WHITE and line.level == "line" for line in pick.lines)
    return _SAYS[pick.state] if named else 0


@given(st.lists(st.booleans(), min_size=3, max_size=30), _RULES)
@settings(deadline=None, max_examples=150)
def test_one_more_visit_with_the_thing_never_takes_a_claim_away(pattern: list[bool], fitted: dict[str, Any]) -> None:
    assert _said([*pattern, True], fitted) >= _said(pattern, fitted)


@given(st.lists(st.booleans(), min_size=3, max_size=10), st.integers(2, 4), _RULES)
@settings(deadline=None, max_examples=100)
def test_fewer_visits_never_say_more_at_the_same_share(
    pattern: list[bool], times: int, fitted: dict[str, Any]
) -> None:  # fmt: skip
    even = fitted | {"decay": 1.0}
    assert _said(pattern, even) <= _said(pattern * times, even)


@given(
    st.floats(0, 1), st.floats(0, 1), st.integers(1, 200), st.integers(1, 200), st.floats(0.5, 1), st.floats(0.25, 24)
)
@settings(deadline=None)
def test_a_sure_share_is_below_the_share_and_rises_with_share_and_visits(
    one: float, other: float, few: int, more: int, decay: float, doubt: float
) -> None:
    one, other = sorted((one, other))
    few, more = sorted((few, more))
    sure = sure_share(one, visits_weighed(few, decay), doubt)
    assert sure <= one
    if one >= 0.5:
        assert sure <= sure_share(other, visits_weighed(few, decay), doubt) + 1e-9
        assert sure <= sure_share(one, visits_weighed(more, decay), doubt) + 1e-9

"""Due: at the member's own interval, and quiet once the need is satisfied."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.clock import DAY_S
from clerk.model import AnswerKind, DueState, EventKind
from clerk.settings import Settings
from clerk.visit.habits.due import due
from clerk.visit.habits.interval import renewal, within
from clerk.visit.habits.member_habits import habits
from clerk.visit.shop import shop_of
from tests.visit.build import (
    BEANS,
    BEANS_BIG,
    FILTER,
    JUICE,
    KETTLE,
    NOW,
    PLASTERS,
    SENCHA,
    Counter,
    answered,
    columns,
    event,
    history,
)  # fmt: skip

EVERY_12 = [(14 + 12 * step, [BEANS]) for step in range(6)]


def due_of(visits: Any, events: Any = (), **more: Any) -> Any:
    """Due items of a member who also comes for other things, so that what is due is not the usual itself."""
    return Counter(history([*OTHER_VISITS, *visits]), list(events), **more).card().due


OTHER_VISITS = [(1 + 3 * step, [FILTER]) for step in range(20)]


def test_a_consumable_comes_back_at_the_members_own_interval() -> None:
    (beans,) = due_of(EVERY_12)
    assert (beans.item.item_no, beans.state) == (BEANS, DueState.DUE)
    assert (beans.every_days, beans.last_days_ago) == (pytest.approx(12), pytest.approx(14))
    assert beans.why == "Buys it about every 12 days, last 14 days ago"
    assert 0.3 <= beans.probability <= 1


@pytest.mark.parametrize(
    ("since", "state"), [(3, None), (10, DueState.SOON), (13, DueState.DUE), (16, DueState.OVERDUE), (40, None)]
)
def test_soon_due_overdue_and_then_silence(since: int, state: DueState | None) -> None:
    found = due_of([(since + 12 * step, [BEANS]) for step in range(6)])
    assert [one.state for one in found] == ([state] if state else [])


def test_one_purchase_has_no_interval() -> None:
    assert due_of([(14, [BEANS])]) == ()


def test_two_purchases_have_one_gap_and_no_interval_yet() -> None:
    assert due_of(EVERY_12[:2]) == ()
    assert len(due_of(EVERY_12[:3])) == 1


@settings(max_examples=60, deadline=None)
@given(st.integers(4, 40), st.integers(0, 60))
def test_what_another_purchase_replaced_is_overdue_by_that_or_not_spoken_of(since: int, other: int) -> None:
    found = due_of([*((since + 12 * step, [BEANS]) for step in range(6)), (other, [BEANS_BIG])])
    for one in (each for each in found if each.item.item_no == BEANS):
        # The state never says less than the days that stand beside it.
        assert one.last_days_ago < 15 or one.state is DueState.OVERDUE


def test_a_durable_never_comes_back() -> None:
    assert due_of([(14 + 12 * step, [KETTLE]) for step in range(6)]) == ()
    seldom = columns(repeat_buyers=np.full(12, 3, dtype=np.int32))
    assert due_of(EVERY_12[:2], columns=seldom) == ()


def test_a_sensitive_item_is_never_said_to_be_due() -> None:
    assert due_of([(14 + 12 * step, [PLASTERS]) for step in range(6)]) == ()


def test_already_has_it_lets_the_need_rest_for_an_interval() -> None:
    assert due_of(EVERY_12, [answered(BEANS, AnswerKind.HAS_IT, 2)]) == ()
    assert len(due_of(EVERY_12, [answered(BEANS, AnswerKind.HAS_IT, 13)])) == 1


def test_a_variant_bought_since_satisfies_the_need() -> None:
    assert due_of([*EVERY_12, (2, [BEANS_BIG])]) == ()


def test_what_was_taken_at_the_counter_is_not_due_any_more() -> None:
    assert due_of(EVERY_12, [answered(BEANS, AnswerKind.TOOK, 0)]) == ()


def test_said_never_is_not_due_either() -> None:
    assert due_of(EVERY_12, [answered(BEANS, AnswerKind.NEVER)]) == ()
    assert due_of(EVERY_12, [answered(BEANS, AnswerKind.NOT_NOW)]) == ()


def test_what_is_the_usual_already_is_not_said_twice() -> None:
    made = Counter(history(EVERY_12)).card()
    assert [line.item.item_no for line in made.usual.lines] == [BEANS]
    assert made.due == ()


def test_without_the_opt_in_nothing_is_proposed() -> None:
    assert due_of(EVERY_12, [event(EventKind.CONSENT, purpose="suggest", state="withdrawn")]) == ()


def test_the_likeliest_comes_first() -> None:
    found = due_of([*EVERY_12, *[(30 + 30 * step, [SENCHA]) for step in range(3)]])
    assert [one.probability for one in found] == sorted((one.probability for one in found), reverse=True)


def test_what_is_bought_every_visit_is_a_habit_and_not_due() -> None:
    assert due_of([(2 + 2 * step, [FILTER, JUICE] if step % 3 else [JUICE]) for step in range(12)]) == ()


class Sure:
    """A learned hazard that is sure of everything."""

    def probabilities(self, habits: Any, columns: Any, shop: Any, rows: Any, horizon_days: int) -> Any:
        return np.full(len(rows), 0.97)


def test_a_learned_hazard_takes_the_place_of_the_estimate() -> None:
    counter = Counter(history(EVERY_12))
    rhythm = shop_of(counter.columns, counter.settings)
    made = habits(counter.past, counter.columns, NOW)
    (pick,) = due(made, counter.profile(), counter.columns, rhythm, counter.settings, Sure())
    assert pick.probability == 0.97


@given(st.floats(-2, 6), st.floats(0.25, 2), st.floats(0.01, 2000), st.floats(1, 60))
@settings(max_examples=200)
def test_a_chance_is_a_chance_and_grows_with_the_horizon(mean: float, spread: float, days: float, more: float) -> None:
    def chance(horizon: float) -> float:
        return float(within(np.array([mean]), np.array([spread]), np.array([days]), horizon, 0.25)[0])

    assert 0 <= chance(7) <= chance(7 + more) + 1e-12 <= 1 + 1e-12


def test_long_overdue_is_less_likely_because_it_may_have_been_given_up() -> None:
    counter = Counter(history(EVERY_12))
    rhythm = shop_of(counter.columns, counter.settings)

    def chance(days: float) -> float:
        made = habits(counter.past, counter.columns, NOW + round(days * DAY_S))
        return float(renewal(made, counter.columns, rhythm, Settings().due, 14)[0])

    assert chance(0) > chance(60) > chance(300)


def test_a_shop_without_any_repeat_still_answers() -> None:
    bare = columns(
        gaps=np.zeros(12, dtype=np.int32), gap_log_sum=np.zeros(12), gap_log_sq=np.zeros(12), total_baskets=0
    )
    assert len(due_of(EVERY_12, columns=bare)) <= 1
    assert replace(bare, total_members=0) is not bare

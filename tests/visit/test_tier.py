"""The velvet rope: tiers, who stays away, and that nobody is treated worse."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.model import EventKind, Member
from clerk.settings import Settings
from clerk.visit import card, shop
from clerk.visit.habits import reading, usual_lines
from clerk.visit.habits.tier import standing, tier_of
from clerk.visit.habits.value import value_model
from clerk.visit.profile import member_profile
from clerk.visit.suggest.candidates import candidates
from tests.visit.build import BEANS, CROISSANT, FLAT_WHITE, NOW, Counter, columns, event, facts, history, item, together

MODEL = {
    "r": 0.25, "alpha": 4.5, "a": 0.8, "b": 2.4, "p": None, "q": None, "gamma": None,
    "cutoffs": [[0.1, 5.0], [0.3, 1.0]], "best_past": 10.0,
}  # fmt: skip
OFTEN = [(day, [FLAT_WHITE]) for day in range(40, 0, -2)]


def read(visits: Any, model: Any = MODEL, tier: str = "", events: Any = ()) -> reading.Reading:
    rhythm = shop.shop_of(columns(), Settings())
    known = facts(history(visits))
    known = replace(known, member=Member(1, "M-1", "Ada", tier=tier))
    person = member_profile.profile(known, events, {}, NOW, columns())
    learned = reading.Models(value=value_model(model))
    return reading.read(person, columns(), rhythm, NOW, Settings(), learned)


def test_a_tier_goes_by_what_is_expected_and_not_by_past_spend_alone() -> None:
    assert tier_of(read(OFTEN), ("Gold", "Silver")) == "Gold"
    once = [(300, [FLAT_WHITE])]
    assert tier_of(read(once), ("Gold", "Silver")) == ""


def test_the_shops_own_tier_stands() -> None:
    assert tier_of(read([(3, [FLAT_WHITE])], tier="Friend"), ("Gold",)) == "Friend"


def test_without_a_model_or_tiers_there_is_no_standing() -> None:
    assert tier_of(read(OFTEN, None), ("Gold",)) == ""
    assert tier_of(read(OFTEN), ()) == ""
    assert standing(read(OFTEN, None), "") == ""


@pytest.mark.parametrize(
    "model",
    [[], {"r": "x"}, {**MODEL, "r": float("nan")}, {**MODEL, "cutoffs": 7}, {**MODEL, "alpha": -1}, "text", 7],
)
def test_a_model_that_is_not_ours_is_no_model(model: Any) -> None:
    assert value_model(model) is None


def test_a_good_member_who_stays_away_is_slipping() -> None:
    away = [(41 + 9 * step, [FLAT_WHITE]) for step in range(20)]
    assert standing(read(away), "Gold") == "Gold, slipping: usually here every 9 days, last here 6 weeks ago"


def test_one_of_the_best_by_past_spend_who_left_keeps_the_first_tier() -> None:
    left = read([(80 + day, [FLAT_WHITE]) for day in range(200)])
    assert left.value is not None
    assert left.value.slipping
    assert tier_of(left, ("Gold", "Silver")) == "Gold"
    assert standing(left, "Gold") == "Gold, slipping: usually here every day, last here 11 weeks ago"


def test_a_week_away_is_no_slipping() -> None:
    daily = [(9 + step, [FLAT_WHITE]) for step in range(30)]
    assert standing(read(daily), "Gold") == "Gold"


def test_who_does_not_want_to_be_remembered_has_no_standing() -> None:
    forgotten = read(OFTEN, tier="Gold", events=[event(EventKind.CONSENT, 1, purpose="remember", state="withdrawn")])
    assert (tier_of(forgotten, ("Gold",)), standing(forgotten, "Gold")) == ("", "")


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(["", "Gold", "Silver", "Blocked"]), st.sampled_from([None, MODEL]), st.integers(1, 60))
def test_a_tier_never_lowers_a_score(tier: str, model: Any, days_ago: int) -> None:
    visits = [*[(days_ago + day, [FLAT_WHITE]) for day in range(0, 40, 2)], *[(14 + 12 * n, [BEANS]) for n in range(5)]]
    plain, placed = read(visits, None), read(visits, model, tier)
    companions = (together(FLAT_WHITE, CROISSANT),)
    names = usual_lines.Names({no: item(no) for no in range(1, 12)})

    def suggestions(one: reading.Reading, of_tier: str) -> Any:
        found = candidates(one, companions)
        made = card.compose(one, found, names, card.Visit("V", tier=of_tier, privileges=("a window table",)))
        return made.suggestions, made.due, made.usual, made.silence

    assert suggestions(plain, "") == suggestions(placed, tier)


def test_standing_is_on_the_card_for_the_counter() -> None:
    made = Counter(history(OFTEN))
    one = made.read()
    names = usual_lines.Names({FLAT_WHITE: item(FLAT_WHITE)})
    drawn = card.compose(one, (), names, card.Visit("V", tier="Gold", privileges=("a window table",)))
    assert (drawn.standing, drawn.member.tier, drawn.privileges) == ("Gold", "Gold", ("a window table",))

"""Who is still with us, and what is expected of them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from clerk.clock import DAY_S
from clerk.pack_build.learn.attempt import TooLittle
from clerk.pack_build.learn.cases import members
from clerk.pack_build.learn.value import fit_spend, fit_visits, learn_value
from clerk.visit.habits.value import (
    Rhythm,
    ValueModel,
    expected_visits,
    mean_spend,
    purchase_days,
    value,
    value_model,
    with_us,
)
from tests.pack_build.learn.shops import START, made
from tests.visit.build import NOW, history

CDNOW = ValueModel(0.243, 4.414, 0.793, 2.426, 6.25, 3.74, 15.44, (), 0.0)


def _rhythm(repeats: float, recency: float, age: float, spend: float = 0.0) -> Rhythm:
    return Rhythm(*(np.array([number]) for number in (repeats, recency, age, spend)))


def test_the_published_example_comes_out() -> None:
    """Fader, Hardie and Lee: two repeats in 38.86 weeks, the last in week 30.43, are 1.226 in the next 39."""
    assert expected_visits(CDNOW, _rhythm(2, 30.43, 38.86), 39)[0] == pytest.approx(1.226, abs=0.001)


@pytest.mark.parametrize(("repeats", "spend", "told"), [(2, 22.35, 24.658), (1, 11.77, 18.911), (0, 0.0, 35.171)])
def test_expected_spend_leans_on_everybody_where_there_is_little(repeats: int, spend: float, told: float) -> None:
    assert mean_spend(CDNOW, _rhythm(repeats, 10, 20, spend))[0] == pytest.approx(told, abs=0.06)


def test_staying_away_lowers_the_chance_of_being_with_us_and_frequent_members_fall_sooner() -> None:
    away = [with_us(CDNOW, _rhythm(10, 20, 20 + weeks))[0] for weeks in (0, 5, 10, 40)]
    assert away == sorted(away, reverse=True)
    assert with_us(CDNOW, _rhythm(10, 20, 40))[0] < with_us(CDNOW, _rhythm(2, 20, 40))[0]


def test_who_came_once_is_not_counted_out() -> None:
    assert with_us(CDNOW, _rhythm(0, 0, 50))[0] == 1.0


def test_parameters_of_a_simulated_shop_are_found_again() -> None:
    chance = np.random.default_rng(4)
    size = 20_000
    rate, leaves = chance.gamma(2.0, 1 / 4.0, size), chance.beta(1.0, 3.0, size)
    age = chance.uniform(20, 52, size)
    at, last, repeats, here = np.zeros(size), np.zeros(size), np.zeros(size), np.ones(size, dtype=bool)
    while here.any():
        at = at + chance.exponential(1 / rate)
        here &= at < age
        repeats[here] += 1
        last[here] = at[here]
        here &= chance.random(size) > leaves
    found = fit_visits(Rhythm(repeats, last, age, np.zeros(size)))
    assert np.allclose(found[:2], [2.0, 4.0], rtol=0.1)
    assert found[2] / (found[2] + found[3]) == pytest.approx(0.25, abs=0.02)


def test_spend_parameters_do_not_depend_on_the_currency() -> None:
    chance = np.random.default_rng(6)
    repeats = chance.integers(1, 12, 3_000).astype(float)
    spend = chance.gamma(6 * repeats, 10 / chance.gamma(4, 1, 3_000)) / repeats
    p, q, gamma = fit_spend(Rhythm(repeats, repeats, repeats, spend))
    p2, q2, gamma2 = fit_spend(Rhythm(repeats, repeats, repeats, spend * 100))
    assert np.allclose([p2, q2, gamma2 / 100], [p, q, gamma], rtol=1e-3)


def test_a_return_lowers_what_was_spent_and_makes_no_visit() -> None:
    shop = made([(1, START, 1, 500), (1, START + 5 * DAY_S, 1, -500), (1, START + 9 * DAY_S, 1, 300)])
    (one,) = members(shop.shop, shop.until)
    days, spend = purchase_days(one.history, shop.until)
    assert len(days) == 2
    assert spend.tolist() == [0.0, 300.0]


def test_a_shop_of_few_people_learns_no_value() -> None:
    shop = made([(member, START + day * DAY_S, 1, 100) for member in range(1, 20) for day in range(5)])
    with pytest.raises(TooLittle, match="19 of the 200 needed members"):
        learn_value((one.history for one in members(shop.shop, shop.until)), shop.until)


def test_without_prices_value_is_counted_in_visits() -> None:
    chance = np.random.default_rng(2)
    lines = [
        (member, START + int(day) * DAY_S, 1, 0)
        for member in range(1, 301)
        for day in np.unique(chance.integers(0, 100, member % 9 + 1))
    ]
    shop = made(lines)
    told = learn_value((one.history for one in members(shop.shop, shop.until)), shop.until)
    model = value_model(json.loads(json.dumps(told)))
    assert model is not None
    assert model.p is None
    everybody = [value(one.history, model, shop.until) for one in members(shop.shop, shop.until)]
    assert all(one is not None and one.spend_minor is None and one.visits >= 0 for one in everybody)
    best = [one for one in everybody if one is not None and one.top is not None and one.top <= 0.1]
    assert 20 <= len(best) <= 45


def test_nobody_without_a_purchase_has_a_value() -> None:
    assert value(history([]), CDNOW, NOW) is None
    assert value(history([(-5, [1])]), CDNOW, NOW) is None


def test_a_best_member_who_stays_away_is_slipping() -> None:
    model = ValueModel(0.243, 4.414, 0.793, 2.426, None, None, None, ((0.1, 5.0),), 8.0)
    weekly = history([(300 - 7 * week, [1]) for week in range(20)])
    gone = value(weekly, model, NOW)
    assert gone is not None
    assert gone.slipping
    here = value(history([(7 * week, [1]) for week in range(20)]), model, NOW)
    assert here is not None
    assert not here.slipping
    assert here.top == 0.1


@pytest.mark.parametrize("broken", [None, [], {"r": 1}, {"r": "x", "alpha": 1, "a": 1, "b": 1, "cutoffs": []}])
def test_parameters_that_are_not_ours_are_no_model(broken: object) -> None:
    assert value_model(broken) is None

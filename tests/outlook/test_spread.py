from __future__ import annotations

import numpy as np
import pytest

from clerk.outlook.spread import INSIDE, Guess, Past, Spread, between, fitted


def guess(mean: np.ndarray, new: np.ndarray | None = None) -> Guess:
    none = np.zeros(len(mean))
    return Guess(np.arange(len(mean)), mean, mean, none if new is None else new, none if new is None else new)


def days(shop: Spread, lines: int = 300, many: int = 7, seed: int = 5) -> list[Past]:
    """Days of a shop that sells `habits` times what its members promise, with days that move everybody."""
    random = np.random.default_rng(seed)
    mean = random.gamma(1.0, 4.0, lines)
    told = []
    for _ in range(many):
        own = mean * shop.habits
        moved = own * random.gamma(1 / shop.shared, shop.shared, lines) if shop.shared else own
        told.append(Past(guess(mean), random.poisson(moved).astype(float)))
    return told


@pytest.mark.parametrize("mean", [0.5, 2.0, 9.0, 60.0, 400.0])
@pytest.mark.parametrize("clumped", [0.6, 1.0, 3.0])
def test_eight_days_of_ten_lie_between_low_and_high(mean: float, clumped: float) -> None:
    random = np.random.default_rng(1)
    variance = mean * clumped
    low, high, promised = between(mean, variance)
    if clumped < 1:
        trials = round(mean**2 / (mean - variance)) or 1
        drawn = random.binomial(max(trials, 1), min(mean / max(trials, 1), 1), 20_000)
    elif clumped == 1:
        drawn = random.poisson(mean, 20_000)
    else:
        clump = mean**2 / (variance - mean)
        drawn = random.negative_binomial(clump, clump / (clump + mean), 20_000)
    inside = np.mean((drawn >= low) & (drawn <= high))
    assert inside >= INSIDE - 0.02
    assert inside == pytest.approx(promised, abs=0.02)
    assert low <= mean <= high + 1


def test_nothing_expected_is_nothing_between() -> None:
    assert between(0.0, 0.0) == (0, 0, 1.0)


def test_what_a_shop_sells_beyond_expectation_is_learned() -> None:
    found = fitted(days(Spread(habits=1.5)))
    mean = guess(np.array([4.0])).mean(Spread(found.habits, found.firsts))
    assert mean[0] == pytest.approx(6.0, rel=0.08)
    assert found.shared < 0.03


def test_days_that_move_everybody_widen_the_lines_of_many_pieces() -> None:
    calm, stormy = fitted(days(Spread())), fitted(days(Spread(shared=0.2)))
    assert stormy.shared > calm.shared + 0.05
    line = guess(np.array([20.0]))
    assert stormy.noise * line.alone(stormy)[0] + stormy.shared * 400 > 2 * line.variance(calm)[0]


def test_lines_that_always_sell_less_are_expected_less() -> None:
    past = days(Spread())
    for day in past:
        day.sold[:10] = np.round(day.guess.own[:10] * 0.3)
        day.guess.own[:10] += 20
    found = fitted(past)
    assert np.all(past[0].guess.mean(found)[:10] < 0.5 * past[0].guess.own[:10])


def test_one_party_is_no_rule() -> None:
    past = days(Spread())
    before = fitted(past)
    past[3].sold[5] += 4_000
    after = fitted(past)
    assert after.habits == pytest.approx(before.habits, rel=0.05)
    assert after.noise < 2 * before.noise


def test_below_the_data_it_needs_nothing_is_fitted() -> None:
    assert fitted([]).habits == 1.0
    few = fitted([Past(guess(np.array([5.0, 2.0])), np.array([9.0, 0.0]))])
    assert (few.habits, few.firsts, few.noise, few.shared, len(few.key)) == (1.0, 1.0, 1.0, 0.0, 0)

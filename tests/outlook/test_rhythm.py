from __future__ import annotations

import numpy as np

from clerk.outlook.rhythm import FACTS, LEAST_VISITS, VisitDays, rhythm, rhythm_in_words, visit_chances

TODAY = 20_000  # a Friday


def weekly(weekday: int, weeks: int = 30) -> np.ndarray:
    last = TODAY - (TODAY - weekday) % 7
    return np.arange(last - 7 * (weeks - 1), last + 1, 7, dtype=np.int64)


def a_shop(seed: int = 4, members: int = 200) -> VisitDays:
    """People with a weekday each, who come on it four times of five, and on other days one time in twenty."""
    random = np.random.default_rng(seed)
    days = []
    for who in range(members):
        all_days = np.arange(TODAY - 200, TODAY + 1)
        chance = np.where(all_days % 7 == who % 7, 0.8, 0.05)
        days.append(all_days[random.random(len(all_days)) < chance])
    return VisitDays.of(days)


def test_who_comes_on_a_weekday_is_expected_on_that_weekday() -> None:
    days = a_shop()
    found = visit_chances(days, TODAY, TODAY + 1)
    theirs = np.arange(days.members) % 7 == (TODAY + 1) % 7
    assert found.by.startswith("learned")
    assert abs(found.p[theirs].mean() - 0.8) < 0.1
    assert found.p[~theirs].mean() < 0.12


def test_chances_add_up_to_the_visits_that_happen() -> None:
    days = a_shop()
    expected = came = 0.0
    for target in range(TODAY - 13, TODAY + 1):
        expected += visit_chances(days, target - 1, target).p.sum()
        came += days.came(target).sum()
    assert abs(expected / came - 1) < 0.1


def test_most_days_lie_between_low_and_high() -> None:
    days = a_shop()
    inside = 0
    for target in range(TODAY - 13, TODAY + 1):
        found = visit_chances(days, target - 1, target)
        inside += found.low <= days.came(target).sum() <= found.high
    assert inside >= 9


def test_nothing_after_today_is_looked_at() -> None:
    days = a_shop()
    before = visit_chances(days.until(TODAY - 10), TODAY - 10, TODAY - 8)
    assert np.array_equal(before.p, visit_chances(days, TODAY - 10, TODAY - 8).p)


def test_below_the_data_it_needs_the_members_own_rate_speaks_and_says_so() -> None:
    days = VisitDays.of([weekly((TODAY + 1) % 7), weekly(TODAY % 7)])
    assert len(days.day) < LEAST_VISITS
    found = visit_chances(days, TODAY, TODAY + 1)
    assert "too few visits" in found.by
    assert found.p[0] > 2 * found.p[1]
    assert np.all((found.p >= 0) & (found.p <= 1))


def test_who_stayed_away_three_times_as_long_as_ever_is_hardly_expected() -> None:
    here, gone = weekly(TODAY % 7), weekly(TODAY % 7)[:10]
    found = visit_chances(VisitDays.of([here, gone]), TODAY, TODAY + 7)
    assert found.p[1] < found.p[0] / 3


def test_far_ahead_the_rhythm_is_believed_less_and_after_years_not_at_all() -> None:
    days = a_shop()
    soon, later, never = (visit_chances(days, TODAY, TODAY + ahead).p.sum() for ahead in (7, 84, 3_003))
    assert 0.2 * soon < later < 0.8 * soon
    assert never < 1e-6


def test_a_member_never_seen_has_the_chance_of_a_first_visit() -> None:
    days = VisitDays.of([weekly(TODAY % 7), np.zeros(0, dtype=np.int64), np.array([TODAY - 3])])
    found = visit_chances(days, TODAY, TODAY + 1)
    assert 0 < found.p[1] < 0.1


def test_a_shop_without_visits_expects_nobody() -> None:
    found = visit_chances(VisitDays.of([np.zeros(0, dtype=np.int64)] * 3), TODAY, TODAY + 1)
    assert found.p.sum() == 0
    assert (found.low, found.high) == (0, 0)
    none = visit_chances(VisitDays.of([]), TODAY, TODAY + 1)
    assert len(none.p) == 0


def test_facts_are_numbers_for_one_visit_and_for_visits_every_day() -> None:
    days = VisitDays.of([np.array([TODAY]), np.arange(TODAY - 300, TODAY + 1), np.array([TODAY - 3000, TODAY])])
    for target in (TODAY + 1, TODAY + 400):
        x, seen = rhythm(days, TODAY, target)
        assert x.shape == (3, len(FACTS))
        assert list(seen) == [0, 1, 2]
        assert np.isfinite(x).all()


def test_a_rhythm_is_told_in_words() -> None:
    friday = weekly(TODAY % 7)
    assert rhythm_in_words(friday, TODAY + 1) == "every 7 days, last 1 day before, mostly on Fridays"
    assert rhythm_in_words(np.array([TODAY]), TODAY + 2) == "came once, last 2 days before"
    assert rhythm_in_words(np.zeros(0, dtype=np.int64), TODAY) == "never seen here"
    assert rhythm_in_words(np.arange(TODAY - 20, TODAY), TODAY) == "nearly every day, last 1 day before"

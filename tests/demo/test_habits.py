"""From a habit to a year of visits."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from clerk.demo.habits import CLOSES_H, OPENS_H, Habit, Once, Order, Staple, visits_of

COFFEE, CAKE, BEANS = Order("COFFEE"), Order("CAKE"), Order("BEANS")
days = st.dates(date(2024, 1, 1), date(2027, 12, 31))


@given(days, st.integers(0, 999))
def test_who_comes_on_workdays_never_comes_on_a_sunday(today: date, seed: int) -> None:
    visits = visits_of(Habit(week=(0.8, 0.8, 0.8, 0.8, 0.8, 0.0, 0.0), usual=(COFFEE,)), today, Random(seed))
    assert visits
    assert {visit.at.weekday() for visit in visits} <= {0, 1, 2, 3, 4}


@given(days, st.integers(0, 999))
def test_visits_are_in_order_in_opening_hours_and_hold_something(today: date, seed: int) -> None:
    habit = Habit(week=(0.5,) * 7, usual=(COFFEE, CAKE), hour=6.0, spread_h=6.0, until_days=0)
    visits = visits_of(habit, today, Random(seed))
    assert [visit.at for visit in visits] == sorted(visit.at for visit in visits)
    for visit in visits:
        hour = visit.at.hour + visit.at.minute / 60
        assert OPENS_H <= hour <= CLOSES_H + 0.05
        assert visit.orders
        assert visit.at.date() <= today


@given(days)
def test_a_staple_was_last_bought_the_day_it_says_when_there_is_a_visit_that_day(today: date) -> None:
    habit = Habit(week=(1.0,) * 7, usual=(COFFEE,), staples=(Staple(BEANS, 12, 11),))
    bought = [visit.at.date() for visit in visits_of(habit, today, Random(3)) if BEANS in visit.orders]
    assert bought[-1] == today - timedelta(days=11)
    gaps = [(later - earlier).days for earlier, later in pairwise(bought)]
    assert 10.5 < sum(gaps) / len(gaps) < 13.5


def test_the_usual_varies_exactly_where_a_pattern_says() -> None:
    habit = Habit(week=(1.0,) * 7, usual=(COFFEE,), other=((CAKE,),), vary_at=(6, 4))
    newest_first = visits_of(habit, date(2026, 3, 18), Random(1))[::-1]
    varied = [place for place, visit in enumerate(newest_first, 1) if visit.orders == [CAKE]]
    assert varied[:3] == [4, 10, 16]


def test_a_changed_recipe_changes_on_its_day() -> None:
    today = date(2026, 3, 18)
    habit = Habit(week=(1.0,) * 7, usual=(COFFEE,), before=(CAKE,), changed_days=100)
    for visit in visits_of(habit, today, Random(1)):
        assert visit.orders == ([CAKE] if (today - visit.at.date()).days > 100 else [COFFEE])


def test_on_holiday_nobody_comes() -> None:
    today = date(2026, 3, 18)
    habit = Habit(week=(1.0,) * 7, usual=(COFFEE,), away=((50, 40),))
    ago = {(today - visit.at.date()).days for visit in visits_of(habit, today, Random(1))}
    assert ago == set(range(1, 365)) - set(range(40, 51))


def test_without_a_week_of_their_own_everybody_comes_on_the_very_day() -> None:
    today = date(2026, 3, 18)
    habit = Habit(once=(Once(66, COFFEE), Once(65, COFFEE), Once(65, CAKE)), since_days=67)
    visits = visits_of(habit, today, Random(1))
    assert [len(visit.orders) for visit in visits] == [1, 2]

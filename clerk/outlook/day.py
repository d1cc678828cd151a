"""Who is likely on a day, and for what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from clerk.clock import DAY_S, NOON_S
from clerk.model import DayForecast, ItemColumns, LikelyVisit
from clerk.outlook.all_members import Everybody, visit_days
from clerk.outlook.rhythm import Chances, VisitDays, rhythm_in_words, visit_chances
from clerk.outlook.visits import OneVisit
from clerk.outlook.visits_file import Predictions
from clerk.phrases import count
from clerk.visit.habits.member_habits import Habits
from clerk.visit.habits.next_items import Forecast
from clerk.visit.shop import flagged

LEAST_CHANCE = 0.02
"""Chance of a visit below which nobody asks for what."""

_STALE_DAYS = 3
"""Days without a line after which the data is old: a long weekend is no reason to warn."""

Step = Callable[[str, int, int], None]
"""Told the stage, how many are done, of how many."""


def no_progress(_: str, __: int, ___: int) -> None:
    """Ignores progress."""


class Day:
    """One day to forecast, seen from the end of the data.

    Args:
        everybody: the members.
        day: any wall second of the day.
        now: wall seconds; a day that has begun is looked at from its own midnight.
    """

    def __init__(self, everybody: Everybody, day: int, now: int) -> None:
        self.everybody = everybody
        self.midnight = day // DAY_S * DAY_S
        self.as_of = min(now, self.midnight - 1)
        # The last day that is over and that the data reaches: of the days since, nobody is known to have stayed away.
        self.today = min(everybody.data_until // DAY_S, (self.as_of + 1) // DAY_S - 1)

    def chances(self, step: Step = no_progress) -> tuple[VisitDays, Chances]:
        """The chance of a visit of every member, by member number from 1 on."""
        days = []
        total = self.everybody.members
        for number in range(1, total + 1):
            history = self.everybody.past(self.everybody.facts(number), self.as_of)
            days.append(visit_days(history, self.as_of))
            if number % 500 == 0:
                step("who comes", number, total)
        together = VisitDays.of(days)
        return together, visit_chances(together, self.today, self.midnight // DAY_S)

    def arrival(self, known: Habits) -> int:
        """When on this day the member mostly comes: the middle of earlier visits, those on this weekday first."""
        if not known.baskets:
            return self.midnight + NOON_S
        at = known.basket_at[-52:]
        weight = np.where(at // DAY_S % 7 == self.midnight // DAY_S % 7, 1.0, 0.3)
        order = np.argsort(at % DAY_S, kind="stable")
        half = np.cumsum(weight[order])
        middle = order[int(np.searchsorted(half, half[-1] / 2))]
        return self.midnight + int(at[middle] % DAY_S)

    def items(self, one_visit: OneVisit, member_no: int, top: int) -> Forecast:
        """What a member takes on this day, if they come."""
        history = self.everybody.past(self.everybody.facts(member_no), self.as_of)
        known = self.everybody.habits(history, self.as_of)
        # The same past, looked at from the moment of the visit.
        return one_visit.of_past(history, replace(known, now=self.arrival(known)), top)


def day_forecast(everybody: Everybody, day: int, now: int, top: int, step: Step = no_progress) -> DayForecast:
    """Who is likely on a day, for what; members with a chance below `LEAST_CHANCE` are counted and not listed.

    Args:
        everybody: the members.
        day: any wall second of the day.
        now: wall seconds; nothing later is looked at, nor the day itself.
        top: items a member.
        step: called with how far it is.
    """
    forecast_day = Day(everybody, day, now)
    days, chances = forecast_day.chances(step)
    one_visit = OneVisit(everybody)
    starts = np.searchsorted(days.member, np.arange(everybody.members + 1))
    order = np.argsort(-chances.p, kind="stable")
    listed = order[chances.p[order] >= LEAST_CHANCE]
    visits, unnamed = [], 0
    for place, index in enumerate(listed.tolist()):
        number = index + 1
        if not everybody.may_name(number):
            unnamed += 1
            continue
        member = everybody.reader.member(number)
        found = _nameable(forecast_day.items(one_visit, number, top), everybody.columns)
        own = days.day[starts[index] : starts[index + 1]]
        visits.append(
            LikelyVisit(
                member_id=member.member_id,
                name=member.name,
                p=round(float(chances.p[index]), 4),
                why=rhythm_in_words(own, forecast_day.midnight // DAY_S),
                items=one_visit.likely(found),
            )
        )
        if place % 250 == 0:
            step("for what", place, len(listed))
    step("for what", len(listed), len(listed))
    return DayForecast(
        day=forecast_day.midnight,
        as_of=forecast_day.as_of,
        visits=tuple(visits),
        expected=float(chances.p.sum()),
        low=chances.low,
        high=chances.high,
        visits_by=chances.by,
        items_by=everybody.items_by,
        notes=(*notes_of(forecast_day, everybody), *_not_named(unnamed)),
    )


def _not_named(members: int) -> tuple[str, ...]:
    """That some are counted and not listed: nobody is foreseen by name who did not agree to suggestions."""
    return (f"Counted and not named, without a yes to suggestions: {count(members, 'member')}.",) if members else ()


def day_predictions(everybody: Everybody, day: int, now: int, top: int, step: Step = no_progress) -> Predictions:
    """The same as rows for a file, of every member: `p` is the chance that the item is bought on that day."""
    forecast_day = Day(everybody, day, now)
    _, chances = forecast_day.chances(step)
    one_visit = OneVisit(everybody)
    rows = Predictions.none()
    for number in range(1, everybody.members + 1):
        if not everybody.may_name(number):
            continue
        found = forecast_day.items(one_visit, number, top)
        p = (found.p * chances.p[number - 1]).tolist()
        rows.add(everybody.reader.member(number).member_id, forecast_day.midnight, one_visit.skus(found), p)
        if number % 250 == 0:
            step("for what", number, everybody.members)
    return rows


def notes_of(forecast_day: Day, everybody: Everybody) -> tuple[str, ...]:
    """Warnings about the forecast for a person."""
    notes = []
    stale = forecast_day.as_of // DAY_S - everybody.data_until // DAY_S
    if stale > _STALE_DAYS:
        notes.append(f"The store data ends {count(stale, 'day')} before; nothing is known of the days since.")
    if forecast_day.midnight <= everybody.data_until:
        notes.append(
            "The store data knows this day already: its lines are not looked at, but item statistics are made of them."
        )
    if not everybody.members:
        notes.append("There are no members.")
    return tuple(notes)


def _nameable(found: Forecast, columns: ItemColumns) -> Forecast:
    """Without sensitive items: they are counted in the prep list and never named beside a member."""
    kept: NDArray[np.bool_] = ~flagged(columns, found.item_nos, ItemColumns.SENSITIVE)
    return Forecast(found.item_nos[kept], found.p[kept])

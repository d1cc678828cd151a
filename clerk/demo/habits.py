"""How a person of the sample store shops: a habit in, a year of visits out.

A habit says on which days and at what hour somebody comes, what they usually take, how often they take something
else, what they buy at an interval of their own, and what they bought just once. Days are counted backwards from
today, so that what is due is due on the day the store is built, whatever weekday that is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import NamedTuple

OPENS_H, CLOSES_H = 6.5, 17.9
"""Opening hours, in hours of the day."""
TODAY_UNTIL_H = 7.4
"""Visits of today end here: the store was built in the morning."""

_STAPLE_SWING = 0.12
"""Relative spread of the days between two purchases of a staple."""
_ATTACH_DAYS = 3
"""A staple is bought on the nearest visit, if one is at most this far away; else on a visit of its own."""


class Order(NamedTuple):
    """What is ordered together on one visit."""

    sku: str
    modifiers: str = ""
    """`Group=option; Group=option`."""
    quantity: int = 1
    gift: bool = False
    kind: str = "sale"


class Staple(NamedTuple):
    """A consumable that is bought again and again."""

    order: Order
    every_days: float
    last_days_ago: int
    since_days: int = 365


class Once(NamedTuple):
    """Something bought a single time, on a visit of its own or on the nearest one."""

    days_ago: int
    order: Order


@dataclass(frozen=True, slots=True)
class Habit:
    """Everything that makes one person's year."""

    week: tuple[float, ...] = (0.0,) * 7
    """Chance of a visit on each day, Monday first."""
    hour: float = 8.3
    """Mean hour of the day."""
    spread_h: float = 0.35
    usual: tuple[Order, ...] = ()
    besides: float = 1.0
    """Chance of each order of the usual after the first."""
    before: tuple[Order, ...] = ()
    """The usual until `changed_days` ago."""
    changed_days: int = 0
    vary: float = 0.0
    """Share of visits on which something of `other` is taken instead."""
    other: tuple[tuple[Order, ...], ...] = ()
    vary_at: tuple[int, int] | None = None
    """(n, r): instead of by chance, vary on every n-th visit counted back from the latest (1), where it leaves r."""
    alone_at: tuple[int, int] | None = None
    """The same for visits without what comes besides."""
    staples: tuple[Staple, ...] = ()
    once: tuple[Once, ...] = ()
    likes: tuple[Order, ...] = ()
    """What is added now and then."""
    adds: float = 0.0
    """Chance of such an addition on a visit."""
    since_days: int = 364
    until_days: int = 1
    """Days ago of the first and the last possible visit; 0 is today."""
    away: tuple[tuple[int, int], ...] = ()
    """(from, to) in days ago, from the greater: holidays."""
    channel: str = "counter"
    elsewhere: float = 0.0
    """Share of visits to the chain's other store."""


@dataclass(slots=True)
class Visit:
    """One basket."""

    at: datetime
    orders: list[Order] = field(default_factory=list)
    channel: str = "counter"
    elsewhere: bool = False


def visits_of(habit: Habit, today: date, rng: Random) -> list[Visit]:
    """A person's visits, oldest first."""
    ago = [
        days
        for days in range(habit.since_days, habit.until_days - 1, -1)
        if rng.random() < habit.week[(today - timedelta(days=days)).weekday()]
        and not any(start >= days >= end for start, end in habit.away)
    ]
    by_day = {days: _usual_visit(habit, days, len(ago) - place, today, rng) for place, days in enumerate(ago)}
    for staple in habit.staples:
        for days in _staple_days(staple, habit, rng):
            _visit_near(by_day, days, habit, today, rng).orders.append(staple.order)
    for once in habit.once:
        _visit_near(by_day, once.days_ago, habit, today, rng).orders.append(once.order)
    return [by_day[days] for days in sorted(by_day, reverse=True) if by_day[days].orders]


def _usual_visit(habit: Habit, days: int, from_latest: int, today: date, rng: Random) -> Visit:
    visit = _visit(habit, days, today, rng)
    chance, which = rng.random(), rng.random()
    varies = _falls(from_latest, habit.vary_at) if habit.vary_at else chance < habit.vary
    if varies and habit.other:
        visit.orders += habit.other[int(which * len(habit.other))]
    else:
        wanted = habit.before if habit.before and days > habit.changed_days else habit.usual
        for place, order in enumerate(wanted):
            comes = not _falls(from_latest, habit.alone_at) if habit.alone_at else rng.random() < habit.besides
            if place == 0 or comes:
                visit.orders.append(order)
    if habit.likes and rng.random() < habit.adds:
        visit.orders.append(rng.choice(habit.likes))
    return visit


def _falls(from_latest: int, pattern: tuple[int, int]) -> bool:
    every, rest = pattern
    return from_latest % every == rest


def _staple_days(staple: Staple, habit: Habit, rng: Random) -> list[int]:
    days, at = [], float(staple.last_days_ago)
    while at <= min(staple.since_days, habit.since_days):
        days.append(round(at))
        at += max(2.0, rng.gauss(staple.every_days, staple.every_days * _STAPLE_SWING))
    return days


def _visit_near(by_day: dict[int, Visit], days: int, habit: Habit, today: date, rng: Random) -> Visit:
    """The visit nearest to a day, or a new one on that day; who has no week of their own comes on that very day."""
    reach = _ATTACH_DAYS if any(habit.week) else 0
    near = min(by_day, key=lambda other: (abs(other - days), other), default=None)
    if near is None or abs(near - days) > reach:
        near = days
        by_day[near] = _visit(habit, days, today, rng)
    return by_day[near]


def _visit(habit: Habit, days: int, today: date, rng: Random) -> Visit:
    hour = min(max(rng.gauss(habit.hour, habit.spread_h), OPENS_H), CLOSES_H)
    if days == 0:
        hour = OPENS_H + (hour * 7 % 1) * (TODAY_UNTIL_H - OPENS_H)
    at = datetime.combine(today - timedelta(days=days), time()) + timedelta(
        seconds=int(hour * 3600) + rng.randrange(60)
    )
    return Visit(at, channel=habit.channel, elsewhere=rng.random() < habit.elsewhere)

"""One day in numbers: expected quantities, and how far past expectations were off."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from clerk.clock import DAY_S
from clerk.model import MemberFacts
from clerk.outlook.all_members import Everybody
from clerk.outlook.day import Day, Step, no_progress
from clerk.outlook.demand import RECENT_DAYS, Sum, bought, first_purchases, of_member, taken
from clerk.outlook.rhythm import FARTHEST, Chances, VisitDays, learn_rhythm, visit_chances
from clerk.outlook.spread import Guess, Past

Numbers = NDArray[np.float64]
Ints = NDArray[np.int64]

CHECK_DAYS = 7
"""Past days that tell how far expectations miss: one of every weekday."""
CHECK_MEMBERS = 2_500
"""Members whose past days are looked at again."""
_UNLIKELY = 0.02
"""Chance of a visit below which a member adds nothing that anybody would prepare."""
_MEMBERS_ASKED = 400
"""Members whose quantities say what is believable in this shop."""


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """Expected by key (see `demand`); rows are equally many, keys ascend."""

    guess: Guess
    members: Numbers
    """How many may come for it."""


@dataclass(slots=True, eq=False)
class _Target:
    """A day while members are added up."""

    day: Day
    chances: Chances
    visits_part: float
    """Visits expected, as a part of those of the latest weeks: so many first purchases are expected too."""
    sum: Sum = field(default_factory=lambda: Sum(5))

    def total(self) -> Wanted:
        """Everything added."""
        key, sums = self.sum.total()
        return Wanted(Guess(key, sums[:, 0], sums[:, 1], sums[:, 2], sums[:, 3]), sums[:, 4])


class Planner:
    """Forecasts days of a shop, future and past.

    Args:
        everybody: the members.
        step: called with how far it is.
    """

    def __init__(self, everybody: Everybody, step: Step = no_progress) -> None:
        self._everybody = everybody
        self._step = step
        self.at_most = self._believable()

    def wanted(self, forecast_day: Day, days: VisitDays, chances: Chances) -> Wanted:
        """What all members take on a day.

        Args:
            forecast_day: the day.
            days: when everybody came.
            chances: of everybody to come on it.
        """
        numbers = self._everybody.numbers()
        one = _Target(forecast_day, chances, _visits_part(days, chances, numbers, forecast_day.today))
        for place, number in enumerate(numbers.tolist()):
            self._add(one, self._everybody.facts(number))
            if place % 250 == 0:
                self._step("what they take", place, len(numbers))
        return one.total()

    def past_days(self, forecast_day: Day, days: VisitDays) -> list[Past]:
        """Past days, each forecast from the same distance as the given day, with what was really sold."""
        numbers = self._everybody.numbers(CHECK_MEMBERS)
        # Days farther off than weeks are looked at as if they were this near, here as for the chance of a visit.
        distance = min(forecast_day.midnight // DAY_S - forecast_day.today, FARTHEST)
        first = forecast_day.today - CHECK_DAYS + 1
        learned = learn_rhythm(days, first - distance, distance)
        targets = []
        for target in range(first, forecast_day.today + 1):
            # A day without any visit: the shop was closed.
            if np.any(days.day == target):
                then = Day(self._everybody, target * DAY_S, (target - distance + 1) * DAY_S - 1)
                chances = visit_chances(days, then.today, target, learned)
                targets.append(_Target(then, chances, _visits_part(days, chances, numbers, then.today)))
        sold: list[list[tuple[Ints, Numbers]]] = [[] for _ in targets]
        for place, number in enumerate(numbers.tolist()):
            facts = self._everybody.facts(number)
            since = self._everybody.past(facts, forecast_day.as_of)
            for one, those in zip(targets, sold, strict=True):
                self._add(one, facts)
                those.append(bought(since, one.day.midnight, self.at_most))
            if place % 100 == 0:
                self._step(f"checking {len(targets)} past days", place, len(numbers))
        return [compared(one.total(), *_joined(those)) for one, those in zip(targets, sold, strict=True)]

    def sold(self, day: Day, until: int) -> tuple[Ints, Numbers]:
        """Keys and pieces of everything that members bought on a day."""
        every = (self._everybody.past(self._everybody.facts(no), until) for no in self._everybody.numbers().tolist())
        return _joined([bought(history, day.midnight, self.at_most) for history in every])

    def _add(self, target: _Target, facts: MemberFacts) -> None:
        """Adds what one member is expected to take."""
        history = self._everybody.past(facts, target.day.as_of)
        known = self._everybody.habits(history, target.day.as_of)
        if not len(known.items):
            return
        key, new, square = first_purchases(history, known, self.at_most, target.day.as_of)
        none = np.zeros(len(key))
        target.sum.add(key, none, none, new * target.visits_part, square * target.visits_part, none)
        chance = float(target.chances.p[facts.member.member_no - 1])
        if chance >= _UNLIKELY:
            then = replace(known, now=target.day.arrival(known))
            own = self._everybody.own_items(history, then)
            key, mean, variance, comes = of_member(chance, own, taken(history, then, self.at_most))
            none = np.zeros(len(key))
            target.sum.add(key, mean, variance, none, none, comes)

    def _believable(self) -> float:
        """The most pieces of one line that count: more is taken for a mistake, but wholesale shops sell hundreds."""
        sold = [self._everybody.facts(no).history.quantity for no in self._everybody.numbers(_MEMBERS_ASKED).tolist()]
        every = np.concatenate(sold) if sold else np.zeros(0)
        every = every[np.isfinite(every) & (every > 0)]
        return max(99.0, float(np.quantile(every, 0.999))) if len(every) else 99.0


def compared(wanted: Wanted, key: Ints, sold: Numbers) -> Past:
    """Expected and sold, line by line; what was sold and not expected has an expectation of nothing."""
    guess = wanted.guess
    every, at = np.unique(np.concatenate([guess.key, key]), return_inverse=True)
    own = at[: len(guess.key)]
    columns = np.zeros((4, len(every)))
    columns[:, own] = guess.own, guess.own_variance, guess.new, guess.new_variance
    got = np.bincount(at[len(guess.key) :], weights=sold, minlength=len(every)).astype(np.float64)
    return Past(Guess(every, *columns), got)


def _visits_part(days: VisitDays, chances: Chances, numbers: Ints, today: int) -> float:
    """Visits expected of these members, as a part of theirs in the latest weeks."""
    chosen = np.zeros(days.members, dtype=np.bool_)
    chosen[numbers - 1] = True
    lately = (days.day > today - RECENT_DAYS) & (days.day <= today) & chosen[days.member]
    return float(chances.p[chosen].sum()) / max(float(np.count_nonzero(lately)), 1.0)


def _joined(parts: list[tuple[Ints, Numbers]]) -> tuple[Ints, Numbers]:
    if not parts:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    return np.concatenate([key for key, _ in parts]), np.concatenate([amount for _, amount in parts])

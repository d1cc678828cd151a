"""The shop's list for a day: what members are expected to take, how sure that is, and whether it is there.

A proposal. It counts members only, since nobody else is known; it orders nothing and contacts nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from clerk.clock import DAY_S
from clerk.model import ItemColumns, MemberFacts, PrepLine, PrepList
from clerk.outlook import spread
from clerk.outlook.all_members import Everybody
from clerk.outlook.day import Day, Step, no_progress, notes_of
from clerk.outlook.demand import RECENT_DAYS, SETS, Sum, bought, first_purchases, of_member, taken
from clerk.outlook.rhythm import FARTHEST, Chances, VisitDays, learn_rhythm, visit_chances
from clerk.outlook.spread import Guess, Past, Spread
from clerk.visit.shop import flagged

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


LISTED_FROM = 0.5
"""Pieces expected from which a line is listed; less is more often not sold at all."""

MEMBERS_ONLY = "Members only: what other people buy is not in the store data and comes on top."


def prep_list(everybody: Everybody, day: int, now: int, step: Step = no_progress) -> PrepList:
    """What to have ready on a day, most expected first, against stock.

    Args:
        everybody: the members.
        day: any wall second of the day.
        now: wall seconds; nothing later is looked at, nor the day itself.
        step: called with how far it is.

    Cost: about 25 CPU-seconds for 2,500 members of 600 lines, most of it for looking back on past days.
    """
    planner = Planner(everybody, step)
    forecast_day = Day(everybody, day, now)
    days, chances = forecast_day.chances(step)
    past = planner.past_days(forecast_day, days)
    shop = spread.fitted(past)
    wanted = planner.wanted(forecast_day, days, chances)
    lines, others = _lines(everybody, wanted, shop)
    return PrepList(
        day=forecast_day.midnight,
        as_of=forecast_day.as_of,
        visits=float(chances.p.sum()),
        visits_low=chances.low,
        visits_high=chances.high,
        lines=lines,
        others=others * unlisted(past, shop),
        checked=track_record(past),
        notes=(MEMBERS_ONLY, *notes_of(forecast_day, everybody)),
    )


def track_record(past: list[Past]) -> str:
    """A sentence on how such lists did on past days, each judged with the spread of the other days."""
    inside = lines = 0
    sold = expected = promised = 0.0
    for number, day in enumerate(past):
        shop = spread.fitted(past[:number] + past[number + 1 :])
        within, of, chance = covered(day, shop)
        inside, lines, promised = inside + within, lines + of, promised + chance
        mean = day.guess.mean(shop)
        sold += float(day.sold[mean >= LISTED_FROM].sum())
        expected += float(mean[mean >= LISTED_FROM].sum())
    if not lines:
        return "Not checked: too little was sold on the latest days."
    return (
        f"On the last {len(past)} open days {inside / lines:.0%} of such lines lay between low and high "
        f"({promised / lines:.0%} promised), and {sold:,.0f} pieces of them were sold where {expected:,.0f} were "
        "expected."
    )


def unlisted(past: list[Past], shop: Spread) -> float:
    """Pieces sold of all that was not listed, for every piece that was expected of it: some of it nobody foresees."""
    sold = expected = 0.0
    for day in past:
        mean = day.guess.mean(shop)
        sold += float(day.sold[mean < LISTED_FROM].sum())
        expected += float(mean[mean < LISTED_FROM].sum())
    return sold / expected if expected > 1 else 1.0


def covered(day: Past, shop: Spread, least: float = LISTED_FROM, most: float = np.inf) -> tuple[int, int, float]:
    """Of the lines expected from `least` to below `most`: how many lay inside, how many there are, and the promise."""
    mean, variance = day.guess.mean(shop), day.guess.variance(shop)
    listed = np.flatnonzero((mean >= least) & (mean < most))
    inside, promised = 0, 0.0
    for row in listed.tolist():
        low, high, chance = spread.between(float(mean[row]), float(variance[row]))
        inside += low <= round(float(day.sold[row])) <= high
        promised += chance
    return inside, len(listed), promised


def _lines(everybody: Everybody, wanted: Wanted, shop: Spread) -> tuple[tuple[PrepLine, ...], float]:
    """Lines with names and stock, most expected first, and what is expected of everything else."""
    item_no, set_no = wanted.guess.key // SETS, wanted.guess.key % SETS
    mean, variance = wanted.guess.mean(shop), wanted.guess.variance(shop)
    sold_here = ~flagged(everybody.columns, item_no, ItemColumns.GONE)
    listed = np.flatnonzero((mean >= LISTED_FROM) & sold_here)
    listed = listed[np.lexsort((wanted.guess.key[listed], -mean[listed]))]
    distinct, at = np.unique(item_no, return_inverse=True)
    of_item = dict(zip(distinct.tolist(), np.bincount(at, weights=mean).tolist(), strict=True))
    items = everybody.reader.items(np.unique(item_no[listed]).tolist())
    modifiers = everybody.reader.modifier_sets(np.unique(set_no[listed]).tolist())
    lines = []
    for row in listed.tolist():
        item = items[int(item_no[row])]
        low, high, _ = spread.between(float(mean[row]), float(variance[row]))
        lines.append(
            PrepLine(
                sku=item.sku,
                name=item.name,
                modifiers=modifiers.get(int(set_no[row]), ()),
                expected=round(float(mean[row]), 2),
                low=low,
                high=high,
                members=int(wanted.members[row]),
                on_hand=item.on_hand,
                short=item.on_hand is not None and item.on_hand < of_item[item.item_no],
            )
        )
    return tuple(lines), float(mean[sold_here].sum() - mean[listed].sum())

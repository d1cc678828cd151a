"""Who comes on a day: each member's own rhythm, and weights over it learned from the shop's latest weeks.

In: the days on which members came, a day, how far it lies ahead. Out: a chance a member. Days are whole numbers
(wall seconds // 86,400); logs are natural. The weights are fitted for exactly the given distance, on days whose
outcome is known; below `LEAST_VISITS` visits the fallback speaks: the member's own rate on that weekday.

Holidays, weather and promotions are not looked at: the night has no data on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clerk.pack_build.learn.logistic import Fitted, fit
from clerk.phrases import count

Numbers = NDArray[np.float64]
Ints = NDArray[np.int64]

FACTS: dict[str, str] = {
    "often": "visits a day, over a year",
    "lately": "visits a day in the latest two months",
    "these_weeks": "visits a day in the latest two weeks",
    "weekday": "comes more on this weekday than on others",
    "weekday_lately": "came on this weekday of the latest weeks",
    "since": "days since the last visit",
    "late": "that, against the member's own interval",
    "late_sq": "far from the member's own interval, on either side",
    "late_far": "long past the member's own interval",
    "gap_now": "part of the member's intervals that ended after so many days",
    "last_gap": "days between the last two visits",
    "known": "how long the member has been coming",
    "shop_weekday": "how busy the shop is on this weekday",
    "shop_lately": "whether the shop is busier in these weeks than before",
}
"""Columns, in order, each as the reason it stands for."""

LEARN_DAYS = 56
"""Days looked back on: eight of every weekday."""
LEARN_MEMBERS = 4_000
"""Members learned from; fourteen weights need no more."""
LEAST_VISITS = 400
"""Visits in those days below which nothing is learned."""
FARTHEST = 28
"""Days ahead beyond which a day is looked at as the same weekday at about this distance."""
_FADES_DAYS = 90.0
"""Days in which a rhythm that nobody has seen since is believed less by a factor e."""
_YEAR, _MONTHS, _WEEKS = 200.0, 60.0, 14.0
"""Days in which a visit loses weight by a factor e, for each of the three rates."""
_PRIOR = 14.0
"""Days at the shop's own rate that every member starts with."""
_SUREST = 0.95
"""Nobody is surer to come than this, without weights."""
_WEEKDAY_PRIOR = 4.0
"""Weeks without a preference for a weekday that every member starts with."""


@dataclass(frozen=True, slots=True, eq=False)
class VisitDays:
    """The days on which each of n members came."""

    day: Ints
    """Ascending within a member, each day once."""
    member: Ints
    """Whose, 0 to n-1, ascending."""
    members: int

    @classmethod
    def of(cls, days: Sequence[Ints]) -> VisitDays:
        """From one array a member."""
        lengths = np.array([len(one) for one in days], dtype=np.int64)
        flat = np.concatenate(days) if len(days) else np.zeros(0, dtype=np.int64)
        return cls(flat.astype(np.int64), np.repeat(np.arange(len(days)), lengths), len(days))

    def until(self, day: int) -> VisitDays:
        """Without what came after a day."""
        kept = self.day <= day
        return self if kept.all() else VisitDays(self.day[kept], self.member[kept], self.members)

    def only(self, members: Ints) -> VisitDays:
        """Some of the members, renumbered in the order given, which ascends."""
        number = np.full(self.members, -1, dtype=np.int64)
        number[members] = np.arange(len(members))
        kept = number[self.member] >= 0
        return VisitDays(self.day[kept], number[self.member[kept]], len(members))

    def came(self, day: int) -> NDArray[np.bool_]:
        """Who came on a day."""
        out = np.zeros(self.members, dtype=np.bool_)
        out[self.member[self.day == day]] = True
        return out


@dataclass(frozen=True, slots=True, eq=False)
class Chances:
    """The chance of a visit by member, and how it was made."""

    p: Numbers
    by: str
    low: int
    high: int
    """Eight days of ten, members expected in all lie between these."""


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """Weights learned from the latest weeks: how members' rhythms continue."""

    model: Fitted | None
    """None where there were too few visits."""
    miss: Numbers
    """By how much the shop's totals missed on the days learned from: came / expected."""


def visit_chances(days: VisitDays, today: int, target: int, learned: Learned | None = None) -> Chances:
    """Chance of a visit on `target` for every member.

    Args:
        days: when they came.
        today: the last day whose visits are all known.
        target: a later day.
        learned: as of an earlier day, where that is what is wanted; otherwise learned as of `today`.

    Cost: about 1 CPU-second for 2,500 members of 60 visits; it grows with the members only where they are scored.
    """
    known = days.until(today)
    weeks_beyond = max(-(-(target - today - FARTHEST) // 7), 0)
    near = target - 7 * weeks_beyond
    learned = learned or learn_rhythm(days, today, near - today)
    x, seen = rhythm(known, today, near)
    p = np.full(days.members, _first_visits(known, today))
    if learned.model is not None:
        p[seen] = _chance(learned.model.logit(x))
        by = f"learned on the latest {LEARN_DAYS} days of this shop"
    else:
        p[seen] = _own_rate(x)
        by = "each member's own rate on this weekday: too few visits to learn from"
    p *= np.exp(-7 * weeks_beyond / _FADES_DAYS)
    low, high = _between(p, learned.miss)
    return Chances(p, by, low, high)


def rhythm(days: VisitDays, today: int, target: int) -> tuple[Numbers, Ints]:
    """The facts about every member who was ever seen, as of the end of `today`; rows are those members.

    Args:
        days: up to today.
        today: the last day looked at.
        target: the day asked about.

    Returns:
        The facts, columns as in `FACTS`, and the members' numbers.
    """
    day, member, many = days.day, days.member, days.members
    counts = np.bincount(member, minlength=many)
    seen = np.flatnonzero(counts)
    if not len(seen):
        return np.zeros((0, len(FACTS))), seen
    ends = np.cumsum(counts)[seen] - 1
    starts = ends - counts[seen] + 1
    first, last = day[starts], day[ends]
    age = (today - first + 1).astype(np.float64)
    back = (today - day).astype(np.float64)

    def total(weights: Numbers) -> Numbers:
        return np.bincount(member, weights=weights, minlength=many)[seen].astype(np.float64)

    shop_rate = len(day) / max(age.sum(), 1.0)
    rates: list[Numbers] = []
    for span in (_YEAR, _MONTHS, _WEEKS):
        exposed = span * (1 - np.exp(-age / span))
        rates.append(np.log((total(np.exp(-back / span)) + _PRIOR * shop_rate) / (exposed + _PRIOR)))
    since = (target - last).astype(np.float64)
    own_gap: Numbers = (last - first) / np.maximum(counts[seen] - 1, 1)
    gap = (own_gap * (counts[seen] - 1) + 2 / shop_rate) / (counts[seen] + 1)
    late = np.log(since / np.maximum(gap, 0.5))
    same = (day % 7 == target % 7).astype(np.float64)
    fading = np.exp(-back / _YEAR)
    weekday = np.log((total(same * fading) + _WEEKDAY_PRIOR / 7) / (total(fading) + _WEEKDAY_PRIOR) * 7)
    lately = total(same * (back < 56) * 0.75 ** (back // 7))
    gaps = np.diff(day, prepend=day[:1] if len(day) else 0).astype(np.float64)
    gaps[starts] = 0
    since_last = np.zeros(many)
    since_last[seen] = since
    width = np.maximum(0.12 * since_last[member], 0.6)
    near = np.exp(-0.5 * ((gaps - since_last[member]) / width) ** 2) * (gaps > 0)
    longer = (gaps >= since_last[member] - 0.5) & (gaps > 0)
    facts = {
        "often": rates[0],
        "lately": rates[1],
        "these_weeks": rates[2],
        "weekday": weekday,
        "weekday_lately": np.log(lately + 0.2),
        "since": np.log(since),
        "late": late,
        "late_sq": late**2,
        "late_far": np.maximum(late, 0) ** 2,
        "gap_now": np.log((total(near) + 0.2) / (total(longer.astype(np.float64)) + 1)),
        "last_gap": np.log(np.where(counts[seen] > 1, last - day[np.maximum(ends - 1, starts)], gap) + 0.5),
        "known": np.log(age),
        "shop_weekday": _shop_weekday(day, today, target),
        "shop_lately": _shop_lately(day, today),
    }
    return np.column_stack([np.broadcast_to(facts[name], len(seen)) for name in FACTS]), seen


def rhythm_in_words(days: Ints, target: int) -> str:
    """A member's rhythm in words: `every 7 days, last 6 days before, mostly on Saturdays`."""
    if not len(days):
        return "never seen here"
    last = f"last {count(target - int(days[-1]), 'day')} before"
    if len(days) < 2:
        return f"came once, {last}"
    gap = float(days[-1] - days[0]) / (len(days) - 1)
    words = [f"every {gap:.0f} days" if gap >= 1.5 else "nearly every day", last]
    names = ("Thursdays", "Fridays", "Saturdays", "Sundays", "Mondays", "Tuesdays", "Wednesdays")
    recent = days[-26:]
    often = np.bincount(recent % 7, minlength=7)
    most = int(often.argmax())
    if len(recent) >= 4 and often[most] > len(recent) / 2:
        words.append(f"mostly on {names[most]}")
    return ", ".join(words)


def learn_rhythm(days: VisitDays, today: int, ahead: int) -> Learned:
    """Learns weights for a forecast so many days ahead, from the weeks up to `today`."""
    days, ahead = days.until(today), max(ahead, 1)
    chosen = np.flatnonzero(np.bincount(days.member, minlength=days.members))
    if len(chosen) > LEARN_MEMBERS:
        chosen = np.sort(np.random.default_rng(1).choice(chosen, LEARN_MEMBERS, replace=False))
    some = days.only(chosen)
    x, y, groups = [], [], []
    for target in range(today - LEARN_DAYS + 1, today + 1):
        facts, seen = rhythm(some.until(target - ahead), target - ahead, target)
        x.append(facts.astype(np.float32))
        y.append(some.came(target)[seen])
        groups.append(len(seen))
    labels = np.concatenate(y)
    if labels.sum() < LEAST_VISITS or labels.all():
        return Learned(None, np.ones(0))
    rows = np.concatenate(x)
    model = fit(rows, labels, np.ones(len(labels)))
    bounds = np.cumsum([0, *groups])[:-1]
    nonempty = np.array(groups) > 0
    expected = np.add.reduceat(np.append(_chance(model.logit(rows)), 0.0), bounds)[nonempty]
    came = np.add.reduceat(np.append(labels.astype(np.float64), 0.0), bounds)[nonempty]
    return Learned(model, came / np.maximum(expected, 1e-9))


def _own_rate(x: Numbers) -> Numbers:
    """Without weights: the part of such weekdays the member came on, less after three intervals of absence."""
    names = list(FACTS)
    rate = np.exp(np.minimum(x[:, names.index("lately")] + x[:, names.index("weekday")], np.log(_SUREST)))
    fading = np.exp(-np.maximum(x[:, names.index("late")] - np.log(3.0), 0.0) * 2)
    chance: Numbers = rate * fading
    return chance


def _first_visits(days: VisitDays, today: int) -> float:
    """Chance that a member who was never seen comes on a day: how many did, in the latest weeks."""
    counts = np.bincount(days.member, minlength=days.members)
    seen = counts > 0
    first = days.day[(np.cumsum(counts) - counts)[seen]]
    lately = int(np.count_nonzero(first > today - 28))
    never = days.members - int(np.count_nonzero(seen))
    return lately / 28 / max(never + lately, 1)


def _between(p: Numbers, miss: Numbers) -> tuple[int, int]:
    """Where eight days of ten lie: chance of each member, and how far the shop's total missed on the days before."""
    mean = float(p.sum())
    own = float((p * (1 - p)).sum())
    shared = 0.0
    if len(miss) > 1:
        noise = own / max(mean, 1e-9) ** 2
        shared = max(float(np.mean((miss - 1) ** 2)) - noise, 0.0)
    spread = 1.2816 * np.sqrt(own + shared * mean**2)
    return max(int(np.floor(mean - spread)), 0), int(np.ceil(mean + spread))


def _shop_weekday(day: Ints, today: int, target: int) -> Numbers:
    """Log of the weekday's part of the shop's visits in the latest weeks, against a seventh. Closed days are low."""
    recent = day[day > today - 56]
    same = float(np.count_nonzero(recent % 7 == target % 7))
    return np.array([np.log((same + 0.5) / (len(recent) + 3.5) * 7)])


def _shop_lately(day: Ints, today: int) -> Numbers:
    """Log of the shop's visits in two weeks against the eight before."""
    two = float(np.count_nonzero(day > today - 14))
    ten = float(np.count_nonzero(day > today - 70))
    return np.array([np.log((two + 1) / (ten + 5) * 5)])


def _chance(logit: Numbers) -> Numbers:
    out: Numbers = 1 / (1 + np.exp(-np.clip(logit, -40, 40)))
    return out

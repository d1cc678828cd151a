"""Fits when a shop's counter may offer "the usual?": `models["usual"]`.

Many of a member's later visits are looked at from the moment before each: which lines would have been named at which
sure share, and which of them were then bought. For each number of earlier visits the threshold is the smallest sure
share from which lines were right often enough; where none is, nothing is said after so few visits. `decay` is the
memory (weight lost a visit) under which the named line was right most often, at every coverage; `doubt` is how many
visits without a thing must be added to those seen for its share to come true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from clerk.clock import DAY_S
from clerk.model import History, ItemColumns
from clerk.pack_build.learn.attempt import enough
from clerk.pack_build.learn.cases import visits
from clerk.visit.habits.member_habits import Group, Habits, habits
from clerk.visit.habits.usual import VISITS_FROM, place_of, sure_share, visits_weighed
from clerk.visit.shop import Shop

Numbers = NDArray[np.float64]

USUAL_HOLDS, OFTEN_HOLDS = 0.88, 0.65
"""How often "the usual?" and "often" must have been right to be said. They promise .86 and .60; what is asked beyond
is what habits and ranges lose in the months after, measured on the sample store."""
DECAYS = (0.7, 0.8, 0.9, 0.95)
"""Memories tried."""
DOUBTS = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0)
"""Doubts tried."""
EARLIER_VISITS = 3
"""Earlier visits before anything is called usual."""
LEAST_VISITS, LEAST_LINES = 200, 30
"""Visits looked back on, and lines named among them, from which a share of right ones is believed. With fewer visits
the settings decide; a threshold with fewer lines is that of fewer earlier visits."""
LEAST_DAYS = 56
"""Days from the first visit to the last: in a shorter time only those who come most have come often, and what holds for
them does not for those who follow."""
NEVER = 2.0
"""A threshold above every share: this shop earns no such sentence."""

_GRID = np.arange(0.3, 0.981, 0.02).round(2)
"""Thresholds tried; below, two of three visits would do."""
_LEAST_SHARE = 0.25
_CASES = 12_000
"""Visits looked at over all members: half of them the latest of each, half from among their first twenty."""
_FIRST = 17
"""Visits after the third up to the twentieth."""
_SPARE = 1.0
"""Standard errors by which lines must be right more often than asked for: the smallest threshold that will do is found
by trying many, so a lucky one is likelier than not."""
_BETTER = 0.005
"""Share of right lines that another memory must gain before it replaces the shop's own."""


@dataclass(slots=True)
class _Named:
    """Lines that could have been named, with each decay's share, and whether they were bought."""

    share: list[Numbers] = field(default_factory=list)
    right: list[NDArray[np.bool_]] = field(default_factory=list)
    visit: list[NDArray[np.int64]] = field(default_factory=list)
    earlier: list[NDArray[np.int64]] = field(default_factory=list)
    member: list[NDArray[np.int64]] = field(default_factory=list)
    of_member: int = 0
    """Whose rows are added."""

    def add(self, share: Numbers, right: NDArray[np.bool_], visit: int, earlier: int) -> None:
        """Adds the rows of one visit after so many earlier ones; `share` has a column a decay."""
        known = share.max(axis=1, initial=0.0) >= _LEAST_SHARE
        self.share.append(share[known])
        self.right.append(right[known])
        self.visit.append(np.full(int(known.sum()), visit))
        self.earlier.append(np.full(int(known.sum()), earlier))
        self.member.append(np.full(int(known.sum()), self.of_member))

    def joined(self) -> _Cases:
        """All rows."""
        if not self.share:
            nothing = np.zeros(0, dtype=np.int64)
            return _Cases(np.zeros((0, len(DECAYS))), nothing.astype(bool), nothing, nothing, nothing)
        return _Cases(
            np.concatenate(self.share),
            np.concatenate(self.right),
            np.concatenate(self.visit),
            np.concatenate(self.earlier),
            np.concatenate(self.member),
        )


@dataclass(frozen=True, slots=True)
class _Cases:
    """The rows of all visits; `share` has a column a decay."""

    share: Numbers
    right: NDArray[np.bool_]
    visit: NDArray[np.int64]
    earlier: NDArray[np.int64]
    member: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.right)

    def weighed(self, column: int) -> Numbers:
        """Visits behind each row."""
        found: Numbers = visits_weighed(self.earlier, DECAYS[column])
        return found

    def sure(self, column: int, doubt: float, said_from: float) -> Numbers:
        """Sure share of each row; 0 where the share is too small to be said at all."""
        share = self.share[:, column]
        return np.where(share >= said_from, sure_share(share, self.weighed(column), doubt), 0.0)

    def only(self, which: NDArray[np.bool_]) -> _Cases:
        """The rows where `which` is true."""
        return _Cases(self.share[which], self.right[which], self.visit[which], self.earlier[which], self.member[which])


def learn_usual(
    histories: Iterable[History], columns: ItemColumns, shop: Shop, said_from: float = 0.5
) -> dict[str, object]:
    """Thresholds and memory of a shop as JSON.

    Args:
        histories: of the members to learn from.
        columns: the items' numbers.
        shop: the shop's rhythm; its decay stays unless another is clearly better.
        said_from: share of the visits below which nothing is said whatever is fitted.

    Raises:
        TooLittle: too few visits were ever repeated.
    """
    all_histories = list(histories)
    all_moments = [visits(history) for history in all_histories]
    lines, kinds = _Named(), _Named()
    count = 0
    for number, (history, moments, chosen) in enumerate(
        zip(all_histories, all_moments, _looked_at(all_moments), strict=True)
    ):
        lines.of_member = kinds.of_member = number
        if not len(chosen):
            continue
        whole = habits(history, columns, int(moments[-1]), shop.decay)
        for at in moments[chosen].tolist():
            then = np.flatnonzero(whole.basket_at == at)
            before = habits(history, columns, at - 1, shop.decay)
            _name(before, whole, then, shop, lines, kinds, count)
            count += 1
    named = lines.joined()
    enough(_days(all_moments), LEAST_DAYS, "days of visits")
    enough(count, LEAST_VISITS, "visits of members who had come three times before")
    enough(len(named), LEAST_LINES, "lines bought again at such visits")
    doubts = [_doubt(named, column) for column in range(len(DECAYS))]
    column, areas = _best_decay(named, doubts, count, shop.decay)
    sure = named.sure(column, doubts[column], said_from)
    usual = _thresholds(sure, named, USUAL_HOLDS)
    # Where a usual is said, "often" is not: it has to hold for the other visits alone.
    said = np.unique(named.visit[sure >= np.array(usual)[place_of(named.earlier)]])
    rest = ~np.isin(named.visit, said)
    found: dict[str, object] = {
        "decay": DECAYS[column], "doubt": doubts[column], "visits": count, "lines": len(named), "areas": areas,
        "usual": usual, "often": _thresholds(sure[rest], named.only(rest), OFTEN_HOLDS, usual),
    }  # fmt: skip
    types = kinds.joined()
    if len(types) >= LEAST_LINES:
        doubt = _doubt(types, column)
        rest = ~np.isin(types.visit, said)
        types = types.only(rest)
        sure = types.sure(column, doubt, said_from)
        found["kind_doubt"] = doubt
        found["kind_often"] = _thresholds(sure, types, OFTEN_HOLDS)
    return found


def _name(before: Habits, whole: Habits, then: NDArray[np.int64], shop: Shop, lines: _Named, kinds: _Named,
          visit: int) -> None:  # fmt: skip
    """Adds what could have been named at one visit: exact lines, items made differently each time, item types."""
    sets = before.sets
    again = sets.baskets >= 2
    width = int(max(sets.modifier_set.max(initial=0), whole.sets.modifier_set.max(initial=0))) + 1
    bought = _in_baskets(whole.sets, then, lambda group: group.key * width + group.modifier_set)
    right = np.isin((sets.key * width + sets.modifier_set)[again], bought)
    lines.add(_shares(sets, before)[again], right, visit, before.baskets)
    items = before.items
    # An item with one modifier set is that line already.
    several = np.bincount(items.rows_of(sets.key), minlength=len(items)) > 1
    several &= items.baskets >= 2
    if several.any():
        bought = _in_baskets(whole.items, then, lambda group: group.key)
        lines.add(_shares(items, before)[several], np.isin(items.key[several], bought), visit, before.baskets)
    meaningful = np.array([shop.says_something(int(kind)) for kind in before.kinds.key], dtype=bool)
    if len(meaningful):
        meaningful &= before.kinds.baskets >= 2
        bought = _in_baskets(whole.kinds, then, lambda group: group.key)
        right = np.isin(before.kinds.key[meaningful], bought)
        kinds.add(_shares(before.kinds, before)[meaningful], right, visit, before.baskets)


def _in_baskets(
    group: Group, baskets: NDArray[np.int64], key: Callable[[Group], NDArray[np.int64]]
) -> NDArray[np.int64]:
    """Keys of the rows that some of the baskets hold."""
    rows = np.repeat(np.arange(len(group)), group.baskets)[np.isin(group.occurrence, baskets)]
    found: NDArray[np.int64] = key(group)[rows]
    return found


def _shares(group: Group, known: Habits) -> Numbers:
    """Decayed share of each row, a column a decay."""
    out = np.zeros((len(group), len(DECAYS)))
    if len(group):
        back = np.arange(known.baskets - 1, -1, -1.0)
        for column, decay in enumerate(DECAYS):
            weight = decay**back
            out[:, column] = np.add.reduceat(weight[group.occurrence], group.starts) / weight.sum()
    return out


def _doubt(cases: _Cases, column: int) -> float:
    """The doubt under which what was bought is likeliest."""
    share, weighed = cases.share[:, column], cases.weighed(column)
    likelihoods = []
    for doubt in DOUBTS:
        chance = np.clip(share * weighed / (weighed + doubt), 1e-4, 1 - 1e-4)
        likelihoods.append(float(np.log(np.where(cases.right, chance, 1 - chance)).sum()))
    return DOUBTS[int(np.argmax(likelihoods))]


def _best_decay(cases: _Cases, doubts: list[float], visits_in_all: int, own: float) -> tuple[int, list[float]]:
    """Column of the memory whose first line is right most often, averaged over coverages up to all visits."""
    areas = []
    for column in range(len(DECAYS)):
        sure = cases.sure(column, doubts[column], 0.0)
        order = np.lexsort((-sure, cases.visit))
        first = order[np.r_[True, np.diff(cases.visit[order]) > 0]]
        best = first[np.argsort(-sure[first], kind="stable")]
        hits = np.cumsum(cases.right[best]) / np.arange(1, len(best) + 1)
        areas.append(float(hits.sum() / visits_in_all))
    column = DECAYS.index(own) if own in DECAYS else int(np.argmax(areas))
    best_column = int(np.argmax(areas))
    if areas[best_column] > areas[column] + _BETTER:
        column = best_column
    return column, [round(area, 4) for area in areas]


def _thresholds(sure: Numbers, cases: _Cases, holds: float, more: list[float] | None = None) -> list[float]:
    """The threshold for each of `VISITS_FROM`: never rising with the visits, `NEVER` where none holds.

    `more` are those of the sentence that says more: what reaches one of them says at least this.

    Lines after so many visits may say it by themselves, with a standard error to spare; or all lines together do,
    and these bear it out.
    """
    of_all = _threshold(sure, cases, holds, spare=_SPARE)
    place = place_of(cases.earlier)
    found: list[float] = []
    for number in range(len(VISITS_FROM)):
        here = place == number
        ways = [_threshold(sure[here], cases.only(here), holds, spare=_SPARE)]
        if of_all is not None:
            ways.append(_threshold(sure[here], cases.only(here), holds, from_=of_all))
        known = [way for way in ways if way is not None]
        # After more visits a thing is at least as sure as after fewer, so what holds for fewer may be used.
        found.append(min(known) if known else found[-1] if found else NEVER)
    found = [min(each) for each in zip(found, more or found, strict=True)]
    for number in range(len(VISITS_FROM) - 2, -1, -1):
        found[number] = max(found[number], found[number + 1])
    return found


def _threshold(sure: Numbers, cases: _Cases, holds: float, spare: float = 0.0, from_: float = 0.0) -> float | None:
    """Smallest sure share from which lines are right often enough, by so many standard errors more than asked for.

    `NEVER` where none is, None where there is too little data.
    """
    enough = False
    for threshold in _GRID[from_ <= _GRID]:
        named = sure >= threshold
        if int(named.sum()) < LEAST_LINES:
            break
        enough = True
        if _least_right(cases.right[named], cases.member[named], holds, spare) >= holds:
            return float(threshold)
    return NEVER if enough else None


def _least_right(right: NDArray[np.bool_], member: NDArray[np.int64], holds: float, spare: float) -> float:
    """Part of the lines that was right, less so many standard errors; a few faithful members are not many lines."""
    share: float = right.mean()
    of_members = np.bincount(np.unique(member, return_inverse=True)[1], weights=right - share)
    error = max(float(np.sqrt((of_members**2).sum())) / len(right), (holds * (1 - holds) / len(right)) ** 0.5)
    return float(share - spare * error)


def _days(all_moments: list[NDArray[np.int64]]) -> int:
    """Days from the first of all visits to the last."""
    some = [moments for moments in all_moments if len(moments)]
    return int(max(each[-1] for each in some) - min(each[0] for each in some)) // DAY_S if some else 0


def _looked_at(all_moments: list[NDArray[np.int64]]) -> list[NDArray[np.int64]]:
    """Which visits of each member are looked at: the latest, and some of the first twenty, as newcomers' will be."""
    later = np.array([max(len(moments) - EARLIER_VISITS, 0) for moments in all_moments], dtype=np.int64)
    last, first = _latest_each(later), _latest_each(np.minimum(later, _FIRST))
    chosen = []
    for number, many in enumerate(later.tolist()):
        spread = min(many, _FIRST)
        step = max(1, -(-spread // first))
        # Each member begins elsewhere, so that every number of earlier visits is looked at.
        early = np.arange(number % step, spread, step)
        late = np.arange(max(0, many - last), many)
        chosen.append(np.union1d(early, late) + EARLIER_VISITS)
    return chosen


def _latest_each(later: NDArray[np.int64]) -> int:
    """How many visits of each member can be looked at without exceeding half of `_CASES` over all."""
    each = 2
    while each < 512 and int(np.minimum(later, 2 * each).sum()) <= _CASES // 2:
        each *= 2
    return each

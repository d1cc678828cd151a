"""Fits when a shop's counter may offer "the usual?": `models["usual"]`.

Every one of a member's later visits is looked at from the moment before it: which lines would have been named at which
decayed share, and which of them were then bought. The thresholds are the smallest shares that were right often enough.
`decay` is the memory (weight lost a visit) under which the named line was right most often, at every coverage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from clerk.model import History, ItemColumns
from clerk.pack_build.learn.attempt import enough
from clerk.pack_build.learn.cases import visits
from clerk.visit.habits.member_habits import Group, Habits, habits
from clerk.visit.shop import Shop

Numbers = NDArray[np.float64]

USUAL_HOLDS = 0.85
""""The usual?" must be right this often to be shown."""
OFTEN_HOLDS = 0.6
""""Often" is right this often."""
DECAYS = (0.7, 0.8, 0.9, 0.95)
"""Memories tried."""
VISITS_FROM = 3
"""Earlier visits before anything is called usual."""
LEAST_VISITS, LEAST_LINES = 200, 50
"""Visits looked back on, and lines named among them, from which a share of right ones is believed: two points of doubt
either way. With fewer, the settings speak."""
NEVER = 2.0
"""A threshold above every share: this shop earns no such sentence."""

_GRID = np.arange(0.3, 0.981, 0.02).round(2)
"""Thresholds tried; a share of .3 is three visits in ten, below which nobody would say "often"."""
_LEAST_SHARE = 0.25
_CASES = 12_000
"""Visits looked at over all members, the latest of each; a café's all, a chain store's last few."""
_BETTER = 0.005
"""Share of right lines that another memory must gain before it replaces the shop's own."""


@dataclass(slots=True)
class _Named:
    """Lines that could have been named, with each decay's share, and whether they were bought."""

    share: list[Numbers] = field(default_factory=list)
    right: list[NDArray[np.bool_]] = field(default_factory=list)
    visit: list[NDArray[np.int64]] = field(default_factory=list)

    def add(self, share: Numbers, right: NDArray[np.bool_], visit: int) -> None:
        """Adds the rows of one visit; `share` has a column a decay."""
        known = share.max(axis=1, initial=0.0) >= _LEAST_SHARE
        self.share.append(share[known])
        self.right.append(right[known])
        self.visit.append(np.full(int(known.sum()), visit))

    def joined(self) -> tuple[Numbers, NDArray[np.bool_], NDArray[np.int64]]:
        """All rows."""
        if not self.share:
            return np.zeros((0, len(DECAYS))), np.zeros(0, dtype=bool), np.zeros(0, dtype=np.int64)
        return np.concatenate(self.share), np.concatenate(self.right), np.concatenate(self.visit)


def learn_usual(histories: Iterable[History], columns: ItemColumns, shop: Shop) -> dict[str, object]:
    """Thresholds and memory of a shop as JSON.

    Args:
        histories: of the members to learn from.
        columns: the items' numbers.
        shop: the shop's rhythm; its decay stays unless another is clearly better.

    Raises:
        TooLittle: too few visits were ever repeated.
    """
    all_histories = list(histories)
    all_moments = [visits(history) for history in all_histories]
    each = _latest_each([len(moments) - VISITS_FROM for moments in all_moments])
    lines, kinds = _Named(), _Named()
    count = 0
    for history, moments in zip(all_histories, all_moments, strict=True):
        moments = moments[max(VISITS_FROM, len(moments) - each) :]
        if not len(moments):
            continue
        whole = habits(history, columns, int(moments[-1]), shop.decay)
        for at in moments.tolist():
            then = np.flatnonzero(whole.basket_at == at)
            before = habits(history, columns, at - 1, shop.decay)
            _name(before, whole, then, shop, lines, kinds, count)
            count += 1
    share, right, visit = lines.joined()
    enough(count, LEAST_VISITS, "visits of members who had come three times before")
    enough(len(right), LEAST_LINES, "lines bought again at such visits")
    column, areas = _best_decay(share, right, visit, count, shop.decay)
    usual = _threshold(share[:, column], right, USUAL_HOLDS)
    often = _threshold(share[:, column], right, OFTEN_HOLDS)
    kind_share, kind_right, _ = kinds.joined()
    kind_often = _threshold(kind_share[:, column], kind_right, OFTEN_HOLDS)
    found: dict[str, object] = {"decay": DECAYS[column], "visits": count, "lines": len(right), "areas": areas}
    for name, value in (("usual", usual), ("often", often), ("kind_often", kind_often)):
        if value is not None:
            found[name] = value
    return found


def precision(share: Numbers, right: NDArray[np.bool_], threshold: float) -> tuple[float, int]:
    """Part of the lines at or above a share that were right, and how many there were."""
    named = share >= threshold
    return (float(right[named].mean()), int(named.sum())) if named.any() else (0.0, 0)


def _name(before: Habits, whole: Habits, then: NDArray[np.int64], shop: Shop, lines: _Named, kinds: _Named,
          visit: int) -> None:  # fmt: skip
    """Adds what could have been named at one visit: exact lines, items made differently each time, item types."""
    sets = before.sets
    again = sets.baskets >= 2
    width = int(max(sets.modifier_set.max(initial=0), whole.sets.modifier_set.max(initial=0))) + 1
    bought = _in_baskets(whole.sets, then, lambda group: group.key * width + group.modifier_set)
    lines.add(_shares(sets, before)[again], np.isin((sets.key * width + sets.modifier_set)[again], bought), visit)
    items = before.items
    # An item with one modifier set is that line already.
    several = np.bincount(items.rows_of(sets.key), minlength=len(items)) > 1
    several &= items.baskets >= 2
    if several.any():
        bought = _in_baskets(whole.items, then, lambda group: group.key)
        lines.add(_shares(items, before)[several], np.isin(items.key[several], bought), visit)
    meaningful = np.array([shop.says_something(int(kind)) for kind in before.kinds.key], dtype=bool)
    if len(meaningful):
        meaningful &= before.kinds.baskets >= 2
        bought = _in_baskets(whole.kinds, then, lambda group: group.key)
        kinds.add(_shares(before.kinds, before)[meaningful], np.isin(before.kinds.key[meaningful], bought), visit)


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


def _best_decay(
    share: Numbers, right: NDArray[np.bool_], visit: NDArray[np.int64], visits_in_all: int, own: float
) -> tuple[int, list[float]]:
    """Column of the memory whose first line is right most often, averaged over coverages up to all visits."""
    areas = []
    for column in range(len(DECAYS)):
        order = np.lexsort((-share[:, column], visit))
        first = order[np.r_[True, np.diff(visit[order]) > 0]]
        best = first[np.argsort(-share[first, column], kind="stable")]
        hits = np.cumsum(right[best]) / np.arange(1, len(best) + 1)
        areas.append(float(hits.sum() / visits_in_all))
    column = DECAYS.index(own) if own in DECAYS else int(np.argmax(areas))
    best_column = int(np.argmax(areas))
    if areas[best_column] > areas[column] + _BETTER:
        column = best_column
    return column, [round(area, 4) for area in areas]


def _threshold(share: Numbers, right: NDArray[np.bool_], holds: float) -> float | None:
    """Smallest share that was right often enough; `NEVER` where none was, None where there is too little data."""
    tried = [(float(t), *precision(share, right, float(t))) for t in _GRID]
    enough = [(threshold, share_right) for threshold, share_right, lines in tried if lines >= LEAST_LINES]
    if not enough:
        return None
    return next((threshold for threshold, share_right in enough if share_right >= holds), NEVER)


def _latest_each(later_visits: list[int]) -> int:
    """How many of the latest visits of each member can be looked at without exceeding `_CASES` over all."""
    later = np.maximum(np.array(later_visits, dtype=np.int64), 0)
    each = 4
    while each < 512 and int(np.minimum(later, 2 * each).sum()) <= _CASES:
        each *= 2
    return each

"""Fits what a member takes next, on each member's last baskets: `models["next"]`.

A basket is looked at from the moment before it was bought. A small trip counts almost as much as a weekly shop (weight
size^-0.75): counted by lines, the few big baskets would decide about the many small ones. Measured on earlier
baskets of the Complete Journey this is worth .012 of recall. A second, tiny fit turns scores back into true chances.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from clerk.model import History, ItemColumns
from clerk.pack_build.learn.attempt import enough
from clerk.pack_build.learn.cases import visits
from clerk.pack_build.learn.logistic import Fitted, Numbers, Table, fit
from clerk.visit.habits.features import FEATURES, ShopStats, pair_features
from clerk.visit.habits.member_habits import habits
from clerk.visit.habits.next_items import NEW_FEATURES, mean_log_size, new_features, newcomers

BASKETS = 4
"""Latest baskets of each member to learn from: more are older, and cost more than they bring."""
BASKETS_IN_ALL = 5_000
"""About so many of all members: where there are many members, each gives fewer. On the Complete Journey two of each
instead of four, with fewer misses, take half the time and lose nothing (R@10 +.0013 [-.0006, +.0033])."""
STAGES = (1, 2, 5)
"""Times bought from which an item is: tried once, getting known, a habit. Each has its own weights."""
LEAST_HITS = 200
"""Right predictions among the cases below which nothing is learned: fewer than ten a weight are noise."""

_EVEN = 0.75
"""Power of the basket size by which a big basket counts less (tried .5, .75, 1, 1.25)."""
_MISSES = 12
"""Misses of a visit that are kept, about so many of one-offs and so many of others; each stands for all it replaces.
Tried 8, 12, 16, 30: no difference beyond doubt, neither on long histories nor on those of a few visits."""
_KEEP_NEW = 0.04
"""Part of the misses that is kept, of items never bought."""
_RIDGE_STAGE = 30.0
"""How many cases' worth a stage leans on the weights of all; a stage without cases is the common model."""


@dataclass(slots=True)
class _Cases:
    """Rows of many members, growing."""

    x: Table = field(default_factory=Table)
    y: list[NDArray[np.bool_]] = field(default_factory=list)
    times: list[NDArray[np.int64]] = field(default_factory=list)
    stands_for: list[Numbers] = field(default_factory=list)
    """Cases that a row stands for after thinning."""
    even: list[Numbers] = field(default_factory=list)
    """The same, times the weight of its basket."""
    size: list[Numbers] = field(default_factory=list)
    """Mean log basket size of the member."""

    def add(self, x: Numbers, y: NDArray[np.bool_], times: NDArray[np.int64], keep: Numbers, basket: int,
            size: float, chance: np.random.Generator) -> None:  # fmt: skip
        """Adds the hits and a part of the misses."""
        kept = np.flatnonzero(y | (chance.random(len(y)) < keep))
        stands_for = np.where(y[kept], 1.0, 1.0 / keep[kept])
        self.x.add(x[kept])
        self.y.append(y[kept])
        self.times.append(times[kept])
        self.stands_for.append(stands_for)
        self.even.append(stands_for * basket**-_EVEN)
        self.size.append(np.full(len(kept), size))

    @property
    def hits(self) -> int:
        """Right predictions among them."""
        return int(sum(int(part.sum()) for part in self.y))


def baskets_each(members: int) -> int:
    """Latest baskets of each of so many members to learn from."""
    return min(BASKETS, max(2, round(BASKETS_IN_ALL / max(members, 1))))


def learn_next(
    histories: Iterable[History], columns: ItemColumns, stats: ShopStats, decay: float, baskets: int = BASKETS
) -> dict[str, object]:
    """The ranker of a shop as JSON.

    Args:
        histories: of the members to learn from.
        columns: the items' numbers, made from all lines of these members.
        stats: the shop's.
        decay: as the counter uses it.
        baskets: latest baskets of each member to learn from.

    Raises:
        TooLittle: there is too little to learn from.
    """
    own, new = _collected(histories, columns, stats, decay, baskets)
    enough(own.hits, LEAST_HITS, "purchases of something bought before, among members' last visits")
    x, y, times = own.x.taken(), np.concatenate(own.y), np.concatenate(own.times)
    even = np.concatenate(own.even)
    even *= len(even) / even.sum()
    common = fit(x, y, even)
    stages = []
    score = np.zeros(len(x))
    for number, least in enumerate(STAGES):
        most = STAGES[number + 1] if number + 1 < len(STAGES) else np.iinfo(np.int64).max
        rows = np.flatnonzero((times >= least) & (times < most))
        own_rows = x[rows]
        stage = fit(own_rows, y[rows], even[rows], ridge=_RIDGE_STAGE, near=common)
        stages.append((least, stage))
        score[rows] = stage.logit(own_rows)
    del x, own_rows
    scores, labels = [score], [y]
    stands_for, sizes = [np.concatenate(own.stands_for)], [np.concatenate(own.size)]
    fresh = None
    if new.hits >= LEAST_HITS:
        x_new, y_new = new.x.taken(), np.concatenate(new.y)
        even_new = np.concatenate(new.even)
        # The same measure as above, so that the two scores compare.
        fresh = fit(x_new, y_new, even_new * (len(even) / np.concatenate(own.even).sum()))
        scores.append(fresh.logit(x_new))
        labels.append(y_new)
        stands_for.append(np.concatenate(new.stands_for))
        sizes.append(np.concatenate(new.size))
    return {
        "names": list(FEATURES),
        "mean": common.mean.tolist(),
        "scale": common.scale.tolist(),
        "stages": [{"from": least, "weight": s.weight.tolist(), "bias": s.bias} for least, s in stages],
        "new": None if fresh is None else {"names": list(NEW_FEATURES), **_as_json(fresh)},
        "calibration": _calibration(
            np.concatenate(scores), np.concatenate(sizes), np.concatenate(labels), np.concatenate(stands_for)
        ),
        "cases": len(y),
        "hits": own.hits,
    }


def _collected(
    histories: Iterable[History], columns: ItemColumns, stats: ShopStats, decay: float, baskets: int
) -> tuple[_Cases, _Cases]:
    """Cases of items bought before, and of popular items never bought."""
    chance = np.random.default_rng(7)
    popular = newcomers(columns)
    own, new = _Cases(), _Cases()
    for history in histories:
        moments = visits(history)
        # At least one visit before, or there is nothing to predict from.
        moments = moments[max(1, len(moments) - baskets) :]
        if not len(moments):
            continue
        whole = habits(history, columns, int(moments[-1]), decay)
        key_of = np.repeat(whole.items.key, whole.items.baskets)
        at_of = whole.basket_at[whole.items.occurrence]
        many = max(len(columns.baskets), int(key_of.max()) + 1)
        for at in moments.tolist():
            before = habits(history, columns, at - 1, decay)
            bought = np.zeros(many, dtype=bool)
            bought[key_of[at_of == at]] = True
            basket = int(np.count_nonzero(bought))
            table = pair_features(history, before, columns, stats, whole)
            once = table.times == 1
            tried = max(int(np.count_nonzero(once)), 1)
            keep = np.where(once, min(_MISSES / tried, 1.0), min(_MISSES / max(len(once) - tried, 1), 1.0))
            size = mean_log_size(before)
            own.add(table.x, bought[table.item_nos], table.times, keep, basket, size, chance)
            unseen = popular[before.items.rows_of(popular) < 0]
            hit = bought[unseen]
            # Only the kept misses are worth computing.
            some = hit | (chance.random(len(unseen)) < _KEEP_NEW)
            if some.any():
                x = new_features(before, columns, stats, unseen[some])
                none = np.zeros(len(x), dtype=np.int64)
                new.add(x, hit[some], none, np.ones(len(x)), basket, size, chance)
                rows = np.where(hit[some], 1.0, 1 / _KEEP_NEW)
                new.stands_for[-1], new.even[-1] = rows, rows * basket**-_EVEN
    return own, new


def _calibration(score: Numbers, size: Numbers, y: NDArray[np.bool_], stands_for: Numbers) -> list[float]:
    """What makes a score a true chance: fitted on all cases, each counted once."""
    fitted = fit(np.column_stack([score, size]).astype(np.float32), y, stands_for)
    slope = fitted.weight / fitted.scale
    return [float(fitted.bias - slope @ fitted.mean), float(max(slope[0], 1e-3)), float(slope[1])]


def _as_json(fitted: Fitted) -> dict[str, object]:
    return {
        "mean": fitted.mean.tolist(),
        "scale": fitted.scale.tolist(),
        "weight": fitted.weight.tolist(),
        "bias": fitted.bias,
    }

"""Fits how likely things come back within two weeks: `models["due"]`.

The past is looked at as of three days, four weeks apart, the latest two weeks before the newest line, so that what
really happened in the two weeks after each is known. The latest day counts most: what is bought shifts with the season,
and equal weights promised 8 % too much on the Complete Journey's later weeks.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from clerk.clock import DAY_S
from clerk.model import History, ItemColumns
from clerk.pack_build.learn.attempt import enough
from clerk.pack_build.learn.logistic import Table, fit
from clerk.visit.habits.features import ShopStats
from clerk.visit.habits.hazard import FACTS, hazard_features, repeated
from clerk.visit.habits.member_habits import Habits, habits
from clerk.visit.shop import Shop

Ints = NDArray[np.int64]

HORIZON_DAYS = 14
"""The promise "within 14 days"."""
SNAPSHOTS, APART_DAYS = 3, 28
"""Days looked back from, and how far apart: four whole weeks, so that weekdays count alike."""
FADES = 0.5
"""Weight of a day against the next later one."""
LEAST_CASES, LEAST_BOUGHT = 5_000, 200
"""Pairs, and purchases among them, below which nothing is learned and renewal speaks (usual 7)."""


def learn_due(
    histories: Iterable[History], columns: ItemColumns, shop: Shop, stats: ShopStats, data_until: int
) -> dict[str, object]:
    """The hazard of a shop as JSON.

    Args:
        histories: of the members to learn from.
        columns: the items' numbers, made from all lines of these members.
        shop: the shop's rhythm.
        stats: the shop's numbers.
        data_until: wall seconds of the newest line.

    Raises:
        TooLittle: there is too little to learn from.
    """
    days = [data_until - (HORIZON_DAYS + APART_DAYS * back) * DAY_S for back in range(SNAPSHOTS)]
    x = Table()
    y: list[NDArray[np.bool_]] = []
    weights: list[NDArray[np.float64]] = []
    for history in histories:
        whole = habits(history, columns, data_until, shop.decay)
        for back, day in enumerate(days):
            known = habits(history, columns, day, shop.decay)
            rows = repeated(known)
            if not len(rows):
                continue
            x.add(hazard_features(known, columns, shop, stats, HORIZON_DAYS, rows, whole))
            y.append(bought_within(known.items.key[rows], whole, day, HORIZON_DAYS))
            weights.append(np.full(len(rows), FADES**back))
    cases, bought = sum(map(len, y)), int(sum(part.sum() for part in y))
    enough(cases, LEAST_CASES, "pairs of a member and an item bought again")
    enough(bought, LEAST_BOUGHT, "such pairs that came back within two weeks")
    fitted = fit(x.taken(), np.concatenate(y), np.concatenate(weights))
    return {
        "names": list(FACTS),
        "horizon_days": HORIZON_DAYS,
        "mean": fitted.mean.tolist(),
        "scale": fitted.scale.tolist(),
        "weight": fitted.weight.tolist(),
        "bias": fitted.bias,
        "cases": cases,
        "bought": bought,
    }


def bought_within(item_nos: Ints, whole: Habits, day: int, horizon_days: int) -> NDArray[np.bool_]:
    """Whether each item was bought after a moment and within the horizon."""
    then = (whole.basket_at > day) & (whole.basket_at <= day + horizon_days * DAY_S)
    items = whole.items
    rows = np.repeat(np.arange(len(items)), items.baskets)[then[items.occurrence]]
    bought: NDArray[np.bool_] = np.isin(item_nos, items.key[rows])
    return bought

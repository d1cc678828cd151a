"""How likely a thing the member buys again and again is bought within the coming days, learned from the whole shop.

In: habits, item statistics, the weights of the pack (`models["due"]`). Out: chances by row of `Habits.items`. Logs are
natural, times are days. `HazardModel` is the `DueModel` that `due` takes; without one, `renewal` speaks.

Source: evidence, usual 4.2 and appendix (its 14 facts; ours add how lately, habits against their
interval, and the item's season).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from clerk.clock import DAY_S
from clerk.model import ItemColumns
from clerk.visit.habits.features import ShopStats, lately_share, others_of, side_by_side
from clerk.visit.habits.interval import within
from clerk.visit.habits.member_habits import Habits
from clerk.visit.habits.next_items import Weights, sigmoid, weights_of
from clerk.visit.shop import Shop

Numbers = NDArray[np.float64]
Ints = NDArray[np.int64]

FACTS: dict[str, str] = {
    "overdue": "time since, against the member's own interval",
    "overdue_sq": "far from the member's own interval, on either side",
    "overdue_last": "time since, against the latest interval",
    "times": "how often it was bought",
    "rate": "how often a day since the first time",
    "gap": "the member's mean interval",
    "unsteady": "how much the member's intervals differ",
    "since": "days since it was bought last",
    "item_again": "part of its other buyers who bought it again",
    "visits": "how often the member comes",
    "visits_lately": "how often the member came in the last four weeks",
    "visit_since": "days since the member's last visit",
    "visit_late": "time since the last visit, against the member's own interval between visits",
    "visit_late_sq": "far from that interval, on either side",
    "visit_renewal": "chance of a visit by that interval alone, and that the member still comes",
    "item_gap": "the interval of its other buyers",
    "renewal": "chance by the interval alone, and that it is still wanted",
    "lately": "in this part of the visits, recent ones counting more",
    "skipped": "visits since without it, against what is normal between two purchases",
    "overdue_far": "several intervals past: perhaps given up",
    "habit_overdue": "a long habit and overdue",
    "habit_renewal": "a long habit and its turn",
    "item_repeat": "how often its other buyers come back to it",
    "item_rising": "bought more than usual in these weeks",
}
"""Columns, in order, each as the reason it stands for."""

_PLACES = {name: place for place, name in enumerate(FACTS)}

_DAY_FLOOR = 0.5
_OWN_WEIGHT = 1.5
"""Intervals that the item's rhythm counts for beside the member's own (usual, appendix)."""
_QUIT = 0.25
"""Chance, at each purchase, that it was the last (usual 4.2)."""
_LATELY_DAYS = 28
_VISIT_GAP_LOG, _VISIT_GAP_VAR, _VISIT_GAPS = log(21.0), 1.0, 1.5
"""Interval between visits that a member with few of them is taken to have, its variance, and how many it counts for."""


@dataclass(frozen=True, slots=True, eq=False)
class HazardModel:
    """The learned chances of a shop."""

    weights: Weights
    offset: float
    """Log odds added: what the shop's latest days were above or below what the weights say."""
    places: Ints
    """Columns of `FACTS` that the weights are for."""
    horizon_days: int
    """What the weights were learned for."""
    stats: ShopStats

    def probabilities(self, habits: Habits, columns: ItemColumns, shop: Shop, rows: Ints, horizon_days: int) -> Numbers:
        """Chance of a purchase within the horizon for each of the given rows of `habits.items`.

        Another horizon than the learned one is reached as if the chance were spread evenly over the days.
        """
        if not len(rows):
            return np.zeros(0)
        facts = hazard_features(habits, columns, shop, self.stats, self.horizon_days, rows)
        chance = sigmoid(self.weights.logit(facts[:, self.places]) + self.offset)
        if horizon_days == self.horizon_days:
            return chance
        spread: Numbers = 1 - (1 - chance) ** (horizon_days / self.horizon_days)
        return spread


def hazard_model(value: object, stats: ShopStats, here: bool = False) -> HazardModel | None:
    """The model in a pack's `models["due"]`, or None when it is missing or is not one of ours.

    Args:
        value: from any pack; an older one may have weights for fewer facts.
        stats: the shop's numbers.
        here: for a member who stands at the counter: today is among the days, and somebody who came is likelier to
            buy than somebody of whom only the past is known. None where only the other was learned.
    """
    if not isinstance(value, Mapping):
        return None
    try:
        horizon = int(value["horizon_days"])
        own = value["here"] if here else value
        places = np.array([_PLACES[name] for name in value["names"]], dtype=np.int64)
        if not len(places) or len(set(places.tolist())) < len(places) or horizon < 1:
            return None
        weights = weights_of(value["mean"], value["scale"], own["weight"], own["bias"], len(places))
        offset = float(own.get("offset", 0.0))
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    return HazardModel(weights, offset, places, horizon, stats) if np.isfinite(offset) else None


def repeated(habits: Habits) -> Ints:
    """Rows of `habits.items` with an interval: bought on two days or more."""
    items = habits.items
    rows: Ints = np.flatnonzero((items.baskets >= 2) & (items.last_at // DAY_S > items.first_at // DAY_S))
    return rows


def hazard_features(
    habits: Habits,
    columns: ItemColumns,
    shop: Shop,
    stats: ShopStats,
    horizon_days: int,
    rows: Ints,
    own: Habits | None = None,
) -> Numbers:
    """Every fact about the given rows of `habits.items`, as of `habits.now`; columns are `FACTS`.

    Args:
        habits: what is known at that moment.
        columns: the items' numbers.
        shop: the shop's rhythm.
        stats: the shop's numbers.
        horizon_days: for the renewal estimate among the facts.
        rows: bought on two days or more, see `repeated`.
        own: habits of all lines that `columns` were made from, when that is more than `habits`.
    """
    items = habits.items
    now = habits.now / DAY_S
    others = others_of(habits, columns, stats, own or habits)
    since = np.maximum(now - items.last_at[rows] / DAY_S, 0.0)
    gap = items.mean_gap_days[rows]
    late = np.log((since + _DAY_FLOOR) / (gap + _DAY_FLOOR))
    times = items.baskets[rows].astype(np.float64)
    item_gap = others.gap_log[rows]
    own_gaps, log_sum = times - 1, items.gap_log_sum[rows]
    mean = (log_sum + _OWN_WEIGHT * item_gap) / (own_gaps + _OWN_WEIGHT)
    around = np.maximum(items.gap_log_sq[rows] - 2 * mean * log_sum + own_gaps * mean**2, 0.0)
    spread = np.sqrt((around + 3 * shop.gap_log_var) / (own_gaps + 3))
    renewal = within(mean, spread, np.maximum(since, _DAY_FLOOR), horizon_days, _QUIT)
    first_day = habits.basket_at[0] / DAY_S
    lately = np.count_nonzero(habits.basket_at > habits.now - _LATELY_DAYS * DAY_S)
    visit_late, visit_renewal = _visit_turn(habits, horizon_days)
    skipped = (habits.baskets - items.last[rows]) / np.maximum((items.last[rows] - items.first[rows]) / own_gaps, 1)
    facts = {
        "overdue": late,
        "overdue_sq": late**2,
        "overdue_last": np.log((since + _DAY_FLOOR) / (items.last_gap_days[rows] + _DAY_FLOOR)),
        "times": np.log(times),
        "rate": np.log(times / (now - items.first_at[rows] / DAY_S + 7)),
        "gap": np.log(gap + _DAY_FLOOR),
        "unsteady": spread,
        "since": np.log1p(since),
        "item_again": others.again[rows],
        "visits": np.log(habits.baskets / (now - first_day + 7)),
        "visits_lately": np.log((lately + 0.5) / _LATELY_DAYS),
        "visit_since": np.log1p(habits.days_since),
        "visit_late": visit_late,
        "visit_late_sq": visit_late**2,
        "visit_renewal": np.log(visit_renewal + 1e-3),
        "item_gap": item_gap,
        "renewal": np.log(renewal + 1e-3),
        "lately": np.log(lately_share(items, habits.baskets)[rows] + 0.01),
        "skipped": np.log(skipped),
        "overdue_far": np.maximum(late - 1, 0),
        "habit_overdue": np.log(times) * late,
        "habit_renewal": np.log(times) * np.log(renewal + 1e-3),
        "item_repeat": others.repeat[rows],
        "item_rising": others.rising[rows],
    }
    return side_by_side(facts, FACTS, len(rows))


def _visit_turn(habits: Habits, horizon_days: int) -> tuple[float, Numbers]:
    """Log of the time since the last visit against the member's interval, and the chance of a visit by it alone."""
    days = np.unique(habits.basket_at // DAY_S)
    logs = np.log(np.diff(days))
    gaps = len(logs)
    mean = (logs.sum() + _VISIT_GAPS * _VISIT_GAP_LOG) / (gaps + _VISIT_GAPS)
    spread = np.sqrt((((logs - mean) ** 2).sum() + 3 * _VISIT_GAP_VAR) / (gaps + 3))
    since = max(habits.now / DAY_S - float(days[-1]), _DAY_FLOOR)
    # Of few visits each may have been the last; of many, hardly one.
    quit_share = min(_QUIT, 1 / (len(days) + 1))
    chance = within(np.array([mean]), np.array([spread]), np.array([since]), horizon_days, quit_share)
    return log(since + _DAY_FLOOR) - float(mean), chance

"""What a member takes next: the learned ranker, scored over one member's facts.

In: a feature table and the weights of the pack (`models["next"]`). Out: chances, best first. Items never bought before
compete too, from a short list of what everybody buys. Without weights (a new shop, a model of another one) the decayed
share ranks, and popularity breaks ties: the strongest rule that needs no learning (evidence, usual 0.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clerk.model import History, ItemColumns
from clerk.visit.habits.features import FEATURES, FeatureTable, ShopStats, lately_share, pair_features, side_by_side
from clerk.visit.habits.member_habits import Habits

Numbers = NDArray[np.float64]
Ints = NDArray[np.int64]

NEW_FEATURES: dict[str, str] = {
    "popular": "many people buy it these weeks",
    "popular_always": "many people buy it all year",
    "member_new": "part of the member's purchases that were something new",
    "member_size": "size of the member's baskets",
    "member_visits": "how long the member has been coming",
    "comes_back": "how often its buyers come back to it",
    "kind_known": "the member has bought its type before",
    "kind_lately": "how often the member buys its type lately",
    "aisle_lately": "how often the member buys of its department lately",
    "variant_known": "the member has bought a variant of it",
}
"""Columns for items the member never bought, in order, each as the reason it stands for."""

NEWCOMERS = 100
"""Popular items that may be forecast to somebody who never bought them: beyond, a hit is rarer than 1 in 1,000."""

_FALLBACK_HIT = 0.5
"""Without weights, the chance of an item is this part of its decayed share (measured: .55 at share .7, usual 4.1)."""


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """One logistic regression over standardised columns."""

    mean: Numbers
    scale: Numbers
    weight: Numbers
    bias: float

    def logit(self, x: Numbers) -> Numbers:
        """Log odds of each row."""
        value: Numbers = ((x - self.mean) / self.scale) @ self.weight + self.bias
        return value


@dataclass(frozen=True, slots=True, eq=False)
class NextModel:
    """The ranker of a shop."""

    stages: tuple[tuple[int, Weights], ...]
    """Ascending by the times bought from which the weights hold: tried once, getting known, a habit."""
    new: Weights | None
    """For items never bought, or None where nothing could be learned about them."""
    calibration: tuple[float, float, float]
    """Log odds = first + second x score + third x mean log basket size: makes a score a chance."""

    def scores(self, table: FeatureTable) -> Numbers:
        """Log odds by which items are ranked."""
        out = np.zeros(len(table.item_nos))
        for number, (least, weights) in enumerate(self.stages):
            below = self.stages[number + 1][0] if number + 1 < len(self.stages) else np.iinfo(np.int64).max
            rows = np.flatnonzero((table.times >= least) & (table.times < below))
            if len(rows):
                out[rows] = weights.logit(table.x[rows])
        return out

    def chances(self, scores: Numbers, habits: Habits) -> Numbers:
        """Chance of being in the next basket, in the order of the scores."""
        first, second, third = self.calibration
        return sigmoid(first + second * scores + third * mean_log_size(habits))


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """Likeliest first."""

    item_nos: Ints
    p: Numbers


def next_model(value: object) -> NextModel | None:
    """The ranker in a pack's `models["next"]`, or None when it is missing or is not one of ours.

    A model of another version or shop never breaks a scan: whatever is not exactly what `learn` writes is no model.
    """
    if not isinstance(value, Mapping):
        return None
    try:
        if list(value["names"]) != list(FEATURES) or not value["stages"]:
            return None
        shared = (value["mean"], value["scale"])
        stages = tuple(
            (int(stage["from"]), weights_of(*shared, stage["weight"], stage["bias"], len(FEATURES)))
            for stage in value["stages"]
        )
        if [least for least, _ in stages] != sorted({least for least, _ in stages}) or stages[0][0] > 1:
            return None
        new = value.get("new")
        fresh = None
        if isinstance(new, Mapping) and list(new["names"]) == list(NEW_FEATURES):
            fresh = weights_of(new["mean"], new["scale"], new["weight"], new["bias"], len(NEW_FEATURES))
        first, second, third = (float(part) for part in value["calibration"])
    except (KeyError, TypeError, ValueError):
        return None
    if not np.isfinite([first, second, third]).all() or second <= 0:
        return None
    return NextModel(stages, fresh, (first, second, third))


def forecast(
    history: History,
    habits: Habits,
    columns: ItemColumns,
    stats: ShopStats,
    model: NextModel | None,
    top: int,
    newcomer_nos: Ints | None = None,
) -> Forecast:
    """The `top` items most likely in the member's next basket, as of `habits.now`.

    Args:
        history: the member's lines.
        habits: made from them.
        columns: the items' numbers.
        stats: the shop's.
        model: the learned ranker, or None for the stated fallback.
        top: how many at most.
        newcomer_nos: `newcomers(columns)`, made once a pack.
    """
    fresh = newcomers(columns) if newcomer_nos is None else newcomer_nos
    fresh = fresh[habits.items.rows_of(fresh) < 0] if len(habits.items) else fresh
    own = habits.items.key
    if model is None or not len(habits.items):
        share = np.concatenate([habits.items.share * _FALLBACK_HIT, popularity(columns, fresh)])
        return _best(np.concatenate([own, fresh]), share, share, columns, top)
    scores = model.scores(pair_features(history, habits, columns, stats))
    if not len(fresh):
        return _best(own, scores, model.chances(scores, habits), columns, top)
    both = np.concatenate([own, fresh])
    if model.new is not None:
        scores = np.concatenate([scores, model.new.logit(new_features(habits, columns, stats, fresh))])
        return _best(both, scores, model.chances(scores, habits), columns, top)
    # Nothing could be learned about new things, so they only fill what the member's own leave empty.
    p = np.concatenate([model.chances(scores, habits), popularity(columns, fresh)])
    return _best(both, np.concatenate([scores, np.full(len(fresh), -np.inf)]), p, columns, top)


def newcomers(columns: ItemColumns, at_most: int = NEWCOMERS) -> Ints:
    """What everybody buys these weeks, most first; nothing that is no longer sold."""
    many = np.where((columns.flags & ItemColumns.GONE) == 0, columns.recent_baskets * 4.0 + columns.baskets, 0.0)
    many[0] = 0
    order = np.argsort(-many, kind="stable")[:at_most]
    return order[many[order] > 0].astype(np.int64)


def popularity(columns: ItemColumns, item_nos: Ints) -> Numbers:
    """How much bought, recent weeks first, as a chance far below any habit: it only fills what habits leave empty."""
    known = np.where(item_nos < len(columns.baskets), item_nos, 0)
    many = columns.recent_baskets[known] * 4.0 + columns.baskets[known]
    chance: Numbers = many / max(5 * columns.total_baskets, 1) * 0.01
    return chance


def new_features(habits: Habits, columns: ItemColumns, stats: ShopStats, item_nos: Ints) -> Numbers:
    """Facts about items the member never bought; rows are items, columns are `NEW_FEATURES`."""
    items, kinds = habits.items, habits.kinds
    bought = float(habits.sizes.sum())
    rest = np.maximum(columns.baskets[item_nos] - columns.buyers[item_nos], 0)
    kind_row = kinds.rows_of(columns.kind[item_nos].astype(np.int64))
    known_kind = kind_row >= 0
    lately = lately_share(kinds, habits.baskets)
    kind_share = np.where(known_kind, lately[kind_row], 0.0) if len(kinds) else np.zeros(len(item_nos))
    aisles = stats.aisle[item_nos]
    mine = np.where(items.key < len(stats.aisle), items.key, 0)
    by_aisle = np.bincount(
        stats.aisle[mine], weights=lately_share(items, habits.baskets), minlength=int(stats.aisle.max()) + 1
    )
    variant = habits.families.rows_of(columns.family[item_nos].astype(np.int64)) >= 0
    facts = {
        "popular": np.log((columns.recent_baskets[item_nos] + 0.5) / stats.recent_sum),
        "popular_always": np.log((columns.baskets[item_nos] + 0.5) / stats.all_sum),
        "member_new": np.log((len(items) + 1) / (bought + 3)),
        "member_size": mean_log_size(habits),
        "member_visits": np.log(habits.baskets),
        "comes_back": np.log((rest + 0.2) / (columns.later_baskets[item_nos] + 10)),
        "kind_known": known_kind.astype(np.float64),
        "kind_lately": np.log(kind_share + 0.01),
        "aisle_lately": np.where(aisles > 0, np.log(by_aisle[aisles] + 0.01), 0.0),
        "variant_known": variant.astype(np.float64),
    }
    return side_by_side(facts, NEW_FEATURES, len(item_nos))


def mean_log_size(habits: Habits) -> float:
    """Mean log of distinct items a basket; 0 without baskets."""
    return float(np.log(np.maximum(habits.sizes, 1)).mean()) if len(habits.sizes) else 0.0


def sigmoid(value: Numbers) -> Numbers:
    """Log odds as a chance."""
    chance: Numbers = 1 / (1 + np.exp(-np.clip(value, -40, 40)))
    return chance


def _best(item_nos: Ints, scores: Numbers, p: Numbers, columns: ItemColumns, top: int) -> Forecast:
    """The best first; equal scores go by popularity, then by number, so that a forecast is the same every time."""
    many = columns.baskets[np.where(item_nos < len(columns.baskets), item_nos, 0)]
    order = np.lexsort((item_nos, -many, -scores))[: max(top, 0)]
    return Forecast(item_nos[order], p[order])


def weights_of(
    mean: Sequence[float], scale: Sequence[float], weight: Sequence[float], bias: float, size: int
) -> Weights:
    """Weights read from JSON.

    Raises:
        ValueError, TypeError: they are not finite numbers for `size` columns.
    """
    parts = [np.array(part, dtype=np.float64) for part in (mean, scale, weight)]
    if any(part.shape != (size,) or not np.isfinite(part).all() for part in parts) or (parts[1] <= 0).any():
        raise ValueError("not the weights of these columns")
    if not np.isfinite(float(bias)):
        raise ValueError("no finite bias")
    return Weights(parts[0], parts[1], parts[2], float(bias))

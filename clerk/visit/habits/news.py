"""News: what a member never bought and people who own the same things do, each with its chance.

In: habits, the item-to-item table of the pack, the weights of `models["suggest"]`. Out: candidates with the chance that
the member buys it within 90 days when nobody mentions it. What replaces a thing the member has is left out. Night and
counter look through the same functions, so that a chance means the same in both.

Source: item-based neighbours by cosine over members (Sarwar et al. 2001); the facts and their measure are in
docs/figures.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clerk.clock import DAY_S
from clerk.model import ItemColumns
from clerk.settings import Settings
from clerk.visit.habits.features import ShopStats, side_by_side
from clerk.visit.habits.member_habits import Habits
from clerk.visit.habits.next_items import Weights, sigmoid, weights_of
from clerk.visit.shop import UNSPOKEN, Shop, flagged, things_of

Numbers = NDArray[np.float64]
Ints = NDArray[np.int64]
Numbered = NDArray[np.int64] | NDArray[np.int32]

HORIZON_DAYS = 90
"""The chance is that of a purchase within so many days: a season, long enough for a thing that lasts some weeks."""

FACTS: dict[str, str] = {
    "near": "how much the owners of what the member has own it",
    "near_to": "how many things the member has it is near to",
    "popular": "many people buy it these weeks",
    "rising": "bought more than usual in these weeks",
    "comes_back": "how often its buyers come back to it",
    "lately": "how often the member came in the last 90 days",
    "visits": "how long the member has been coming",
    "kind_known": "the member has bought its type before",
    "aisle_part": "how much the member buys of its department",
}
"""Columns, in order, each as the fact it stands for.

Tried and left out, because less was right with them: how open the member is to new things, the size of their baskets,
the part of the members who own it.
"""

_REPEATED = 2
"""Baskets from which an item may lead to suggestions: a one-off never does."""
_LATELY_DAYS = 90
_LOOKED_AT = 100
"""Items whose chance is worked out, the nearest ones: beyond, hardly any reached the threshold."""


@dataclass(frozen=True, slots=True, eq=False)
class NewsModel:
    """How likely new things are bought, and from which chance they are mentioned."""

    weights: Weights
    least: float
    """Chance from which anything is mentioned."""
    kept_for: Mapping[int, float]
    """item_no -> chance from which this item is mentioned, so that it does not reach too many members."""


@dataclass(frozen=True, slots=True, eq=False)
class News:
    """Things the member never bought, by number. All columns have one row a thing."""

    item_nos: Ints
    x: Numbers
    """Columns are `FACTS`."""
    because: Ints
    """The member's habit that speaks most for it."""
    both: Ints
    """Members who own both."""
    of: Ints
    """Members who own the habit."""
    together: Ints
    """Baskets that hold both."""
    of_baskets: Ints
    """Baskets that hold the habit."""
    lift: Numbers
    """How many times more often in one basket than by chance."""

    def __len__(self) -> int:
        return len(self.item_nos)


def speaking(habits: Habits, columns: ItemColumns, settings: Settings) -> NDArray[np.bool_]:
    """Which rows of `habits.items` may lead to suggestions.

    Bought again and again, nothing sensitive, and no habit that was given up before the member's latest visits.
    """
    items, rules = habits.items, settings.suggest
    speaks: NDArray[np.bool_] = items.baskets >= max(_REPEATED, rules.speaks_from * habits.baskets)
    speaks &= ~flagged(columns, items.key, UNSPOKEN | ItemColumns.AGE_RESTRICTED)
    if habits.baskets:
        without_days = (habits.basket_at[-1] - items.last_at) / DAY_S
        speaks &= without_days <= np.maximum(settings.due.lapsed * items.mean_gap_days, rules.given_up_days)
    return speaks


def news(
    habits: Habits, speaks: NDArray[np.bool_], columns: ItemColumns, shop: Shop, stats: ShopStats, pairs: PairFacts
) -> News | None:
    """What the member never bought and is near to what they have, nearest first; None when there is nothing.

    Everything the member has counts for how near a thing is, but only a habit can be its reason.

    Args:
        habits: of the member.
        speaks: from `speaking`; rows that may be a reason.
        columns: the items' numbers.
        shop: the shop's rhythm.
        stats: the shop's numbers.
        pairs: from `pair_facts`, of the same columns.
    """
    items = habits.items
    if len(columns.near_starts) < 2 or not speaks.any():
        return None
    at, place = pairs_of(columns, items.key)
    if not len(at):
        return None
    other = columns.near_other[at]
    value = pairs.cosine[at] * np.sqrt(items.share)[place]
    size = int(other.max()) + 1
    near: Numbers = np.bincount(other, weights=value, minlength=size).astype(np.float64)
    closed = _closed(habits, speaks, columns, shop, size)
    habit = speaks[place]
    closed[other[habit & pairs.instead[at]]] = True
    reason = habit & pairs.speaks[at]
    open_to = np.zeros(size, dtype=bool)
    open_to[other[reason]] = True
    found = np.flatnonzero(open_to & ~closed)
    if not len(found):
        return None
    found = found[np.lexsort((found, -np.round(near[found], 9)))[:_LOOKED_AT]]
    many = np.bincount(other, minlength=size)[found]
    row = np.full(size, -1, dtype=np.int64)
    row[found] = np.arange(len(found))
    # The habit that adds most, of equal ones the smaller number: the first of each candidate in this order.
    said = np.flatnonzero(reason & (row[other] >= 0))
    own = items.key[place[said]]
    order = np.lexsort((own, -np.round(value[said], 9), row[other[said]]))
    said, own = said[order], own[order]
    begins = np.flatnonzero(np.r_[True, np.diff(row[other[said]]) > 0])
    first, because = at[said[begins]], own[begins]
    together = columns.near_together[first].astype(np.int64)
    expected = _expected(columns, because, found)
    return News(
        item_nos=found,
        x=_facts(habits, columns, stats, found, np.asarray(near[found]), many),
        because=because,
        both=columns.near_both[first].astype(np.int64),
        of=columns.buyers[because].astype(np.int64),
        together=together,
        of_baskets=columns.baskets[because].astype(np.int64),
        lift=together / np.maximum(expected, 1e-9),
    )


def chances(found: News, model: NewsModel) -> Numbers:
    """Chance of a purchase within `HORIZON_DAYS`, mentioned by nobody."""
    return sigmoid(model.weights.logit(found.x))


def news_model(value: object, item_nos: Mapping[str, int]) -> NewsModel | None:
    """The model in a pack's `models["suggest"]`, or None when it is missing or is not one of ours.

    Args:
        value: JSON.
        item_nos: SKU -> item_no of the pack.
    """
    if not isinstance(value, Mapping):
        return None
    try:
        if list(value["names"]) != list(FACTS) or value["horizon_days"] != HORIZON_DAYS:
            return None
        weights = weights_of(value["mean"], value["scale"], value["weight"], value["bias"], len(FACTS))
        least = float(value["from"])
        kept_for = {item_nos[sku]: float(p) for sku, p in value["kept_for"].items() if sku in item_nos}
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    if not np.isfinite([least, *kept_for.values()]).all():
        return None
    return NewsModel(weights, least, kept_for)


def pairs_of(columns: ItemColumns, item_nos: Ints) -> tuple[Ints, Ints]:
    """Positions of all neighbour pairs of some items, and for each pair the place of its item among `item_nos`."""
    last = len(columns.near_starts) - 2
    known = np.minimum(item_nos, last)
    begin = columns.near_starts[known].astype(np.int64)
    many = np.where(known == item_nos, columns.near_starts[known + 1] - begin, 0)
    place = np.repeat(np.arange(len(item_nos)), many)
    at = np.arange(int(many.sum())) + np.repeat(begin - (np.cumsum(many) - many), many)
    return at, place


@dataclass(frozen=True, slots=True, eq=False)
class PairFacts:
    """What is true of each pair of the item-to-item table, whoever the member is."""

    cosine: Numbers
    speaks: NDArray[np.bool_]
    """Enough owners of the one own the other for it to be a reason."""
    instead: NDArray[np.bool_]
    """The other stands for the one."""


def pair_facts(columns: ItemColumns, shop: Shop, settings: Settings) -> PairFacts:
    """The facts of all pairs, made once a pack. Cost: 20 ms for 500,000 pairs."""
    own = np.repeat(np.arange(len(columns.near_starts) - 1), np.diff(columns.near_starts))
    other, both = columns.near_other, columns.near_both.astype(np.float64)
    owners, rules = columns.buyers[own].astype(np.float64), settings.suggest
    among_all = columns.buyers[other] / max(columns.total_members, 1)
    return PairFacts(
        cosine=both / np.sqrt(owners * columns.buyers[other]),
        speaks=both >= np.maximum(rules.owners_part, rules.owners_lift * among_all) * owners,
        instead=replaces(columns, shop, own, other, columns.near_together, rules.instead_expected),
    )


def replaces(
    columns: ItemColumns, shop: Shop, own: Ints, other: Numbered, together: Numbered, least: float
) -> NDArray[np.bool_]:
    """Which pairs stand for one another: in one part of the shop, and in one basket less often than by chance.

    Args:
        columns: the items' numbers.
        shop: the shop's rhythm.
        own: item_no of what the member has, a row a pair.
        other: item_no of the other.
        together: baskets that hold both.
        least: baskets expected by chance below which too few are no sign of anything.
    """
    expected = _expected(columns, own, other)
    instead: NDArray[np.bool_] = (shop.part[own] == shop.part[other]) & (expected >= least) & (together < expected)
    return instead


def _expected(columns: ItemColumns, own: Ints, other: Numbered) -> Numbers:
    """Baskets that would hold both by chance."""
    expected: Numbers = columns.baskets[own].astype(np.float64) * columns.baskets[other] / max(columns.total_baskets, 1)
    return expected


def _closed(
    habits: Habits,
    speaks: NDArray[np.bool_],
    columns: ItemColumns,
    shop: Shop,
    size: int,
) -> NDArray[np.bool_]:
    """By item_no: bought before, a variant of it, the same thing in another size, or of the type of a habit."""
    items = habits.items
    inside = items.key < len(columns.kind)
    known = items.key[inside]
    habit = items.key[speaks & inside]
    closed = np.zeros(size, dtype=bool)
    closed[items.key[items.key < size]] = True
    families = np.zeros(len(columns.family), dtype=bool)
    families[columns.family[known]] = True
    kinds = np.zeros(len(columns.kinds) + 1, dtype=bool)
    kinds[[kind for kind in np.unique(columns.kind[habit]).tolist() if shop.says_something(kind)]] = True
    # Of what became a habit nothing of its name is news; of what was bought at all, no other size of it.
    thing = things_of(columns)
    things, sizes = np.zeros(len(thing), dtype=bool), np.zeros(len(thing), dtype=bool)
    things[thing[habit]] = True
    sizes[shop.sizes[known]] = True
    closed |= families[columns.family[:size]] | kinds[columns.kind[:size]]
    closed |= things[thing[:size]] | sizes[shop.sizes[:size]]
    closed |= flagged(columns, np.arange(size), UNSPOKEN | ItemColumns.GONE)
    return closed


def _facts(
    habits: Habits, columns: ItemColumns, stats: ShopStats, found: Ints, near: Numbers, many: Ints
) -> Numbers:  # fmt: skip
    """The facts about each item found."""
    items = habits.items
    came = int(np.count_nonzero(habits.basket_at > habits.now - _LATELY_DAYS * DAY_S))
    mine = items.key < len(stats.aisle)
    parts = np.bincount(stats.aisle[items.key[mine]], weights=items.share[mine], minlength=int(stats.aisle.max()) + 1)
    aisle = stats.aisle[found]
    recent, baskets = columns.recent_baskets[found].astype(np.float64), columns.baskets[found].astype(np.float64)
    owners = columns.buyers[found].astype(np.float64)
    facts: dict[str, Numbers | float] = {
        "near": np.log(np.maximum(near, 1e-9)),
        "near_to": np.log(many),
        "popular": np.log((recent + 0.5) / stats.recent_sum),
        "rising": np.log((recent / stats.recent_sum + 1e-5) / (baskets / stats.all_sum + 1e-5)),
        "comes_back": np.log((np.maximum(baskets - owners, 0) + 1) / (owners + 2)),
        "lately": float(np.log(came + 0.5)),
        "visits": float(np.log(max(habits.baskets, 1))),
        "kind_known": np.isin(columns.kind[found], habits.kinds.key).astype(np.float64),
        "aisle_part": np.where(aisle > 0, np.log(parts[aisle] + 0.02), 0.0),
    }
    return side_by_side(facts, FACTS, len(found))

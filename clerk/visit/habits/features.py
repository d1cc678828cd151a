"""What the ranker looks at: one row per item the member ever bought, one column per fact.

In: history, habits, item statistics, and as `own` the habits of the whole history (the same habits, except in
training). Out: `FeatureTable`. Logs are natural, times are days. Each column is one sentence in `FEATURES`.

Item statistics are taken without the member's own purchases: those are told by the other columns, and in training they
would give away the basket that is to be predicted. Without times of day every hour counts alike; without categories
their columns are 0.

Source: evidence, usual 3 and appendix; the trip columns are our own: what is bought on a small trip is another thing
than what fills the weekly basket, and every trip should count as one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clerk.clock import DAY_S
from clerk.model import History, ItemColumns
from clerk.visit.habits.member_habits import Group, Habits
from clerk.visit.shop import Shop

Numbers = NDArray[np.float64]
Ints = NDArray[np.int64]

FEATURES: dict[str, str] = {
    "share": "in this part of the member's visits",
    "lately": "in this part of the visits, recent ones counting more",
    "portion": "makes up this part of what is taken home a visit, recent visits counting more",
    "this_week": "bought in the last days",
    "once": "bought only once",
    "since": "days since it was bought last",
    "overdue": "time since, against the member's own interval",
    "overdue_sq": "far from the member's own interval, on either side",
    "overdue_far": "long past the member's own interval",
    "turn": "time since, against the interval of the member and of other buyers",
    "turn_late": "past that interval",
    "turn_once": "a one-off, far from the interval of other buyers",
    "item_repeat": "how often its other buyers come back to it",
    "item_again": "part of its other buyers who bought it again",
    "item_rising": "bought more than usual in these weeks",
    "member_repeats": "part of the member's purchases that were repeats",
    "member_gap": "days between the member's visits",
    "member_late": "days since the last visit, against that",
    "trip": "what kind of trip this is: expected size against the member's mean",
    "small_trips": "bought on trips that were larger or smaller than the member's mean",
    "trip_fits": "a small trip and bought on small trips, or large and large",
    "alone": "was the main thing of a visit once",
    "moment": "makes up this part of visits at such an hour and weekday, after such a pause",
    "large_trips": "in this part of the member's larger visits",
    "mixed": "expected part of this visit, by how likely it is a small or a large one",
    "small_now": "chance that this is a small visit",
    "quantity": "how much of it is taken at a time",
    "weekday": "bought more on this weekday than on others",
    "kind_part": "the member's choice among items of its type",
    "kind_overdue_sq": "its type is far from the member's own interval",
    "kind_items": "how many items of its type the member has tried",
    "aisle_since": "days since anything of its department was bought",
    "aisle_lately": "how often anything of its department is bought lately",
}
"""Columns of the table, in order, each as the reason it stands for."""

_HOURS = 2.5
"""Standard deviation, in hours, of what counts as the same time of day."""
_OTHER_DAY = 0.4
"""Weight of a visit on another weekday when looking for visits like this one."""
_LATELY = 0.9
"""Weight lost from one visit to the one before it (usual 7, grocery; in cafés the weights learn the rest)."""
_DAY_FLOOR = 0.5
"""Two visits on one day are half a day apart."""


@dataclass(frozen=True, slots=True, eq=False)
class FeatureTable:
    """One row per item the member bought, ascending by item_no."""

    names: tuple[str, ...]
    x: Numbers
    """Rows are items, columns are `names`."""
    item_nos: Ints
    times: Ints
    """Baskets that hold the item."""


@dataclass(frozen=True, slots=True, eq=False)
class ShopStats:
    """What the features need of the whole shop; made once a pack."""

    gap_log: float
    """Mean natural log of the days between two purchases of one item by one member."""
    recent_sum: float
    all_sum: float
    """Recent and all item purchases of the shop."""
    recent_from: int
    """Wall seconds from which a basket is recent."""
    aisle: NDArray[np.int32]
    """By item_no: number of the category above its item type; 0 without categories."""


def shop_stats(columns: ItemColumns, shop: Shop, data_until: int, recent_days: int = 28) -> ShopStats:
    """The shop's numbers behind the features.

    Args:
        columns: the items' numbers.
        shop: the shop's rhythm.
        data_until: wall seconds of the newest line; recent weeks end there.
        recent_days: length of the weeks behind `ItemColumns.recent_baskets`.
    """
    above = {"": 0}
    of_category = np.zeros(max(len(columns.categories), 1), dtype=np.int32)
    for number, path in enumerate(columns.categories):
        parent = path.rpartition(" > ")[0] or path
        of_category[number] = above.setdefault(parent, len(above))
    category = np.where(columns.category < len(of_category), columns.category, 0)
    return ShopStats(
        gap_log=shop.gap_log,
        recent_sum=float(max(columns.recent_baskets.sum(), 1)),
        all_sum=float(max(columns.baskets.sum(), 1)),
        recent_from=data_until - recent_days * DAY_S,
        aisle=of_category[category],
    )


def pair_features(
    history: History, habits: Habits, columns: ItemColumns, stats: ShopStats, own: Habits | None = None
) -> FeatureTable:
    """Every fact about every item of the member, as of `habits.now`.

    Args:
        history: the lines behind `habits`, for quantities.
        habits: what is known at the moment of the visit.
        columns: the items' numbers.
        stats: the shop's.
        own: habits of all lines that `columns` were made from, when that is more than `habits`.

    Cost: about 1 ms for a member of 500 lines.
    """
    items = habits.items
    if not len(items):
        return FeatureTable(tuple(FEATURES), np.zeros((0, len(FEATURES))), items.key, items.baskets)
    facts: dict[str, Numbers] = {}
    visits = _Visits.of(habits)
    _habit_facts(facts, habits, visits)
    others = others_of(habits, columns, stats, own or habits)
    facts["item_repeat"], facts["item_again"] = others.repeat, others.again
    facts["item_rising"] = others.rising
    _turn_facts(facts, items, visits, others.gap_log)
    _member_facts(facts, habits, visits)
    _trip_facts(facts, items, visits)
    facts["quantity"] = _quantities(history, habits)
    _category_facts(facts, habits, visits, stats)
    return FeatureTable(tuple(FEATURES), side_by_side(facts, FEATURES, len(items)), items.key, items.baskets)


def side_by_side(facts: Mapping[str, Numbers | float], names: Collection[str], rows: int) -> Numbers:
    """The named facts as columns; what is one number holds for every row."""
    # Filled in place: broadcasting and stacking takes ten times as long.
    out = np.empty((rows, len(names)))
    for place, name in enumerate(names):
        out[:, place] = facts[name]
    return out


@dataclass(frozen=True, slots=True, eq=False)
class _Visits:
    """The member's visits as seen from now; columns by visit."""

    count: int
    now: float
    """Days, as all times here."""
    at: Numbers
    size: Numbers
    back: Numbers
    """Visits ago, 0 for the latest."""
    since: float
    """Days since the latest visit."""
    log_size: Numbers
    mean_log: float
    small: Numbers
    """1 for a visit no larger than the member's mean, else 0."""
    like: Numbers
    """How much the moment of each visit is like now: hour, weekday, pause before it."""
    weekday: Numbers
    """1 for the same weekday."""

    @classmethod
    def of(cls, habits: Habits) -> _Visits:
        at = habits.basket_at / DAY_S
        now = habits.now / DAY_S
        size = np.maximum(habits.sizes, 1).astype(np.float64)
        log_size = np.log(size)
        mean_log = float(log_size.mean())
        weekday = (at.astype(np.int64) % 7 == int(now) % 7).astype(np.float64)
        since = max(now - float(at[-1]), 0.0)
        pause = np.log(np.diff(at, prepend=at[0]) + 0.1)
        like = np.exp(-0.5 * (pause - np.log(since + 0.1)) ** 2)
        like[0] = 0.3  # Nobody knows what came before the first visit.
        like *= _OTHER_DAY + (1 - _OTHER_DAY) * weekday
        hours = (at % 1) * 24
        # Dates without times all fall on one hour; then the hour says nothing.
        if np.ptp(hours) > 0:
            apart = np.abs(hours - (now % 1) * 24)
            like *= np.exp(-0.5 * (np.minimum(apart, 24 - apart) / _HOURS) ** 2)
        return cls(
            count=len(at), now=now, at=at, size=size, back=np.arange(len(at) - 1, -1, -1.0), since=since,
            log_size=log_size, mean_log=mean_log, small=(log_size <= mean_log + 1e-9).astype(np.float64),
            like=like, weekday=weekday,
        )  # fmt: skip


def _habit_facts(facts: dict[str, Numbers], habits: Habits, visits: _Visits) -> None:
    """How often, and how lately."""
    items, held = habits.items, habits.items.occurrence
    weight = _LATELY**visits.back
    total = weight.sum()
    facts["share"] = np.log(items.baskets / visits.count)
    facts["lately"] = np.log((_sum(weight[held], items) + 0.01) / total)
    facts["portion"] = np.log((_sum((weight / visits.size)[held], items) + 0.01) / total)
    facts["this_week"] = np.log(_sum(np.exp((visits.at - visits.now) / 7)[held], items) + 0.01)
    facts["once"] = items.one_off.astype(np.float64)
    since = _since(items, visits)
    facts["since"] = np.log1p(since)
    late = np.where(items.one_off, 0.0, np.log((since + _DAY_FLOOR) / (items.mean_gap_days + _DAY_FLOOR)))
    facts["overdue"], facts["overdue_sq"], facts["overdue_far"] = late, late**2, np.maximum(late, 0) ** 2


def _turn_facts(facts: dict[str, Numbers], items: Group, visits: _Visits, item_gap_log: Numbers) -> None:
    """Whether it is its turn, where a thin habit leans on the rhythm of the item's other buyers."""
    own = items.baskets - 1
    mean = (items.gap_log_sum + 1.5 * item_gap_log) / (own + 1.5)
    turn = np.log(_since(items, visits) + _DAY_FLOOR) - mean
    facts["turn"], facts["turn_late"] = turn, np.maximum(turn, 0)
    facts["turn_once"] = np.where(items.one_off, turn**2, 0.0)


def _member_facts(facts: dict[str, Numbers], habits: Habits, visits: _Visits) -> None:
    """What is true of the member whatever the item."""
    bought = float(visits.size.sum())
    gap = (visits.at[-1] - visits.at[0] + 3) / visits.count
    facts["member_repeats"] = np.array([np.log((bought - len(habits.items) + 1) / (bought + 3))])
    facts["member_gap"] = np.array([np.log(gap)])
    facts["member_late"] = np.array([np.log((visits.since + _DAY_FLOOR) / (gap + _DAY_FLOOR))])


def _trip_facts(facts: dict[str, Numbers], items: Group, visits: _Visits) -> None:
    """What kind of trip this is, and on what kind of trip the item is bought."""
    held = items.occurrence
    share = items.baskets / visits.count
    like = float(visits.like.sum())
    expected = (visits.like @ visits.log_size + visits.mean_log) / (like + 1) - visits.mean_log
    with_item = (_sum(visits.log_size[held], items) + visits.mean_log) / (items.baskets + 1) - visits.mean_log
    facts["trip"], facts["small_trips"] = np.array([expected]), with_item
    facts["trip_fits"] = expected * with_item
    facts["alone"] = np.log(np.maximum.reduceat(1 / visits.size[held], items.starts))
    portion = _sum(1 / visits.size[held], items) / visits.count
    facts["moment"] = np.log((_sum((visits.like / visits.size)[held], items) + 2 * portion) / (like + 2) + 1e-4)
    smalls = float(visits.small.sum())
    larges = visits.count - smalls
    mean = np.exp(visits.mean_log)
    small_size = (visits.small @ visits.size + 2 * mean) / (smalls + 2)
    large_size = ((1 - visits.small) @ visits.size + 2 * mean) / (larges + 2)
    chance = (visits.like @ visits.small + 2 * (smalls + 1) / (visits.count + 2)) / (like + 2)
    on_small = _sum(visits.small[held], items)
    in_small = (on_small + 0.6 * share) / (smalls + 2)
    in_large = (items.baskets - on_small + 2 * share) / (larges + 2)
    facts["large_trips"] = np.log(in_large)
    facts["mixed"] = np.log(chance * in_small / small_size + (1 - chance) * in_large / large_size)
    facts["small_now"] = np.array([chance])
    on_day = _sum(visits.weekday[held], items)
    facts["weekday"] = np.log((on_day + 3 * share) / (visits.weekday.sum() + 3) / share)


def _category_facts(facts: dict[str, Numbers], habits: Habits, visits: _Visits, stats: ShopStats) -> None:
    """The item among those of its type, and its department."""
    items, kinds, none = habits.items, habits.kinds, np.zeros(len(habits.items))
    for name in ("kind_part", "kind_overdue_sq", "kind_items", "aisle_since", "aisle_lately"):
        facts[name] = none
    if len(kinds):
        row = kinds.rows_of(habits.kind_of)
        typed = row >= 0
        times = kinds.baskets[row]
        tried = np.bincount(row[typed], minlength=len(kinds))[row]
        gap = (kinds.last[row] - kinds.first[row]) / np.maximum(times - 1, 1)
        days = kinds.mean_gap_days[row]
        late = np.log((np.maximum(visits.now - kinds.last_at[row] / DAY_S, 0) + _DAY_FLOOR) / (days + _DAY_FLOOR))
        facts["kind_part"] = np.where(typed, np.log(items.baskets / times), 0.0)
        facts["kind_overdue_sq"] = np.where(typed & (times > 1) & (gap > 0), late**2, 0.0)
        facts["kind_items"] = np.where(typed, np.log(np.maximum(tried, 1)), 0.0)
    known = np.minimum(items.key, len(stats.aisle) - 1)
    aisle = np.where(items.key == known, stats.aisle[known], 0).astype(np.int64)
    if aisle.any():
        number, dense = np.unique(aisle, return_inverse=True)
        cell = np.zeros((len(number), visits.count), dtype=bool)
        cell[np.repeat(dense, items.baskets), items.occurrence] = True
        weight = _LATELY**visits.back
        last = visits.count - 1 - np.argmax(cell[:, ::-1], axis=1)
        since = np.maximum(visits.now - visits.at[last], 0)
        facts["aisle_since"] = np.where(aisle > 0, np.log1p(since)[dense], 0.0)
        facts["aisle_lately"] = np.where(aisle > 0, np.log((cell @ weight + 0.01) / weight.sum())[dense], 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Others:
    """The items' numbers without the member's own purchases."""

    repeat: Numbers
    again: Numbers
    rising: Numbers
    gap_log: Numbers
    """Mean log of days between two purchases, leaning on the shop's."""


def others_of(habits: Habits, columns: ItemColumns, stats: ShopStats, own: Habits) -> Others:
    """Item statistics without this member's own purchases; zero for items the columns lack."""
    key = habits.items.key
    row = np.maximum(own.items.rows_of(key), 0)
    mine = own.items
    known = np.minimum(key, len(columns.baskets) - 1)
    known = np.where(known == key, known, 0)

    def less(column: NDArray[np.int32] | Numbers, part: Numbers | Ints) -> Numbers:
        rest: Numbers = np.maximum(column[known].astype(np.float64) - part.astype(np.float64), 0.0)
        return rest

    times = mine.baskets[row]
    held = own.basket_at[mine.occurrence]
    # The builder counts gaps in whole days and leaves out those within a day.
    days = held // DAY_S
    gap = np.diff(days, prepend=days[:1])
    gap[mine.starts] = 0
    gapped = gap >= 1
    logs = np.where(gapped, np.log(np.maximum(gap, 1)), 0.0)
    bought = less(columns.baskets, times)
    buyers = less(columns.buyers, np.ones(len(row)))
    repeats = np.maximum(bought - buyers, 0)
    later = less(columns.later_baskets, own.baskets - 1 - mine.first[row])
    again = less(columns.repeat_buyers, (times > 1).astype(np.float64))
    recent = less(columns.recent_baskets, _sum((held > stats.recent_from).astype(np.float64), mine)[row])
    gaps = less(columns.gaps, _sum(gapped.astype(np.float64), mine)[row])
    gap_sum = less(columns.gap_log_sum, _sum(logs, mine)[row])
    return Others(
        repeat=np.log((repeats + 0.2) / (later + 10)),
        again=np.log((again + 0.5) / (buyers + 5)),
        rising=np.log((recent / stats.recent_sum + 1e-5) / (bought / stats.all_sum + 1e-5)),
        gap_log=(gap_sum + 10 * stats.gap_log) / (gaps + 10),
    )


def lately_share(group: Group, visits: int) -> Numbers:
    """Decayed share of each row, under the memory that the weights were learned with, whatever the usual's is."""
    if not len(group):
        return np.zeros(0)
    weight = _LATELY ** np.arange(visits - 1, -1, -1.0)
    share: Numbers = _sum(weight[group.occurrence], group) / weight.sum()
    return share


def _quantities(history: History, habits: Habits) -> Numbers:
    """Mean log of the quantity at a time, capped: absurd quantities are data, not habits."""
    rows = habits.items.rows_of(history.item[habits.taste].astype(np.int64))
    sold = np.nan_to_num(history.quantity[habits.taste], nan=1.0)
    log = np.log(np.clip(np.where(sold > 0, sold, 1.0), 0.05, 20.0))
    lines = np.maximum(np.bincount(rows, minlength=len(habits.items)), 1)
    mean: Numbers = np.bincount(rows, weights=log, minlength=len(habits.items)) / lines
    return mean


def _since(items: Group, visits: _Visits) -> Numbers:
    """Days since each item was bought last."""
    since: Numbers = np.maximum(visits.now - items.last_at / DAY_S, 0.0)
    return since


def _sum(values: Numbers, items: Group) -> Numbers:
    """Sum over each row's occurrences."""
    total: Numbers = np.add.reduceat(values, items.starts)
    return total

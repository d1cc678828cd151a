"""Fits how likely a member buys something new within 90 days: `models["suggest"]`.

The past is looked at as of a day about a season ago: with the item-to-item table of that day, for everybody who came in
the two weeks after it, from the moment before their first visit. What they bought in the 90 days that followed is known
by now. Nobody mentioned anything, or whoever did is in the numbers: it is the chance of a purchase without a word.

Then the thresholds: for each item the chance from which no more than a small part of the members hears of it, and for
the whole shop the chance from which about half of the cards speak.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clerk.clock import DAY_S
from clerk.model import History, ItemColumns, LineFlag
from clerk.pack_build.item_statistics import Purchases, counts_as_of
from clerk.pack_build.learn.attempt import TooLittle, enough
from clerk.pack_build.learn.cases import visits
from clerk.pack_build.learn.logistic import Table, fit
from clerk.pack_build.neighbours import with_neighbours
from clerk.settings import Settings
from clerk.visit.habits.features import shop_stats
from clerk.visit.habits.member_habits import habits
from clerk.visit.habits.news import FACTS, HORIZON_DAYS, NewsModel, chances, news, pair_facts, speaking
from clerk.visit.habits.next_items import Weights
from clerk.visit.shop import Shop

Numbers = NDArray[np.float64]
Ints = NDArray[np.int64]
Lines = Mapping[str, NDArray[Any]]

COMING_DAYS = 14
"""Days within which a member has to come to be looked at: the chances are for people who stand at the counter."""
LEAST_MEMBERS, LEAST_BOUGHT = 100, 100
"""Members, and purchases of something new among the cases, below which nothing is learned: fewer than ten a weight are
noise."""
_HERE_DAYS = 90
"""Days within which somebody came who still counts as coming."""


def learn_suggestions(
    lines: Lines,
    histories: Iterable[History],
    columns: ItemColumns,
    shop: Shop,
    settings: Settings,
    data_until: int,
) -> dict[str, object]:
    """The chances of a shop as JSON. Items are called by number.

    Args:
        lines: columns of the numbered lines.
        histories: of the members to learn from.
        columns: the items' numbers, with the neighbours of today.
        shop: the shop's rhythm.
        settings: the shop's constants.
        data_until: wall seconds of the newest line.

    Raises:
        TooLittle: there is too little to learn from.

    Cost: 12 CPU-seconds for a million lines of 2,400 members, a third of it the table of a season ago.
    """
    day = data_until - (HORIZON_DAYS + COMING_DAYS) * DAY_S
    members = list(histories)
    x, y, looked_at = _cases(lines, members, columns, shop, settings, day)
    enough(looked_at, LEAST_MEMBERS, "members who came about a season before the newest line")
    enough(int(y.sum()), LEAST_BOUGHT, "purchases of something new within 90 days")
    if y.all():
        raise TooLittle("everything new was bought")
    fitted = fit(x.taken(), y, np.ones(len(y)))
    weights = Weights(fitted.mean, fitted.scale, fitted.weight, fitted.bias)
    least, kept_for = _thresholds(members, columns, shop, settings, data_until, weights)
    return {
        "names": list(FACTS),
        "horizon_days": HORIZON_DAYS,
        "mean": fitted.mean.tolist(),
        "scale": fitted.scale.tolist(),
        "weight": fitted.weight.tolist(),
        "bias": fitted.bias,
        "from": least,
        "kept_for_nos": {str(number): chance for number, chance in kept_for.items()},
        "members": looked_at,
        "cases": len(y),
        "bought": int(y.sum()),
    }


def _cases(
    lines: Lines, members: Sequence[History], columns: ItemColumns, shop: Shop, settings: Settings, day: int
) -> tuple[Table, NDArray[np.bool_], int]:
    """Facts about things that were new as of a day, whether they were bought, and how many members were looked at."""
    past = Purchases.of_columns(lines, day)
    then = with_neighbours(counts_as_of(columns, past, day), past)
    del past
    stats, pairs = shop_stats(then, shop, day), pair_facts(then, shop, settings)
    x, looked_at = Table(), 0
    labels: list[NDArray[np.bool_]] = [np.zeros(0, dtype=bool)]
    for history in members:
        moments = visits(history)
        coming = moments[(moments > day) & (moments <= day + COMING_DAYS * DAY_S)]
        if not len(coming) or moments[0] > day:
            continue
        at = int(coming[0])
        before = habits(history, then, at - 1, shop.decay)
        found = news(before, speaking(before, then, settings), then, shop, stats, pairs)
        looked_at += 1
        if found is None:
            continue
        bought_at = history.basket_at[history.basket]
        after = (bought_at >= at) & (bought_at <= at + HORIZON_DAYS * DAY_S)
        bought = history.item[after & ((history.flags & int(LineFlag.RETURN)) == 0)]
        x.add(found.x)
        labels.append(np.isin(found.item_nos, bought))
    return x, np.concatenate(labels), looked_at


def _thresholds(
    members: Sequence[History], columns: ItemColumns, shop: Shop, settings: Settings, now: int, weights: Weights
) -> tuple[float, dict[int, float]]:
    """The chance from which anything is mentioned, and for items near to many members the chance from which they are.

    Both are worked out over the members who still come, as their cards would be made now.
    """
    stats, pairs = shop_stats(columns, shop, now), pair_facts(columns, shop, settings)
    model = NewsModel(weights, 0.0, {})
    numbers: list[Ints] = [np.zeros(0, dtype=np.int64)]
    likely: list[Numbers] = [np.zeros(0)]
    whose: list[Ints] = [np.zeros(0, dtype=np.int64)]
    coming = 0
    for history in members:
        mine = habits(history, columns, now, shop.decay)
        if not mine.baskets or int(mine.basket_at[-1]) < now - _HERE_DAYS * DAY_S:
            continue
        found = news(mine, speaking(mine, columns, settings), columns, shop, stats, pairs)
        if found is not None:
            numbers.append(found.item_nos)
            likely.append(chances(found, model))
            whose.append(np.full(len(found), coming))
        coming += 1
    item, p, member_of = np.concatenate(numbers), np.concatenate(likely), np.concatenate(whose)
    rules = settings.suggest
    kept_for = cut_offs(item, p, max(1, int(rules.heard_by_at_most * coming)), rules.chance_from)
    cut = np.zeros(len(columns.buyers))
    for number, chance in kept_for.items():
        cut[number] = chance
    best = np.zeros(max(coming, 1))
    said = p >= cut[item]
    np.maximum.at(best, member_of[said], p[said])
    return max(rules.chance_from, float(np.quantile(best, 1 - rules.cards_speak))), kept_for


def cut_offs(item: Ints, p: Numbers, most: int, least: float) -> dict[int, float]:
    """For each item that would reach more than `most` members, the chance from which it reaches no more.

    Args:
        item: item_no of each (member, item).
        p: its chance.
        most: members who may hear of one item.
        least: chance below which nothing is mentioned anyway.
    """
    likely = p >= least
    item, p = item[likely], p[likely]
    order = np.lexsort((-p, item))
    item, p = item[order], p[order]
    starts = np.flatnonzero(np.r_[True, item[1:] != item[:-1]]) if len(item) else order
    ends = np.r_[starts[1:], len(item)] if len(item) else order
    # The first that is one too many: everybody above its chance, and nobody with the same.
    return {
        int(item[start]): float(np.nextafter(p[start + most], 1.0))
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        if end - start > most
    }

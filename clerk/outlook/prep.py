"""The shop's list for a day: what members are expected to take, how sure that is, and whether it is there.

A proposal. It counts members only, since nobody else is known; it orders nothing and contacts nobody.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clerk.model import ItemColumns, PrepLine, PrepList
from clerk.outlook import spread
from clerk.outlook.all_members import Everybody
from clerk.outlook.day import Day, Step, no_progress, notes_of
from clerk.outlook.demand import SETS
from clerk.outlook.plan import Planner, Wanted
from clerk.outlook.spread import Past, Spread
from clerk.visit.shop import flagged

Numbers = NDArray[np.float64]
Ints = NDArray[np.int64]

LISTED_FROM = 0.5
"""Pieces expected from which a line is listed; less is more often not sold at all."""

MEMBERS_ONLY = "Members only: what other people buy is not in the store data and comes on top."


def prep_list(everybody: Everybody, day: int, now: int, step: Step = no_progress) -> PrepList:
    """What to have ready on a day, most expected first, against stock.

    Args:
        everybody: the members.
        day: any wall second of the day.
        now: wall seconds; nothing later is looked at, nor the day itself.
        step: called with how far it is.

    Cost: about 25 CPU-seconds for 2,500 members of 600 lines, most of it for looking back on past days.
    """
    planner = Planner(everybody, step)
    forecast_day = Day(everybody, day, now)
    days, chances = forecast_day.chances(step)
    past = planner.past_days(forecast_day, days)
    shop = spread.fitted(past)
    wanted = planner.wanted(forecast_day, days, chances)
    lines, others = _lines(everybody, wanted, shop)
    return PrepList(
        day=forecast_day.midnight,
        as_of=forecast_day.as_of,
        visits=float(chances.p.sum()),
        visits_low=chances.low,
        visits_high=chances.high,
        lines=lines,
        others=others * unlisted(past, shop),
        checked=track_record(past),
        notes=(MEMBERS_ONLY, *notes_of(forecast_day, everybody)),
    )


def track_record(past: list[Past]) -> str:
    """A sentence on how such lists did on past days, each judged with the spread of the other days."""
    inside = lines = 0
    sold = expected = promised = 0.0
    for number, day in enumerate(past):
        shop = spread.fitted(past[:number] + past[number + 1 :])
        within, of, chance = covered(day, shop)
        inside, lines, promised = inside + within, lines + of, promised + chance
        mean = day.guess.mean(shop)
        sold += float(day.sold[mean >= LISTED_FROM].sum())
        expected += float(mean[mean >= LISTED_FROM].sum())
    if not lines:
        return "Not checked: too little was sold on the latest days."
    return (
        f"On the last {len(past)} open days {inside / lines:.0%} of such lines lay between low and high "
        f"({promised / lines:.0%} promised), and {sold:,.0f} pieces of them were sold where {expected:,.0f} were "
        "expected."
    )


def unlisted(past: list[Past], shop: Spread) -> float:
    """Pieces sold of all that was not listed, for every piece that was expected of it: some of it nobody foresees."""
    sold = expected = 0.0
    for day in past:
        mean = day.guess.mean(shop)
        sold += float(day.sold[mean < LISTED_FROM].sum())
        expected += float(mean[mean < LISTED_FROM].sum())
    return sold / expected if expected > 1 else 1.0


def covered(day: Past, shop: Spread, least: float = LISTED_FROM, most: float = np.inf) -> tuple[int, int, float]:
    """Of the lines expected from `least` to below `most`: how many lay inside, how many there are, and the promise."""
    mean, variance = day.guess.mean(shop), day.guess.variance(shop)
    listed = np.flatnonzero((mean >= least) & (mean < most))
    inside, promised = 0, 0.0
    for row in listed.tolist():
        low, high, chance = spread.between(float(mean[row]), float(variance[row]))
        inside += low <= round(float(day.sold[row])) <= high
        promised += chance
    return inside, len(listed), promised


def _lines(everybody: Everybody, wanted: Wanted, shop: Spread) -> tuple[tuple[PrepLine, ...], float]:
    """Lines with names and stock, most expected first, and what is expected of everything else."""
    item_no, set_no = wanted.guess.key // SETS, wanted.guess.key % SETS
    mean, variance = wanted.guess.mean(shop), wanted.guess.variance(shop)
    sold_here = ~flagged(everybody.columns, item_no, ItemColumns.GONE)
    listed = np.flatnonzero((mean >= LISTED_FROM) & sold_here)
    listed = listed[np.lexsort((wanted.guess.key[listed], -mean[listed]))]
    distinct, at = np.unique(item_no, return_inverse=True)
    of_item = dict(zip(distinct.tolist(), np.bincount(at, weights=mean).tolist(), strict=True))
    items = everybody.reader.items(np.unique(item_no[listed]).tolist())
    modifiers = everybody.reader.modifier_sets(np.unique(set_no[listed]).tolist())
    lines = []
    for row in listed.tolist():
        item = items[int(item_no[row])]
        low, high, _ = spread.between(float(mean[row]), float(variance[row]))
        lines.append(
            PrepLine(
                sku=item.sku,
                name=item.name,
                modifiers=modifiers.get(int(set_no[row]), ()),
                expected=round(float(mean[row]), 2),
                low=low,
                high=high,
                members=int(wanted.members[row]),
                on_hand=item.on_hand,
                short=item.on_hand is not None and item.on_hand < of_item[item.item_no],
            )
        )
    return tuple(lines), float(mean[sold_here].sum() - mean[listed].sum())

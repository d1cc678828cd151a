"""What the member is about to run out of, by the member's own interval.

In: habits, profile, item statistics. Out: items that are due, likeliest first. A learned hazard may take the place of
the renewal estimate (`model`); the rules about who may speak stay the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from clerk.clock import DAY_S
from clerk.model import DueState, ItemColumns, Profile, Purpose
from clerk.settings import Settings
from clerk.visit.habits.interval import intervals, within
from clerk.visit.habits.member_habits import Habits
from clerk.visit.shop import UNSPOKEN, Shop, flagged

_OWN_MIND = 3
"""Purchases after which the member's own habit outweighs that the item behaves like a durable for others."""


class DueModel(Protocol):
    """A learned hazard."""

    def probabilities(
        self, habits: Habits, columns: ItemColumns, shop: Shop, rows: NDArray[np.int64], horizon_days: int
    ) -> NDArray[np.float64]:
        """Chance of a purchase within the horizon for each of the given rows of `habits.items`."""
        ...


@dataclass(frozen=True, slots=True)
class DuePick:
    """One item that is due."""

    item_no: int
    state: DueState
    every_days: float
    """Mean of the member's own intervals."""
    last_days_ago: float
    last_at: int
    probability: float
    """Chance that it is bought within the horizon."""
    times: int
    """Baskets that hold it."""


def due(
    habits: Habits,
    profile: Profile,
    columns: ItemColumns,
    shop: Shop,
    settings: Settings,
    model: DueModel | None = None,
) -> tuple[DuePick, ...]:
    """Items that are due, due soon or overdue, likeliest first.

    Only what was bought in two baskets or more; not durables, not sensitive items, not what the member agreed to have
    forgotten. Rests: what is had already, what was taken, and an item whose variant or item type was bought since.
    Three missed intervals are silence: bought elsewhere or given up.
    """
    rules = settings.due
    if Purpose.SUGGEST not in profile.allowed or Purpose.REMEMBER not in profile.allowed:
        return ()
    rows = _may_come_back(habits, columns, settings)
    items = habits.items
    every = items.mean_gap_days[rows]
    since = (habits.now - items.last_at[rows]) / DAY_S
    # The clock of a need starts again with whatever satisfied it last, which may be another thing or another shop.
    open_since = (habits.now - satisfied_at(habits, profile, shop, rows)) / DAY_S
    near = (open_since >= rules.soon * every) & (since < rules.lapsed * every) & (every >= rules.least_interval_days)
    # What is long past by its own purchases, and was replaced since by another purchase, is neither due nor soon.
    replaced = (habits.now - _bought_at(habits, shop, rows)) / DAY_S < rules.overdue * every
    near &= (since < rules.overdue * every) | ~replaced
    rows, every, since, open_since = rows[near], every[near], since[near], open_since[near]
    if not len(rows):
        return ()
    chance = np.full(len(rows), np.nan)
    if model is not None:
        chance = model.probabilities(habits, columns, shop, rows, rules.horizon_days)
    if not np.isfinite(chance).all():
        # Also where a model gives no number for somebody nobody foresaw.
        mean, spread = intervals(habits, columns, shop, rules)
        alone = within(mean[rows], spread[rows], open_since, rules.horizon_days, rules.quit_share)
        chance = np.where(np.isfinite(chance), chance, alone)
    order = np.lexsort((items.key[rows], -chance))
    return tuple(
        DuePick(
            item_no=int(items.key[rows[at]]),
            state=_state(float(open_since[at] / every[at]), rules.overdue),
            every_days=float(every[at]),
            last_days_ago=float(since[at]),
            last_at=int(items.last_at[rows[at]]),
            probability=float(chance[at]),
            times=int(items.baskets[rows[at]]),
        )
        for at in order.tolist()
        if chance[at] >= rules.shown_from
    )


def behaves_durable(columns: ItemColumns, item_nos: NDArray[np.int64], settings: Settings) -> NDArray[np.bool_]:
    """Which items hardly any buyer bought again: durable goods, whatever the catalogue says."""
    known = np.minimum(item_nos, len(columns.buyers) - 1)
    buyers = columns.buyers[known]
    share = columns.repeat_buyers[known] / np.maximum(buyers, 1)
    seldom: NDArray[np.bool_] = (buyers >= settings.gates.durable_buyers) & (share < settings.gates.durable_repeat)
    seldom &= known == item_nos
    return seldom


def _may_come_back(habits: Habits, columns: ItemColumns, settings: Settings) -> NDArray[np.int64]:
    """Rows of consumables with an interval."""
    items = habits.items
    known = items.baskets >= settings.due.baskets_from
    known &= items.mean_gap_days > 0
    kept_out = ItemColumns.DURABLE | UNSPOKEN | ItemColumns.GONE
    known &= ~flagged(columns, items.key, kept_out)
    known &= ~behaves_durable(columns, items.key, settings) | (items.baskets >= _OWN_MIND)
    return np.flatnonzero(known)


def satisfied_at(habits: Habits, profile: Profile, shop: Shop, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """When the need of each row was last satisfied: bought, a variant or its kind bought, had already, or taken."""
    items = habits.items
    at = _bought_at(habits, shop, rows)
    for answers in (profile.has_it, profile.took):
        for item_no, said_at in answers.items():
            row = items.row(item_no)
            if row >= 0:
                # All of its family: who has beans has them in whichever bag.
                same = habits.family_of[rows] == habits.family_of[row]
                at[same] = np.maximum(at[same], said_at)
    return at


def _bought_at(habits: Habits, shop: Shop, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """When each row, a variant of it or something of its item type was last bought."""
    at = habits.items.last_at[rows].copy()
    family = habits.families.rows_of(habits.family_of[rows])
    at = np.maximum(at, habits.families.last_at[family])
    kinds = habits.kind_of[rows]
    narrow = (kinds > 0) & (kinds < len(shop.wide_kinds))
    narrow &= ~shop.wide_kinds[np.where(narrow, kinds, 0)]
    kind_row = habits.kinds.rows_of(kinds)
    if len(habits.kinds):
        at = np.where(narrow & (kind_row >= 0), np.maximum(at, habits.kinds.last_at[kind_row]), at)
    return at


def _state(part: float, overdue: float) -> DueState:
    """Soon, due or overdue, by the part of the interval that has passed."""
    if part < 1:
        return DueState.SOON
    return DueState.OVERDUE if part >= overdue else DueState.DUE

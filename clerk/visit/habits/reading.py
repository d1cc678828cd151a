"""Everything computed from one member's profile alone: habits, usual, due, value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite, nan

import numpy as np
from numpy.typing import NDArray

from clerk.clock import DAY_S
from clerk.model import ItemColumns, Profile, Purpose
from clerk.settings import Settings
from clerk.visit.habits.due import DueModel, DuePick, due
from clerk.visit.habits.features import ShopStats, pair_features, shop_stats
from clerk.visit.habits.hazard import hazard_model
from clerk.visit.habits.member_habits import Habits, habits
from clerk.visit.habits.next_items import NextModel, Weights, next_model
from clerk.visit.habits.recipe import Change, change
from clerk.visit.habits.usual import UsualPick, UsualRule, is_fitted, usual, usual_rule
from clerk.visit.habits.value import Value, ValueModel, value, value_model
from clerk.visit.shop import UNSPOKEN, Shop, flagged

_LARGEST_WEIGHT = 1e9
"""Weight of a unit of a column, beyond any that a fit has: a nearly constant column has a tiny scale, not this."""

_REPEATED = 2
"""Baskets from which an item may lead to suggestions: a one-off never does."""


@dataclass(frozen=True, slots=True)
class Models:
    """What was learned at night, where there is any."""

    usual: UsualRule | None = None
    due: DueModel | None = None
    next: NextModel | None = None
    value: ValueModel | None = None
    stats: ShopStats | None = None
    """The shop's numbers that `next` looks at."""


def models_of(
    learned: Mapping[str, object], columns: ItemColumns, shop: Shop, settings: Settings, data_until: int
) -> Models:
    """What can be used of a pack's `models`; whatever is not exactly what the night writes is left out.

    Args:
        learned: JSON by name, from any pack.
        columns: the items' numbers.
        shop: the shop's rhythm.
        settings: what the fitted thresholds may not go below.
        data_until: wall seconds of the newest line.
    """
    stats = shop_stats(columns, shop, data_until)
    fitted = learned.get("usual")
    due_model, ranker = hazard_model(learned.get("due"), stats), next_model(learned.get("next"))
    return Models(
        usual=usual_rule(shop, settings, fitted) if is_fitted(fitted) else None,
        due=due_model if due_model is not None and _is_tame(due_model.weights) else None,
        next=ranker if ranker is not None and all(_is_tame(weights) for _, weights in ranker.stages) else None,
        value=value_model(learned.get("value")),
        stats=stats,
    )


def _is_tame(weights: Weights) -> bool:
    """Whether weights are of a size that a fit over standardised columns gives: others overflow or decide alone."""
    return bool((np.abs(weights.weight) < _LARGEST_WEIGHT * weights.scale).all())


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One member in numbers: habits, usual, due items, value."""

    now: int
    profile: Profile
    columns: ItemColumns
    shop: Shop
    settings: Settings
    habits: Habits
    usual: UsualPick
    due: tuple[DuePick, ...]
    value: Value | None = None
    """What is expected of the member, where that was learned."""
    change: Change | None = None
    """What is taken differently than before."""

    @property
    def remembers(self) -> bool:
        """Whether the member agreed to be remembered."""
        return Purpose.REMEMBER in self.profile.allowed

    @property
    def may_suggest(self) -> bool:
        """Whether the member agreed to suggestions, which rest on being remembered."""
        return self.remembers and Purpose.SUGGEST in self.profile.allowed


def read(
    profile: Profile, columns: ItemColumns, shop: Shop, now: int, settings: Settings, models: Models | None = None
) -> Reading:
    """Habits, usual and due of a profile."""
    learned = models or Models()
    repeats = habits(profile.history, columns, now, shop.decay)
    picks = due(repeats, profile, columns, shop, settings, learned.due)
    if picks and learned.next is not None and learned.stats is not None:
        picks = _with_today(picks, profile, repeats, columns, learned.next, learned.stats)
    remembers = Purpose.REMEMBER in profile.allowed
    taken = usual(profile.history, repeats, profile, columns, shop, settings, learned.usual)
    return Reading(
        now=now,
        profile=profile,
        columns=columns,
        shop=shop,
        settings=settings,
        habits=repeats,
        usual=taken,
        due=picks,
        value=value(profile.history, learned.value, now) if learned.value is not None and remembers else None,
        change=change(taken.lines, repeats, columns, shop, settings),
    )


def _with_today(
    picks: tuple[DuePick, ...],
    profile: Profile,
    repeats: Habits,
    columns: ItemColumns,
    model: NextModel,
    stats: ShopStats,
) -> tuple[DuePick, ...]:
    """The due items with their chance of being in this very basket."""
    table = pair_features(profile.history, repeats, columns, stats)
    chances = model.chances(model.scores(table), repeats)
    by_no = dict(zip(table.item_nos.tolist(), chances.tolist(), strict=True))
    # A chance that is none comes of numbers nobody foresaw; without it the item is ranked as if there were no model.
    return tuple(
        replace(pick, today=by_no[pick.item_no]) if isfinite(by_no.get(pick.item_no, nan)) else pick for pick in picks
    )


def company_seeds(reading: Reading) -> tuple[int, ...]:
    """Items whose companions are worth asking for: the strongest habits, and repeated items of the latest basket."""
    if not reading.may_suggest:
        return ()
    rows = _speaking(reading)
    items = reading.habits.items
    strongest = rows[: reading.settings.suggest.company_seeds]
    latest = rows[items.in_last[rows]][: reading.settings.suggest.company_seeds]
    return tuple(dict.fromkeys(items.key[np.concatenate((strongest, latest))].tolist()))


def taste_weights(reading: Reading) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Items that make the member's taste, strongest first, and their weights (sum 1); both empty without any."""
    rows = _speaking(reading)[: reading.settings.suggest.taste_items] if reading.may_suggest else _NONE
    shares = reading.habits.items.share[rows]
    return reading.habits.items.key[rows], shares / shares.sum() if len(rows) else shares


def _speaking(reading: Reading) -> NDArray[np.int64]:
    """Rows of repeated items that may seed suggestions, strongest first.

    Nothing sensitive, nothing refused, and no habit that was given up before the member's latest visits.
    """
    items = reading.habits.items
    speaks = items.baskets >= max(_REPEATED, reading.settings.suggest.speaks_from * reading.habits.baskets)
    speaks &= ~flagged(reading.columns, items.key, UNSPOKEN | ItemColumns.AGE_RESTRICTED)
    if reading.habits.baskets:
        rules = reading.settings
        without_days = (reading.habits.basket_at[-1] - items.last_at) / DAY_S
        speaks &= without_days <= np.maximum(rules.due.lapsed * items.mean_gap_days, rules.suggest.given_up_days)
    if reading.profile.never_items:
        speaks &= ~np.isin(items.key, np.fromiter(reading.profile.never_items, dtype=np.int64))
    rows = np.flatnonzero(speaks)
    return rows[np.lexsort((items.key[rows], -items.share[rows]))]


_NONE: NDArray[np.int64] = np.zeros(0, dtype=np.int64)

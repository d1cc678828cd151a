"""Everything computed from one member's profile alone: habits, usual, due, value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clerk.model import ItemColumns, LineFlag, Profile, Purpose
from clerk.settings import Settings
from clerk.visit.habits.due import DueModel, DuePick, due
from clerk.visit.habits.features import ShopStats, shop_stats
from clerk.visit.habits.hazard import hazard_model
from clerk.visit.habits.member_habits import Habits, habits
from clerk.visit.habits.news import NewsModel, PairFacts, news_model, pair_facts, speaking
from clerk.visit.habits.next_items import NextModel, Weights, next_model
from clerk.visit.habits.recipe import Change, change
from clerk.visit.habits.usual import UsualPick, UsualRule, is_fitted, usual, usual_rule
from clerk.visit.habits.value import Value, ValueModel, value, value_model
from clerk.visit.shop import Shop

_LARGEST_WEIGHT = 1e9
"""Weight of a unit of a column, beyond any that a fit has: a nearly constant column has a tiny scale, not this."""


@dataclass(frozen=True, slots=True)
class Models:
    """What was learned at night, where there is any."""

    usual: UsualRule | None = None
    due: DueModel | None = None
    due_here: DueModel | None = None
    """The same of a member who stands at the counter."""
    next: NextModel | None = None
    value: ValueModel | None = None
    stats: ShopStats | None = None
    """The shop's numbers that `next` and `suggest` look at."""
    suggest: NewsModel | None = None
    pairs: PairFacts | None = None
    """Facts of the item-to-item table that `suggest` looks at; made with it."""


def models_of(
    learned: Mapping[str, object],
    columns: ItemColumns,
    shop: Shop,
    settings: Settings,
    data_until: int,
    item_nos: Mapping[str, int] | None = None,
) -> Models:
    """What can be used of a pack's `models`; whatever is not exactly what the night writes is left out.

    Args:
        learned: JSON by name, from any pack.
        columns: the items' numbers.
        shop: the shop's rhythm.
        settings: what the fitted thresholds may not go below.
        data_until: wall seconds of the newest line.
        item_nos: SKU -> item_no of `skus_named`; without it nothing is said of new things.
    """
    stats = shop_stats(columns, shop, data_until)
    fitted = learned.get("usual")
    ranker = next_model(learned.get("next"))
    fresh = news_model(learned.get("suggest"), item_nos) if item_nos is not None else None
    fresh = fresh if fresh is not None and _is_tame(fresh.weights) else None
    hazards = [hazard_model(learned.get("due"), stats, here) for here in (False, True)]
    due_model, due_here = (one if one is not None and _is_tame(one.weights) else None for one in hazards)
    return Models(
        usual=usual_rule(shop, settings, fitted) if is_fitted(fitted) else None,
        due=due_model,
        due_here=due_here,
        next=ranker if ranker is not None and all(_is_tame(weights) for _, weights in ranker.stages) else None,
        value=value_model(learned.get("value")),
        stats=stats,
        suggest=fresh,
        pairs=pair_facts(columns, shop, settings) if fresh is not None else None,
    )


def skus_named(learned: Mapping[str, object]) -> tuple[str, ...]:
    """SKUs of the items that the models name."""
    suggest = learned.get("suggest")
    named = suggest.get("kept_for") if isinstance(suggest, Mapping) else None
    return tuple(sku for sku in named if isinstance(sku, str)) if isinstance(named, Mapping) else ()


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
    models: Models = Models()
    """What was learned at night."""

    @property
    def remembers(self) -> bool:
        """Whether the member agreed to be remembered."""
        return Purpose.REMEMBER in self.profile.allowed

    @property
    def may_suggest(self) -> bool:
        """Whether the member agreed to suggestions, which rest on being remembered."""
        return self.remembers and Purpose.SUGGEST in self.profile.allowed


def been_here(reading: Reading) -> tuple[int, int | None]:
    """Baskets with a sale, and when the latest basket was; a gift is a visit too, what is struck out is not used."""
    if not reading.remembers:
        return 0, None
    history = reading.profile.history
    kept = (history.flags & np.uint8(LineFlag.STRUCK)) == 0
    sold = kept & ((history.flags & np.uint8(LineFlag.RETURN)) == 0) & (history.quantity > 0)
    baskets = history.basket[kept]
    last_at = int(history.basket_at[baskets].max()) if len(baskets) else None
    return len(np.unique(history.basket[sold])), last_at


def read(
    profile: Profile, columns: ItemColumns, shop: Shop, now: int, settings: Settings, models: Models | None = None
) -> Reading:
    """Habits, usual and due of a member who is here now."""
    learned = models or Models()
    repeats = habits(profile.history, columns, now, shop.decay)
    picks = due(repeats, profile, columns, shop, settings, learned.due_here or learned.due)
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
        models=learned,
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


def speaks(reading: Reading) -> NDArray[np.bool_]:
    """Which rows of the member's items may lead to suggestions: their habits, without what they refused."""
    may = speaking(reading.habits, reading.columns, reading.settings)
    if reading.profile.never_items:
        may &= ~np.isin(reading.habits.items.key, np.fromiter(reading.profile.never_items, dtype=np.int64))
    return may


def _speaking(reading: Reading) -> NDArray[np.int64]:
    """Rows of items that may lead to suggestions, strongest first."""
    items = reading.habits.items
    rows = np.flatnonzero(speaks(reading))
    return rows[np.lexsort((items.key[rows], -items.share[rows]))]

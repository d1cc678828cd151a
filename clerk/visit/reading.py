"""One member read as of now: the profile and everything computed from it alone, before other data is asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clerk.model import ItemColumns, Profile, Purpose
from clerk.settings import Settings
from clerk.visit.due import DueModel, DuePick, due
from clerk.visit.habits import Habits, habits
from clerk.visit.shop import Shop, flagged
from clerk.visit.usual import UsualPick, UsualRule, usual

_REPEATED = 2
"""Baskets from which an item may speak for others: nothing is drawn from a one-off."""


@dataclass(frozen=True, slots=True)
class Models:
    """What was learned at night, where there is any."""

    usual: UsualRule | None = None
    due: DueModel | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A member as of now, in numbers."""

    now: int
    profile: Profile
    columns: ItemColumns
    shop: Shop
    settings: Settings
    habits: Habits
    usual: UsualPick
    due: tuple[DuePick, ...]

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
    return Reading(
        now=now,
        profile=profile,
        columns=columns,
        shop=shop,
        settings=settings,
        habits=repeats,
        usual=usual(profile.history, repeats, profile, columns, shop, settings, learned.usual),
        due=due(repeats, profile, columns, shop, settings, learned.due),
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
    """Rows of repeated items that may speak for others, strongest first: nothing sensitive, nothing refused."""
    items = reading.habits.items
    speaks = items.baskets >= max(_REPEATED, reading.settings.suggest.speaks_from * reading.habits.baskets)
    speaks &= ~flagged(reading.columns, items.key, ItemColumns.SENSITIVE | ItemColumns.AGE_RESTRICTED)
    if reading.profile.never_items:
        speaks &= ~np.isin(items.key, np.fromiter(reading.profile.never_items, dtype=np.int64))
    rows = np.flatnonzero(speaks)
    return rows[np.lexsort((items.key[rows], -items.share[rows]))]


_NONE: NDArray[np.int64] = np.zeros(0, dtype=np.int64)

"""The interval model: days until a thing is bought again, log-normal, shrunk towards the shop where purchases are few.

In: habits and item statistics. Out: one probability per row of `Habits.items`. Units: natural logs of days.
Source: evidence, usual 4.2 and appendix (AUC .731, ECE .016 within 14 days; without the alive term ECE is .128).
"""

from __future__ import annotations

from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

from clerk.clock import DAY_S
from clerk.model import ItemColumns
from clerk.settings import DueSettings
from clerk.visit.habits.member_habits import Habits
from clerk.visit.shop import Shop

_SPREAD_FLOOR = 0.25
"""Least standard deviation of a log interval: nobody's weeks are more regular than about a quarter."""


def intervals(
    habits: Habits, columns: ItemColumns, shop: Shop, settings: DueSettings
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and spread of the log interval of each item row: the member's own, leaning on the item's and the shop's."""
    items = habits.items
    known = np.minimum(items.key, len(columns.gaps) - 1)
    gaps = np.where(items.key == known, columns.gaps[known], 0).astype(np.float64)
    item_sum = np.where(gaps > 0, columns.gap_log_sum[known], 0.0)
    item_sq = np.where(gaps > 0, columns.gap_log_sq[known], 0.0)
    weight = gaps + settings.item_weight
    item_mean = (item_sum + settings.item_weight * shop.gap_log) / weight
    shop_sq = shop.gap_log_var + shop.gap_log**2
    item_var = np.maximum((item_sq + settings.item_weight * shop_sq) / weight - item_mean**2, _SPREAD_FLOOR**2)
    own = items.baskets - 1
    mean = (items.gap_log_sum + settings.own_weight * item_mean) / np.maximum(own + settings.own_weight, 1e-9)
    around = items.gap_log_sq - 2 * mean * items.gap_log_sum + own * mean**2
    # Twice the weight of the mean: a spread needs more gaps than a mean does before it is believed.
    own_and_more = np.maximum(own + 2 * settings.own_weight, 1e-9)
    variance = (np.maximum(around, 0.0) + 2 * settings.own_weight * item_var) / own_and_more
    return mean, np.sqrt(np.maximum(variance, _SPREAD_FLOOR**2))


def within(
    mean: NDArray[np.float64],
    spread: NDArray[np.float64],
    elapsed_days: NDArray[np.float64],
    horizon_days: float,
    quit_share: float,
) -> NDArray[np.float64]:
    """Chance of a purchase within the horizon, given none for `elapsed_days`, and that the member may have given it up.

    The log-normal's survival S gives (S(t) - S(t + h)) / S(t); alive = S(1 - q) / (S(1 - q) + q).
    """
    elapsed = np.maximum(elapsed_days, 1e-3)
    still = _survival((np.log(elapsed) - mean) / spread)
    later = _survival((np.log(elapsed + horizon_days) - mean) / spread)
    wanted = still * (1 - quit_share)
    alive = wanted / np.maximum(wanted + quit_share, 1e-300)
    chance: NDArray[np.float64] = np.clip(1 - later / np.maximum(still, 1e-300), 0.0, 1.0) * alive
    return chance


def renewal(
    habits: Habits, columns: ItemColumns, shop: Shop, settings: DueSettings, horizon_days: float
) -> NDArray[np.float64]:
    """Chance that each item row is bought within the horizon; one-offs lean on the item's rhythm alone."""
    mean, spread = intervals(habits, columns, shop, settings)
    elapsed = (habits.now - habits.items.last_at) / DAY_S
    return within(mean, spread, elapsed, horizon_days, settings.quit_share)


def _survival(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Upper tail of the normal distribution, exact also far out, where an approximation would divide noise by noise."""
    return np.array([0.5 * erfc(value / sqrt(2)) for value in z.tolist()], dtype=np.float64)

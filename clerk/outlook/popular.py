"""What a member without a past is likely to take: what everybody takes at that time of day."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from clerk.clock import DAY_S
from clerk.outlook.all_members import Everybody
from clerk.visit.habits.next_items import Forecast

Numbers = NDArray[np.float64]

_PARTS = (6, 11, 14, 17)
"""Hours at which night, morning, midday, afternoon and evening meet."""
_MEMBERS = 400
"""Members whose baskets tell the parts of the day apart; the order over all hours is the pack's own."""
_PRIOR = 200.0
"""Baskets at the shop's average that every part of the day starts with."""


class Popular:
    """Most bought items by part of the day. Made once a run; reads a sample of members on first use."""

    def __init__(self, everybody: Everybody) -> None:
        self._everybody = everybody

    def at(self, at: int, top: int) -> Forecast:
        """The most bought items at a moment, the chance of each to be in a basket then."""
        chance = self._by_part[_part(at)]
        best = np.lexsort((np.arange(len(chance)), -chance))[: max(top, 0)]
        best = best[chance[best] > 0].astype(np.int64)
        return Forecast(best, chance[best])

    def filled(self, forecast: Forecast, at: int, top: int) -> Forecast:
        """The forecast, filled up with popular items where it is shorter than requested."""
        short = top - len(forecast.item_nos)
        if short <= 0:
            return forecast
        more = self.at(at, top)
        new = ~np.isin(more.item_nos, forecast.item_nos)
        least = float(forecast.p[-1]) if len(forecast.p) else 1.0
        # Never bought before, so never likelier than the least of what was.
        p = np.minimum(more.p[new], least)[:short]
        item_nos = np.concatenate([forecast.item_nos, more.item_nos[new][:short]])
        return Forecast(item_nos, np.concatenate([forecast.p, p]))

    @cached_property
    def _by_part(self) -> Numbers:
        """Chance of each item (column) to be in a basket of each part of the day (row)."""
        columns = self._everybody.columns
        sold = (columns.flags & columns.GONE) == 0
        sold[0] = False
        overall = np.where(sold, columns.baskets / max(columns.total_baskets, 1), 0.0)
        if not self._everybody.has_times:
            return np.tile(overall, (len(_PARTS) + 1, 1))
        counts = np.zeros((len(_PARTS) + 1, len(overall)))
        baskets = np.zeros(len(_PARTS) + 1)
        for number in self._everybody.numbers(_MEMBERS).tolist():
            facts = self._everybody.facts(number)
            until = self._everybody.data_until
            known = self._everybody.habits(self._everybody.past(facts, until), until)
            part = np.array([_part(at) for at in known.basket_at.tolist()], dtype=np.int64)
            baskets += np.bincount(part, minlength=len(baskets))
            rows = np.repeat(known.items.key, known.items.baskets)
            inside = rows < len(overall)
            np.add.at(counts, (part[known.items.occurrence[inside]], rows[inside]), 1.0)
        chance: Numbers = (counts * sold + _PRIOR * overall) / (baskets + _PRIOR)[:, None]
        return chance


def _part(at: int) -> int:
    hour = at % DAY_S // 3600
    return sum(hour >= edge for edge in _PARTS)

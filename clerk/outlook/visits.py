"""Given visits: what each member takes then, from what was known just before.

A visit is looked at from the second before it, so that its own lines, where the store data has them already, tell
nothing. Item statistics and weights are the pack's, whatever the time of the visit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clerk.clock import DAY_S
from clerk.model import History, LikelyItem, MemberFacts
from clerk.outlook.all_members import Everybody, nothing_of
from clerk.outlook.visits_file import Predictions
from clerk.visit.habits.member_habits import Habits
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


_PIECE = 2_000
"""Visits looked at before their predictions are written: 40,000 rows at 20 items."""
_KNOWN_MEMBERS = 64
"""Members whose lines are kept at hand, since visits of one member often stand together."""


@dataclass(slots=True)
class VisitCounts:
    """Counts of a run over given visits."""

    visits: int = 0
    unknown: list[str] = field(default_factory=list)
    """Member ids that the shop does not know; each once."""
    without_past: int = 0
    """Visits of members with nothing bought before; they get the most bought items."""


def predicted(
    everybody: Everybody, visits: pl.DataFrame, top: int, counts: VisitCounts, progress: Callable[[int, int], None]
) -> Iterator[Predictions]:
    """The `top` likeliest items of every visit, piece by piece, in the order of the visits.

    Args:
        everybody: the members.
        visits: member_id and at.
        top: items a visit.
        counts: filled with the counts of the run.
        progress: called with visits done and visits in all.
    """
    one_visit = OneVisit(everybody)
    unknown: dict[str, None] = {}
    for start in range(0, visits.height, _PIECE):
        rows = Predictions.none()
        for member_id, at in visits.slice(start, _PIECE).iter_rows():
            found = one_visit.next_items(member_id, at, top)
            if found is None:
                unknown[member_id] = None
                continue
            counts.visits += 1
            counts.without_past += one_visit.without_past
            skus = one_visit.skus(found)
            rows.add(member_id, at, skus, found.p.tolist())
        progress(min(start + _PIECE, visits.height), visits.height)
        yield rows
    counts.unknown = list(unknown)


class OneVisit:
    """Forecasts one visit after another, keeping at hand what the next may need."""

    def __init__(self, everybody: Everybody) -> None:
        self._everybody = everybody
        self._popular = Popular(everybody)
        self._facts: dict[str, MemberFacts] = {}
        self._sku: dict[int, str] = {}
        self._name: dict[int, str] = {}
        self.without_past = False
        """Whether the latest forecast was of a member with nothing bought before."""

    def next_items(self, member_id: str, at: int, top: int) -> Forecast | None:
        """What the member probably takes at a time, from the lines before it; None for an unknown id."""
        facts = self._facts_of(member_id)
        if facts is None:
            return None
        history = self._everybody.past(facts, at - 1)
        if not self._everybody.may_name(facts.member.member_no):
            # A member who did not agree to suggestions differs from an unknown one.
            history = nothing_of(history)
        return self.of_past(history, self._everybody.habits(history, at - 1), top)

    def of_past(self, history: History, known: Habits, top: int) -> Forecast:
        """What a member takes at `known.now`."""
        self.without_past = not len(known.items)
        if self.without_past:
            return self._popular.at(known.now, top)
        return self._popular.filled(self._everybody.next_items(history, known, top), known.now, top)

    def skus(self, found: Forecast) -> list[str]:
        """The SKUs of a forecast."""
        self._name_all(found)
        return [self._sku[no] for no in found.item_nos.tolist()]

    def likely(self, found: Forecast) -> tuple[LikelyItem, ...]:
        """A forecast with names."""
        self._name_all(found)
        pairs = zip(found.item_nos.tolist(), found.p.tolist(), strict=True)
        return tuple(LikelyItem(no, self._sku[no], self._name[no], p) for no, p in pairs)

    def _name_all(self, found: Forecast) -> None:
        missing = [no for no in found.item_nos.tolist() if no not in self._sku]
        if missing:
            for no, item in self._everybody.reader.items(missing).items():
                self._sku[no], self._name[no] = item.sku, item.name

    def _facts_of(self, member_id: str) -> MemberFacts | None:
        known = self._facts.get(member_id)
        if known is None:
            member_no = self._everybody.reader.member_no(member_id)
            if member_no is None:
                return None
            known = self._everybody.facts(member_no)
            if len(self._facts) >= _KNOWN_MEMBERS:
                self._facts.pop(next(iter(self._facts)))
            self._facts[member_id] = known
        return known

"""Weeks of a scorecard: each measure over all weeks and week by week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clerk.clock import DAY_S
from clerk.model import Measure, Point

_WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Weeks:
    """Whole weeks up to a day."""

    end: int
    """The day after the last, as a whole number (wall seconds // 86,400)."""
    count: int

    @property
    def first(self) -> int:
        """The first day."""
        return self.end - _WEEK_DAYS * self.count

    def of(self, day: int) -> int:
        """Which week a day lies in, 0 being the oldest; -1 for none of them."""
        return (day - self.first) // _WEEK_DAYS if self.first <= day < self.end else -1

    def starts(self) -> list[int]:
        """The first day of each week, oldest first."""
        return [self.first + _WEEK_DAYS * number for number in range(self.count)]


class Tally:
    """Adds up cases by week: a sum of values, over how many."""

    def __init__(self, weeks: Weeks) -> None:
        self._weeks = weeks
        self._sum = np.zeros(weeks.count)
        self._of = np.zeros(weeks.count)

    def add(self, day: int, value: float, of: float = 1.0) -> None:
        """Adds cases of a day; days outside the weeks are passed over."""
        week = self._weeks.of(day)
        if week >= 0:
            self._sum[week] += value
            self._of[week] += of

    def add_week(self, week: int, value: float, of: float) -> None:
        """Adds cases of a week."""
        self._sum[week] += value
        self._of[week] += of

    @property
    def of(self) -> int:
        """Cases in all weeks."""
        return round(float(self._of.sum()))

    @property
    def total(self) -> float:
        """Sum of the values of all weeks."""
        return float(self._sum.sum())

    def by_week(self) -> NDArray[np.float64]:
        """Share by week; not a number where there is no case."""
        return np.where(self._of > 0, self._sum / np.maximum(self._of, 1e-12), np.nan)

    def share(self, name: str, better: str, says: str, none_says: str) -> Measure:
        """A share of cases.

        Args:
            name: of the measure.
            better: `higher`, `lower` or empty.
            says: what it means, where there are cases.
            none_says: why there is none yet.
        """
        value = self.total / self.of if self.of else None
        return Measure(name, value, self.of, "share", better, says if self.of else none_says, self._points())

    def number(self, name: str, says: str) -> Measure:
        """A plain count by week; its value is the mean of a week."""
        points = tuple(Point(self._at(week), float(self._sum[week]), int(self._of[week])) for week in self._all())
        return Measure(name, self.total / self._weeks.count, self.of, "count", "", says, points)

    def _points(self) -> tuple[Point, ...]:
        by_week = self.by_week()
        return tuple(
            Point(self._at(week), None if self._of[week] <= 0 else float(by_week[week]), round(float(self._of[week])))
            for week in self._all()
        )

    def _all(self) -> range:
        return range(self._weeks.count)

    def _at(self, week: int) -> int:
        return self._weeks.starts()[week] * DAY_S


def gap(name: str, promised: Tally, happened: Tally, says: str, none_says: str) -> Measure:
    """How far a promised chance lies from what happened; both tallies hold the same cases."""
    points = [
        Point(point.week, None if other.value is None or point.value is None else abs(point.value - other.value), of)
        for point, other in zip(promised._points(), happened._points(), strict=True)
        for of in (point.of,)
    ]
    value = abs(promised.total - happened.total) / promised.of if promised.of else None
    return Measure(name, value, promised.of, "gap", "lower", says if promised.of else none_says, tuple(points))

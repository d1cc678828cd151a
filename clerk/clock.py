"""Time at the counter, in wall seconds.

A wall second counts the shop's own wall clock from 1970-01-01 00:00 as if it never changed for summer time:
weekday and hour are then plain arithmetic, and files without a zone need no guess. Everything inside Clerk that
is called `at`, `now` or ends in `_at` is such an int. Only this module reads the real clock.

What must not be moved by setting that clock, as a lock after wrong PINs, counts in `tick`.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from clerk.errors import SettingsError

DAY_S = 86_400
"""Seconds in a day."""

NOON_S = 43_200
"""A date without a time stands for noon of that day, everywhere in Clerk."""

_EPOCH = datetime(1970, 1, 1)


def first_second(at: Any) -> Any:
    """The first second that a moment of an export may mean: a date without a time may be any moment of its day.

    Args:
        at: wall seconds: a number, an array or a column of a table.
    """
    return at - NOON_S * (at % DAY_S == NOON_S)


class Clock(Protocol):
    """Whatever tells the time."""

    def now(self) -> int:
        """Wall seconds."""


class ShopClock:
    """The machine's own local time."""

    def now(self) -> int:
        """Wall seconds of this machine's local time."""
        return from_datetime(datetime.now())


class FixedClock:
    """A clock that stands still, for `--at` and for tests."""

    def __init__(self, at: int) -> None:
        self._at = at

    def now(self) -> int:
        """The fixed wall second."""
        return self._at


def from_datetime(moment: datetime) -> int:
    """Wall seconds of a datetime; an aware one is first turned into this machine's local time."""
    if moment.tzinfo is not None:
        moment = moment.astimezone().replace(tzinfo=None)
    return int((moment - _EPOCH) // timedelta(seconds=1))


def to_datetime(at: int) -> datetime:
    """The naive local datetime of a wall second, for formatting."""
    return _EPOCH + timedelta(seconds=at)


def utc_ms() -> int:
    """Milliseconds since 1970 in UTC, for event ids and the exchange; never for rules about days."""
    return int(datetime.now(UTC).timestamp() * 1000)


def tick() -> float:
    """Seconds since this machine started, the same in every process; nobody sets them back.

    On Linux sleep counts as well. After a restart they begin again.
    """
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


def parse_at(text: str) -> int:
    """Wall seconds of `2017-12-15` (noon of that day) or `2017-12-15T08:30`.

    Raises:
        SettingsError: the text is no ISO 8601 date or time.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(f"{text!r} is not a date.", "Write it as 2017-12-15 or 2017-12-15T08:30.") from None
    if len(text.strip()) <= 10:
        moment = moment.replace(hour=12)
    return from_datetime(moment)

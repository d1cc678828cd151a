"""The earliest time it can be: a clock that was set back must not make old releases look new.

The floor is the latest of the machine's clock, the newest time that head office signed, and the last event recorded
here. A clock that is two days ahead of everything known is a question for a manager; recording never waits for it.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clerk.clock import Clock, from_datetime, to_datetime
from clerk.driver import connect, driver
from clerk.durable import put_file
from clerk.errors import ClockWrong, ExchangeError, KeyWrong
from clerk.keys_at_rest import hex_of, key_of
from clerk.role import FOLDER
from clerk.settings import load

if TYPE_CHECKING:
    from tuf.ngclient import Updater

FILE = "clock"
AHEAD_S = 48 * 3600
"""More than any zone, summer time or quiet Sunday explains."""
_JOURNAL = "journal.db"
_HLC_BITS = 16
_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Times:
    """The times this device has on record; seconds since 1970 in UTC, 0 where there is none."""

    signed: int = 0
    """The newest time that head office signed."""
    fetched: int = 0
    """When a release was last found to be good here, by this machine's clock."""
    confirmed: int = 0
    """When a manager last confirmed the clock."""
    ignored: int = 0
    """Events up to this time were recorded while the clock was wrong."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old the store data is, for the counter."""

    signed_at: int
    """Wall seconds at which head office last vouched for the data; 0 where nothing was ever fetched."""
    fetched_at: int
    """Wall seconds of the last fetch that succeeded; 0 where there was none."""
    hours: int
    """Age by the newest time signed."""
    late: bool
    """Older than `exchange.warn_hours`: the counter says so."""


def utc_seconds(clock: Clock) -> int:
    """The clock's time as seconds since 1970 in UTC."""
    return int(to_datetime(clock.now()).astimezone(UTC).timestamp())


def wall_seconds(at: int) -> int:
    """Seconds since 1970 in UTC as wall seconds of this machine."""
    return from_datetime(datetime.fromtimestamp(at, UTC))


def times(home: Path) -> Times:
    """Reads the times on record; zeros where the file is missing or unreadable."""
    try:
        read = json.loads((home / FOLDER / FILE).read_text(encoding="ascii"))
        return Times(**{name: int(read.get(name, 0)) for name in Times.__slots__})
    except (OSError, ValueError, TypeError, AttributeError):
        return Times()


def remember(home: Path, **news: int) -> None:
    """Records newer times, durably; older ones change nothing."""
    known = times(home)
    newer = replace(known, **{name: max(at, getattr(known, name)) for name, at in news.items()})
    if newer != known:
        put_file(home / FOLDER, FILE, json.dumps(asdict(newer)).encode("ascii"))


def confirm(home: Path, clock: Clock) -> None:
    """A manager confirms the clock: events with a later time no longer count as evidence of the time."""
    now = utc_seconds(clock)
    remember(home, confirmed=now, ignored=last_event(home))


def floor(home: Path, clock: Clock) -> int:
    """The time that releases are judged by: no earlier than anything that is known.

    Raises:
        ClockWrong: events were recorded more than two days later than the clock and every signed time.
    """
    known, now = times(home), utc_seconds(clock)
    event = last_event(home)
    event = event if event > known.ignored else 0
    if event > max(now, known.signed, known.confirmed) + AHEAD_S:
        raise _wrong(now, event, "the last event here was recorded")
    return max(now, known.signed, event)


def check_not_ahead(home: Path, clock: Clock, signed: int) -> None:
    """Refuses when an expired release may only look expired because this clock is ahead.

    Args:
        home: the data folder.
        clock: the machine's.
        signed: when the release was signed.

    Raises:
        ClockWrong: nothing known comes within two days of the clock.
    """
    known, now = times(home), utc_seconds(clock)
    event = last_event(home)
    newest = max(known.signed, known.confirmed, signed, event if event > known.ignored else 0)
    if newest and now > newest + AHEAD_S:
        raise _wrong(now, newest, "the newest time known here is")


def last_event(home: Path) -> int:
    """When the last event was recorded, in seconds since 1970 UTC; 0 where there is none or it cannot be read."""
    path = home / _JOURNAL
    if not path.exists():
        return 0
    with suppress(driver().Error, OSError, KeyWrong):
        db = connect(f"{path.resolve().as_uri()}?mode=ro", key=hex_of(key_of(home)), uri=True)
        try:
            row = db.execute("SELECT hlc FROM events ORDER BY rowid DESC LIMIT 1").fetchone()
        finally:
            db.close()
        return (int(row[0]) >> _HLC_BITS) // 1000 if row else 0
    return 0


def freshness(home: Path, now: int) -> Freshness:
    """How old the data is at a wall second, by what head office signed."""
    known = times(home)
    if not known.signed:
        return Freshness(0, 0, 0, late=False)
    signed, fetched = wall_seconds(known.signed), wall_seconds(known.fetched) if known.fetched else 0
    age = max(0, now - signed)
    return Freshness(signed, fetched, age // _HOUR, late=age >= load(home).exchange.warn_hours * _HOUR)


def judge_by(updater: Updater, now: int) -> None:
    """Lets the TUF client judge by this time instead of the machine's clock.

    There is no public way (python-tuf 7.0.1). A version without this attribute is refused rather than believed.

    Raises:
        ExchangeError: the library has changed.
    """
    trusted: Any = getattr(updater, "_trusted_set", None)
    if not isinstance(getattr(trusted, "reference_time", None), datetime):
        raise ExchangeError(
            "This version of python-tuf takes no time from outside.", "Install the version that Clerk asks for."
        )
    trusted.reference_time = datetime.fromtimestamp(now, UTC)


def _wrong(now: int, known: int, what: str) -> ClockWrong:
    shown, other = (datetime.fromtimestamp(at, UTC) for at in (now, known))
    return ClockWrong(
        f"The clock of this machine says {shown:%Y-%m-%d %H:%M} UTC, but {what} {other:%Y-%m-%d %H:%M} UTC.",
        "Ask a manager to set the clock, or to confirm it with `clerk fetch --at` and the right time; "
        "recording goes on.",
    )

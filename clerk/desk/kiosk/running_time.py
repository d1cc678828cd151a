"""For how long a kiosk has been running: seconds that only running adds to, whatever its clock is set to.

The system counts seconds since it was started; nobody can set those. Every event that this kiosk writes about a visit
says both numbers, so the next start counts on from the newest one. Time that no event saw is left out: the sum is
never more than what has passed.
"""

from __future__ import annotations

from collections.abc import Callable

from clerk.journal import Journal
from clerk.model import Event, EventKind
from clerk.visit.kiosk_tries import RAN

TICK = "tick_s"
"""Key of the seconds since the system was started."""

_KINDS = (EventKind.ACCESS, EventKind.VISIT_OPENED, EventKind.VISIT_ENDED)
_ROWS = 64
"""Rows of the journal that are looked at first, from its end; then all."""


class RunningTime:
    """Counts on.

    Args:
        journal: of this kiosk.
        tick: seconds since the system was started.

    Raises:
        JournalDamaged, DiskFailed: the journal cannot be read.
    """

    def __init__(self, journal: Journal, tick: Callable[[], float]) -> None:
        self._tick = tick
        now = int(tick())
        last = _newest(journal)
        if last is None:
            self._started_at = float(now)
            return
        ran, seen = (int(str(last.payload[key])) for key in (RAN, TICK))
        # Fewer seconds than the event saw: the system was started again since.
        self._started_at = float(now - ran - (now - seen if now >= seen else now))

    def now_s(self) -> int:
        """Seconds so far."""
        return int(self._tick() - self._started_at)

    def stamp(self) -> dict[str, int]:
        """What an event says about it."""
        return {RAN: self.now_s(), TICK: int(self._tick())}


def _newest(journal: Journal) -> Event | None:
    """The newest event here that says how long the kiosk had been running."""
    until = journal.count()
    for since in dict.fromkeys((max(until - _ROWS, 0), 0)):
        stamped = [event for event in journal.events(since, _KINDS) if {RAN, TICK} <= event.payload.keys()]
        if stamped:
            return stamped[-1]
    return None

"""Which tries at the kiosk's second factor were wrong, and whether it opens nothing more for a member.

In: a member's events of all counters, in order, and for how long this kiosk has been running. No clock: one that is
set forward gives no tries back, and one that is set back or leaps locks nobody out. All cards of a member count as
one, because their tries guess the same digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from clerk.clock import DAY_S
from clerk.model import Event, EventKind, Record

TRIED: Final = "unlock tried"
"""Written before the digits are looked at."""
UNLOCKED: Final = "unlocked"
"""The try before it was right."""
CONFIRMED: Final = "kiosk confirmed"
"""An associate at the counter confirmed who the member is: no try from before counts any more."""
SAID: Final = (TRIED, UNLOCKED, CONFIRMED)
"""What such events of kind ACCESS say; packs keep them for good."""

RAN: Final = "ran_s"
"""Key of the seconds for which the kiosk had been running."""


def wrong_in_a_row(events: Sequence[Event]) -> int:
    """Wrong tries at all kiosks since the last right one, or since the counter confirmed who it is."""
    wrong = 0
    for what, _ in _said(events):
        wrong = wrong + 1 if what == TRIED else 0
    return wrong


def wrong_lately(events: Sequence[Event], device: str, ran_s: int) -> int:
    """Wrong tries at one kiosk while it ran for its last 24 hours; right ones between do not take them back.

    Args:
        events: of the member.
        device: the kiosk's.
        ran_s: for how long it has been running by now.
    """
    wrong: list[Event] = []
    for what, event in _said(events):
        if what == CONFIRMED:
            wrong.clear()
        elif event.device == device and what == TRIED:
            wrong.append(event)
        elif event.device == device and wrong:
            wrong.pop()
    return sum(ran_s - _ran(event) < DAY_S for event in wrong)


def confirmed(member_id: str) -> Record:
    """The event by which an associate confirms who the member is; not yet written."""
    return Record(EventKind.ACCESS, member_id, {"what": CONFIRMED})


def _said(events: Sequence[Event]) -> list[tuple[str, Event]]:
    return [
        (what, event)
        for event in events
        if event.kind is EventKind.ACCESS and (what := str(event.payload.get("what"))) in SAID
    ]


def _ran(event: Event) -> int:
    """Events of older versions do not say it: those count until the kiosk has been running for a day."""
    ran = event.payload.get(RAN)
    return ran if type(ran) is int else 0

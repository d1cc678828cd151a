"""Requests that members made at the kiosk, for a person of the shop to meet: hand out a copy, correct something."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from clerk.clock import ShopClock
from clerk.history import leave_out
from clerk.journal import Journal
from clerk.journal.file import FILE as JOURNAL
from clerk.model import Event, EventKind
from clerk.model.nights import AskedFor
from clerk.pack.open import current_generation, open_generation
from clerk.pack.read import PackReader

KINDS = (EventKind.ACCESS, EventKind.MEMBER)
"""Kinds of event that ask, and that answer."""

WANTED = {"copy asked": "copy", "correction asked": "correction"}
"""Kind of request, by what the kiosk recorded."""


def asked_for(home: Path) -> tuple[AskedFor, ...]:
    """Requests that nobody answered yet, of this counter and of those that nights brought, oldest first.

    Args:
        home: the data folder.

    Raises:
        ClerkError: journal or pack cannot be read.
    """
    found = {event.event_id: event for event in (*_of_pack(home), *_of_journal(home))}
    if not any(event.payload.get("what") in WANTED for event in found.values()):
        return ()
    gone = leave_out.read_erasure_rules(home)
    return waiting(event for event in found.values() if not gone.rule(event.member_id).goes(event.kind, event.hlc))


def waiting(events: Iterable[Event]) -> tuple[AskedFor, ...]:
    """Requests without a later answer: a copy is handed out by an export, a correction by any detail that is set."""
    asked: dict[tuple[str, str], AskedFor] = {}
    for event in sorted(events, key=lambda one: (one.hlc, one.at)):
        what = str(event.payload.get("what", "")) if event.kind is EventKind.ACCESS else ""
        wanted = WANTED.get(what)
        if wanted is not None:
            asked.setdefault((event.member_id, wanted), AskedFor(event.member_id, wanted, event.at))
        elif what == "exported":
            asked.pop((event.member_id, "copy"), None)
        elif event.kind is EventKind.MEMBER:
            asked.pop((event.member_id, "correction"), None)
    return tuple(sorted(asked.values(), key=lambda one: (one.at, one.member_id)))


def _of_journal(home: Path) -> tuple[Event, ...]:
    # Looking must not make a journal where there is none.
    if not (home / JOURNAL).exists():
        return ()
    with Journal.open(home, ShopClock()) as journal:
        return tuple(journal.events(kinds=KINDS))


def _of_pack(home: Path) -> tuple[Event, ...]:
    name = current_generation(home)
    if name is None:
        return ()
    pack = open_generation(home, name)
    try:
        return tuple(event for events in PackReader(pack).events.since(0, KINDS).values() for event in events)
    finally:
        pack.close()

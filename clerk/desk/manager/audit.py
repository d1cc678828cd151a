"""Who opened whom and changed what: read back from the journal and from what nights brought; nothing else is kept."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator

from clerk.clock import DAY_S
from clerk.journal import Journal
from clerk.model import AuditLine, Event, EventKind
from clerk.pack.read import PackReader
from clerk.visit.audited import audit_line

LATEST = 200
"""Lines that the manager's screen asks for."""

LOOKED_BACK_S = 30 * DAY_S
"""How far back that screen looks among what nights brought."""

_FIRST_LOOK = 2_000
"""Rows from the end of the journal that are looked at before all of them are."""


def audit(
    journal: Journal | None,
    reader: PackReader,
    *,
    member_id: str = "",
    associate: str = "",
    limit: int = LATEST,
    since: int = 0,
) -> tuple[AuditLine, ...]:
    """Deeds, newest first.

    Args:
        journal: of this counter, or None where it cannot be read.
        reader: the pack, which carries what other counters recorded as far as it travels.
        member_id: only about this member.
        associate: only by this actor, or about this associate, however it is capitalised.
        limit: at most so many.
        since: wall second from which on the pack is looked at.

    Raises:
        JournalDamaged, DiskFailed: the journal cannot be read.

    Cost: about 10 µs an event of the journal; without a filter only its end is read.
    """
    wanted = associate.casefold()

    def fits(event: Event) -> bool:
        if member_id and event.member_id != member_id:
            return False
        about = str(event.payload.get("associate", ""))
        return not wanted or wanted in (event.actor.casefold(), about.casefold())

    here = {event.event_id: event for event in _of_journal(journal, member_id, bool(associate), limit)}
    other = (event for event in _of_pack(reader, member_id, since) if event.event_id not in here)
    told = [audit_line(event, True) for event in here.values() if fits(event)]
    told += [audit_line(event, False) for event in other if fits(event)]
    return tuple(heapq.nlargest(limit, told, key=lambda line: (line.at, line.event_id)))


def _of_journal(journal: Journal | None, member_id: str, all_of_it: bool, limit: int) -> Iterable[Event]:
    if journal is None:
        return ()
    if member_id:
        return journal.events_of(member_id)
    since = 0 if all_of_it else max(journal.count() - max(limit, _FIRST_LOOK), 0)
    return journal.events(since)


def _of_pack(reader: PackReader, member_id: str, since: int) -> Iterator[Event]:
    if member_id:
        yield from reader.events.of_member(reader.member_no(member_id) or 0, member_id)
        return
    for events in reader.events.since(since, tuple(EventKind)).values():
        yield from events

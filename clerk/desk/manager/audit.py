"""The audit: who opened whom and changed what, read back from the journal and from what nights brought."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import replace

from clerk.clock import DAY_S, Clock
from clerk.desk.counter.signing import Signing
from clerk.desk.pack_in_use import PackInUse
from clerk.journal import Journal
from clerk.members.journal_in_use import JournalInUse
from clerk.model import AuditLine, Event, EventKind
from clerk.pack.read import PackReader
from clerk.visit.audited import audit_line

LATEST = 200
"""Lines that the manager's screen asks for."""

LOOKED_BACK_S = 30 * DAY_S
"""How far back that screen looks among what nights brought."""

_FIRST_LOOK = 2_000
"""Rows from the end of the journal that are looked at before all of them are."""


class AuditTrail:
    """Reads back who did what.

    Args:
        pack: the store data in use, which carries what other counters recorded as far as it travels.
        journal: of this counter.
        signing: who acts.
        clock: now.
    """

    def __init__(self, pack: PackInUse, journal: JournalInUse, signing: Signing, clock: Clock) -> None:
        self._pack = pack
        self._journal = journal
        self._signing = signing
        self._clock = clock

    def lines(self, *, member_id: str = "", associate: str = "", limit: int = LATEST) -> tuple[AuditLine, ...]:
        """What was done, newest first; without a filter, of other counters within the last 30 days.

        Args:
            member_id: only about this member.
            associate: only by this actor, or about this associate, however it is capitalised.
            limit: at most so many.

        Raises:
            NotSignedIn: who acts is no manager.
            ClerkError: the journal cannot be read.

        Cost: about 10 µs an event of the journal; without a filter only its end is read.
        """
        self._signing.must_manage()
        wanted = associate.casefold()

        def fits(event: Event) -> bool:
            if member_id and event.member_id != member_id:
                return False
            names = event.payload.get("names", ())
            about = [event.actor, event.payload.get("associate", ""), *(names if isinstance(names, list) else ())]
            return not wanted or wanted in (str(one).casefold() for one in about)

        is_filtered = bool(member_id or associate) or limit > LATEST
        since = 0 if is_filtered else self._clock.now() - LOOKED_BACK_S
        with self._pack.reading() as pack:
            with self._journal.reading() as journal:
                here = {event.event_id: event for event in _of_journal(journal, member_id, bool(associate), limit)}
            other = (event for event in _of_pack(pack.reader, member_id, since) if event.event_id not in here)
            found = [audit_line(event, True) for event in here.values() if fits(event)]
            found += [audit_line(event, False) for event in other if fits(event)]
            newest = heapq.nlargest(limit, found, key=lambda line: (line.at, line.event_id))
            # What was done stays on record; about whom does not, once they were forgotten.
            forgotten = {one for one in {line.member_id for line in newest} if pack.members.is_forgotten(one)}
        return tuple(
            replace(line, member_id="", words="of a member who is forgotten") if line.member_id in forgotten else line
            for line in newest
        )


def _of_journal(journal: Journal, member_id: str, all_of_it: bool, limit: int) -> Iterable[Event]:
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

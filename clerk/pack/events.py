"""Reads member events of all counters from a pack: by member, by card, or of all members.

A pack of an older format has none, and neither has one of a shop whose events never leave the counter.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from clerk.identifiers.card_codes import card_form
from clerk.model import EVENT_KINDS, Event, EventKind
from clerk.pack import statements as sql
from clerk.pack.open import FORMAT_WITH_EVENTS, Pack


class MemberEventReader:
    """Reads a pack's events on the connection of its reader.

    Args:
        pack: opened.
    """

    def __init__(self, pack: Pack) -> None:
        self._db: sqlite3.Connection | None = None
        if int(pack.manifest.get("format", 1)) >= FORMAT_WITH_EVENTS:
            self._db = pack.db

    def of_member(self, member_no: int, member_id: str) -> tuple[Event, ...]:
        """Events of a member in order, undone ones and undoings included; `member_no` 0 for one the pack lacks.

        Cost: one range read, about 3 µs an event.
        """
        if member_no:
            rows = self._rows(sql.MEMBER_EVENTS, member_no)
        else:
            rows = self._rows(sql.EVENTS_OF_UNKNOWN_MEMBER, member_id)
        return tuple(_events([(*row, member_id) for row in rows]))

    def of_card(self, code: str) -> tuple[Event, ...]:
        """Events of kind CARD about a code, however it is spelt, in order."""
        return tuple(_events(self._rows(sql.CARD_EVENTS, code, card_form(code))))

    def house(self) -> dict[str, tuple[int, str]]:
        """Event id -> wall second and SKU of every house pick shown lately."""
        return {str(event_id): (int(at), str(sku)) for event_id, at, sku in self._rows(sql.HOUSE_PICKS)}

    def named(self) -> tuple[str, ...]:
        """Ids of members whom counters enrolled or corrected. Cost: an index; in packs before it, all events."""
        return tuple(str(member_id) for (member_id,) in self._rows(sql.ENROLLED_MEMBERS))

    def pairs(self) -> tuple[Event, ...]:
        """What was decided about two member ids. Cost: an index; in packs before it, all events."""
        return tuple(_events(self._rows(sql.PAIRS)))

    def since(self, at: int, kinds: Iterable[EventKind]) -> dict[str, tuple[Event, ...]]:
        """Events of some kinds from a wall second on, by member id, in no order. Reads all of them: not for a visit."""
        found: dict[str, list[Event]] = {}
        names = json.dumps(sorted(kinds))
        for event in _events(self._rows(sql.EVENTS_SINCE, names, at)):
            found.setdefault(event.member_id, []).append(event)
        return {member_id: tuple(events) for member_id, events in found.items()}

    def _rows(self, statement: str, *values: object) -> list[Any]:
        return [] if self._db is None else self._db.execute(statement, values).fetchall()


def _events(rows: Sequence[Any]) -> list[Event]:
    """Events of rows; kinds of a newer Clerk are passed over."""
    if not rows:
        return []
    # One JSON document is read three times faster than hundreds of small ones.
    payloads = json.loads(f"[{','.join([row[4] for row in rows])}]")
    return [
        Event(event_id, EVENT_KINDS[kind], at, member_id, actor, payload, hlc, device, seq)
        for (event_id, kind, at, actor, _, hlc, device, seq, member_id), payload in zip(rows, payloads, strict=True)
        if kind in EVENT_KINDS
    ]

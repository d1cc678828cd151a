"""Writes the events of all counters into the pack, so that every device has them in the morning.

Which events stay how long: everything a member stated (answers, marks, strike-outs, facts, consents, cards) and every
undo, for ever; a showing as long as it weighs anything, one of a house pick for ever, because it is what the
member's allowance was spent on; that a visit was opened or ended, that somebody signed in or looked at something, as
far back as the scorecard looks (the ledger keeps them all); tries at a kiosk for ever, so that none is given back. A
statement that was undone stays out of the pack; the undo event goes in, in case some counter still has the statement.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from clerk.clock import DAY_S
from clerk.journal.event_rows import HLC_AT_MOST, Row, payload_of
from clerk.keys_at_rest import Key
from clerk.model import Event, EventKind
from clerk.pack.event_writer import EventWriter
from clerk.settings import Settings
from clerk.text import clean_long
from clerk.visit.kiosk_tries import SAID
from clerk.visit.profile.undoing import undone_by
from clerk.visit.suggest.fatigue import weighs_days

SCORECARD_DAYS = 12 * 7 + 7
"""Days back that the scorecard looks: its weeks, and one to begin in."""

TAKEN_BACK = (EventKind.ANSWER, EventKind.MARK, EventKind.STRIKE, EventKind.FACT)
"""Kinds that an undo takes back."""

_BATCH = 20_000
_VISITS = frozenset(
    kind.value for kind in (EventKind.VISIT_OPENED, EventKind.VISIT_ENDED, EventKind.ACCESS, EventKind.SIGN)
)
_SHOWN, _UNDO, _FACT = EventKind.SHOWN.value, EventKind.UNDO.value, EventKind.FACT.value


def write_events(
    path: Path, rows: Iterable[Row], *, now: int, settings: Settings, key: Key | None = None,
    for_pack: Callable[[Row], Row | None] = lambda row: row,
) -> int:  # fmt: skip
    """Effect: writes events, and the facts about them, into the `pack.db` at `path`, whose members are there already.

    Args:
        path: as `write_pack` left it.
        rows: every event of the shop that head office has, whole rows in the order of the journal's columns, in any
            order; those of members that the pack does not have are kept by their id.
        now: wall seconds of the build.
        settings: say how long a showing weighs.
        key: that it is encrypted with.
        for_pack: gives a row as it may go into the pack; None leaves it out.

    Returns:
        How many events the pack has.
    """
    reading = _Reading(now, settings, for_pack)
    pack = EventWriter(path, key)
    try:
        kept = reading.selected(rows)
        while batch := list(islice(kept, _BATCH)):
            pack.take(batch)
        pack.drop(_taken_back(pack.of_kind(_UNDO)), TAKEN_BACK)
        exposure = settings.discovery.exposure_days * DAY_S
        return pack.finish(now - exposure - DAY_S, reading.facts())
    finally:
        pack.close()


@dataclass(slots=True)
class _Reading:
    """Selects rows for the pack, and notes the newest event of each device."""

    now: int
    settings: Settings
    for_pack: Callable[[Row], Row | None]
    hlc_until: int = 0
    until: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))

    def selected(self, rows: Iterable[Row]) -> Iterator[tuple[object, ...]]:
        """The rows that go into the pack; rows that are no valid events are skipped."""
        showings = self.now - max(weighs_days(self.settings), SCORECARD_DAYS) * DAY_S
        visits = self.now - SCORECARD_DAYS * DAY_S
        for row in rows:
            stated = payload_of(row)
            if stated is None:
                continue
            device, epoch, seq, event_id, hlc, at, _, kind, _, actor, member_id, *_ = row
            seqs = self.until[device]
            if seq > seqs.get(epoch, 0):
                seqs[epoch] = seq
            if self.hlc_until < hlc <= HLC_AT_MOST:
                self.hlc_until = hlc
            kept = self.for_pack(row)
            if kept is None:
                continue
            payload = kept[11]
            if kind in _VISITS:
                if at < visits and stated.get("what") not in SAID:
                    continue
            elif kind == _SHOWN:
                if at < showings and not stated.get("house"):
                    continue
            elif kind == _FACT:
                payload = _cleaned(stated, payload)
            yield event_id, kind, at, actor, member_id, payload, hlc, device, seq

    def facts(self) -> dict[str, str]:
        """Facts of the pack: the newest event of each device that it has."""
        return {"hlc_until": str(self.hlc_until), "events_until": json.dumps(self.until, sort_keys=True)}


def _taken_back(undos: Iterable[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """(event_id, member_id) of statements that members undid; an undo counts for its own member's events only.

    Args:
        undos: event_id, member_id and payload of each.
    """
    by_member: dict[str, list[Event]] = defaultdict(list)
    for event_id, member_id, payload in undos:
        by_member[member_id].append(Event(event_id, EventKind.UNDO, 0, member_id, "", json.loads(payload)))
    return [(event_id, who) for who, those in by_member.items() for event_id in undone_by(those)]


def _cleaned(stated: dict[str, object], payload: str) -> str:
    """The payload of a stated fact with control characters removed from its text, as counters do."""
    text = stated.get("text")
    kept = clean_long(text, 400) if isinstance(text, str) else ""
    return payload if kept == text else json.dumps({**stated, "text": kept}, separators=(",", ":"), sort_keys=True)

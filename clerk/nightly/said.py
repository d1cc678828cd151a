"""What was said at all counters goes into the pack, so that every device knows it in the morning.

What stays how long: everything a member said (answers, marks, strike-outs, stated facts, consents, cards) and every
undoing, for ever; a showing as long as it weighs anything, one of a house pick for ever, because it is what the
member's allowance was spent on; that a visit was opened or ended, as far back as the scorecard looks. What a member
took back does not go with the pack any more: the undoing does, in case some counter still holds it.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from clerk.clock import DAY_S
from clerk.journal.statements import COLUMNS
from clerk.model import Event, EventKind
from clerk.pack.carry import CarriedEvents
from clerk.settings import Settings
from clerk.text import clean_long
from clerk.visit.fatigue import weighs_days
from clerk.visit.overlay import undone_by

SCORECARD_DAYS = 12 * 7 + 7
"""Days back that the scorecard looks: its weeks, and one to begin in."""

TAKEN_BACK = (EventKind.ANSWER, EventKind.MARK, EventKind.STRIKE, EventKind.FACT)
"""Kinds that an undo takes back."""

_HLC_AT_MOST = 1 << 62
"""Far beyond any clock; a larger one would leave no room for the next event."""
_AT_MOST = 1 << 53
_BATCH = 20_000
_PLACE = {name: number for number, name in enumerate(COLUMNS)}
_VISITS = (EventKind.VISIT_OPENED, EventKind.VISIT_ENDED)
_KINDS = {kind.value: kind for kind in EventKind}


_HALF_LETTER = re.compile("[\ud800-\udfff]")


def _refuse(constant: str) -> object:
    raise ValueError(constant)


_JSON = json.JSONDecoder(parse_constant=_refuse)
"""Made once: making one costs more than most payloads. NaN and its like are no JSON to SQLite."""


def write_said(path: Path, rows: Iterable[Sequence[object]], *, now: int, settings: Settings) -> int:
    """Effect: writes events, and the facts about them, into the `pack.db` at `path`, whose members are there already.

    Args:
        path: as `write_pack` left it.
        rows: every event of the shop that head office has, whole rows in the order of the journal's columns, in any
            order; those of members that the pack does not know are kept by their id.
        now: wall seconds of the build.
        settings: say how long a showing weighs.

    Returns:
        How many events the pack carries.
    """
    reading = _Reading(now, settings)
    carried = CarriedEvents(path)
    try:
        kept = reading.kept(rows)
        while batch := list(islice(kept, _BATCH)):
            carried.take(batch)
        carried.drop(reading.taken_back(), TAKEN_BACK)
        exposure = settings.discovery.exposure_days * DAY_S
        return carried.finish(now - exposure - DAY_S, reading.facts())
    finally:
        carried.close()


@dataclass(slots=True)
class _Reading:
    """Rows on their way into the pack, and what is noted of them."""

    now: int
    settings: Settings
    hlc_until: int = 0
    until: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    undoings: list[Event] = field(default_factory=list)

    def kept(self, rows: Iterable[Sequence[object]]) -> Iterator[tuple[object, ...]]:
        """What goes into the pack, of what came; what is no event at all stays in the ledger."""
        showings = self.now - max(weighs_days(self.settings), SCORECARD_DAYS) * DAY_S
        visits = self.now - SCORECARD_DAYS * DAY_S
        for row in rows:
            event = _event(row)
            if event is None:
                continue
            epoch, kind = str(row[_PLACE["epoch"]]), str(row[_PLACE["kind"]])
            seqs = self.until[event.device]
            seqs[epoch] = max(seqs.get(epoch, 0), event.seq)
            self.hlc_until = max(self.hlc_until, event.hlc)
            if kind in _VISITS and event.at < visits:
                continue
            if kind == EventKind.SHOWN and event.at < showings and not event.payload.get("house"):
                continue
            if kind == EventKind.UNDO:
                self.undoings.append(event)
            payload = str(row[_PLACE["payload"]])
            if kind == EventKind.FACT:
                payload = _harmless(event, payload)
            yield (event.event_id, kind, event.at, event.actor, event.member_id, payload, event.hlc, event.device,
                   event.seq)  # fmt: skip

    def taken_back(self) -> list[tuple[str, str]]:
        """(event_id, member_id) of what members took back; an undoing is about its own member's words only."""
        undone = undone_by(self.undoings)
        member = {str(one.payload.get("event_id", "")): one.member_id for one in self.undoings}
        return [(event_id, member[event_id]) for event_id in undone if event_id in member]

    def facts(self) -> dict[str, str]:
        """Up to where this pack knows what was said."""
        return {"hlc_until": str(self.hlc_until), "events_until": json.dumps(self.until, sort_keys=True)}


def _event(row: Sequence[object]) -> Event | None:
    """The event of a row, or None where a row holds what no counter writes."""
    if len(row) != len(COLUMNS):
        return None
    event_id, device, member_id, actor, payload, kind, epoch = (
        row[_PLACE[name]] for name in ("event_id", "device", "member_id", "actor", "payload", "kind", "epoch")
    )
    hlc, at, seq = (row[_PLACE[name]] for name in ("hlc", "at", "seq"))
    texts_hold = all(isinstance(one, str) for one in (event_id, device, member_id, actor, payload, kind, epoch))
    if not texts_hold or not event_id or type(hlc) is not int or type(at) is not int or type(seq) is not int:
        return None
    if not (0 <= hlc < _HLC_AT_MOST and -_AT_MOST < at < _AT_MOST and 0 <= seq < _HLC_AT_MOST):
        return None
    try:
        said = _JSON.decode(str(payload))
        "".join((str(event_id), str(device), str(member_id), str(actor), str(kind))).encode()
    except (ValueError, RecursionError):
        return None
    if type(said) is not dict or not all(_plain(value) for value in said.values()):
        return None
    # A kind of a newer Clerk goes along under its own name; what it is called here is not looked at.
    known = _KINDS.get(str(kind), EventKind.VISIT_ENDED)
    return Event(str(event_id), known, at, str(member_id), str(actor), said, hlc, str(device), seq)


def _plain(value: object) -> bool:
    """Whether an event may hold this: a number, or texts without half a letter in them."""
    if isinstance(value, list):
        return all(isinstance(one, str) and _plain(one) for one in value)
    if isinstance(value, str):
        return value.isascii() or not _HALF_LETTER.search(value)
    return isinstance(value, int | float)


def _harmless(event: Event, payload: str) -> str:
    """The payload of a stated fact with its words cleaned, as the counter that took them down has cleaned them."""
    text = event.payload.get("text")
    kept = clean_long(text, 400) if isinstance(text, str) else ""
    if kept == text:
        return payload
    return json.dumps({**event.payload, "text": kept}, separators=(",", ":"), sort_keys=True)

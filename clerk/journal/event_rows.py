"""Events as database rows: payload as JSON, event id, clock values, position in the hash chain."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

from clerk.journal import chain
from clerk.journal.statements import COLUMNS
from clerk.model import Event, EventKind

SCHEMA: Final = 1
"""Version of the payloads' shape."""
PAYLOAD_LETTERS: Final = 16_384
"""A payload is a few dozen bytes; more than this is a mistake in a caller and must not fill the disk."""
NAME_LETTERS: Final = 1_000
"""The longest id or name in an event: head office refuses longer ones, so they must not get in here."""
_HLC_COUNTER_BITS = 16
HLC_AT_MOST: Final = 1 << 62
"""Some 2,200 years of milliseconds: what claims to be later is no clock, and nobody's clock follows it."""


@dataclass(frozen=True, slots=True)
class Pending:
    """An event that waits for its position in the hash chain."""

    event: Event
    payload: str
    utc_ms: int
    basis: str
    future: Future[Event] = field(default_factory=Future)


@dataclass(slots=True)
class Head:
    """The end of the chain; the next event follows it."""

    device: str
    epoch: str
    seq: int
    hlc: int
    hash: str

    def next_row(self, pending: Pending) -> tuple[object, ...]:
        """The full row of an event, and moves on to it."""
        event = pending.event
        # The clock may have been set back: the logical one still goes forward.
        self.hlc = max(self.hlc + 1, pending.utc_ms << _HLC_COUNTER_BITS)
        self.seq += 1
        row: tuple[object, ...] = (
            self.device,
            self.epoch,
            self.seq,
            event.event_id,
            self.hlc,
            event.at,
            pending.utc_ms,
            event.kind.value,
            SCHEMA,
            event.actor,
            event.member_id,
            pending.payload,
            pending.basis,
        )
        prev_hash, self.hash = self.hash, chain.link(self.hash, row)
        return (*row, prev_hash, self.hash)


def placed(event: Event, row: tuple[object, ...]) -> Event:
    """The event with its position in the hash chain, exactly as it will be read back."""
    return replace(event, device=str(row[0]), seq=cast("int", row[2]), hlc=cast("int", row[4]))


def payload_text(payload: Mapping[str, object]) -> str:
    """The payload as one line of JSON, keys in order.

    Raises:
        ValueError: it holds something else than the values an event may have, or far too much of it.
    """
    for key, value in payload.items():
        plain = isinstance(value, str | int | float) or (
            isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
        )
        if not plain:
            raise ValueError(f"an event's {key!r} must be text, a number, true or false, or a list of texts")
    text = json.dumps(dict(payload), ensure_ascii=True, allow_nan=False, separators=(",", ":"), sort_keys=True)
    if len(text) > PAYLOAD_LETTERS:
        raise ValueError(f"an event's payload has at most {PAYLOAD_LETTERS:,} letters, not {len(text):,}")
    return text


def basis_text(basis: str) -> str:
    """The store data that the associate saw, as text of limited length.

    Raises:
        ValueError: it holds half a letter, a NUL, or far too much.
    """
    basis.encode()
    if "\0" in basis or len(basis) > PAYLOAD_LETTERS:
        raise ValueError("an event's basis holds a NUL or too many letters")
    return basis


def event_of(kind: EventKind, at: int, member_id: str, actor: str, payload: str, event_id: str) -> Event:
    """The event as it will be read back, without its position in the chain.

    Raises:
        ValueError: a name holds half a letter (a lone surrogate), which no file can hold, or a NUL, which no text in
            PostgreSQL can hold, or is far too long.
    """
    for name in (member_id, actor):
        name.encode()
        if "\0" in name or len(name) > NAME_LETTERS:
            raise ValueError("a name in an event holds a NUL or too many letters")
    return Event(event_id, kind, at, member_id, actor, json.loads(payload))


Row = Sequence[Any]
"""A whole event row, in the order of `clerk.journal.statements.COLUMNS`, as it came: of any type."""

_NUMBER_AT_MOST = (1 << 63) - 1
_SECOND_AT_MOST = 1 << 53
_HALF_LETTER = re.compile("[\ud800-\udfff]")


def _refuse(constant: str) -> object:
    raise ValueError(constant)


_JSON = json.JSONDecoder(parse_constant=_refuse)
"""Made once: making one costs more than most payloads. NaN and its like are no JSON to SQLite."""


def payload_of(row: Row) -> dict[str, object] | None:
    """The payload of a row, or None where a row holds what no counter writes."""
    if len(row) != len(COLUMNS):
        return None
    device, epoch, seq, event_id, hlc, at, _, kind, _, actor, member_id, payload, *_ = row
    if type(hlc) is not int or type(at) is not int or type(seq) is not int:
        return None
    if not (0 <= hlc <= _NUMBER_AT_MOST and -_SECOND_AT_MOST < at < _SECOND_AT_MOST and 0 <= seq <= _NUMBER_AT_MOST):
        return None
    try:
        names = "".join((device, epoch, event_id, kind, actor, member_id))
        content = _JSON.decode(payload)
    except (ValueError, TypeError, RecursionError):
        return None
    if not event_id or not _plain(names) or type(content) is not dict:
        return None
    return content if all(map(_plain, content.values())) else None


def _plain(value: object) -> bool:
    """Whether an event may hold this: a number, or texts without half a letter in them."""
    if isinstance(value, str):
        return value.isascii() or not _HALF_LETTER.search(value)
    if isinstance(value, list):
        return all(isinstance(one, str) and _plain(one) for one in value)
    return isinstance(value, int | float)

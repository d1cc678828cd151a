"""The hash chain: each event's hash covers the hash before it, so a changed byte shows.

The chain itself does not show a tail that was cut off; the place of the last event does (`last_event.py`), and so does
head office, which remembers what it acknowledged.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from clerk.privacy.which_events import REDACTED

Checkpoints: TypeAlias = dict[tuple[str, str], tuple[int, str]]
"""Number and hash of the last forgotten event, by device and epoch."""

_PAYLOAD = 11
_PREV_HASH = 13
_HASH = 14


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a walk over the whole journal found."""

    events: int
    """How many were read and hold."""
    damage: str
    """Empty when everything holds; otherwise one sentence, no member named."""
    head: str
    """Hash of the last event that holds."""
    redacted: int = 0
    """Of them, events whose content was deleted because a member asked for it."""

    @property
    def ok(self) -> bool:
        """Whether every event matches its hash."""
        return not self.damage


def genesis(device: str, epoch: str) -> str:
    """What stands before the first event of an epoch."""
    return hashlib.sha256(f"clerk journal {device} {epoch}".encode()).hexdigest()


def link(prev_hash: str, row: Sequence[object]) -> str:
    """The hash of an event.

    Args:
        prev_hash: of the event before it, hex.
        row: the columns from `device` to `basis`, in order.
    """
    canonical = json.dumps(list(row), ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(bytes.fromhex(prev_hash) + canonical.encode()).hexdigest()


def walk(rows: Iterable[Sequence[object]], checkpoints: Checkpoints | None = None) -> ChainReport:
    """Checks events in the order they were written.

    Args:
        rows: full rows, all columns in order.
        checkpoints: where chains begin after forgetting.
    """
    begins = {} if checkpoints is None else checkpoints
    count, head, place, redacted = 0, "", ("", "", 0), 0
    for row in rows:
        device, epoch, seq = str(row[0]), str(row[1]), row[2]
        new_epoch = (device, epoch) != place[:2]
        if new_epoch:
            forgotten, expected_prev = begins.get((device, epoch)) or (0, genesis(device, epoch))
            expected_seq = forgotten + 1
        else:
            expected_seq, expected_prev = place[2] + 1, head
        if seq != expected_seq:
            return ChainReport(count, f"After event {count} one is missing or out of order.", head)
        holds = row[_HASH] == _link_of_anything(expected_prev, row[:_PREV_HASH])
        if not holds and row[_PAYLOAD] == REDACTED and isinstance(row[_HASH], str):
            # Its content is deleted; its hash still shows whether the next one follows it.
            redacted, holds = redacted + 1, True
        if row[_PREV_HASH] != expected_prev or not holds:
            return ChainReport(count, f"Event {count + 1} is not as it was written.", head)
        count, head, place = count + 1, str(row[_HASH]), (device, epoch, expected_seq)
    return ChainReport(count, "", head, redacted)


def _link_of_anything(prev_hash: str, row: Sequence[object]) -> str:
    """The hash, or empty when a damaged row, or the hash before it, is nothing that was ever written."""
    try:
        return link(prev_hash, row)
    except (TypeError, ValueError):
        return ""

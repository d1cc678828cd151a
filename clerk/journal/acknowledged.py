"""Acknowledgements of head office for each device's events: `received` and `durable`, by device and epoch.

Acknowledgements travel in the signed pack of a night. A hash stands for everything before it, so that one number and
one hash say whether both sides hold the same history. An acknowledgement may go down: then events are sent again.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from clerk.durable import put_file
from clerk.errors import PackRefused
from clerk.journal import Journal

FILE: Final = "exchange/acks.json"
"""Below the data folder: those of the newest pack that was fetched and verified."""
BYTES_AT_MOST: Final = 8 * 1024 * 1024
"""A thousand devices with twenty epochs each need half of it."""
_FORMAT = 1
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HASH = re.compile(r"[0-9a-f]{64}")
_SEQ_AT_MOST = 2**63 - 1
_ALL_TIME: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class Ack:
    """A number up to which events are acknowledged, and the hash of that event."""

    seq: int
    hash: str
    """Of that event, hex."""


Acks: TypeAlias = dict[str, dict[str, tuple[Ack, Ack | None]]]
"""Device -> epoch -> what was received, and what of it is durable."""


def to_bytes(acks: Acks) -> bytes:
    """As they are published; equal acknowledgements give equal bytes."""
    devices = {
        device: {
            epoch: {"received": [got.seq, got.hash], "durable": [safe.seq, safe.hash] if safe else None}
            for epoch, (got, safe) in epochs.items()
        }
        for device, epochs in acks.items()
    }
    return json.dumps({"format": _FORMAT, "devices": devices}, sort_keys=True, separators=(",", ":")).encode()


def from_bytes(data: bytes) -> Acks:
    """What head office published.

    Raises:
        PackRefused: these are no acknowledgements, or larger than any.
    """
    if len(data) > BYTES_AT_MOST:
        raise _refused()
    try:
        read = json.loads(data)
        if set(read) != {"format", "devices"} or read["format"] != _FORMAT:
            raise _refused()
        return {_name(device): _epochs(epochs) for device, epochs in read["devices"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as problem:
        raise _refused() from problem


def read(home: Path) -> Acks:
    """Those this device fetched last; none when there are none, or the file cannot be used.

    Without acknowledgements everything is sent again and nothing is forgotten, so that losing them loses nothing.
    """
    try:
        with (home / FILE).open("rb") as file:
            return from_bytes(file.read(BYTES_AT_MOST + 1))
    except (OSError, PackRefused):
        return {}


@dataclass(frozen=True, slots=True)
class Unsent:
    """How much head office is not known to have."""

    events: int
    """Recorded here, not yet acknowledged as received."""
    epoch: str
    """The newest, under which events are recorded."""
    last: int
    """Number of its last event."""


def unsent(journal: Journal, acks: Acks) -> Unsent:
    """How many events of this device head office has not acknowledged."""
    known = acks.get(journal.device, {})
    waiting, epoch, last = 0, "", 0
    for one in journal.epochs():
        got = known[one.epoch][0].seq if one.epoch in known else 0
        waiting += max(0, one.last - max(got, one.pruned_until))
        epoch, last = one.epoch, one.last
    return Unsent(waiting, epoch, last)


def save(home: Path, acks: Acks) -> None:
    """Keeps acknowledgements where a push looks for them: at an office that is itself a counter.

    Effect: durable, whole or not at all. A device gets the same bytes by fetching.
    """
    put_file(home, FILE, to_bytes(acks))


def known_until(journal: Journal, acks: Acks) -> dict[str, int]:
    """Epoch -> number up to which head office has the events of this journal."""
    known = acks.get(journal.device, {})
    found = {}
    for one in journal.epochs():
        got = known[one.epoch][0].seq if one.epoch in known else 0
        # What was issued again under the next epoch waits there, not here.
        found[one.epoch] = _ALL_TIME if not one.newest and got >= one.last else max(got, one.pruned_until)
    return found


def _epochs(read: Any) -> dict[str, tuple[Ack, Ack | None]]:
    made = {}
    for epoch, both in read.items():
        if set(both) != {"received", "durable"}:
            raise _refused()
        got, safe = _ack(both["received"]), None if both["durable"] is None else _ack(both["durable"])
        if safe and safe.seq > got.seq:
            raise _refused()
        made[_name(epoch)] = (got, safe)
    return made


def _ack(read: Any) -> Ack:
    seq, head = read
    if type(seq) is not int or not 0 < seq <= _SEQ_AT_MOST or not isinstance(head, str) or not _HASH.fullmatch(head):
        raise _refused()
    return Ack(seq, head)


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise _refused()
    return text


def _refused() -> PackRefused:
    return PackRefused("The acknowledgements are not such as head office writes.", "Fetch again; tell head office.")

"""Checks a bundle of events before the ledger takes it; everything in it comes from outside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Protocol

from clerk.errors import BundleRefused
from clerk.journal import chain
from clerk.journal.statements import COLUMNS

Row = Sequence[object]
"""A full event row, in the order of `clerk.journal.statements.COLUMNS`."""

SEQ: Final = COLUMNS.index("seq")
EVENT_ID: Final = COLUMNS.index("event_id")
HASH: Final = COLUMNS.index("hash")
_PREV_HASH = COLUMNS.index("prev_hash")
_NUMBERS = {"seq", "hlc", "at", "utc_ms", "schema"}
_TYPES = tuple(int if name in _NUMBERS else str for name in COLUMNS)
_TEXTS = [index for index, kind in enumerate(_TYPES) if kind is str]
_LONGS = [COLUMNS.index(name) for name in ("hlc", "at", "utc_ms", "schema")]
_MOST = 2**63 - 1
_NAME = re.compile(r"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HASH_SHAPE = re.compile(r"[0-9a-f]{64}")
_EVENT_ID_SHAPE = re.compile(r"[0-9A-Za-z_-]{1,64}")


class Header(Protocol):
    """The header of a bundle, signed by its device."""

    @property
    def device(self) -> str:
        """Id of the device's journal."""

    @property
    def epoch(self) -> str:
        """Epoch of that journal."""

    @property
    def first(self) -> int:
        """Number of the first event in it."""

    @property
    def last(self) -> int:
        """Number of the last event in it."""

    @property
    def prev_hash(self) -> str:
        """Hash of the event before the first."""


def check_name(value: object, what: str) -> str:
    """A store, device or epoch whose name may be stored and used in a path.

    Raises:
        BundleRefused: it may not.
    """
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise _refused(f"its {what} is no name that is used here")
    return value


def check(store: str, header: Header, rows: Sequence[Row]) -> None:
    """Checks names, numbers, types and the whole chain.

    Args:
        store: from whose location it came.
        header: of the bundle.
        rows: its events.

    Raises:
        BundleRefused: something does not hold; nothing of it may be taken.

    Cost: about 10 µs an event, nearly all of it the chain.
    """
    check_name(store, "store")
    device, epoch = check_name(header.device, "device"), check_name(header.epoch, "epoch")
    first, last = header.first, header.last
    if type(first) is not int or type(last) is not int or not 1 <= first <= last <= _MOST:
        raise _refused("its numbers cannot be")
    if len(rows) != last - first + 1:
        raise _refused("it holds another number of events than it says")
    head = header.prev_hash
    if not isinstance(head, str) or not _HASH_SHAPE.fullmatch(head):
        raise _refused("it does not say what it follows")
    if first == 1 and head != chain.genesis(device, epoch):
        raise _refused("its first event does not begin its epoch")
    link = chain.link
    for number, row in enumerate(rows, start=first):
        if tuple(map(type, row)) != _TYPES:
            raise _refused(f"event {number} is no event")
        if row[0] != device or row[1] != epoch or row[SEQ] != number:
            raise _refused(f"event {number} is missing, out of order or of another device")
        if row[_PREV_HASH] != head or row[HASH] != link(head, row[:_PREV_HASH]):
            raise _refused(f"event {number} is not as it was written")
        head = str(row[HASH])
        _check_storable(number, row)


def _check_storable(number: int, row: Row) -> None:
    """Refuses what one of the databases cannot hold: the same must be true on both."""
    text = "".join([row[index] for index in _TEXTS])  # type: ignore[misc]
    if "\0" in text or not (text.isascii() or _encodes(text)):
        raise _refused(f"event {number} holds letters that no file can hold")
    if not all(-_MOST <= row[index] <= _MOST for index in _LONGS):  # type: ignore[operator]
        raise _refused(f"event {number} holds a number that is too large")
    if not _EVENT_ID_SHAPE.fullmatch(str(row[EVENT_ID])):
        raise _refused(f"event {number} has no proper id")


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refused(why: str) -> BundleRefused:
    return BundleRefused(f"A bundle of events was not taken: {why}.", "The device sends it again on its next push.")

"""The place of the last acknowledged event, kept in a small file beside the journal.

SQLite reads a log up to its first torn page and a database without its log as if nothing had followed. With this file
a journal that lost its end is an error instead of a shorter history. It is written after each commit and not synced:
the journal itself is durable before, so that after a power cut the file is at most too old, which says less and never
something wrong.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from clerk.journal import driver_errors, epochs, statements

if TYPE_CHECKING:
    import sqlite3

_SUFFIX: Final = ".last"
"""Of the file: device, epoch, number and hash of an event, and a check sum; it names no member."""
_BYTES = 512
"""Always the same length, so that writing it again needs no room on a full disk; one sector, never torn."""


class Place(NamedTuple):
    """Where an event stands, and its hash."""

    device: str
    epoch: str
    seq: int
    hash: str


class LastEvent:
    """Writes the file.

    Args:
        path: the journal.
    """

    def __init__(self, path: Path) -> None:
        self._path = beside(path)
        self._handle = -1

    def write(self, place: Place) -> None:
        """Keeps the place of an event that is durable. Where that fails, the place before stays: it says less.

        Cost: some 5 µs.
        """
        with contextlib.suppress(OSError):
            if self._handle < 0:
                self._handle = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
            data = _to_bytes(place)
            if hasattr(os, "pwrite"):
                os.pwrite(self._handle, data, 0)
            else:
                os.lseek(self._handle, 0, os.SEEK_SET)
                os.write(self._handle, data)

    def close(self) -> None:
        """Lets go of the file."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def beside(path: Path) -> Path:
    """The file of a journal: `journal.last` for `journal.db`."""
    return path.with_suffix(_SUFFIX)


def read(path: Path) -> Place | None:
    """The place that was kept beside a journal; None where there is none, or it was not written to its end."""
    try:
        handle = os.open(beside(path), os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        return _from_bytes(os.read(handle, _BYTES))
    finally:
        os.close(handle)


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Whether the journal still holds the last event that was acknowledged.

    Raises:
        JournalDamaged: it does not: its end was cut off, or it is an older copy.

    Cost: 0.03 ms.
    """
    # Looked at first: what is committed later is later than this.
    last = read(path)
    if last is None:
        return
    try:
        here = {(device, epoch) for device, epoch, *_ in connection.execute(statements.META).fetchall()}
        # What was issued again under a newer epoch may be pruned under this one.
        holds = (last.device, last.epoch) in here and (
            epochs.newest(connection) != last.epoch
            or epochs.hash_at(connection, last.device, last.epoch, last.seq) == last.hash
        )
    except Exception as error:
        # Everything was in a log that is gone: not even the tables are left.
        if "no such table" not in str(error):
            raise
        holds = False
    if not holds:
        raise driver_errors.cut_short(path, beside(path))


def _to_bytes(place: Place) -> bytes:
    text = " ".join(map(str, place))
    return f"{text} {_check_sum(text)}\n".encode().ljust(_BYTES)


def _from_bytes(data: bytes) -> Place | None:
    try:
        text, _, told = data.decode("ascii").strip().rpartition(" ")
        device, epoch, seq, its_hash = text.split(" ")
        return Place(device, epoch, int(seq), its_hash) if told == _check_sum(text) else None
    except ValueError:
        return None


def _check_sum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]

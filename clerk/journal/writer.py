"""The one thread of this process that writes: what is waiting is committed together, then acknowledged.

An event's future is done only after COMMIT returned, which is after the disk confirmed it. Several processes may write:
each takes the file's write lock, reads the end of the chain inside it, and goes on from there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from clerk.errors import StoreLocked
from clerk.journal import chain, driver_errors, file, statements
from clerk.journal.event_rows import HLC_AT_MOST, Head, Pending, placed
from clerk.journal.last_event import LastEvent, Place
from clerk.model import Event, Notice

if TYPE_CHECKING:
    import sqlite3

_BATCH = 256
"""Events in one commit at most, so that the first does not wait for a whole import."""
CHECKPOINT_EVENTS = 200
"""About 3 MB of log: folded into the file when nobody waits, so that no commit has to."""
_TIGHT_CHECKPOINT_EVENTS = 16
"""On the reserve: the log takes thirty times the room of the events in it, so it is used again sooner."""


class Writer:
    """Takes events from any thread, writes them in order, acknowledges each after its commit.

    Args:
        connect: opens a connection; called again after a fault.
        path: the journal.
        device: id of this device.
        hlc_floor: the newest logical clock this device has seen; events are later.
        notify: called with notices for people.
    """

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        path: Path,
        device: str,
        hlc_floor: int,
        notify: Callable[[Notice], None],
    ) -> None:
        self._connect = connect
        self._path = path
        self._device = device
        self._hlc_floor = 0
        self.raise_floor(hlc_floor)
        self._notify = notify
        self._connection: sqlite3.Connection | None = None
        self._last_event = LastEvent(path)
        self._distrusted = False
        self._since_checkpoint = 0
        self._checkpoint_every = CHECKPOINT_EVENTS
        self._closed = False
        self._closing = threading.Lock()
        self._waiting: SimpleQueue[Pending | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def raise_floor(self, hlc: int) -> None:
        """Events from now on are later than this, unless no clock can be."""
        if self._hlc_floor < hlc <= HLC_AT_MOST:
            self._hlc_floor = hlc

    def submit(self, pending: Pending) -> None:
        """Queues an event; after `close` its future fails at once."""
        with self._closing:
            if not self._closed:
                self._waiting.put(pending)
                return
        pending.future.set_exception(StoreLocked("The journal is closed; this was not recorded.", "Start Clerk again."))

    def close(self) -> None:
        """Writes what is waiting, then stops."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        file.make_ballast(self._path.parent)
        open_for_more = True
        while open_for_more:
            batch, open_for_more = self._next_batch()
            if batch:
                self._write(batch)
            self._checkpoint_when_idle()
        self._drop_connection()
        self._last_event.close()

    def _next_batch(self) -> tuple[list[Pending], bool]:
        """Waits for one event, then takes what else is there; False when it was the last."""
        batch: list[Pending] = []
        while len(batch) < _BATCH:
            try:
                pending = self._waiting.get(block=not batch)
            except Empty:
                break
            if pending is None:
                return batch, False
            if pending.future.set_running_or_notify_cancel():
                batch.append(pending)
        return batch, True

    def _write(self, batch: list[Pending]) -> None:
        """Commits and acknowledges, or gives each writer the error; on a full disk tries again with the reserve."""
        try:
            events = file.with_room(self._path, partial(self._commit_whole, batch), self._on_reserve)
        except Exception as error:
            told = driver_errors.translated(error, self._path)
            for pending in batch:
                pending.future.set_exception(told)
        else:
            for pending, event in zip(batch, events, strict=True):
                pending.future.set_result(event)

    def _on_reserve(self, notice: Notice) -> None:
        self._checkpoint_every = _TIGHT_CHECKPOINT_EVENTS
        self._notify(notice)

    def _commit_whole(self, batch: list[Pending]) -> list[Event]:
        try:
            return self._commit(batch)
        except Exception as error:
            self._recover(error)
            raise

    def _commit(self, batch: list[Pending]) -> list[Event]:
        connection = self._connection or self._open()
        connection.execute(statements.BEGIN)
        head = self._head(connection)
        rows = [head.next_row(pending) for pending in batch]
        connection.executemany(statements.INSERT, rows)
        connection.execute("COMMIT")
        self._last_event.write(Place(head.device, head.epoch, head.seq, head.hash))
        self._since_checkpoint += len(batch)
        return [placed(pending.event, row) for pending, row in zip(batch, rows, strict=True)]

    def _head(self, connection: sqlite3.Connection) -> Head:
        """The end of the chain, under the epoch that is the newest inside this transaction.

        Another process may have burned the one before: an event never lands in a burned epoch.
        """
        epoch = str(connection.execute(statements.NEWEST_EPOCH).fetchone()[0])
        row = connection.execute(statements.HEAD).fetchone()
        hlc = max(self._hlc_floor, row[2] if row else 0)
        if row is not None and row[0] == epoch:
            return Head(self._device, epoch, row[1], hlc, row[3])
        return Head(self._device, epoch, 0, hlc, chain.genesis(self._device, epoch))

    def _open(self) -> sqlite3.Connection:
        connection = self._connect()
        try:
            if self._distrusted:
                # After a failed sync the system may call pages clean that never reached the disk. Folding the log
                # into the file and emptying it writes everything once more, elsewhere, before anything builds on it.
                if connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                    raise driver_errors.locked()
                self._distrusted = False
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection

    def _recover(self, error: Exception) -> None:
        """Leaves no transaction open; after anything but a lock or a full disk, no connection either."""
        connection = self._connection
        if connection is None:
            return
        if driver_errors.is_busy(error) or (
            driver_errors.is_full(error, self._path) and not driver_errors.is_io(error)
        ):
            try:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                return
            except Exception as worse:
                error = worse
        self._distrusted = self._distrusted or driver_errors.is_io(error)
        self._drop_connection()

    def _checkpoint_when_idle(self) -> None:
        connection = self._connection
        if connection is None or self._since_checkpoint < self._checkpoint_every or not self._waiting.empty():
            return
        self._since_checkpoint = 0
        try:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except Exception as error:
            # Nothing acknowledged depends on it: the log keeps everything until it can be folded in.
            self._recover(error)

    def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

"""The journal as the desk holds it: append durably off the screen's thread, read back at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Self

import uuid_utils

from clerk import driver
from clerk.clock import Clock, utc_ms
from clerk.journal import faults, file, record
from clerk.journal.chain import ChainReport
from clerk.journal.replay import Reader
from clerk.journal.writer import Writer
from clerk.model import Event, EventKind, Notice


class Journal:
    """Append-only events of this device; made by `open`, ended by `close`.

    Any thread may call any method. Several processes may hold the same journal.
    """

    def __init__(self, path: Path, clock: Clock, actor: str) -> None:
        self._path = path
        self._clock = clock
        self._actor = actor
        self._notices: list[Notice] = []
        self._notices_lock = threading.Lock()
        self.device = ""
        """Random id of this device's journal."""
        self.epoch = ""
        """Random at the journal's creation."""
        self._reader: Reader
        self._writer: Writer

    @classmethod
    def open(
        cls,
        home: Path,
        clock: Clock,
        *,
        device: str | None = None,
        actor: str = "associate",
        module: ModuleType | None = None,
    ) -> Journal:
        """Opens the journal of a data folder, or makes it.

        Args:
            home: the data folder; made when it is not there.
            clock: gives the wall seconds of events.
            device: id for a new journal; an existing one must have it.
            actor: who records.
            module: another database driver than the chosen one.

        Raises:
            JournalDamaged: what is there is no journal of this device; it is never overwritten.
            PackForeign: a newer Clerk wrote it.
            StoreLocked: another process held it all the time.
            DiskFull: there is no room for a new one.
            DiskFailed: the folder cannot be written, or the disk reported an error.
        """
        chosen: Any = module or driver.driver()
        journal = cls(home / file.FILE, clock, actor)
        connect = partial(file.connect, journal._path, chosen)
        try:
            home.mkdir(parents=True, exist_ok=True)
            connection = connect()
            try:
                journal.device, journal.epoch = file.prepare(connection, journal._path, clock, device)
            except BaseException:
                connection.close()
                raise
        except (chosen.Error, OSError, ValueError) as error:
            raise faults.translated(error, journal._path) from error
        if not driver.is_safe(chosen):
            journal._notify(file.slow_mode_notice(chosen))
        journal._reader = Reader(connection, connect, journal._path, chosen, journal._notify)
        journal._writer = Writer(connect, journal._path, journal.device, journal.epoch, journal._notify)
        return journal

    @property
    def path(self) -> Path:
        """The journal's file."""
        return self._path

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What a person should know by now."""
        with self._notices_lock:
            return tuple(self._notices)

    def append(
        self, kind: EventKind, member_id: str, payload: Mapping[str, object], *, basis: str = ""
    ) -> Future[Event]:
        """Records an event.

        Args:
            kind: what happened.
            member_id: whom it concerns, or empty.
            payload: see `EventKind`; cleaned by the caller.
            basis: what the associate saw: an event id or a pack generation.

        Returns:
            Done when the event is on the disk; holds a `ClerkError` when it is not.

        Raises:
            ValueError: the payload holds something an event may not hold.
        """
        text = record.payload_text(payload)
        event_id = str(uuid_utils.uuid7())
        event = record.event_of(kind, self._clock.now(), member_id, self._actor, text, event_id)
        pending = record.Pending(event, text, utc_ms(), basis)
        self._writer.submit(pending)
        return pending.future

    def member_events(self, member_id: str) -> tuple[Event, ...]:
        """What counts for a member now, oldest first: undone events are left out.

        Raises:
            JournalDamaged: the file cannot be read.
            DiskFailed: the disk reported an error, twice.
        """
        return self._reader.member_events(member_id)

    def events(self, since: int = 0) -> Iterator[Event]:
        """Every event after the first `since`, undone ones and undoings included, oldest first."""
        return self._reader.events(since)

    def count(self) -> int:
        """How many events this journal holds."""
        return self._reader.count()

    def verify(self) -> ChainReport:
        """Checks every event against the hash chain."""
        return self._reader.verify()

    def close(self) -> None:
        """Writes what is waiting, then lets go of the file."""
        self._writer.close()
        self._reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _notify(self, notice: Notice) -> None:
        with self._notices_lock:
            if notice not in self._notices:
                self._notices.append(notice)

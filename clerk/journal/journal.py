"""The journal as other rooms use it: append durably off the screen's thread, read back at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

import uuid_utils

from clerk import driver
from clerk.clock import Clock, utc_ms
from clerk.home import make_private
from clerk.journal import driver_errors, epochs, event_rows, file, redact
from clerk.journal.chain import ChainReport
from clerk.journal.epochs import Epoch
from clerk.journal.read import Reader
from clerk.journal.writer import Writer
from clerk.keys_at_rest import keep_fingerprint, key_of
from clerk.model import Acting, Event, EventKind, Notice
from clerk.privacy.which_events import EventRule

if TYPE_CHECKING:
    import sqlite3

_T = TypeVar("_T")


class Journal:
    """Append-only events of this device; made by `open`, ended by `close`.

    Any thread may call any method. Several processes may hold the same journal.

    Args:
        path: the journal's file, prepared.
        clock: gives the wall seconds of events.
        acting: who records.
        device: random id of this device's journal.
        connection: an open one to read with, which becomes the journal's own.
        connect: opens another, to write.
        connect_to_read: opens another, to read.
        module: the database driver of all of them.
        hlc_floor: the newest logical clock of the installed pack; what is recorded here is later.
        notices: what a person should know about how it was opened.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        acting: Acting,
        device: str,
        connection: sqlite3.Connection,
        connect: Callable[[], sqlite3.Connection],
        connect_to_read: Callable[[], sqlite3.Connection],
        module: Any,
        hlc_floor: int,
        notices: Sequence[Notice],
    ) -> None:
        self.device = device
        self._path = path
        self._clock = clock
        self._acting = acting
        self._connect = connect
        self._module = module
        self._errors: tuple[type[Exception], ...] = (module.Error, OSError, ValueError, TypeError)
        self._notices: list[Notice] = []
        self._notices_lock = threading.Lock()
        for notice in notices:
            self._notify(notice)
        if not driver.is_safe(module):
            self._notify(file.slow_mode_notice(module))
        self._reader = Reader(connection, connect_to_read, path, module, self._notify)
        self._writer = Writer(connect, path, device, hlc_floor, self._notify)

    @classmethod
    def open(
        cls,
        home: Path,
        clock: Clock,
        *,
        device: str | None = None,
        acting: Acting | None = None,
        module: ModuleType | None = None,
        hlc_floor: int = 0,
        read_wait_s: float | None = None,
    ) -> Journal:
        """Opens the journal of a data folder, or makes it.

        Args:
            home: the data folder; made when it is not there.
            clock: gives the wall seconds of events.
            device: id for a new journal; an existing one must have it.
            acting: who records; an associate by default.
            module: another database driver than the chosen one.
            hlc_floor: the newest logical clock of the installed pack; what is recorded here is later.
            read_wait_s: how long opening, and every read, waits for another process; by default as long as a write.

        Raises:
            JournalDamaged: what is there is no journal of this device; it is never overwritten.
            PackForeign: a newer Clerk wrote it.
            StoreLocked: another process held it all the time.
            DiskFull: there is no room for its log, and the reserve was in use already.
            NotWritable: there is none and none can be made, or it cannot be read without writing beside it.
            DiskFailed: the disk reported an error.
            KeyWrong: it is encrypted with another key than is set, or not at all.
        """
        chosen: Any = module or driver.driver()
        path = home / file.FILE
        notices: list[Notice] = []

        def opened() -> tuple[sqlite3.Connection, str]:
            connection = connect_to_read()
            try:
                known_as = file.prepare(connection, path, clock, device)
                keep_fingerprint(home, key)
            except BaseException:
                connection.close()
                raise
            return connection, known_as

        try:
            key = key_of(home)
            connect = partial(file.connect, path, chosen, key)
            connect_to_read = partial(file.connect_to_read, path, chosen, key, read_wait_s)
            make_private(home)
            connection, known_as = file.with_room(path, opened, notices.append)
        except (chosen.Error, OSError, ValueError) as error:
            raise driver_errors.translated(error, path, writing=False) from error
        notices += file.notices(path)
        return cls(
            path, clock, acting or Acting(), known_as, connection, connect, connect_to_read, chosen, hlc_floor, notices
        )

    @property
    def path(self) -> Path:
        """The journal's file."""
        return self._path

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Notices about this journal for a person."""
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
        text = event_rows.payload_text(payload)
        event_id = str(uuid_utils.uuid7())
        event = event_rows.event_of(kind, self._clock.now(), member_id, self._acting.name, text, event_id)
        pending = event_rows.Pending(event, text, utc_ms(), event_rows.basis_text(basis))
        self._writer.submit(pending)
        return pending.future

    def events_of(self, member_id: str) -> tuple[Event, ...]:
        """Every event of a member in this journal, oldest first, undone ones and undo events included.

        Raises:
            JournalDamaged: the file cannot be read.
            DiskFailed: the disk reported an error, twice.
        """
        return self._reader.events_of(member_id)

    def events(self, since: int = 0, kinds: Sequence[EventKind] = ()) -> Iterator[Event]:
        """Every event after row `since`, of some kinds or all, undone ones and undoings included, oldest first."""
        return self._reader.events(since, kinds)

    def raise_floor(self, hlc: int) -> None:
        """Makes later events later than this logical clock, which comes with newer store data."""
        self._writer.raise_floor(hlc)

    def count(self) -> int:
        """Number of the last row: how many were ever written here, where `events(since)` goes on.

        Without forgetting and burned epochs it is how many events there are; those that were forgotten or issued
        again are counted too.
        """
        return self._reader.count()

    def verify(self) -> ChainReport:
        """Checks every event against the hash chain."""
        return self._reader.verify()

    def verify_apart(self) -> ChainReport:
        """The same over a connection of its own, so that no other read waits for it."""
        reader = Reader(self._connect(), self._connect, self._path, self._module, self._notify)
        try:
            return reader.verify()
        finally:
            reader.close()

    @property
    def epoch(self) -> str:
        """The newest epoch, under which events are recorded: random at the journal's creation, and when one burns."""
        return self.head()[0]

    def head(self) -> tuple[str, int, str]:
        """The newest epoch, number and hash of its last event; 0 and the beginning of its chain when it has none."""

        def look(connection: sqlite3.Connection) -> tuple[str, int, str]:
            epoch = epochs.newest(connection)
            return (epoch, *epochs.head_of(connection, self.device, epoch))

        return self._reader.ask(look)

    def epochs(self) -> tuple[Epoch, ...]:
        """All epochs of this journal, oldest first."""
        return self._reader.ask(lambda connection: epochs.epochs(connection, self.device))

    def hash_at(self, epoch: str, seq: int) -> str:
        """The hash of an event; empty when it is not in this journal."""
        return self._reader.ask(lambda connection: epochs.hash_at(connection, self.device, epoch, seq))

    def rows(self, epoch: str, after_seq: int = 0) -> Iterator[tuple[Any, ...]]:
        """Rows of an epoch after a number, all columns in the order of `statements.COLUMNS`, read a page at a time."""
        return self._reader.rows(self.device, epoch, after_seq)

    def burn_epoch(self, reason: str, *, epoch: str | None = None, known: int = 0) -> str:
        """Goes on under a new epoch; what head office is not known to have is issued again with the same ids.

        Args:
            reason: why, one sentence.
            epoch: the one to burn; nothing is done when it is no longer the newest. By default the newest.
            known: number in it up to which head office has the same events for good.

        Returns:
            The newest epoch. Other processes that have the file open notice it with their next event.
        """
        burned = epoch or self.epoch
        now = self._clock.now()
        return self._write(lambda c: epochs.burn(c, self.device, burned, reason, known, now))

    def prune(self, epoch: str, seq: int, before_at: int) -> int:
        """Deletes events that head office has for good: up to a number, and recorded before a time.

        Args:
            epoch: whose events.
            seq: the caller knows that everything up to here is durable.
            before_at: wall seconds; an event recorded later stays, and so does everything after it.

        Returns:
            How many rows were deleted. The last row of the file always stays.
        """
        return self._write(lambda c: epochs.prune(c, self.device, epoch, seq, before_at))

    def member_ids(self) -> tuple[str, ...]:
        """Every member id that any event here names."""
        return tuple(self._reader.ask(redact.member_ids))

    def cannot_be_sent(self, epoch: str, after: int) -> bool:
        """Whether events after a number were redacted, so that they can only be sent under a new epoch."""
        return self._reader.ask(lambda c: redact.cannot_be_sent(c, self.device, epoch, after))

    def redact(
        self, rules: Mapping[str, EventRule], known_until: Mapping[str, int] | None = None, *, dry_run: bool = False
    ) -> redact.Redacted:
        """Deletes the content of members' events; see `clerk.journal.redact`."""
        return self._write(lambda c: redact.redact(c, rules, known_until, dry_run=dry_run))

    def _write(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Does something rare on a connection of its own, in one transaction."""

        def alone() -> _T:
            connection = self._connect()
            try:
                return work(connection)
            finally:
                connection.close()

        try:
            return file.with_room(self._path, alone, self._notify)
        except self._errors as error:
            raise driver_errors.translated(error, self._path) from error

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

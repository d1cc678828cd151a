"""Reading events back: of one member, of all, and the check of the whole chain.

Reads have a connection of their own, so that a scan never waits for a commit.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from clerk.errors import JournalDamaged
from clerk.journal import driver_errors, file, statements
from clerk.journal.chain import ChainReport, Checkpoints, walk
from clerk.model import EVENT_KINDS, Event, EventKind, Notice

if TYPE_CHECKING:
    import sqlite3

_PAGE = 1000
_READ_ONLY = "PRAGMA query_only = ON"
_T = TypeVar("_T")


class Reader:
    """Reads for any thread, one at a time; opens its connection again after a fault.

    Args:
        connection: an open one, to begin with.
        connect: opens another; it may be one that only reads.
        path: the journal.
        module: the driver that `connect` uses.
        notify: called with notices for people.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        connect: Callable[[], sqlite3.Connection],
        path: Path,
        module: ModuleType,
        notify: Callable[[Notice], None],
    ) -> None:
        self._connect = connect
        self._path = path
        # A torn page can hold rows of nothing, or text that is none.
        self._errors: tuple[type[Exception], ...] = (module.Error, OSError, ValueError, TypeError)
        self._notify = notify
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = connection
        self._settled = file.settled(path)
        try:
            connection.execute(_READ_ONLY)
        except self._errors as error:
            connection.close()
            raise driver_errors.translated(error, path, writing=False) from error

    def events_of(self, member_id: str) -> tuple[Event, ...]:
        """Every event of a member, each once, oldest first, undone ones and undoings included.

        Cost: 0.01 ms with none, about 3 µs an event.
        """
        return tuple(self._read(lambda c: self._events(c.execute(statements.OF_MEMBER, (member_id,)).fetchall())))

    def events(self, since: int = 0, kinds: Sequence[EventKind] = ()) -> Iterator[Event]:
        """Every event after row `since`, of some kinds or all, undone ones and undoings included, oldest first."""
        names = json.dumps(sorted(kinds)) if kinds else ""
        while True:
            events, last = self._read(partial(self._page_of_events, since, names))
            yield from events
            if last == since:
                return
            since = last

    def count(self) -> int:
        """How many events the journal holds."""
        return int(self._read(lambda c: c.execute(statements.COUNT).fetchone()[0]))

    def rows(self, device: str, epoch: str, after: int) -> Iterator[tuple[Any, ...]]:
        """Full rows of an epoch after a number, in order; a page at a time, so that nobody waits for it."""
        while page := self._read(partial(_page_of_rows, device, epoch, after)):
            yield from page
            after = page[-1][2]

    def ask(self, question: Callable[[sqlite3.Connection], _T]) -> _T:
        """The answer to a short question."""
        return self._read(question)

    def verify(self) -> ChainReport:
        """Checks the file's structure and every link of the chain; damage is reported, not raised.

        Raises:
            ClerkError: it cannot be read for another reason, so that nobody knows whether it is whole.

        Cost: about 8 µs an event.
        """
        structure = read_on = True
        checkpoints: Checkpoints = {}

        def rows() -> Iterator[Sequence[Any]]:
            nonlocal structure, read_on
            since = 0
            try:
                checkpoints.update(self._checkpoints())
                structure = self._read(lambda c: c.execute("PRAGMA integrity_check(1)").fetchone()[0]) == "ok"
                while page := self._read(partial(_page, statements.CHAIN, since)):
                    since = page[-1][0]
                    yield from (row[1:] for row in page)
            except JournalDamaged:
                read_on = False

        report = walk(rows(), checkpoints)
        if report.damage and read_on and checkpoints != self._checkpoints():
            # Another process forgot events while this one was looking at them.
            return self.verify()
        if report.damage or (structure and read_on):
            return report
        where = "The structure of the file is damaged." if read_on else f"Event {report.events + 1} cannot be read."
        return ChainReport(report.events, where, report.head)

    def _checkpoints(self) -> Checkpoints:
        rows = self._read(lambda c: c.execute(statements.CHECKPOINTS).fetchall())
        return {(device, epoch): (seq, head) for device, epoch, seq, head in rows}

    def close(self) -> None:
        """Closes the connection."""
        with self._lock:
            self._drop()

    def _page_of_events(self, since: int, kinds: str, connection: sqlite3.Connection) -> tuple[list[Event], int]:
        if kinds:
            rows = connection.execute(statements.PAGE_OF_KINDS, (since, kinds, _PAGE)).fetchall()
        else:
            rows = _page(statements.PAGE, since, connection)
        return self._events([row[1:] for row in rows]), rows[-1][0] if rows else since

    def _read(self, question: Callable[[sqlite3.Connection], _T]) -> _T:
        """Asks; after a disk error, or with the reserve given back to a full disk, once more on a new connection."""
        with self._lock:
            try:
                return file.with_room(self._path, partial(self._ask, question), self._notify)
            except self._errors as error:
                if not driver_errors.is_io(error):
                    raise driver_errors.translated(error, self._path, writing=False) from error
            try:
                return self._ask(question)
            except self._errors as error:
                raise driver_errors.translated(error, self._path, writing=False) from error

    def _ask(self, question: Callable[[sqlite3.Connection], _T]) -> _T:
        """Asks the open connection; after a fault there is none."""
        try:
            if self._has_changed():
                self._drop()
            if self._connection is None:
                self._settled = file.settled(self._path)
                self._connection = self._connect()
                self._connection.execute(_READ_ONLY)
            answer = question(self._connection)
        except BaseException:
            self._drop()
            raise
        # What was read while somebody wrote may be of two times.
        return self._ask(question) if self._has_changed() else answer

    def _has_changed(self) -> bool:
        """Whether a file that SQLite was told never changes did: its disk is mounted once more, to be written."""
        return self._settled is not None and file.settled(self._path) != self._settled

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _events(self, rows: Sequence[Any]) -> list[Event]:
        """Events of rows (see `statements.OF_MEMBER`); kinds of a newer Clerk are passed over."""
        # One JSON document is read three times faster than hundreds of small ones.
        payloads = json.loads(f"[{','.join([row[5] for row in rows])}]")
        if len(payloads) != len(rows):
            raise ValueError("a payload is not one JSON value")
        events: list[Event] = []
        for (event_id, kind, at, member_id, actor, _, hlc, device, seq), payload in zip(rows, payloads, strict=True):
            if type(payload) is not dict or type(at) is not int or type(hlc) is not int:
                raise ValueError("an event is not as it was written")
            known = EVENT_KINDS.get(kind)
            if known is None:
                self._notify(_NEWER)
                continue
            events.append(Event(event_id, known, at, member_id, actor, payload, hlc, device, seq))
        return events


def _page(statement: str, since: int, connection: sqlite3.Connection) -> list[Any]:
    return connection.execute(statement, (since, _PAGE)).fetchall()


def _page_of_rows(device: str, epoch: str, after: int, connection: sqlite3.Connection) -> list[Any]:
    return connection.execute(statements.ROWS, (device, epoch, after, _PAGE)).fetchall()


_NEWER = Notice(
    "E203",
    "The journal holds events of a newer Clerk, which this one passes over.",
    "Install the newer version again.",
)

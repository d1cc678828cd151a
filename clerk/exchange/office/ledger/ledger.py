"""Head office's ledger: every event of every device, once.

What makes it "once" is the database, not this program: a number of a device and an event's id can each stand there
only one time, rows cannot be changed or deleted, and how far a device was taken moves in the same transaction as its
events. Two collectors at the same time, or one that is killed anywhere, change nothing of that.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.exc import DBAPIError

from clerk.clock import Clock, ShopClock
from clerk.errors import BundleRefused
from clerk.exchange.office.ledger import intake
from clerk.exchange.office.ledger.engine import guarded, is_sqlite, may_try_again, open_engine
from clerk.exchange.office.ledger.redact import redact, settle_bytes
from clerk.exchange.office.ledger.row_checks import Header, Row, check, check_name
from clerk.journal.statements import COLUMNS
from clerk.privacy.which_events import REDACTED, EventRule

if TYPE_CHECKING:
    from clerk.journal.acknowledged import Acks

ADDRESS: Final = "CLERK_LEDGER"
"""Environment variable that holds the ledger's address, so that a password need not stand in a file."""
Taken = intake.Taken
_TRIES = 5
_PAGE = 2_000
_HEADS = "SELECT h.device, h.epoch, h.seq, h.hash, h.durable_seq, h.durable_hash, h.event_at FROM ledger_heads h"


@dataclass(frozen=True, slots=True)
class Head:
    """How far an epoch of a device was taken."""

    device: str
    epoch: str
    seq: int
    hash: str
    durable_seq: int
    durable_hash: str
    event_at: int
    """Wall seconds of its last event, as the device said."""


@dataclass(frozen=True, slots=True)
class Device:
    """A device that sent something."""

    device: str
    store: str
    first_at: int
    last_at: int
    heads: tuple[Head, ...]


@dataclass(frozen=True, slots=True)
class Fork:
    """Two histories under the same numbers."""

    store: str
    device: str
    epoch: str
    seq: int
    at: int
    """Wall seconds when it was seen first."""


@dataclass(frozen=True, slots=True)
class Known:
    """A bundle that was taken wholly."""

    last: int
    size: int
    archived: bool


class Ledger:
    """The ledger, open. Use `Ledger.open`; close it, or use it in a `with`."""

    def __init__(self, url: str, home: Path, clock: Clock) -> None:
        self._engine = open_engine(url, home)
        self._clock = clock

    @classmethod
    def open(cls, url: str = "", home: Path | None = None, clock: Clock | None = None) -> Ledger:
        """Opens a ledger and makes its tables when there are none.

        Args:
            url: address of a PostgreSQL (or SQLite) database; empty for SQLite in the data folder. The environment
                variable `CLERK_LEDGER` goes before it.
            home: data folder; needed for SQLite.
            clock: tells when things were taken.

        Raises:
            LedgerUnavailable: it cannot be reached or used.
        """
        return cls(os.environ.get(ADDRESS) or url, home or Path.cwd(), clock or ShopClock())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the database."""
        self._engine.dispose()

    def take(
        self, store: str, header: Header, rows: Sequence[Row], *, name: str = "", size: int = 0, settled: bool = True
    ) -> Taken:
        """Takes one bundle in, wholly or not at all.

        Args:
            store: from whose location it came.
            header: of the bundle.
            rows: its events, all columns in order.
            name: of the bundle, to know it again; empty for none.
            size: of the bundle in bytes.
            settled: whether it must be on the disk when this returns; otherwise `settle` comes later, and a power cut
                before that takes whole bundles back, the last ones first.

        Raises:
            BundleRefused: a name, a number or the chain does not hold, or the device belongs to another store.
            LedgerUnavailable: the database failed; nothing was taken.
        """
        check(store, header, rows)
        now = self._clock.now()
        with guarded():
            for left in range(_TRIES - 1, -1, -1):
                try:
                    with self._writing(settled) as connection:
                        return intake.take(connection, intake.Bundle(store, header, rows, name, size, now))
                except DBAPIError as error:
                    if not left or not may_try_again(error):
                        raise
        raise AssertionError("the last try returns or raises")

    def acks(self, store: str) -> Acks:
        """Acknowledgements of a store's devices: up to which event received, and up to which archived."""
        from clerk.journal.acknowledged import Ack

        said: Acks = {}
        for head in self.heads(store):
            durable = Ack(head.durable_seq, head.durable_hash) if head.durable_seq else None
            said.setdefault(head.device, {})[head.epoch] = (Ack(head.seq, head.hash), durable)
        return said

    def heads(self, store: str) -> list[Head]:
        """How far each epoch of a store's devices was taken."""
        query = text(
            f"{_HEADS} JOIN ledger_devices d ON d.device = h.device WHERE d.store = :store"
            " ORDER BY h.device, h.event_at, h.epoch"
        )
        with guarded(), self._reading() as connection:
            return [Head(*row) for row in connection.execute(query, {"store": store})]

    def head(self, device: str, epoch: str) -> Head:
        """How far one epoch was taken; all zero when nothing of it was."""
        query = text(f"{_HEADS} WHERE h.device = :device AND h.epoch = :epoch")
        with guarded(), self._reading() as connection:
            found = connection.execute(query, {"device": device, "epoch": epoch}).first()
        return Head(*found) if found else Head(device, epoch, 0, "", 0, "", 0)

    def events(self, store: str, kinds: Collection[str] | None = None) -> Iterator[tuple[object, ...]]:
        """A store's events in the order (hlc, device, seq), as rows of `clerk.journal.statements.COLUMNS`.

        Args:
            store: whose.
            kinds: only these; all when not given.

        Cost: streamed; memory does not grow with the ledger.
        """
        if kinds is not None and not kinds:
            return
        wanted = "" if kinds is None else " AND kind IN :kinds"
        query = text(
            f"SELECT {', '.join(COLUMNS)} FROM ledger_events WHERE store = :store{wanted} ORDER BY hlc, device, seq"  # noqa: S608
        )
        values: dict[str, object] = {"store": store}
        if kinds is not None:
            query = query.bindparams(bindparam("kinds", expanding=True))
            values["kinds"] = sorted(kinds)
        with guarded(), self._reading() as connection:
            for row in connection.execute(query, values, execution_options={"yield_per": _PAGE}):
                yield tuple(row)

    def count(self, store: str) -> int:
        """How many events of a store are here."""
        with guarded(), self._reading() as connection:
            query = text("SELECT count(*) FROM ledger_events WHERE store = :store")
            return int(connection.execute(query, {"store": store}).scalar_one())

    def devices(self, store: str = "") -> list[Device]:
        """The devices that ever sent something, of one store or of all."""
        query = text("SELECT device, store, first_at, last_at FROM ledger_devices ORDER BY store, device")
        with guarded(), self._reading() as connection:
            found = [row for row in connection.execute(query) if store in ("", row.store)]
        heads: dict[str, list[Head]] = {}
        for one in sorted({row.store for row in found}):
            for head in self.heads(one):
                heads.setdefault(head.device, []).append(head)
        return [
            Device(row.device, row.store, row.first_at, row.last_at, tuple(heads.get(row.device, ()))) for row in found
        ]

    def forks(self, store: str = "") -> list[Fork]:
        """Where a device sent another history than the one that is here, of one store or of all."""
        query = text("SELECT store, device, epoch, seq, at FROM ledger_forks ORDER BY at, device, epoch, seq")
        with guarded(), self._reading() as connection:
            return [Fork(*row) for row in connection.execute(query) if store in ("", row[0])]

    def known(self, device: str, epoch: str) -> dict[str, Known]:
        """Bundles of an epoch that were taken wholly, by name."""
        query = text("SELECT name, last, size, archived FROM ledger_segments WHERE device = :device AND epoch = :epoch")
        with guarded(), self._reading() as connection:
            rows = connection.execute(query, {"device": device, "epoch": epoch})
            return {name: Known(last, size, bool(archived)) for name, last, size, archived in rows}

    def settle(self) -> None:
        """Waits until everything taken so far is on the database's disk: one wait for many bundles."""
        with guarded(), self._engine.begin() as connection:
            # Any change will do: the log is written in order, so that everything before it is on the disk as well.
            connection.execute(text("UPDATE ledger_meta SET value = value WHERE name = 'version'"))

    def mark_durable(self, store: str, device: str, epoch: str, name: str, *, settled: bool = True) -> int:
        """Notes that a bundle's copy in the archive was read back and is whole.

        Args:
            store: whose device it is.
            device: its device.
            epoch: its epoch.
            name: of the bundle, as it was taken.
            settled: as for `take`.

        Returns:
            Up to which event the epoch is durable now: it moves only over bundles without a gap between them.

        Raises:
            BundleRefused: no such bundle was taken.
        """
        check_name(store, "store")
        with guarded(), self._writing(settled) as connection:
            intake.lock(connection, device)
            where = {"device": device, "epoch": epoch, "name": name}
            marked = connection.execute(
                text(
                    "UPDATE ledger_segments SET archived = 1 WHERE device = :device AND epoch = :epoch AND name = :name"
                ),
                where,
            )
            if not marked.rowcount:
                raise BundleRefused("No such bundle was taken.", "Collect it first.")
            return intake.move_durable(connection, device, epoch)

    def redact(self, store: str, rule: Callable[[str], EventRule]) -> int:
        """Redacts events of erased members of a store; see `clerk.exchange.office.ledger.redact`. Gives how many."""
        check_name(store, "store")
        with guarded():
            with self._writing(True) as connection:
                redacted = redact(connection, store, rule)
            settle_bytes(self._engine, redacted)
        return redacted

    def is_redacted(self, device: str, epoch: str, first: int, last: int) -> bool:
        """Whether any of these events of a device is empty here, also where it came again under a new epoch."""
        query = text(
            "SELECT EXISTS (SELECT 1 FROM ledger_events WHERE device = :device AND epoch = :epoch"
            " AND seq BETWEEN :first AND :last AND payload = :empty) OR EXISTS (SELECT 1 FROM ledger_again a"
            " JOIN ledger_events e ON e.event_id = a.event_id WHERE a.device = :device AND a.epoch = :epoch"
            " AND a.seq BETWEEN :first AND :last AND e.payload = :empty)"
        )
        values = {"device": device, "epoch": epoch, "first": first, "last": last, "empty": REDACTED}
        with guarded(), self._reading() as connection:
            return bool(connection.execute(query, values).scalar())

    def last_activity(self, store: str) -> dict[str, int]:
        """Member id -> wall second of the last activity; being looked at is none."""
        query = text(
            "SELECT member_id, max(at) FROM ledger_events"
            " WHERE store = :store AND member_id <> '' AND kind <> 'access' GROUP BY member_id"
        )
        with guarded(), self._reading() as connection:
            return {str(who): int(at) for who, at in connection.execute(query, {"store": store})}

    @contextmanager
    def _writing(self, settled: bool) -> Iterator[Connection]:
        """A transaction; the small engine always waits for the disk."""
        with self._engine.begin() as connection:
            if not settled and not is_sqlite(connection):
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            yield connection

    def _reading(self) -> Connection:
        """A connection that holds nobody up."""
        return self._engine.connect().execution_options(reads=True, stream_results=not is_sqlite(self._engine))

"""Taking one bundle into the ledger: what happens inside the one transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text

from clerk.errors import BundleRefused
from clerk.exchange.office.ledger.engine import is_sqlite
from clerk.exchange.office.ledger.row_checks import EVENT_ID, HASH, SEQ, Header, Row
from clerk.journal import chain
from clerk.journal.statements import COLUMNS
from clerk.privacy.which_events import REDACTED

_NAMES = ", ".join(COLUMNS)
_NUMBERS = {"seq", "hlc", "at", "utc_ms", "schema"}
_INCOMING = ", ".join(f"{name} {'BIGINT' if name in _NUMBERS else 'TEXT'}" for name in COLUMNS)
_MAKE_INCOMING: Final = f"CREATE TEMP TABLE IF NOT EXISTS incoming ({_INCOMING})"
_FILL: Final = f"INSERT INTO incoming VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608
_COPY: Final = "COPY incoming FROM STDIN"
# A condition that is always true tells SQLite's parser that ON belongs to the insert, not to a join.
_INSERT = text(
    f"INSERT INTO ledger_events (store, {_NAMES}) SELECT :store, {_NAMES} FROM incoming WHERE true ORDER BY seq"  # noqa: S608
    " ON CONFLICT DO NOTHING"
)
_SAID = ("kind", "at", "actor", "member_id", "payload", "basis")
"""What makes two rows with one event id the same; numbers, clock and chain are those of the epoch."""
_EMPTIED = REDACTED.replace(":", "\\:")
_REPEATED = text(
    f"SELECT i.seq, CASE WHEN {' AND '.join(f'e.{name} = i.{name}' for name in _SAID)} "  # noqa: S608
    # A redacted event counts as equal to its original.
    f" OR e.payload = '{_EMPTIED}' THEN 1 ELSE 0 END"
    " FROM incoming i JOIN ledger_events e ON e.event_id = i.event_id"
    " WHERE NOT (e.device = i.device AND e.epoch = i.epoch AND e.seq = i.seq)"
)
_AGAIN = text(
    "INSERT INTO ledger_again (device, epoch, seq, event_id, hash, differs)"
    " VALUES (:device, :epoch, :seq, :event_id, :hash, :differs)"
)
_HEAD = text("SELECT seq, hash FROM ledger_heads WHERE device = :device AND epoch = :epoch")
_NEW_HEAD = text(
    "INSERT INTO ledger_heads (device, epoch, seq, hash, durable_seq, durable_hash, event_at)"
    " VALUES (:device, :epoch, :seq, :hash, 0, '', :event_at)"
)
_MOVE_HEAD = text(
    "UPDATE ledger_heads SET seq = :seq, hash = :hash, event_at = :event_at WHERE device = :device AND epoch = :epoch"
)
_HASH_AT = text(
    "SELECT hash FROM ledger_events WHERE device = :device AND epoch = :epoch AND seq = :seq"
    " UNION ALL SELECT hash FROM ledger_again WHERE device = :device AND epoch = :epoch AND seq = :seq"
)
_FORK = text(
    "INSERT INTO ledger_forks (device, epoch, seq, offered, held, store, at)"
    " VALUES (:device, :epoch, :seq, :offered, :held, :store, :at) ON CONFLICT DO NOTHING"
)
_SEGMENT = text(
    "INSERT INTO ledger_segments (device, epoch, name, first, last, hash, size, archived)"
    " VALUES (:device, :epoch, :name, :first, :last, :hash, :size, 0) ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one bundle."""

    state: str
    """`taken`; `known` (all of it was here); `waiting` (events before it are missing); `forked` (other events are here
    under its numbers: nothing was taken)."""
    new: int = 0
    """Events that were not here."""
    again: int = 0
    """Events that were here under an earlier epoch."""
    differs: int = 0
    """Of these, how many differ from the stored event: kept beside the ledger, for a person to check."""
    words: str = ""
    """Why nothing was taken, for a person."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """One bundle that was checked, and where it came from."""

    store: str
    header: Header
    rows: Sequence[Row]
    name: str
    size: int
    now: int

    @property
    def place(self) -> dict[str, object]:
        """Its device and epoch, for a statement."""
        return {"device": self.header.device, "epoch": self.header.epoch}


def take(connection: Connection, bundle: Bundle) -> Taken:
    """Takes a checked bundle, inside the transaction of the connection."""
    header = bundle.header
    _own(connection, bundle)
    head = connection.execute(_HEAD, bundle.place).first()
    seq, held = (int(head[0]), str(head[1])) if head else (0, chain.genesis(header.device, header.epoch))
    if header.first > seq + 1:
        return Taken("waiting", words=f"events from {seq + 1} on are missing before it")
    if fork := _forked(connection, bundle, seq, held):
        return fork
    if header.last <= seq:
        _remember(connection, bundle)
        return Taken("known")
    rows = bundle.rows[seq + 1 - header.first :]
    new, again, differs = _store(connection, bundle, rows)
    last = rows[-1]
    moved = {**bundle.place, "seq": header.last, "hash": last[HASH], "event_at": last[COLUMNS.index("at")]}
    connection.execute(_MOVE_HEAD if head else _NEW_HEAD, moved)
    connection.execute(
        text("UPDATE ledger_devices SET last_at = :now WHERE device = :device"),
        {"now": bundle.now, "device": header.device},
    )
    _remember(connection, bundle)
    return Taken("taken", new, again, differs)


def lock(connection: Connection, device: str) -> str | None:
    """Holds the device's row until the transaction ends, and gives its store."""
    # SQLite's transaction began by locking the whole file.
    suffix = "" if is_sqlite(connection) else " FOR UPDATE"
    query = text(f"SELECT store FROM ledger_devices WHERE device = :device{suffix}")  # noqa: S608
    found = connection.execute(query, {"device": device}).scalar()
    return None if found is None else str(found)


def move_durable(connection: Connection, device: str, epoch: str) -> int:
    """Moves what is durable over archived bundles that follow each other without a gap; gives the last number."""
    where: dict[str, object] = {"device": device, "epoch": epoch}
    query = text("SELECT durable_seq FROM ledger_heads WHERE device = :device AND epoch = :epoch")
    at = start = int(connection.execute(query, where).scalar_one())
    reached = ""
    step = text(
        "SELECT last, hash FROM ledger_segments WHERE device = :device AND epoch = :epoch AND archived = 1"
        " AND first <= :next AND last >= :next ORDER BY last DESC LIMIT 1"
    )
    while found := connection.execute(step, {**where, "next": at + 1}).first():
        at, reached = int(found[0]), str(found[1])
    if at > start:
        connection.execute(
            text(
                "UPDATE ledger_heads SET durable_seq = :seq, durable_hash = :hash"
                " WHERE device = :device AND epoch = :epoch"
            ),
            {**where, "seq": at, "hash": reached},
        )
    return at


def _own(connection: Connection, bundle: Bundle) -> None:
    """Locks the device, entering it first when it is new here.

    Raises:
        BundleRefused: another store's device has that id.
    """
    connection.execute(
        text(
            "INSERT INTO ledger_devices (device, store, first_at, last_at) VALUES (:device, :store, :now, :now)"
            " ON CONFLICT DO NOTHING"
        ),
        {"device": bundle.header.device, "store": bundle.store, "now": bundle.now},
    )
    if lock(connection, bundle.header.device) != bundle.store:
        raise BundleRefused(
            "A bundle of events is from a device of another store.", "Enrol that device again under a new id."
        )


def _forked(connection: Connection, bundle: Bundle, seq: int, held: str) -> Taken | None:
    """Compares what both sides have under the same number: one hash stands for everything before it."""
    header = bundle.header
    at = min(seq, header.last)
    offered = header.prev_hash if at < header.first else str(bundle.rows[at - header.first][HASH])
    if at < seq:
        held = str(connection.execute(_HASH_AT, {**bundle.place, "seq": at}).scalar_one())
    if offered == held:
        return None
    connection.execute(
        _FORK,
        {**bundle.place, "seq": at, "offered": offered, "held": held, "store": bundle.store, "at": bundle.now},
    )
    return Taken("forked", words=f"other events are here under its numbers up to {at}")


def _store(connection: Connection, bundle: Bundle, rows: Sequence[Row]) -> tuple[int, int, int]:
    """Inserts rows; those whose event is here already are noted beside. Gives new, again and differing."""
    _fill_incoming(connection, rows)
    new = connection.execute(_INSERT, {"store": bundle.store}).rowcount
    if new == len(rows):
        return new, 0, 0
    notes = []
    for seq, same in connection.execute(_REPEATED):
        row = rows[int(seq) - int(str(rows[0][SEQ]))]
        notes.append(
            {
                **bundle.place,
                "seq": seq,
                "event_id": row[EVENT_ID],
                "hash": row[HASH],
                "differs": "" if same else json.dumps(list(row), ensure_ascii=True),
            }
        )
    connection.execute(_AGAIN, notes)
    if new + len(notes) != len(rows):
        raise BundleRefused("A bundle of events could not be taken as a whole.", "Collect again and report this.")
    return new, len(notes), sum(1 for note in notes if note["differs"])


def _fill_incoming(connection: Connection, rows: Sequence[Row]) -> None:
    """Puts the rows beside the ledger, the fastest way each engine has."""
    connection.exec_driver_sql(_MAKE_INCOMING)
    if is_sqlite(connection):
        connection.exec_driver_sql("DELETE FROM incoming")
        connection.exec_driver_sql(_FILL, [tuple(row) for row in rows])
        return
    connection.exec_driver_sql("TRUNCATE incoming")
    with connection.connection.cursor() as cursor, cursor.copy(_COPY) as copy:  # type: ignore[attr-defined]
        for row in rows:
            copy.write_row(row)


def _remember(connection: Connection, bundle: Bundle) -> None:
    if bundle.name:
        connection.execute(
            _SEGMENT,
            {
                **bundle.place,
                "name": bundle.name,
                "first": bundle.header.first,
                "last": bundle.header.last,
                "hash": bundle.rows[-1][HASH],
                "size": bundle.size,
            },
        )

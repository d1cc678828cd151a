"""How a journal file gets its shape: ordered steps, each applied together with its record in one transaction.

The record is SQLite's own `user_version`, which rolls back with the transaction. Steps are frozen text: a journal
made today must be read in ten years, whatever the tables look like then.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3

APPLICATION_ID: Final = 0x434C524B
"""`CLRK` in the file's header: tells a journal from any other SQLite file."""

UNGUARD_DELETE: Final = "DROP TRIGGER events_no_DELETE"
"""Inside the one transaction that forgets; SQLite's names know no case."""
_GUARD = "CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, 'append-only'); END"


def _first(connection: sqlite3.Connection, device: str, created: int) -> None:
    """Events, whose journal it is, and the triggers that keep both as written."""
    connection.execute(
        "CREATE TABLE events (device TEXT NOT NULL, epoch TEXT NOT NULL, seq BIGINT NOT NULL,"
        " event_id TEXT NOT NULL, hlc BIGINT NOT NULL, at BIGINT NOT NULL, utc_ms BIGINT NOT NULL,"
        " kind TEXT NOT NULL, schema INTEGER NOT NULL, actor TEXT NOT NULL, member_id TEXT NOT NULL,"
        " payload TEXT NOT NULL, basis TEXT NOT NULL, prev_hash TEXT NOT NULL, hash TEXT NOT NULL,"
        " PRIMARY KEY (device, epoch, seq), UNIQUE (event_id))"
    )
    connection.execute("CREATE INDEX ix_events_member_id ON events (member_id)")
    connection.execute(
        "CREATE TABLE meta (device TEXT NOT NULL, epoch TEXT NOT NULL, created BIGINT NOT NULL,"
        " PRIMARY KEY (device, epoch))"
    )
    connection.execute("INSERT INTO meta VALUES (?, ?, ?)", (device, secrets.token_hex(4), created))
    for table in ("events", "meta"):
        for verb in ("UPDATE", "DELETE"):
            connection.execute(_GUARD.format(table=table, verb=verb))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _second(connection: sqlite3.Connection, device: str, created: int) -> None:
    """An event may be issued again under a new epoch; why an epoch began; where the chain begins after pruning."""
    connection.execute(
        "CREATE TABLE events_again (device TEXT NOT NULL, epoch TEXT NOT NULL, seq BIGINT NOT NULL,"
        " event_id TEXT NOT NULL, hlc BIGINT NOT NULL, at BIGINT NOT NULL, utc_ms BIGINT NOT NULL,"
        " kind TEXT NOT NULL, schema INTEGER NOT NULL, actor TEXT NOT NULL, member_id TEXT NOT NULL,"
        " payload TEXT NOT NULL, basis TEXT NOT NULL, prev_hash TEXT NOT NULL, hash TEXT NOT NULL,"
        " PRIMARY KEY (device, epoch, seq), UNIQUE (event_id, epoch))"
    )
    # Row numbers stay: they are the order in which everything was written.
    connection.execute(
        "INSERT INTO events_again (rowid, device, epoch, seq, event_id, hlc, at, utc_ms, kind, schema, actor,"
        " member_id, payload, basis, prev_hash, hash) SELECT rowid, device, epoch, seq, event_id, hlc, at, utc_ms,"
        " kind, schema, actor, member_id, payload, basis, prev_hash, hash FROM events ORDER BY rowid"
    )
    # Its index and triggers go with it.
    connection.execute("DROP TABLE events")
    connection.execute("ALTER TABLE events_again RENAME TO events")
    connection.execute("CREATE INDEX ix_events_member_id ON events (member_id)")
    connection.execute("ALTER TABLE meta ADD COLUMN reason TEXT NOT NULL DEFAULT ''")
    connection.execute("ALTER TABLE meta ADD COLUMN known BIGINT NOT NULL DEFAULT 0")
    connection.execute(
        "CREATE TABLE checkpoints (device TEXT NOT NULL, epoch TEXT NOT NULL, seq BIGINT NOT NULL,"
        " hash TEXT NOT NULL, PRIMARY KEY (device, epoch, seq))"
    )
    for table in ("events", "checkpoints"):
        for verb in ("UPDATE", "DELETE"):
            connection.execute(_GUARD.format(table=table, verb=verb))


STEPS: Final[tuple[Callable[[sqlite3.Connection, str, int], None], ...]] = (_first, _second)
"""Step n makes version n + 1 out of version n."""


def guard_delete(connection: sqlite3.Connection) -> None:
    """Puts back what `UNGUARD_DELETE` took away."""
    connection.execute(_GUARD.format(table="events", verb="DELETE"))


UNGUARD_UPDATE: Final = "DROP TRIGGER events_no_UPDATE"
"""Inside the one transaction that redacts."""


def guard_update(connection: sqlite3.Connection) -> None:
    """Puts back what `UNGUARD_UPDATE` took away."""
    connection.execute(_GUARD.format(table="events", verb="UPDATE"))


def version(connection: sqlite3.Connection) -> int:
    """How many steps this file has behind it."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, device: str, created: int) -> None:
    """Brings the file to the current version.

    Args:
        connection: in autocommit mode.
        device: id for a new journal.
        created: wall seconds, for a new journal.

    Effect: writes; safe when several processes do it at once.
    """
    while version(connection) < len(STEPS):
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have taken this step between the look and the lock.
            done = version(connection)
            if done < len(STEPS):
                STEPS[done](connection, device, created)
                connection.execute(f"PRAGMA user_version = {done + 1}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

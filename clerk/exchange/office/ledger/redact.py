"""Redaction in head office's ledger: contents of events are deleted, position and hash stay, on both databases.

The guards that forbid changes are taken off and put back inside one transaction. What a device sends again later (from
a restored disk, or a bundle of the archive) meets the redacted event of the same id and does not count as new.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Connection, Engine, text
from sqlalchemy.schema import CreateIndex

from clerk.exchange.office.ledger import schema
from clerk.exchange.office.ledger.engine import is_sqlite
from clerk.journal.statements import COLUMNS
from clerk.privacy.which_events import REDACTED, EventRule

_TABLES: Final = ("ledger_events", "ledger_again")
_MEMBER_INDEX: Final = "ix_ledger_events_member"
_KIND, _HLC, _MEMBER = COLUMNS.index("kind"), COLUMNS.index("hlc"), COLUMNS.index("member_id")
_IDS = text("SELECT DISTINCT member_id FROM ledger_events WHERE store = :store AND member_id <> ''")
_OF_MEMBER = text(
    "SELECT device, epoch, seq, kind, hlc, payload = :empty FROM ledger_events"
    " WHERE store = :store AND member_id = :who"
)
_REDACT = text(
    "UPDATE ledger_events SET member_id = :who, payload = :empty"
    " WHERE device = :device AND epoch = :epoch AND seq = :seq"
)
_DIFFERING = text(
    "SELECT a.device, a.epoch, a.seq, a.differs FROM ledger_again a JOIN ledger_devices d ON d.device = a.device"
    " WHERE d.store = :store AND a.differs <> ''"
)
_SAME = text("UPDATE ledger_again SET differs = '' WHERE device = :device AND epoch = :epoch AND seq = :seq")


def redact(connection: Connection, store: str, rule: Callable[[str], EventRule]) -> int:
    """Redacts events of one store, inside the transaction of the connection; gives how many.

    Args:
        connection: that may change tables.
        store: whose.
        rule: member id -> which events of theirs go.
    """
    redacted: list[dict[str, Any]] = []
    for (who,) in connection.execute(_IDS, {"store": store}).all():
        of_member = rule(str(who))
        if not of_member:
            continue
        for device, epoch, seq, kind, hlc, is_empty in connection.execute(
            _OF_MEMBER, {"store": store, "who": who, "empty": REDACTED}
        ):
            # An event redacted for a partial erasure keeps its member id: that goes with a full erasure.
            keeps_id = of_member.keeps_id(str(kind), int(hlc))
            if of_member.redacts(str(kind), int(hlc)) and not (is_empty and keeps_id):
                place = {"device": device, "epoch": epoch, "seq": seq}
                redacted.append({**place, "who": who if keeps_id else "", "empty": REDACTED})
    differing = [
        {"device": device, "epoch": epoch, "seq": seq}
        for device, epoch, seq, row in connection.execute(_DIFFERING, {"store": store})
        if _is_redacted_too(row, rule)
    ]
    if not redacted and not differing:
        return 0
    _unguard(connection)
    if redacted:
        connection.execute(_REDACT, redacted)
    if differing:
        connection.execute(_SAME, differing)
    _guard(connection)
    return len(redacted) + len(differing)


def settle_bytes(engine: Engine, redacted: int) -> None:
    """Effect: cuts the log of the small database; writes the tables of the large one anew, without old rows.

    Freed rows stay in the pages of PostgreSQL until others take their place; only whole tables written anew have none.
    Cost: on PostgreSQL the tables are locked for as long as writing them takes.
    """
    if is_sqlite(engine):
        # Also where nothing was left to redact: another process may have been in the way the last time.
        raw = engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            raw.close()
        return
    if not redacted:
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in _TABLES:
            connection.exec_driver_sql(f"VACUUM FULL {table}")


def _is_redacted_too(row: str, rule: Callable[[str], EventRule]) -> bool:
    """Whether a whole row, kept because its payload differed, belongs to an erased member."""
    try:
        columns = json.loads(row)
        return bool(columns[_MEMBER]) and rule(str(columns[_MEMBER])).redacts(str(columns[_KIND]), int(columns[_HLC]))
    except (ValueError, TypeError, IndexError):
        return False


def _unguard(connection: Connection) -> None:
    if not is_sqlite(connection):
        for table in _TABLES:
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER {table}_rows")
        return
    connection.exec_driver_sql("PRAGMA secure_delete = ON")
    for table in _TABLES:
        connection.exec_driver_sql(f"DROP TRIGGER {table}_no_UPDATE")


def _guard(connection: Connection) -> None:
    if not is_sqlite(connection):
        for table in _TABLES:
            connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE TRIGGER {table}_rows")
        return
    # A page of an index that was split keeps stale copies of its entries; a new one has none.
    events = next(table for table in schema.tables() if table.name == _TABLES[0])
    index = next(one for one in events.indexes if one.name == _MEMBER_INDEX)
    connection.exec_driver_sql(f"DROP INDEX {_MEMBER_INDEX}")
    connection.execute(CreateIndex(index))
    for guard in schema.guards("sqlite"):
        if any(guard.startswith(f"CREATE TRIGGER {table}_no_UPDATE ") for table in _TABLES):
            connection.exec_driver_sql(guard)

"""The ledger's tables, one definition for SQLite and PostgreSQL.

Event columns are those of `clerk.journal.tables`, with the store before them. Every whole number is 64 bits wide
(on PostgreSQL a plain `int` has 32, and a clock value in it overflows), and every text is compared byte by byte, so
that both engines give the same order.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Index, Table, Text
from sqlmodel import Field, SQLModel

VERSION: Final = 1
"""Version of these tables; a ledger made by a newer Clerk is left alone."""

_TEXT: Any = Text().with_variant(Text(collation="C"), "postgresql")


class LedgerMeta(SQLModel, table=True):
    """What kind of ledger this is."""

    __tablename__ = "ledger_meta"

    name: str = Field(primary_key=True, sa_type=_TEXT)
    value: str = Field(sa_type=_TEXT)


class LedgerEvent(SQLModel, table=True):
    """One event of one device, once; never changed and never deleted."""

    __tablename__ = "ledger_events"
    __table_args__ = (
        Index("ix_ledger_events_order", "store", "hlc", "device", "seq"),
        Index("ix_ledger_events_member", "store", "member_id"),
    )

    store: str = Field(sa_type=_TEXT)
    device: str = Field(primary_key=True, sa_type=_TEXT)
    epoch: str = Field(primary_key=True, sa_type=_TEXT)
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    event_id: str = Field(unique=True, sa_type=_TEXT)
    hlc: int = Field(sa_type=BigInteger)
    at: int = Field(sa_type=BigInteger)
    utc_ms: int = Field(sa_type=BigInteger)
    kind: str = Field(sa_type=_TEXT)
    schema_no: int = Field(sa_type=BigInteger, sa_column_kwargs={"name": "schema"})
    actor: str = Field(sa_type=_TEXT)
    member_id: str = Field(sa_type=_TEXT)
    payload: str = Field(sa_type=_TEXT)
    basis: str = Field(sa_type=_TEXT)
    prev_hash: str = Field(sa_type=_TEXT)
    hash: str = Field(sa_type=_TEXT)


class LedgerAgain(SQLModel, table=True):
    """A number of a device under which an event came that was here already (issued again under a new epoch)."""

    __tablename__ = "ledger_again"

    device: str = Field(primary_key=True, sa_type=_TEXT)
    epoch: str = Field(primary_key=True, sa_type=_TEXT)
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    event_id: str = Field(index=True, sa_type=_TEXT)
    hash: str = Field(sa_type=_TEXT)
    differs: str = Field(sa_type=_TEXT)
    """Empty when it says the same; otherwise the whole row as JSON, so that nothing a device sent is lost."""


class LedgerDevice(SQLModel, table=True):
    """A device that sent something, and whose it is; the row that a collector locks."""

    __tablename__ = "ledger_devices"

    device: str = Field(primary_key=True, sa_type=_TEXT)
    store: str = Field(index=True, sa_type=_TEXT)
    first_at: int = Field(sa_type=BigInteger)
    """Wall seconds of the office when its first events were taken."""
    last_at: int = Field(sa_type=BigInteger)
    """Wall seconds of the office when its last events were taken."""


class LedgerHead(SQLModel, table=True):
    """How far an epoch was taken, without a gap, and how far of that is in the archive."""

    __tablename__ = "ledger_heads"

    device: str = Field(primary_key=True, sa_type=_TEXT)
    epoch: str = Field(primary_key=True, sa_type=_TEXT)
    seq: int = Field(sa_type=BigInteger)
    hash: str = Field(sa_type=_TEXT)
    durable_seq: int = Field(sa_type=BigInteger)
    durable_hash: str = Field(sa_type=_TEXT)
    event_at: int = Field(sa_type=BigInteger)
    """Wall seconds of the last event, as the device said."""


class LedgerFork(SQLModel, table=True):
    """Two histories under the same numbers: a disk image was restored or copied."""

    __tablename__ = "ledger_forks"

    device: str = Field(primary_key=True, sa_type=_TEXT)
    epoch: str = Field(primary_key=True, sa_type=_TEXT)
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    """Where both were compared."""
    offered: str = Field(primary_key=True, sa_type=_TEXT)
    """The hash that was sent; not taken."""
    held: str = Field(sa_type=_TEXT)
    """The hash that is here."""
    store: str = Field(sa_type=_TEXT)
    at: int = Field(sa_type=BigInteger)
    """Wall seconds of the office when it was seen first."""


class LedgerBundle(SQLModel, table=True):
    """A bundle that was taken wholly, by its name: it need not be read again."""

    __tablename__ = "ledger_segments"

    device: str = Field(primary_key=True, sa_type=_TEXT)
    epoch: str = Field(primary_key=True, sa_type=_TEXT)
    name: str = Field(primary_key=True, sa_type=_TEXT)
    first: int = Field(sa_type=BigInteger)
    last: int = Field(sa_type=BigInteger)
    hash: str = Field(sa_type=_TEXT)
    """Of its last event."""
    size: int = Field(sa_type=BigInteger)
    archived: int = Field(sa_type=BigInteger)
    """1 when the copy in the archive was read back, opened and found whole."""


def tables() -> list[Table]:
    """All of them, in the order in which they are made."""
    models: tuple[type[SQLModel], ...] = (
        LedgerMeta, LedgerEvent, LedgerAgain, LedgerDevice, LedgerHead, LedgerFork, LedgerBundle,
    )  # fmt: skip
    return [SQLModel.metadata.tables[str(model.__tablename__)] for model in models]


GUARDED: Final = ("ledger_events", "ledger_again", "ledger_forks")
"""Tables whose rows stay as written, whoever writes to the database and with whatever program."""


def guards(dialect: str) -> list[str]:
    """The statements that make the database itself refuse to change or delete a row of those tables."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, 'append-only'); END"
            for table in GUARDED
            for verb in ("UPDATE", "DELETE")
        ]
    made = [
        "CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'append-only'; END $$"
    ]
    for table in GUARDED:
        made += [
            f"CREATE TRIGGER {table}_rows BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION ledger_append_only()",
            f"CREATE TRIGGER {table}_all BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()",
        ]
    return made

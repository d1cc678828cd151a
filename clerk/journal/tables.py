"""The journal's tables, one definition for SQLite here and PostgreSQL at head office.

The counter never imports this module (SQLModel costs a quarter of a second): migrations and hot statements are plain
text in `migrations.py` and `statements.py`, and a test holds them against these tables.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel


class EventRow(SQLModel, table=True):
    """One event, as it is stored; never changed, and deleted only when head office has it for good."""

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("event_id", "epoch"),)

    device: str = Field(primary_key=True, sa_type=Text)
    """Random id of the device's journal."""
    epoch: str = Field(primary_key=True, sa_type=Text)
    """Random at creation; a restored disk image gets a new one, so that a number never means two events."""
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    """1, 2, 3 ... without a gap inside an epoch: what says that nothing is missing."""
    event_id: str = Field(sa_type=Text)
    """UUIDv7: what says that two rows are the same event; once in an epoch, and again where an epoch was burned."""
    hlc: int = Field(sa_type=BigInteger)
    """Hybrid logical clock, milliseconds × 65,536: a display order across devices that never runs backwards."""
    at: int = Field(sa_type=BigInteger)
    """Wall seconds."""
    utc_ms: int = Field(sa_type=BigInteger)
    """Milliseconds since 1970 in UTC."""
    kind: str = Field(sa_type=Text)
    schema_no: int = Field(sa_column_kwargs={"name": "schema"})
    """Version of the payload's shape."""
    actor: str = Field(sa_type=Text)
    member_id: str = Field(index=True, sa_type=Text)
    """Empty when the event concerns no member."""
    payload: str = Field(sa_type=Text)
    """JSON object."""
    basis: str = Field(sa_type=Text)
    """What the associate saw: an event id or a pack generation, or empty."""
    prev_hash: str = Field(sa_type=Text)
    hash: str = Field(sa_type=Text)
    """sha256 over the previous hash and every column above, in hex."""


class MetaRow(SQLModel, table=True):
    """Whose journal this is: one row an epoch, the newest in use."""

    __tablename__ = "meta"

    device: str = Field(primary_key=True, sa_type=Text)
    epoch: str = Field(primary_key=True, sa_type=Text)
    created: int = Field(sa_type=BigInteger)
    """Wall seconds."""
    reason: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": text("''")})
    """Why this epoch began; empty for the first."""
    known: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")})
    """Number in the epoch before, up to which head office is known to have events; those after it were issued again."""


class CheckpointRow(SQLModel, table=True):
    """Where the chain of an epoch begins after its first events were pruned; the highest number counts."""

    __tablename__ = "checkpoints"

    device: str = Field(primary_key=True, sa_type=Text)
    epoch: str = Field(primary_key=True, sa_type=Text)
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    """Of the last event forgotten."""
    hash: str = Field(sa_type=Text)
    """Of that event: what the next one follows."""

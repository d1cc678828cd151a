"""The journal's SQL as plain text, checked against `tables.py` by a test."""

from __future__ import annotations

from typing import Final

COLUMNS: Final = (
    "device",
    "epoch",
    "seq",
    "event_id",
    "hlc",
    "at",
    "utc_ms",
    "kind",
    "schema",
    "actor",
    "member_id",
    "payload",
    "basis",
    "prev_hash",
    "hash",
)
"""Columns of `events`, in the order in which they are stored and hashed."""

BEGIN: Final = "BEGIN IMMEDIATE"
INSERT: Final = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
"""A row, all columns in order."""
HEAD: Final = "SELECT epoch, seq, hlc, hash FROM events ORDER BY rowid DESC LIMIT 1"
"""The end of the chain."""
META: Final = "SELECT device, epoch, created FROM meta"
COUNT: Final = "SELECT coalesce(max(rowid), 0) FROM events"
"""Nothing is ever deleted, so the highest row number is the count, without a scan."""
OF_MEMBER: Final = "SELECT event_id, kind, at, member_id, actor, payload FROM events WHERE member_id = ? ORDER BY rowid"
"""Through the index on member_id, which holds the row numbers in order."""
PAGE: Final = (
    "SELECT rowid, event_id, kind, at, member_id, actor, payload FROM events WHERE rowid > ? ORDER BY rowid LIMIT ?"
)
CHAIN: Final = (
    "SELECT rowid, device, epoch, seq, event_id, hlc, at, utc_ms, kind, schema, actor, member_id, payload, basis,"
    " prev_hash, hash FROM events WHERE rowid > ? ORDER BY rowid LIMIT ?"
)
"""Everything the hash covers."""

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
META: Final = "SELECT device, epoch, created, reason, known FROM meta ORDER BY rowid"
"""Oldest epoch first; the newest is in use."""
NEWEST_EPOCH: Final = "SELECT epoch FROM meta ORDER BY rowid DESC LIMIT 1"
BEGIN_EPOCH: Final = "INSERT INTO meta VALUES (?, ?, ?, ?, ?)"
COUNT: Final = "SELECT coalesce(max(rowid), 0) FROM events"
"""The last row is never deleted, so the highest row number is where `events(since)` goes on, without a scan."""
OF_MEMBER: Final = (
    "SELECT event_id, kind, at, member_id, actor, payload, hlc, device, seq FROM events WHERE member_id = ?"
    " AND (epoch = (SELECT epoch FROM meta ORDER BY rowid DESC LIMIT 1) OR NOT EXISTS (SELECT 1 FROM events AS again"
    " WHERE again.event_id = events.event_id AND again.rowid > events.rowid)) ORDER BY rowid"
)
"""Through the index on member_id, which holds the row numbers in order. An event that was issued again counts once, as
its newest copy; those of the newest epoch, nearly all, are not looked up."""
PAGE: Final = (
    "SELECT rowid, event_id, kind, at, member_id, actor, payload, hlc, device, seq FROM events WHERE rowid > ?"
    " AND (epoch = (SELECT epoch FROM meta ORDER BY rowid DESC LIMIT 1) OR NOT EXISTS (SELECT 1 FROM events AS again"
    " WHERE again.event_id = events.event_id AND again.rowid > events.rowid)) ORDER BY rowid LIMIT ?"
)
PAGE_OF_KINDS: Final = PAGE.replace(" AND ", " AND kind IN (SELECT value FROM json_each(?)) AND ", 1)
"""Through all rows after a number, without handing over the others: 50 ms for 100,000."""
CHAIN: Final = (
    "SELECT rowid, device, epoch, seq, event_id, hlc, at, utc_ms, kind, schema, actor, member_id, payload, basis,"
    " prev_hash, hash FROM events WHERE rowid > ? ORDER BY rowid LIMIT ?"
)
"""Everything the hash covers."""
ROWS: Final = (
    "SELECT device, epoch, seq, event_id, hlc, at, utc_ms, kind, schema, actor, member_id, payload, basis,"
    " prev_hash, hash FROM events WHERE device = ? AND epoch = ? AND seq > ? ORDER BY seq LIMIT ?"
)
"""Through the primary key."""
EPOCH_HEAD: Final = "SELECT seq, hash FROM events WHERE device = ? AND epoch = ? ORDER BY seq DESC LIMIT 1"
HASH_AT: Final = (
    "SELECT hash FROM events WHERE device = ? AND epoch = ? AND seq = ?"
    " UNION ALL SELECT hash FROM checkpoints WHERE device = ? AND epoch = ? AND seq = ?"
)
CHECKPOINT: Final = "SELECT seq, hash FROM checkpoints WHERE device = ? AND epoch = ? ORDER BY seq DESC LIMIT 1"
CHECKPOINTS: Final = "SELECT device, epoch, seq, hash FROM checkpoints ORDER BY seq"
ADD_CHECKPOINT: Final = "INSERT INTO checkpoints VALUES (?, ?, ?, ?)"
FIRST_KEPT: Final = (
    "SELECT coalesce(min(seq), ?) FROM events WHERE device = ? AND epoch = ?"
    " AND (at >= ? OR rowid = (SELECT max(rowid) FROM events))"
)
"""The first event of an epoch that is too young to be forgotten, or the last of the file."""
PRUNE: Final = "DELETE FROM events WHERE device = ? AND epoch = ? AND seq <= ?"
PRUNE_TAIL: Final = (
    "DELETE FROM events WHERE device = ? AND epoch = ? AND seq > ? AND rowid < (SELECT max(rowid) FROM events)"
)
"""What was issued again under the next epoch."""

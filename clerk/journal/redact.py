"""Redaction in the append-only journal: an event's content is deleted, its position and hash stay.

One guarded transaction: the trigger that forbids changes is dropped and made again inside it, so that nobody else can
write in between and a kill leaves the file as it was. Freed bytes are overwritten (`secure_delete`), the index that
holds member ids is made anew, and the log is folded in and cut, so that the bytes are gone from the files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clerk.journal import chain, migrations, statements
from clerk.privacy.which_events import REDACTED, EventRule

if TYPE_CHECKING:
    import sqlite3

_MEMBER_IDS: Final = "SELECT DISTINCT member_id FROM events WHERE member_id <> ''"
_OF_MEMBER: Final = "SELECT rowid, epoch, seq, kind, hlc, payload = ? FROM events WHERE member_id = ? ORDER BY rowid"
_REDACT: Final = "UPDATE events SET member_id = ?, payload = ? WHERE rowid = ?"
_REDACTED_AFTER: Final = statements.ROWS.replace("ORDER BY seq LIMIT ?", "AND payload = ? ORDER BY seq")
_NO_INDEX: Final = "DROP INDEX ix_events_member_id"
_INDEX: Final = "CREATE INDEX ix_events_member_id ON events (member_id)"
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Redacted:
    """What a redaction did."""

    events: int = 0
    """Events whose content was deleted."""
    waiting: int = 0
    """Events that head office has to have first; the next night deletes them."""
    log_cut: bool = True
    """Whether the log was cut; otherwise another process was reading, and closing Clerk there cuts it."""


def member_ids(connection: sqlite3.Connection) -> list[str]:
    """Every member id in the file."""
    return [str(member_id) for (member_id,) in connection.execute(_MEMBER_IDS)]


def cannot_be_sent(connection: sqlite3.Connection, device: str, epoch: str, after: int) -> bool:
    """Whether a redacted event lies after a number: its hash covers the deleted content, so no bundle can hold it."""
    rows = connection.execute(_REDACTED_AFTER, (device, epoch, after, REDACTED)).fetchall()
    return any(chain.link(row[-2], row[:-2]) != row[-1] for row in rows)


def redact(
    connection: sqlite3.Connection,
    rules: Mapping[str, EventRule],
    known_until: Mapping[str, int] | None = None,
    *,
    dry_run: bool = False,
) -> Redacted:
    """Deletes the content of members' events.

    Args:
        connection: may write.
        rules: member id -> the rule for the member's events.
        known_until: epoch -> number up to which head office has the events; later ones wait. Without it none waits.
        dry_run: only counts.

    Effect: one transaction; then the log is folded in and cut.
    """
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("BEGIN IMMEDIATE")
    try:
        redacted, waiting = _chosen(connection, rules, known_until)
        if redacted and not dry_run:
            connection.execute(migrations.UNGUARD_UPDATE)
            connection.executemany(_REDACT, [(member_id, REDACTED, rowid) for member_id, rowid in redacted])
            # A page of an index that was split keeps stale copies of its entries; a new one has none.
            connection.execute(_NO_INDEX)
            connection.execute(_INDEX)
            migrations.guard_update(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return Redacted(len(redacted), waiting, dry_run or not redacted or _cut(connection))


def _chosen(
    connection: sqlite3.Connection, rules: Mapping[str, EventRule], known_until: Mapping[str, int] | None
) -> tuple[Sequence[tuple[str, int]], int]:
    """Rows to redact now, each with the member id that stays in it; and how many wait for head office."""
    redacted: list[tuple[str, int]] = []
    waiting = 0
    for who, rule in rules.items():
        if not rule:
            continue
        for rowid, epoch, seq, kind, hlc, is_empty in connection.execute(_OF_MEMBER, (REDACTED, who)).fetchall():
            keeps_id = rule.keeps_id(kind, hlc)
            # An event redacted for a partial erasure keeps its member id: that goes with a full erasure.
            if not rule.redacts(kind, hlc) or (is_empty and keeps_id):
                continue
            if known_until is not None and seq > known_until.get(epoch, 0):
                waiting += 1
            else:
                redacted.append((who if keeps_id else "", rowid))
    return redacted, waiting


def _cut(connection: sqlite3.Connection) -> bool:
    """Folds the log into the file and cuts it; False when another process was in the way."""
    for _ in range(_TRIES):
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if not busy:
            return True
    return False

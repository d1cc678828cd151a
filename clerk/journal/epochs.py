"""Epochs of a journal: list them, burn one after a disk was restored, prune events that head office has.

An epoch is a numbering of its own. When head office holds other events under this device's numbers, the epoch is
burned: what is not known to be there is issued again under a new one, with the same event ids, so that it counts once.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from clerk.journal import chain, migrations, statements

if TYPE_CHECKING:
    import sqlite3

_PAGE = 1000
_ID, _BASIS_END, _HASH = 3, 13, 14
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Epoch:
    """One numbering of this device's events."""

    epoch: str
    created: int
    """Wall seconds."""
    reason: str
    """Why it began; empty for the first."""
    pruned_until: int
    """Events up to this number are no longer in the file."""
    last: int
    """Last number that counts under it: of a burned one, what came after was issued again."""
    newest: bool
    """Whether events are recorded under it."""


def epochs(connection: sqlite3.Connection, device: str) -> tuple[Epoch, ...]:
    """All epochs of the file, oldest first."""
    meta = connection.execute(statements.META).fetchall()
    found: list[Epoch] = []
    for number, (_, epoch, created, reason, _) in enumerate(meta):
        in_use = number == len(meta) - 1
        last = head_of(connection, device, epoch)[0] if in_use else meta[number + 1][4]
        found.append(Epoch(epoch, created, reason, _checkpoint(connection, device, epoch)[0], last, in_use))
    return tuple(found)


def newest(connection: sqlite3.Connection) -> str:
    """The epoch under which events are recorded."""
    return str(connection.execute(statements.NEWEST_EPOCH).fetchone()[0])


def head_of(connection: sqlite3.Connection, device: str, epoch: str) -> tuple[int, str]:
    """Number and hash of an epoch's last event; 0 and the beginning of its chain when it has none."""
    row = connection.execute(statements.EPOCH_HEAD, (device, epoch)).fetchone()
    return (row[0], row[1]) if row else _checkpoint(connection, device, epoch)


def hash_at(connection: sqlite3.Connection, device: str, epoch: str, seq: int) -> str:
    """The hash of an event, or of the beginning before the first; empty when it is not in the file."""
    if seq == 0:
        return chain.genesis(device, epoch)
    place = (device, epoch, seq)
    row = connection.execute(statements.HASH_AT, (*place, *place)).fetchone()
    return str(row[0]) if row else ""


def burn(connection: sqlite3.Connection, device: str, expected: str, reason: str, known: int, created: int) -> str:
    """Begins a new epoch and issues under it what head office is not known to have.

    Args:
        connection: may write.
        device: id of this device.
        expected: the epoch to burn; when it is no longer the newest, somebody else burned it and nothing is done.
        reason: why, one sentence.
        known: number in that epoch up to which head office has the same events for good.
        created: wall seconds.

    Returns:
        The newest epoch.

    Effect: one transaction; events keep their ids, clocks and order.
    """

    def work() -> str:
        if newest(connection) != expected:
            return newest(connection)
        # What was forgotten is durable at head office.
        sure = max(min(known, head_of(connection, device, expected)[0]), _checkpoint(connection, device, expected)[0])
        epoch = secrets.token_hex(4)
        connection.execute(statements.BEGIN_EPOCH, (device, epoch, created, reason, sure))
        head, seq, after = chain.genesis(device, epoch), 0, sure
        while page := connection.execute(statements.ROWS, (device, expected, after, _PAGE)).fetchall():
            again = []
            for row in page:
                seq += 1
                body = (device, epoch, seq, *row[_ID:_BASIS_END])
                prev_hash, head = head, chain.link(head, body)
                again.append((*body, prev_hash, head))
            connection.executemany(statements.INSERT, again)
            after = page[-1][2]
        return epoch

    return _transaction(connection, work)


def prune(connection: sqlite3.Connection, device: str, epoch: str, seq: int, before_at: int) -> int:
    """Deletes the oldest events of an epoch, up to a number and older than a time; never the last of the file.

    Args:
        connection: may write.
        device: id of this device.
        epoch: whose events.
        seq: the caller knows that head office has everything up to here for good.
        before_at: wall seconds; an event recorded later stays, and so does everything after it.

    Returns:
        How many were deleted, those that were issued again under a later epoch included.

    Effect: one transaction, inside which the guard against deleting is off; its pages are used again.
    """

    def work() -> int:
        here = {one.epoch: one for one in epochs(connection, device)}
        if epoch not in here:
            return 0
        at_most = min(seq, here[epoch].last)
        first_kept = connection.execute(statements.FIRST_KEPT, (at_most + 1, device, epoch, before_at)).fetchone()[0]
        until = min(at_most, first_kept - 1)
        deleted = 0
        connection.execute(migrations.UNGUARD_DELETE)
        if until > here[epoch].pruned_until:
            checkpoint = (device, epoch, until, hash_at(connection, device, epoch, until))
            deleted += connection.execute(statements.PRUNE, checkpoint[:3]).rowcount
            connection.execute(statements.ADD_CHECKPOINT, checkpoint)
        if not here[epoch].newest:
            deleted += connection.execute(statements.PRUNE_TAIL, (device, epoch, here[epoch].last)).rowcount
        migrations.guard_delete(connection)
        return deleted

    return _transaction(connection, work)


def _checkpoint(connection: sqlite3.Connection, device: str, epoch: str) -> tuple[int, str]:
    row = connection.execute(statements.CHECKPOINT, (device, epoch)).fetchone()
    return (row[0], row[1]) if row else (0, chain.genesis(device, epoch))


def _transaction(connection: sqlite3.Connection, work: Callable[[], _T]) -> _T:
    connection.execute(statements.BEGIN)
    try:
        result = work()
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result

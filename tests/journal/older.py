"""A journal as the first Clerk made it: its file at version 1, with events in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from clerk.clock import FixedClock
from clerk.journal import chain, event_rows, file, migrations
from clerk.model import EventKind

_INSERT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def make(home: Path, events: int, *, told: Callable[[str], object] = str, device: str = "till-1") -> list[str]:
    """Makes it with the first step alone.

    Args:
        home: the data folder.
        events: how many, of member m1, each committed by itself.
        told: called with the id of each event after its commit.
        device: whose.

    Returns:
        The ids of the events.
    """
    home.mkdir(parents=True, exist_ok=True)
    connection = file.connect(home / file.FILE)
    connection.execute("BEGIN IMMEDIATE")
    migrations.STEPS[0](connection, device, 1)
    connection.execute("PRAGMA user_version = 1")
    connection.execute("COMMIT")
    file.sync_folder(home)
    epoch = connection.execute("SELECT epoch FROM meta").fetchone()[0]
    head = event_rows.Head(device, epoch, 0, 0, chain.genesis(device, epoch))
    ids = []
    for number in range(1, events + 1):
        event_id = f"0190-{number}"
        payload = event_rows.payload_text({"line": f"B-{number}:1", "mark": "gift"})
        event = event_rows.event_of(EventKind.MARK, FixedClock(number).now(), "m1", "Noor", payload, event_id)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(_INSERT, head.next_row(event_rows.Pending(event, payload, number, "")))
        connection.execute("COMMIT")
        ids.append(event_id)
        told(event_id)
    connection.close()
    return ids

"""Named fakes and short ways for the journal's tests."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from clerk import driver
from clerk.clock import FixedClock
from clerk.journal import Journal
from clerk.model import Event, EventKind

NOON = FixedClock(1_763_812_800)
PATIENCE_S = 30.0


def open_journal(home: Path, **options: Any) -> Journal:
    """A journal without the reserve of disk space, which few tests need."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "ballast").touch()
    return Journal.open(home, NOON, **options)


def answer(journal: Journal, member_id: str = "m1", sku: str = "TEA-1", said: str = "took") -> Event:
    """Records an answer and waits until it is durable."""
    return answering(journal, member_id, sku, said).result(PATIENCE_S)


def answering(journal: Journal, member_id: str = "m1", sku: str = "TEA-1", said: str = "took") -> Future[Event]:
    """Records an answer and does not wait."""
    payload = {"sku": sku, "answer": said, "scope": "item", "visit_id": "v1"}
    return journal.append(EventKind.ANSWER, member_id, payload)


def raw(path: Path) -> sqlite3.Connection:
    """A bare connection to the file, with none of the journal's settings."""
    return driver.connect(path / "journal.db" if path.is_dir() else path, isolation_level=None)


class FaultyDriver:
    """A database driver over the real one whose disk fails on demand.

    Set `fault` to a function that gets each statement and raises what that disk would.
    """

    __name__ = "faulty"

    def __init__(self, real: Any = None) -> None:
        self.real: Any = real or driver.driver()
        self.fault: Callable[[str], None] = lambda _: None
        self.after: Callable[[str], None] = lambda _: None
        self.opened = 0
        self.Error = self.real.Error
        self.OperationalError = self.real.OperationalError
        self.sqlite_version = self.real.sqlite_version
        self.sqlite_version_info = self.real.sqlite_version_info

    def connect(self, database: str, **options: Any) -> Any:
        faulty = self
        faulty.opened += 1

        class Connection(self.real.Connection):  # type: ignore[misc, name-defined]
            def execute(self, statement: str, *values: Any) -> Any:
                faulty.fault(statement)
                result = super().execute(statement, *values)
                faulty.after(statement)
                return result

        return self.real.connect(database, factory=Connection, **options)

    def error(self, code: int, words: str) -> Exception:
        """An error as SQLite raises it, with its result code."""
        error: Exception = self.OperationalError(words)
        error.sqlite_errorcode = code  # type: ignore[attr-defined]
        return error

"""A new, empty `pack.db`, filled and finished: the only statements that write a pack.

The file is new and nobody reads it yet, so there is no journal and nothing is synced before the end; the builder
syncs the finished file before anybody opens it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from clerk.driver import connect
from clerk.keys_at_rest import Key, hex_of
from clerk.pack.open import PAGE, paged
from clerk.pack.tables import FORMAT, SOMETIMES, TABLES, PackTable

SEARCH_TABLES = (
    # The words of an item, stemmed, for ranking; contentless because `items` holds the texts.
    "CREATE VIRTUAL TABLE items_fts USING fts5(name, category, description, content='', "
    "tokenize='porter unicode61 remove_diacritics 2')",
    # The same words unstemmed, for the word still being typed: "chocola" and "chocolate" have no stem in common.
    "CREATE VIRTUAL TABLE items_start USING fts5(words, content='', detail='none', columnsize=0, prefix='1 2 3', "
    "tokenize='unicode61 remove_diacritics 2')",
    # Numbers, ids and e-mail names of members; words of names are in the index of names.
    "CREATE VIRTUAL TABLE members_fts USING fts5(words, content='', detail='none', columnsize=0, prefix='1 2 3', "
    "tokenize='unicode61 remove_diacritics 2')",
)
SEARCH_COLUMNS = {
    "items_fts": ("rowid", "name", "category", "description"),
    "items_start": ("rowid", "words"),
    "members_fts": ("rowid", "words"),
}

_BATCH = 50_000
"""Rows handed to the driver at once: enough to keep it busy, few enough to keep memory flat."""
_TOGETHER = 50
"""Rows of numbers in one statement; SQLite takes 999 values in any build."""


class PackFile:
    """A `pack.db` being written. Rows go in table by table, then `finish`.

    Args:
        path: must not exist yet.
        key: to encrypt it with as it is written.
    """

    def __init__(self, path: Path, key: Key | None = None) -> None:
        self._db: sqlite3.Connection = connect(path, key=hex_of(key), isolation_level=None)
        for pragma in (
            f"{'cipher_' if key else ''}page_size={PAGE}", "journal_mode=OFF", "synchronous=OFF",
            "locking_mode=EXCLUSIVE", "temp_store=MEMORY", "cache_size=-65536", f"user_version={FORMAT}",
        ):  # fmt: skip
            self._db.execute(f"PRAGMA {pragma}").fetchall()
        self._db.execute("BEGIN")
        for table in TABLES:
            self._create(table)
        for statement in SEARCH_TABLES:
            self._db.execute(statement)

    def add(self, table: type[PackTable], rows: Iterable[Sequence[object]]) -> None:
        """Rows of one table, with values in the order of its columns. Fastest in the order of the primary key."""
        if table in SOMETIMES:
            self._create(table)
        self._insert(_core(table).name, [column.name for column in _core(table).columns], rows)

    def add_numbers(self, table: type[PackTable], columns: Sequence[NDArray[np.generic]]) -> None:
        """Rows of one table that has only numbers, a column an array in the order of its columns.

        Cost: 0.8 s a million rows of 8; a statement a row takes half as long again.
        """
        width, rows = len(columns), len(columns[0])
        text = f"INSERT INTO {_core(table).name} VALUES "  # noqa: S608 - a name of our own
        one = f"({', '.join('?' * width)})"
        whole = rows // _TOGETHER * _TOGETHER
        for start in range(0, whole, _BATCH):
            part = np.column_stack([column[start : min(start + _BATCH, whole)] for column in columns])
            flat = part.ravel().tolist()
            step = width * _TOGETHER
            groups = (flat[begin : begin + step] for begin in range(0, len(flat), step))
            self._db.executemany(text + ", ".join([one] * _TOGETHER), groups)
        self._db.executemany(text + one, zip(*(column[whole:].tolist() for column in columns), strict=True))

    def add_words(self, table: str, rows: Iterable[Sequence[object]]) -> None:
        """Rows of a search table, with values in the order of `SEARCH_COLUMNS`."""
        self._insert(table, list(SEARCH_COLUMNS[table]), rows)

    def finish(self) -> None:
        """Indices, merged search tables and planner statistics; closes the file. The caller syncs it."""
        for table in TABLES:
            for index in sorted(_core(table).indexes, key=lambda one: str(one.name)):
                self._db.execute(str(CreateIndex(index).compile(dialect=sqlite.dialect())))
        for name in SEARCH_COLUMNS:
            self._db.execute(f"INSERT INTO {name}({name}) VALUES ('optimize')")  # noqa: S608 - a name from above
        self._db.execute("COMMIT")
        self._db.execute("PRAGMA analysis_limit=1000")
        self._db.execute("ANALYZE")
        self._db.close()

    def close(self) -> None:
        """Let go of a file that will not be finished."""
        self._db.close()

    def _create(self, table: type[PackTable]) -> None:
        self._db.execute(str(CreateTable(_core(table)).compile(dialect=sqlite.dialect())))

    def _insert(self, name: str, columns: list[str], rows: Iterable[Sequence[object]]) -> None:
        slots = ", ".join("?" * len(columns))
        text = f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({slots})"  # noqa: S608 - names of our own tables
        self._db.executemany(text, rows)


def add_models(
    path: Path, facts: Iterable[Sequence[object]], models: Iterable[Sequence[object]], key: Key | None = None
) -> None:
    """Effect: adds facts and models to a finished `pack.db` that nobody reads yet; the caller syncs it.

    Args:
        path: as `PackFile.finish` left it.
        facts: (key, value).
        models: (name, JSON).
        key: that it is encrypted with.
    """
    db: sqlite3.Connection = connect(path, key=hex_of(key), isolation_level=None)
    try:
        for pragma in (*paged(key), "journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE"):
            db.execute(f"PRAGMA {pragma}").fetchall()
        db.execute("BEGIN")
        db.executemany("INSERT OR REPLACE INTO facts (key, value) VALUES (?, ?)", facts)
        db.executemany("INSERT INTO models (name, content) VALUES (?, ?)", models)
        db.execute("COMMIT")
    finally:
        db.close()


def _core(table: type[PackTable]):  # type: ignore[no-untyped-def]
    """The SQLAlchemy table behind a model."""
    return table.__table__  # type: ignore[attr-defined]

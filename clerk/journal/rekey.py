"""Rewrites a database under another key, or none, and swaps it with the old one without losing anything.

`PRAGMA rekey` cannot make a plain file an encrypted one, so every change goes the same way: alone with the file, a copy
beside it (`sqlcipher_export`), every row compared, made durable, renamed over the old name. Killed anywhere before the
rename the old file is there as it was; after it the new one. What had the old file open without a word can write to it
no more: its first bytes are gone.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clerk import driver
from clerk.errors import DiskFailed, StoreLocked
from clerk.journal import driver_errors
from clerk.journal.file import sync_folder, to_owner_alone
from clerk.keys_at_rest import Key, hex_of

if TYPE_CHECKING:
    import sqlite3

BESIDE = ".rekeyed"
"""End of the name of a copy that is being written; one that is found was cut off and counts for nothing."""

_WAIT_S = 1.0
_HEADER = b"this database was replaced by one with another key\n" * 2


def opens(path: Path, key: Key | None, page: int = 0) -> bool:
    """Whether a database can be read with this key (None: without one)."""
    db = driver.connect(f"{path.resolve().as_uri()}?mode=ro", key=hex_of(key), uri=True, timeout=_WAIT_S)
    try:
        _paged(db, "main", key, page)
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return True
    except driver.driver().Error as error:
        if driver_errors.is_no_database(error):
            return False
        raise driver_errors.translated(error, path, writing=False) from error
    finally:
        db.close()


def convert(path: Path, old: Key | None, new: Key | None) -> bool:
    """Puts a database that others write to under another key.

    Args:
        path: nothing is done where there is none.
        old: its key.
        new: what it shall have.

    Returns:
        Whether there was something to do; a file that was converted already stays.

    Raises:
        StoreLocked: something has it open.
        DiskFull, DiskFailed, JournalDamaged: the old file stays as it is.

    Effect: replaces the file.
    """
    beside = path.with_name(path.name + BESIDE)
    beside.unlink(missing_ok=True)
    if not path.exists() or opens(path, new):
        return False
    with alone(path, old) as db:
        handle = os.open(path, os.O_RDWR)
        try:
            to_owner_alone(beside)
            copy(db, beside, new)
            os.replace(beside, path)
            sync_folder(path.parent)
            os.pwrite(handle, _HEADER, 0) if hasattr(os, "pwrite") else None
        finally:
            # SQLite lets go of its own locks first: closing any handle of a file ends all locks of this process on it.
            db.close()
            os.close(handle)
    return True


@contextlib.contextmanager
def alone(path: Path, key: Key | None) -> Iterator[sqlite3.Connection]:
    """An exclusive connection, with the write-ahead log folded into the file.

    Raises:
        StoreLocked: something has it open.
    """
    chosen: Any = driver.driver()
    db = driver.connect(path, key=hex_of(key), isolation_level=None, timeout=_WAIT_S)
    try:
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
        if db.execute("PRAGMA journal_mode = TRUNCATE").fetchone()[0] != "truncate":
            raise _in_use(path)
        db.execute("BEGIN EXCLUSIVE")
        db.execute("COMMIT")
        yield db
    except (chosen.Error, OSError) as error:
        if driver_errors.is_busy(error):
            raise _in_use(path) from error
        raise driver_errors.translated(error, path) from error
    finally:
        db.close()


def copy(db: sqlite3.Connection, to: Path, key: Key | None, page: int = 0) -> None:
    """Writes everything of an open database into a new file, compares it, and makes it durable.

    Args:
        db: as `alone` gives it, or of a file that nobody writes.
        to: must not exist, or be empty.
        key: of the new file.
        page: bytes of its pages; 0 for the usual.

    Raises:
        DiskFailed: the copy is not the same.
    """
    db.execute("ATTACH ? AS made KEY ?", (str(to), f"x'{key.hex}'" if key is not None else ""))
    _paged(db, "made", key, page)
    db.execute("SELECT sqlcipher_export('made')").fetchall()
    for pragma in ("application_id", "user_version"):
        value = int(db.execute(f"PRAGMA main.{pragma}").fetchone()[0])
        db.execute(f"PRAGMA made.{pragma} = {value}")
    same = _schema(db, "main") == _schema(db, "made") and all(
        _digest(db, "main", table) == _digest(db, "made", table) for table in _tables(db)
    )
    db.execute("DETACH made")
    if not same:
        to.unlink(missing_ok=True)
        raise DiskFailed("The copy under the new key is not the same.", "Nothing was changed. Run it again.")
    handle = os.open(to, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    sync_folder(to.parent)


def _paged(db: sqlite3.Connection, schema: str, key: Key | None, page: int) -> None:
    if page:
        db.execute(f"PRAGMA {schema}.{'cipher_' if key is not None else ''}page_size = {page}").fetchall()


def _schema(db: sqlite3.Connection, schema: str) -> list[tuple[Any, ...]]:
    rows = db.execute(f"SELECT type, name, tbl_name, sql FROM {schema}.sqlite_master ORDER BY 1, 2")  # noqa: S608
    return rows.fetchall()


def _tables(db: sqlite3.Connection) -> list[str]:
    """Tables with rows of their own; what stands in a full-text table stands in its shadow tables."""
    rows = db.execute("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow')")
    return [str(name) for (name,) in rows if name not in ("sqlite_schema", "sqlite_stat4")]


def _digest(db: sqlite3.Connection, schema: str, table: str) -> str:
    """Of all rows in the order in which the table holds them: the order of writing is worth as much as the rows."""
    digest = hashlib.sha256()
    quoted = table.replace('"', '""')
    for row in db.execute(f'SELECT * FROM {schema}."{quoted}"'):  # noqa: S608 - names of its own schema
        digest.update(repr(row).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _in_use(path: Path) -> StoreLocked:
    return StoreLocked(f"Something has {path.name} open.", "Close every counter and command of this data folder first.")

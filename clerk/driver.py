"""Which SQLite is used. The only module that imports a database driver.

SQLite 3.7.0 to 3.51.2 can corrupt a write-ahead log when two connections write and checkpoint at the same instant
(fixed in 3.51.3 and in the backports 3.50.7 and 3.44.6). Python's own `sqlite3` uses the system's library, which is
usually older; `sqlcipher3` brings a current one in its wheel. Where only an unsafe one is found, whoever writes must
not use WAL: see `is_safe`.
"""

from __future__ import annotations

import importlib
import re
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from clerk.errors import KeyWrong

if TYPE_CHECKING:
    import sqlite3

_FIXED = (3, 51, 3)
_BACKPORTS = ((3, 50, 7), (3, 44, 6))
_KEY = re.compile(r"[0-9a-f]{64}")


@cache
def driver() -> ModuleType:
    """The DB-API module to use: `sqlcipher3.dbapi2` where it is installed, else Python's own `sqlite3`.

    Its exception classes are its own: catch `driver().Error`, never `sqlite3.Error`.
    """
    try:
        return importlib.import_module("sqlcipher3.dbapi2")
    except ImportError:
        return importlib.import_module("sqlite3")


def version_is_safe(version: tuple[int, ...]) -> bool:
    """Whether this SQLite version may write a write-ahead log that a second connection checkpoints."""
    return version >= _FIXED or any(version[:2] == fixed[:2] and version >= fixed for fixed in _BACKPORTS)


def is_safe(module: ModuleType | None = None) -> bool:
    """Whether WAL may be used with this driver (by default the chosen one)."""
    return version_is_safe(tuple((module or driver()).sqlite_version_info))


def connect(
    database: str | Path, *, module: ModuleType | None = None, key: str = "", **options: Any
) -> sqlite3.Connection:
    """A connection of the chosen driver, silenced and given its key before anything else.

    SQLCipher reports errors on standard error by itself, which would tear the screens.

    Args:
        database: a path, or a `file:` address with `uri=True`.
        module: another driver than the chosen one.
        key: 64 hexadecimal digits; empty for a file that is not encrypted. A raw key costs no derivation (106 ms).
        options: passed to the driver's `connect`.

    Raises:
        KeyWrong: this driver cannot encrypt.
    """
    connection = (module or driver()).connect(str(database), **options)
    connection.execute("PRAGMA cipher_log_level=NONE")
    if key:
        try:
            apply_key(connection, key)
        except BaseException:
            connection.close()
            raise
    return cast("sqlite3.Connection", connection)


def apply_key(connection: sqlite3.Connection, key: str) -> None:
    """Gives a connection its key; it must not have read anything yet.

    Raises:
        KeyWrong: this driver cannot encrypt, and would write what is secret as it is.
    """
    if not _KEY.fullmatch(key):
        raise KeyWrong("The key is no key.", "A key is 64 hexadecimal digits: `openssl rand -hex 32`.")
    # Python's own SQLite takes the key without a word and writes plain text.
    if connection.execute("PRAGMA cipher_version").fetchone() is None:
        raise KeyWrong("This SQLite cannot encrypt.", "Install sqlcipher3 (pip install sqlcipher3).")
    connection.execute(f"PRAGMA key = \"x'{key}'\"")


def sqlite_version_words(module: ModuleType | None = None) -> str:
    """Which SQLite is in use, for a person: `3.53.4 (sqlcipher3)`."""
    chosen = module or driver()
    words = f"{chosen.sqlite_version} ({chosen.__name__.partition('.')[0]})"
    return words if is_safe(chosen) else f"{words}, has the WAL-reset fault: the journal uses its slower, safe mode"

"""The database under the ledger: opening it, giving it its tables, and errors that print nobody's data.

SQLAlchemy prints bound parameters in its errors, and PostgreSQL prints the whole row ("Failing row contains ...").
So the first are hidden and the second never leave `guarded`: what reaches a screen or a log is the kind of error.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from clerk import driver
from clerk.errors import ClerkError, KeyWrong, LedgerUnavailable
from clerk.exchange.office.ledger import schema
from clerk.journal import file
from clerk.keys_at_rest import keep_fingerprint, key_of

FILE: Final = "ledger.db"
_BUSY_MS = 60_000
"""Another collector may hold the ledger for as long as its largest bundle takes: seconds on a slow disk."""
_CACHE_KIB = 64 * 1024
"""The indexes of a million events are filled in no order; the default of 2 MB would read them again and again."""
_LOCK_NUMBER = 0x434C524B
"""`CLRK`: PostgreSQL's name for "somebody is making the tables"."""
_TRY_AGAIN = ("40001", "40P01")
"""PostgreSQL: two transactions stood in each other's way, this one was taken back whole."""


def open_engine(url: str, home: Path) -> Engine:
    """An engine whose tables are there.

    Args:
        url: an SQLAlchemy address of PostgreSQL or SQLite; empty for SQLite in the data folder.
        home: data folder.

    Raises:
        LedgerUnavailable: it cannot be reached or used, or a newer Clerk made it.
    """
    with guarded():
        engine = _sqlite(home / "exchange" / FILE, home) if not url else _of(url, home)
    try:
        with guarded(), engine.begin() as connection:
            _make_tables(connection)
        if is_sqlite(engine):
            keep_fingerprint(home, key_of(home))
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def guarded() -> Iterator[None]:
    """Turns a database's errors into ours, without a word of what is stored.

    Raises:
        LedgerUnavailable: the database could not do it.
    """
    try:
        yield
    except SQLAlchemyError as error:
        raise LedgerUnavailable(f"The ledger's database failed: {_kind(error)}.", _REMEDY) from None
    except driver.driver().Error as error:
        raise LedgerUnavailable(f"The ledger's database failed: {type(error).__name__}.", _REMEDY) from None


_REMEDY = "Nothing was taken in half; see that the database runs and has room, then collect again."


def may_try_again(error: SQLAlchemyError) -> bool:
    """Whether the same transaction may simply be run once more."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _TRY_AGAIN


def is_sqlite(connection: Connection | Engine) -> bool:
    """Whether this is the small engine."""
    return connection.dialect.name == "sqlite"


def _kind(error: SQLAlchemyError) -> str:
    """The kind of error, never its message."""
    original = getattr(error, "orig", None)
    state = getattr(original, "sqlstate", None)
    return type(original or error).__name__ + (f" (SQLSTATE {state})" if state else "")


def _of(url: str, home: Path) -> Engine:
    try:
        address = make_url(url)
    except ArgumentError:
        raise LedgerUnavailable(
            "The ledger's address is none.", "Write postgresql://user@host/database, or leave it empty for SQLite."
        ) from None
    if address.get_backend_name() == "sqlite":
        if not address.database or address.database == ":memory:":
            raise LedgerUnavailable(
                "A ledger must be in a file.", "Write sqlite:///path or leave exchange.ledger empty."
            )
        return _sqlite(Path(address.database), home)
    if address.get_backend_name() != "postgresql":
        raise LedgerUnavailable(
            f"The ledger cannot be in {address.get_backend_name()}.", "Use PostgreSQL, or leave it empty for SQLite."
        )
    try:
        return create_engine(
            address.set(drivername="postgresql+psycopg"),
            hide_parameters=True,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 10},
        )
    except ImportError:
        raise LedgerUnavailable(
            "The driver for PostgreSQL is not installed.", "Install it: pip install clerk-counter[office]"
        ) from None


def _sqlite(path: Path, home: Path) -> Engine:
    path.parent.mkdir(parents=True, exist_ok=True)
    key = key_of(home)

    def connect() -> Any:
        # Durable and guarded exactly as a journal is; what members stated is for the office only.
        try:
            connection = file.connect(path, None, key, home)
        except KeyWrong:
            raise
        except ClerkError as error:
            raise LedgerUnavailable(f"{path.name}: {error.what}", error.remedy) from None
        except OSError as problem:
            raise LedgerUnavailable(f"{path.name} cannot be opened ({problem.strerror}).", _REMEDY) from None
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        return connection

    engine = create_engine(
        "sqlite+pysqlite://", module=driver.driver(), creator=connect, poolclass=QueuePool, hide_parameters=True
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reads = connection.get_execution_options().get("reads", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _make_tables(connection: Connection) -> None:
    """Makes the tables, or checks that they are of a version known here; one process at a time."""
    if not is_sqlite(connection):
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK_NUMBER})
    if inspect(connection).has_table("ledger_meta"):
        found = connection.execute(text("SELECT value FROM ledger_meta WHERE name = 'version'")).scalar()
        if str(found) != str(schema.VERSION):
            raise LedgerUnavailable(
                "Another version of Clerk made this ledger.", "Use that version; nothing was changed."
            )
        return
    for table in schema.tables():
        table.create(connection)
    for guard in schema.guards(connection.dialect.name):
        connection.exec_driver_sql(guard)
    connection.execute(text("INSERT INTO ledger_meta (name, value) VALUES ('version', :v)"), {"v": str(schema.VERSION)})

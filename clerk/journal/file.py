"""Opening the journal file so that nothing acknowledged is lost, and its reserve of disk space.

Which mode keeps what was measured by rebuilding disk states after simulated power cuts: WAL with `synchronous=FULL`
and TRUNCATE with FULL lose nothing; WAL with NORMAL lost 23 %, SQLite's default DELETE with FULL 19 %.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, TypeVar

from clerk import driver
from clerk.clock import Clock
from clerk.errors import ClerkError, DiskFailed, NotWritable, PackForeign
from clerk.journal import driver_errors, last_event, migrations
from clerk.keys_at_rest import Key, hex_of, not_this_key
from clerk.model import Notice

if TYPE_CHECKING:
    import sqlite3

FILE: Final = "journal.db"
BALLAST: Final = "ballast"
BALLAST_BYTES: Final = 4 * 1024 * 1024
"""Room for some 9,000 events when the disk is full (measured): days at a busy counter."""
BUSY_S: Final = 5.0
"""How long to wait for another process that is writing."""
_ROOM_FOR_BALLAST_BYTES = 64 * 1024 * 1024
_CHECKPOINT_PAGES = 4000
"""A commit checkpoints by itself only at 16 MB: the writer does it earlier, when nobody waits."""
_FULL_SYNC = 2
_OWNER, _OTHERS = 0o600, 0o077
_T = TypeVar("_T")


def connect(
    path: Path,
    module: ModuleType | None = None,
    key: Key | None = None,
    home: Path | None = None,
    wait_s: float | None = None,
) -> sqlite3.Connection:
    """A connection in autocommit mode, durable and guarded.

    Args:
        path: the journal; made when it is not there.
        module: another driver than the chosen one.
        key: that it is encrypted with; None for none.
        home: the data folder, where the file does not lie in it.
        wait_s: how long it waits for another process, here and later; by default `BUSY_S`.

    Raises:
        JournalDamaged: it is no SQLite file, what belongs to it is there without it, or its end is missing.
        KeyWrong: it is encrypted with another key, or not at all.
        StoreLocked: another process held it for the whole wait.
        DiskFull: there is no room for its log.
        NotWritable: it may only be read.
        DiskFailed: the disk reported an error.
    """
    chosen: Any = module or driver.driver()
    wait_s = BUSY_S if wait_s is None else wait_s
    connection: sqlite3.Connection | None = None
    try:
        _refuse_remains(path)
        to_owner_alone(path)
        connection = driver.connect(
            path, module=chosen, key=hex_of(key), timeout=wait_s, isolation_level=None, check_same_thread=False
        )
        _set_mode(connection, chosen, wait_s)
        connection.execute("PRAGMA synchronous = FULL")
        if sys.platform == "darwin":
            connection.execute("PRAGMA fullfsync = ON")
            connection.execute("PRAGMA checkpoint_fullfsync = ON")
        # REPLACE fires delete triggers only when triggers may be recursive.
        connection.execute("PRAGMA recursive_triggers = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        # What is forgotten is overwritten, not only let go of.
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        if connection.execute("PRAGMA synchronous").fetchone()[0] != _FULL_SYNC:
            raise DiskFailed("This SQLite does not wait for the disk.", "Install sqlcipher3 and start Clerk again.")
        last_event.check(connection, path)
        return connection
    except (chosen.Error, UnicodeDecodeError, OSError, ClerkError) as error:
        if connection is not None:
            connection.close()
        if driver_errors.is_no_database(error) and (wrong := not_this_key(home or path.parent, path, key)) is not None:
            raise wrong from error
        raise driver_errors.translated(error, path, writing=False) from error


def connect_to_read(
    path: Path, module: ModuleType | None = None, key: Key | None = None, wait_s: float | None = None
) -> sqlite3.Connection:
    """A connection as from `connect`; where nothing can be written, one that only reads, if that leaves nothing out.

    SQLite reads without writing as long as the log and its shared memory lie there. Without them it can be told that
    the file never changes. That holds only on a disk that is mounted to be read, and with no log that is left out.

    Raises:
        NotWritable: the journal cannot be read without writing beside it.
        JournalDamaged, KeyWrong, StoreLocked, DiskFull, DiskFailed: as `connect`.
    """
    try:
        return connect(path, module, key, wait_s=wait_s)
    except NotWritable:
        if settled(path) is None:
            raise
    chosen: Any = module or driver.driver()
    address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    connection: sqlite3.Connection | None = None
    try:
        connection = driver.connect(
            address, module=chosen, key=hex_of(key), uri=True, isolation_level=None, check_same_thread=False
        )
        last_event.check(connection, path)
    except (chosen.Error, OSError, ValueError, ClerkError) as error:
        if connection is not None:
            connection.close()
        if driver_errors.is_no_database(error) and (wrong := not_this_key(path.parent, path, key)) is not None:
            raise wrong from error
        raise driver_errors.translated(error, path, writing=False) from error
    return connection


def settled(path: Path) -> tuple[int, ...] | None:
    """What tells one state of a journal from another that is whole in its one file on a disk mounted only to be read.

    None where the disk may be written, or something lies in the journal's log.
    """
    try:
        if not os.statvfs(path).f_flag & os.ST_RDONLY:
            return None
        log = path.with_name(path.name + "-wal")
        if log.exists() and log.stat().st_size:
            return None
        seen = path.stat()
    except (OSError, AttributeError):
        return None
    return (seen.st_ino, seen.st_size, seen.st_mtime_ns)


def with_room(path: Path, work: Callable[[], _T], notify: Callable[[Notice], None]) -> _T:
    """Does something with the journal; when the disk is full, gives the reserve back to it and does it once more.

    Args:
        path: the journal.
        work: leaves nothing half done when it raises.
        notify: called with the notice that the reserve is in use.
    """
    try:
        return work()
    except Exception as error:
        if not driver_errors.is_full(error, path):
            raise
        # Another process may have given it back a moment ago: then there is room as well.
        drop_ballast(path.parent)
    done = work()
    notify(ballast_used_notice())
    return done


def prepare(connection: sqlite3.Connection, path: Path, clock: Clock, device: str | None) -> str:
    """Makes a new journal, or checks that an existing one is ours.

    Args:
        connection: from `connect`.
        path: the journal.
        clock: for the day of creation.
        device: id for a new journal; an existing one must have it when it is given.

    Returns:
        The device's id.

    Raises:
        JournalDamaged: the file is another program's, another device's, or cannot be read.
        PackForeign: a newer Clerk made it.
    """
    tables, pages = connection.execute(
        "SELECT (SELECT count(*) FROM sqlite_master), (SELECT page_count FROM pragma_page_count)"
    ).fetchone()
    empty = tables == 0 and pages <= 1
    if not empty and connection.execute("PRAGMA application_id").fetchone()[0] != migrations.APPLICATION_ID:
        raise driver_errors.damaged(path, "it is a database of another program")
    if migrations.version(connection) > len(migrations.STEPS):
        raise PackForeign("A newer Clerk wrote the journal.", "Install that version again; nothing was changed.")
    migrations.migrate(connection, device or uuid.uuid4().hex[:12], clock.now())
    if empty:
        sync_folder(path.parent)
    rows = connection.execute("SELECT device, epoch FROM meta ORDER BY rowid").fetchall()
    if not rows or not all(isinstance(value, str) for value in rows[-1]):
        raise driver_errors.damaged(path)
    if device is not None and rows[-1][0] != device:
        raise driver_errors.damaged(path, f"it belongs to device {rows[-1][0]}")
    return str(rows[-1][0])


def slow_mode_notice(module: ModuleType) -> Notice:
    """The notice for a SQLite version that may not use its write-ahead log."""
    return Notice(
        "E200",
        f"SQLite {module.sqlite_version} has a known fault in its fast mode; the journal uses the slower, safe one.",
        "Install sqlcipher3 (pip install sqlcipher3) for the fast one.",
    )


def notices(path: Path) -> list[Notice]:
    """What a person should know about the room and the rights of a journal that was opened."""
    found = []
    if _reserve_is_in_use(path.parent):
        found.append(ballast_used_notice())
    if not os.access(path, os.W_OK):
        told = driver_errors.not_writable(path)
        found.append(Notice(told.code, told.what, told.remedy))
    return found


def ballast_used_notice() -> Notice:
    """The notice for a disk so full that the journal's reserve is in use."""
    return Notice(
        "E205",
        "The disk is full; the reserve is in use and everything so far is recorded.",
        "Free space on this disk, then start Clerk again.",
    )


def make_ballast(home: Path) -> bool:
    """Sets the reserve aside when there is room; whether it is there."""
    ballast = home / BALLAST
    try:
        if ballast.exists():
            return True
        if shutil.disk_usage(home).free < _ROOM_FOR_BALLAST_BYTES:
            return False
        # Random bytes, because file systems that compress would make nothing of zeros.
        ballast.write_bytes(os.urandom(BALLAST_BYTES))
    except OSError:
        with contextlib.suppress(OSError):
            ballast.unlink(missing_ok=True)
        return False
    return True


def drop_ballast(home: Path) -> bool:
    """Gives the reserve back to the disk; whether there was one."""
    try:
        (home / BALLAST).unlink()
    except OSError:
        return False
    return True


def to_owner_alone(path: Path) -> None:
    """Lets nobody but its owner read a database and its logs, whatever the umask; a new one is made so.

    What belongs to somebody else, or lies where there are no such rights, stays as it is.

    Effect: makes an empty file where there is none; SQLite gives new logs the rights of their database.
    """
    if os.name == "nt":
        return
    with contextlib.suppress(FileExistsError, FileNotFoundError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, _OWNER))
    for end in ("", "-wal", "-shm", "-journal"):
        one = path.with_name(path.name + end)
        with contextlib.suppress(FileNotFoundError, PermissionError):
            seen = one.stat()
            if seen.st_uid == os.geteuid() and seen.st_mode & _OTHERS:
                one.chmod(seen.st_mode & _OWNER)


def sync_folder(folder: Path) -> None:
    """Makes a new file's name durable, where the system can sync a folder."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _reserve_is_in_use(home: Path) -> bool:
    """Whether the reserve was given back to a disk that is still full."""
    try:
        return not (home / BALLAST).exists() and shutil.disk_usage(home).free < BALLAST_BYTES
    except OSError:
        return False


def _set_mode(connection: sqlite3.Connection, module: Any, wait_s: float) -> None:
    """WAL where it is safe, else TRUNCATE.

    Changing between the two needs the file alone. With another process in it, a file in rollback mode stays so
    (TRUNCATE belongs to the connection and is as durable); a write-ahead log may not be shared by an unsafe SQLite.
    """
    safe = driver.is_safe(module)
    until = time.monotonic() + wait_s
    while True:
        try:
            now = connection.execute("PRAGMA journal_mode").fetchone()[0]
            if safe and now != "wal":
                with contextlib.suppress(module.OperationalError):
                    now = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            if (safe and now == "wal") or _truncates(connection):
                return
        except module.OperationalError as error:
            if not driver_errors.is_busy(error) or time.monotonic() > until:
                raise
        # Two processes that open a new file at once get in each other's way for a moment; SQLite does not wait here.
        time.sleep(0.01)
        if time.monotonic() > until:
            raise driver_errors.locked()


def _truncates(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("PRAGMA journal_mode = TRUNCATE").fetchone()[0] == "truncate")


def _refuse_remains(path: Path) -> None:
    """Nothing new begins where a journal was: SQLite deletes a log whose database is missing or empty."""
    if path.exists() and path.stat().st_size:
        return
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size:
        raise driver_errors.damaged(path, "its log is there but the file is missing or empty")
    if last_event.read(path) is not None:
        raise driver_errors.damaged(path, "events were recorded and the file is missing or empty")

"""What the database driver raises, turned into errors a person can act on.

SQLite says "input/output error" and "unable to open" for several causes. Which one it was is found by asking the folder
for a small file: a full disk, a disk that may only be read and a broken one refuse it differently.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from pathlib import Path

from clerk.errors import ClerkError, DiskFailed, DiskFull, JournalDamaged, NotWritable, StoreLocked

_BUSY = {5, 6, 15}
"""Busy, locked, and a protocol of locks that came to no end."""
_READ_ONLY, _CANNOT_OPEN = 8, 14
_FULL = 13
_IO = 10
_NO_DATABASE = 26
_DAMAGE = {1, 11, _NO_DATABASE}
"""No such table, a broken structure, no database at all."""
_NO_ROOM_BYTES = 256 * 1024
"""With less room than this the log and its shared memory cannot grow; SQLite reports that as a plain error."""
_NO_ROOM = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_MAY_NOT = {errno.EACCES, errno.EPERM, errno.EROFS}


def primary_code(error: Exception) -> int:
    """SQLite's primary result code, or 0 when it is not known."""
    return int(getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF


def is_full(error: Exception, path: Path) -> bool:
    """Whether the error means that no room is left."""
    if isinstance(error, DiskFull):
        return True
    if isinstance(error, OSError):
        return error.errno in _NO_ROOM
    code = primary_code(error)
    return code == _FULL or (code in (_IO, _CANNOT_OPEN) and _refusal(path.parent) in _NO_ROOM)


def is_busy(error: Exception) -> bool:
    """Whether another process holds the file."""
    return primary_code(error) in _BUSY


def is_no_database(error: Exception) -> bool:
    """Whether the file is something else, or encrypted with another key."""
    return primary_code(error) == _NO_DATABASE


def is_io(error: Exception) -> bool:
    """Whether the disk itself failed, so that nothing written a moment ago may be trusted."""
    return primary_code(error) == _IO or isinstance(error, OSError)


def damaged(path: Path, detail: str = "") -> JournalDamaged:
    """The journal cannot be trusted; nothing of it is ever overwritten."""
    what = f"The journal {path.name} cannot be read{': ' + detail if detail else ''}."
    return JournalDamaged(
        what,
        f"Nothing was overwritten. Put it back from a backup. To begin a new one, move everything named "
        f"{path.stem}.* out of {path.parent}: what members withdrew here is then known to head office at most.",
    )


def cut_short(path: Path, last: Path) -> JournalDamaged:
    """The journal is whole and older than what was acknowledged: its log is gone, or an older copy was put back.

    Args:
        path: the journal.
        last: the file that says what its last event was.
    """
    return JournalDamaged(
        f"Events that were recorded are missing at the end of the journal {path.name}.",
        f"Put the newest copy back, with its -wal. To go on without them, move {last.name} out of {path.parent}: "
        "what members withdrew in them is then not known.",
    )


def locked() -> StoreLocked:
    """The error for a journal that another process locked for the whole wait."""
    return StoreLocked("Another process is writing to the journal.", "Close it, or try again in a minute.")


def not_writable(path: Path) -> NotWritable:
    """The error for a journal, or a folder, that this user or nobody may write."""
    remedy = f"Let the user who runs Clerk write {path.parent}; after a fault a disk may have been made read-only."
    return NotWritable("The journal can only be read, so that nothing can be recorded.", remedy)


def translated(error: Exception, path: Path, *, writing: bool = True) -> ClerkError:
    """The error of ours for what the driver raised.

    Args:
        error: of the driver, the operating system, or from decoding corrupt text.
        path: the journal.
        writing: whether something was to be recorded.
    """
    if isinstance(error, ClerkError):
        return error
    lost = "; this was not recorded." if writing else "."
    if is_full(error, path):
        why = lost if writing else ": the journal needs a little room to be opened."
        return DiskFull(f"The disk is full{why}", "Free space on this disk, then do it again.")
    if is_busy(error):
        return locked()
    code = primary_code(error)
    if code in (_READ_ONLY, _CANNOT_OPEN, _IO) or isinstance(error, OSError):
        return _of_the_disk(error, path, lost)
    if code in _DAMAGE or _is_of_corrupt_content(error):
        return damaged(path)
    # Whatever else it was, the file may be whole: nobody is told to put it aside.
    return DiskFailed(f"The journal could not be used ({type(error).__name__}){lost}", "Start Clerk again.")


def _of_the_disk(error: Exception, path: Path, lost: str) -> ClerkError:
    """Which of the reasons a disk has for refusing."""
    if not os.access(path.parent, os.R_OK | os.X_OK):
        return DiskFailed("The data folder cannot be looked into, or made.", f"Check who may use {path.parent}.")
    if not _may(path, os.R_OK):
        return DiskFailed("The journal may not be read by this user.", f"Check who owns {path}.")
    number = error.errno if isinstance(error, OSError) else _refusal(path.parent)
    if primary_code(error) == _READ_ONLY or number in _MAY_NOT or not _may(path, os.W_OK):
        return not_writable(path)
    if primary_code(error) == _CANNOT_OPEN:
        return DiskFailed("The journal cannot be opened.", f"Check what lies at {path}.")
    return DiskFailed(f"The disk reported an error{lost}", "Do it again; if it happens again, replace the disk.")


def _is_of_corrupt_content(error: Exception) -> bool:
    """Whether rows were read that no journal has: the driver gives its own errors about text no code."""
    if isinstance(error, (ValueError, TypeError)):
        return True
    return primary_code(error) == 0 and type(error).__name__ in ("OperationalError", "DatabaseError", "DataError")


def _may(path: Path, what: int) -> bool:
    """Whether the file is not there, or this user may do that with it."""
    return not os.path.exists(path) or os.access(path, what)


def _refusal(folder: Path) -> int:
    """The number of the error with which the folder refuses a small file; 0 when it takes one."""
    probe = folder / f".{secrets.token_hex(4)}.part"
    try:
        handle = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        return error.errno or errno.EIO
    try:
        # A disk that is nearly full takes a part of it without a word.
        return 0 if os.write(handle, bytes(_NO_ROOM_BYTES)) == _NO_ROOM_BYTES else errno.ENOSPC
    except OSError as error:
        return error.errno or errno.EIO
    finally:
        os.close(handle)
        with contextlib.suppress(OSError):
            probe.unlink()

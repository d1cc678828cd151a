"""What the database driver raises, turned into errors a person can act on."""

from __future__ import annotations

import shutil
from pathlib import Path

from clerk.errors import ClerkError, DiskFailed, DiskFull, JournalDamaged, StoreLocked

_BUSY = {5, 6}
_READ_ONLY_OR_CANNOT_OPEN = {8, 14}
_FULL = 13
_IO = 10
_NO_DATABASE = 26
_NO_ROOM_BYTES = 256 * 1024
"""An input/output error with less room than this is a full disk: growing the shared memory of the write-ahead log
fails with a plain error."""


def primary_code(error: Exception) -> int:
    """SQLite's primary result code, or 0 when it is not known."""
    return int(getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF


def is_full(error: Exception, path: Path) -> bool:
    """Whether the error means that no room is left."""
    code = primary_code(error)
    if code == _FULL:
        return True
    return code == _IO and _free_bytes(path.parent) < _NO_ROOM_BYTES


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
    return JournalDamaged(what, f"Nothing was overwritten. Keep the file, move {path} away, and start Clerk again.")


def locked() -> StoreLocked:
    """The error for a journal that another process locked for the whole wait."""
    return StoreLocked("Another process is writing to the journal.", "Close it, or try again in a minute.")


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
        return DiskFull(f"The disk is full{lost}", "Free space on this disk, then do it again.")
    if is_busy(error):
        return locked()
    if primary_code(error) in _READ_ONLY_OR_CANNOT_OPEN:
        what = "The journal cannot be opened for writing."
        return DiskFailed(what, f"Check the disk and the permissions of {path.parent}.")
    if is_io(error):
        remedy = "Do it again; if it happens again, replace the disk."
        return DiskFailed(f"The disk reported an error{lost}", remedy)
    return damaged(path)


def _free_bytes(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return _NO_ROOM_BYTES

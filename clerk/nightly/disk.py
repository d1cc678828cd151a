"""The few calls that make a file survive a power cut, in one place so that their order can be watched."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clerk.driver import driver
from clerk.errors import DiskFailed, DiskFull, StoreLocked

_FULL = 28
"""errno ENOSPC."""
_OS_ERROR = re.compile(r"\(os error (\d{1,5})\)")


class Disk:
    """Durable writes. A test hands in one that records, or that fails."""

    def sync_file(self, path: Path) -> None:
        """The file's bytes are on the medium when this returns."""
        handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def sync_folder(self, path: Path) -> None:
        """The names in the folder are on the medium when this returns. Windows has no such call and needs none."""
        if os.name != "nt":
            self.sync_file(path)

    def write(self, path: Path, text: str) -> None:
        """A small text file; not yet durable."""
        path.write_text(text, encoding="ascii")

    def rename(self, old: Path, new: Path) -> None:
        """One step for everybody who looks: the old name or the new one, never half of it."""
        os.replace(old, new)


@contextmanager
def disk_errors(doing: str) -> Iterator[None]:
    """Errors of the operating system, and of SQLite and Polars writing a file, in words of our own.

    Raises:
        DiskFull: nothing more can be written.
        DiskFailed: any other input/output error.
    """
    try:
        yield
    except OSError as problem:
        if problem.errno == _FULL:
            raise _full(doing) from problem
        raise _failed(doing, str(problem.strerror)) from problem
    except driver().Error as problem:
        if "full" in str(problem):
            raise _full(doing) from problem
        raise _failed(doing, type(problem).__name__) from problem
    except Exception as problem:
        # Polars tells in words what the system said. It is not imported here: a counter that fetches has none.
        told = _OS_ERROR.search(str(problem)) if type(problem).__module__.startswith("polars") else None
        if told is None:
            raise
        if int(told[1]) == _FULL:
            raise _full(doing) from problem
        raise _failed(doing, os.strerror(int(told[1]))) from problem


@contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Held by one process at a time; the operating system lets go when the process dies.

    Raises:
        StoreLocked: another process holds it.
    """
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            _lock(handle)
        except OSError:
            raise StoreLocked("Another build is running in this data folder.", "Wait until it has ended.") from None
        yield
    finally:
        os.close(handle)


def _full(doing: str) -> DiskFull:
    return DiskFull(
        f"The disk is full while {doing}.", "Free some space and run it again; the data in use is untouched."
    )


def _failed(doing: str, why: str) -> DiskFailed:
    return DiskFailed(f"The disk failed while {doing} ({why}).", "Run it again; the data in use is untouched.")


def _lock(handle: int) -> None:
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

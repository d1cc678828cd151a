"""Files that survive a power cut: fsync, rename, locks, and what a failing disk is called. The only place for it."""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal, Protocol

from clerk.driver import driver
from clerk.errors import DiskFailed, DiskFull, StoreLocked
from clerk.home import make_private

_FULL = 28
"""errno ENOSPC."""
_CHUNK = 1 << 20
_OS_ERROR = re.compile(r"\(os error (\d{1,5})\)")


class Disk:
    """Durable writes. A test hands in one that records, or that fails."""

    def sync_file(self, path: Path) -> None:
        """Waits until the file's bytes are on the disk."""
        handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def sync_folder(self, path: Path) -> None:
        """Waits until the names in the folder are on the disk. Windows has no such call and needs none."""
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


class Readable(Protocol):
    """Something that can be read from the beginning as often as it is wanted; a path is."""

    def open(self, mode: Literal["rb"], /) -> io.BufferedReader:
        """Its bytes, from the first on."""
        ...


def put_file(root: Path, name: str, data: bytes | Readable, *, shared: bool = False, disk: Disk | None = None) -> str:
    """Writes a file below a folder so that it survives a power cut, whole or not at all.

    Args:
        root: made, with the folders between, where it is not there.
        name: relative name, already checked.
        data: its bytes, or what to read them from.
        shared: whoever may look into `root` may read it; otherwise its owner alone may.
        disk: what syncs and renames.

    Returns:
        sha256 of what was written, in hex.
    """
    disk = disk or Disk()
    target = root / name
    rights = root.stat().st_mode if shared and root.exists() else 0
    for folder in reversed([target.parent, *target.parent.parents]):
        if not folder.exists():
            make_private(folder)
            _give(folder, rights & 0o7777)
            disk.sync_folder(folder.parent)
    beside = target.parent / f".{target.name[:80]}.{secrets.token_hex(4)}.part"
    digest = hashlib.sha256()
    source = io.BytesIO(data) if isinstance(data, bytes) else data.open("rb")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        _give(beside, rights & 0o644)
        with source, os.fdopen(handle, "wb") as file:
            while part := source.read(_CHUNK):
                digest.update(part)
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
            _forget_cached(file.fileno())
        disk.rename(beside, target)
        disk.sync_folder(target.parent)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    return digest.hexdigest()


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Held by one process at a time.

    Args:
        folder: where the lock lies; made where it is not there.

    Raises:
        StoreLocked: another process holds it.
    """
    make_private(folder)
    try:
        with only_one(folder / ".lock"):
            yield
    except StoreLocked as locked:
        raise StoreLocked("Somebody else is doing the same at this moment.", locked.remedy) from None


def walk(root: Path, prefix: str) -> Iterator[tuple[str, int]]:
    """Relative names and sizes of the regular files below `root/prefix`; links are not followed, dots left out."""
    if not root.is_dir():
        # Raises what is wrong when the folder that should hold it is gone as well.
        os.stat(root.parent)
        return
    for folder, folders, files in os.walk(root / prefix):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(folder, name)
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield path.relative_to(root).as_posix(), path.stat().st_size


def _give(path: Path, rights: int) -> None:
    """Gives a file or folder its rights; 0 leaves them. File systems of sticks and servers may know none."""
    if rights:
        with suppress(OSError):
            path.chmod(rights)


def _forget_cached(handle: int) -> None:
    """Drops the file from the cache, so that the next read comes from the disk."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)


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

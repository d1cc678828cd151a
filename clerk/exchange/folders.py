"""Durable files in local folders: same-folder temporary name, fsync, rename, fsync of the folder."""

from __future__ import annotations

import hashlib
import io
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clerk.errors import StoreLocked
from clerk.nightly.disk import Disk, only_one

_CHUNK = 1 << 20


def put_file(root: Path, name: str, data: bytes | Path, *, mode: int = 0o644, disk: Disk | None = None) -> str:
    """Writes a file below a folder so that it survives a power cut, whole or not at all.

    Args:
        root: made, with the folders between, where it is not there.
        name: relative name, already checked.
        data: its bytes, or a file to copy.
        mode: permissions of the file.
        disk: what syncs and renames.

    Returns:
        sha256 of what was written, in hex.
    """
    disk = disk or Disk()
    target = root / name
    for folder in reversed([target.parent, *target.parent.parents]):
        if not folder.exists():
            folder.mkdir(exist_ok=True)
            disk.sync_folder(folder.parent)
    beside = target.parent / f".{target.name[:80]}.{secrets.token_hex(4)}.part"
    digest = hashlib.sha256()
    source = io.BytesIO(data) if isinstance(data, bytes) else data.open("rb")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
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
    folder.mkdir(parents=True, exist_ok=True)
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


def _forget_cached(handle: int) -> None:
    """What is read back next comes from the medium, where the system can be asked for that."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)

"""Data folders whose journal cannot be read or cannot be written, made with real files, locks and disks.

Each gets a folder of its own that it may spoil, and gives the folder to work in.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path

from clerk import driver
from clerk.journal.file import FILE
from clerk.nights.rekey import rekey
from tests.unread.shop import copied

_PAGE = 4096
_DISK_MB = 16


def _spoil(home: Path, begin: int, end: int | None = None) -> None:
    content = bytearray((home / FILE).read_bytes())
    end = len(content) if end is None else end
    content[begin:end] = b"\xa5" * (end - begin)
    (home / FILE).write_bytes(content)


@contextmanager
def damaged_at_its_beginning(home: Path) -> Iterator[Path]:
    """The header is overwritten."""
    _spoil(home, 0, 100)
    yield home


@contextmanager
def damaged_in_the_middle(home: Path) -> Iterator[Path]:
    """Every page after the first is overwritten."""
    _spoil(home, _PAGE)
    yield home


@contextmanager
def locked(home: Path) -> Iterator[Path]:
    """Another connection holds the whole file and does not let go."""
    holder = driver.connect(home / FILE, isolation_level=None)
    try:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        holder.execute("CREATE TABLE held (by_us)")
        yield home
    finally:
        holder.close()


@contextmanager
def under_another_key(home: Path) -> Iterator[Path]:
    """Packs and settings have one key, the journal another."""
    other = copied(home, home.with_name(f"{home.name}-other"))
    for one in (home, other):
        rekey(one, "file:rest.key")
    shutil.copyfile(other / FILE, home / FILE)
    yield home


@contextmanager
def _disk(home: Path) -> Iterator[Path]:
    """The folder on a small disk of its own, which goes away afterwards."""
    place = home.with_name(f"{home.name}-disk")
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_DISK_MB}m,mode=700", "tmpfs", str(place)], check=True)
    try:
        yield copied(home, place / "home")
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@contextmanager
def on_a_full_disk(home: Path) -> Iterator[Path]:
    """Not one byte is left on the disk."""
    with _disk(home) as there, (there.parent / "filler").open("wb", buffering=0) as filler:
        for size in (1 << 20, 4096, 1):
            try:
                while filler.write(b"\0" * size) == size:
                    pass
            except OSError:
                continue
        yield there


@contextmanager
def on_a_read_only_disk(home: Path) -> Iterator[Path]:
    """Nothing can be written, not even by the owner."""
    with _disk(home) as there:
        subprocess.run(["mount", "-o", "remount,ro", str(there.parent)], check=True)
        yield there


State = Callable[[Path], AbstractContextManager[Path]]
UNREADABLE: dict[str, State] = {
    "damaged at its beginning": damaged_at_its_beginning,
    "damaged in the middle": damaged_in_the_middle,
    "locked": locked,
    "under another key": under_another_key,
}
"""Nothing of the journal can be read in these."""
UNWRITABLE: dict[str, State] = {"on a full disk": on_a_full_disk, "on a read-only disk": on_a_read_only_disk}
"""The journal is whole; whether it can be opened is up to the system."""
STATES = UNREADABLE | UNWRITABLE


@cache
def disks_can_be_made() -> bool:
    """Whether this user may mount a disk, which two of the states need."""
    return os.name == "posix" and os.geteuid() == 0 and shutil.which("mount") is not None and _mounts()


def _mounts() -> bool:
    tried = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], check=False, capture_output=True
    )
    return tried.returncode == 0

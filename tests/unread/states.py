"""Data folders whose journal cannot be read or cannot be written, made with real files, locks and disks.

Each state takes a whole data folder, which it leaves as it is, and gives one of its own to work in.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from clerk import driver
from clerk.journal.file import FILE
from clerk.nights.rekey import rekey

_PAGE = 4096
_DISK_MB = 16


@contextmanager
def whole(home: Path) -> Iterator[Path]:
    """Nothing is wrong."""
    with TemporaryDirectory(prefix="unread-", dir=home.parent) as folder:
        yield copied(home, Path(folder) / "home")


@contextmanager
def damaged_at_its_beginning(home: Path) -> Iterator[Path]:
    """The header is overwritten."""
    with whole(home) as there:
        spoil(there, 0, 100)
        yield there


@contextmanager
def damaged_in_the_middle(home: Path) -> Iterator[Path]:
    """Every page after the first is overwritten."""
    with whole(home) as there:
        spoil(there, _PAGE)
        yield there


def spoil(home: Path, begin: int, end: int | None = None, byte: bytes = b"\xa5") -> None:
    """Effect: overwrites bytes of the journal."""
    content = bytearray((home / FILE).read_bytes())
    end = len(content) if end is None else end
    content[begin:end] = byte * (end - begin)
    (home / FILE).write_bytes(content)


@contextmanager
def locked(home: Path) -> Iterator[Path]:
    """Another connection holds the whole file and does not let go."""
    with whole(home) as there, held(there):
        yield there


@contextmanager
def held(home: Path) -> Iterator[None]:
    """The journal of a data folder is held meanwhile."""
    holder = driver.connect(home / FILE, isolation_level=None)
    try:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        holder.execute("CREATE TABLE held (by_us)")
        yield
    finally:
        holder.close()


@contextmanager
def under_another_key(home: Path) -> Iterator[Path]:
    """Packs and settings have one key, the journal another."""
    with whole(_keyed(home)) as there:
        yield there


@cache
def _keyed(home: Path) -> Path:
    made, other = (copied(home, home.with_name(f"{home.name}-{name}")) for name in ("keyed", "other"))
    for one in (made, other):
        rekey(one, "file:rest.key")
    shutil.copyfile(other / FILE, made / FILE)
    return made


@contextmanager
def with_a_wrong_key_set(home: Path) -> Iterator[Path]:
    """Packs and journal have a key that is not the one that is set."""
    with whole(_keyed(home)) as there:
        (there / "rest.key").write_bytes((home.with_name(f"{home.name}-other") / "rest.key").read_bytes())
        yield there


@contextmanager
def _disk(home: Path) -> Iterator[Path]:
    """The folder on a small disk of its own, which goes away afterwards."""
    with TemporaryDirectory(prefix="unread-", dir=home.parent) as folder:
        options = f"size={_DISK_MB}m,mode=700"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
        try:
            yield copied(home, Path(folder) / "home")
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


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


def copied(home: Path, to: Path) -> Path:
    """The same data folder somewhere else."""
    return Path(shutil.copytree(home, to, symlinks=True))


State = Callable[[Path], AbstractContextManager[Path]]
UNREADABLE: dict[str, State] = {
    "damaged at its beginning": damaged_at_its_beginning,
    "damaged in the middle": damaged_in_the_middle,
    "locked": locked,
    "under another key": under_another_key,
    "with a wrong key set": with_a_wrong_key_set,
}
"""Nothing of the journal can be read in these."""
UNWRITABLE: dict[str, State] = {"on a full disk": on_a_full_disk, "on a read-only disk": on_a_read_only_disk}
"""The journal is whole; whether it can be opened is up to the system."""
STATES = UNREADABLE | UNWRITABLE


@cache
def disks_can_be_made() -> bool:
    """Whether this user may mount a disk, which two of the states need."""
    if os.name != "posix" or os.geteuid() != 0 or not (shutil.which("mount") and shutil.which("umount")):
        return False
    with TemporaryDirectory() as folder:
        tried = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=False, capture_output=True)
        if tried.returncode == 0:
            subprocess.run(["umount", folder], check=True)
        return tried.returncode == 0

"""`people.json`: read whole, replaced whole and durably, by one process at a time."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from clerk.durable import put_file
from clerk.errors import DiskFailed, DiskFull, StoreLocked
from clerk.home import make_private
from clerk.model.staff import StaffRole

FILE = "people.json"
"""Name below the data folder."""

_LOCK = ".people.lock"
_VERSION = 1


@dataclass(slots=True)
class Kept:
    """One associate as the file holds them."""

    name: str
    role: str
    pin: str
    """argon2id hash."""
    created: int = 0
    wrong: int = 0
    lockouts: int = 0
    """Lock-outs since the last right PIN: each is twice as long as the one before."""
    locked_until: int = 0


def exists(home: Path) -> bool:
    """Whether anybody was ever entered here: one look at the folder, nothing is read."""
    return (home / FILE).exists()


def read(home: Path) -> list[Kept]:
    """Everybody, in the order they were added; nobody where there is no file.

    Raises:
        DiskFailed: the file cannot be read or is not ours. Nobody is let in then: an empty list would let everybody in.
    """
    path = home / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeError) as error:
        raise _damaged(type(error).__name__) from None
    try:
        found = json.loads(text)
        if found["version"] != _VERSION:
            raise ValueError(f"version {found['version']}")
        people = [Kept(**one) for one in found["people"]]
        for one in people:
            StaffRole(one.role)
            if not (isinstance(one.name, str) and isinstance(one.pin, str)):
                raise TypeError("name")
            one.created, one.wrong = int(one.created), int(one.wrong)
            one.lockouts, one.locked_until = int(one.lockouts), int(one.locked_until)
    except (ValueError, TypeError, KeyError) as error:
        raise _damaged(type(error).__name__) from None
    return people


def write(home: Path, people: list[Kept]) -> None:
    """Replaces the file: whole or not at all, still there after a power cut, readable by its owner only.

    Raises:
        DiskFull, DiskFailed: it could not be written; the one before is untouched.
    """
    data = json.dumps({"version": _VERSION, "people": [asdict(one) for one in people]}, ensure_ascii=False, indent=1)
    try:
        put_file(home, FILE, (data + "\n").encode())
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull("The disk is full; nothing about associates was changed.", "Free some space.") from error
        raise DiskFailed(
            f"The list of associates could not be written ({error.strerror}).", "Check the data folder's permissions."
        ) from error


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """A lock that one process holds at a time; the system releases it when the process dies.

    Raises:
        StoreLocked: another process held it for ten seconds (Windows only; elsewhere it is waited for).
        DiskFailed: the data folder cannot be written.
    """
    try:
        make_private(home)
        handle = os.open(home / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise DiskFailed(f"The data folder cannot be written ({error.strerror}).", "Check its permissions.") from error
    try:
        try:
            _lock(handle)
        except OSError:
            raise StoreLocked("Another process is changing the list of associates.", "Try again.") from None
        yield
    finally:
        os.close(handle)


def _lock(handle: int) -> None:
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX)


def _damaged(why: str) -> DiskFailed:
    return DiskFailed(
        f"The list of associates ({FILE}) cannot be read ({why}); nobody can sign in.",
        "Put back a copy, or move the file away and add everybody again: `clerk people add NAME`.",
    )

"""`people.json`: read whole, replaced whole and durably, by one process at a time.

Three parts: `version`, `people` (who works here, with role, PIN hash and wrong tries at the counter) and `tries` (by
name: how long a lock lasts, and what was tried over the network). `tries` may be missing: earlier versions wrote none.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from clerk.durable import put_file
from clerk.errors import DiskFailed, DiskFull, StoreLocked
from clerk.home import make_private
from clerk.model.staff import StaffRole
from clerk.text import clean

NAME_LETTERS = 40
"""Length of an associate's name."""

FILE = "people.json"
"""Name below the data folder."""

_LOCK = ".people.lock"
_VERSION = 1


@dataclass(slots=True)
class KnownTablet:
    """A browser in which somebody signed in before."""

    id: str
    """SHA-256 of the secret in its cookie."""
    wrong: int = 0
    """Wrong PINs in a row there, for the same name."""


@dataclass(slots=True)
class Budget:
    """Wrong PINs that may still be tried for one name, from one kind of tablet."""

    left: float
    """How many now, as of `tick`; they come back over a day."""
    tick: float
    """Seconds since the machine started."""
    in_a_row: int = 0
    """Wrong ones since the last right one."""


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
    """Wall seconds; counts where the two below cannot: after a restart, and as earlier versions wrote it."""
    locked_s: int = 0
    """Length of the lock or wait at the counter."""
    locked_tick: float = 0.0
    """When it began, in seconds since the machine started."""
    tablets: list[KnownTablet] = field(default_factory=list)
    """Where they signed in; the one used last at the end."""
    colleagues: Budget | None = None
    """Of tablets in which only colleagues signed in; None is a full one."""
    strangers: Budget | None = None
    """Of tablets that nobody signed in at; None is a full one."""


_TRIES = ("locked_s", "locked_tick", "tablets", "colleagues", "strangers")
"""What stands under `tries`, so that an earlier version still reads the people."""


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
        tries = found.get("tries", {})
        if not isinstance(tries, dict):
            raise TypeError("tries")
        for one in people:
            StaffRole(one.role)
            if not (isinstance(one.name, str) and isinstance(one.pin, str)):
                raise TypeError("name")
            one.created, one.wrong = int(one.created), int(one.wrong)
            one.lockouts, one.locked_until = int(one.lockouts), int(one.locked_until)
            if one.name in tries:
                _take_tries(one, tries[one.name])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _damaged(type(error).__name__) from None
    return people


def named(people: Sequence[Kept], name: str) -> Kept | None:
    """The one of this name, however it is capitalised."""
    wanted = clean(name, NAME_LETTERS).casefold()
    return next((one for one in people if one.name.casefold() == wanted), None)


def write(home: Path, people: list[Kept]) -> None:
    """Replaces the file: whole or not at all, still there after a power cut, readable by its owner only.

    Raises:
        DiskFull, DiskFailed: it could not be written; the one before is untouched.
    """
    rows = [asdict(one) for one in people]
    tries = {row["name"]: {key: row.pop(key) for key in _TRIES} for row in rows}
    data = {"version": _VERSION, "people": rows, "tries": tries}
    try:
        put_file(home, FILE, (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode())
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


def _take_tries(one: Kept, found: Mapping[str, Any]) -> None:
    one.locked_s, one.locked_tick = int(found["locked_s"]), float(found["locked_tick"])
    one.tablets = [KnownTablet(str(tablet["id"]), int(tablet["wrong"])) for tablet in found["tablets"]]
    one.colleagues, one.strangers = _budget(found["colleagues"]), _budget(found["strangers"])


def _budget(found: Mapping[str, Any] | None) -> Budget | None:
    if found is None:
        return None
    return Budget(float(found["left"]), float(found["tick"]), int(found["in_a_row"]))


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

"""The inbox: its files, whether each is complete, and where they go once they were taken in.

A file is complete when a trigger file stands beside it (`endofday.trg`, `*.trg`, `*.done`, `READY`), which marks all
files there as complete, or when nobody has written to it for a while. Links, hidden files and files that some
program is still copying are passed over. `store.toml` and other `*.toml` at the top say how to read the rest and stay.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

from clerk.clock import DAY_S, to_datetime, utc_ms
from clerk.durable import Disk, disk_errors
from clerk.home import make_private
from clerk.intake.canonical_tables import STORE_FILE, SUFFIXES, TABLES
from clerk.text import clean

INBOX: Final = "inbox"
"""Folder in the data folder where exports arrive."""
DONE: Final = "done"
"""Folder in the inbox: one folder a night with what was taken in. As many nights are kept as reports."""

_COPYING = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".swp")
"""Endings under which programs write what they have not finished."""
_BLOCK = 1 << 20

State = Literal["complete", "waiting", "refused"]


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One file in the inbox."""

    name: str
    """From the inbox, with `/`; what reports call it."""
    path: Path
    size: int
    written_ns: int
    state: State
    reason: str = ""
    """Why it is not complete."""
    code: str = ""
    """Of the error, where it is refused."""
    outer: FoundFile | None = None
    """The archive that it lay in."""

    @property
    def lies_at(self) -> Path:
        """The file in the inbox: itself, or the archive that it lay in."""
        return self.outer.path if self.outer else self.path

    def packing(self, name: str, path: Path) -> FoundFile:
        """A file that lay in this archive.

        Args:
            name: as reports call it.
            path: where it was unpacked.
        """
        return replace(self, name=name, path=path, size=path.stat().st_size if path.exists() else 0, outer=self)

    def unchanged(self) -> bool:
        """Whether it was not written to since it was listed."""
        if self.outer is not None:
            return self.outer.unchanged()
        try:
            now = self.path.lstat()
        except OSError:
            return False
        return (now.st_size, now.st_mtime_ns) == (self.size, self.written_ns)

    def sha256(self, tell: Callable[[int], None] = lambda _: None) -> str:
        """sha256 in hex. Cost: half a second for a gigabyte."""
        found = hashlib.sha256()
        with self.path.open("rb") as file:
            while block := file.read(_BLOCK):
                found.update(block)
                tell(len(block))
        return found.hexdigest()


@dataclass(slots=True)
class InboxContents:
    """The files of an inbox, oldest first, so that the newest statement comes last."""

    files: list[FoundFile] = field(default_factory=list)
    triggers: list[Path] = field(default_factory=list)
    store_files: list[Path] = field(default_factory=list)
    """`store.toml` of the inbox and of canonical folders in it."""
    links: list[str] = field(default_factory=list)
    """Names of links, which are passed over: they may lead anywhere."""


def look(
    inbox: Path, *, quiet_s: int, at_most: int, everything: bool = False, now_s: float | None = None
) -> InboxContents:
    """Lists the inbox. Nothing is opened.

    Args:
        inbox: the folder; one that is not there is empty.
        quiet_s: seconds without a write after which a file is complete.
        at_most: bytes; a larger file is refused.
        everything: take every file as complete.
        now_s: seconds since 1970 in UTC, as the file system counts; the machine's clock when left out.
    """
    now_s = utc_ms() / 1000 if now_s is None else now_s
    contents = InboxContents()
    if not inbox.is_dir():
        return contents
    with disk_errors("reading the inbox"):
        for folder, prefix in _folders(inbox):
            # Listed before triggers are looked for: what was listed stood there when the trigger was set.
            entries = _entries(folder)
            triggers = [path for path, _ in entries if is_trigger(path.name)]
            contents.triggers += triggers
            complete = everything or bool(triggers) or (folder != inbox and bool(contents.triggers))
            for path, status in entries:
                if stat.S_ISLNK(status.st_mode):
                    contents.links.append(prefix + clean(path.name))
                elif path.name.lower() == STORE_FILE:
                    contents.store_files.append(path)
                elif stat.S_ISREG(status.st_mode) and not is_trigger(path.name) and path.suffix.lower() != ".toml":
                    state, reason, code = _state(status, quiet_s, at_most, now_s, complete=complete)
                    name = prefix + clean(path.name)
                    contents.files.append(
                        FoundFile(name, path, status.st_size, status.st_mtime_ns, state, reason, code)
                    )
    contents.files.sort(key=lambda file: (file.written_ns, file.name))
    return contents


def is_trigger(name: str) -> bool:
    """Whether a file of this name marks all files beside it as complete."""
    lower = name.lower()
    return lower.endswith((".trg", ".done")) or lower == "ready"


def put_away(inbox: Path, night: str, paths: list[Path], disk: Disk | None = None) -> list[str]:
    """Moves files to `done/<night>/` of the inbox, under the names they had there.

    Returns:
        Names of those that could not be moved; they are known by their hash and are not taken in again.

    Effect: moves the files, removes canonical folders that have become empty.
    """
    disk = disk or Disk()
    left = []
    target = inbox / DONE / night
    for path in paths:
        to = target / path.relative_to(inbox)
        try:
            make_private(to.parent)
            disk.rename(path, _free(to))
        except OSError:
            left.append(clean(path.name))
    for folder in {path.parent for path in paths} - {inbox}:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    return left


def prune_done(inbox: Path, keep: int, now: int) -> None:
    """Removes what was taken in on all but the newest nights, and more than so many days ago."""
    prune_folders(inbox / DONE, keep, now)


def prune_folders(folder: Path, keep: int, now: int) -> None:
    """Removes folders of nights, whose names begin with their time: all but the newest, and those too old.

    Args:
        folder: that holds them.
        keep: how many stay, and for how many days: a shop that delivers seldom keeps no copy for longer than others.
        now: wall seconds.
    """
    if not folder.is_dir():
        return
    oldest = f"{to_datetime(now - keep * DAY_S):%Y%m%dT%H%M%S}"
    names = sorted((path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()), reverse=True)
    for at, path in enumerate(names):
        if at >= keep or path.name < oldest:
            shutil.rmtree(path, ignore_errors=True)


def _folders(inbox: Path) -> Iterator[tuple[Path, str]]:
    """The inbox and the canonical folders in it, with the beginning of the names of what they hold."""
    yield inbox, ""
    for path in sorted(inbox.iterdir()):
        status = path.lstat()
        if path.name == DONE or path.name.startswith(".") or not stat.S_ISDIR(status.st_mode):
            continue
        if any(is_canonical(inside.name) for inside in path.iterdir()):
            yield path, clean(path.name) + "/"


def is_canonical(name: str) -> bool:
    """Whether a file of this name is a table of a canonical folder."""
    stem, dot, suffix = name.lower().rpartition(".")
    return stem in TABLES and dot + suffix in SUFFIXES


def _entries(folder: Path) -> list[tuple[Path, os.stat_result]]:
    entries = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "~")) or path.name.lower().endswith(_COPYING):
            continue
        try:
            entries.append((path, path.lstat()))
        except FileNotFoundError:
            # Renamed between listing and looking: it is met under its new name the next night.
            continue
    return entries


def _state(
    status: os.stat_result, quiet_s: int, at_most: int, now_s: float, *, complete: bool
) -> tuple[State, str, str]:
    if status.st_size > at_most:
        return "refused", f"larger than {at_most // 1_000_000:,} MB (file_mb_at_most)", "E212"
    age = now_s - status.st_mtime
    if complete or age >= quiet_s:
        return "complete", "", ""
    if age < -quiet_s:
        return "waiting", "its date lies in the future; set the clock right, or run with --now", ""
    return "waiting", f"still being written: last change {max(0, round(age))} s ago", ""


def _free(path: Path) -> Path:
    """The path, or a numbered one beside it when it is taken."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free

"""Pulls a system's pages into files of the inbox: page by page, so that what was cut off goes on where it stopped.

Each page is made durable before the place of the next one is noted, below `<home>/pull/<system>`. Files go into the
inbox when all of them are whole, each by one rename.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from clerk.durable import Disk, disk_errors, only_one
from clerk.home import make_private
from clerk.intake.files.inbox import INBOX

PULL: Final = "pull"
"""Folder in the data folder: how far each system was pulled."""
OVERLAP: Final = timedelta(minutes=10)
"""Asked for again each time: clocks differ, and a basket that comes again changes nothing."""

Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and where to go on; empty at the end."""

    rows: Sequence[Row]
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """One file that is pulled."""

    name: str
    header: Row
    page: Callable[[str], Page]
    """The page at a cursor; empty for the first."""
    resumable: bool = True
    """Whether it goes on at a cursor; otherwise it begins anew, because others need all of it."""


@dataclass(slots=True)
class State:
    """How far a system was pulled."""

    account: str = ""
    since: str = ""
    """Everything changed before it is in the inbox, or was; empty before the first time. ISO 8601 in UTC."""
    started: str = ""
    """When the pull that is not complete began; empty when none is."""
    cursors: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    """Bytes of each file that are whole."""
    rows: dict[str, int] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull brought."""

    system: str
    since: str
    rows: dict[str, int]
    files: tuple[str, ...]
    resumed: bool

    def text(self) -> str:
        """For a person."""
        what = ", ".join(f"{rows:,} rows of {name}" for name, rows in self.rows.items())
        since = f"since {self.since}" if self.since else "everything there is"
        lines = [f"{self.system}: {what}, {since}" + (" (went on where it stopped)" if self.resumed else "")]
        lines += [f"  inbox/{name}" for name in self.files]
        return "\n".join([*lines, "nothing new" if not self.files else "`clerk nightly` takes them in"])


def pull(
    home: Path,
    system: str,
    account: str,
    resources: Callable[[str], Sequence[Resource]],
    now: datetime,
    *,
    quiet_s: int,
    progress: Callable[[str, int], None] = lambda _name, _rows: None,
    disk: Disk | None = None,
) -> Pulled:
    """Pulls what changed since the last complete pull.

    Args:
        home: the data folder.
        system: `shopify` or `square`.
        account: whose data it is; with another one, the pull begins anew.
        resources: the files, given since when (ISO 8601, or empty).
        now: the time, with a zone.
        quiet_s: age at which a file of the inbox counts as complete.
        progress: called with a file's name and its rows so far.
        disk: what syncs and renames.

    Raises:
        StoreLocked: another pull is running.
        SystemRefused: the system; what came so far is kept, and the next pull goes on there.
        DiskFull, DiskFailed: the disk.

    Effect: writes below `<home>/pull`, and files into the inbox.
    """
    disk = disk or Disk()
    folder = home / PULL / system
    with disk_errors("pulling"):
        make_private(folder)
    with only_one(folder / ".lock"), disk_errors("pulling"):
        state = _read(folder, account)
        resumed = bool(state.started)
        if not resumed:
            state.started = now.astimezone(UTC).isoformat(timespec="seconds")
        begun = datetime.fromisoformat(state.started)
        every = resources(state.since)
        for one in every:
            _fetch(folder, one, state, disk, progress)
        files = _hand_over(home, folder, system, every, state, begun - timedelta(seconds=quiet_s), disk)
        done = Pulled(system, state.since, dict(state.rows), files, resumed)
        _save(folder, State(account=account, since=(begun - OVERLAP).isoformat(timespec="seconds")), disk)
    return done


def _fetch(folder: Path, one: Resource, state: State, disk: Disk, progress: Callable[[str, int], None]) -> None:
    """Appends the pages of one file that are still missing."""
    path = folder / f"{one.name}.csv"
    if one.name in state.done and one.resumable:
        if path.exists():
            os.truncate(path, state.sizes[one.name])
        return
    if not one.resumable or one.name not in state.sizes:
        state.cursors[one.name], state.rows[one.name] = "", 0
        disk.write(path, _csv([one.header]))
        state.sizes[one.name] = path.stat().st_size
    cursor = state.cursors.get(one.name, "")
    with path.open("r+b") as file:
        # What was written after the last note is fetched again.
        file.truncate(state.sizes[one.name])
        file.seek(0, os.SEEK_END)
        while True:
            page = one.page(cursor)
            file.write(_csv(page.rows).encode())
            file.flush()
            os.fsync(file.fileno())
            state.sizes[one.name] = file.tell()
            state.rows[one.name] += len(page.rows)
            state.cursors[one.name] = cursor = page.cursor
            if not cursor:
                state.done.append(one.name)
            _save(folder, state, disk)
            progress(one.name, state.rows[one.name])
            if not cursor:
                return


def _hand_over(
    home: Path, folder: Path, system: str, every: Sequence[Resource], state: State, written: datetime, disk: Disk
) -> tuple[str, ...]:
    """Puts the files that have rows into the inbox, as old as the night wants them to be."""
    inbox = home / INBOX
    make_private(inbox)
    names = []
    for one in every:
        path = folder / f"{one.name}.csv"
        if state.rows.get(one.name):
            name = f"{system}-{one.name}-{datetime.fromisoformat(state.started):%Y%m%dT%H%M%S}.csv"
            if path.exists():
                os.utime(path, (written.timestamp(), written.timestamp()))
                disk.rename(path, inbox / name)
            names.append(name)
        else:
            path.unlink(missing_ok=True)
    disk.sync_folder(inbox)
    return tuple(names)


def _csv(rows: Sequence[Row]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _read(folder: Path, account: str) -> State:
    """How far this account was pulled; the beginning where nothing can be read."""
    try:
        state = State(**json.loads((folder / "state.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return State(account=account)
    whole = all((folder / f"{name}.csv").exists() for name in state.sizes)
    if state.account != account or (state.started and not whole and not _handed_over(state)):
        return State(account=account, since=state.since if state.account == account else "")
    return state


def _handed_over(state: State) -> bool:
    """Whether every file was whole, so that some may be in the inbox already."""
    return bool(state.sizes) and set(state.sizes) <= set(state.done)


def _save(folder: Path, state: State, disk: Disk) -> None:
    beside = folder / ".state.tmp"
    disk.write(beside, json.dumps(asdict(state), indent=1) + "\n")
    disk.sync_file(beside)
    disk.rename(beside, folder / "state.json")
    disk.sync_folder(folder)

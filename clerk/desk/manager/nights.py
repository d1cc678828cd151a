"""The manager's screen: what of the nights can be shown at once, what takes a moment, and going to other store data.

Reading never writes. Going to other data replaces one pointer; only a manager may do it. What takes a moment (files
looked into, rows counted, the ledger) is found out by `more` in a process of its own, which a scan never waits for.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from clerk.clock import Clock
from clerk.desk.manager import night_files
from clerk.desk.manager.lists import ListsProcess
from clerk.errors import ClerkError, DiskFailed
from clerk.members.journal_in_use import JournalInUse
from clerk.model import Notice
from clerk.model.nights import (
    DeviceSeen,
    InboxFile,
    Nights,
    NightSeen,
    NightsMore,
    PackSeen,
    Room,
    SetAside,
    SetAsideRows,
)
from clerk.pack.open import PACKS, current_generation, generation_names, read_manifest
from clerk.phrases import ago, clock_time
from clerk.role import DEVICE_FILE
from clerk.settings import Settings

_NIGHTS_LOOKED_AT = 7
"""Reports from which it is worked out when nights usually begin: a week."""
_SMALL_FILE = 1_000_000
"""Files of the exchange that are read here are smaller."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class NightWords:
    """What the counter itself says about the nights; both empty on a good day."""

    stale: bool
    """Whether the data is older than the shop accepts without a word."""
    failed: str
    """One sentence about a last night that failed."""


class NightsDesk:
    """Answers the manager's screen for one data folder.

    Args:
        home: the data folder.
        clock: now.
        settings: of the data folder.
        journal: of this device.
        lists: works out what takes a moment.
        permit: raises where who acts may not go to other data.
    """

    def __init__(
        self,
        home: Path,
        clock: Clock,
        settings: Settings,
        journal: JournalInUse,
        lists: ListsProcess,
        permit: Callable[[], None],
    ) -> None:
        self._home = home
        self._clock = clock
        self._settings = settings
        self._journal = journal
        self._lists = lists
        self._permit = permit

    def now(self) -> Nights:
        """What can be shown at once: a few small files are read."""
        return nights(self._home, self._clock.now(), self._settings, self._journal)

    def more(self) -> NightsMore:
        """What takes a moment; call it from another thread.

        Raises:
            ClerkError: it could not be found out.
        """
        found = self._lists.ask("nights")
        assert isinstance(found, NightsMore)
        return found

    def rows(self, folder: str) -> SetAsideRows:
        """The rows of one folder that were set aside.

        Raises:
            DiskFailed: they cannot be read.
        """
        return night_files.rows_of(self._home, folder)

    def go_to(self, generation: str) -> None:
        """Makes another installed generation the one in use, after every hash of it was checked.

        Raises:
            NotSignedIn: who acts is no manager.
            NoPack, PackDamaged, StoreLocked: it is not there or not whole, or a night is at work.

        Effect: replaces `CURRENT`; a running counter takes it up between two visits. Cost: 0.07 s for 100 MB.
        """
        self._permit()
        from clerk.pack import generations

        generations.use(self._home, generation)

    def words(self, built_at: int) -> NightWords:
        """What the counter says about the nights by itself.

        Args:
            built_at: of the data in use.
        """
        seen, _ = night_files.reports(self._home, 1)
        return night_words(built_at, seen[0] if seen else None, self._clock.now(), self._settings)


def nights(home: Path, now: int, settings: Settings, journal: JournalInUse | None) -> Nights:
    """The nights of a data folder as far as they can be shown at once.

    Args:
        home: the data folder.
        now: wall seconds.
        settings: of the data folder.
        journal: of this device; None where there is none yet.
    """
    seen, problems = night_files.reports(home, _NIGHTS_LOOKED_AT)

    def found(part: Callable[[], _T], otherwise: _T) -> _T:
        try:
            return part()
        except ClerkError as error:
            problems.append(Notice(error.code, error.what, error.remedy))
            return otherwise

    no_files: tuple[InboxFile, ...] = ()
    no_rows: tuple[SetAside, ...] = ()
    waiting, more = found(lambda: night_files.inbox(home), (no_files, 0))
    set_aside = found(lambda: night_files.set_aside(home), no_rows)
    packs = _packs(home)
    own = found(lambda: _own_device(home, settings, journal), None)
    return Nights(
        now=now,
        home=str(home),
        role=settings.exchange.role,
        last=seen[0] if seen else None,
        inbox=waiting,
        inbox_more=more,
        begins=night_files.begins(seen),
        set_aside=set_aside,
        devices=(own,) if own is not None else (),
        packs=packs,
        room=_room(home, packs),
        problems=tuple(problems),
    )


def night_words(built_at: int, last: NightSeen | None, now: int, settings: Settings) -> NightWords:
    """What the counter says about the nights, given the last one.

    Args:
        built_at: of the data in use.
        last: the last night, or None.
        now: wall seconds.
        settings: of the data folder.
    """
    stale = 0 < built_at <= now - settings.exchange.warn_hours * 3600
    if last is None or last.outcome not in ("failed", "kept last night's"):
        return NightWords(stale, "")
    when = f"{clock_time(last.started)} {ago(last.started, now)}"
    code = f" ({last.error.code})" if last.error is not None and last.error.code else ""
    return NightWords(stale, f"Last night, {when}, brought no new data{code}.")


def _packs(home: Path) -> tuple[PackSeen, ...]:
    current = current_generation(home)
    found = []
    for name in generation_names(home):
        try:
            manifest: Mapping[str, Any] = read_manifest(home / PACKS / name)
            counts = manifest.get("counts", {})
            size = sum(int(file["size"]) for file in manifest["files"].values())
            built_at, members, lines = manifest.get("built_at", 0), counts.get("members", 0), counts.get("lines", 0)
            found.append(PackSeen(name, int(built_at), int(members), int(lines), size, name == current))
        except (ClerkError, TypeError, KeyError, ValueError, AttributeError):
            found.append(PackSeen(name, 0, 0, 0, 0, name == current))
    return tuple(found)


def _room(home: Path, packs: tuple[PackSeen, ...]) -> Room:
    try:
        free: int | None = shutil.disk_usage(home).free
    except OSError:
        free = None
    return Room(free, (home / "ballast").exists(), sum(one.size for one in packs))


def _own_device(home: Path, settings: Settings, journal_in_use: JournalInUse | None) -> DeviceSeen | None:
    """This machine, by its journal and the last acknowledgement that was verified here; None where it has no journal.

    Raises:
        ClerkError: the journal, or the file that says which device it is, cannot be read.
    """
    from clerk.journal import acknowledged

    if journal_in_use is None:
        return None
    with journal_in_use.reading() as journal:
        device, events = journal.device, journal.count()
        known = acknowledged.read(home)
        waiting = acknowledged.unsent(journal, known)
    named = _json(home / DEVICE_FILE)
    received, durable = known.get(device, {}).get(waiting.epoch, (None, None))
    return DeviceSeen(
        device=device,
        name=_text(named.get("name")),
        store=_text(named.get("store")) or settings.exchange.store,
        epoch=waiting.epoch,
        own=True,
        events=events,
        unsent=waiting.events if settings.exchange.role != "alone" and named else None,
        received=received.seq if received else None,
        durable=durable.seq if durable else None,
    )


def _json(path: Path) -> dict[str, Any]:
    """A small file of ours; empty where there is none.

    Raises:
        DiskFailed: it cannot be read, or is damaged.
    """
    try:
        if path.stat().st_size > _SMALL_FILE:
            raise ValueError("too long")
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise DiskFailed(f"{path.name} cannot be read.", f"Check who may read {path}, and what is in it.") from error
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    return value[:200] if isinstance(value, str) else ""

"""What of the nights takes a moment: files of the inbox looked into, rows set aside counted, the ledger's devices.

Imports what reads exports and what speaks to the ledger, so it runs in a process of its own (see `reckon`), or in a
command. Each part that cannot be found out is told; the others still are.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from clerk.desk.manager import night_files
from clerk.desk.manager.requests import asked_for
from clerk.desk.manager.sign_ins import sign_ins_of
from clerk.errors import ClerkError, DiskFailed
from clerk.model import Notice
from clerk.model.nights import AskedFor, DeviceAsks, DeviceSeen, InboxFile, NightsMore, SetAside
from clerk.role import is_office
from clerk.settings import ExchangeSettings, NightSettings, load

T = TypeVar("T")


def nights_more(home: Path, now: int) -> NightsMore:
    """What takes a moment.

    Args:
        home: the data folder.
        now: wall seconds.
    """
    settings = load(home)
    problems: list[Notice] = []

    def found(part: Callable[[], tuple[T, ...]]) -> tuple[T, ...]:
        try:
            return part()
        except ClerkError as error:
            problems.append(Notice(error.code, error.what, error.remedy))
            return ()

    waiting: tuple[InboxFile, ...] = found(lambda: _inbox(home, settings.nightly))
    aside: tuple[SetAside, ...] = found(
        lambda: tuple(night_files.counted(home, f) for f in night_files.set_aside(home))
    )
    devices: tuple[DeviceSeen, ...] = found(lambda: _devices(home, settings.exchange))
    asked: tuple[AskedFor, ...] = found(lambda: asked_for(home))
    signs: tuple[str, ...] = found(lambda: sign_ins_of(home, now))
    asking: tuple[DeviceAsks, ...] = found(lambda: _asking(home, settings.exchange))
    return NightsMore(waiting, aside, devices, tuple(problems), asked, signs, asking)


def _inbox(home: Path, settings: NightSettings) -> tuple[InboxFile, ...]:
    """What the night itself would find there, each file with its layout by its header.

    Raises:
        DiskFailed: the folder cannot be read.
    """
    from clerk.intake.files.inbox import FoundFile, look
    from clerk.intake.files.recognition import recognise

    at_most = settings.file_mb_at_most * 1_000_000

    def told(before: str, file: FoundFile) -> InboxFile:
        name = before + file.name
        if file.state == "refused":
            return InboxFile(name, file.size, "refused", reason=file.reason)
        state = "complete" if file.state == "complete" else "being written"
        try:
            known = recognise(file.path, bytes_at_most=at_most)
        except ClerkError as error:
            return InboxFile(name, file.size, "refused", reason=f"{error.what} {error.remedy}")
        except OSError as error:
            return InboxFile(name, file.size, "refused", reason=str(error.strerror))
        if known is None:
            reason = "No export that Clerk knows has these columns."
            return InboxFile(name, file.size, "not recognised", reason=reason)
        return InboxFile(name, file.size, state, known.layout, file.reason)

    found: list[tuple[str, FoundFile]] = []
    for before, of in night_files.homes(home):
        looked = look(of / night_files.INBOX, quiet_s=settings.quiet_s, at_most=at_most)
        found += [(before, file) for file in sorted(looked.files, key=lambda one: one.name)]
    return tuple(told(before, file) for before, file in found[: night_files.FILES_AT_MOST])


def _devices(home: Path, settings: ExchangeSettings) -> tuple[DeviceSeen, ...]:
    """Every device of an office's ledger; none elsewhere.

    Raises:
        LedgerUnavailable: it cannot be reached.
        DiskFailed: the list of accepted devices cannot be read.
    """
    if settings.role != "office" or not (settings.ledger or _has_ledger(home)):
        return ()
    from clerk.exchange.office.ledger.ledger import Ledger

    names = _accepted(home)
    with Ledger.open(settings.ledger, home) as ledger:
        forked = {(one.store, one.device) for one in ledger.forks()}
        seen = tuple(
            DeviceSeen(
                device=one.device,
                name=names.pop(one.device, ("", ""))[0],
                store=one.store,
                epoch=one.heads[-1].epoch if one.heads else "",
                events=sum(head.seq for head in one.heads),
                received=sum(head.seq for head in one.heads),
                durable=sum(head.durable_seq for head in one.heads),
                last_seen=one.last_at,
                forked=(one.store, one.device) in forked,
            )
            for one in ledger.devices()
        )
    return (*seen, *(DeviceSeen(device, name, store, events=0) for device, (name, store) in names.items()))


def _asking(home: Path, settings: ExchangeSettings) -> tuple[DeviceAsks, ...]:
    """Devices that ask an office to be accepted; none elsewhere.

    Raises:
        ExchangeError: the exchange location cannot be reached.
    """
    if settings.role != "office" or not settings.place or not is_office(home):
        return ()
    # Imported here: a machine that works alone loads no cryptography.
    from clerk.exchange.between import location_check
    from clerk.exchange.between.locations import Location
    from clerk.exchange.office.devices import waiting
    from clerk.nights.by_role import stores_of

    location = Location(settings.place)
    location_check.check(home, location, began=False, dry_run=True)
    return tuple(
        DeviceAsks(one.device, one.name, store, one.fingerprint, one.asked_at, one.state == "other key")
        for store in stores_of(home, settings)
        for one in waiting(home, location, store)
    )


def _accepted(home: Path) -> dict[str, tuple[str, str]]:
    """Names and stores of the devices that were accepted, by id; those that never sent anything are listed too.

    Raises:
        DiskFailed: the list of devices cannot be read.
    """
    path = home / "exchange" / "devices.json"
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise DiskFailed(f"{path.name} cannot be read.", f"Check who may read {path}, and what is in it.") from error
    return {
        str(device): (str(entry.get("name", "")), str(store))
        for store, entries in (told.items() if isinstance(told, dict) else ())
        for device, entry in (entries.items() if isinstance(entries, dict) else ())
        if isinstance(entry, dict) and entry.get("state") == "accepted"
    }


def _has_ledger(home: Path) -> bool:
    """Whether there is one already: looking at it must not make it."""
    return bool(os.environ.get("CLERK_LEDGER")) or (home / "exchange" / "ledger.db").exists()

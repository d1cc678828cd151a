"""The devices of an office: which ask to belong to it, which a person accepted, which were removed.

What was accepted is kept at the office, never on the exchange location, where others write.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from clerk.durable import put_file
from clerk.errors import ExchangeError, NotEnrolled
from clerk.exchange.between.device_request import (
    REQUEST_LONGEST,
    Request,
    checked_store,
    entry_of,
    request_name,
    verified,
)
from clerk.exchange.between.keys import office_keys
from clerk.exchange.between.locations import Location
from clerk.phrases import date
from clerk.role import FOLDER

DEVICES_FILE = "devices.json"
_JOURNAL_ID = re.compile(r"[0-9a-f]{12}")
"""As journals make them."""
_REQUESTS_MOST = 10_000


def requests(home: Path, location: Location, store: str) -> list[Request]:
    """Every device that asks, is accepted or was removed, by name. Files that are no requests are left out."""
    known = _known(home, store)
    found = {entry.device: entry for entry in (*known.values(), *_asking(location, store, known))}
    return sorted(found.values(), key=lambda entry: (entry.name, entry.device))


def waiting(home: Path, location: Location, store: str, *, new_only: bool = False) -> list[Request]:
    """Devices that ask and that nobody has accepted yet, by name.

    Args:
        home: the office's data folder.
        location: where they ask.
        store: id of the store.
        new_only: leave out what a device that is known may ask with another key; its file is then not read again.
    """
    known = _known(home, store)
    skip = frozenset(request_name(store, device) for device in known) if new_only else frozenset()
    return sorted(_asking(location, store, known, skip), key=lambda entry: (entry.name, entry.device))


def _asking(
    location: Location, store: str, known: Mapping[str, Request], skip: frozenset[str] = frozenset()
) -> Iterator[Request]:
    """Requests on the location that the office has not answered with this key."""
    for name, size in location.list(f"{checked_store(store)}/devices")[:_REQUESTS_MOST]:
        if name in skip:
            continue
        if size > REQUEST_LONGEST or (request := verified(location.read(name, REQUEST_LONGEST), store)) is None:
            continue
        if name != request_name(store, request.device):
            continue
        before = known.get(request.device)
        if before is None or before.public_key != request.public_key:
            yield _with_state(request, "waiting" if before is None else "other key")


def accept(
    home: Path, location: Location, store: str, device: str, shows: str = "", *, dry_run: bool = False
) -> Request:
    """Takes a device's events from now on; a device that comes with another key replaces its old one.

    Args:
        home: the office's data folder.
        location: where it asks; whoever can write there can ask in the name of any device.
        store: id of the store.
        device: its id, or its name.
        shows: the fingerprint that the device itself shows, with or without spaces; needed for another key.
        dry_run: only say which.

    Raises:
        NotEnrolled: this machine is no office, or no such device asks.
        ExchangeError: several have that name, it is not the one that shows this fingerprint, or it comes with another
            key and nobody said what it shows.
    """
    office_keys(home)
    entry = called(requests(home, location, store), device)
    if entry is None:
        raise NotEnrolled(f"No device {device!r} asks at store {store}.", "`clerk office devices` lists those that do.")
    if shows and "".join(shows.split()).casefold() != "".join(entry.fingerprint.split()):
        raise ExchangeError(
            f"Who asks as {entry.name} does not show this fingerprint but {entry.fingerprint}.",
            "Nothing was accepted. Run `clerk enrol` on the device again, and look who else writes to the location.",
        )
    if entry.state == "other key" and not shows:
        raise ExchangeError(
            f"{entry.name} was accepted with another key than the one that it asks with now.",
            "If it was set up anew, say what it shows itself: `clerk office accept … --shows 'FINGERPRINT'`.",
        )
    if dry_run:
        return entry
    chosen = _with_state(entry, "accepted")
    _keep(home, store, {**_known(home, store), chosen.device: chosen})
    return chosen


def remove(home: Path, store: str, device: str, *, dry_run: bool = False) -> Request:
    """Takes no more events of a device; what came before stays. A dry run only says which.

    Raises:
        NotEnrolled: it was never accepted.
        ExchangeError: several have that name.
    """
    known = _known(home, store)
    entry = called(known.values(), device)
    if entry is None:
        raise NotEnrolled(f"Store {store} has no device {device!r}.", "`clerk office devices` lists those there are.")
    if dry_run:
        return entry
    removed = _with_state(entry, "removed")
    _keep(home, store, {**known, removed.device: removed})
    return removed


def waiting_words(request: Request) -> str:
    """A sentence for whoever has to accept a device."""
    return (
        f"{request.name} (store {request.store}) has waited since {date(request.asked_at)} to be accepted, and opens "
        f"no store data: `clerk office accept {shlex.quote(request.name)}` if it shows {request.fingerprint}."
    )


def called(entries: Iterable[Request], device: str) -> Request | None:
    """The device with this id, or with this name if only one has it: devices choose their own names.

    Raises:
        ExchangeError: several have that name.
    """
    found = list(entries)
    same = [one for one in found if one.device == device]
    # Whoever asks chooses the id too: one that is no id of a journal may be another device's name.
    if not same or not _JOURNAL_ID.fullmatch(device):
        same += [one for one in found if one.name == device and one.device != device]
    if len(same) > 1:
        raise ExchangeError(
            f"{len(same)} devices are called {device!r}.",
            "Compare the fingerprints in `clerk office devices`, and name the device by its id.",
        )
    return same[0] if same else None


def accepted(home: Path, store: str) -> dict[str, Ed25519PublicKey]:
    """Whose events the office takes.

    Args:
        home: the office's data folder.
        store: id of the store.
    """
    return {
        entry.device: Ed25519PublicKey.from_public_bytes(entry.public_key)
        for entry in _known(home, store).values()
        if entry.state == "accepted"
    }


def _with_state(entry: Request, state: str) -> Request:
    return Request(entry.device, entry.name, entry.store, entry.public_key, entry.asked_at, state)


def _known(home: Path, store: str) -> dict[str, Request]:
    """Accepted and removed devices of a store.

    Raises:
        ExchangeError: the office's own list cannot be read.
    """
    path = home / FOLDER / DEVICES_FILE
    if not path.exists():
        return {}
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        return {device: entry_of(entry) for device, entry in read.get(store, {}).items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise ExchangeError("The list of devices cannot be read.", "Put exchange/devices.json back.") from problem


def _keep(home: Path, store: str, entries: dict[str, Request]) -> None:
    path = home / FOLDER / DEVICES_FILE
    read = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    read[store] = {
        device: {**asdict(entry), "public_key": entry.public_key.hex()} for device, entry in sorted(entries.items())
    }
    put_file(home / FOLDER, DEVICES_FILE, (json.dumps(read, indent=1, ensure_ascii=False) + "\n").encode())

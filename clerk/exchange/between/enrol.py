"""Devices of an office: a device asks by a signed file on the place, a person at the office accepts it.

Whoever can write to the place can ask; nobody is taken before somebody compared the fingerprint with the device's own
screen. What is accepted is kept at the office, never on the place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from clerk.clock import Clock, ShopClock, to_datetime
from clerk.durable import put_file
from clerk.errors import ExchangeError, NotEnrolled
from clerk.exchange.between import location_check
from clerk.exchange.between.keys import (
    FOLDER,
    OFFICE_FILE,
    OfficeFile,
    fingerprint,
    make_device_key,
    office_keys,
    public_bytes,
    read_office_file,
)
from clerk.exchange.between.locations import Place
from clerk.journal import Journal
from clerk.text import clean

DEVICE_FILE = "device.json"
DEVICES_FILE = "devices.json"

STORE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_DEVICE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_PURPOSE = b"clerk asks to be a device\n"
"""Before what is signed, so that a signature for one purpose is none for another."""
_REQUEST_LONGEST = 4_000
_REQUESTS_MOST = 2_000
_NAME_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Device:
    """Who this machine is to its office."""

    device: str
    """Id of its journal."""
    name: str
    store: str
    place: str


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What enrolling did."""

    device: Device
    office_fingerprint: str
    device_fingerprint: str


@dataclass(frozen=True, slots=True)
class Request:
    """A device that asks, or asked, to belong to the office."""

    device: str
    name: str
    store: str
    public_key: bytes
    asked_at: int
    state: str = "waiting"
    """waiting, accepted, removed, or "other key": one of that id was accepted before, with another key."""

    @property
    def fingerprint(self) -> str:
        """To be compared with the device's own screen."""
        return device_fingerprint(self.device, self.store, self.public_key)


def device_fingerprint(device: str, store: str, public_key: bytes) -> str:
    """Over the key and whom it is to stand for."""
    return fingerprint(json.dumps([device, store, public_key.hex()]).encode())


def checked_store(store: str) -> str:
    """The store's id, when it can be a folder on every place.

    Raises:
        ExchangeError: it cannot.
    """
    if not STORE_ID.fullmatch(store):
        raise ExchangeError(f"{store[:70]!r} is no store id.", "Use letters, digits, - and _, at most 64.")
    return store


def this_device(home: Path) -> Device:
    """Who this machine is.

    Raises:
        NotEnrolled: nobody yet.
    """
    try:
        read = json.loads((home / FOLDER / DEVICE_FILE).read_text(encoding="utf-8"))
        return Device(str(read["device"]), str(read["name"]), checked_store(str(read["store"])), str(read["place"]))
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise NotEnrolled(
            "This machine is not enrolled.", "Run `clerk enrol office.json --place … --store …`."
        ) from problem


def enrol(
    home: Path, office: Path, place: Place, store: str, name: str = "", *, url: str = "", clock: Clock | None = None
) -> Enrolled:
    """Makes this machine a device: its key, whom it trusts, and its request on the place.

    Args:
        home: the data folder; its journal is made where there is none, since its id is the device's.
        office: the file that `clerk office init` wrote.
        place: where both sides write.
        store: id of the store it stands in.
        name: what people call it.
        url: the place as it is to be kept; without it, as it is shown.
        clock: tells the time.

    Raises:
        NotEnrolled: the office file is none.
        ExchangeError: it is enrolled with another office, or the store's id cannot be used.
        PlaceUnreachable: the request cannot be written; asking again is harmless.
    """
    clock = clock or ShopClock()
    checked_store(store)
    file = read_office_file(office)
    _same_office(home, file)
    journal = Journal.open(home, clock)
    try:
        device_id = journal.device
    finally:
        journal.close()
    key = make_device_key(home)
    device = Device(device_id, clean(name, _NAME_LONGEST) or device_id, store, url or place.shown)
    put_file(home / FOLDER, OFFICE_FILE, file.to_bytes())
    # The address of a place may hold a password.
    put_file(home / FOLDER, DEVICE_FILE, (json.dumps(asdict(device), indent=1) + "\n").encode(), mode=0o600)
    location_check.choose(home, place)
    place.durable_put(request_name(store, device_id), _request(device, key, clock.now()))
    public = public_bytes(key.public_key())
    return Enrolled(device, file.fingerprint, device_fingerprint(device_id, store, public))


def request_name(store: str, device: str) -> str:
    """Where a device's request lies on the place."""
    return f"{store}/devices/{device}.json"


def requests(home: Path, place: Place, store: str) -> list[Request]:
    """Every device that asks, is accepted or was removed, by name. Files that are no requests are left out."""
    known = _known(home, store)
    found = {entry.device: entry for entry in known.values()}
    for name, size in place.list(f"{checked_store(store)}/devices")[:_REQUESTS_MOST]:
        if size > _REQUEST_LONGEST or (asked := _verified(place.read(name, _REQUEST_LONGEST), store)) is None:
            continue
        if name != request_name(store, asked.device):
            continue
        before = known.get(asked.device)
        if before is None or before.public_key != asked.public_key:
            found[asked.device] = _with_state(asked, "waiting" if before is None else "other key")
    return sorted(found.values(), key=lambda entry: (entry.name, entry.device))


def accept(home: Path, place: Place, store: str, device: str) -> Request:
    """Takes a device's events from now on; a device that comes with another key replaces its old one.

    Raises:
        NotEnrolled: this machine is no office, or no such device asks.
        ExchangeError: several have that name.
    """
    office_keys(home)
    entry = called(requests(home, place, store), device)
    if entry is None:
        raise NotEnrolled(f"No device {device!r} asks at store {store}.", "`clerk office devices` lists those that do.")
    chosen = _with_state(entry, "accepted")
    _keep(home, store, {**_known(home, store), chosen.device: chosen})
    return chosen


def remove(home: Path, store: str, device: str) -> Request:
    """Takes no more events of a device; what came before stays.

    Raises:
        NotEnrolled: it was never accepted.
        ExchangeError: several have that name.
    """
    known = _known(home, store)
    entry = called(known.values(), device)
    if entry is None:
        raise NotEnrolled(f"Store {store} has no device {device!r}.", "`clerk office devices` lists those there are.")
    gone = _with_state(entry, "removed")
    _keep(home, store, {**known, gone.device: gone})
    return gone


def called(entries: Iterable[Request], device: str) -> Request | None:
    """The one that is meant: by its id, or by a name that only one has, because whoever asks names itself.

    Raises:
        ExchangeError: several have that name.
    """
    found = list(entries)
    same = [one for one in found if one.device == device] or [one for one in found if one.name == device]
    if len(same) > 1:
        raise ExchangeError(
            f"{len(same)} devices are called {device!r}.",
            "Compare the fingerprints in `clerk office devices`, and name the device by its id.",
        )
    return same[0] if same else None


def accepted(home: Path, place: Place | None, store: str) -> dict[str, Ed25519PublicKey]:
    """Whose events the office takes.

    Args:
        home: the office's data folder.
        place: not asked: what is accepted is never read from where others write.
        store: id of the store.
    """
    return {
        entry.device: Ed25519PublicKey.from_public_bytes(entry.public_key)
        for entry in _known(home, store).values()
        if entry.state == "accepted"
    }


def _same_office(home: Path, file: OfficeFile) -> None:
    path = home / FOLDER / OFFICE_FILE
    if path.exists() and read_office_file(path).root != file.root:
        raise ExchangeError(
            "This machine is enrolled with another office.",
            "If it is to change, move its `exchange` folder away first; unsent events are in the journal.",
        )


def _request(device: Device, key: Ed25519PrivateKey, now: int) -> bytes:
    asked = {
        "format": 1,
        "device": device.device,
        "name": device.name,
        "store": device.store,
        "public_key": public_bytes(key.public_key()).hex(),
        "asked_at": now,
    }
    return json.dumps({**asked, "signature": key.sign(_signed_part(asked)).hex()}, indent=1).encode()


def _signed_part(asked: dict[str, Any]) -> bytes:
    return _PURPOSE + json.dumps(asked, sort_keys=True).encode()


def _verified(data: bytes, store: str) -> Request | None:
    """The request, when it is signed with the key it shows and asks for this store."""
    try:
        asked = json.loads(data)
        signature = bytes.fromhex(asked.pop("signature"))
        public = bytes.fromhex(asked["public_key"])
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _signed_part(asked))
        entry = _entry(asked)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InvalidSignature):
        return None
    return entry if entry.store == store else None


def _entry(read: dict[str, Any]) -> Request:
    device, at = str(read["device"]), int(read["asked_at"])
    if not _DEVICE_ID.fullmatch(device):
        raise ValueError(device)
    to_datetime(min(max(at, 0), 253_000_000_000))
    name = clean(str(read["name"]), _NAME_LONGEST) or device
    key = bytes.fromhex(read["public_key"])
    return Request(device, name, str(read["store"]), key, at, str(read.get("state", "waiting")))


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
        return {device: _entry(entry) for device, entry in read.get(store, {}).items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise ExchangeError("The list of devices cannot be read.", "Put exchange/devices.json back.") from problem


def _keep(home: Path, store: str, entries: dict[str, Request]) -> None:
    path = home / FOLDER / DEVICES_FILE
    read = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    read[store] = {
        device: {**asdict(entry), "public_key": entry.public_key.hex()} for device, entry in sorted(entries.items())
    }
    put_file(home / FOLDER, DEVICES_FILE, (json.dumps(read, indent=1, ensure_ascii=False) + "\n").encode())

"""Makes this machine a device of an office: its key, whom it trusts, and its request on the exchange location."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from clerk.clock import Clock, ShopClock
from clerk.durable import put_file
from clerk.errors import ExchangeError, NotEnrolled
from clerk.exchange.between import location_check
from clerk.exchange.between.device_request import (
    NAME_LONGEST,
    checked_store,
    device_fingerprint,
    request_name,
    signed_request,
)
from clerk.exchange.between.keys import OFFICE_FILE, OfficeFile, make_device_key, public_bytes, read_office_file
from clerk.exchange.between.locations import Location
from clerk.journal import Journal
from clerk.role import DEVICE_FILE, FOLDER
from clerk.settings import ExchangeSettings
from clerk.text import clean


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


def this_device(home: Path) -> Device:
    """Who this machine is.

    Raises:
        NotEnrolled: nobody yet.
    """
    try:
        read = json.loads((home / DEVICE_FILE).read_text(encoding="utf-8"))
        return Device(str(read["device"]), str(read["name"]), checked_store(str(read["store"])), str(read["place"]))
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise NotEnrolled(
            "This machine is not enrolled.", "Run `clerk enrol office.json --place … --store …`."
        ) from problem


def location_of_device(home: Path, exchange: ExchangeSettings) -> Location:
    """The exchange location of a device: where its settings say, else where it was enrolled.

    Raises:
        NotEnrolled: neither says one.
    """
    return Location(exchange.place or this_device(home).place)


def enrol(
    home: Path,
    office: Path,
    location: Location,
    store: str,
    name: str = "",
    *,
    url: str = "",
    clock: Clock | None = None,
) -> Enrolled:
    """Makes this machine a device: its key, whom it trusts, and its request on the location.

    Args:
        home: the data folder; its journal is made where there is none, since its id is the device's.
        office: the file that `clerk office init` wrote.
        location: where both sides write.
        store: id of the store it stands in.
        name: what people call it.
        url: the location as it is to be kept; without it, as it is shown.
        clock: tells the time.

    Raises:
        NotEnrolled: the office file is none.
        ExchangeError: it is enrolled with another office, or the store's id cannot be used.
        LocationUnreachable: the request cannot be written; asking again is harmless.
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
    device = Device(device_id, clean(name, NAME_LONGEST) or device_id, store, url or location.shown)
    put_file(home / FOLDER, OFFICE_FILE, file.to_bytes())
    # The address of a location may hold a password.
    put_file(home, DEVICE_FILE, (json.dumps(asdict(device), indent=1) + "\n").encode())
    location_check.choose(home, location)
    location.durable_put(
        request_name(store, device_id), signed_request(device_id, device.name, store, key, clock.now())
    )
    public = public_bytes(key.public_key())
    return Enrolled(device, file.fingerprint, device_fingerprint(device_id, store, public))


def _same_office(home: Path, file: OfficeFile) -> None:
    path = home / FOLDER / OFFICE_FILE
    if path.exists() and read_office_file(path).root != file.root:
        raise ExchangeError(
            "This machine is enrolled with another office.",
            "If it is to change, move its `exchange` folder away first; unsent events are in the journal.",
        )

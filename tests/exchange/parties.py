"""An office and its devices in folders of their own, as tests of the exchange need them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from clerk.clock import FixedClock
from clerk.exchange.between.event_bundle import OpenedBundle, open_bundle, parse_name
from clerk.exchange.between.keys import device_key, make_office, office_keys
from clerk.exchange.between.locations import Location
from clerk.exchange.device.enrol import enrol, this_device
from clerk.exchange.device.push import Pushed, push
from clerk.journal import Journal, acknowledged
from clerk.journal.acknowledged import Ack, Acks
from clerk.model import Event, EventKind

NOW = 1_763_812_800
CLOCK = FixedClock(NOW)
STORE = "0412"


@dataclass(frozen=True)
class Till:
    """A device that is enrolled."""

    home: Path
    location: Location

    @property
    def device(self) -> str:
        return this_device(self.home).device

    @property
    def public_key(self) -> Ed25519PublicKey:
        return device_key(self.home).public_key()

    def record(self, events: int, *, at: int = NOW, member_id: str = "m1") -> list[Event]:
        """Records answers, each durable."""
        with Journal.open(self.home, FixedClock(at)) as journal:
            payload = {"sku": "TEA-1", "answer": "took", "scope": "item", "visit_id": "v1"}
            waiting = [journal.append(EventKind.ANSWER, member_id, payload) for _ in range(events)]
            return [future.result(30) for future in waiting]

    def push(self, *, dry_run: bool = False) -> Pushed:
        return push(self.home, self.location, CLOCK, dry_run=dry_run)

    def told(self, epochs: dict[str, tuple[Ack, Ack | None]]) -> None:
        """Writes what head office acknowledged, as a fetch does."""
        acks: Acks = {self.device: epochs}
        path = self.home / acknowledged.FILE
        path.write_bytes(acknowledged.to_bytes(acks))

    def ack(self, seq: int, epoch: str = "") -> Ack:
        """The acknowledgement of this journal's own event."""
        with Journal.open(self.home, CLOCK) as journal:
            return Ack(seq, journal.hash_at(epoch or journal.epoch, seq))


@dataclass(frozen=True)
class Office:
    """Head office."""

    home: Path
    location: Location

    @property
    def sealing(self) -> X25519PrivateKey:
        return office_keys(self.home).sealing

    def lying(self, till: Till) -> list[str]:
        """Names of a device's bundles at the location, in order."""
        names = [name for name, _ in self.location.list(f"{STORE}/events/{till.device}")]
        return sorted(names, key=lambda name: (name.split("/")[3], parse_name(name.rpartition("/")[2])))

    def opened(self, till: Till) -> list[OpenedBundle]:
        """A device's bundles, opened."""
        return [
            open_bundle(self.location.read(name, 10**9), till.public_key, self.sealing) for name in self.lying(till)
        ]

    def events(self, till: Till) -> list[str]:
        """Ids of all events at the location, each once, in order."""
        ids = [str(row[3]) for content in self.opened(till) for row in content.rows]
        return list(dict.fromkeys(ids))


def parties(folder: Path, tills: int = 1) -> tuple[Office, list[Till]]:
    """An office and devices that share a place."""
    location = Location(folder / "place")
    office = Office(folder / "office", location)
    file = make_office(office.home)
    made = []
    for number in range(tills):
        home = folder / f"till-{number}"
        home.mkdir(parents=True)
        (home / "ballast").touch()
        enrol(home, file, location, STORE, f"Till {number}", clock=CLOCK)
        made.append(Till(home, location))
    return office, made

"""An office, its place, its archive and enrolled devices, for tests of what goes between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from clerk.clock import FixedClock
from clerk.exchange.between.event_bundle import SealedBundle, seal_bundle
from clerk.exchange.between.keys import device_key, make_office, office_public_key
from clerk.exchange.between.locations import Location
from clerk.exchange.device.enrol import enrol
from clerk.exchange.office.collect import Collected, collect
from clerk.exchange.office.devices import accept
from clerk.exchange.office.ledger.ledger import Ledger
from tests.exchange.histories import Row

STORE = "0412"
CLOCK = FixedClock(1_800_000_000)


@dataclass(frozen=True)
class OfficeHome:
    """A head office and the places around it."""

    home: Path
    location: Location
    archive: Location
    office_file: Path

    def collect(self, ledger: Ledger, *, archive: bool = True, dry_run: bool = False) -> Collected:
        """What `clerk collect` does."""
        second = self.archive if archive else None
        return collect(self.home, self.location, STORE, ledger, CLOCK, archive=second, dry_run=dry_run)

    def bundles(self) -> list[str]:
        """Names of the bundles at the location, without their folders."""
        return [name.rpartition("/")[2] for name, _ in self.location.list(f"{STORE}/events")]


@dataclass(frozen=True)
class EnrolledDevice:
    """A device with its key."""

    home: Path
    id: str
    office: OfficeHome

    def pack(self, rows: Sequence[Row]) -> SealedBundle:
        """Rows as a signed and sealed bundle."""
        first = rows[0]
        return seal_bundle(
            rows, self.id, str(first[1]), str(first[-2]), device_key(self.home), office_public_key(self.home), STORE
        )

    def path(self, bundle: SealedBundle) -> str:
        """Where it lies at the location."""
        return f"{STORE}/events/{self.id}/{bundle.header.epoch}/{bundle.name}"

    def send(self, rows: Sequence[Row]) -> str:
        """Puts rows at the location as one bundle; gives its path."""
        bundle = self.pack(rows)
        assert self.office.location.folder is not None
        file = self.office.location.folder / self.path(bundle)
        file.parent.mkdir(parents=True, exist_ok=True)
        # Not synced: these tests cut no power here, and syncing is most of their time.
        file.write_bytes(bundle.data)
        return self.path(bundle)


def an_office(folder: Path) -> OfficeHome:
    """A new head office below a folder."""
    for name in ("office", "place", "archive"):
        (folder / name).mkdir()
    file = make_office(folder / "office", now=1_700_000_000)
    return OfficeHome(folder / "office", Location(folder / "place"), Location(folder / "archive"), file)


def a_device(office: OfficeHome, folder: Path, *, is_accepted: bool = True) -> EnrolledDevice:
    """A device that asked, and was accepted."""
    folder.mkdir()
    enrolled = enrol(folder, office.office_file, office.location, STORE, folder.name, clock=CLOCK)
    if is_accepted:
        accept(office.home, office.location, STORE, enrolled.device.device)
    return EnrolledDevice(folder, enrolled.device.device, office)

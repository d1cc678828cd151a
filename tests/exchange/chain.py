"""A small chain for the exchange's tests: an office, a place in a folder, a device, and packs of a few bytes."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clerk.clock import FixedClock, parse_at
from clerk.exchange.between import keys
from clerk.exchange.between.clock_floor import utc_seconds
from clerk.exchange.between.locations import Location
from clerk.exchange.device import enrol
from clerk.exchange.device.fetch import Fetched, fetch
from clerk.exchange.office.devices import accept
from clerk.exchange.office.publish import Published, publish
from clerk.pack import generations
from clerk.pack.manifest import write_manifest
from clerk.pack.open import PACKS, current_generation

STORE = "s1"
DAY = 86_400
START = parse_at("2026-11-20T04:00")
SMALL = {"pack.db": 3_000, "columns.npz": 2_000, "names.npz": 500, "words.npz": 300, "encoder/model.onnx": 1_500}


def clock(days: float = 0) -> FixedClock:
    """The time so many days after the start."""
    return FixedClock(START + round(days * DAY))


def content(name: str, size: int, seed: str) -> bytes:
    """Bytes that differ by name and seed, the same every time."""
    block = hashlib.sha256(f"{name} {seed}".encode()).digest()
    return (block * (size // len(block) + 1))[:size]


def make_pack(home: Path, generation: str, seed: str = "", sizes: Mapping[str, int] = SMALL) -> str:
    """Installs a pack of made-up bytes; the encoder is the same in all of them. Gives its name."""
    building = home / PACKS / f"{generations.BUILDING}test"
    for name, size in sizes.items():
        (building / name).parent.mkdir(parents=True, exist_ok=True)
        (building / name).write_bytes(content(name, size, "" if name.startswith("encoder") else seed or generation))
    write_manifest(building, {"generation": generation, "built_at": START, "source": "test", "counts": {}})
    generations.install(home, building, generation)
    return generation


def generation(night: int) -> str:
    """The name of a night's pack."""
    return f"{2026 + night // 336}{1 + night // 28 % 12:02}{1 + night % 28:02}T030000-{night:06x}"


@dataclass
class Chain:
    """One office and one device with a place between them."""

    root: Path

    @property
    def office(self) -> Path:
        return self.root / "office"

    @property
    def device(self) -> Path:
        return self.root / "device"

    @property
    def folder(self) -> Path:
        return self.root / "place"

    @property
    def location(self) -> Location:
        return Location(self.folder)

    def set_up(self, *, accepted: bool = True) -> Chain:
        office_file = keys.make_office(self.office, utc_seconds(clock()))
        enrol.enrol(self.device, office_file, self.location, STORE, "Till 1", clock=clock())
        if accepted:
            accept(self.office, self.location, STORE, "Till 1")
        return self

    def publish(
        self, night: int | None = None, *, days: float = 0, acks: bytes | None = None, clock_confirmed: bool = True
    ) -> Published:
        """Builds a night's pack, where one is named, and publishes what is installed."""
        if night is not None:
            make_pack(self.office, generation(night))
        return publish(self.office, self.location, STORE, acks, clock(days), clock_confirmed=clock_confirmed)

    def fetch(self, *, days: float = 0, location: Location | None = None, dry_run: bool = False) -> Fetched:
        return fetch(self.device, location or self.location, clock(days), dry_run=dry_run)

    @property
    def installed(self) -> str | None:
        return current_generation(self.device)

    def keep_copy(self, name: str) -> Path:
        """What lies at the location now, to be put back later."""
        copy = self.root / f"copy-{name}"
        shutil.copytree(self.folder, copy)
        return copy

    def put_back(self, copy: Path) -> None:
        shutil.rmtree(self.folder)
        shutil.copytree(copy, self.folder)

    def stored(self, role: str) -> Path:
        """A file at the location: `timestamp`, the newest `snapshot` or `targets`, or a target by its own name."""
        store = self.folder / STORE
        if role == "timestamp":
            return store / "metadata/timestamp.json"
        if role in ("snapshot", "targets", "root"):
            found = store.glob(f"metadata/*.{role}.json")
            return max(found, key=lambda path: int(path.name.partition(".")[0]))
        return max(store.glob(f"targets/**/*.{role}"), key=lambda path: path.stat().st_mtime_ns)


@contextmanager
def memory_folder() -> Iterator[Path]:
    """A folder in memory where the system has one: thousands of rounds need no medium that spins or wears."""
    shm = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="clerk-", dir=shm if os.access(shm, os.W_OK) else None) as name:
        yield Path(name)


class EndlessPlace(Location):
    """A place on which one file never ends."""

    def __init__(self, url: str | Path, part_of_name: str) -> None:
        super().__init__(url)
        self._endless = part_of_name
        self.given = 0
        """Bytes handed out of the endless file."""

    def chunks(self, name: str) -> Iterator[bytes]:
        yield from super().chunks(name)
        while self._endless in name:
            self.given += 65_536
            yield b" " * 65_536

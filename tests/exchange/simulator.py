"""A small chain with everything that goes wrong between its machines, and an account of what may never be lost.

Two devices record on real journals and push real bundles; an office collects them into a real ledger and an archive.
Between them bundles are lost, doubled, held back, cut, flipped and forged; programs die half-way; releases reach a
device late; clocks are years off; disks of devices and the office's database are put back to older copies.

What counts: every event whose recording was acknowledged is in the ledger exactly once, as it was recorded, after the
faults have stopped and a few nights have passed. Excused, and counted apart, are events that lived only on a disk that
was replaced by an older copy of itself, and were not yet in the archive.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from clerk.clock import DAY_S, FixedClock
from clerk.errors import ClerkError
from clerk.exchange.between.event_bundle import seal_bundle
from clerk.exchange.between.keys import office_keys, office_public_key
from clerk.exchange.between.locations import Location
from clerk.exchange.device import prune_journal, push
from clerk.exchange.office import archive, collect
from clerk.exchange.office.acknowledge import acknowledgements
from clerk.exchange.office.devices import accept
from clerk.exchange.office.ledger.ledger import Ledger
from clerk.journal import Journal, acknowledged, chain
from clerk.journal.statements import COLUMNS
from clerk.model import EventKind
from tests.exchange.dying import Died, Dying, DyingLedger, DyingPlace
from tests.exchange.parties import NOW, STORE, Till, parties

Said = tuple[object, ...]
"""What an event says: kind, at, member, payload."""

_KEEP_DAYS = 35
_SAID = [COLUMNS.index(name) for name in ("kind", "at", "member_id", "payload")]
_EVENT_ID = COLUMNS.index("event_id")


@dataclass
class Image:
    """A copy of a device's disk."""

    folder: Path
    recorded: frozenset[str]


@dataclass
class Release:
    """What a night's pack tells the devices: acknowledgements, and up to where their events are in it."""

    acks: bytes
    events_until: str


@dataclass
class Device:
    """A device and what is known of it outside the program."""

    till: Till
    clock_s: int = NOW
    images: list[Image] = field(default_factory=list)
    packs: list[Release] = field(default_factory=list)
    """The two newest that it fetched."""
    recorded: set[str] = field(default_factory=set)
    """Event ids that were acknowledged to the associate and are on this disk, or were forgotten as durable."""


def template(folder: Path, tills: int = 2) -> None:
    """Makes the machines once; every run works on a copy, because keys cost more than a run."""
    office, made = parties(folder, tills)
    for till in made:
        till.record(1)
        accept(office.home, office.location, STORE, till.device)
    Ledger.open("", office.home).close()


class World:
    """One run. Every method is one thing that happens; names of faults say what goes wrong."""

    def __init__(self, made: Path, folder: Path, tills: int = 2) -> None:
        shutil.copytree(made, folder)
        self.folder = folder
        self.dying = Dying()
        self.location = DyingPlace(folder / "place", self.dying)
        self.archive = DyingPlace(folder / "archive", self.dying)
        self.office = folder / "office"
        self.devices = [Device(Till(folder / f"till-{n}", self.location)) for n in range(tills)]
        self.said: dict[str, Said] = {}
        self.excused: set[str] = set()
        self.releases: list[Release] = []
        self.backups: list[Path] = []
        self.held_back: list[tuple[str, bytes]] = []
        self.faults: Counter[str] = Counter()
        for device in self.devices:
            with Journal.open(device.till.home, FixedClock(NOW)) as journal:
                for row in journal.rows(journal.epoch):
                    self._acknowledged(device, str(row[_EVENT_ID]), tuple(row[index] for index in _SAID))

    # What people and programs do.

    def record(self, number: int, events: int) -> None:
        """An associate records events; each is acknowledged."""
        device = self.devices[number]
        with Journal.open(device.till.home, FixedClock(device.clock_s)) as journal:
            waiting = [
                journal.append(EventKind.ANSWER, f"m{len(self.said) + n}", {"sku": "T", "answer": "took"})
                for n in range(events)
            ]
            ids = {future.result(30).event_id for future in waiting}
            for epoch in journal.epochs():
                for row in journal.rows(epoch.epoch, max(0, epoch.last - events)):
                    if row[_EVENT_ID] in ids:
                        self._acknowledged(device, str(row[_EVENT_ID]), tuple(row[index] for index in _SAID))

    def push(self, number: int, dies_at: int = 0) -> None:
        """A device pushes; it may die on the way."""
        device = self.devices[number]
        with self._may_die(dies_at):
            push.push(device.till.home, self.location, FixedClock(device.clock_s))

    def collect(self, dies_at: int = 0, *, without_archive: bool = False) -> None:
        """The office collects; it may die on the way, and its archive may be away."""
        self.archive.unreachable = without_archive
        self.faults["archive away"] += without_archive
        with self._may_die(dies_at), self._ledger() as ledger:
            collect.collect(self.office, self.location, STORE, ledger, FixedClock(NOW), archive=self.archive)
        self.archive.unreachable = False

    def publish(self) -> None:
        """The office publishes: acknowledgements, and a pack that holds the ledger's events."""
        with self._ledger() as ledger:
            acks = acknowledgements(ledger, self.location, STORE, self.archive)
            until: dict[str, dict[str, int]] = {}
            for head in ledger.heads(STORE):
                until.setdefault(head.device, {})[head.epoch] = head.seq
        self.releases.append(Release(acknowledged.to_bytes(acks), json.dumps(until)))

    def fetch(self, number: int, releases_back: int = 0) -> None:
        """A device takes a release; an older one is what a stick in a pocket brings."""
        if not self.releases:
            return
        release = self.releases[max(0, len(self.releases) - 1 - releases_back)]
        device = self.devices[number]
        self.faults["stale release"] += releases_back > 0
        (device.till.home / acknowledged.FILE).write_bytes(release.acks)
        device.packs = [release, *device.packs[:1]]

    def forget(self, number: int) -> None:
        """A device forgets what it may, long after."""
        device = self.devices[number]
        facts = [{"events_until": release.events_until} for release in device.packs]
        later = FixedClock(max(device.clock_s, NOW) + 400 * DAY_S)
        with Journal.open(device.till.home, later) as journal:
            acks = acknowledged.read(device.till.home)
            prune_journal.prune(journal, acks, facts, _KEEP_DAYS, later.now())

    # What goes wrong.

    def lose(self, which: int) -> None:
        """A bundle at the location is gone."""
        for name in self._bundle(which, "lost"):
            Location.remove(self.location, name)

    def lose_all(self, names: set[str]) -> None:
        """Certain bundles are gone."""
        for name in names:
            self.faults["lost"] += 1
            Location.remove(self.location, name)

    def double(self, which: int) -> None:
        """A bundle lies there a second time, under another name."""
        for name in self._bundle(which, "doubled"):
            folder, _, leaf = name.rpartition("/")
            Location.durable_put(self.location, f"{folder}/copy-{leaf}", self.location.read(name, 10**9))

    def cut(self, which: int, share: float) -> None:
        """A bundle is cut."""
        for name in self._bundle(which, "cut"):
            data = self.location.read(name, 10**9)
            (self.folder / "place" / name).write_bytes(data[: int(len(data) * share)])

    def flip(self, which: int, share: float, bit: int) -> None:
        """One bit of a bundle is another."""
        for name in self._bundle(which, "flipped"):
            data = bytearray(self.location.read(name, 10**9))
            if data:
                data[min(len(data) - 1, int(len(data) * share))] ^= 1 << bit
            (self.folder / "place" / name).write_bytes(bytes(data))

    def hold_back(self, which: int) -> None:
        """A bundle comes later than those after it."""
        for name in self._bundle(which, "late"):
            self.held_back.append((name, self.location.read(name, 10**9)))
            Location.remove(self.location, name)

    def let_go(self) -> None:
        """What was held back arrives."""
        for name, data in self.held_back:
            Location.durable_put(self.location, name, data)
        self.held_back.clear()

    def forge(self, number: int) -> None:
        """Somebody who can write to the location, and knows everything but the device's key, adds an event."""
        device = self.devices[number].till
        self.faults["forged"] += 1
        with Journal.open(device.home, FixedClock(NOW)) as journal:
            epoch = journal.epochs()[-1]
        with self._ledger() as ledger:
            head = ledger.head(device.device, epoch.epoch)
        before = head.hash or chain.genesis(device.device, epoch.epoch)
        body = (device.device, epoch.epoch, head.seq + 1, f"forged-{len(self.said)}-{self.faults['forged']}",
                1, NOW, NOW * 1000, "answer", 1, "mallory", "m1", "{}", "")  # fmt: skip
        row = (*body, before, chain.link(before, body))
        office = office_public_key(self.office)
        made = seal_bundle([row], device.device, epoch.epoch, before, Ed25519PrivateKey.generate(), office, STORE)
        Location.durable_put(self.location, f"{STORE}/events/{device.device}/{epoch.epoch}/{made.name}", made.data)

    def turn_clock(self, number: int, seconds: int) -> None:
        """A device's clock is off."""
        self.faults["clock"] += 1
        self.devices[number].clock_s = NOW + seconds

    def keep_image(self, number: int) -> None:
        """Somebody copies a device's disk."""
        device = self.devices[number]
        folder = self.folder / "images" / f"{number}-{len(device.images)}"
        shutil.copytree(device.till.home, folder)
        device.images.append(Image(folder, frozenset(device.recorded)))

    def restore_image(self, number: int, which: int, events: int) -> None:
        """A device's disk is replaced by an older copy of it, and work goes on."""
        device = self.devices[number]
        if not device.images:
            return
        self.faults["disk image restored"] += 1
        image = device.images[which % len(device.images)]
        shutil.rmtree(device.till.home)
        shutil.copytree(image.folder, device.till.home)
        self.excused |= device.recorded - image.recorded - self._durable()
        device.recorded &= image.recorded
        device.packs = device.packs[-1:]
        if events:
            self.record(number, events)

    def back_up_office(self) -> None:
        """The office's database is copied."""
        copy = self.folder / "backups" / str(len(self.backups))
        shutil.copytree(self.office / "exchange", copy)
        self.backups.append(copy)

    def restore_office(self, which: int) -> None:
        """The office's database is replaced by an older copy, and filled up from the archive as the book says."""
        if not self.backups:
            return
        self.faults["office restored"] += 1
        for file in (self.office / "exchange").glob("ledger.db*"):
            file.unlink()
        for file in self.backups[which % len(self.backups)].glob("ledger.db*"):
            shutil.copy2(file, self.office / "exchange" / file.name)
        with self._ledger() as ledger:
            archive.restore(ledger, archive.Archive(self.archive, office_keys(self.office).sealing), STORE)

    # The account.

    def settle(self) -> None:
        """The faults stop; what was under way arrives; a few nights pass."""
        self.let_go()
        for _ in range(4):
            for number in range(len(self.devices)):
                self.push(number)
            self.collect()
            self.publish()
            for number in range(len(self.devices)):
                self.fetch(number)

    def problems(self) -> list[str]:
        """What was lost, doubled, changed or made up; nothing when all is well."""
        with self._ledger() as ledger:
            behind = self._behind(ledger)
            held: dict[str, list[Said]] = {}
            for row in ledger.events(STORE):
                held.setdefault(str(row[_EVENT_ID]), []).append(tuple(row[index] for index in _SAID))
        found = [f"{event_id} is lost" for event_id in self.said.keys() - held.keys() - self.excused]
        found += [f"{event_id} is there {len(rows)} times" for event_id, rows in held.items() if len(rows) > 1]
        found += [f"{event_id} was never recorded" for event_id in held.keys() - self.said.keys()]
        found += [
            f"{event_id} says something else"
            for event_id, rows in held.items()
            if event_id in self.said and rows[0] != self.said[event_id]
        ]
        return found + behind

    def lying(self) -> set[str]:
        """Names of the bundles at the location."""
        return {name for name, _ in self.location.list(f"{STORE}/events")}

    def close(self) -> None:
        """Removes the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _acknowledged(self, device: Device, event_id: str, said: Said) -> None:
        self.said[event_id] = said
        device.recorded.add(event_id)

    def _behind(self, ledger: Ledger) -> list[str]:
        """Devices whose newest epoch never becomes durable: what one disk holds is lost with that disk."""
        found = []
        for device in self.devices:
            with Journal.open(device.till.home, FixedClock(device.clock_s)) as journal:
                epoch = journal.epochs()[-1]
            head = ledger.head(device.till.device, epoch.epoch)
            if head.durable_seq < epoch.last:
                found.append(f"what {epoch.epoch} says after {head.durable_seq} of {epoch.last} is lost with one disk")
        return found

    def _durable(self) -> set[str]:
        """Events that are in the ledger and in the archive: no single disk can take them away."""
        with self._ledger() as ledger:
            until = {(head.device, head.epoch): head.durable_seq for head in ledger.heads(STORE)}
            rows = list(ledger.events(STORE))
        return {str(row[_EVENT_ID]) for row in rows if int(str(row[2])) <= until.get((str(row[0]), str(row[1])), 0)}

    def _bundle(self, which: int, fault: str) -> Iterator[str]:
        """One of the bundles at the location, or none."""
        names = [name for name, _ in self.location.list(f"{STORE}/events")]
        if names:
            self.faults[fault] += 1
            yield names[which % len(names)]

    @contextmanager
    def _may_die(self, at: int) -> Iterator[None]:
        """The program dies at a step; what it raises on purpose is its own affair."""
        self.dying.at = at
        with suppress(ClerkError):
            try:
                yield
            except Died:
                self.faults["died"] += 1
        self.dying.at = 0

    @contextmanager
    def _ledger(self) -> Iterator[Ledger]:
        ledger = DyingLedger.open("", self.office, FixedClock(NOW))
        ledger.dying = self.dying
        try:
            yield ledger
        finally:
            ledger.close()


def fast_folder(slow: Path) -> Path:
    """A folder in memory where there is one, because no run has to survive a power cut; otherwise the given one."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="clerk-simulator-", dir=memory)) if memory.is_dir() else slow

"""Collects bundles of devices into the ledger, each by itself, so that a bad one blocks no other.

The order makes it safe to stop anywhere: events into the ledger, then the copy into the archive and back, then the
mark that says so, then everything onto the database's disk, and only then away from the location. Run again, it goes on
where it stood.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from clerk.clock import Clock
from clerk.errors import BundleRefused, DiskFailed, DiskFull, ExchangeError, LocationUnreachable
from clerk.exchange.between import location_check
from clerk.exchange.between.event_bundle import BYTES_AT_MOST, open_bundle
from clerk.exchange.between.keys import office_keys
from clerk.exchange.between.locations import Location, Missing, TooLong
from clerk.exchange.office.archive import Archive, Bundle, bundles, check_position, is_same
from clerk.exchange.office.devices import accepted
from clerk.exchange.office.ledger.ledger import Known, Ledger
from clerk.exchange.office.ledger.row_checks import check
from clerk.intake.report import Progress
from clerk.phrases import count

Tell = Callable[[Progress], None]


@dataclass(slots=True)
class Collected:
    """What one collection did."""

    store: str
    at: int = 0
    """Wall seconds when it began."""
    dry_run: bool = False
    seen: int = 0
    """Bundles on the location."""
    taken: int = 0
    """Bundles that brought something."""
    events: int = 0
    """Events that were not in the ledger."""
    again: int = 0
    """Events that came again under a new epoch; they count once."""
    differs: int = 0
    """Of these, how many came back with other words."""
    archived: int = 0
    """Bundles whose copy was read back."""
    removed: int = 0
    """Bundles that are durable and were removed from the exchange location."""
    waiting: list[str] = field(default_factory=list)
    """Bundles left for later, each with its reason."""
    refused: list[str] = field(default_factory=list)
    """Bundles set aside under `refused/`, each with its reason."""
    notices: list[str] = field(default_factory=list)

    def text(self) -> str:
        """What came in, a line for each thing that happened."""
        would = "would be taken" if self.dry_run else "taken"
        lines = [
            f"Store {self.store}: {count(self.seen, 'bundle')} there, {self.taken:,} {would},"
            f" {count(self.events, 'event')} new"
        ]
        if self.again:
            lines[0] += f", {self.again:,} sent again"
        if not self.dry_run:
            copied = count(self.archived, "bundle")
            lines.append(
                f"Archive: {copied} copied and read back; {self.removed:,} removed from the exchange location."
            )
        if self.differs:
            lines.append(f"{count(self.differs, 'event')} came back with other words; what came first counts.")
        for title, found in (("Waiting", self.waiting), ("Set aside", self.refused), ("Note", self.notices)):
            lines += [f"{title}: {one}" for one in found]
        return "\n".join(lines)


def collect(
    home: Path,
    location: Location,
    store: str,
    ledger: Ledger,
    clock: Clock,
    *,
    archive: Location | None = None,
    keys: Mapping[str, Ed25519PublicKey] | None = None,
    progress: Tell | None = None,
    dry_run: bool = False,
) -> Collected:
    """Takes every bundle of a store that lies on the location.

    Args:
        home: the office's data folder, with its keys and the devices it accepted.
        location: where devices write.
        store: id of the store.
        ledger: open.
        clock: for when this was; the ledger has its own.
        archive: the second location; without one nothing becomes durable, and devices forget nothing.
        keys: whose bundles are taken; of the devices that were accepted when not given.
        progress: called after each bundle.
        dry_run: opens and checks everything and changes nothing.

    Raises:
        NotEnrolled: this machine is no office.
        LocationUnreachable: the location cannot be read.
        LedgerUnavailable: the database failed; what was taken before is whole.
    """
    sealing = office_keys(home).sealing
    known = accepted(home, store) if keys is None else keys
    location_check.check(home, location, began=location_check.has_published(home, store), claim=True, dry_run=dry_run)
    run = _Run(location, store, ledger, sealing, known, Collected(store, clock.now(), dry_run))
    if archive is None:
        run.report.notices.append("No archive is set: nothing is durable, and devices keep everything they recorded.")
    elif is_same(archive, location):
        run.report.notices.append(
            "The archive is the exchange location itself: nothing becomes durable until it is not."
        )
    elif not dry_run:
        run.archive = _archive_at_hand(home, archive, store, ledger, sealing, run.report)
    run.all(progress)
    return run.report


def _archive_at_hand(
    home: Path, archive: Location, store: str, ledger: Ledger, sealing: X25519PrivateKey, report: Collected
) -> Archive | None:
    """The archive; None, with a notice, when another location or an empty folder is in its place."""
    began = any(head.durable_seq for head in ledger.heads(store))
    try:
        location_check.check(home, archive, began=began, claim=True)
    except (LocationUnreachable, DiskFull, DiskFailed) as problem:
        report.notices.append(f"The archive cannot be used: {problem.what} Nothing more is durable tonight.")
        return None
    return Archive(archive, sealing)


class _Run:
    """One collection."""

    def __init__(
        self,
        location: Location,
        store: str,
        ledger: Ledger,
        sealing: X25519PrivateKey,
        keys: Mapping[str, Ed25519PublicKey],
        report: Collected,
    ) -> None:
        self.location, self.store, self.ledger = location, store, ledger
        self.sealing, self.keys, self.report = sealing, keys, report
        self.archive: Archive | None = None

    def all(self, progress: Tell | None) -> None:
        found, odd = bundles(self.location, self.store)
        self.report.seen = len(found)
        self.report.notices += [f"{path} is no bundle of events; it stays where it is." for path in odd[:20]]
        done = 0
        taken_from: list[list[Bundle]] = []
        for (device, epoch), group in groupby(found, key=lambda one: (one.device, one.epoch)):
            of_epoch = list(group)
            key = self.keys.get(device)
            if key is None:
                self.report.waiting.append(
                    f"{count(len(of_epoch), 'bundle')} of device {device}: not accepted"
                    f" (`clerk office accept {device}`)"
                )
                done += len(of_epoch)
                continue
            known = self.ledger.known(device, epoch)
            for bundle in of_epoch:
                if not self.is_done(bundle, known.get(bundle.name)):
                    self.one(bundle, key)
                done += 1
                if progress is not None:
                    progress(Progress("collecting", done, len(found), "bundles"))
            taken_from.append(of_epoch)
        if not self.report.dry_run:
            self.ledger.settle()
            for of_epoch in taken_from:
                self.tidy(of_epoch)

    def is_done(self, bundle: Bundle, known: Known | None) -> bool:
        """Whether a bundle is collected and archived, so that it can be removed from the location."""
        return known is not None and known.size == bundle.size and (known.archived or self.archive is None)

    def one(self, bundle: Bundle, key: Ed25519PublicKey) -> None:
        """Collects one bundle; any fault of it ends in the report."""
        data = b""
        try:
            data = self.location.read(bundle.path, BYTES_AT_MOST)
            content = open_bundle(data, key, self.sealing)
            check_position(content, bundle)
            if self.report.dry_run:
                check(self.store, content.header, content.rows)
                self.report.taken += 1
                reached = self.ledger.head(bundle.device, bundle.epoch).seq
                self.report.events += max(0, bundle.last - max(reached, bundle.first - 1))
                return
            taken = self.ledger.take(
                self.store, content.header, content.rows, name=bundle.name, size=bundle.size, settled=False
            )
        except Missing:
            # Another collector was here.
            return
        except TooLong as problem:
            self.report.refused.append(f"{bundle.path}: {problem.what} It stays where it is.")
            return
        except BundleRefused as problem:
            self.reject(bundle, data, problem.what)
            return
        self.report.events += taken.new
        self.report.again += taken.again
        self.report.differs += taken.differs
        if taken.state == "waiting":
            self.report.waiting.append(f"{bundle.path}: {taken.words}")
        elif taken.state == "forked":
            self.reject(bundle, data, taken.words)
        else:
            self.report.taken += taken.state == "taken"
            self.keep(bundle, data, key)

    def keep(self, bundle: Bundle, data: bytes, key: Ed25519PublicKey) -> None:
        """Copies a bundle to the archive, reads the copy back, and only then marks it as durable."""
        if self.archive is None:
            return
        try:
            self.archive.keep(bundle, data, key)
        except (LocationUnreachable, DiskFull) as problem:
            # The events are in the ledger; they only do not count as durable yet.
            self.report.notices.append(f"The archive cannot be used: {problem.what} Nothing more is durable tonight.")
            self.archive = None
            return
        self.ledger.mark_durable(self.store, bundle.device, bundle.epoch, bundle.name, settled=False)
        self.report.archived += 1

    def tidy(self, of_epoch: list[Bundle]) -> None:
        """Removes durable bundles from the location, all but the newest, which shows that this device sends."""
        if self.archive is None or len(of_epoch) < 2:
            return
        device, epoch = of_epoch[0].device, of_epoch[0].epoch
        durable = self.ledger.head(device, epoch).durable_seq
        known = self.ledger.known(device, epoch)
        newest = max(of_epoch, key=lambda one: (one.last, one.first))
        for bundle in of_epoch:
            held = known.get(bundle.name)
            if bundle is newest or held is None or not held.archived or held.last > durable:
                continue
            if not self.archive.holds(bundle):
                self.report.notices.append(
                    f"{bundle.path} is missing from the archive; it stays at the exchange location."
                )
                continue
            self.location.remove(bundle.path)
            self.report.removed += 1

    def reject(self, bundle: Bundle, data: bytes, why: str) -> None:
        """Moves a bundle to the rejected ones with its reason; its device sends the events again."""
        self.report.refused.append(f"{bundle.path}: {why}")
        if self.report.dry_run:
            return
        aside = f"{self.store}/refused/{bundle.device}/{bundle.epoch}/{bundle.name}"
        try:
            if data:
                self.location.durable_put(aside, data)
            self.location.durable_put(f"{aside}.txt", f"{why}\n".encode())
            self.location.remove(bundle.path)
        except (ExchangeError, DiskFull) as problem:
            self.report.notices.append(f"{bundle.path} could not be set aside: {problem.what}")

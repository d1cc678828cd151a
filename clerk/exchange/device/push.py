"""Sending events to head office: always everything after the last acknowledgement, so that nothing need be remembered.

What lies on the location already, whole and signed by this device, is not sent again. Neither this nor the counter
waits for the other: the journal is read a page at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from clerk import report
from clerk.clock import Clock
from clerk.errors import BundleRefused, ExchangeError, HistoryForked, NotEnrolled
from clerk.exchange.between import event_bundle, location_check
from clerk.exchange.between.bundle_rows import parsed, written
from clerk.exchange.between.keys import device_key, office_public_key
from clerk.exchange.between.locations import Location
from clerk.exchange.device.enrol import this_device
from clerk.journal import Epoch, Journal, acknowledged, driver_errors
from clerk.journal.acknowledged import Ack, Acks
from clerk.model import Notice
from clerk.phrases import count

_ROW_BYTES_AT_MOST = event_bundle.PLAIN_AT_MOST // 2
"""Bytes of rows after which a bundle is closed, however few they are."""
_HASH = 14


@dataclass(slots=True)
class Pushed:
    """What one push did."""

    device: str
    dry_run: bool
    epoch: str = ""
    """The newest, under which events are recorded."""
    events: int = 0
    """In the bundles that were written now."""
    there: int = 0
    """In bundles that lay on the location already."""
    names: list[str] = field(default_factory=list)
    """Bundles written now."""
    bytes: int = 0
    burned: str = ""
    """The epoch that was given up, when head office holds another history under it."""
    notices: list[Notice] = field(default_factory=list)

    @property
    def unacknowledged(self) -> int:
        """Events that head office is not known to have."""
        return self.events + self.there

    def text(self) -> str:
        """What was sent and what waits, a line each."""
        would = "would send" if self.dry_run else "sent"
        lines = [f"{notice.code} {notice.what} {notice.remedy}" for notice in self.notices]
        if self.events:
            bundles = count(len(self.names), "bundle")
            lines.append(f"{would} {count(self.events, 'event')} in {bundles}, {self.bytes:,} bytes")
        elif not self.there:
            lines.append("nothing to send: head office has everything")
        if self.there:
            lines.append(f"{count(self.there, 'event')} waiting at the exchange location for head office")
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        plain: Any = report.plain(self)
        return {**plain, "unacknowledged": self.unacknowledged}


def push(home: Path, location: Location, clock: Clock, *, dry_run: bool = False) -> Pushed:
    """Writes the events that head office has not acknowledged to the location.

    Args:
        home: the data folder of an enrolled device.
        location: where head office collects.
        clock: tells the time.
        dry_run: only says what would be sent.

    Raises:
        NotEnrolled: this device, or the journal that is in use now, is not enrolled.
        LocationUnreachable: what was written before it stays; the next push goes on.
        JournalDamaged: an event is not as it was recorded; what came before it was sent.
    """
    device = this_device(home)
    location_check.check(home, location, began=True, dry_run=dry_run)
    with Journal.open(home, clock) as journal:
        if journal.device != device.device:
            raise NotEnrolled(
                "The journal in use is not the one this device was enrolled with.", "Enrol it again: `clerk enrol`."
            )
        acks = acknowledged.read(home)
        pushed = Pushed(journal.device, dry_run)
        burn_if_forked(journal, acks, pushed)
        burn_if_redacted(journal, acks, pushed)
        pushed.epoch = journal.epoch
        sending = _Sending(home, location, journal, device.store, clock.now(), pushed)
        for epoch in journal.epochs():
            sending.epoch(epoch, acks.get(journal.device, {}).get(epoch.epoch))
    return pushed


def burn_if_forked(journal: Journal, acks: Acks, pushed: Pushed) -> None:
    """Gives the newest epoch up when head office holds another history under it.

    A disk image that was restored, or a disk that was copied, uses numbers a second time. Head office keeps the
    history that came first; ours goes on under a new epoch, and whatever is not known to be there is issued again.
    """
    newest = journal.epochs()[-1]
    both = acks.get(journal.device, {}).get(newest.epoch)
    if both is None:
        return
    received, durable = both
    if _ours(journal, newest, received):
        return
    known = durable.seq if durable and _ours(journal, newest, durable) else 0
    problem = HistoryForked(
        "Head office has other events under this device's numbers: its disk was restored or copied.",
        "Its events are sent again under a new epoch; nothing of them is lost."
        " If two machines run from copies of one disk, enrol one of them again.",
    )
    pushed.notices.append(Notice(problem.code, problem.what, problem.remedy))
    pushed.burned = newest.epoch
    if not pushed.dry_run:
        journal.burn_epoch(problem.what, epoch=newest.epoch, known=known)


def burn_if_redacted(journal: Journal, acks: Acks, pushed: Pushed) -> None:
    """Starts a new epoch when head office asks again for events that were redacted here since.

    Events of erased members are redacted only as far as head office had them. Where it lost them, the places
    of those events are issued again, empty, so that what comes after them can be sent.
    """
    newest = journal.epochs()[-1]
    both = acks.get(journal.device, {}).get(newest.epoch)
    received = max(both[0].seq if both else 0, newest.pruned_until)
    if pushed.dry_run or not journal.cannot_be_sent(newest.epoch, received):
        return
    reason = "Events of erased members were requested again; they are sent redacted."
    journal.burn_epoch(reason, epoch=newest.epoch, known=received)
    pushed.burned = newest.epoch


def _ours(journal: Journal, epoch: Epoch, ack: Ack) -> bool:
    """Whether head office's history up to there is this journal's."""
    if ack.seq > epoch.last:
        return False
    own_hash = journal.hash_at(epoch.epoch, ack.seq)
    # Before what was forgotten nothing can be compared; it was forgotten because both sides had the same.
    return own_hash == ack.hash or (not own_hash and ack.seq < epoch.pruned_until)


class _Sending:
    """One push to one location."""

    def __init__(self, home: Path, location: Location, journal: Journal, store: str, now: int, pushed: Pushed) -> None:
        self._location = location
        self._journal = journal
        self._store = store
        self._now = now
        self._pushed = pushed
        self._key: Ed25519PrivateKey = device_key(home)
        self._office: X25519PublicKey = office_public_key(home)

    def epoch(self, epoch: Epoch, both: tuple[Ack, Ack | None] | None) -> None:
        """Everything of one epoch that is not acknowledged."""
        received = both[0].seq if both else 0
        if received < epoch.pruned_until:
            self._pushed.notices.append(_lost_at_office(epoch, received))
        after = max(received, epoch.pruned_until)
        if after >= epoch.last:
            return
        on_location = self._bundles_on_location(epoch.epoch)
        while after < epoch.last:
            if end := self._already_sent(epoch.epoch, after, on_location):
                self._pushed.there += end - after
            else:
                end = self._send(epoch.epoch, after, epoch.last)
            after = end

    def _folder(self, epoch: str) -> str:
        return f"{self._store}/events/{self._journal.device}/{epoch}"

    def _bundles_on_location(self, epoch: str) -> dict[int, list[tuple[int, str, str]]]:
        """Bundles on the location by first number: last number, beginning of its hash, name; longest first."""
        on_location: dict[int, list[tuple[int, str, str]]] = {}
        for name, size in self._location.list(self._folder(epoch)):
            found = event_bundle.parse_name(name.rpartition("/")[2])
            if found and size <= event_bundle.BYTES_AT_MOST:
                on_location.setdefault(found[0], []).append((found[1], found[2], name))
        return {first: sorted(several, reverse=True) for first, several in on_location.items()}

    def _already_sent(self, epoch: str, after: int, on_location: dict[int, list[tuple[int, str, str]]]) -> int:
        """Last number of a whole bundle of ours that begins with the next event; 0 when there is none."""
        for last, head, name in on_location.get(after + 1, ()):
            if self._journal.hash_at(epoch, last)[:8] == head and self._is_whole(name, epoch):
                return last
        return 0

    def _is_whole(self, name: str, epoch: str) -> bool:
        """Whether a bundle on the location is what this device wrote, sealed for the office as it is now."""
        try:
            data = self._location.read(name, event_bundle.BYTES_AT_MOST)
            header = event_bundle.verified_header(data, self._key.public_key())
        except (BundleRefused, ExchangeError):
            return False
        return (
            header.name == name.rpartition("/")[2]
            and (header.device, header.epoch, header.store) == (self._journal.device, epoch, self._store)
            and header.sealed_to == event_bundle.fingerprint(self._office)
        )

    def _send(self, epoch: str, after: int, last: int) -> int:
        """Writes one bundle; the last number in it."""
        rows = list(_bundle(islice(self._journal.rows(epoch, after), min(last - after, event_bundle.EVENTS_AT_MOST))))
        prev_hash = self._journal.hash_at(epoch, after)
        whole = parsed(written(rows), self._journal.device, epoch, after + 1, prev_hash) if rows else None
        if whole is None or whole[-1][_HASH] != rows[-1][_HASH]:
            raise driver_errors.damaged(self._journal.path, f"an event after number {after} is not as it was recorded")
        bundle = event_bundle.seal_bundle(
            rows, self._journal.device, epoch, prev_hash, self._key, self._office, self._store, created=self._now
        )
        if not self._pushed.dry_run:
            self._location.durable_put(f"{self._folder(epoch)}/{bundle.name}", bundle.data)
        self._pushed.names.append(bundle.name)
        self._pushed.events += len(rows)
        self._pushed.bytes += len(bundle.data)
        return bundle.header.last


def _bundle(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """As many rows as fit into one bundle."""
    size = 0
    for row in rows:
        size += len(written([row]))
        if size > _ROW_BYTES_AT_MOST:
            return
        yield row


def _lost_at_office(epoch: Epoch, received: int) -> Notice:
    what = f"Head office no longer has events {received + 1} to {epoch.pruned_until} of this device."
    return Notice("E308", what, "They are in its archive: `clerk office restore` takes them in again.")

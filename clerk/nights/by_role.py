"""The night by role: which machine does what, each step reported by itself.

`alone`: inbox to pack. `device`: push, then fetch. `office`: for each store collect, inbox to pack with the ledger's
events, publish with the acknowledgements; an office that is itself a counter pushes its own journal first. A step that
fails is reported with code and remedy; steps that do not need it still run.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from clerk.clock import Clock
from clerk.errors import ClerkError, LedgerUnavailable, NotEnrolled, StoreLocked
from clerk.history.leave_out import KINDS
from clerk.intake.report import Progress
from clerk.model import Notice
from clerk.nights.local import LedgerEvents, Means, alone, finish, night_name, take_in
from clerk.nights.report import FAILED, INSTALLED, KEPT, NOTHING_NEW, NightReport
from clerk.pack.open import current_generation
from clerk.phrases import count
from clerk.report import plain
from clerk.role import is_device
from clerk.settings import ExchangeSettings, load

if TYPE_CHECKING:
    from clerk.exchange.between.locations import Location
    from clerk.exchange.device.fetch import Fetched
    from clerk.exchange.device.push import Pushed
    from clerk.exchange.office.collect import Collected
    from clerk.exchange.office.ledger.ledger import Ledger
    from clerk.exchange.office.publish import Published

# The exchange is imported by the step that needs it: a shop with one machine has neither tuf nor a ledger.

T = TypeVar("T")

STORES: Final = "stores"
"""Folder below an office's data folder with a data folder for each of several stores."""


def night(home: Path, means: Means, *, inbox: Path | None = None) -> NightReport:
    """One night of this machine.

    Args:
        home: the data folder.
        means: clock, encoder, models, progress; see `take_in`.
        inbox: where files lie, if not in the data folder.

    Returns:
        The report, saved in each data folder it is about unless it was a dry run.

    Raises:
        StoreLocked: another night is running here.
        SettingsError, ExchangeError: the settings cannot be used.

    Effect: as `take_in`, `push`, `fetch`, `collect` and `publish`; a dry run changes nothing.
    """
    exchange = load(home).exchange
    if exchange.role == "alone":
        return take_in(home, means, inbox=inbox)
    with alone(home, dry_run=means.dry_run):
        return _device(home, means, exchange) if exchange.role == "device" else _office(home, means, exchange, inbox)


def stores_of(home: Path, exchange: ExchangeSettings) -> dict[str, Path]:
    """Store id -> data folder, of an office.

    Raises:
        ExchangeError: there is none, or its id cannot be a folder.
    """
    from clerk.exchange.between.device_request import checked_store

    several = [name.strip() for name in exchange.stores.split(",") if name.strip()]
    if several:
        return {checked_store(name): home / STORES / name for name in several}
    if not exchange.store:
        raise NotEnrolled("Nobody said for which store.", "Set store (or stores) under [exchange] in settings.toml.")
    return {checked_store(exchange.store): home}


def _device(home: Path, means: Means, exchange: ExchangeSettings) -> NightReport:
    """A device's night: send events, fetch store data, then delete what need not stay here."""
    from clerk.exchange.device.enrol import location_of_device
    from clerk.exchange.device.erase import after_exchange

    now = means.clock.now()
    report = NightReport(night_name(home, now), now, role="device", store=exchange.store, dry_run=means.dry_run)
    began = time.monotonic()
    location = _step(report, "finding the exchange location", means, lambda: location_of_device(home, exchange))
    if location is not None:
        pushed = _step(report, "sending events", means, lambda: _push(home, location, means))
        report.pushed = _as_report(pushed, pushed.text() if pushed else "")
        fetched = _step(report, "fetching store data", means, lambda: _fetch(home, location, means))
        if fetched is not None:
            report.fetched = _as_report(fetched, _fetched_text(fetched))
            report.outcome = INSTALLED if fetched.state in ("installed", "would fetch") else NOTHING_NEW
            report.went_back = fetched.state == "nothing new" and fetched.generation != current_generation(home)
        if not means.dry_run:
            _step(report, "forgetting", means, lambda: after_exchange(home, means.clock))
    if report.fetched is None:
        report.outcome = FAILED if current_generation(home) is None else KEPT
    report.ended = report.started + round(time.monotonic() - began)
    finish(home, report, means.disk)
    return report


def _office(home: Path, means: Means, exchange: ExchangeSettings, inbox: Path | None) -> NightReport:
    """An office's night: its own events, then each store's night; a failure of one store leaves the others alone."""
    from clerk.exchange.device.enrol import location_of_device

    stores = stores_of(home, exchange)
    several = home not in stores.values()
    early = NightReport(role="office", dry_run=means.dry_run)
    location = _step(early, "finding the exchange location", means, lambda: location_of_device(home, exchange))
    if location is not None and is_device(home):
        pushed = _step(early, "sending events", means, lambda: _push(home, location, means))
        early.pushed = _as_report(pushed, pushed.text() if pushed else "")
    ledger = _step(early, "opening the ledger", means, lambda: _ledger(home, exchange, means))
    office = _Office(home, means, exchange, location, ledger)
    made = []
    try:
        for store, folder in stores.items():
            made.append(office.night(store, folder, None if several else inbox, None if several else early))
        if ledger is not None and location is not None and is_device(home) and not means.dry_run:
            _step(
                made[0],
                "acknowledging own events",
                means,
                lambda: acknowledge_own(home, exchange, ledger, location, means.clock),
            )
    finally:
        if ledger is not None:
            ledger.close()
    return _together(home, early, made, means) if several else made[0]


@dataclass(frozen=True, slots=True)
class _Office:
    """What the nights of an office's stores share."""

    home: Path
    means: Means
    exchange: ExchangeSettings
    location: Location | None
    ledger: Ledger | None

    def night(self, store: str, folder: Path, inbox: Path | None, early: NightReport | None) -> NightReport:
        """One store's night: collect events, take in files, build a pack, publish it."""
        means, ledger, location = self.means, self.ledger, self.location
        steps = NightReport(role="office", dry_run=means.dry_run)
        if location is not None and ledger is not None:
            collected = _step(steps, "collecting events", means, lambda: self._collect(store, location, ledger))
            steps.collected = _as_report(collected, collected.text() if collected else "")
        # Without the ledger no pack is made: it would lack what members stated at other counters.
        ledger_events = LedgerEvents("", lambda: None) if means.dry_run else None
        if ledger is not None:
            ledger_events = _step(steps, "reading the ledger", means, lambda: _ledger_events(ledger, store))
            archive = bool(self.exchange.archive)
            _step(
                steps,
                "comparing it with the pack",
                means,
                lambda: _require_events_of_pack(folder, ledger, store, means, archive),
            )
            # With fewer events than the pack in use, statements made at other counters would be lost silently.
            ledger_events = (
                ledger_events if steps.error is None or steps.error["code"] != LedgerUnavailable.code else None
            )
        report = self._take_in(folder, inbox, ledger_events)
        report.store = report.store or store
        report.collected = steps.collected
        _add_early_failures(steps, report)
        if early is not None:
            report.pushed = early.pushed
            _add_early_failures(early, report)
        if location is not None and ledger is not None and not means.dry_run:
            _step(report, "forgetting after collecting", means, lambda: self._erase(store, folder, location, ledger))
        if location is not None and current_generation(folder) is not None:
            published = _step(report, "publishing", means, lambda: self._publish(store, folder, location))
            report.published = _as_report(published, _published_text(published) if published else "")
        finish(folder, report, means.disk)
        return report

    def _take_in(self, folder: Path, inbox: Path | None, ledger_events: LedgerEvents | None) -> NightReport:
        """Takes in one store's files; a locked store fails alone. The office's own lock is held already."""
        try:
            return take_in(
                folder, self.means, inbox=inbox, ledger_events=ledger_events, role="office",
                build=ledger_events is not None, save=False, locked=folder == self.home,
            )  # fmt: skip
        except StoreLocked as locked:
            now = self.means.clock.now()
            failed = NightReport(night_name(folder, now), now, now, role="office", dry_run=self.means.dry_run)
            failed.failed_with(locked)
            failed.outcome = FAILED
            return failed

    def _collect(self, store: str, location: Location, ledger: Ledger) -> Collected:
        from clerk.exchange.office.collect import collect

        means = self.means
        return collect(
            self.home, location, store, ledger, means.clock, progress=means.progress, dry_run=means.dry_run,
            archive=archive_of(self.exchange),
        )  # fmt: skip

    def _erase(self, store: str, folder: Path, location: Location, ledger: Ledger) -> int:
        from clerk.exchange.office.erase import after_collecting

        return after_collecting(folder, store, ledger, location, archive_of(self.exchange), self.means.clock)

    def _publish(self, store: str, folder: Path, location: Location) -> Published:
        if self.ledger is None:
            raise LedgerUnavailable(
                "Nothing was published: without the ledger, devices would take their events for not received.",
                "Follow the notice about the ledger, and run `clerk nightly` again.",
            )
        from clerk.exchange.office.acknowledge import acknowledgements
        from clerk.exchange.office.publish import publish

        means = self.means
        acks = acknowledgements(self.ledger, location, store, archive_of(self.exchange))
        return publish(
            folder, location, store, acks, means.clock, office=self.home, progress=_bytes(means), dry_run=means.dry_run
        )


def archive_of(exchange: ExchangeSettings) -> Location | None:
    """The second location of an office, where one is set."""
    from clerk.exchange.between.locations import Location

    return Location(exchange.archive) if exchange.archive else None


def acknowledge_own(home: Path, exchange: ExchangeSettings, ledger: Ledger, location: Location, clock: Clock) -> None:
    """Acknowledges the events of an office that is itself a counter; other devices get this by fetching.

    Effect: keeps the acknowledgements, then deletes what need not stay, as on any device.
    """
    from clerk.exchange.device.enrol import this_device
    from clerk.exchange.device.erase import after_exchange
    from clerk.exchange.office.acknowledge import acknowledgements
    from clerk.journal import acknowledged

    acks = acknowledgements(ledger, location, this_device(home).store, archive_of(exchange))
    acknowledged.save(home, acks)
    after_exchange(home, clock)


def _together(home: Path, early: NightReport, stores: list[NightReport], means: Means) -> NightReport:
    """The office's report, made of its stores' reports."""
    started = stores[0].started
    report = NightReport(
        night_name(home, started), started, stores[-1].ended, role="office", dry_run=means.dry_run,
        pushed=early.pushed, stores=stores,
    )  # fmt: skip
    outcomes = [store.outcome for store in stores]
    report.outcome = next(one for one in (FAILED, KEPT, INSTALLED, NOTHING_NEW) if one in outcomes)
    _add_early_failures(early, report)
    finish(home, report, means.disk)
    return report


def _step(report: NightReport, stage: str, means: Means, do: Callable[[], T]) -> T | None:
    """Runs one step; a failure goes into the report."""
    means.progress(Progress(stage, 0, 0))
    began = time.monotonic()
    try:
        return do()
    except ClerkError as error:
        report.failed_with(error)
        return None
    finally:
        report.seconds[stage] = round(time.monotonic() - began, 3)
        means.progress(Progress(stage, 1, 1))


def _add_early_failures(early: NightReport, report: NightReport) -> None:
    """Puts errors and notices from before the report began first in it."""
    if early.error is not None:
        later, report.error = report.error, early.error
        if later is not None:
            report.notices.insert(0, Notice(later["code"], later["what"], later["remedy"]))
    report.notices += early.notices
    report.seconds = {**early.seconds, **report.seconds}


def _push(home: Path, location: Location, means: Means) -> Pushed:
    from clerk.exchange.device.push import push

    return push(home, location, means.clock, dry_run=means.dry_run)


def _fetch(home: Path, location: Location, means: Means) -> Fetched:
    from clerk.exchange.device.fetch import fetch

    return fetch(home, location, means.clock, _bytes(means), means.dry_run, disk=means.disk)


def _ledger(home: Path, exchange: ExchangeSettings, means: Means) -> Ledger | None:
    """Opens the ledger; None in a dry run where there is no ledger yet, since opening makes it."""
    from clerk.exchange.office.ledger.engine import FILE
    from clerk.exchange.office.ledger.ledger import ADDRESS, Ledger

    if means.dry_run and not (os.environ.get(ADDRESS) or exchange.ledger or (home / "exchange" / FILE).exists()):
        return None
    return Ledger.open(exchange.ledger, home, means.clock)


def _ledger_events(ledger: Ledger, store: str) -> LedgerEvents:
    """The ledger's events of a store, marked by how far each epoch of each device was collected."""
    heads = sorted((head.device, head.epoch, head.seq, head.hash) for head in ledger.heads(store))
    mark = sha256(json.dumps(heads).encode()).hexdigest()[:16] if heads else ""
    return LedgerEvents(
        mark,
        lambda: ledger.events(store) if heads else None,
        lambda: ledger.events(store, KINDS),
        lambda: ledger.last_activity(store),
        lambda rules: ledger.redact(store, rules.rule),
    )


def _require_events_of_pack(folder: Path, ledger: Ledger, store: str, means: Means, archive: bool) -> None:
    """Refuses to build when the ledger lacks events of the pack in use, unless `--events-are-lost` was given.

    Raises:
        LedgerUnavailable: events are missing: another ledger, or one restored from an older backup.
    """
    from clerk.exchange.device.prune_journal import events_until, facts_of

    name = current_generation(folder)
    facts = facts_of(folder, name) if name else {}
    heads = {(head.device, head.epoch): head.seq for head in ledger.heads(store)}
    fewer = sum(
        max(0, seq - heads.get((device, epoch), 0))
        for device in json.loads(facts.get("events_until", "{}"))
        for epoch, seq in events_until(facts, device).items()
    )
    if not fewer or means.events_are_lost:
        return
    first = (
        "Run `clerk office restore`, then `clerk nightly`; what devices still hold, they send again."
        if archive
        else "Bundles still at the exchange location are taken again, and every device sends again what it still has:"
        " let each run its night, and set `archive` under [exchange] in settings.toml, so that a second copy is kept."
    )
    raise LedgerUnavailable(
        f"The ledger lacks {count(fewer, 'event')} that store data {name} has, so that data is kept.",
        f"{first} If no device has them any more, run `clerk nightly --events-are-lost` once: counters forget them.",
    )


def _as_report(done: object, text: str) -> dict[str, Any] | None:
    """The result of a step as JSON, with a sentence for people."""
    if done is None:
        return None
    told = plain(done)
    assert isinstance(told, dict)
    return {**told, "text": text}


def _bytes(means: Means) -> Callable[[str, int, int], None]:
    return lambda stage, done, total: means.progress(Progress(stage, done, total, "bytes"))


def _fetched_text(fetched: Fetched) -> str:
    read = f", {fetched.bytes:,} bytes read, {fetched.reused:,} here already" if fetched.bytes else ""
    return f"{fetched.state} {fetched.generation}".strip() + read


def _published_text(published: Published) -> str:
    sent = f", {published.files:,} files, {published.bytes:,} bytes" if published.files else ""
    return "\n".join([f"{published.state} {published.generation}".strip() + sent, *published.notices])

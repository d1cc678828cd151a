"""The night by role: which machine does what, each step reported by itself.

`alone`: inbox to pack. `device`: push, then fetch. `office`: collect, then for each store inbox to pack with the
ledger's events, then publish with the acknowledgements; an office that is itself a counter pushes its own journal
first.
A step that fails is told with code and remedy, and keeps no other step from running that does not need it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from clerk.errors import ClerkError, LedgerUnavailable, NotEnrolled
from clerk.model import Notice
from clerk.nightly.night import Carried, Means, finish, night_name, take_in
from clerk.nightly.night_report import FAILED, INSTALLED, NOTHING_NEW, NightReport
from clerk.nightly.report import Progress
from clerk.report import plain
from clerk.settings import ExchangeSettings, load

if TYPE_CHECKING:
    from clerk.exchange.ledger import Ledger
    from clerk.exchange.places import Place

T = TypeVar("T")

STORES: Final = "stores"
"""Folder below an office's data folder with a data folder for each of several stores."""
LEDGER_VARIABLE: Final = "CLERK_LEDGER"
"""Overrides `exchange.ledger`, so that a password need not stand in a file."""


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
        SettingsError: the settings cannot be used.

    Effect: as `take_in`, `push`, `fetch`, `collect` and `publish`; a dry run changes nothing.
    """
    exchange = load(home).exchange
    if exchange.role == "device":
        return _device(home, means, exchange)
    if exchange.role == "office":
        return _office(home, means, exchange, inbox)
    return take_in(home, means, inbox=inbox)


def stores_of(home: Path, exchange: ExchangeSettings) -> dict[str, Path]:
    """Store id -> data folder, of an office."""
    several = [name.strip() for name in exchange.stores.split(",") if name.strip()]
    return {name: home / STORES / name for name in several} or {exchange.store: home}


def _device(home: Path, means: Means, exchange: ExchangeSettings) -> NightReport:
    """Push, then fetch: neither needs the other."""
    report = NightReport(
        night_name(home, means.clock.now()), means.clock.now(), role="device", store=exchange.store,
        dry_run=means.dry_run,
    )  # fmt: skip
    began = time.monotonic()
    place = _step(report, "the place of exchange", means, lambda: _place(exchange))
    if place is not None:
        report.pushed = _told(_step(report, "sending events", means, lambda: _push(home, place, means)))
        report.fetched = _told(_step(report, "fetching store data", means, lambda: _fetch(home, place, means)))
        _forget(home, report, means)
    fetched = report.fetched or {}
    if report.fetched is None:
        report.outcome = FAILED
    elif fetched.get("installed") or fetched.get("state") in ("installed", "fetched", "would fetch"):
        report.outcome = INSTALLED
    else:
        report.outcome = NOTHING_NEW
    report.ended = report.started + round(time.monotonic() - began)
    finish(home, report, means.disk)
    return report


def _office(home: Path, means: Means, exchange: ExchangeSettings, inbox: Path | None) -> NightReport:
    """Own events, then collect, build and publish for each store; one store's failure is no other store's."""
    stores = stores_of(home, exchange)
    early = NightReport(role="office")
    place = _step(early, "the place of exchange", means, lambda: _place(exchange))
    if place is not None and _is_device(home):
        early.pushed = _told(_step(early, "sending events", means, lambda: _push(home, place, means)))
    ledger = _step(early, "opening the ledger", means, lambda: _ledger(home, exchange, means))
    made = {}
    try:
        for store, folder in stores.items():
            lies = inbox if len(stores) == 1 else None
            made[store] = _store_night(home, folder, store, means, exchange, place, ledger, lies, early)
    finally:
        if ledger is not None:
            ledger.close()
    if len(made) == 1 and home in stores.values():
        return next(iter(made.values()))
    return _together(home, early, list(made.values()), means)


def _store_night(
    home: Path, folder: Path, store: str, means: Means, exchange: ExchangeSettings, place: Place | None,
    ledger: Ledger | None, inbox: Path | None, early: NightReport,
) -> NightReport:  # fmt: skip
    """Collect, take in and build, publish: for one store."""
    steps = NightReport(role="office", dry_run=means.dry_run)
    if place is not None and ledger is not None:
        collected = _step(
            steps, "collecting events", means, lambda: _collect(home, place, store, ledger, exchange, means)
        )
        steps.collected = _told(collected)
    carried = None
    if ledger is not None:
        carried = _step(steps, "reading the ledger", means, lambda: _carried(ledger, store))
    report = take_in(
        folder, means, inbox=inbox, carried=carried, role="office", save=False, build=carried is not None)  # fmt: skip
    report.store = report.store or store
    report.collected, report.pushed = steps.collected, early.pushed
    for one in (early, steps):
        _hand_over(one, report)
    if place is not None and report.outcome != FAILED:
        report.published = _told(_step(
            report, "publishing", means, lambda: _publish(home, folder, place, store, ledger, means)))  # fmt: skip
    if ledger is not None and _is_device(home) and not means.dry_run:
        _step(report, "acknowledging", means, lambda: _acknowledge_own(home, store, ledger))
        _forget(home, report, means)
    finish(folder, report, means.disk)
    return report


def _together(home: Path, early: NightReport, stores: list[NightReport], means: Means) -> NightReport:
    """The office's own report over those of its stores."""
    started = stores[0].started if stores else means.clock.now()
    report = NightReport(
        night_name(home, started), started, stores[-1].ended if stores else started, role="office",
        dry_run=means.dry_run, pushed=early.pushed, stores=stores,
    )  # fmt: skip
    outcomes = [store.outcome for store in stores]
    order = (FAILED, "kept last night's", INSTALLED, NOTHING_NEW)
    report.outcome = next((one for one in order if one in outcomes), FAILED)
    _hand_over(early, report)
    finish(home, report, means.disk)
    return report


def _step(report: NightReport, stage: str, means: Means, do: Callable[[], T]) -> T | None:
    """Runs one step; a failure is told in the report."""
    means.progress(Progress(stage, 0, 0))
    began = time.monotonic()
    try:
        done = do()
        report.notices += [one for one in getattr(done, "notices", ()) if isinstance(one, Notice)]
        return done
    except ClerkError as error:
        report.failed_with(error)
        return None
    finally:
        report.seconds[stage] = round(time.monotonic() - began, 3)
        means.progress(Progress(stage, 1, 1))


def _hand_over(early: NightReport, report: NightReport) -> None:
    """What failed before the report began comes first in it."""
    if early.error is not None:
        later, report.error = report.error, early.error
        if later is not None:
            report.notices.insert(0, Notice(later["code"], later["what"], later["remedy"]))
    report.notices += early.notices
    report.seconds = {**early.seconds, **report.seconds}


def _place(exchange: ExchangeSettings) -> Place:
    if not exchange.place:
        raise NotEnrolled(
            "Nobody said where both sides write.", "Set place under [exchange] in settings.toml, or run `clerk enrol`."
        )
    from clerk.exchange.places import Place

    return Place(exchange.place)


def _push(home: Path, place: Place, means: Means) -> object:
    from clerk.exchange.push import push

    return push(home, place, means.clock, dry_run=means.dry_run)


def _fetch(home: Path, place: Place, means: Means) -> object:
    from clerk.exchange.fetch import fetch

    return fetch(home, place, means.clock, progress=_plainly(means), dry_run=means.dry_run)


def _forget(home: Path, report: NightReport, means: Means) -> None:
    """This device's events that head office has for good and that every kept pack tells."""
    if not means.dry_run:
        from clerk.exchange import acks

        _step(report, "making room in the journal", means, lambda: acks.forget(home, means.clock))


def _acknowledge_own(home: Path, store: str, ledger: Ledger) -> None:
    """An office that is itself a counter need not fetch what it knows."""
    from clerk.exchange import acks
    from clerk.exchange.enrol import this_device

    if this_device(home).store == store:
        acks.save(home, ledger.acks(store))


def _collect(home: Path, place: Place, store: str, ledger: Ledger, exchange: ExchangeSettings, means: Means) -> object:
    from clerk.exchange.collect import collect
    from clerk.exchange.places import Place as Archive

    archive = Archive(exchange.archive) if exchange.archive else None
    return collect(
        home, place, store, ledger, means.clock, archive=archive, progress=means.progress, dry_run=means.dry_run
    )


def _publish(
    home: Path, folder: Path, place: Place, store: str, ledger: Ledger | None, means: Means
) -> object:  # fmt: skip
    if ledger is None:
        raise LedgerUnavailable(
            "Nothing was published: without the ledger, devices would be told that nothing was received.",
            "See what is said of the ledger, and run `clerk nightly` again.",
        )
    from clerk.exchange import acks
    from clerk.exchange.publish import publish

    told = acks.to_bytes(ledger.acks(store))
    return publish(
        folder, place, store, told, means.clock, office=home, progress=_plainly(means), dry_run=means.dry_run
    )


def _ledger(home: Path, exchange: ExchangeSettings, means: Means) -> Ledger:
    from clerk.exchange.ledger import Ledger

    return Ledger.open(os.environ.get(LEDGER_VARIABLE) or exchange.ledger, home, means.clock)


def _carried(ledger: Ledger, store: str) -> Carried:
    """The store's events, named by how far each epoch of each device was taken."""
    heads = sorted((head.device, head.epoch, head.seq, head.hash) for head in ledger.heads(store))
    mark = sha256(json.dumps(heads).encode()).hexdigest()[:16] if heads else ""
    return Carried(mark, lambda: ledger.events(store) if heads else None)


def _is_device(home: Path) -> bool:
    """Whether this office is itself a counter, enrolled as a device."""
    return (home / "exchange" / "device.json").exists()


def _plainly(means: Means) -> Callable[[str, int, int], None]:
    return lambda stage, done, total: means.progress(Progress(stage, done, total))


def _told(done: object) -> dict[str, Any] | None:
    if done is None:
        return None
    told = plain(done)
    return told if isinstance(told, dict) else {"text": str(told)}

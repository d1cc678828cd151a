"""`clerk push | fetch | collect | publish`: one step of the exchange by itself; `clerk nightly` does all of them."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from clerk import report
from clerk.clock import to_datetime
from clerk.commands.opening import chosen_clock
from clerk.errors import NotEnrolled
from clerk.exchange.between.clock_floor import confirm
from clerk.exchange.between.locations import Location
from clerk.exchange.device.enrol import location_of_device
from clerk.exchange.device.erase import Deleted, after_exchange
from clerk.exchange.device.fetch import Fetched, fetch
from clerk.exchange.device.push import push
from clerk.exchange.office.acknowledge import acknowledgements
from clerk.exchange.office.collect import Collected, collect
from clerk.exchange.office.erase import after_collecting
from clerk.exchange.office.ledger.ledger import Ledger
from clerk.exchange.office.publish import Published, publish
from clerk.nights.by_role import acknowledge_own, archive_of, stores_of
from clerk.phrases import count
from clerk.report import Exit, ProgressBar
from clerk.role import is_device
from clerk.settings import ExchangeSettings, load


def run(options: argparse.Namespace) -> Exit:
    chosen: dict[str, Callable[[argparse.Namespace, ExchangeSettings], Exit]] = {
        "push": _push,
        "fetch": _fetch,
        "collect": _collect,
        "publish": _publish,
    }
    return chosen[options.command](options, load(options.home).exchange)


def _push(options: argparse.Namespace, exchange: ExchangeSettings) -> Exit:
    pushed = push(
        options.home, location_of_device(options.home, exchange), chosen_clock(options), dry_run=options.dry_run
    )
    report.data(pushed.as_json(), as_json=options.json, text=pushed.text())
    return Exit.OK


def _fetch(options: argparse.Namespace, exchange: ExchangeSettings) -> Exit:
    clock = chosen_clock(options)
    if options.at and not options.dry_run:
        # Whoever names the time is the manager whom E307 asks for.
        confirm(options.home, clock)
    bar = ProgressBar(quiet=options.json)
    fetched = fetch(options.home, location_of_device(options.home, exchange), clock, _bytes(bar), options.dry_run)
    bar.close()
    deleted = Deleted() if options.dry_run else after_exchange(options.home, clock)
    lines = [_fetched_text(fetched)]
    if deleted.kept_at_office:
        lines.append(f"{count(deleted.kept_at_office, 'event')} head office has for good no longer kept here")
    if deleted.redacted:
        lines.append(f"{count(deleted.redacted, 'event')} of erased members emptied here")
    told = {"fetched": fetched, "forgotten": deleted.kept_at_office, "deleted": deleted}
    report.data(told, as_json=options.json, text="\n".join(lines))
    return Exit.OK


def _collect(options: argparse.Namespace, exchange: ExchangeSettings) -> Exit:
    clock, location = chosen_clock(options), _place_of_office(exchange)
    archive = archive_of(exchange)
    bar = ProgressBar(quiet=options.json)
    done: list[Collected] = []
    emptied = 0
    with Ledger.open(exchange.ledger, options.home, clock) as ledger:
        for store, folder in stores_of(options.home, exchange).items():
            done.append(
                collect(
                    options.home,
                    location,
                    store,
                    ledger,
                    clock,
                    archive=archive,
                    progress=lambda step: bar(step.stage, step.done, step.total, step.unit),
                    dry_run=options.dry_run,
                )
            )
            if not options.dry_run:
                emptied += after_collecting(folder, store, ledger, location, archive, clock)
        if is_device(options.home) and not options.dry_run:
            acknowledge_own(options.home, exchange, ledger, location, clock)
    bar.close()
    lines = [one.text() for one in done]
    if emptied:
        lines.append(f"{count(emptied, 'event')} of erased members emptied in the ledger")
    report.data({"stores": done, "emptied": emptied}, as_json=options.json, text="\n".join(lines))
    return Exit.OK


def _publish(options: argparse.Namespace, exchange: ExchangeSettings) -> Exit:
    clock, location = chosen_clock(options), _place_of_office(exchange)
    archive = archive_of(exchange)
    bar = ProgressBar(quiet=options.json)
    done: list[Published] = []
    with Ledger.open(exchange.ledger, options.home, clock) as ledger:
        for store, folder in stores_of(options.home, exchange).items():
            done.append(
                publish(
                    folder,
                    location,
                    store,
                    acknowledgements(ledger, location, store, archive),
                    clock,
                    office=options.home,
                    progress=_bytes(bar),
                    dry_run=options.dry_run,
                    clock_confirmed=options.clock_is_right,
                )
            )
    bar.close()
    report.data({"stores": done}, as_json=options.json, text="\n".join(_published_text(one) for one in done))
    return Exit.OK


def _place_of_office(exchange: ExchangeSettings) -> Location:
    if not exchange.place or not (exchange.store or exchange.stores):
        raise NotEnrolled(
            "Nobody said where both sides write, or for which store.",
            "Set place and store (or stores) under [exchange] in settings.toml.",
        )
    return Location(exchange.place)


def _bytes(bar: ProgressBar) -> Callable[[str, int, int], None]:
    return lambda stage, done, total: bar(stage, done, total, "bytes")


def _fetched_text(fetched: Fetched) -> str:
    if not fetched.generation:
        return fetched.state
    signed = f", signed {to_datetime(fetched.signed_at):%Y-%m-%d %H:%M}" if fetched.signed_at else ""
    read = f", {fetched.bytes:,} bytes read, {fetched.reused:,} here already" if fetched.bytes else ""
    return f"{fetched.state}: {fetched.generation}{signed}{read}"


def _state_of(done: Published) -> str:
    """`published 20261129T…`, or `nothing new, 20261129T… stays`."""
    if done.state == "nothing new" and done.generation:
        return f"nothing new, {done.generation} stays"
    return f"{done.state} {done.generation}".strip()


def _published_text(done: Published) -> str:
    sent = f", {count(done.files, 'file')}, {done.bytes:,} bytes" if done.files else ""
    return "\n".join([f"store {done.store}: {_state_of(done)}{sent}", *done.notices])

"""`clerk check`: is this data folder sound, and what is in use."""

from __future__ import annotations

import argparse
import shlex
import shutil
from pathlib import Path

from clerk import report
from clerk.commands.opening import open_desk
from clerk.commands.schedule import local_folder
from clerk.driver import sqlite_version_words
from clerk.errors import ExchangeError, NotEnrolled
from clerk.home import readable_by
from clerk.journal import ChainReport
from clerk.phrases import clock_time, count, date
from clerk.report import Exit
from clerk.role import is_office
from clerk.settings import ExchangeSettings, load


def run(options: argparse.Namespace) -> Exit:
    """Runs the command: exit 0 when sound, 3 when a person should do something."""
    desk = open_desk(options)
    try:
        status = desk.status.now()
        journal = desk.journal
        chain = journal.verify() if journal else ChainReport(0, "The journal cannot be read.", "")
        with desk.pack.reading() as pack:
            models = pack.cards.shop_facts.models_in_use()
        free = shutil.disk_usage(options.home).free
        rows = {
            "pack": f"{status.generation}, {count(status.members, 'member')}, "
            f"{count(status.items, 'item')}, {count(status.lines, 'line')}",
            "journal": f"{count(status.events, 'event')}, "
            f"chain {'holds' if not chain.damage else 'BROKEN: ' + chain.damage}",
            "sqlite": sqlite_version_words(),
            "encoder": status.encoder or "none: search by words only",
            **{f"model {name}": state for name, state in models.items()},
            "disk": f"{free / 1e9:.1f} GB free",
            "access": _access(options.home),
            **_exchange(options.home, status.now),
        }
        document = {"status": status, "journal": chain, "checks": rows}
        notices = [f"{n.code} {n.what} {n.remedy}" for n in status.warnings]
        notices += [status.night] if status.night else []
        text = "\n".join([*(f"{name:<12} {words}" for name, words in rows.items()), *notices])
        report.data(document, as_json=options.json, text=text)
        return Exit.STORE_DATA if chain.damage or status.warnings else Exit.OK
    finally:
        desk.close()


def _access(home: Path) -> str:
    """Who may look into the data folder; what to run where that is everybody on this machine."""
    words = {"owner": "its owner alone", "group": "its owner and its group", "": "as Windows has it set"}
    everybody = f"EVERY user of this machine can look into it: run `chmod 700 {shlex.quote(str(home))}`"
    return words.get(readable_by(home), everybody)


def _exchange(home: Path, now: int) -> dict[str, str]:
    """The exchange of this machine and the age of its store data; empty where it works alone.

    Only what is cheap: a location on this machine is looked at, another one is not called.
    """
    settings = load(home).exchange
    if settings.role == "alone":
        return {"exchange": "none: this machine works alone"}
    # Imported here: a machine that works alone loads no cryptography.
    from clerk.exchange.between.clock_floor import freshness
    from clerk.exchange.device.enrol import this_device

    try:
        device = this_device(home)
        place, named = device.place, f"enrolled as {device.name} of store {device.store}"
    except NotEnrolled as error:
        place, named = settings.place, f"{error.code} {error.what} {error.remedy}" if settings.role == "device" else ""
    known = freshness(home, now)
    rows = {"exchange": ", ".join(words for words in (f"role {settings.role}", named, _place(place)) if words)}
    if settings.role == "device":
        late = " (LATE: see `clerk nights`)" if known.late else ""
        signed = f"{date(known.signed_at)} {clock_time(known.signed_at)}" if known.signed_at else ""
        rows["office"] = f"vouched for the data on {signed}{late}" if signed else "nothing was ever fetched"
    elif is_office(home):
        rows["devices"] = _waiting(home, settings)
    return rows


def _waiting(home: Path, settings: ExchangeSettings) -> str:
    """The tills that nobody accepted yet, where that is cheap to know; they open no store data."""
    from clerk.exchange.between.locations import Location
    from clerk.exchange.office.devices import waiting, waiting_words
    from clerk.nights.by_role import stores_of

    if not local_folder(settings.place):
        return "`clerk office devices` lists them, and which of them wait to be accepted"
    try:
        location = Location(settings.place)
        asking = [one for store in stores_of(home, settings) for one in waiting(home, location, store)]
    except ExchangeError as error:
        return f"{error.code} {error.what} {error.remedy}"
    return " ".join(map(waiting_words, asking)) or "none waits to be accepted"


def _place(place: str) -> str:
    """Whether a location can be reached, where that is cheap to know."""
    if not place:
        return "no location is set"
    folder = local_folder(place)
    if not folder:
        return "its exchange location is on a network: `clerk push --dry-run` tries it"
    return "its exchange location is there" if Path(folder).is_dir() else "its exchange location is not there now"

"""`clerk check`: is this data folder sound, and what is in use."""

from __future__ import annotations

import argparse
import shlex
import shutil
from pathlib import Path

from clerk import report
from clerk.commands.opening import chosen_clock
from clerk.commands.schedule import local_folder
from clerk.desk import Desk
from clerk.desk.manager.sign_ins import sign_ins, sign_ins_of
from clerk.driver import sqlite_version_words
from clerk.errors import ClerkError, ExchangeError, NoPack, NotEnrolled
from clerk.home import readable_by
from clerk.journal import ChainReport
from clerk.journal.file import FILE
from clerk.members.journal_in_use import JournalInUse
from clerk.model import ShopStatus
from clerk.phrases import clock_time, count, date
from clerk.report import Exit
from clerk.role import is_device, is_office
from clerk.settings import ExchangeSettings, load

_NO_PACK_YET = "none yet: the first night brings it"


def run(options: argparse.Namespace) -> Exit:
    """Runs the command: exit 0 when sound, 3 when a person should do something."""
    desk = _desk(options)
    try:
        status = desk.status.now() if desk is not None else None
        chain, events = _journal(options, desk)
        free = shutil.disk_usage(options.home).free
        rows = {
            "pack": _pack(status) if status is not None else _NO_PACK_YET,
            "journal": events,
            "sqlite": sqlite_version_words(),
            **(_models(desk, status) if desk is not None and status is not None else {}),
            "disk": f"{free / 1e9:.1f} GB free",
            "access": _access(options.home),
            **_sign_ins(options.home, desk, chosen_clock(options).now()),
            **_exchange(options.home, chosen_clock(options).now()),
        }
        warnings = status.warnings if status is not None else ()
        is_sound = not warnings and (chain is None or (isinstance(chain, ChainReport) and chain.ok))
        told = {"error": chain.as_json()} if isinstance(chain, ClerkError) else chain
        document = {"status": status, "journal": told, "checks": rows}
        # Why the journal cannot be read stands in its own row.
        shown = [n for n in warnings if not (isinstance(chain, ClerkError) and n.what == chain.what)]
        notices = [f"{n.code} {n.what} {n.remedy}" for n in shown]
        notices += [status.night] if status is not None and status.night else []
        text = "\n".join([*(f"{name:<12} {words}" for name, words in rows.items()), *notices])
        report.data(document, as_json=options.json, text=text)
        return Exit.OK if is_sound else Exit.STORE_DATA
    finally:
        if desk is not None:
            desk.close()


def _desk(options: argparse.Namespace) -> Desk | None:
    """The desk; None on an office, or a device before its first night, where no store data is nothing wrong.

    Raises:
        NoPack: there is none on a machine that works alone.
    """
    try:
        return Desk.open(options.home, clock=chosen_clock(options), actor="command")
    except NoPack:
        if load(options.home).exchange.role == "alone" and not (is_device(options.home) or is_office(options.home)):
            raise
        return None


def _pack(status: ShopStatus) -> str:
    members, items = count(status.members, "member"), count(status.items, "item")
    return f"{status.generation}, {members}, {items}, {count(status.lines, 'line')}"


def _models(desk: Desk, status: ShopStatus) -> dict[str, str]:
    with desk.pack.reading() as pack:
        models = pack.cards.shop_facts.models_in_use()
    encoder = status.encoder or "none: search by words only"
    return {"encoder": encoder, **{f"model {name}": state for name, state in models.items()}}


def _journal(options: argparse.Namespace, desk: Desk | None) -> tuple[ChainReport | ClerkError | None, str]:
    """What a walk over the whole journal found, or why it cannot be read, with the words for it; None without one."""
    # Looking must not make a journal where there is none.
    if desk is None and not (options.home / FILE).exists():
        return None, "none yet: the first event makes it"
    journal = desk.journal if desk is not None else JournalInUse(options.home, chosen_clock(options))
    try:
        with journal.reading() as opened:
            chain = opened.verify()
        state = "chain holds" if chain.ok else f"chain BROKEN: {chain.damage}"
        return chain, f"{count(chain.events, 'event')}, {state}"
    except ClerkError as error:
        return error, f"CANNOT BE READ: {error.code} {error.what} {error.remedy}"
    finally:
        if desk is None:
            journal.close()


def _sign_ins(home: Path, desk: Desk | None, now: int) -> dict[str, str]:
    """Who cannot sign in, and what was refused over the network; no row where there is neither."""
    try:
        if desk is None:
            told = sign_ins_of(home, now)
        else:
            # The desk's own: a journal that is locked is not waited for a second time.
            with desk.journal.reading() as journal:
                told = sign_ins(home, journal, now)
    except ClerkError as error:
        told = (f"{error.code} {error.what}",)
    return {"sign-in": " ".join(told)} if told else {}


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
        if in_clear := _in_clear(settings):
            rows["in clear"] = in_clear
    return rows


def _in_clear(settings: ExchangeSettings) -> str:
    """Which store data lies on the location in clear, and until when; empty where none does, or it is not on hand."""
    from clerk.exchange.office.seal_pack import stores_in_clear

    folder = local_folder(settings.place)
    stores = stores_in_clear(Path(folder)) if folder else []
    if not stores:
        return ""
    return (
        f"store data of {', '.join(stores)} lies at the exchange location as an earlier version published it, and "
        "everybody who can read there reads the members: the next `clerk publish` removes it. Remove the folder of a "
        "store that is no longer published."
    )


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

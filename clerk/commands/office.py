"""`clerk office init | devices | accept | remove | renew | restore`: head office's keys, devices and ledger."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from clerk import report
from clerk.clock import Clock
from clerk.commands.opening import chosen_clock
from clerk.errors import ClerkError, NotEnrolled, SettingsError
from clerk.exchange.between import device_request, keys, location_check
from clerk.exchange.between.clock_floor import utc_seconds
from clerk.exchange.between.locations import Location
from clerk.exchange.office import devices
from clerk.nights.by_role import stores_of
from clerk.phrases import clock_time, count, date
from clerk.report import Exit
from clerk.settings import FILE_NAME, load


def run(options: argparse.Namespace) -> Exit:
    actions: dict[str, Callable[[argparse.Namespace, Clock], Exit]] = {
        "init": _init,
        "devices": _devices,
        "accept": _accept,
        "remove": _remove,
        "renew": _renew,
        "restore": _restore,
    }
    return actions[options.action](options, chosen_clock(options))


def _init(options: argparse.Namespace, clock: Clock) -> Exit:
    home, out = options.home, options.out or Path("office.json")
    if options.dry_run:
        report.data({"would_write": str(out)}, as_json=options.json, text=f"would make keys and write {out}")
        return Exit.OK
    made = keys.make_office(home, utc_seconds(clock))
    out.write_bytes(made.read_bytes())
    if load(home).exchange.place:
        # Chosen now: later an empty folder in its stead is a stick that is out.
        location_check.choose(home, _place(home))
    fingerprint, root = keys.office_file(home).fingerprint, keys.keys_folder(home) / f"{keys.ROOT}.pem"
    text = (
        f"This machine is an office now. Devices are enrolled with {out}; fingerprint to compare with theirs:\n"
        f"  {fingerprint}\n"
        f"The root key is {root}. It is needed every two years, and when a release key was stolen.\n"
        "  Move it to a stick now, copy it to a second one, and keep both in different drawers.\n"
        "  Whoever has it can send any data to every device; if both are lost, every device is enrolled anew.\n"
        f"Keep a backup of {root.parent.parent} as well: it holds the release keys and who was accepted.\n"
        "Store data lies at the exchange location sealed to the devices you accept; until then nobody can open it.\n"
        f"{_settings_words(home)}"
    )
    report.data(
        {"office_file": str(out), "fingerprint": fingerprint, "root_key": str(root)}, as_json=options.json, text=text
    )
    return Exit.OK


def _settings_words(home: Path) -> str:
    """What the settings of an office still need, in words."""
    if load(home).exchange.role == "office":
        return "settings.toml says that this machine is an office."
    wanted = '[exchange]\nrole = "office"\nplace = "…"\nstore = "…"'
    return f"Write into {home / FILE_NAME}:\n{wanted}"


def _devices(options: argparse.Namespace, clock: Clock) -> Exit:
    location = _at_hand(options.home)
    keys.office_keys(options.home)
    rows, lines = [], []
    for store in _stores(options):
        seen, notice = _seen(options.home, store, clock)
        if notice:
            report.say(notice)
        for entry in devices.requests(options.home, location, store):
            last = seen.get(entry.device, 0)
            waiting = len(location.list(f"{store}/events/{entry.device}")) if entry.state == "accepted" else 0
            rows.append(
                {
                    "store": store, "device": entry.device, "name": entry.name, "state": entry.state,
                    "fingerprint": entry.fingerprint, "asked_at": entry.asked_at, "last_seen": last,
                    "bundles_waiting": waiting,
                }
            )  # fmt: skip
            when = f"last heard of {date(last)} {clock_time(last)}" if last else "nothing received yet"
            if entry.state == "other key":
                when = f"asks with another key since {date(entry.asked_at)} {clock_time(entry.asked_at)}"
            elif entry.state == "waiting":
                when = f"asks since {date(entry.asked_at)} {clock_time(entry.asked_at)}, opens no store data"
            more = f", {count(waiting, 'bundle')} at the exchange location" if waiting else ""
            lines.append(f"{store}  {entry.device}  {entry.name:<20.20}  {entry.state:<9}  {when}{more}")
            lines.append(f"    {entry.fingerprint}")
    text = "\n".join(lines) or "no device asks, and none was accepted"
    report.data(rows, as_json=options.json, text=text)
    return Exit.OK if rows else Exit.NOTHING_FOUND


def _seen(home: Path, store: str, clock: Clock) -> tuple[dict[str, int], str]:
    """When each device last sent events; left out when the ledger is down."""
    # Imported here: only this list and the night need a database.
    from clerk.exchange.office.ledger.ledger import Ledger

    try:
        with Ledger.open(load(home).exchange.ledger, home, clock) as ledger:
            return {device.device: device.last_at for device in ledger.devices(store)}, ""
    except ClerkError as error:
        return {}, f"{error.code} {error.what} {error.remedy}"


def _accept(options: argparse.Namespace, clock: Clock) -> Exit:
    device, location = _named(options), _at_hand(options.home)
    keys.office_keys(options.home)
    missing: NotEnrolled | None = None
    for store in _stores(options):
        try:
            entry = devices.accept(options.home, location, store, device, options.shows, dry_run=options.dry_run)
        except NotEnrolled as problem:
            missing, entry = problem, None
        if entry is not None:
            done = "would accept" if options.dry_run else "accepted"
            text = (
                f"{done} {entry.name} ({entry.device}) of store {store}\n  {entry.fingerprint}\n"
                "If the device shows another fingerprint, run `clerk office remove` and `clerk publish` at once."
            )
            reads = not options.dry_run and _reads_at_once(options.home, location, store, clock)
            if not options.dry_run:
                text += "\nIt can fetch store data " + ("now." if reads else "after the next `clerk publish` or night.")
            document = {"device": entry.device, "store": store, "state": done, "reads_at_once": reads}
            report.data(document, as_json=options.json, text=text)
            return Exit.OK
    raise missing or NotEnrolled(f"No device {device!r} asks.", "`clerk office devices` lists those that do.")


def _reads_at_once(home: Path, location: Location, store: str, clock: Clock) -> bool:
    """Whether the device can open what is published already; it is accepted all the same."""
    from clerk.exchange.office.publish import let_read

    try:
        return let_read(home, location, store, clock)
    except ClerkError as error:
        report.say(f"{error.code} {error.what} {error.remedy}")
        return False


def _remove(options: argparse.Namespace, _clock: Clock) -> Exit:
    device = _named(options)
    for store in _stores(options):
        try:
            entry = devices.remove(options.home, store, device, dry_run=options.dry_run)
        except NotEnrolled:
            continue
        if options.dry_run:
            text = f"would remove {entry.name} ({entry.device})"
            report.data({"device": entry.device, "store": store}, as_json=options.json, text=text)
            return Exit.OK
        text = (
            f"removed {entry.name} ({entry.device}): nothing more is taken from it; what it sent stays\n"
            "Store data that it fetched stays on it. What lies at the exchange location it can open until the next "
            "`clerk publish` or night, which seals it anew: run `clerk publish` now if it was stolen."
        )
        report.data({"device": entry.device, "store": store, "state": "removed"}, as_json=options.json, text=text)
        return Exit.OK
    raise NotEnrolled(f"There is no device {device!r}.", "`clerk office devices` lists those there are.")


def _renew(options: argparse.Namespace, clock: Clock) -> Exit:
    from clerk.exchange.office.renew_keys import renew

    root = options.root or keys.keys_folder(options.home) / f"{keys.ROOT}.pem"
    if options.dry_run:
        keys.root_key(root)
        report.data({"would_renew": True}, as_json=options.json, text="would sign a new root of trust")
        return Exit.OK
    version = renew(options.home, root, clock, new_keys=options.new_keys)
    also = ", with new release keys" if options.new_keys else ""
    text = f"root of trust {version} is signed{also}; devices learn of it with the next `clerk publish`"
    report.data({"version": version}, as_json=options.json, text=text)
    return Exit.OK


def _restore(options: argparse.Namespace, clock: Clock) -> Exit:
    """A new ledger, or one from an older backup, takes in what the archive kept."""
    from clerk.exchange.office.archive import Archive, restore
    from clerk.exchange.office.ledger.ledger import Ledger

    exchange, sealing = load(options.home).exchange, keys.office_keys(options.home).sealing
    if not exchange.archive:
        raise SettingsError("No archive is set.", "Set `archive` in [exchange] of settings.toml.")
    location = Location(exchange.archive)
    location_check.check(options.home, location, began=False, dry_run=True)
    if options.dry_run:
        found = {store: len(location.list(f"{store}/events")) for store in _stores(options)}
        text = "\n".join(f"store {store}: {count(many, 'bundle')} in the archive" for store, many in found.items())
        report.data(found, as_json=options.json, text=text)
        return Exit.OK
    bar, done, lines = report.ProgressBar(quiet=options.json), {}, []
    with Ledger.open(exchange.ledger, options.home, clock) as ledger:
        for store in _stores(options):
            back = restore(
                ledger,
                Archive(location, sealing),
                store,
                lambda step: bar(step.stage, step.done, step.total, step.unit),
            )
            done[store] = back
            lines.append(f"store {store}: {count(back.events, 'event')} back from {count(back.bundles, 'bundle')}")
            lines += [f"  not used: {problem}" for problem in back.problems]
    report.data(done, as_json=options.json, text="\n".join(lines))
    return Exit.OK


def _named(options: argparse.Namespace) -> str:
    if not options.device:
        raise SettingsError("No device is named.", f"Write `clerk office {options.action} DEVICE`.")
    return str(options.device)


def _place(home: Path) -> Location:
    return Location(load(home).exchange.place)


def _at_hand(home: Path) -> Location:
    """The exchange location, if it is the known one: an empty folder in its stead must not look like "no device"."""
    location = _place(home)
    location_check.check(home, location, began=False, dry_run=True)
    return location


def _stores(options: argparse.Namespace) -> list[str]:
    """The requested stores, each with an id that can be a folder."""
    known = [options.store] if options.store else list(stores_of(options.home, load(options.home).exchange))
    if known == [""]:
        raise SettingsError("No store is named.", "Set `store` in [exchange] of settings.toml, or give --store.")
    return [device_request.checked_store(store) for store in known]

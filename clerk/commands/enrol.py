"""`clerk enrol office.json --place URL --store ID`: makes this machine a device of a head office."""

from __future__ import annotations

import argparse
import json

from clerk import report
from clerk.commands.opening import chosen_clock
from clerk.durable import put_file
from clerk.errors import LocationUnreachable
from clerk.exchange.between import device_request, keys
from clerk.exchange.between.locations import Location
from clerk.exchange.device import enrol
from clerk.home import make_private
from clerk.report import Exit
from clerk.settings import FILE_NAME, load


def run(options: argparse.Namespace) -> Exit:
    location = Location(options.place)
    url = str(options.place) if location.folder is None else location.shown
    device_request.checked_store(options.store)
    if options.dry_run:
        fingerprint = keys.read_office_file(options.office).fingerprint
        text = f"would enrol at {location.shown} for store {options.store}; the office's fingerprint:\n  {fingerprint}"
        report.data({"office_fingerprint": fingerprint}, as_json=options.json, text=text)
        return Exit.OK
    make_private(options.home)
    settings = _settings(options, url)
    try:
        done = enrol.enrol(
            options.home, options.office, location, options.store, options.name, url=url, clock=chosen_clock(options)
        )
    except LocationUnreachable as problem:
        raise LocationUnreachable(problem.what, f"{problem.remedy} Enrolling again changes nothing else.") from problem
    text = (
        f"{done.device.name} ({done.device.device}) asks to be a device of store {done.device.store}.\n"
        "The office's fingerprint, to compare with what `clerk office init` showed there:\n"
        f"  {done.office_fingerprint}\n"
        f"This device's, to compare with `clerk office devices` there before `clerk office accept`:\n"
        f"  {done.device_fingerprint}\n{settings}\n"
        "Until it is accepted there, it can open no store data; after that, run `clerk fetch` here."
    )
    report.data(
        {
            "device": done.device.device, "name": done.device.name, "store": done.device.store,
            "office_fingerprint": done.office_fingerprint, "device_fingerprint": done.device_fingerprint,
        },
        as_json=options.json,
        text=text,
    )  # fmt: skip
    return Exit.OK


def _settings(options: argparse.Namespace, url: str) -> str:
    """Writes the settings a device needs, or says what to add; gives the text for a person."""
    # A JSON string is a TOML basic string too.
    words = json.dumps
    wanted = f'[exchange]\nrole = "device"\nplace = {words(url)}\nstore = {words(options.store)}\n'
    path = options.home / FILE_NAME
    if not path.exists():
        put_file(options.home, FILE_NAME, wanted.encode())
        return f"{path} says that this machine is a device."
    exchange = load(options.home).exchange
    if (exchange.role, exchange.place, exchange.store) == ("device", url, options.store):
        return f"{path} says so already: this machine is a device."
    if exchange.role == "office":
        return f"{path} stays as it is: this machine is an office and a device of it."
    return f"Add to {path}:\n{wanted}"

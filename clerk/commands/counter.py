"""`clerk open` and `clerk demo`: the counter itself; without a terminal, one member's screen as text."""

from __future__ import annotations

import argparse
import subprocess
import sys
from typing import TYPE_CHECKING

from clerk import report
from clerk.clock import DAY_S, parse_at
from clerk.commands.opening import chosen_clock, open_desk
from clerk.errors import ClerkError, PackForeign, UnknownMember
from clerk.report import Exit
from clerk.serve.handover import taken_over

if TYPE_CHECKING:
    from clerk.desk import Desk
    from clerk.model.staff import Signed

COMPLETE_JOURNEY_AT = "2017-12-15"
"""The Complete Journey ends with 2017; its counter opens on a day well inside the data."""


def run(options: argparse.Namespace) -> Exit:
    if options.command == "demo" and (failed := _prepare_demo(options)):
        return failed
    signed = taken_over()
    if signed is None and not (sys.stdin.isatty() and sys.stdout.isatty()):
        return _as_text(options)
    # The screens start before the desk: the first frame waits for neither numpy nor SQLite.
    from clerk.ui.counter.launch import open_counter

    open_counter(lambda: _signed_desk(options, signed), touch=options.touch)
    return Exit.OK


def _signed_desk(options: argparse.Namespace, signed: Signed | None) -> Desk:
    """The desk, acting for who signed in at the tablet; at a terminal it asks by itself where it has to."""
    desk = open_desk(options, "associate")
    if signed is not None:
        desk.signing.at_tablet = True
        desk.signing.sign(signed)
    return desk


def _prepare_demo(options: argparse.Namespace) -> Exit | None:
    """Builds the built-in shop unless a sound pack of the same day is installed; the exit code when that failed.

    In a process of its own: what a build loads, half a gigabyte, does not stay with the counter.

    Raises:
        PackForeign: the data folder holds another shop, which is never replaced by a demo.
    """
    if options.shop == "complete-journey" and not options.at:
        options.at = COMPLETE_JOURNEY_AT
    if _is_fresh(options):
        return None
    report.say(f"building the {options.shop} store in {options.home}: about half a minute")
    command = [sys.executable, "-m", "clerk", "build", "--shop", options.shop, "--home", str(options.home)]
    at = ["--at", options.at] if options.at else []
    code = subprocess.run([*command, *at], stdout=subprocess.DEVNULL, check=False).returncode
    return Exit(code) if code else None


def _is_fresh(options: argparse.Namespace) -> bool:
    from clerk.pack.open import current_generation, current_manifest, generation_names, open_generation, read_manifest

    home = options.home
    for name in generation_names(home):
        # Every generation is looked at: a shop of one's own must not be pruned away behind a damaged one either.
        try:
            source = str(read_manifest(home / "packs" / name).get("source", ""))
        except ClerkError:
            continue
        if source != options.shop:
            raise PackForeign(
                f"This data folder holds another shop ({source or 'unnamed'}), not {options.shop}.",
                "Give the demo a folder of its own with `--home DIR`, or open this shop with `clerk open`.",
            )
    manifest, generation = current_manifest(home), current_generation(home)
    if manifest is None or generation is None:
        return False
    try:
        open_generation(home, generation).close()
    except ClerkError:
        return False
    if options.shop == "complete-journey":
        return True
    now = parse_at(options.at) if options.at else chosen_clock(options).now()
    return int(manifest["built_at"]) // DAY_S == now // DAY_S


def _as_text(options: argparse.Namespace) -> Exit:
    from clerk.commands.member import card_text, told_unread

    desk = open_desk(options)
    try:
        status = desk.status.now()
        if not status.demo_code:
            report.say("the counter needs a terminal; `clerk show CODE` prints one member's screen.")
            return Exit.USAGE
        who = desk.finding.who(status.demo_code)
        if not isinstance(who, str):
            raise UnknownMember("The sample member is not in this store data.", "Run `clerk demo` once more.")
        card = desk.visit.open(who, "command")
        if card.unread is not None:
            return told_unread(desk, card, options)
        report.data(card, as_json=options.json, text=card_text(card, status.currency))
        return Exit.OK
    finally:
        desk.close()

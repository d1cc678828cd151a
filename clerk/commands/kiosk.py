"""`clerk kiosk`: the member's own screen on this terminal; with `--print-unit`, the service that keeps it there."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from clerk import report
from clerk.clock import FixedClock, parse_at
from clerk.report import Exit

if TYPE_CHECKING:
    from clerk.desk.kiosk.session import KioskDesk


def run(options: argparse.Namespace) -> Exit:
    """Runs the command."""
    if options.print_unit:
        return _print_unit(options)
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        report.say("the kiosk needs a terminal of its own; `clerk kiosk --print-unit` prints a service for one.")
        return Exit.USAGE
    from clerk.ui.kiosk.launch import deaf, open_kiosk

    deaf()
    clock = FixedClock(parse_at(options.at)) if options.at else None

    def open_desk() -> KioskDesk:
        # After the first frame: this imports numpy and SQLite.
        from clerk.desk.kiosk.session import KioskDesk

        return KioskDesk.open(options.home, clock=clock)

    open_kiosk(open_desk)
    return Exit.OK


def _print_unit(options: argparse.Namespace) -> Exit:
    """Prints the files of the service and how to put them in place; installs nothing."""
    from clerk.commands.kiosk_unit import files, steps
    from clerk.commands.schedule import program

    home = str(options.home.expanduser().absolute())
    made, done = files(options.print_unit, program(), sys.executable, home), steps(home)
    lines = [line for path, text in made for line in (f"# {path}", *text.splitlines(), "")]
    text = "\n".join([*lines, "write these files, then:", *(f"  {step}" for step in done)])
    report.data({"form": options.print_unit, "files": dict(made), "steps": done}, as_json=options.json, text=text)
    return Exit.OK

"""`clerk kiosk`: the member's own screen on this terminal; with `--print-unit`, the service that keeps it there."""

from __future__ import annotations

import argparse
import sys

from clerk import report
from clerk.clock import FixedClock, parse_at
from clerk.report import Exit


def run(options: argparse.Namespace) -> Exit:
    """Runs the command."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        report.say("the kiosk needs a terminal of its own; `clerk kiosk --print-unit` prints a service for one.")
        return Exit.USAGE
    from clerk.ui.kiosk.launch import deaf, open_kiosk

    deaf()
    clock = FixedClock(parse_at(options.at)) if options.at else None

    def open_desk():  # type: ignore[no-untyped-def]
        from clerk.desk.kiosk import KioskDesk

        return KioskDesk.open(options.home, clock=clock)

    open_kiosk(open_desk)
    return Exit.OK

"""The clock and desk a command works with."""

from __future__ import annotations

import argparse
from contextlib import suppress
from typing import TYPE_CHECKING

from clerk import report
from clerk.clock import Clock, FixedClock, ShopClock, parse_at
from clerk.errors import ClerkError, DiskFull, NotWritable

if TYPE_CHECKING:
    from clerk.desk import Desk


def chosen_clock(options: argparse.Namespace) -> Clock:
    """The shop's clock, or the one that `--at` fixes."""
    return FixedClock(parse_at(options.at)) if options.at else ShopClock()


def open_desk(options: argparse.Namespace, actor: str = "command") -> Desk:
    """The desk on the chosen data folder; to a command it is said that the disk is full or may only be read.

    Args:
        options: the command line.
        actor: who acts: `command` is whoever may run commands on this machine, with a manager's rights; `associate`
            is whoever stands at the counter.
    """
    from clerk.desk import Desk

    desk = Desk.open(options.home, clock=chosen_clock(options), actor=actor)
    if actor == "command":
        desk.journal.wait_until_checked()
    # What keeps the journal from being read is said by the command itself, and the counter's screens say all of it.
    with suppress(ClerkError):
        for notice in desk.journal.now().notices if actor == "command" else ():
            if notice.code in (DiskFull.code, NotWritable.code):
                report.say(f"{notice.code} {notice.what} {notice.remedy}")
    return desk

"""The clock and desk a command works with."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from clerk.clock import Clock, FixedClock, ShopClock, parse_at

if TYPE_CHECKING:
    from clerk.desk import Desk


def chosen_clock(options: argparse.Namespace) -> Clock:
    """The shop's clock, or the one that `--at` fixes."""
    return FixedClock(parse_at(options.at)) if options.at else ShopClock()


def open_desk(options: argparse.Namespace, actor: str = "command") -> Desk:
    """The desk on the chosen data folder.

    Args:
        options: the command line.
        actor: who acts: `command` is whoever may run commands on this machine, with a manager's rights; `associate`
            is whoever stands at the counter.
    """
    from clerk.desk import Desk

    return Desk.open(options.home, clock=chosen_clock(options), actor=actor)

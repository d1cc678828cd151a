"""A collector that can be killed: everything is imported once, and each round is a forked process of its own.

Reads a line for each round from stdin, and writes two: the process id of the round, and its exit status.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

# What the round needs is imported here, before the fork.
import clerk.exchange.acks
import clerk.exchange.collect  # noqa: F401
from clerk.clock import FixedClock
from clerk.exchange.collect import collect
from clerk.exchange.ledger import Ledger
from clerk.exchange.places import Place


def main(home: str, place: str, archive: str, store: str, url: str) -> None:
    """Serves rounds until stdin ends."""
    if url:
        import psycopg  # noqa: F401
    for _ in sys.stdin:
        round_pid = os.fork()
        if not round_pid:
            status = 1
            try:
                clock = FixedClock(1_800_000_000)
                with Ledger.open(url, Path(home), clock) as ledger:
                    collect(Path(home), Place(place), store, ledger, clock, archive=Place(archive))
                status = 0
            finally:
                os._exit(status)
        _say(round_pid)
        _say(os.waitstatus_to_exitcode(os.waitpid(round_pid, 0)[1]))


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])

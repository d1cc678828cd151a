"""A counter whose journal an older Clerk made: brought up to date, burned, recorded on, partly forgotten.

`python child_older.py HOME DRIVER`: prints a line for each acknowledged event, and a line with a minus before it for
each that may be gone from now on.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

from clerk import driver
from clerk.clock import FixedClock
from clerk.journal import Journal, writer
from clerk.model import EventKind
from tests.journal import older


def main() -> None:
    """One life of a journal."""
    home, module = Path(sys.argv[1]), importlib.import_module(sys.argv[2])
    driver.driver.cache_clear()
    driver.driver = lambda: module
    writer.CHECKPOINT_EVENTS = 5
    ids = older.make(home, 6, told=_say)
    with Journal.open(home, FixedClock(100)) as journal:
        first = journal.epoch
        _record(journal, 4)
        journal.burn_epoch("restored", epoch=first, known=5)
        _record(journal, 4)
        for event_id in ids[:5]:
            _say(f"-{event_id}")
        journal.prune(first, 5, 90)
        _record(journal, 2)
    with Journal.open(home, FixedClock(100)) as journal:
        _record(journal, 2)


def _record(journal: Journal, count: int) -> None:
    for number in range(count):
        payload = {"visit_id": str(number), "how": "next"}
        _say(journal.append(EventKind.VISIT_ENDED, "m1", payload).result().event_id)


def _say(line: str) -> None:
    # One unbuffered write a line: what was printed was acknowledged, whatever happens next.
    os.write(1, f"{line}\n".encode())


if __name__ == "__main__":
    main()

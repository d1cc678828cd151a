"""A change of the key that can be killed: a job for `tests.exchange.workers`, with everything imported once."""

from __future__ import annotations

import sqlite3  # noqa: F401 - imported before the clock of the killer runs
from pathlib import Path

from clerk import driver
from clerk.nights.rekey import rekey
from tests.exchange import worker_child


def rekeying(home: str, to: str) -> None:
    """One change, or the rest of one that was cut off."""
    rekey(Path(home), None if to == "finish" else to)


if __name__ == "__main__":
    driver.driver()
    worker_child.main({"rekeying": rekeying})

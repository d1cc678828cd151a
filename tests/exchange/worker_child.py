"""Work that can be killed: everything is imported once, and each job is a forked process of its own.

Reads one job a line from stdin, as JSON, and writes two lines: the process id of the job, and its exit status.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

from clerk import driver
from clerk.clock import FixedClock
from clerk.exchange.between.locations import Location
from clerk.exchange.device import prune_journal
from clerk.exchange.device.push import push
from clerk.exchange.office.collect import collect
from clerk.exchange.office.ledger.ledger import Ledger
from clerk.journal import Journal, acknowledged
from clerk.model import EventKind


def collecting(home: str, location: str, archive: str, store: str, url: str) -> None:
    """What `clerk collect` does at head office."""
    clock = FixedClock(1_800_000_000)
    with Ledger.open(url, Path(home), clock) as ledger:
        collect(Path(home), Location(location), store, ledger, clock, archive=Location(archive))


def appending(home: str, count: int, told: str, now: int) -> None:
    """A day at the counter: each event is told only after it was acknowledged."""
    # One unbuffered write a line: what stands there was acknowledged, whatever happens next.
    file = os.open(told, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    with Journal.open(Path(home), FixedClock(now)) as journal:
        for number in range(count):
            payload = {"sku": f"K-{number}", "answer": "took", "scope": "item", "visit_id": "v"}
            event = journal.append(EventKind.ANSWER, f"M-{number}", payload).result()
            os.write(file, f"{event.event_id}\n".encode())


def pushing(home: str, location: str, now: int) -> None:
    """What `clerk push` does on a device."""
    push(Path(home), Location(location), FixedClock(now))


def forgetting(home: str, now: int) -> None:
    """What a device does after it fetched a pack that tells everything that was received."""
    known = acknowledged.read(Path(home))
    with Journal.open(Path(home), FixedClock(now)) as journal:
        until = {epoch: got.seq for epoch, (got, _) in known.get(journal.device, {}).items()}
        facts = {"events_until": json.dumps({journal.device: until})}
        prune_journal.prune(journal, known, [facts], 7, now)


JOBS = {job.__name__: job for job in (collecting, appending, pushing, forgetting)}


def main(jobs: Mapping[str, Callable[..., None]] = JOBS) -> None:
    """Serves jobs until stdin ends."""
    driver.driver()
    for late in ("psycopg", "sqlalchemy.dialects.postgresql.psycopg", "sqlalchemy.dialects.sqlite.pysqlite"):
        # What is imported only when it is needed would be imported by each job again.
        if importlib.util.find_spec(late.partition(".")[0]):
            importlib.import_module(late)
    before = 0
    for line in sys.stdin:
        if before:
            # Only now: until then its number is no other process's, and it may be killed though it has ended.
            os.waitpid(before, 0)
        job, *values = json.loads(line)
        pid = os.fork()
        if not pid:
            status = 1
            try:
                jobs[job](*values)
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        _say(pid)
        before = pid
        ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert ended is not None
        _say(ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status)


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

"""How long a durable append takes, alone and while a bulk load of 1.5 million rows is written beside it.

`python -m benchmarks.append [--rows N] [--seconds S] [--folder DIR] [--json]`. Goal: p99 at most 50 ms, none refused.
The load is what a nightly build writes: a new SQLite file beside the journal, rows first, indexes after, then a sync.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import tempfile
import time
from concurrent.futures import Future
from multiprocessing.process import BaseProcess
from pathlib import Path

from clerk import driver
from clerk.clock import ShopClock
from clerk.errors import ClerkError
from clerk.journal import Journal
from clerk.model import Event, EventKind

GOAL_MS = 50.0
_PAUSE_S = 0.005
"""Two hundred answers a second: more than any counter, so that the load is met at every stage."""


def load(path: Path, rows: int) -> None:
    """Writes a table of purchases with two indexes into a new file and syncs it."""
    connection = driver.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(
        "CREATE TABLE lines (basket INTEGER, member INTEGER, item INTEGER, at INTEGER, quantity REAL, price INTEGER,"
        " reference TEXT)"
    )
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?, ?)",
        ((n // 8, n % 2469, n * 7919 % 92331, n, 1.0, 399, f"{n // 8}:{n % 8}") for n in range(rows)),
    )
    connection.execute("CREATE INDEX by_member ON lines (member, at)")
    connection.execute("CREATE INDEX by_item ON lines (item)")
    connection.execute("COMMIT")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA user_version = 1")
    connection.close()


def appends(journal: Journal, seconds: float, beside: BaseProcess | None = None) -> dict[str, float]:
    """Appends one event every 5 ms for a time, or as long as the process beside lives; milliseconds and counts."""
    taken_ms: list[float] = []
    refused = 0
    until = time.perf_counter() + seconds
    while beside.is_alive() if beside else time.perf_counter() < until:
        began = time.perf_counter()
        payload = {"sku": "TEA-1", "answer": "took", "scope": "item", "visit_id": "v"}
        future: Future[Event] = journal.append(EventKind.ANSWER, f"m{len(taken_ms) % 400}", payload)
        try:
            future.result()
        except ClerkError:
            refused += 1
        taken_ms.append((time.perf_counter() - began) * 1000)
        time.sleep(_PAUSE_S)
    cuts = statistics.quantiles(taken_ms, n=100)
    return {
        "appends": len(taken_ms),
        "p50_ms": round(cuts[49], 3),
        "p99_ms": round(cuts[98], 3),
        "max_ms": round(max(taken_ms), 3),
        "refused": refused,
    }


def main() -> None:
    """Measures both and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_500_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--folder", type=Path, help="where to write; by default the system's temporary folder")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name, Journal.open(Path(name), ShopClock()) as journal:
        alone = appends(journal, options.seconds)
        spawn = multiprocessing.get_context("spawn")
        builder = spawn.Process(target=load, args=(Path(name) / "pack.db", options.rows))
        began = time.perf_counter()
        builder.start()
        beside = appends(journal, options.seconds, builder)
        builder.join()
        beside["load_s"] = round(time.perf_counter() - began, 1)
        beside["rows"] = options.rows
        chain = journal.verify()
    if options.json:
        print(json.dumps({"alone": alone, "beside": beside, "goal_p99_ms": GOAL_MS, "chain_holds": chain.ok}))
        return
    print(
        f"durable append          appends   p50 ms   p99 ms   max ms  refused   (goal: p99 ≤ {GOAL_MS:g} ms, 0 refused)"
    )
    for words, row in (("alone", alone), (f"beside {options.rows:,} rows", beside)):
        times = "".join(f"{row[name]:>9.2f}" for name in ("p50_ms", "p99_ms", "max_ms"))
        figures = f"{row['appends']:>7.0f}{times}{row['refused']:>9.0f}"
        print(f"{words:<24}{figures}")
    print(f"load {beside['load_s']} s; {chain.events:,} events, chain {'holds' if chain.ok else chain.damage}")


if __name__ == "__main__":
    main()

"""A PIN check: how long it takes, and how long the screen's own thread stands still while it runs.

`python -m benchmarks.pin [--checks N] [--json]`. Goal: 100 to 250 ms, off the UI thread; no stall over 50 ms.

The check runs on a worker as at the counter, while the main thread wakes every millisecond as a drawing loop does;
its longest gap is compared with the longest gap of the same loop when nothing is checked.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from clerk.clock import ShopClock
from clerk.errors import PinRefused
from clerk.people import People, pins
from clerk.settings import PeopleSettings

CHECKS = 20
GOAL_MS = (100, 250)
_TICK_S = 0.001


def main() -> int:
    """Measures and prints one line, or one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checks", type=int, default=CHECKS)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        people = People(Path(folder), ShopClock(), PeopleSettings(tries=20))
        people.add("Maia", "4071")
        right, wrong, nobody, own_core = [], [], [], []
        for _ in range(chosen.checks):
            before = time.thread_time()
            right.append(spent(people, "Maia", "4071"))
            own_core.append((time.thread_time() - before) * 1000)
            wrong.append(spent(people, "Maia", "5555"))
            nobody.append(spent(people, "Nobody", "5555"))
            people.unlock("Maia")
        quiet = longest_gap(None, chosen.checks * statistics.median(right) / 1000)
        busy = longest_gap(lambda: [people.check_pin("Maia", "4071") for _ in range(chosen.checks)], 0)
    figures = {
        "checks": chosen.checks,
        "right_p50_ms": round(statistics.median(right)),
        "right_worst_ms": round(max(right)),
        "wrong_p50_ms": round(statistics.median(wrong)),
        "unknown_name_p50_ms": round(statistics.median(nobody)),
        "core_time_p50_ms": round(statistics.median(own_core)),
        "longest_stall_ms": round(busy, 1),
        "longest_stall_without_checks_ms": round(quiet, 1),
        "memory_mb": pins.MEMORY_KIB // 1024,
        "goal_ms": GOAL_MS,
    }
    print(json.dumps(figures) if chosen.json else "  ".join(f"{name} {value}" for name, value in figures.items()))
    return 0


def spent(people: People, name: str, pin: str) -> float:
    """Milliseconds of one check, whatever comes of it."""
    began = time.perf_counter()
    with contextlib.suppress(PinRefused):
        people.check_pin(name, pin)
    return (time.perf_counter() - began) * 1000


def longest_gap(work: object, seconds: float) -> float:
    """Longest time in ms between two wakes of this thread, while work runs on another or for so many seconds."""
    thread = threading.Thread(target=work) if callable(work) else None
    if thread is not None:
        thread.start()
    until = time.perf_counter() + seconds
    longest, before = 0.0, time.perf_counter()
    while thread.is_alive() if thread is not None else time.perf_counter() < until:
        time.sleep(_TICK_S)
        now = time.perf_counter()
        longest, before = max(longest, now - before), now
    return longest * 1000


if __name__ == "__main__":
    sys.exit(main())

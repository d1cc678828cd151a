"""What encryption costs: `desk.visit.open` plain and encrypted, opening, recording, and writing a pack.

`python -m benchmarks.encryption [--home DIR] [--at TIME] [--members N] [--json]`. The pack in use is copied twice into
scratch folders, one of them put under a key as `clerk key set` does it; both are then measured turn by turn, the page
cache of the system warm for both. Each member is opened once a round, so that SQLite's own cache is as cold as it is
at a counter. Nothing of the home is changed.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does, before numpy is imported

from benchmarks.open_visit import heaviest_first
from clerk.clock import FixedClock, parse_at
from clerk.desk import Desk
from clerk.home import default_home
from clerk.journal import Journal
from clerk.model import EventKind
from clerk.nights.rekey import rekey
from clerk.pack.open import CURRENT, DATABASE, PACKS, current_generation

ROUNDS = 3
COMMITS = 200
STARTS = 9


def main() -> int:
    """Measures and prints a table, or one JSON document."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--home", type=Path, default=default_home("complete-journey"))
    options.add_argument("--at", default="2017-12-15")
    options.add_argument("--members", type=int, default=1000)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    generation = current_generation(chosen.home)
    if generation is None:
        print(f"no pack in {chosen.home}: run `clerk build --shop complete-journey` first", file=sys.stderr)
        return 3
    clock = FixedClock(parse_at(chosen.at))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        plain, sealed = Path(scratch) / "plain", Path(scratch) / "sealed"
        for home in (plain, sealed):
            shutil.copytree(chosen.home / PACKS / generation, home / PACKS / generation)
            (home / PACKS / CURRENT).write_text(generation + "\n")
        size = (sealed / PACKS / generation / DATABASE).stat().st_size / 1e6
        began = time.perf_counter()
        rekey(sealed, "file:rest.key")
        writing = time.perf_counter() - began
        ids = heaviest_first(plain)[: chosen.members]
        figures = {
            "members": len(ids),
            **_visits(plain, sealed, ids, clock),
            **_twice("open_counter", lambda home: _start(home, clock), plain, sealed),
            **_twice("commit", lambda home: _commits(home, clock), plain, sealed),
            "pack_mb": round(size, 1),
            "under_a_key_s": round(writing, 2),
        }
    text = "\n".join(f"{name:<28} {value}" for name, value in figures.items())
    print(json.dumps(figures) if chosen.json else text)
    return 0


def _visits(plain: Path, sealed: Path, ids: list[str], clock: FixedClock) -> dict[str, float]:
    """Every member in both, turn by turn, so that whatever else runs on this machine strikes both alike."""
    desks = [Desk.open(home, clock=clock) for home in (plain, sealed)]
    took: list[list[float]] = [[], []]
    for member_id in ids[:20]:
        for desk in desks:
            desk.visit.open(member_id, "command")
    gc.collect()
    gc.freeze()
    for turn in range(ROUNDS):
        for number, member_id in enumerate(ids):
            for which in (0, 1) if (number + turn) % 2 else (1, 0):
                began = time.perf_counter()
                desks[which].visit.open(member_id, "command")
                took[which].append((time.perf_counter() - began) * 1e3)
    for desk in desks:
        desk.close()
    found: dict[str, float] = {}
    for name, place in (("p50", 0.5), ("p99", 0.99)):
        both = [sorted(times)[int(len(times) * place)] for times in took]
        found |= {f"open_visit_{name}_plain_ms": round(both[0], 2), f"open_visit_{name}_sealed_ms": round(both[1], 2)}
        found[f"open_visit_{name}_ratio"] = round(both[1] / both[0], 2)
    return found


def _start(home: Path, clock: FixedClock) -> float:
    times = []
    for _ in range(STARTS):
        began = time.perf_counter()
        Desk.open(home, clock=clock).close()
        times.append((time.perf_counter() - began) * 1e3)
    return sorted(times)[len(times) // 2]


def _commits(home: Path, clock: FixedClock) -> float:
    times = []
    with Journal.open(home, clock) as journal:
        for number in range(COMMITS):
            began = time.perf_counter()
            journal.append(EventKind.VISIT_OPENED, f"m{number}", {"how": "command"}).result()
            times.append((time.perf_counter() - began) * 1e3)
    return sorted(times)[len(times) // 2]


def _twice(name: str, measure: Callable[[Path], float], plain: Path, sealed: Path) -> dict[str, float]:
    return {f"{name}_plain_ms": round(measure(plain), 2), f"{name}_sealed_ms": round(measure(sealed), 2)}


if __name__ == "__main__":
    sys.exit(main())

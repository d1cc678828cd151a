"""Is every number on a card true: `python -m benchmarks.recount [--members 500] [--json]`, both shops, several dates.

Cards and answers to why are made by the real desk from a real build, and every number in them is counted anew from the
canonical rows by code of its own (`tests/recount`).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does, before numpy is imported

from clerk.clock import parse_at
from clerk.demo.complete_journey import write_complete_journey
from clerk.demo.sample_store import write_sample_store
from tests.recount.cards import recounted
from tests.recount.sentences import Recount, summary

GOALS = {"wrong": 0}

SHOPS: dict[str, tuple[Callable[[Path], None], str, tuple[str, ...]]] = {
    "sample": (
        lambda folder: write_sample_store(folder, date(2026, 3, 10)),
        "2026-03-10T09:00",
        ("2026-03-10T09:00", "2026-02-03T17:30", "2025-11-20T12:00"),
    ),
    "journey": (write_complete_journey, "2018-01-02", ("2018-01-02", "2017-10-01T18:00", "2017-03-15T12:00")),
}
"""How each shop's tables are written, when it is built, and when members are looked at."""


def main() -> int:
    """Prints what was counted and what is wrong, or one JSON document."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("shops", nargs="*", metavar="SHOP", choices=[*SHOPS, []])
    options.add_argument("--members", type=int, default=500)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    figures = {}
    for name in chosen.shops or SHOPS:
        counted, wrong = summary(_recounts(name, chosen.members))
        figures[name] = {"sentences": sum(counted.values()), "wrong": len(wrong), "kinds": dict(counted.most_common())}
        if not chosen.json:
            print(f"{name}: {sum(counted.values()):,} sentences recounted, {len(wrong):,} wrong")
            for kind, times in counted.most_common():
                print(f"  {times:9,}  {kind}")
            print("\n".join(wrong[:40]), flush=True)
    if chosen.json:
        print(json.dumps(figures, indent=1))
    return int(any(one["wrong"] for one in figures.values()))


def _recounts(name: str, members: int) -> Iterator[Recount]:
    write, built_at, dates = SHOPS[name]
    with tempfile.TemporaryDirectory(prefix="clerk-bench-") as scratch:
        folder, home = Path(scratch) / "tables", Path(scratch) / "home"
        folder.mkdir()
        write(folder)
        yield from recounted(folder, home, parse_at(built_at), [parse_at(at) for at in dates], members)


if __name__ == "__main__":
    sys.exit(main())

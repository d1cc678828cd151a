"""The Complete Journey in the inbox to an installed, verified pack: `python -m benchmarks.night [--json] [--meaning]`.

First night: every table as canonical CSV. Then an incremental night: the lines of one more day. Both run the real
command in a process of their own, with its peak memory; the data's own size is the bytes of the CSV files. Goals: 45 s
and 400 MB above the data's own size for the first night without embedding, 10 s for one day's lines.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

GOAL_FIRST_S = 45
GOAL_DAY_S = 10
GOAL_ABOVE_MB = 400


def main() -> None:
    """Writes the tables, runs three nights, prints a table or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--meaning", action="store_true", help="with vectors of all items (not part of the goal)")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        _write_inbox(options.write)
        return
    with tempfile.TemporaryDirectory(prefix="clerk-night-") as scratch:
        home = Path(scratch) / "home"
        inbox = home / "inbox"
        inbox.mkdir(parents=True)
        # In a process of its own: on Linux a child's peak memory begins with what its parent holds.
        subprocess.run([sys.executable, "-m", "benchmarks.night", "--write", str(inbox)], check=True)
        data_mb = sum(path.stat().st_size for path in inbox.iterdir()) / 1e6
        first = _night(home, meaning=options.meaning)
        (home / "lines-of-a-day.csv").rename(inbox / "lines-of-a-day.csv")
        nights = {"first night": first, "one more day": _night(home, meaning=options.meaning)}
        nights["nothing new"] = _night(home, meaning=options.meaning)
    first["data_mb"], first["above_mb"] = round(data_mb, 1), round(first["peak_mb"] - data_mb)
    if options.json:
        print(json.dumps(nights))
        return
    print(f"The Complete Journey, {data_mb:.0f} MB of CSV in the inbox, `clerk nightly`")
    goals = {"first night": GOAL_FIRST_S, "one more day": GOAL_DAY_S}
    for name, night in nights.items():
        goal = f" (goal {goals[name]} s)" if name in goals else ""
        wall = f"{night['wall_s']:.1f} s wall{goal}, {night['cpu_s']:.1f} s CPU"
        print(f"{name}: {wall}, {night['peak_mb']:.0f} MB peak, {night['outcome']}")
        print("   " + ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in night["seconds"].items()))
    print(f"above the data's own size: {first['above_mb']} MB (goal {GOAL_ABOVE_MB} MB)")
    print("   " + ", ".join(f"{number:,} {what}" for what, number in first["counts"].items()))


def _write_inbox(inbox: Path) -> None:
    """Everything but the last day as CSV; the last day's lines beside the inbox."""
    import polars as pl

    from clerk.demo.complete_journey import write_complete_journey

    write_complete_journey(inbox)
    for path in inbox.glob("*.parquet"):
        pl.read_parquet(path).write_csv(path.with_suffix(".csv"))
        path.unlink()
    lines = pl.read_csv(inbox / "lines.csv", infer_schema=False)
    date = pl.col("sold_at").str.slice(0, 10)
    last = lines.select(date.max()).item()
    lines.filter(date != last).write_csv(inbox / "lines.csv")
    lines.filter(date == last).write_csv(inbox.parent / "lines-of-a-day.csv")


def _night(home: Path, *, meaning: bool) -> dict[str, Any]:
    command = [sys.executable, "-m", "clerk", "nightly", "--home", str(home), "--now", "--json"]
    began = time.perf_counter()
    with subprocess.Popen(
        [*command, *([] if meaning else ["--no-meaning"])], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        assert child.stdout is not None
        told = json.loads(child.stdout.read())
        # The child's own peak: RUSAGE_CHILDREN would be the largest of all children.
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    if child.returncode:
        sys.exit(json.dumps(told.get("error")))
    return {
        "wall_s": round(wall, 2),
        "cpu_s": round(used.ru_utime + used.ru_stime, 2),
        "peak_mb": round(used.ru_maxrss / 1e3),
        "outcome": told["outcome"],
        "seconds": {**told["seconds"], **((told["build"] or {}).get("seconds", {}))},
        "counts": (told["build"] or {}).get("counts", {}),
    }


if __name__ == "__main__":
    main()

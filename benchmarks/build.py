"""Canonical CSV to an installed, verified pack, The Complete Journey: `python -m benchmarks.build [--embed] [--json]`.

Goals without vectors, with learning: 45 s, and at most the size of the tables and 400 MB of memory. Builds in a process
of its own; memory is counted over it and every process that it starts, together at each moment. `--embed` also makes
every vector, with the encoder bundle at `--encoder`, which is prepared first when it is not there (not counted). The
second build learns nothing and shows what the rest of it costs; no text is embedded again.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GOAL_S, GOAL_MB = 45.0, 400.0
"""Wall seconds, and megabytes above the size of the tables."""


def main() -> None:
    """Writes the tables, builds twice, prints a table or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--embed", action="store_true", help="with vectors of all items")
    parser.add_argument("--encoder", type=Path, help="a prepared encoder bundle")
    parser.add_argument("--from", dest="folder", type=Path, help="another canonical folder")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--once", nargs=2, type=Path, metavar=("FOLDER", "HOME"), help=argparse.SUPPRESS)
    parser.add_argument("--no-learning", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        once(*options.once, embed=options.embed, learning=not options.no_learning)
        return
    with tempfile.TemporaryDirectory(prefix="clerk-build-") as scratch:
        folder, home = options.folder or Path(scratch) / "tables", Path(scratch) / "home"
        if options.folder is None:
            from clerk.demo.complete_journey import write_complete_journey

            write_complete_journey(folder)
            _as_csv(folder)
        if options.embed:
            _bundle(home, options.encoder)
        runs = [_in_own_process(folder, home, embed=options.embed, learning=learning) for learning in (True, False)]
        size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    result = {"embed": options.embed, "tables_mb": round(size, 1), "first": runs[0], "again": runs[1]}
    if options.json:
        print(json.dumps(result))
        return
    print(
        f"{size:.0f} MB of tables to installed pack, " + ("every item embedded" if options.embed else "without vectors")
    )
    for name, run in (("with learning", runs[0]), ("without learning", runs[1])):
        print(
            f"{name}: {run['wall_s']:.1f} s wall, {run['cpu_s']:.1f} s CPU, {run['rss_mb']:.0f} MB at most, "
            f"{run['embedded']:,} texts embedded, pack {run['pack_mb']:.0f} MB"
        )
        print("   " + ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in run["seconds"].items()))
    if not options.embed:
        print(f"goal: {GOAL_S:.0f} s, {size + GOAL_MB:.0f} MB at most")
    print("   " + ", ".join(f"{number:,} {what}" for what, number in runs[0]["counts"].items()))


def once(folder: Path, home: Path, *, embed: bool, learning: bool) -> None:
    """One build in this process; prints its figures as JSON."""
    from clerk.clock import ShopClock
    from clerk.pack.generations import generations
    from clerk.pack_build.build import build
    from clerk.pack_build.learn.process import learn_apart
    from embeddings import open_bundle

    began = time.perf_counter()
    encoder = open_bundle(home / "encoder", workers=2) if embed else None
    report = build(folder, home, clock=ShopClock(), encoder=encoder, learn=learn_apart if learning else None)
    wall = time.perf_counter() - began
    own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    figures = {
        "wall_s": round(wall, 2),
        "cpu_s": round(own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime, 2),
        "learning_cpu_s": round(others.ru_utime + others.ru_stime, 2),
        "own_rss_mb": round(own.ru_maxrss * 1024 / 1e6),
        "embedded": report.embedded,
        "pack_mb": generations(home)[0].size_bytes / 1e6,
        "seconds": report.seconds,
        "counts": report.counts,
    }
    print(json.dumps(figures))


def _in_own_process(folder: Path, home: Path, *, embed: bool, learning: bool) -> dict:  # type: ignore[type-arg]
    command = [sys.executable, "-m", "benchmarks.build", "--once", str(folder), str(home)]
    command += [*(["--embed"] if embed else []), *([] if learning else ["--no-learning"])]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, stdout=out, stderr=err)
        peak = 0
        while process.poll() is None:
            peak = max(peak, _resident(process.pid))
            time.sleep(0.01)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            sys.exit(err.read().decode())
        figures = json.loads(out.read())
    # Elsewhere than on Linux nobody can be looked at from outside.
    return {**figures, "rss_mb": round(peak / 1e6) or figures["own_rss_mb"]}


def _resident(pid: int) -> int:
    """Bytes that a process and every process it started hold now; pages they share count for each."""
    try:
        held = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return held + sum(_resident(int(child)) for task in tasks for child in (task / "children").read_text().split())
    except (OSError, IndexError):
        return 0


def _as_csv(folder: Path) -> None:
    """The tables as a shop would export them."""
    import polars as pl

    for path in folder.glob("*.parquet"):
        pl.read_parquet(path).write_csv(path.with_suffix(".csv"), datetime_format="%Y-%m-%dT%H:%M:%S")
        path.unlink()


def _bundle(home: Path, prepared: Path | None) -> None:
    import shutil

    from embeddings.prepare import prepare

    home.mkdir(parents=True, exist_ok=True)
    if prepared is not None:
        shutil.copytree(prepared, home / "encoder")
    else:
        prepare(home / "encoder")


if __name__ == "__main__":
    main()

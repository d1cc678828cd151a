"""Canonical tables to an installed pack, The Complete Journey: `python -m benchmarks.build [--embed] [--json]`.

Builds in a process of its own, so that its memory is its own. `--embed` also makes every vector, with the encoder
bundle at `--encoder`, which is prepared first when it is not there (not counted). The second build shows what an
unchanged night costs: no text is embedded again.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Writes the tables, builds twice, prints a table or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--embed", action="store_true", help="with vectors of all items")
    parser.add_argument("--encoder", type=Path, help="a prepared encoder bundle")
    parser.add_argument("--from", dest="folder", type=Path, help="another canonical folder")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--once", nargs=2, type=Path, metavar=("FOLDER", "HOME"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        once(*options.once, embed=options.embed)
        return
    with tempfile.TemporaryDirectory(prefix="clerk-build-") as scratch:
        folder, home = options.folder or Path(scratch) / "tables", Path(scratch) / "home"
        if options.folder is None:
            from clerk.nightly.sources.complete_journey import write_complete_journey

            write_complete_journey(folder)
        if options.embed:
            _bundle(home, options.encoder)
        runs = [_in_own_process(folder, home, embed=options.embed) for _ in range(2)]
    result = {"embed": options.embed, "first": runs[0], "again": runs[1]}
    if options.json:
        print(json.dumps(result))
        return
    print("tables to installed pack, " + ("every item embedded" if options.embed else "without vectors"))
    for name, run in (("first night", runs[0]), ("unchanged night", runs[1])):
        print(
            f"{name}: {run['wall_s']:.1f} s wall, {run['cpu_s']:.1f} s CPU, {run['rss_mb']:.0f} MB at most, "
            f"{run['embedded']:,} texts embedded, pack {run['pack_mb']:.0f} MB"
        )
        print("   " + ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in run["seconds"].items()))
    print("   " + ", ".join(f"{number:,} {what}" for what, number in runs[0]["counts"].items()))


def once(folder: Path, home: Path, *, embed: bool) -> None:
    """One build in this process; prints its figures as JSON."""
    import time

    from clerk.clock import ShopClock
    from clerk.nightly.build import build
    from clerk.nightly.install import generations
    from embeddings import open_bundle

    began = time.perf_counter()
    encoder = open_bundle(home / "encoder", workers=2) if embed else None
    report = build(folder, home, clock=ShopClock(), encoder=encoder)
    wall = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    figures = {
        "wall_s": round(wall, 2),
        "cpu_s": round(used.ru_utime + used.ru_stime, 2),
        "rss_mb": round(used.ru_maxrss / 1e3),
        "embedded": report.embedded,
        "pack_mb": generations(home)[0].size_bytes / 1e6,
        "seconds": report.seconds,
        "counts": report.counts,
    }
    print(json.dumps(figures))


def _in_own_process(folder: Path, home: Path, *, embed: bool) -> dict:  # type: ignore[type-arg]
    command = [sys.executable, "-m", "benchmarks.build", "--once", str(folder), str(home)]
    done = subprocess.run([*command, *(["--embed"] if embed else [])], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


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

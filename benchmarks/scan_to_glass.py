"""Last key of a scan written to a real terminal → member screen fully drawn: p50, p99, and the ratio to the floor.

`python -m benchmarks.scan_to_glass [--home DIR] [--at TIME] [--codes FILE] [--scans N] [--json]`. Goal: 15 / 50 ms.

The counter runs on a pty of 110 x 30 as a person starts it; codes are typed as a scanner types them, the heaviest 1 %
of members among them. Time is taken from the write of the suffix key to the last byte of the new screen. The floor, in
the same run and on the same pty size, is a bare loop that reads the card and the member's lines from the same SQLite
file and writes back the very bytes the counter painted. USB, terminal emulator and display come on top of both.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import termios
import tty
from pathlib import Path

from benchmarks._terminal import Terminal, codes_of, counter_command, quantile, scratch_home
from clerk.home import default_home

SCANS = 300
WARM = 20
"""Scans before the clock runs; the first ones read cold pages."""

GOAL_MS = (15.0, 50.0)


def main() -> int:
    """Measures and prints one line, or one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=default_home("complete-journey"))
    parser.add_argument("--at", default="2017-12-15")
    parser.add_argument("--codes", type=Path)
    parser.add_argument("--scans", type=int, default=SCANS)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--floor", nargs=2, metavar=("DATABASE", "FRAME"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.floor:
        return floor_loop(*chosen.floor)
    with scratch_home(chosen.home) as home:
        codes = codes_of(home, chosen.scans, chosen.codes)
        random.Random(7).shuffle(codes)
        counter = Terminal(counter_command(home, chosen.at))
        try:
            counter.painted(b"F3")
            for code in codes[:WARM]:
                counter.scan(code)
                counter.painted(b"Worth mentioning")
            took, frame = timed(counter, codes)
        finally:
            counter.close()
        floor_took = measured_floor(home, codes, frame)
    figures = {
        "scans": len(took),
        "bytes": len(frame),
        "p50_ms": round(quantile(took, 0.5), 2),
        "p99_ms": round(quantile(took, 0.99), 2),
        "max_ms": round(max(took), 2),
        "floor_p50_ms": round(quantile(floor_took, 0.5), 2),
        "floor_p99_ms": round(quantile(floor_took, 0.99), 2),
        "times_floor_p50": round(quantile(took, 0.5) / quantile(floor_took, 0.5), 1),
        "goal_ms": GOAL_MS,
    }
    print(json.dumps(figures) if chosen.json else "  ".join(f"{name} {value}" for name, value in figures.items()))
    return 0


def timed(terminal: Terminal, codes: list[str]) -> tuple[list[float], bytes]:
    """Milliseconds of each scan, and the longest screen that was painted."""
    took: list[float] = []
    longest = b""
    for code in codes:
        pressed = terminal.scan(code)
        out, _, last = terminal.painted(b"Worth mentioning")
        took.append((last - pressed) * 1e3)
        longest = max(longest, out, key=len)
    return took, longest


def measured_floor(home: Path, codes: list[str], frame: bytes) -> list[float]:
    """The same scans against the bare loop."""
    generation = (home / "packs" / "CURRENT").read_text().strip()
    database = home / "packs" / generation / "pack.db"
    with tempfile.NamedTemporaryFile(suffix=".frame") as stored:
        stored.write(frame)
        stored.flush()
        command = [sys.executable, "-m", "benchmarks.scan_to_glass", "--floor", str(database), stored.name]
        bare = Terminal(command)
        try:
            bare.painted(b"bare loop ready")
            for code in codes[:WARM]:
                bare.scan(code)
                bare.painted(b"Worth mentioning")
            return timed(bare, codes)[0]
        finally:
            bare.close()


def floor_loop(database: str, frame_file: str) -> int:
    """Reads a code, the member's lines, writes the frame; nothing else."""
    from clerk import driver
    from clerk.pack.statements import CARDS_BY_CODE, LINES

    frame = Path(frame_file).read_bytes()
    connection = driver.connect(f"file:{database}?mode=ro", uri=True)
    tty.setraw(0, termios.TCSANOW)
    os.write(1, b"bare loop ready")
    typed = b""
    while piece := os.read(0, 4096):
        typed += piece
        while b"\r" in typed:
            code, _, typed = typed.partition(b"\r")
            for _, member_no, *_ in connection.execute(CARDS_BY_CODE, (code.decode(),)).fetchall():
                connection.execute(LINES, (member_no,)).fetchall()
            at = 0
            while at < len(frame):
                at += os.write(1, frame[at:])
    return 0


if __name__ == "__main__":
    sys.exit(main())

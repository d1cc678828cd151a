"""Start of the counter on a real terminal: spawn → first frame, and spawn → a first scan answered.

`python -m benchmarks.start [--home DIR] [--at TIME] [--codes FILE] [--starts N] [--json]`. Goal: 0.35 / 0.9 s.

The scan is typed as soon as the first frame is there, while the store data is still being opened.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path

from benchmarks._terminal import Terminal, codes_of, counter_command, scratch_home
from clerk.home import default_home

STARTS = 9
GOAL_S = (0.35, 0.9)


def main() -> int:
    """Measures and prints one line, or one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=default_home("complete-journey"))
    parser.add_argument("--at", default="2017-12-15")
    parser.add_argument("--codes", type=Path)
    parser.add_argument("--starts", type=int, default=STARTS)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    frames, answers = [], []
    with scratch_home(chosen.home) as home:
        codes = codes_of(home, chosen.starts + 1, chosen.codes)
        for code in codes[: chosen.starts + 1]:
            frame, answer = one_start(home, chosen.at, code)
            frames.append(frame)
            answers.append(answer)
    # The first start reads cold files and writes byte code; it is not counted.
    figures = {
        "starts": len(frames) - 1,
        "first_frame_s": round(statistics.median(frames[1:]), 3),
        "first_frame_worst_s": round(max(frames[1:]), 3),
        "first_scan_answered_s": round(statistics.median(answers[1:]), 3),
        "first_scan_worst_s": round(max(answers[1:]), 3),
        "goal_s": GOAL_S,
    }
    print(json.dumps(figures) if chosen.json else "  ".join(f"{name} {value}" for name, value in figures.items()))
    return 0


def one_start(home: Path, at: str, code: str) -> tuple[float, float]:
    """Seconds to the first frame and to the first answer."""
    terminal = Terminal(counter_command(home, at))
    try:
        _, _, last = terminal.painted(b"Close", quiet_s=0.002)
        first_frame = last - terminal.began
        terminal.scan(code)
        _, _, answered = terminal.painted(b"Worth mentioning")
        return first_frame, answered - terminal.began
    finally:
        terminal.close()


if __name__ == "__main__":
    sys.exit(main())

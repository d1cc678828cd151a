"""The kiosk on a real terminal: last key of a scan → drawn (p50, p99), and how long its clearing takes.

`python -m benchmarks.kiosk [--home DIR] [--at TIME] [--codes FILE] [--scans N] [--json]`. Goals: 150 ms p99, 100 ms.

`clerk kiosk` runs on a pty of 110 x 30 as a service starts it; codes are typed as a scanner types them. The time is
taken from the write of the suffix key to the last byte of the member's screen. A wipe is the end of a visit: from the
key that ends it, which is held for 35 ms to be told from a scan, to the last byte painted, scroll-back erased. The end
of the idle countdown runs the same code, and is timed from its first byte to its last.

After a visit a fresh process takes over. The next card comes a second later; "at once" is a card that is scanned while
the processes change, 60 ms after the wipe: its keys wait in the terminal.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from pathlib import Path

from benchmarks._terminal import Terminal, codes_of, quantile, scratch_home
from clerk.home import default_home

SCANS = 200
WARM = 10
"""Scans before the clock runs."""

NEXT_S = 1.0
"""From the end of a visit to the next member's card."""
AT_ONCE = 10
"""Scans that do not wait for that."""

GOAL_MS = (150.0, 100.0)
MEMBER, EMPTY, CLEARED = b"Hello", b"Scan your card", b"\x1b[3J"
IDLE_TOML = "[kiosk]\nidle_s = 10\nwarn_s = 20\nbad_scans = 100\n"


def main() -> int:
    """Measures and prints one line, or one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=default_home("complete-journey"))
    parser.add_argument("--at", default="2017-12-15")
    parser.add_argument("--codes", type=Path)
    parser.add_argument("--scans", type=int, default=SCANS)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with scratch_home(chosen.home) as home:
        (home / "settings.toml").unlink(missing_ok=True)
        (home / "settings.toml").write_text(IDLE_TOML)
        # Old numbers that two members share open nobody here; they are sent to the counter.
        codes = [code for code in codes_of(home, chosen.scans * 2, chosen.codes) if code.isalpha()][: chosen.scans]
        random.Random(7).shuffle(codes)
        at = ["--at", chosen.at] if chosen.at else []
        kiosk = Terminal([sys.executable, "-m", "clerk", "kiosk", "--home", str(home), *at])
        try:
            kiosk.painted(EMPTY)
            drawn, wiped = [], []
            for number, code in enumerate((*codes[:WARM], *codes)):
                time.sleep(NEXT_S)
                took, clearing = scanned(kiosk, code)
                if number >= WARM:
                    drawn.append(took)
                    wiped.append(clearing)
            at_once = [scanned(kiosk, code)[0] for code in codes[:AT_ONCE]]
            idle = left_alone(kiosk, codes[0])
        finally:
            kiosk.close()
    figures = {
        "scans": len(drawn),
        "p50_ms": round(quantile(drawn, 0.5), 2),
        "p99_ms": round(quantile(drawn, 0.99), 2),
        "at_once_p50_ms": round(quantile(at_once, 0.5), 2),
        "wipe_p50_ms": round(quantile(wiped, 0.5), 2),
        "wipe_p99_ms": round(quantile(wiped, 0.99), 2),
        "idle_wipe_ms": round(idle, 2),
        "goal_ms": GOAL_MS,
    }
    print(json.dumps(figures) if chosen.json else "  ".join(f"{name} {value}" for name, value in figures.items()))
    return 0


def scanned(kiosk: Terminal, code: str) -> tuple[float, float]:
    """Milliseconds from a scan to the member's screen, and from its end to the empty one."""
    pressed = kiosk.scan(code)
    _, _, last = kiosk.painted(MEMBER)
    took = (last - pressed) * 1e3
    # "I'm done": the same clearing as after the countdown, with the goodbye behind it.
    pressed = kiosk.write(b"0")
    _, _, last = kiosk.painted(CLEARED)
    return took, (last - pressed) * 1e3


def left_alone(kiosk: Terminal, code: str) -> float:
    """Milliseconds from the first to the last byte of the clearing after the countdown."""
    kiosk.scan(code)
    kiosk.painted(MEMBER)
    out = b""
    while EMPTY not in out or CLEARED not in out:
        # The countdown paints once a second; what comes without a pause belongs together.
        out, first, last = kiosk.painted(b"", quiet_s=0.12)
    return (last - first) * 1e3


if __name__ == "__main__":
    sys.exit(main())

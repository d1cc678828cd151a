"""Memory of the counter after 1,000 scans, its growth after the first 200, and with item search in use.

`python -m benchmarks.memory [--home DIR] [--at TIME] [--codes FILE] [--scans N] [--json]`. Goal: 130 MB resident after
1,000 scans, 250 MB with item search (the search process counted in), no growth after the first 200 scans.

Resident memory counts pages of the pack that are mapped and warm, which the kernel takes back when it needs them;
`private` is what only the counter holds.
"""

from __future__ import annotations

import argparse
import json
import sys
from itertools import cycle, islice
from pathlib import Path

from benchmarks._terminal import Terminal, codes_of, counter_command, scratch_home
from clerk.home import default_home

SCANS = 1_000
SETTLED_AFTER = 200
GOAL_MB = (130, 250)
PACE_S = 0.01
"""A scan counts as answered when nothing is painted for this long; here speed is not the question."""


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
        codes = list(islice(cycle(codes_of(home, chosen.scans, chosen.codes)), chosen.scans))
        terminal = Terminal(counter_command(home, chosen.at))
        try:
            terminal.painted(b"F3")
            at_rest = terminal.rss_mb()
            settled = at_rest
            private_settled = terminal.rss_mb("RssAnon")
            for number, code in enumerate(codes, 1):
                terminal.scan(code)
                terminal.painted(b"Worth mentioning", quiet_s=PACE_S)
                if number == SETTLED_AFTER:
                    settled, private_settled = terminal.rss_mb(), terminal.rss_mb("RssAnon")
            after, peak, private = terminal.rss_mb(), terminal.rss_mb("VmHWM"), terminal.rss_mb("RssAnon")
            terminal.write(b"\x1bOR")
            terminal.painted(b"Find an item")
            terminal.write(b"coffee")
            terminal.painted(b"and meaning" if has_encoder(home) else b"words only")
            counter, search, together = terminal.rss_mb(), terminal.children_mb(), terminal.together_mb()
        finally:
            terminal.close()
    figures = {
        "scans": len(codes),
        "at_rest_mb": round(at_rest, 1),
        "after_200_mb": round(settled, 1),
        "after_all_mb": round(after, 1),
        "growth_mb": round(after - settled, 1),
        "private_after_all_mb": round(private, 1),
        "private_growth_mb": round(private - private_settled, 1),
        "peak_mb": round(peak, 1),
        "with_search_mb": round(together, 1),
        "with_search_shared_pages_twice_mb": round(counter + search, 1),
        "of_which_search_process_mb": round(search, 1),
        "goal_mb": GOAL_MB,
    }
    print(json.dumps(figures) if chosen.json else "  ".join(f"{name} {value}" for name, value in figures.items()))
    return 0


def has_encoder(home: Path) -> bool:
    """Whether the pack can be searched by meaning; without, the figure with search is that of words alone."""
    return (home / "packs" / (home / "packs" / "CURRENT").read_text().strip() / "encoder").is_dir()


if __name__ == "__main__":
    sys.exit(main())

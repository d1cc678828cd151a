"""`desk.visit.open` over many members of the Complete Journey, the heaviest 1 % always among them: p50 and p99.

`python -m benchmarks.open_visit [--home DIR] [--at TIME] [--json]`. No screen: pack and journal reads, all pure rules,
the finished card. The journal is a scratch one, so that nothing of the home is changed.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does, before numpy is imported

from clerk.clock import FixedClock, parse_at
from clerk.desk import Desk
from clerk.home import default_home
from clerk.pack.open import open_pack

MEMBERS = 1_000
"""Members measured, the heaviest first, then spread evenly over the rest."""


def main() -> int:
    """Measures and prints one line, or one JSON document."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--home", type=Path, default=default_home("complete-journey"))
    options.add_argument("--at", default="2017-12-15")
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    if not (chosen.home / "packs").is_dir():
        print(f"no pack in {chosen.home}: run `clerk build --shop complete-journey` first", file=sys.stderr)
        return 3
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        (home / "packs").symlink_to((chosen.home / "packs").resolve())
        desk = Desk.open(home, clock=FixedClock(parse_at(chosen.at)))
        ids = heaviest_first(chosen.home)
        for member_id in ids[:20]:
            desk.visit.open(member_id, "command")
        gc.collect()
        gc.freeze()
        took = []
        for member_id in ids:
            began = time.perf_counter()
            desk.visit.open(member_id, "command")
            took.append((time.perf_counter() - began) * 1e3)
        desk.close()
    heavy = sorted(took[: max(1, len(took) // 100)])
    took.sort()
    figures = {
        "members": len(took),
        "p50_ms": round(took[len(took) // 2], 2),
        "p99_ms": round(took[int(len(took) * 0.99)], 2),
        "max_ms": round(took[-1], 2),
        "heaviest_1_percent_p50_ms": round(heavy[len(heavy) // 2], 2),
    }
    print(json.dumps(figures) if chosen.json else "  ".join(f"{name} {value}" for name, value in figures.items()))
    return 0


def heaviest_first(home: Path) -> list[str]:
    """Ids of the heaviest 1 % of members, then of members spread evenly over the rest."""
    pack = open_pack(home)
    rows = pack.db.execute(
        "SELECT m.member_id FROM members m JOIN lines l USING (member_no) GROUP BY member_no ORDER BY count(*) DESC"
    ).fetchall()
    pack.close()
    ids = [str(member_id) for (member_id,) in rows]
    heavy = ids[: max(1, len(ids) // 100)]
    rest = ids[len(heavy) :]
    step = max(1, len(rest) // max(1, MEMBERS - len(heavy)))
    return heavy + rest[::step]


if __name__ == "__main__":
    sys.exit(main())

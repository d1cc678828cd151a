"""How long exporting and forgetting a member with 5,000 line items takes, beside 20,000 events of others.

`python -m benchmarks.privacy [--lines N] [--events N] [--json]`. Goals: 2 s each; forgetting means until the receipt
is written: out of sight, and the journal's bytes gone.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from clerk.clock import DAY_S, FixedClock, parse_at, to_datetime
from clerk.desk import Desk
from clerk.desk.member_data.export import lines_csv
from clerk.desk.member_data.export_text import as_text
from clerk.journal import Journal
from clerk.model import EventKind
from clerk.pack_build.build import build

GOAL_S = 2.0
NOW = parse_at("2026-03-10T09:00")


def shop(folder: Path, lines: int) -> Path:
    """One member with many line items, five hundred others with a few, two thousand items."""
    folder.mkdir()
    (folder / "items.csv").write_text(
        "sku,name,category\n" + "".join(f"S{n},Item {n},Drinks > Coffee\n" for n in range(2_000)), encoding="utf-8"
    )
    members = [("m1", "Ada Lovelace", "+43 664 7654321"), *((f"c{n}", f"Person {n}", "") for n in range(500))]
    text = "".join(f"{who},{name},{phone}\n" for who, name, phone in members)
    (folder / "members.csv").write_text("member_id,name,phone\n" + text, encoding="utf-8")
    rows = []
    for n in range(lines):
        at = to_datetime(NOW - (n // 5 + 1) * DAY_S).isoformat()
        rows.append(f"b{n // 5},m1,S{n * 7 % 300},{at},1\n")
    for n in range(5_000):
        rows.append(f"o{n},c{n % 500},S{n % 2000},{to_datetime(NOW - (n % 300 + 1) * DAY_S).isoformat()},1\n")
    text = "basket_id,member_id,sku,sold_at,quantity\n" + "".join(rows)
    (folder / "lines.csv").write_text(text, encoding="utf-8")
    return folder


def measured(lines: int, events: int) -> dict[str, float]:
    """Seconds of each."""
    with tempfile.TemporaryDirectory(prefix="clerk-bench-") as scratch:
        home = Path(scratch) / "home"
        build(shop(Path(scratch) / "own", lines), home, clock=FixedClock(NOW))
        with Journal.open(home, FixedClock(NOW)) as journal:
            waiting = []
            for n in range(events):
                who = "m1" if n % 20 == 0 else f"c{n % 500}"
                payload = {"sku": f"S{n % 300}", "answer": "not-now", "scope": "item", "visit_id": "v"}
                waiting.append(journal.append(EventKind.ANSWER, who, payload))
            for one in waiting:
                one.result(60)
        desk = Desk.open(home, clock=FixedClock(NOW), actor="command")
        try:
            began = time.perf_counter()
            document = desk.export.of("m1")
            text, table = as_text(document), lines_csv(document)
            size = len(json.dumps(document)) + len(text) + len(table)
            exported = time.perf_counter() - began
            assert len(document["lines"]) == lines
            began = time.perf_counter()
            desk.erasure.forget("m1")
            forgotten = time.perf_counter() - began
            assert desk.journal.verify().ok
        finally:
            desk.close()
    return {"export_s": round(exported, 3), "forget_s": round(forgotten, 3), "bytes": size}


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=5_000)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measured(options.lines, options.events)
    if options.json:
        print(json.dumps(found))
        return
    print(f"a member with {options.lines:,} line items, {options.events:,} events in the journal")
    print(f"  export  {found['export_s']:.2f} s of {GOAL_S:.0f} s, {found['bytes']:,.0f} bytes")
    print(f"  forget  {found['forget_s']:.2f} s of {GOAL_S:.0f} s")


if __name__ == "__main__":
    main()

"""How long 1,000 cards take on their way to a printable PDF.

`python -m benchmarks.cards_sheet [--cards N] [--json]`. Goal: 10 s. Imports of the PDF writer are counted in.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from clerk.cards.code import new_code
from clerk.cards.sheet import Label, write_sheet

GOAL_S = 10.0


def main() -> None:
    """Prints the table, or one JSON document."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cards", type=int, default=1000)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    labels = [Label(new_code()) for _ in range(chosen.cards)]
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for form in ("cards", "stickers"):
            path = Path(folder) / f"{form}.pdf"
            began = time.perf_counter()
            sheets = write_sheet(path, labels, shop="Corner Café", day=0, form=form)
            found[f"{form}_s"] = round(time.perf_counter() - began, 2)
            found[f"{form}_sheets"] = sheets
            found[f"{form}_kb"] = path.stat().st_size // 1000
    if chosen.json:
        print(json.dumps(found))
        return
    for form in ("cards", "stickers"):
        print(
            f"{chosen.cards:,} {form}: {found[f'{form}_s']:.1f} s, {found[f'{form}_sheets']:.0f} sheets of paper, "
            f"{found[f'{form}_kb']:,.0f} kB (goal {GOAL_S:.0f} s)"
        )


if __name__ == "__main__":
    main()

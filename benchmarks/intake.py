"""A million rows of a Shopify orders export in the inbox to the history store: `python -m benchmarks.intake [--json]`.

Three files of the same orders: `plain` (ASCII, no quotes), `letters` (names of every language) and `quoted` (addresses
and notes in quotes, notes over several lines, here and there a broken row). Each is taken in by a night of its own, in
a process of its own with its peak memory; no pack is built. Goals: 15 s, and 400 MB above the file's own size.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

GOAL_S = 15
GOAL_ABOVE_MB = 400
KINDS = ("plain", "letters", "quoted")
_NAMES = ("Ada Brandt", "Zoë Müller", "渡辺 美咲", "Łukasz Żak", "José Núñez", "Ólafur Þór")
_ORDER_ROWS = (1, 1, 2, 2, 3, 5)
"""How many items an order has; one of these each."""


def main() -> None:
    """Writes the files, takes each in, prints a table or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--kind", choices=KINDS, action="append")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--take", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.take:
        _take(options.take)
        return
    found = {kind: _measured(kind, options.rows) for kind in options.kind or KINDS}
    if options.json:
        print(json.dumps(found))
        return
    for kind, night in found.items():
        print(
            f"{kind}: {options.rows:,} rows in {night['data_mb']:.0f} MB: {night['intake_s']:.1f} s (goal {GOAL_S} s), "
            f"{night['cpu_s']:.1f} s CPU, {night['peak_mb']:.0f} MB peak, {night['above_mb']:.0f} MB above the file "
            f"(goal {GOAL_ABOVE_MB} MB)"
        )
        print("   " + ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in night["seconds"].items()))
        print("   " + night["file"])


def _measured(kind: str, rows: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="clerk-intake-") as scratch:
        home = Path(scratch)
        inbox = home / "inbox"
        inbox.mkdir()
        (home / "store.toml").write_text('currency = "EUR"\ntimezone = "Europe/Vienna"\nlanguage = "en"\n')
        path = inbox / "orders_export.csv"
        write_orders(path, rows, kind)
        data_mb = path.stat().st_size / 1e6
        began = time.perf_counter()
        command = [sys.executable, "-m", "benchmarks.intake", "--take", str(home)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            told = json.loads(child.stdout.read())
            # The child's own peak: RUSAGE_CHILDREN would be the largest of all children.
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        return {
            **told,
            "data_mb": round(data_mb, 1),
            "wall_s": round(time.perf_counter() - began, 2),
            "cpu_s": round(used.ru_utime + used.ru_stime, 2),
            "peak_mb": round(used.ru_maxrss / 1e3),
            "above_mb": round(used.ru_maxrss / 1e3 - data_mb),
        }


def _take(home: Path) -> None:
    """One night without a build; prints its stages."""
    # First, as the command does: it sets how polars gives memory back.
    import clerk.intake  # noqa: F401
    from clerk.clock import ShopClock
    from clerk.nights.local import Means, take_in

    began = time.perf_counter()
    report = take_in(home, Means(ShopClock(), everything=True), build=False)
    took = round(time.perf_counter() - began, 2)
    print(json.dumps({"intake_s": took, "seconds": report.seconds, "file": report.files[0].text().splitlines()[0]}))


def write_orders(path: Path, rows: int, kind: str) -> None:
    """Orders of made-up members and items, as Shopify exports them. Effect: writes the file."""
    from tests.intake.export_headers import HEADERS

    header = HEADERS["shopify_orders"].split(",")
    fill = _filler(header)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(header) + "\n")
        file.writelines(fill(values) for values in _rows(rows, kind))


def _filler(header: list[str]) -> Callable[[dict[str, str]], str]:
    place = {name: at for at, name in enumerate(header)}

    def line(values: dict[str, str]) -> str:
        cells = [""] * len(header)
        for name, value in values.items():
            cells[place[name]] = value
        return ",".join(cells) + "\n"

    return line


def _rows(rows: int, kind: str) -> Iterator[dict[str, str]]:
    dice = random.Random(7)
    made = order = 0
    while made < rows:
        order += 1
        member = dice.randrange(rows // 20)
        name = _NAMES[member % len(_NAMES)] if kind != "plain" else "Ada Brandt"
        day = order * 700 // rows
        date = f"{2025 + day // 336}-{1 + day // 28 % 12:02d}-{1 + day % 28:02d}"
        when = f"{date} {8 + order % 10:02d}:{order % 60:02d}:00 +0100"
        first = {
            "Name": f"#{order}", "Email": f"m{member}@example.org", "Financial Status": "paid", "Paid at": when,
            "Fulfillment Status": "fulfilled", "Currency": "EUR", "Subtotal": "24.00", "Total": "24.00",
            "Created at": when, "Billing Name": name, "Billing Street": "Long Street 7",
            "Billing Address1": "Long Street 7", "Billing City": "Wien", "Billing Zip": "'1070",
            "Billing Phone": f"+43660{member:07d}", "Shipping Name": name, "Shipping Street": "Long Street 7",
            "Shipping Address1": "Long Street 7", "Shipping City": "Wien", "Shipping Zip": "'1070",
            "Billing Country": "AT", "Shipping Country": "AT",
            "Shipping Phone": f"+43660{member:07d}", "Payment Method": "Shopify Payments",
            "Payment Reference": f"c{order:09d}.1", "Id": str(5_000_000_000 + order), "Source": "pos",
            "Location": "Main Street", "Tax 1 Name": "AT MwSt 20%", "Tax 1 Value": "4.00", "Risk Level": "Low",
            "Payment ID": f"c{order:09d}.1", "Payment References": f"c{order:09d}.1", "Tags": "regular",
        }  # fmt: skip
        if kind == "quoted":
            first["Billing Street"] = '"Long Street 7, door 3"'
            first["Tags"] = '"regular, ""gold"""'
            if order % 20 == 0:
                first["Notes"] = '"ring twice\nand wait, please"'
        for number in range(min(dice.choice(_ORDER_ROWS), rows - made)):
            item = dice.randrange(3_000)
            row = {
                "Name": f"#{order}", "Email": f"m{member}@example.org", "Created at": when,
                "Lineitem quantity": str(1 + item % 3), "Lineitem name": f"Item {item} - small",
                "Lineitem price": f"{3 + item % 40}.50", "Lineitem sku": f"SKU-{item}",
                "Lineitem requires shipping": "false", "Lineitem taxable": "true",
                "Lineitem fulfillment status": "fulfilled", "Vendor": "House", "Lineitem discount": "0.00",
            }  # fmt: skip
            if kind == "quoted":
                row["Lineitem name"] = f'"Item {item}, small"'
                if made % 50_000 == 49_999:
                    row["Lineitem name"] = f'"Item {item}'
            made += 1
            yield {**row, **first} if not number else row


if __name__ == "__main__":
    main()

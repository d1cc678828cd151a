"""`clerk pack list | verify | rollback`."""

from __future__ import annotations

import argparse

from clerk import report
from clerk.pack import generations
from clerk.phrases import clock_time, count, date
from clerk.report import Exit


def run(options: argparse.Namespace) -> Exit:
    if options.action == "rollback":
        name = generations.rollback(options.home, dry_run=options.dry_run)
        done = "would go back" if options.dry_run else "went back"
        text = (
            f"{done} to {name}\nPurchases and items since are not in it. What members said and withdrew since still "
            "counts, as long as the newer data can be read."
        )
        report.data({"current": name, "dry_run": options.dry_run}, as_json=options.json, text=text)
        return Exit.OK
    rows = generations.generations(options.home)
    if options.action == "verify":
        checked = [generations.verify(options.home, row.name) for row in rows]
        text = "\n".join(f"{c.name}  {'good' if not c.damage else '; '.join(c.damage)}" for c in checked)
        report.data(checked, as_json=options.json, text=text or "no packs")
        if any(c.damage for c in checked):
            return Exit.STORE_DATA
        return Exit.OK if checked else Exit.NOTHING_FOUND
    text = "\n".join(
        f"{'*' if row.current else ' '} {row.name}  {date(row.built_at)} {clock_time(row.built_at)}  "
        f"{count(row.members, 'member')}, {count(row.items, 'item')}, {count(row.lines, 'line')}, "
        f"{row.size_bytes / 1e6:.0f} MB"
        for row in rows
    )
    report.data(rows, as_json=options.json, text=text or "no packs")
    return Exit.OK if rows else Exit.NOTHING_FOUND

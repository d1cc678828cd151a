"""`clerk check`: is this data folder sound, and what is in use."""

from __future__ import annotations

import argparse
import shutil

from clerk import report
from clerk.commands.clockwork import open_desk
from clerk.driver import sqlite_version_words
from clerk.report import Exit


def run(options: argparse.Namespace) -> Exit:
    """Runs the command: exit 0 when sound, 3 when a person should do something."""
    desk = open_desk(options)
    try:
        status = desk.status()
        chain = desk.verify_journal()
        free = shutil.disk_usage(options.home).free
        rows = {
            "pack": f"{status.generation}, {status.members:,} members, {status.items:,} items, {status.lines:,} lines",
            "journal": f"{status.events:,} events, chain {'holds' if not chain.damage else 'BROKEN: ' + chain.damage}",
            "sqlite": sqlite_version_words(),
            "encoder": status.encoder or "none: search by words only",
            "models": ", ".join(f"{name}: {state}" for name, state in desk.models_in_use().items()),
            "disk": f"{free / 1e9:.1f} GB free",
        }
        document = {"status": status, "journal": chain, "checks": rows}
        notices = [f"{n.code} {n.what} {n.remedy}" for n in status.warnings]
        text = "\n".join([*(f"{name:<8} {words}" for name, words in rows.items()), *notices])
        report.data(document, as_json=options.json, text=text)
        return Exit.STORE_DATA if chain.damage or status.warnings else Exit.OK
    finally:
        desk.close()

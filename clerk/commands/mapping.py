"""`clerk mapping`: try a description on a file, or have one suggested. Neither changes store data."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clerk import report
from clerk.clock import to_datetime
from clerk.commands.opening import chosen_clock
from clerk.durable import disk_errors
from clerk.errors import SourceMissing, SourceUnknown
from clerk.history.store import HistoryStore
from clerk.intake.canonical_tables import STORE_FILE, read_store
from clerk.intake.customer_matching import KnownMembers
from clerk.intake.files.inbox import INBOX
from clerk.intake.mapping.entries import FILE_NAME, read_mappings
from clerk.intake.mapping.suggest import suggest
from clerk.intake.trial import try_file
from clerk.report import Exit
from clerk.settings import load

_ASIDE = (".toml", ".md")


def run(options: argparse.Namespace) -> Exit:
    """Runs `try` or `suggest`.

    Raises:
        SourceMissing: there is no such file.
        SourceUnknown: nothing knows the file.
    """
    path: Path = options.file
    if not path.is_file():
        raise SourceMissing(f"There is no file {path.name}.", "Name the file that the till exported.")
    if options.action == "suggest":
        return _suggest(path, options)
    home: Path = options.home
    store = _store(path, home)
    mappings = read_mappings(path.parent, home / INBOX, home)
    beside = [
        one for one in sorted(path.parent.iterdir())
        if one.is_file() and one != path and one.suffix.lower() not in _ASIDE and not one.name.startswith(".")
    ]  # fmt: skip
    history = HistoryStore.open(home, dry_run=True)
    known = KnownMembers.of(history.known())
    made = try_file(path, beside, mappings, store, known, load(home).pack, chosen_clock(options).now())
    if not made.known_as:
        raise SourceUnknown(
            f"{path.name} is no export that Clerk knows, and no {FILE_NAME} describes it.",
            f"Have one proposed: clerk mapping suggest {path.name} --out {FILE_NAME}",
        )
    report.data(made, as_json=options.json, text=made.text())
    return Exit.OK


def _suggest(path: Path, options: argparse.Namespace) -> Exit:
    made = suggest(path, _store(path, options.home), to_datetime(chosen_clock(options).now()).date())
    if options.out is not None:
        if options.out.exists():
            raise SourceMissing(f"{options.out.name} is there already.", "Name another file, or add the text by hand.")
        with disk_errors("writing the mapping"):
            options.out.write_text(made.toml, encoding="utf-8", newline="\n")
    text = (
        made.toml
        if options.out is None
        else f"wrote {options.out.name}; look through it, then: clerk mapping try {path}"
    )
    report.data(made, as_json=options.json, text=text.rstrip("\n"))
    return Exit.OK


def _store(path: Path, home: Path) -> Mapping[str, Any]:
    """`store.toml` beside the file, in the inbox or in the data folder."""
    facts: dict[str, Any] = {}
    for folder in (home / INBOX, path.parent, home):
        if (folder / STORE_FILE).is_file():
            facts |= read_store(folder)
    return facts

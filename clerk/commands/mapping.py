"""`clerk mapping`: try a description on a file, or have one suggested. Neither changes store data."""

from __future__ import annotations

import argparse
import shlex
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from clerk import report
from clerk.clock import to_datetime
from clerk.commands.opening import chosen_clock
from clerk.durable import disk_errors
from clerk.errors import ClerkError, SourceMissing, SourceUnknown
from clerk.history.store import HistoryStore
from clerk.intake.canonical_tables import STORE_FILE, read_store
from clerk.intake.customer_matching import KnownMembers
from clerk.intake.files.inbox import INBOX
from clerk.intake.files.unpacking import Unpacking, is_packed
from clerk.intake.mapping.entries import FILE_NAME, read_mappings
from clerk.intake.mapping.suggest import suggest
from clerk.intake.trial import Trial, try_file
from clerk.report import Exit
from clerk.settings import load

_MB = 1_000_000
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
    with _unpacked(path, options.home) as parts:
        return _suggest(path, parts, options) if options.action == "suggest" else _try(path, parts, options)


def _try(path: Path, parts: Sequence[Path], options: argparse.Namespace) -> Exit:
    home: Path = options.home
    mappings = read_mappings(path.parent, home / INBOX, home)
    others = [
        one for one in sorted(path.parent.iterdir())
        if one.is_file() and one != path and one.suffix.lower() not in _ASIDE and not one.name.startswith(".")
    ]  # fmt: skip
    store = HistoryStore.open(home, dry_run=True)
    history, items = store.known(), store.items()
    made: list[Trial] = []
    for part in parts:
        beside = [*(one for one in others if not is_packed(one)), *(one for one in parts if one != part)]
        known, now = KnownMembers.of(history), chosen_clock(options).now()
        trial = try_file(part, beside, mappings, _store(path, home), known, items, load(home).pack, now)
        made += [trial] if trial.known_as else []
    if not made:
        raise SourceUnknown(
            f"{path.name} is no export that Clerk knows, and no {FILE_NAME} describes it.",
            f"Have one proposed: clerk mapping suggest {shlex.quote(path.name)} --out {FILE_NAME}",
        )
    report.data({"files": made}, as_json=options.json, text="\n\n".join(one.text() for one in made))
    return Exit.OK


def _suggest(path: Path, parts: Sequence[Path], options: argparse.Namespace) -> Exit:
    today = to_datetime(chosen_clock(options).now()).date()
    problem: ClerkError | None = None
    for part in parts:
        try:
            made = suggest(part, _store(path, options.home), today)
        except ClerkError as error:
            problem = problem or error
            continue
        break
    else:
        raise problem or SourceUnknown(f"{path.name} is empty.", "Export it again.")
    text = made.toml
    if options.out is not None:
        if options.out.exists():
            raise SourceMissing(f"{options.out.name} is there already.", "Name another file, or add the text by hand.")
        with disk_errors("writing the mapping"):
            options.out.write_text(made.toml, encoding="utf-8", newline="\n")
        text = f"wrote {options.out.name}; look through it, then: clerk mapping try {shlex.quote(str(path))}"
    report.data(made, as_json=options.json, text=text.rstrip("\n"))
    return Exit.OK


@contextmanager
def _unpacked(path: Path, home: Path) -> Iterator[Sequence[Path]]:
    """The file, or the files and sheets in it.

    Raises:
        ClerkError: it is packed and cannot be unpacked.
    """
    if not is_packed(path):
        yield [path]
        return
    with tempfile.TemporaryDirectory(prefix="clerk-mapping-") as folder:
        parts = Unpacking(Path(folder), load(home).nightly.file_mb_at_most * _MB).unpacked(path, path.name)
        if all(part.problem for part in parts) and (problem := next((part.problem for part in parts), None)):
            raise problem
        yield [part.path for part in parts if part.problem is None]


def _store(path: Path, home: Path) -> Mapping[str, Any]:
    """`store.toml` beside the file, in the inbox or in the data folder."""
    facts: dict[str, Any] = {}
    for folder in (home / INBOX, path.parent, home):
        if (folder / STORE_FILE).is_file():
            facts |= read_store(folder)
    return facts

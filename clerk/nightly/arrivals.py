"""The files of one night: which are new, what each is, and each one checked by itself.

A file stands or falls alone: one that cannot be read, or of which too much is bad, is refused and the others go on.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import polars as pl

from clerk.errors import ClerkError, TooManyBadRows
from clerk.nightly import canonical
from clerk.nightly.books import Arrived, Books, refusal, under
from clerk.nightly.canonical import ROW, Source
from clerk.nightly.inbox import Looked, Lying
from clerk.nightly.night_report import BEFORE, REFUSED, TAKEN, UNKNOWN, WAITING, FileReport
from clerk.nightly.report import BuildReport, Progress
from clerk.nightly.sources.recognise import Recognised, recognise
from clerk.nightly.staging import Checked, check
from clerk.settings import Settings

_MB: Final = 1_000_000
_HELPERS_FIRST = ("members", "items")
"""Tables that others are understood by: members by e-mail, items by name."""

Tell = Callable[[Progress], None]


@dataclass(slots=True)
class Arrival:
    """One file that is to be taken in."""

    lying: Lying
    digest: str
    report: FileReport
    recognised: Recognised | None = None


@dataclass(slots=True)
class Arrivals:
    """Every file of the night, judged by what it is; nothing was written yet."""

    fresh: list[Arrival] = field(default_factory=list)
    """To be taken in, in the order in which they are."""
    helpers: list[Arrival] = field(default_factory=list)
    """Fresh files that feed no table, and only help to read others."""
    before: list[Arrival] = field(default_factory=list)
    """Known by their hash; only to be put away."""
    reports: list[FileReport] = field(default_factory=list)
    still_refused: list[ClerkError] = field(default_factory=list)
    """Why files that were refused on an earlier night, and still lie there, were."""


def arrivals(looked: Looked, books: Books, conditions: str, settings: Settings, tell: Tell) -> Arrivals:
    """Looks into every complete file: its hash, its header.

    Args:
        looked: the inbox.
        books: know what was taken in before.
        conditions: what files are judged under tonight.
        settings: of the data folder.
        tell: told how much was looked at.
    """
    found = Arrivals()
    total = sum(file.size for file in looked.files if file.state == "complete")
    done = 0
    seen: set[str] = set()
    for file in looked.files:
        told = FileReport(file.name)
        found.reports.append(told)
        if file.state != "complete":
            told.state = WAITING if file.state == "waiting" else REFUSED
            told.reason = f"{file.code} {file.reason}".strip()
            continue
        try:
            digest = file.sha256()
        except OSError as problem:
            told.state, told.reason = REFUSED, f"E209 it cannot be read ({problem.strerror})"
            continue
        told.sha256 = digest
        done += file.size
        tell(Progress("looking through the inbox", done // _MB, total // _MB, "MB"))
        if not file.unchanged():
            told.state, told.reason = WAITING, "still being written"
            continue
        _sort_in(Arrival(file, digest, told), found, books, conditions, settings, seen)
        seen.add(digest)
    found.fresh.sort(key=_people_first)
    return found


def _sort_in(
    one: Arrival, found: Arrivals, books: Books, conditions: str, settings: Settings, seen: set[str]
) -> None:  # fmt: skip
    if (taken := books.taken(one.digest)) is not None:
        one.report.state, one.report.reason = BEFORE, f"as {taken.name} on the night {taken.night}"
        found.before.append(one)
        return
    if one.digest in seen:
        one.report.state, one.report.reason = BEFORE, "the same lies there twice"
        found.before.append(one)
        return
    refused = books.book.refused.get(one.digest)
    if refused is not None and refused.under == conditions:
        one.report.state = REFUSED
        one.report.reason = (
            f"{refused.code} {refused.what} Not read again: it is as it was on the night {refused.night}"
        )
        error = TooManyBadRows(refused.what, refused.remedy) if refused.code == TooManyBadRows.code else None
        found.still_refused += [error] if error else []
        return
    try:
        one.recognised = recognise(one.lying.path, bytes_at_most=settings.nightly.file_mb_at_most * _MB)
    except ClerkError as error:
        refuse(one, error)
        return
    if one.recognised is None:
        one.report.state, one.report.reason = UNKNOWN, "E211 its header is that of no export that Clerk knows"
        return
    one.report.layout = one.recognised.layout
    (found.fresh if one.recognised.tables else found.helpers).append(one)


def refuse(one: Arrival, error: ClerkError) -> None:
    """Says in the file's report that it was refused, and why."""
    one.report.state, one.report.reason = REFUSED, f"{error.code} {error.what} {error.remedy}"


@dataclass(slots=True)
class Intake:
    """What the files of a night are checked with."""

    home: Path
    night: str
    now: int
    store: Mapping[str, Any]
    settings: Settings
    dry_run: bool
    quarantine: str = ""
    """Name of the night's folder in `quarantine/`, once there is one."""


def take(one: Arrival, helpers: Sequence[Arrival], books: Books, intake: Intake) -> list[str]:
    """Reads, checks and merges one file.

    Returns:
        Conflicts: sentences for a manager.

    Raises:
        ClerkError: the file is refused; the books are as they were.

    Effect: writes the rows set aside, and parts that nobody knows of yet.
    """
    assert one.recognised is not None
    sources = read(one, helpers, intake.store, books.members())
    columns = {source.table: frozenset(source.frame.columns) - {ROW} for source in sources}
    report = BuildReport(one.lying.name)
    by_table = {source.table: source for source in sources}
    with tempfile.TemporaryDirectory(prefix="clerk-night-") as scratch:
        home = Path(scratch) if intake.dry_run else intake.home
        try:
            store = {**intake.store, **({} if intake.store.get("currency") else {"currency": books.book.currency})}
            checked = check(by_table, store, report, intake.settings.pack, intake.now, home, intake.night)
        finally:
            _counted(one.report, report)
            intake.quarantine = intake.quarantine or report.quarantine
    if not one.lying.unchanged():
        one.report.state, one.report.reason = WAITING, "still being written"
        return []
    arrived = Arrived(one.lying.name, one.digest, columns)
    conflicts = books.take(Checked(checked.tables, checked.currency, store), arrived, intake.night)
    one.report.state = TAKEN
    return [*conflicts, *report.fallbacks]


def read(
    one: Arrival, helpers: Sequence[Arrival], store: Mapping[str, Any], members: pl.DataFrame | None
) -> list[Source]:  # fmt: skip
    """The file's tables, under the name that people know it by."""
    assert one.recognised is not None
    (table,) = one.recognised.tables
    sources = [canonical.read_table(one.lying.path, table)]
    for source in sources:
        source.file = one.lying.name
    return sources


def remember_refused(one: Arrival, error: ClerkError, books: Books, night: str, conditions: str) -> None:
    """Says that the file is refused, and sees to it that it is not read again every night."""
    refuse(one, error)
    books.refuse(one.digest, refusal(one.lying.name, night, error, conditions))


def conditions_of(settings: Settings, store: Mapping[str, Any]) -> str:
    """What decides whether a file is refused, besides the file."""
    pack = settings.pack
    return under(pack.bad_rows_share, pack.bad_rows_from, pack.quantity_at_most, dict(store))


def _counted(told: FileReport, report: BuildReport) -> None:
    for table in report.tables.values():
        told.rows += table.rows
        told.kept += table.kept
        told.repeated += table.repeated
        for reason, rows in table.quarantined.items():
            told.quarantined[reason] = told.quarantined.get(reason, 0) + rows


def _people_first(one: Arrival) -> tuple[int, int, str]:
    """People and items before what names them, then oldest first."""
    tables = one.recognised.tables if one.recognised else ()
    place = next((at for at, table in enumerate(_HELPERS_FIRST) if table in tables and "lines" not in tables), 9)
    return place, one.lying.written_ns, one.lying.name

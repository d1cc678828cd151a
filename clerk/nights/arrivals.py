"""The files of one night: which are new, what each is, and each one checked by itself.

A file stands or falls alone: one that cannot be read, or of which too much is bad, is refused and the others go on.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import polars as pl

from clerk.errors import ClerkError, SourceUnreadable, TooManyBadRows
from clerk.history.tables import Arrived, Books, refusal, under
from clerk.intake import canonical_tables as canonical
from clerk.intake.canonical_tables import ROW, Source
from clerk.intake.checks.tables import Checked, check
from clerk.intake.convert import convert, recognised
from clerk.intake.customer_matching import KnownMembers
from clerk.intake.inbox import Looked, Lying
from clerk.intake.mapping import FileMapping
from clerk.intake.recognition import Recognised
from clerk.intake.report import BuildReport, Progress
from clerk.nights.report import BEFORE, REFUSED, TAKEN, UNKNOWN, WAITING, FileReport
from clerk.settings import Settings

_MB: Final = 1_000_000
_FIRST = ("members", "items")
"""Tables that others are understood by: members by e-mail, items by name."""

Tell = Callable[[Progress], None]


@dataclass(slots=True)
class Arrival:
    """One file that is to be taken in."""

    lying: Lying
    digest: str
    report: FileReport
    found: tuple[Recognised, ...] = ()
    """What it is; several when a shop's own mapping makes several tables of it."""

    @property
    def tables(self) -> frozenset[str]:
        """Canonical tables that it feeds; none for a file that only helps to read others."""
        return frozenset(table for one in self.found for table in one.tables)

    @property
    def canonical(self) -> bool:
        """Whether it is a table of our own, which is read without knowing anything else."""
        return len(self.found) == 1 and self.found[0].module == "canonical"


@dataclass(slots=True)
class Arrivals:
    """Every file of the night, judged by what it is; nothing was written yet."""

    fresh: list[Arrival] = field(default_factory=list)
    """To be taken in, in the order in which they are."""
    before: list[Arrival] = field(default_factory=list)
    """Known by their hash; only to be put away."""
    reports: list[FileReport] = field(default_factory=list)
    still_refused: list[ClerkError] = field(default_factory=list)
    """Why files that were refused on an earlier night, and still lie there, were."""


def arrivals(
    looked: Looked, books: Books, conditions: str, settings: Settings, mappings: Sequence[FileMapping], tell: Tell
) -> Arrivals:  # fmt: skip
    """Looks into every complete file: its hash, its header.

    Args:
        looked: the inbox.
        books: know what was taken in before.
        conditions: what files are judged under tonight.
        settings: of the data folder.
        mappings: the shop's own layouts.
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
        one = Arrival(file, digest, told)
        if not _is_known(one, found, books, conditions, seen):
            _sort_in(one, found, settings, mappings)
        seen.add(digest)
    found.fresh.sort(key=_people_first)
    return found


def _is_known(one: Arrival, found: Arrivals, books: Books, conditions: str, seen: set[str]) -> bool:
    """Whether it was taken in or refused before; then there is nothing more to do with it."""
    if (taken := books.taken(one.digest)) is not None:
        one.report.state, one.report.reason = BEFORE, f"as {taken.name} on the night {taken.night}"
        found.before.append(one)
        return True
    if one.digest in seen:
        one.report.state, one.report.reason = BEFORE, "the same lies there twice"
        found.before.append(one)
        return True
    refused = books.book.refused.get(one.digest)
    if refused is None or refused.under != conditions:
        return False
    one.report.state = REFUSED
    one.report.reason = f"{refused.code} {refused.what} Not read again: as it was on the night {refused.night}."
    if refused.code == TooManyBadRows.code:
        found.still_refused.append(TooManyBadRows(refused.what, refused.remedy))
    return True


def _sort_in(one: Arrival, found: Arrivals, settings: Settings, mappings: Sequence[FileMapping]) -> None:
    """Looks at the header."""
    try:
        with understood(one.lying.name):
            one.found = recognised(one.lying.path, mappings, bytes_at_most=settings.nightly.file_mb_at_most * _MB)
    except ClerkError as error:
        refuse(one, error)
        return
    if not one.found:
        one.report.state, one.report.reason = UNKNOWN, "E211 its header is that of no export that Clerk knows"
        return
    one.report.layout = one.found[0].layout
    found.fresh.append(one)


@contextmanager
def understood(name: str) -> Iterator[None]:
    """Whatever a reader stumbles over is a file that cannot be read, and no more than that.

    Raises:
        SourceUnreadable: polars or Python could not make anything of the file.
    """
    try:
        yield
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, ValueError, OverflowError, MemoryError) as problem:
        what = f"{name} could not be understood ({type(problem).__name__})."
        raise SourceUnreadable(what, "Export it again as CSV in UTF-8.") from None


def refuse(one: Arrival, error: ClerkError) -> None:
    """Notes in the file's report that it was refused, and why."""
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


def take(one: Arrival, sources: Sequence[Source], books: Books, intake: Intake) -> list[str]:
    """Checks and merges one file.

    Args:
        one: the file.
        sources: its tables.
        books: what is known.
        intake: the night.

    Returns:
        Conflicts, and what is to be said besides: sentences for a manager.

    Raises:
        ClerkError: the file is refused, or the disk failed; the books are as they were.

    Effect: writes the rows set aside, and parts that nobody knows of yet.
    """
    for source in sources:
        source.file = one.lying.name
    columns = {source.table: frozenset(source.frame.columns) - {ROW} for source in sources}
    report = BuildReport(one.lying.name)
    store = {**intake.store, **({} if intake.store.get("currency") else {"currency": books.book.currency})}
    with tempfile.TemporaryDirectory(prefix="clerk-night-") as scratch:
        home = Path(scratch) if intake.dry_run else intake.home
        by_table = {source.table: source for source in sources}
        try:
            with understood(one.lying.name):
                rows = _rows_of(sources)
                checked = check(by_table, store, report, intake.settings.pack, intake.now, home, intake.night)
        finally:
            _counted(one.report, report)
            intake.quarantine = intake.quarantine or ("" if intake.dry_run else report.quarantine)
    if not one.lying.unchanged():
        one.report.state, one.report.reason = WAITING, "still being written"
        return []
    if rows:
        one.report.rows = rows
        one.report.kept = _distinct(frame for frame in checked.tables.values() if ROW in frame.columns)
    arrived = Arrived(one.lying.name, one.digest, columns)
    conflicts = books.take(Checked(checked.tables, checked.currency, store), arrived, intake.night)
    one.report.state = TAKEN
    return [*conflicts, *(f"{one.lying.name}: {sentence}" for sentence in report.fallbacks)]


def delivered(
    fresh: Sequence[Arrival], books: Books, store: Mapping[str, Any], said: list[str]
) -> Iterator[tuple[Arrival, Sequence[Source] | ClerkError]]:  # fmt: skip
    """Each file with its tables, or with what is wrong with it: our own tables first, for others name what they list.

    Args:
        fresh: what is to be taken in.
        books: what is known by then.
        store: `store.toml`.
        said: gets conflicts and what was left out.
    """
    for one in (one for one in fresh if one.canonical):
        try:
            with understood(one.lying.name):
                sources = [canonical.read_table(one.lying.path, one.found[0].tables[0])]
        except ClerkError as error:
            yield one, error
        else:
            yield one, sources
    others = [one for one in fresh if not one.canonical]
    if not others:
        return
    made = convert([found for one in others for found in one.found], store, KnownMembers.of(books.known()))
    said += [*made.conflicts, *made.notices]
    by_file: dict[str, list[Source]] = {}
    for key in list(made):
        source = made.pop(key)
        by_file.setdefault(source.file, []).append(source)
    turn = {file: place for place, file in enumerate(by_file)}
    for one in sorted(others, key=lambda one: turn.get(one.lying.path.name, 0)):
        problem = made.problems.get(one.lying.path.name)
        yield one, problem if problem is not None else by_file.pop(one.lying.path.name, [])


def remember_refused(one: Arrival, error: ClerkError, books: Books, night: str, conditions: str) -> None:
    """Notes that the file was refused, so that it is not read again every night."""
    refuse(one, error)
    books.refuse(one.digest, refusal(one.lying.name, night, error, conditions))


def conditions_of(settings: Settings, store: Mapping[str, Any], mappings: Sequence[FileMapping]) -> str:
    """What decides whether a file is refused, besides the file."""
    pack = settings.pack
    return under(pack.bad_rows_share, pack.bad_rows_from, pack.quantity_at_most, dict(store), repr(mappings))


def _counted(told: FileReport, report: BuildReport) -> None:
    """A file that feeds several tables is counted by the one with most rows; what was set aside, in all of them."""
    if not report.tables:
        return
    main = max(report.tables.values(), key=lambda table: table.rows)
    told.rows, told.kept, told.repeated = main.rows, main.kept, main.repeated
    for table in report.tables.values():
        for reason, rows in table.quarantined.items():
            told.quarantined[reason] = told.quarantined.get(reason, 0) + rows


def _rows_of(sources: Sequence[Source]) -> int:
    """Rows of a file that feeds several tables, each counted once; 0 where its only table counts them."""
    if len(sources) < 2:
        return 0
    torn = {number for source in sources for number, _, _ in source.torn}
    return _distinct([*(source.frame for source in sources), pl.DataFrame({ROW: sorted(torn)})])


def _distinct(frames: Iterable[pl.DataFrame]) -> int:
    numbers = [frame.select(pl.col(ROW).cast(pl.UInt32)) for frame in frames]
    return pl.concat(numbers).n_unique() if numbers else 0


def _people_first(one: Arrival) -> tuple[int, int, str]:
    """People and items before what names them, then oldest first, so that the newest statement comes last."""
    place = next((at for at, table in enumerate(_FIRST) if table in one.tables and "lines" not in one.tables), 9)
    return place, one.lying.written_ns, one.lying.name

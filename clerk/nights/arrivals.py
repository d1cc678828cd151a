"""The files of one night: which are new, what each is, and each one checked by itself.

One that cannot be read, or that has too many bad rows, is refused, and the others are taken in.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import polars as pl

from clerk.errors import AllRowsBad, ClerkError, SourceUnreadable, TooManyBadRows
from clerk.history.index import Taken
from clerk.history.store import LINES, Arrived, HistoryStore, Merged, refusal, under
from clerk.intake import canonical_tables as canonical
from clerk.intake.canonical_tables import ROW, Source
from clerk.intake.checks.tables import check
from clerk.intake.convert import convert, recognised
from clerk.intake.customer_matching import KnownMembers
from clerk.intake.files.inbox import FoundFile, InboxContents
from clerk.intake.files.recognition import Recognised
from clerk.intake.files.unpacking import BETWEEN, Unpacking, is_packed
from clerk.intake.mapping import FileMapping
from clerk.intake.mapping.recognise import ignored
from clerk.intake.report import BuildReport, Progress
from clerk.model.nights import GUESTS, OF_ANOTHER_TABLE, TableRows
from clerk.nights.report import BEFORE, CUT_BASKETS, REFUSED, TAKEN, UNKNOWN, WAITING, FileReport
from clerk.settings import Settings

_MB: Final = 1_000_000
FILE_REFUSED: Final = "good, but the file was refused"
UNTOLD: Final = "for a reason that nobody knows"
"""Rows that no rule names: a mistake of ours, which the report shows instead of hiding it."""
_UNKNOWN: Final = (
    "E211 its header is that of no export that Clerk knows: export it again with its header, or describe it in "
    "mapping.toml"
)
_FIRST = ("members", "items")
"""Tables that other files refer to: members by e-mail, items by name."""

Tell = Callable[[Progress], None]


@dataclass(slots=True)
class Arrival:
    """One file that is to be taken in."""

    file: FoundFile
    digest: str
    report: FileReport
    found: tuple[Recognised, ...] = ()
    """What it is; several when a shop's own mapping makes several tables of it."""
    is_sheet: bool = False
    """Whether it is one of several sheets of a workbook."""
    restated: bool = False
    """Whether it is on record, and read anew because the descriptions that it is read by have changed."""

    @property
    def tables(self) -> frozenset[str]:
        """Canonical tables that it feeds; none for a file that only helps to read others."""
        return frozenset(table for one in self.found for table in one.tables)

    @property
    def unread(self) -> bool:
        """Whether it is of a kind that is not needed."""
        return any(described.mapping.ignore for one in self.found for described in one.mapping)

    @property
    def canonical(self) -> bool:
        """Whether it is a table of our own, which is read without knowing anything else."""
        return len(self.found) == 1 and self.found[0].module == "canonical"


@dataclass(slots=True)
class Arrivals:
    """Every file of the night, sorted by what is to be done with it; nothing was written yet."""

    fresh: list[Arrival] = field(default_factory=list)
    """To be taken in, in the order in which they are."""
    before: list[Arrival] = field(default_factory=list)
    """Known by their hash; only to be put away."""
    reports: list[FileReport] = field(default_factory=list)
    packed: list[Arrival] = field(default_factory=list)
    """Every file of an archive and every sheet of a workbook."""
    still_refused: list[ClerkError] = field(default_factory=list)
    """Why files that were refused on an earlier night, and still lie there, were."""
    no_lines: ClerkError | None = None
    """Why a file of lines was refused that lies there, where no line was ever taken in."""


def arrivals(
    contents: InboxContents,
    history: HistoryStore,
    conditions: str,
    settings: Settings,
    mappings: Sequence[FileMapping],
    tell: Tell,
    folder: Path,
) -> Arrivals:
    """Sorts the files of the inbox by hash and header; those in archives and sheets of workbooks one by one.

    Args:
        contents: the inbox.
        history: has the hashes of files taken in before.
        conditions: what files are judged under tonight.
        settings: of the data folder.
        mappings: the shop's own layouts.
        tell: called with how much was read.
        folder: where archives are unpacked; private, and there until the night has ended.
    """
    found = Arrivals()
    unpacking = Unpacking(folder, settings.nightly.file_mb_at_most * _MB)
    for file in contents.files:
        unpacking.reserve(file.path.name)
    total = sum(file.size for file in contents.files if file.state == "complete")
    done = 0
    seen: set[str] = set()
    for file in contents.files:
        file_report = FileReport(file.name)
        found.reports.append(file_report)
        if file.state != "complete":
            file_report.state = WAITING if file.state == "waiting" else REFUSED
            file_report.reason = f"{file.code} {file.reason}".strip()
            continue
        try:
            digest = file.sha256()
        except OSError as problem:
            file_report.state, file_report.reason = REFUSED, f"E209 it cannot be read ({problem.strerror})"
            continue
        file_report.sha256 = digest
        done += file.size
        tell(Progress("looking through the inbox", done // _MB, total // _MB, "MB"))
        if not file.unchanged():
            file_report.state, file_report.reason = WAITING, "still being written"
            continue
        one = Arrival(file, digest, file_report)
        known = _Known(found, history, conditions, mappings, seen)
        if not known.holds(one):
            opened = [one] if ignored(file.path, mappings) else _parts(one, found, unpacking, known)
            for part in opened:
                _sort_in(part, found, settings, mappings)
                seen.add(part.digest)
        seen.add(digest)
    _without_other_sheets(found)
    found.fresh.sort(key=_members_and_items_first)
    return found


@dataclass(frozen=True, slots=True)
class _Known:
    """Which files were taken in or refused before; those need no more work."""

    found: Arrivals
    history: HistoryStore
    conditions: str
    mappings: Sequence[FileMapping]
    seen: set[str]

    def holds(self, one: Arrival) -> bool:
        """Whether the file is one of them; its report then says so."""
        if (taken := self.history.taken(one.digest)) is not None:
            if not _read_otherwise(one, taken, self.mappings):
                return self._before(one, f"as {taken.name} on the night {taken.night}")
            one.restated = True
        if one.digest in self.seen:
            return self._before(one, "the same lies there twice")
        refused = self.history.index.refused.get(one.digest)
        if refused is None or refused.under != self.conditions:
            if one.restated and taken is not None:
                one.report.reason = f"read again: its description has changed since the night {taken.night}"
            return False
        one.report.state = REFUSED
        one.report.reason = f"{refused.code} {refused.what} Not read again: as it was on the night {refused.night}."
        for kind in (TooManyBadRows, AllRowsBad):
            if refused.code == kind.code:
                self.found.still_refused.append(kind(refused.what, refused.remedy))
                if refused.lines and not self.history.line_count:
                    self.found.no_lines = self.found.still_refused[-1]
        return True

    def _before(self, one: Arrival, reason: str) -> bool:
        one.report.state, one.report.reason = BEFORE, reason
        self.found.before.append(one)
        return True


def _read_otherwise(one: Arrival, taken: Taken, mappings: Sequence[FileMapping]) -> bool:
    """Whether a file that was taken in would tonight be read by other descriptions than then."""
    if taken.read_by is None:
        return False
    try:
        found = recognised(one.file.path, mappings)
    except ClerkError:
        # It was readable: what is wrong is its description, and the report is to say so.
        return True
    return bool(found) and _read_by(found) != taken.read_by


def _read_by(found: Sequence[Recognised]) -> str:
    """See `Taken.read_by`."""
    return " ".join(described.mapping.digest for one in found for described in one.mapping)


def _parts(one: Arrival, found: Arrivals, unpacking: Unpacking, known: _Known) -> Iterator[Arrival]:
    """The file itself, or what is new of the files in it, each with a report of its own in its place."""
    try:
        if not is_packed(one.file.path):
            yield one
            return
        parts = unpacking.unpacked(one.file.path, one.file.name)
    except ClerkError as error:
        refuse(one, error)
        return
    except OSError as problem:
        one.report.state, one.report.reason = REFUSED, f"E209 it cannot be read ({problem.strerror})"
        return
    found.reports.remove(one.report)
    for part in parts:
        report = FileReport(part.name, sha256=part.sha256)
        found.reports.append(report)
        inner = Arrival(one.file.packing(part.name, part.path), part.sha256, report, is_sheet=part.is_sheet)
        found.packed.append(inner)
        if part.problem is not None:
            refuse(inner, part.problem)
        elif not known.holds(inner):
            yield inner


def _without_other_sheets(found: Arrivals) -> None:
    """Of a workbook with a sheet that is an export, the other sheets wait for nobody: they are named beside it."""
    books: dict[str, list[FileReport]] = {}
    for one in found.packed:
        if one.is_sheet:
            books.setdefault(one.report.name.rpartition(BETWEEN)[0], []).append(one.report)
    for reports in books.values():
        others = [report for report in reports if report.state == UNKNOWN]
        told = next((report for report in reports if report.state != UNKNOWN), None)
        if told is None or not others:
            continue
        names = ", ".join(report.name.rpartition(BETWEEN)[2] for report in others)
        told.reason = "; ".join(filter(None, (told.reason, f"other sheets of the workbook are no export: {names}")))
        for report in others:
            found.reports.remove(report)


def to_put_away(found: Arrivals) -> list[Path]:
    """Files of the inbox that were taken in, tonight or before; an archive only when nothing in it waits."""
    taken = [one for one in found.fresh if one.report.state == TAKEN]
    # What was written anew since it was read is another file, which the next night reads.
    paths = dict.fromkeys(one.file.lies_at for one in (*taken, *found.before) if one.file.unchanged())
    held = {one.file.lies_at for one in found.packed if one.report.state in (REFUSED, WAITING)}
    return [path for path in paths if path not in held]


def _sort_in(one: Arrival, found: Arrivals, settings: Settings, mappings: Sequence[FileMapping]) -> None:
    """Recognises the file by its header."""
    try:
        with understood(one.file.name):
            one.found = recognised(one.file.path, mappings, bytes_at_most=settings.nightly.file_mb_at_most * _MB)
    except ClerkError as error:
        refuse(one, error)
        return
    if not one.found:
        one.report.state, one.report.reason = UNKNOWN, _UNKNOWN
        return
    one.report.layout = _called([found.layout for found in one.found])
    found.fresh.append(one)


def _called(layouts: Sequence[str]) -> str:
    """`lines, items by mapping.toml`."""
    ends = {layout.partition(" by ")[2] for layout in layouts}
    if len(layouts) > 1 and len(ends) == 1 and (end := ends.pop()):
        return ", ".join(layout.partition(" by ")[0] for layout in layouts) + f" by {end}"
    return ", ".join(dict.fromkeys(layouts))


@contextmanager
def understood(name: str) -> Iterator[None]:
    """Turns any error of a reader into `SourceUnreadable`: one bad file must not end the night.

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


def take(one: Arrival, sources: Sequence[Source], history: HistoryStore, intake: Intake) -> list[str]:
    """Checks and merges one file.

    Args:
        one: the file.
        sources: its tables.
        history: what is known.
        intake: the night.

    Returns:
        Conflicts and other notes: sentences for a manager.

    Raises:
        ClerkError: the file is refused, or the disk failed; the history store is as it was.

    Effect: writes quarantined rows, and parts that nobody knows of yet.
    """
    for source in sources:
        source.file = one.file.name
    by_table = canonical.by_table(sources)
    one.report.ends_early = any(
        source.torn_row and source.torn_row <= max((number for number, _, _ in source.broken), default=0)
        for source in by_table.values()
    )
    columns = {table: frozenset(source.frame.columns) - {ROW} for table, source in by_table.items()}
    leads = {table for table, source in by_table.items() if source.leads}
    rows = max((source.file_rows or source.rows for source in by_table.values()), default=0)
    report = BuildReport(one.file.name)
    store = _with_currency(intake.store, history)
    with tempfile.TemporaryDirectory(prefix="clerk-night-") as scratch:
        home = Path(scratch) if intake.dry_run else intake.home
        try:
            with understood(one.file.name):
                checked = check(
                    by_table, store, report, intake.settings.pack, intake.now, home, intake.night,
                    history.items() if "lines" in by_table else None,
                )  # fmt: skip
        except ClerkError:
            _count(one.report, report, rows, leads, None)
            raise
        finally:
            intake.quarantine = intake.quarantine or ("" if intake.dry_run else report.quarantine)
    if not one.file.unchanged():
        one.report.state, one.report.reason = WAITING, "still being written"
        return []
    arrived = Arrived(one.file.name, one.digest, columns, _read_by(one.found))
    baskets = replace(checked.baskets, restated=one.restated)
    done = history.take(replace(checked, store=store, baskets=baskets), arrived, intake.night)
    one.report.state = TAKEN
    if not rows and not one.unread:
        one.report.reason = "; ".join(filter(None, (one.report.reason, "it has a header and no rows")))
    _count(one.report, report, rows, leads, done)
    lines = report.tables.get(LINES)
    if lines is not None and not lines.kept and GUESTS in lines.left_out:
        # Sent again, with the file that says whose they are, its rows are looked at again.
        history.index.taken.pop(one.digest, None)
    return [*done.conflicts, *(f"{one.file.name}: {sentence}" for sentence in report.fallbacks)]


def delivered(
    fresh: Sequence[Arrival], history: HistoryStore, store: Mapping[str, Any], notes: list[str]
) -> Iterator[tuple[Arrival, Sequence[Source] | ClerkError]]:  # fmt: skip
    """Each file with its tables, or with the error it gave: canonical tables first, since others refer to their rows.

    Args:
        fresh: what is to be taken in.
        history: what is known by then.
        store: `store.toml`.
        notes: gets conflicts and what was left out.
    """
    for one in (one for one in fresh if one.canonical):
        try:
            with understood(one.file.name):
                sources = [canonical.read_table(one.file.path, one.found[0].tables[0])]
        except ClerkError as error:
            yield one, error
        else:
            yield one, sources
    others = [one for one in fresh if not one.canonical]
    if not others:
        return
    known = KnownMembers.of(history.known())
    if any(one.restated for one in others):
        # What a wrong description called the group of an option is on record, and is not to outlive it.
        known.groups.clear()
    made = convert([found for one in others for found in one.found], _with_currency(store, history), known)
    notes += [*made.conflicts, *made.notices]
    by_file: dict[str, list[Source]] = {}
    for key in list(made):
        source = made.pop(key)
        by_file.setdefault(source.file, []).append(source)
    turn = {file: place for place, file in enumerate(by_file)}
    for one in sorted(others, key=lambda one: turn.get(one.file.path.name, 0)):
        problem = made.problems.get(one.file.path.name)
        without_table = [made.helping[name] for name in made.helping if name == one.file.path.name]
        yield one, problem if problem is not None else by_file.pop(one.file.path.name, without_table)


def _with_currency(store: Mapping[str, Any], history: HistoryStore) -> Mapping[str, Any]:
    """`store.toml`, with the currency of what is known where it names none."""
    return store if store.get("currency") else {**store, "currency": history.index.currency}


def remember_refused(one: Arrival, error: ClerkError, history: HistoryStore, night: str, conditions: str) -> None:
    """Remembers that the file was refused, so that it is not read again every night."""
    refuse(one, error)
    history.refuse(one.digest, refusal(one.file.name, night, error, conditions, lines=LINES in one.tables))


def conditions_of(settings: Settings, store: Mapping[str, Any], mappings: Sequence[FileMapping]) -> str:
    """A hash of everything but the file that decides whether it is refused."""
    pack = settings.pack
    return under(
        pack.bad_rows_share, pack.bad_rows_from, pack.quantity_at_most, dict(store), [one.digest for one in mappings]
    )


def _count(
    file_report: FileReport, report: BuildReport, rows: int, leads: Collection[str], done: Merged | None
) -> None:
    """Tells of every row of a file what became of it, for each table that the file feeds.

    Args:
        file_report: gets the counts.
        report: what the checks counted.
        rows: in the file.
        leads: tables that tell of every row of the file.
        done: what came of merging; None where the file was refused.
    """
    for table, told in report.tables.items():
        left_out = dict(told.left_out)
        taken, repeated, known = told.kept, told.repeated, 0
        if done is None:
            taken = repeated = 0
        elif table == LINES:
            known = done.known_rows
            taken -= known + done.cut_rows
            left_out[CUT_BASKETS] = done.cut_rows
        rest = rows - taken - repeated - known - sum(left_out.values()) - told.bad
        left_out[FILE_REFUSED if done is None else UNTOLD if table in leads else OF_ANOTHER_TABLE] = max(rest, 0)
        left_out = {rule: number for rule, number in left_out.items() if number}
        file_report.tables.append(TableRows(table, taken, known, repeated, left_out, dict(told.quarantined)))
        for reason, number in told.quarantined.items():
            # A row that cannot be taken apart is counted with every table of its file.
            file_report.quarantined[reason] = max(file_report.quarantined.get(reason, 0), number)
    file_report.rows = rows
    main = max(report.tables.values(), key=lambda table: (table.rows, table.kept), default=None)
    if main is not None:
        file_report.kept, file_report.repeated = main.kept, main.repeated


def _members_and_items_first(one: Arrival) -> tuple[int, int, str]:
    """Sort key: members and items before files that refer to them, then oldest first."""
    place = next((at for at, table in enumerate(_FIRST) if table in one.tables and "lines" not in one.tables), 9)
    return place, one.file.written_ns, one.file.name

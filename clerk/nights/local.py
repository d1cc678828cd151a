"""One night of one data folder: inbox to books to installed pack. Read `take_in`, then `_night`, from top to bottom.

Taking in and building are two steps that stand by themselves. Books are committed before files are put away, so a night
that was killed goes on where it was: what was committed is known by its hash, what was not is read again. A second run
finds nothing new and changes nothing. Reports, done files and quarantine folders of `nightly.reports_kept` nights are
kept, packs of `pack.keep` generations.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from clerk.clock import Clock, to_datetime
from clerk.durable import Disk, disk_errors, only_one
from clerk.errors import ClerkError, DiskFailed, DiskFull, PackDamaged, StoreLocked, TooManyBadRows
from clerk.history.leave_out import Forgotten, empty_journal, known
from clerk.history.tables import Books
from clerk.home import make_private
from clerk.intake import canonical_tables
from clerk.intake.inbox import DONE, INBOX, Looked, look, prune_done, prune_folders, put_away
from clerk.intake.mapping import FileMapping, read_mappings
from clerk.intake.quarantine import QUARANTINE
from clerk.intake.report import Progress
from clerk.journal.file import BALLAST_BYTES
from clerk.model import Notice
from clerk.nights import arrivals as arriving
from clerk.nights.report import (
    FAILED,
    INSTALLED,
    KEPT,
    NIGHTS,
    NOTHING_NEW,
    REFUSED,
    TAKEN,
    WAITING,
    NightReport,
    prune_reports,
)
from clerk.pack.made_from import BOOKS_FACT, EVENTS_FACT, is_up_to_date, mark, went_back
from clerk.pack.open import PACKS, current_generation
from clerk.pack_build.build import build_checked
from clerk.pack_build.models import Learn
from clerk.pack_build.stages import Events
from clerk.phrases import count
from clerk.report import plain
from clerk.settings import Settings, load
from embeddings import Encoder

_MB: Final = 1_000_000
_BE_PATIENT: Final = (
    "{} in the inbox {} perhaps still being written: wait two minutes and run it again, or run `clerk nightly --now`."
)


@dataclass(frozen=True, slots=True)
class Carried:
    """Events of the ledger that the pack is to carry."""

    mark: str
    """Names exactly these events: another mark, another pack."""
    rows: Callable[[], Events | None]
    erased: Callable[[], Events] = lambda: ()
    """The same of the kinds that say who is forgotten, or known again (`forgotten.KINDS`)."""
    last_said: Callable[[], Mapping[str, int]] = dict
    """Member id -> wall second of the last event."""
    erase: Callable[[Forgotten], int] = lambda _: 0
    """Empties what head office holds of the forgotten; how many events."""


@dataclass(frozen=True, slots=True)
class Means:
    """What a night works with."""

    clock: Clock
    encoder: Callable[[], Encoder | None] = lambda: None
    """Made only when a pack is built; None embeds nothing."""
    meaning: bool = False
    """Whether the encoder makes vectors, so that a pack without them is not up to date."""
    learn: Learn | None = None
    progress: Callable[[Progress], None] = lambda _: None
    everything: bool = False
    """Take every file as complete."""
    dry_run: bool = False
    events_are_lost: bool = False
    """A person said so: a pack may be made without events that the one in use tells and the ledger lacks."""
    disk: Disk | None = None


def take_in(
    home: Path, means: Means, *, inbox: Path | None = None, carried: Carried | None = None, role: str = "alone",
    build: bool = True, save: bool = True, locked: bool = False,
) -> NightReport:  # fmt: skip
    """Takes in what lies in the inbox and installs a pack that holds it.

    Args:
        home: the data folder.
        means: clock, encoder, models, progress.
        inbox: where files lie; `inbox` in the data folder when left out.
        carried: events of the ledger for the pack.
        role: said in the report.
        build: whether a pack may be made; without, only the books grow.
        save: whether the report is complete with this.
        locked: the caller holds the night's lock.

    Returns:
        The report, saved unless it was a dry run. What failed is in it: nothing but a lock is raised.

    Raises:
        StoreLocked: another night is running in this data folder.

    Effect: writes below `home` and moves files of the inbox; a dry run changes nothing at all.
    """
    started = means.clock.now()
    report = NightReport(night_name(home, started, inbox), started, role=role, dry_run=means.dry_run)
    began = time.monotonic()
    with alone(home, dry_run=means.dry_run or locked):
        try:
            with disk_errors("taking in the night's files"):
                _night(home, inbox or home / INBOX, means, carried, report, build=build)
        except ClerkError as error:
            report.failed_with(error)
            report.outcome = FAILED
        report.ended = started + round(time.monotonic() - began)
        if save:
            finish(home, report, means.disk)
    return report


def finish(home: Path, report: NightReport, disk: Disk | None = None) -> None:
    """Saves the report and removes old ones; a disk without room for it is noted in the report itself."""
    if report.dry_run:
        return
    try:
        keep = load(home).nightly.reports_kept
        report.save(home, disk)
        prune_reports(home, keep)
        prune_folders(home / QUARANTINE, keep)
    except ClerkError as error:
        report.failed_with(error)


def _night(
    home: Path, inbox: Path, means: Means, carried: Carried | None, report: NightReport, *, build: bool
) -> None:  # fmt: skip
    """Look, read, merge, put away, build."""
    settings = load(home)
    with _timed(report, "looking"):
        books = Books.open(home, means.disk, dry_run=means.dry_run)
        looked = look(
            inbox, quiet_s=settings.nightly.quiet_s, at_most=settings.nightly.file_mb_at_most * _MB,
            everything=means.everything,
        )  # fmt: skip
        store = _store(home, looked, books)
        mappings = _mappings(inbox, home, report)
        conditions = arriving.conditions_of(settings, store, mappings)
        found = arriving.arrivals(looked, books, conditions, settings, mappings, means.progress)
        if looked.files:
            means.progress(Progress("looking through the inbox", 1, 1))
    report.files = found.reports
    report.store = str(store.get("store_id", ""))
    report.notices += [
        Notice("E212", f"{name} is a link and was passed over.", "Put the file itself into the inbox.")
        for name in looked.links
    ]
    size = sum(one.lying.size for one in found.fresh)
    if found.fresh or not is_up_to_date(home, _mark(books, carried), meaning=means.meaning):
        _room(home, size)
    judged = _take_all(found, books, arriving.Intake(
        home, report.night, means.clock.now(), store, settings, means.dry_run), conditions, means, report)  # fmt: skip
    if not books.empty:
        books.tell_store(store)
    gone = _forget(home, books, carried, settings, means, report)
    hold = _mark(books, carried)
    if judged:
        books.book.held = hold
    changed = bool(found.fresh) or judged is not None
    if not means.dry_run:
        if changed:
            books.commit()
        elif not books.empty:
            books.commit() if books.stale else books.clear_leftovers()
        _put_away(inbox, looked, found, report, settings, means.disk)
    kept = judged or (found.still_refused[0] if found.still_refused and books.book.held == hold else None)
    if kept is not None:
        report.failed_with(kept)
        report.outcome = KEPT if current_generation(home) else FAILED
        return
    if build:
        _build(home, books, means, carried, report, gone)
    else:
        report.outcome = KEPT if current_generation(home) else FAILED


def _take_all(
    found: arriving.Arrivals, books: Books, intake: arriving.Intake, conditions: str, means: Means, report: NightReport
) -> TooManyBadRows | None:
    """Every fresh file by itself; gives the error of one of which too much was bad."""
    judged: TooManyBadRows | None = None
    size = sum(one.lying.size for one in found.fresh)
    done = 0
    with _timed(report, "taking in"):
        for one, sources in arriving.delivered(found.fresh, books, intake.store, report.conflicts):
            means.progress(Progress("taking in", done // _MB, size // _MB, "MB"))
            try:
                if isinstance(sources, ClerkError):
                    raise sources
                report.conflicts += arriving.take(one, sources, books, intake)
            except TooManyBadRows as error:
                judged = judged or error
                arriving.remember_refused(one, error, books, report.night, conditions)
            except (DiskFull, DiskFailed, PackDamaged):
                raise
            except ClerkError as error:
                arriving.remember_refused(one, error, books, report.night, conditions)
            done += one.lying.size
    if found.fresh:
        means.progress(Progress("taking in", 1, 1))
    report.quarantine = intake.quarantine
    return judged


def _put_away(
    inbox: Path, looked: Looked, found: arriving.Arrivals, report: NightReport, settings: Settings, disk: Disk | None
) -> None:
    """Moves what was taken in, and the triggers, to `done/<night>/` of the inbox."""
    taken = [one for one in found.fresh if one.report.state == TAKEN]
    # What was written anew since it was read is another file, which the next night reads.
    paths = [one.lying.path for one in (*taken, *found.before) if one.lying.unchanged()]
    folders = {path.parent for path in paths} - {inbox}
    paths += [path for path in looked.store_files if path.parent in folders]
    left = put_away(inbox, report.night, [*paths, *looked.triggers], disk)
    if left:
        report.notices.append(Notice(
            "E206", f"{', '.join(left)} could not be moved out of the inbox.",
            "They were taken in and will not be taken twice; remove them by hand."))  # fmt: skip
    prune_done(inbox, settings.nightly.reports_kept)


def _forget(
    home: Path, books: Books, carried: Carried | None, settings: Settings, means: Means, report: NightReport
) -> Forgotten:
    """Nobody who is forgotten, or was not here for so long, stays in the books, whatever came in tonight."""
    with _timed(report, "forgetting"):
        gone = known(home, carried.erased() if carried else (), carried.last_said() if carried else None)
        if not books.empty:
            books.leave_out(gone, means.clock.now(), settings.privacy.keep_months)
        emptied = 0 if means.dry_run else carried.erase(gone) if carried else empty_journal(home, gone, means.clock)
    report.conflicts += gone.counted.words(settings.privacy.keep_months)
    if emptied:
        report.conflicts.append(f"{emptied:,} things that forgotten members had said were emptied")
    return gone


def _build(
    home: Path, books: Books, means: Means, carried: Carried | None, report: NightReport, gone: Forgotten
) -> None:  # fmt: skip
    """A pack of the books, unless one holds them already."""
    if books.empty and carried is None:
        report.outcome = NOTHING_NEW if not any(one.state == REFUSED for one in report.files) else FAILED
        if current_generation(home) is None:
            waiting = sum(one.state == WAITING for one in report.files)
            report.notices.append(Notice(
                "E201", "No store data was ever taken in here.",
                _BE_PATIENT.format(count(waiting, "file"), "is" if waiting == 1 else "are") if waiting else
                "Put the shop's exports into the inbox; `clerk template` writes empty tables to fill in."))  # fmt: skip
        return
    if is_up_to_date(home, _mark(books, carried), meaning=means.meaning):
        report.outcome = NOTHING_NEW
        report.went_back = went_back(home) is not None
        return
    report.outcome = INSTALLED
    if means.dry_run:
        return
    facts = {BOOKS_FACT: books.version, **({EVENTS_FACT: carried.mark} if carried else {})}
    means.progress(Progress("opening the books", 0, 0))
    with _timed(report, "opening the books"):
        checked = books.checked()
    means.progress(Progress("opening the books", 1, 1))
    built = build_checked(
        checked, home, source=str(checked.store.get("source", INBOX)), clock=means.clock, encoder=means.encoder(),
        progress=means.progress, learn=means.learn, events=carried.rows() if carried else None, facts=facts,
        forgotten=gone,
    )  # fmt: skip
    told: Any = plain(built)
    report.build = told


def _mark(books: Books, carried: Carried | None) -> str:
    return mark(books.version, carried.mark if carried else "")


def _store(home: Path, looked: Looked, books: Books) -> dict[str, Any]:
    """Facts of the store: from the history store, then from the inbox, then from the manager's own file."""
    told = dict(books.book.store)
    for path in looked.store_files:
        told |= canonical_tables.read_store(path.parent)
    return {**told, **canonical_tables.read_store(home)}


def _mappings(inbox: Path, home: Path, report: NightReport) -> tuple[FileMapping, ...]:
    """The shop's own layouts; without them, files that need them are not recognised, and the others are."""
    try:
        return read_mappings(inbox, home)
    except ClerkError as error:
        report.notices.append(Notice(error.code, error.what, error.remedy))
        return ()


def _room(home: Path, arriving_bytes: int) -> None:
    """Refuses to begin what would fill the disk.

    Raises:
        DiskFull: there is less room than twice the pack and the journal's reserve.
    """
    name = current_generation(home)
    pack = 0
    if name is not None:
        pack = sum(path.stat().st_size for path in (home / PACKS / name).rglob("*") if path.is_file())
    needed = 2 * max(pack, arriving_bytes) + BALLAST_BYTES
    there = next(folder for folder in (home, *home.parents) if folder.is_dir())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise DiskFull(
            f"The night needs {needed / _MB:,.0f} MB and the disk has {free / _MB:,.0f} MB free; nothing was begun.",
            f"Free {(needed - free) / _MB:,.0f} MB, or lower reports_kept under [nightly] in settings.toml.",
        )


@contextmanager
def alone(home: Path, *, dry_run: bool) -> Iterator[None]:
    """One night at a time; a dry run writes not even a lock.

    Raises:
        StoreLocked: another night is running in this data folder.
    """
    if dry_run:
        yield
        return
    folder = home / NIGHTS
    with disk_errors("making the data folder"):
        make_private(folder)
    try:
        with only_one(folder / ".lock"):
            yield
    except StoreLocked as locked:
        if locked.what.startswith("Another build"):
            raise StoreLocked("Another night is running in this data folder.", "Wait until it has ended.") from None
        raise


@contextmanager
def _timed(report: NightReport, stage: str) -> Iterator[None]:
    began = time.monotonic()
    try:
        yield
    finally:
        report.seconds[stage] = round(report.seconds.get(stage, 0.0) + time.monotonic() - began, 3)


def night_name(home: Path, now: int, inbox: Path | None = None) -> str:
    """A night's name: sorts by time, never used twice."""
    moment = f"{to_datetime(now):%Y%m%dT%H%M%S}"
    done = (inbox or home / INBOX) / DONE
    number, name = 1, moment
    while (home / NIGHTS / f"{name}.json").exists() or (home / QUARANTINE / name).exists() or (done / name).exists():
        number += 1
        name = f"{moment}-{number:02d}"
    return name

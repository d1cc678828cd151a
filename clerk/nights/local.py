"""One night of one data folder: inbox to history store to installed pack. Read `take_in` first, then `_night`.

Taking in and building are two separate steps. The history store is committed before files are put away, so a night
that was killed goes on where it was: committed files are known by their hash, others are read again. A second run
finds nothing new and changes nothing. Reports, done files and quarantine folders of `nightly.reports_kept` nights are
kept, packs of `pack.keep` generations.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from clerk.clock import Clock, to_datetime
from clerk.durable import Disk, disk_errors, only_one
from clerk.errors import (
    AllRowsBad,
    ClerkError,
    DiskFailed,
    DiskFull,
    NothingInIt,
    PackDamaged,
    SourceUnreadable,
    StoreLocked,
    TooManyBadRows,
)
from clerk.history.delete_erased import (
    drop_older_packs,
    keep_expiry_receipt,
    keep_receipt,
    must_be_replaced,
    redact_journal,
)
from clerk.history.index import MADE_UP
from clerk.history.leave_out import ErasureRules, read_erasure_rules
from clerk.history.store import LINES, HistoryStore
from clerk.home import make_private
from clerk.intake import canonical_tables
from clerk.intake.files.inbox import DONE, INBOX, InboxContents, look, prune_done, prune_folders, put_away
from clerk.intake.mapping import FILE_NAME, FileMapping, patterns_of, read_mappings
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
    WAITING,
    NightReport,
    prune_reports,
)
from clerk.pack.generations import clear_leftovers
from clerk.pack.open import PACKS, current_generation, current_manifest
from clerk.pack.provenance import EVENTS_FACT, HISTORY_FACT, is_up_to_date, mark, went_back
from clerk.pack_build.build import EncoderFor, build_checked
from clerk.pack_build.models import Learn
from clerk.pack_build.stages import Events
from clerk.phrases import count
from clerk.report import plain
from clerk.settings import Settings, load

_MB: Final = 1_000_000
_BE_PATIENT: Final = (
    "{} in the inbox {} perhaps still being written: wait two minutes and run it again, or run `clerk nightly --now`."
)


@dataclass(frozen=True, slots=True)
class LedgerEvents:
    """Events of the ledger that go into the pack."""

    mark: str
    """Names exactly these events: another mark, another pack."""
    rows: Callable[[], Events | None]
    erased: Callable[[], Events] = lambda: ()
    """Only the events that erase members or enrol them again (`leave_out.KINDS`)."""
    last_activity: Callable[[], Mapping[str, int]] = dict
    """Member id -> wall second of the last event."""
    erase: Callable[[ErasureRules], int] = lambda _: 0
    """Redacts erased members' events in the ledger; gives how many."""


@dataclass(frozen=True, slots=True)
class Means:
    """What a night works with."""

    clock: Clock
    encoder: EncoderFor = lambda _languages: None
    """Asked only when a pack is built; None embeds nothing."""
    meaning: bool = False
    """Whether the encoder makes vectors, so that a pack without them is not up to date."""
    learn: Learn | None = None
    progress: Callable[[Progress], None] = lambda _: None
    everything: bool = False
    """Take every file as complete."""
    dry_run: bool = False
    events_are_lost: bool = False
    """A manager confirmed it: a pack may be made without events that the pack in use has and the ledger lacks."""
    disk: Disk | None = None


def take_in(
    home: Path, means: Means, *, inbox: Path | None = None, ledger_events: LedgerEvents | None = None,
    role: str = "alone", build: bool = True, save: bool = True, locked: bool = False,
) -> NightReport:  # fmt: skip
    """Takes in the files in the inbox and installs a pack made from them.

    Args:
        home: the data folder.
        means: clock, encoder, models, progress.
        inbox: where files lie; `inbox` in the data folder when left out.
        ledger_events: events of the ledger for the pack.
        role: for the report.
        build: whether a pack may be made; without, only the history store grows.
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
            with disk_errors("taking in the night's files"), _unpacking(home, dry_run=means.dry_run) as folder:
                _night(home, inbox or home / INBOX, means, ledger_events, report, folder, build=build)
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
        prune_folders(home / QUARANTINE, keep, report.started)
    except ClerkError as error:
        report.failed_with(error)


def _night(
    home: Path, inbox: Path, means: Means, ledger_events: LedgerEvents | None, report: NightReport, folder: Path, *,
    build: bool,
) -> None:  # fmt: skip
    """Look, read, merge, put away, build."""
    settings = load(home)
    with _timed(report, "looking"):
        history = HistoryStore.open(home, means.disk, dry_run=means.dry_run)
        contents = look(
            inbox, quiet_s=settings.nightly.quiet_s, at_most=settings.nightly.file_mb_at_most * _MB,
            everything=means.everything,
        )  # fmt: skip
        if history.index.begun_by == MADE_UP and any(file.state == "complete" for file in contents.files):
            report.conflicts.append("the made-up shop makes room for what comes in")
            history.begin_anew()
        store = _store(home, contents, history)
        mappings = _mappings(inbox, home, contents, report)
        conditions = arriving.conditions_of(settings, store, mappings)
        found = arriving.arrivals(contents, history, conditions, settings, mappings, means.progress, folder)
        if contents.files:
            means.progress(Progress("looking through the inbox", 1, 1))
    report.files = found.reports
    report.store = str(store.get("store_id", ""))
    report.notices += [
        Notice("E212", f"{name} is a link and was passed over.", "Put the file itself into the inbox.")
        for name in contents.links
    ]
    report.notices += canonical_tables.strange_keys(store)
    rules = read_erasure_rules(
        home,
        ledger_events.erased() if ledger_events else (),
        ledger_events.last_activity() if ledger_events else None,
    )
    size = sum(one.file.size for one in found.fresh)
    if found.fresh or not is_up_to_date(home, _mark(history, ledger_events, rules), meaning=means.meaning):
        _room(home, size)
    too_bad = _take_all(found, history, arriving.Intake(
        home, report.night, means.clock.now(), store, settings, means.dry_run), conditions, means, report)  # fmt: skip
    report.only_guests = not history.line_count
    if not history.empty:
        history.set_store(store)
    _forget(home, history, ledger_events, rules, settings, means, report)
    up_to_date_mark = _mark(history, ledger_events, rules)
    if too_bad:
        history.index.held = up_to_date_mark
    changed = bool(found.fresh) or too_bad is not None
    if not means.dry_run:
        if changed:
            history.commit()
        elif not history.empty:
            history.commit() if history.stale else history.clear_leftovers()
        _put_away(inbox, contents, found, report, settings, means.clock.now(), means.disk)
    kept = too_bad or (
        found.still_refused[0]
        if found.still_refused and history.index.held == up_to_date_mark
        else found.no_lines
        if not history.line_count
        else None
    )
    if kept is not None:
        report.failed_with(kept)
        if not must_be_replaced(home, rules, means.clock.now()):
            report.outcome = KEPT if current_generation(home) else FAILED
            return
    if build and not (history.empty and ledger_events is None) and _holds_less(history, home):
        what = "The store data in use was made by an older `clerk build`, which did not keep its tables for nights."
        remedy = "Run `clerk build` once more, from the same folder or for the same shop; nights then add to it."
        report.failed_with(NothingInIt(what, remedy))
        report.outcome = KEPT
        return
    if build:
        _build(home, history, means, ledger_events, report, rules)
    else:
        report.outcome = KEPT if current_generation(home) else FAILED
    if ledger_events is None and not means.dry_run:
        drop_older_packs(home, rules, means.clock.now())


def _take_all(
    found: arriving.Arrivals,
    history: HistoryStore,
    intake: arriving.Intake,
    conditions: str,
    means: Means,
    report: NightReport,
) -> ClerkError | None:
    """Takes in every new file by itself.

    Returns:
        Why no pack is to be made: the error of the first file that had too many bad rows; or of one that had nothing
        else where no line was ever taken in, so that no pack without lines is installed.
    """
    too_bad: ClerkError | None = None
    all_bad: ClerkError | None = None
    size = sum(one.file.size for one in found.fresh)
    done = 0
    with _timed(report, "taking in"):
        for one, sources in arriving.delivered(found.fresh, history, intake.store, report.conflicts):
            means.progress(Progress("taking in", done // _MB, size // _MB, "MB"))
            try:
                if isinstance(sources, ClerkError):
                    raise sources
                report.conflicts += arriving.take(one, sources, history, intake)
            except TooManyBadRows as error:
                too_bad = too_bad or error
                arriving.remember_refused(one, error, history, report.night, conditions)
            except AllRowsBad as error:
                all_bad = all_bad or (error if LINES in one.tables else None)
                arriving.remember_refused(one, error, history, report.night, conditions)
            except (DiskFull, DiskFailed, PackDamaged):
                raise
            except ClerkError as error:
                arriving.remember_refused(one, error, history, report.night, conditions)
            done += one.file.size
    if found.fresh:
        means.progress(Progress("taking in", 1, 1))
    report.quarantine = intake.quarantine
    return too_bad or (all_bad if all_bad and not history.line_count else None)


def _put_away(
    inbox: Path,
    contents: InboxContents,
    found: arriving.Arrivals,
    report: NightReport,
    settings: Settings,
    now: int,
    disk: Disk | None,
) -> None:
    """Moves what was taken in, and the triggers, to `done/<night>/` of the inbox."""
    paths = arriving.to_put_away(found)
    folders = {path.parent for path in paths} - {inbox}
    paths += [path for path in contents.store_files if path.parent in folders]
    left = put_away(inbox, report.night, [*paths, *contents.triggers], disk)
    if left:
        report.notices.append(Notice(
            "E206", f"{', '.join(left)} could not be moved out of the inbox.",
            "They were taken in and will not be taken twice; remove them by hand."))  # fmt: skip
    prune_done(inbox, settings.nightly.reports_kept, now)


def _forget(
    home: Path,
    history: HistoryStore,
    ledger_events: LedgerEvents | None,
    rules: ErasureRules,
    settings: Settings,
    means: Means,
    report: NightReport,
) -> None:
    """Deletes erased and expired members from history store, journal and ledger, whatever came in tonight."""
    with _timed(report, "forgetting"):
        if not history.empty:
            history.leave_out(rules, means.clock.now(), settings.privacy.keep_months)
        redacted = 0
        if not means.dry_run:
            in_journal = redact_journal(home, rules, means.clock)
            redacted = in_journal.events + (ledger_events.erase(rules) if ledger_events else 0)
            if not ledger_events and rules.erasures:
                keep_receipt(home, rules, in_journal, "night", means.clock.now())
            keep_expiry_receipt(home, rules, replace(in_journal, events=redacted), "night", means.clock.now())
    report.conflicts += rules.left_out.sentences(settings.privacy.keep_months)
    if redacted:
        report.conflicts.append(f"redacted because erased: {count(redacted, 'event')}")


def _build(
    home: Path, history: HistoryStore, means: Means, ledger_events: LedgerEvents | None, report: NightReport,
    rules: ErasureRules,
) -> None:  # fmt: skip
    """Builds a pack of the history store, unless the one in use is up to date."""
    if history.empty and ledger_events is None:
        report.outcome = NOTHING_NEW if not any(one.state == REFUSED for one in report.files) else FAILED
        if current_generation(home) is None:
            waiting = sum(one.state == WAITING for one in report.files)
            report.notices.append(Notice(
                "E201", "No store data was ever taken in here.",
                _BE_PATIENT.format(count(waiting, "file"), "is" if waiting == 1 else "are") if waiting else
                "Put the shop's exports into the inbox; `clerk template` writes empty tables to fill in."))  # fmt: skip
        return
    if is_up_to_date(home, _mark(history, ledger_events, rules), meaning=means.meaning):
        report.outcome = NOTHING_NEW
        report.went_back = went_back(home) is not None
        if not means.dry_run:
            # A `clerk build` that was killed left a part of a pack here.
            with suppress(StoreLocked), only_one(home / PACKS / ".lock"):
                clear_leftovers(home)
        return
    report.outcome = INSTALLED
    if means.dry_run:
        return
    facts = pack_facts(history, rules, ledger_events)
    means.progress(Progress("opening the history store", 0, 0))
    with _timed(report, "opening the books"):
        checked = history.checked()
    means.progress(Progress("opening the history store", 1, 1))
    built = build_checked(
        checked, home, source=str(checked.store.get("source", INBOX)), clock=means.clock, encoder=means.encoder,
        progress=means.progress, learn=means.learn, events=ledger_events.rows() if ledger_events else None, facts=facts,
        erasure_rules=rules,
    )  # fmt: skip
    build_report: Any = plain(built)
    report.build = build_report


def pack_facts(
    history: HistoryStore, rules: ErasureRules, ledger_events: LedgerEvents | None = None
) -> dict[str, str]:  # fmt: skip
    """Facts of a pack that say which history and which events it was made from."""
    events_mark = _events_mark(ledger_events, rules)
    return {HISTORY_FACT: history.version, **({EVENTS_FACT: events_mark} if ledger_events or events_mark else {})}


def _holds_less(history: HistoryStore, home: Path) -> bool:
    """Whether the pack in use was made without a history store, and has more lines than there are in it."""
    pack = current_manifest(home) or {}
    lines = (pack.get("counts") or {}).get("lines", 0)
    return not pack.get(HISTORY_FACT) and type(lines) is int and lines > history.line_count


def _mark(history: HistoryStore, ledger_events: LedgerEvents | None, rules: ErasureRules) -> str:
    return mark(history.version, _events_mark(ledger_events, rules))


def _events_mark(ledger_events: LedgerEvents | None, rules: ErasureRules) -> str:
    """Names the ledger's events and the erasures: a pack without who was erased is another one."""
    return "-".join(filter(None, (ledger_events.mark if ledger_events else "", rules.mark)))


def _store(home: Path, contents: InboxContents, history: HistoryStore) -> dict[str, Any]:
    """Facts of the store: from the history store, then from the inbox, then from the manager's own file."""
    facts = dict(history.index.store)
    for path in contents.store_files:
        facts |= canonical_tables.read_store(path.parent)
    return {**facts, **canonical_tables.read_store(home)}


def _mappings(
    inbox: Path, home: Path, contents: InboxContents, report: NightReport
) -> tuple[FileMapping, ...]:  # fmt: skip
    """The shop's own file mappings; none when they cannot be read, which becomes a notice.

    Effect: files that such a mapping describes wait for it; taken in another way, every basket would be there twice.
    """
    try:
        return read_mappings(inbox, home)
    except ClerkError as error:
        report.notices.append(Notice(error.code, error.what, error.remedy))
    patterns = patterns_of(inbox, home)
    reason = f"{FILE_NAME}, which describes it, cannot be used"
    contents.files[:] = [
        replace(file, state="refused", code=SourceUnreadable.code, reason=reason)
        if file.state == "complete" and any(fnmatchcase(file.path.name.lower(), one.lower()) for one in patterns)
        else file
        for file in contents.files
    ]
    return ()


def _room(home: Path, arriving_bytes: int) -> None:
    """Refuses to begin a night that would fill the disk.

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
def _unpacking(home: Path, *, dry_run: bool) -> Iterator[Path]:
    """A folder for what archives hold, gone after the night; a dry run writes nothing into the data folder."""
    if dry_run:
        with tempfile.TemporaryDirectory(prefix="clerk-night-") as scratch:
            yield Path(scratch)
        return
    folder = home / NIGHTS / ".unpacked"
    # A night that was killed left it behind.
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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

"""Builds a store's pack and puts it to use: the data folder, the lock and the pack in use around `stages.build_store`.

Seen from outside it is one transaction: until the pointer moves, the pack in use is untouched, whatever happens.
Building twice is harmless: it makes a second generation with the same content.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from clerk.clock import Clock, ShopClock, to_datetime
from clerk.durable import disk_errors, only_one
from clerk.errors import KeyWrong, NothingInIt, PackDamaged, PackForeign
from clerk.history.leave_out import ErasureRules, leave_out, read_erasure_rules
from clerk.home import make_private
from clerk.intake import canonical_tables
from clerk.intake.canonical_tables import ROW
from clerk.intake.checks.damaged import without_damaged
from clerk.intake.checks.tables import Checked, check
from clerk.intake.report import BuildReport, Progress, StageClock
from clerk.keys_at_rest import Key, keep_fingerprint, key_of
from clerk.languages import languages_of, shop_languages
from clerk.memory import frugal_arrays
from clerk.pack import generations
from clerk.pack.open import (
    DATABASE,
    PACKS,
    VECTORS,
    current_generation,
    current_manifest,
    damaged,
    generation_names,
    open_generation,
    read_manifest,
)
from clerk.pack.read import PackReader, texts_of
from clerk.pack_build.models import Learn, LearnedBefore
from clerk.pack_build.stages import Events, Meaning, PackPlan, build_store
from clerk.phrases import count
from clerk.settings import Settings, load
from embeddings import Encoder, ItemText, text_hash

EncoderFor = Callable[[tuple[str, ...]], Encoder | None]
"""Gives the encoder for a shop of these languages."""
Keep = Callable[[Checked, Mapping[str, frozenset[str]], ErasureRules], tuple[Checked, Mapping[str, str]]]
"""Takes checked tables, the columns that each states, and the erasures; gives what a pack is made of and its facts."""

_FILL_IN = "Fill in the tables, or name the right folder; to begin anew, take another data folder (--home)."


def build(
    folder: Path,
    home: Path,
    *,
    clock: Clock | None = None,
    now: Callable[[], int] | None = None,
    encoder: Encoder | EncoderFor | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    dry_run: bool = False,
    learn: Learn | None = None,
    events: Events | None = None,
    report: BuildReport | None = None,
    keep: Keep | None = None,
) -> BuildReport:
    """Builds and installs a pack from a folder that holds the whole shop.

    Args:
        folder: the canonical folder.
        home: the data folder.
        clock: tells the time of the build; without it and `now`, the machine's.
        now: the same as a function, for callers that have no clock.
        encoder: makes vectors, or what gives one for the shop's languages; without, search is by words and taste is
            silent.
        progress: called with how far the build is.
        dry_run: check everything, install nothing.
        learn: fits the shop's models.
        events: of the journals, to go into the pack.
        report: goes on; a new one when there is none.
        keep: puts the checked tables where nights find them, and gives what the pack is made of, with its facts.

    Raises:
        SourceMissing, SourceUnreadable: the folder is not what it has to be.
        TooManyBadRows, NothingInIt: the swap would do harm.
        StoreLocked: another build is running.
        DiskFull, DiskFailed: the disk; the pack in use is untouched.

    Effect: writes below `home/packs` and `home/quarantine`, moves `CURRENT`.
    """
    report = report or BuildReport(source=folder.name, dry_run=dry_run)
    with _room_to_build(home, _now(clock, now), report, progress) as work:
        work.stopwatch.begin("reading")
        sources = canonical_tables.read_folder(folder)
        store = canonical_tables.read_store(folder)
        report.notices += canonical_tables.strange_keys(store)
        work.stopwatch.begin("checking")
        columns = {source.table: frozenset(source.frame.columns) - {ROW} for source in sources.values()}
        erasure_rules = read_erasure_rules(home)
        checked = check(sources, store, report, work.settings.pack, work.now, home, work.generation)
        people = sum(checked.tables[name].height for name in ("members", "lines") if name in checked.tables)
        if "members" in checked.tables:
            checked.tables["members"] = without_damaged(checked.tables["members"])
        # A folder brings no erased member back.
        leave_out(checked.tables, erasure_rules)
        report.fallbacks += erasure_rules.left_out.sentences(work.settings.privacy.keep_months)
        _refuse_empty(home, folder.name, checked, people)
        facts: Mapping[str, str] = {}
        if keep is not None:
            work.stopwatch.begin("keeping")
            checked, facts = keep(checked, columns, erasure_rules)
        _build_and_install(work, checked, PackPlan(
            source=folder.name, now=work.now, generation=work.generation, settings=work.settings, facts=facts,
            erasure_rules=erasure_rules, events=events, learn=learn, learned=_learned_before(home, learn, report),
            meaning=_meaning(home, encoder, checked), key=work.key,
        ))  # fmt: skip
    return report


def build_checked(
    checked: Checked,
    home: Path,
    *,
    source: str,
    clock: Clock | None = None,
    now: Callable[[], int] | None = None,
    encoder: Encoder | EncoderFor | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    dry_run: bool = False,
    learn: Learn | None = None,
    events: Events | None = None,
    report: BuildReport | None = None,
    facts: Mapping[str, str] = MappingProxyType({}),
    erasure_rules: ErasureRules | None = None,
) -> BuildReport:
    """Builds and installs a pack from tables that were checked before: those of a shop's history store.

    Args:
        checked: the whole shop; emptied as the build goes on.
        home: the data folder.
        source: what the pack says it was made from.
        clock: as in `build`, like all that is not named here.
        now: as in `build`.
        encoder: as in `build`.
        progress: as in `build`.
        dry_run: as in `build`.
        learn: as in `build`.
        events: as in `build`.
        report: goes on; a new one when there is none.
        facts: added to the facts of the pack and to its manifest.
        erasure_rules: applied to the events; the tables are without erased members already.

    Raises:
        NothingInIt, StoreLocked, DiskFull, DiskFailed: as in `build`.

    Effect: writes below `home/packs`, moves `CURRENT`.
    """
    report = report if report is not None else BuildReport(source=source, dry_run=dry_run)
    with _room_to_build(home, _now(clock, now), report, progress) as work:
        _refuse_empty(home, source, checked, None)
        _build_and_install(work, checked, PackPlan(
            source=source, now=work.now, generation=work.generation, settings=work.settings, facts=facts,
            erasure_rules=erasure_rules or read_erasure_rules(home), events=events, learn=learn,
            learned=_learned_before(home, learn, report), learns_anew=False,
            meaning=_meaning(home, encoder, checked), key=work.key,
        ))  # fmt: skip
    return report


@dataclass(frozen=True, slots=True)
class _Work:
    """One build that holds the lock."""

    home: Path
    now: int
    generation: str
    building: Path
    """Folder of the pack being built; removed however the build ends."""
    settings: Settings
    key: Key | None
    report: BuildReport
    stopwatch: StageClock


@contextmanager
def _room_to_build(home: Path, now: int, report: BuildReport, progress: Callable[[Progress], None]) -> Iterator[_Work]:
    """Holds the build lock and a temporary folder, and turns disk errors into Clerk's."""
    frugal_arrays()
    packs, key = home / PACKS, key_of(home)
    with disk_errors("making the data folder"):
        make_private(packs)
    with only_one(packs / ".lock"):
        generations.clear_leftovers(home)
        generation = _name(home, now)
        building = packs / f"{generations.BUILDING}{os.getpid()}-{generation}"
        stopwatch = StageClock(report, progress)
        try:
            with disk_errors("building the store data"):
                yield _Work(home, now, generation, building, load(home), key, report, stopwatch)
            stopwatch.end()
        finally:
            shutil.rmtree(building, ignore_errors=True)


def _build_and_install(work: _Work, checked: Checked, plan: PackPlan) -> None:
    """Builds beside the pack in use, opens what was built as a counter would, then moves the pointer."""
    if work.report.dry_run:
        build_store(checked, None, plan, work.report, work.stopwatch)
        return
    work.building.mkdir(mode=0o700)
    build_store(checked, work.building, plan, work.report, work.stopwatch)
    open_generation(work.home, work.building.name).close()
    work.stopwatch.begin("installing")
    generations.install(work.home, work.building, work.generation)
    keep_fingerprint(work.home, work.key)
    work.report.generation = work.generation
    generations.prune(work.home, work.settings.pack.keep)


def _now(clock: Clock | None, now: Callable[[], int] | None) -> int:
    return clock.now() if clock is not None else now() if now is not None else ShopClock().now()


def _name(home: Path, now: int) -> str:
    """A generation's name: sorts by time, and by order within one second; never used twice."""
    moment = f"{to_datetime(now):%Y%m%dT%H%M%S}"
    same = [name for name in generation_names(home) if name.startswith(moment)]
    number = max((int(name.split("-")[1]) for name in same if name.split("-")[1].isdigit()), default=0) + 1
    return f"{moment}-{number:02d}-{secrets.token_hex(3)}"


def _refuse_empty(home: Path, source: str, checked: Checked, people: int | None) -> None:
    """Refuses a build without members or items: an empty template, or an export that broke off.

    Args:
        home: the data folder.
        source: what is built from, as people know it.
        checked: the whole shop.
        people: rows that name a member, before erased members were left out; None for a history store, where members
            go only by erasure, never because a file lacks them.

    Raises:
        NothingInIt: the pack would be empty.
    """
    found = (current_manifest(home) or {}).get("counts")
    had = {name: many for name, many in found.items() if type(many) is int} if isinstance(found, dict) else {}
    # Lines name the items that the table of items does not have.
    items = any(checked.tables[name].height for name in ("items", "lines") if name in checked.tables)
    if not items and (people is not None or had.get("items")):
        raise NothingInIt(f"The tables of {source} hold no items; the store data in use stays.", _FILL_IN)
    if people == 0 and (many := had.get("members")):
        raise NothingInIt(
            f"The tables of {source} hold no members, and the store data in use has {count(many, 'member')}; it stays.",
            _FILL_IN,
        )


def _learned_before(home: Path, learn: Learn | None, report: BuildReport) -> LearnedBefore | None:
    """Models of the pack in use; None where there is none that can be read, or nothing is to be learned."""
    name = current_generation(home)
    if name is None or learn is None or report.dry_run:
        return None
    try:
        pack = open_generation(home, name)
    except (PackDamaged, PackForeign, KeyWrong):
        return None
    try:
        reader = PackReader(pack)
        return LearnedBefore(reader.facts, reader.models)
    finally:
        pack.close()


def _meaning(home: Path, encoder: Encoder | EncoderFor | None, checked: Checked) -> Meaning | None:
    """The encoder with the vectors of the pack in use, and its files, if it has any."""
    made = encoder(_languages(checked)) if callable(encoder) else encoder
    if made is None:
        return None
    return Meaning(made, lambda: _known_vectors(home, made), made.folder)


def _languages(checked: Checked) -> tuple[str, ...]:
    """Languages of the store and its items."""
    items = checked.tables.get("items")
    own = items["language"].unique() if items is not None and "language" in items.columns else ()
    return shop_languages(languages_of(checked.store.get("language")), own)


def _known_vectors(home: Path, encoder: Encoder) -> dict[str, NDArray[np.float32]]:
    """Vectors of the pack in use by hash of their text; empty when it is damaged or has another encoder's."""
    name = current_generation(home)
    if name is None:
        return {}
    folder = home / PACKS / name
    try:
        manifest = read_manifest(folder)
        if manifest.get("encoder", {}).get("model_id") != encoder.model_id:
            return {}
        if damaged(folder, manifest, (DATABASE, VECTORS)):
            return {}
        vectors: NDArray[np.float32] = np.load(folder / VECTORS, mmap_mode="r", allow_pickle=False)
        texts = texts_of(home, name)
    except (PackDamaged, PackForeign, OSError, ValueError):
        return {}
    return {text_hash(ItemText(*text)): vectors[number] for number, *text in texts if number < len(vectors)}

"""Checked tables in, installed pack out. Read `_stages` from top to bottom.

Seen from outside it is one transaction: until the pointer moves, the pack in use is untouched, whatever happens.
Building twice is harmless: it makes a second generation with the same content.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl

from clerk.clock import Clock, ShopClock, to_datetime
from clerk.durable import disk_errors, only_one
from clerk.history.leave_out import Forgotten, known, leave_out
from clerk.home import make_private
from clerk.intake import canonical_tables
from clerk.intake.checks.tables import Checked, check
from clerk.intake.report import BuildReport, Progress, StageClock
from clerk.keys_at_rest import Key, keep_fingerprint, key_of
from clerk.memory import frugal_arrays, give_back
from clerk.model import ItemColumns, Notice
from clerk.pack import generations
from clerk.pack.columns import save_columns
from clerk.pack.manifest import write_manifest
from clerk.pack.open import (
    COLUMNS,
    DATABASE,
    ENCODER,
    INDEX,
    NAMES,
    PACKS,
    VECTORS,
    generation_names,
    open_generation,
)
from clerk.pack_build.companions import companions
from clerk.pack_build.item_statistics import Purchases, item_columns, pool
from clerk.pack_build.member_events import write_said
from clerk.pack_build.member_names import name_index
from clerk.pack_build.models import Learn as Learn
from clerk.pack_build.models import Models, Promise, carried
from clerk.pack_build.models import told as told_of
from clerk.pack_build.numbering import Numbered
from clerk.pack_build.refuse_empty import refuse_empty
from clerk.pack_build.staging import numbered
from clerk.pack_build.store import facts_of
from clerk.pack_build.vectors import write_meaning, write_words
from clerk.pack_build.write import write_models, write_pack
from clerk.privacy.erasure import Erasures
from clerk.settings import Settings, load
from embeddings import EmbeddingsError, Encoder

Events = Iterable[Sequence[object]]
"""Whole event rows of the shop, which the pack carries on to every device."""


@dataclass(slots=True)
class _Learning:
    """Models, or the promise of them."""

    models: Models = field(default_factory=lambda: Models({}, 0, 0))
    promise: Promise | None = None
    lines: int = 0


@dataclass(slots=True)
class _Work:
    """What the stages of one build hand to each other."""

    home: Path
    source: str
    now: int
    generation: str
    building: Path
    settings: Settings
    report: BuildReport
    clock: StageClock
    encoder: Encoder | None
    learn: Learn | None
    events: Events | None
    facts: Mapping[str, str]
    carry: bool
    """Whether models of the pack in use may serve on."""
    key: Key | None
    """With which the pack is written; never plain first."""
    forgotten: Forgotten = field(default_factory=lambda: Forgotten(Erasures()))
    """Whom nothing may tell of."""
    came: int | None = None
    """Rows of members and lines of a folder, also of those who are forgotten; None for books."""
    open: ExitStack = field(default_factory=ExitStack)
    """What has to be ended, however the build ends."""


def build(
    folder: Path,
    home: Path,
    *,
    clock: Clock | None = None,
    now: Callable[[], int] | None = None,
    encoder: Encoder | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    dry_run: bool = False,
    learn: Learn | None = None,
    events: Events | None = None,
) -> BuildReport:
    """Builds and installs a pack from a folder that holds the whole shop.

    Args:
        folder: the canonical folder.
        home: the data folder.
        clock: tells the time of the build; without it and `now`, the machine's.
        now: the same as a function, for callers that have no clock.
        encoder: makes vectors; without one, search is by words and taste is silent.
        progress: told where the build stands.
        dry_run: check everything, install nothing.
        learn: fits the shop's models.
        events: of the journals, to go into the pack.

    Raises:
        SourceMissing, SourceUnreadable: the folder is not what it has to be.
        TooManyBadRows, NothingInIt: the swap would do harm.
        StoreLocked: another build is running.
        DiskFull, DiskFailed: the disk; the pack in use is untouched.

    Effect: writes below `home/packs` and `home/quarantine`, moves `CURRENT`.
    """
    report = BuildReport(source=folder.name, dry_run=dry_run)
    at = _now(clock, now)
    with _building(home, folder.name, at, report, progress, encoder, learn, events, {}, carry=False) as work:
        work.clock.begin("reading")
        sources = canonical_tables.read_folder(folder)
        store = canonical_tables.read_store(folder)
        work.clock.begin("checking")
        work.forgotten = known(home)
        checked = check(sources, store, report, work.settings.pack, at, home, work.generation)
        work.came = sum(checked.tables[name].height for name in ("members", "lines") if name in checked.tables)
        _stages(work, _without_forgotten(work, checked))
    return report


def build_checked(
    checked: Checked,
    home: Path,
    *,
    source: str,
    clock: Clock | None = None,
    now: Callable[[], int] | None = None,
    encoder: Encoder | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    dry_run: bool = False,
    learn: Learn | None = None,
    events: Events | None = None,
    report: BuildReport | None = None,
    facts: Mapping[str, str] = MappingProxyType({}),
    forgotten: Forgotten | None = None,
) -> BuildReport:
    """Builds and installs a pack from tables that were checked before: a shop's books.

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
        forgotten: whom the events may not tell of; the tables are without them already.

    Raises:
        NothingInIt, StoreLocked, DiskFull, DiskFailed: as in `build`.

    Effect: writes below `home/packs`, moves `CURRENT`.
    """
    report = report if report is not None else BuildReport(source=source, dry_run=dry_run)
    at = _now(clock, now)
    with _building(home, source, at, report, progress, encoder, learn, events, facts, carry=True) as work:
        work.forgotten = forgotten or known(home)
        _stages(work, checked)
    return report


@contextmanager
def _building(
    home: Path, source: str, now: int, report: BuildReport, progress: Callable[[Progress], None],
    encoder: Encoder | None, learn: Learn | None, events: Events | None, facts: Mapping[str, str],
    *, carry: bool,
) -> Iterator[_Work]:  # fmt: skip
    """The lock, a folder to build in that is gone afterwards, and errors of the disk in our words."""
    frugal_arrays()
    packs, key = home / PACKS, key_of(home)
    with disk_errors("making the data folder"):
        make_private(packs)
    with only_one(packs / ".lock"):
        generations.clear_leftovers(home)
        generation = _name(home, now)
        building = packs / f"{generations.BUILDING}{os.getpid()}-{generation}"
        clock = StageClock(report, progress)
        work = _Work(
            home, source, now, generation, building, load(home), report, clock, encoder, learn, events, facts, carry,
            key,
        )  # fmt: skip
        try:
            with work.open, disk_errors("building the store data"):
                yield work
            clock.end()
        finally:
            shutil.rmtree(building, ignore_errors=True)


def _stages(work: _Work, checked: Checked) -> None:
    """Checked tables to installed pack, in order."""
    store = checked.store
    work.clock.begin("numbering")
    staged = numbered(checked, work.report, work.now)
    shop = staged.shop
    refuse_empty(work.home, work.source, shop.items.height, work.came)
    work.clock.begin("deriving")
    data_until = _data_until(shop, work.now)
    purchases = Purchases.of(shop.lines, work.now)
    columns = item_columns(shop.items, purchases, data_until)
    work.clock.begin("companions")
    together = companions(purchases, columns.family)
    del purchases
    work.report.counts = _counts(shop, together)
    if work.report.dry_run:
        return
    work.building.mkdir(mode=0o700)
    work.clock.begin("writing", shop.lines.height)
    save_columns(work.building / COLUMNS, columns, pool(columns))
    name_index(shop.members).save(work.building / NAMES, work.key)
    counts = work.report.counts
    facts = facts_of(store, work.source, shop, staged.extras.get("cards"), staged.currency)
    facts |= {"built_at": str(work.now), "data_until": str(data_until)}
    facts |= {name: str(counts[name]) for name in ("members", "items", "lines")}
    facts.update(work.facts)
    # Not in the manifest, which lies open on the place: the pack alone carries the key of tombstones.
    facts |= work.forgotten.facts()
    # Begins here, not before: the stages above take the most memory, and those below leave a processor free.
    learning = _begun(work, shop, columns, facts, data_until)
    write_pack(work.building / DATABASE, shop, together, staged.extras, facts, work.clock.tell, work.key)
    if work.events is not None:
        work.clock.begin("carrying what was said")
        counts["events"] = write_said(
            work.building / DATABASE, work.events, now=work.now, settings=work.settings, key=work.key,
            carried=work.forgotten.carried,
        )  # fmt: skip
    items = shop.items
    # Lines are by far the largest; vectors need the room.
    del shop, staged, together
    work.clock.begin("indexing words")
    write_words(work.building, items)
    told: dict[str, Any] = {}
    if work.encoder is not None:
        work.clock.begin("embedding")
        told = _meant(work, items, work.encoder)
    del items, columns
    give_back()
    work.clock.begin("learning")
    models = _learned(work, learning)
    work.report.learning = told_of(models, work.now, work.settings.nightly.relearn_days)
    write_models(work.building / DATABASE, models.facts(), models.content, work.key)
    work.clock.begin("verifying")
    write_manifest(
        work.building,
        {"generation": work.generation, "built_at": work.now, "source": facts["source"],
         "store": facts["store"], "counts": counts, **told, **work.facts,
         **({"key": work.key.fingerprint} if work.key is not None else {})},
    )  # fmt: skip
    open_generation(work.home, work.building.name).close()
    work.clock.begin("installing")
    generations.install(work.home, work.building, work.generation)
    keep_fingerprint(work.home, work.key)
    work.report.generation = work.generation
    generations.prune(work.home, work.settings.pack.keep)


def _without_forgotten(work: _Work, checked: Checked) -> Checked:
    """A folder brings nobody back who asked to be forgotten."""
    leave_out(checked.tables, work.forgotten)
    work.report.fallbacks += work.forgotten.counted.words(work.settings.privacy.keep_months)
    return checked


def _now(clock: Clock | None, now: Callable[[], int] | None) -> int:
    return clock.now() if clock is not None else now() if now is not None else ShopClock().now()


def _name(home: Path, now: int) -> str:
    """A generation's name: sorts by time, and by order within one second; never used twice."""
    moment = f"{to_datetime(now):%Y%m%dT%H%M%S}"
    same = [name for name in generation_names(home) if name.startswith(moment)]
    number = max((int(name.split("-")[1]) for name in same if name.split("-")[1].isdigit()), default=0) + 1
    return f"{moment}-{number:02d}-{secrets.token_hex(3)}"


def _begun(work: _Work, shop: Numbered, columns: ItemColumns, facts: Mapping[str, str], until: int) -> _Learning:
    """Models of the pack in use, what a learner gave at once, or its promise."""
    if work.learn is None:
        return _Learning()
    days = work.settings.nightly.relearn_days
    if work.carry and (old := carried(work.home, facts, until, work.now, days)) is not None:
        return _Learning(models=old)
    try:
        found = work.learn(shop, columns, work.now, work.settings)
    except Exception as problem:
        _nothing_learned(work, problem)
        return _Learning()
    if isinstance(found, Mapping):
        return _Learning(models=Models(found, work.now, shop.lines.height))
    work.open.callback(found.stop)
    return _Learning(promise=found, lines=shop.lines.height)


def _learned(work: _Work, learning: _Learning) -> Models:
    """What could be learned. A model that cannot be fitted is no reason to keep yesterday's stock on the counter."""
    if learning.promise is None:
        return learning.models
    try:
        return Models(learning.promise.result(), work.now, learning.lines)
    except Exception as problem:
        _nothing_learned(work, problem)
        return learning.models


def _nothing_learned(work: _Work, problem: Exception) -> None:
    what = f"Nothing was learned from this shop's past ({type(problem).__name__}: {problem})."
    work.report.notices.append(Notice("E200", what, "The stated fallbacks are used; tell whoever looks after Clerk."))


def _meant(work: _Work, items: pl.DataFrame, encoder: Encoder) -> dict[str, Any]:
    """Vectors and index, or a notice; a shop whose encoder fails searches by words."""
    try:
        told, work.report.embedded = write_meaning(work.building, work.home, items, encoder, work.clock.tell)
    except EmbeddingsError as problem:
        for name in (VECTORS, INDEX):
            (work.building / name).unlink(missing_ok=True)
        shutil.rmtree(work.building / ENCODER, ignore_errors=True)
        work.report.notices.append(
            Notice("E400", problem.what, "Search goes by words until the encoder is prepared again.")
        )
        return {}
    return told


def _data_until(shop: Numbered, now: int) -> int:
    """The newest line up to now; of a shop whose lines all lie ahead, the newest at all."""
    past = shop.lines["at"].filter(shop.lines["at"] <= now)
    return int(past.max() or shop.lines["at"].max() or 0)  # type: ignore[arg-type]


def _counts(shop: Numbered, together: pl.DataFrame) -> dict[str, int]:
    return {
        "members": shop.members.height,
        "items": shop.items.height,
        "baskets": shop.baskets.height,
        "lines": shop.lines.height,
        "companions": together.height,
    }

"""One store's checked tables become the files of a pack: read `build_store` from top to bottom.

Values in, files and a report out. It knows no data folder, no clock of the machine, no lock and no pack in use, so it
may be called for one store after the other. The order of rows in the tables and of the events means nothing: the same
rows, shuffled, give the same bytes (an encrypted pack apart, whose salt is drawn by chance). Where an export repeats a
row and the last one counts, the checks before have settled it; the order in which a shop lists its choices and its
privileges is a column of those tables (`ROW`).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl
from numpy.typing import NDArray

from clerk.history.leave_out import ErasureRules
from clerk.intake.checks.no_items import RULE, without_no_items
from clerk.intake.checks.tables import EXTRAS, Checked
from clerk.intake.report import BuildReport, StageClock
from clerk.keys_at_rest import Key
from clerk.languages import languages_of, shop_languages
from clerk.memory import give_back
from clerk.model import ItemColumns, Notice
from clerk.model.learned import states_of
from clerk.pack.columns import save_columns
from clerk.pack.manifest import write_manifest
from clerk.pack.open import COLUMNS, DATABASE, ENCODER, INDEX, NAMES, VECTORS
from clerk.pack_build.companions import companions
from clerk.pack_build.item_facts import set_traits
from clerk.pack_build.item_statistics import Purchases, item_columns
from clerk.pack_build.member_events import write_events
from clerk.pack_build.models import Learn, LearnedBefore, Models, Promise, by_sku, learned_when, nothing_learned
from clerk.pack_build.neighbours import with_neighbours
from clerk.pack_build.numbering import Numbered, number
from clerk.pack_build.vectors import write_vectors, write_words
from clerk.pack_build.write import name_index, write_models, write_pack
from clerk.phrases import count
from clerk.privacy.erasure import Erasures
from clerk.settings import Settings
from clerk.text import clean
from embeddings import EmbeddingsError, Encoder

Events = Iterable[Sequence[object]]
"""Whole event rows of the shop, which reach every device with the pack."""

_NAMED = ("store", "store_id", "currency", "timezone", "demo_member", "source")
"""Keys of `store.toml` that become facts under names of their own; every other travels as `store.<key>` in JSON."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """How the texts of items become vectors."""

    encoder: Encoder
    known: Callable[[], Mapping[str, NDArray[Any]]] = dict
    """Hash of a text -> its vector by this encoder. Asked for when vectors are made, for want of room before."""
    files: Path | None = None
    """Folder of the prepared encoder, which the pack takes along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackPlan:
    """What a store's pack is made from besides its tables."""

    source: str
    """Name of the source in the pack's facts, where the store has none."""
    now: int
    """Wall seconds of the build; later lines are kept and count for nothing yet."""
    generation: str
    """Name in the manifest."""
    settings: Settings = field(default_factory=Settings)
    facts: Mapping[str, str] = field(default_factory=dict)
    """Added to the facts of the pack and to its manifest."""
    erasure_rules: ErasureRules = field(default_factory=lambda: ErasureRules(Erasures()))
    """Applied to the events; the tables are without erased members already."""
    events: Events | None = None
    learn: Learn | None = None
    """Fits the shop's models; without one, a pack has none."""
    learned: LearnedBefore | None = None
    """Models of an earlier pack; used where learning fails."""
    learns_anew: bool = True
    """Whether everything is learned also where models of the earlier pack still fit."""
    meaning: Meaning | None = None
    """Without it, search is by words only, and nothing is suggested by likeness."""
    key: Key | None = None
    """With which the pack is written; never plain first."""


def build_store(
    checked: Checked, folder: Path | None, plan: PackPlan, report: BuildReport, stopwatch: StageClock
) -> BuildReport:
    """Builds one store's pack.

    Args:
        checked: the whole store; emptied, because lines are large and are not needed twice.
        folder: empty; None only counts what would be built.
        plan: what the pack is made from besides.
        report: goes on.
        stopwatch: gets the beginning of each stage.

    Raises:
        PackDamaged: the prepared encoder could not be copied.

    Effect: writes the files of a pack into `folder`, the manifest last; the caller makes them durable.
    """
    stopwatch.begin("numbering")
    if no_items := without_no_items(checked.tables, checked.store):
        report.fallbacks.append(f"{count(no_items, 'line')} on record of {RULE}: left out")
    extras = {table: checked.tables.pop(table) for table in EXTRAS if table in checked.tables}
    if "cards" not in extras:
        report.fallbacks.append("no cards table: the member id is the card")
    stock = {"stock": checked.tables["stock"]} if "stock" in checked.tables else {}
    shop = number(checked.tables, plan.now, report, extras.get("modifiers"), checked.currency)
    _note_strangers({**extras, **stock}, shop, report)
    del stock

    stopwatch.begin("deriving")
    data_until = _data_until(shop, plan.now)
    purchases = Purchases.of(shop.lines, plan.now)
    columns = item_columns(shop.items, purchases, data_until, set_traits(shop.modifier_sets))

    stopwatch.begin("companions")
    together = companions(purchases, columns.family)

    stopwatch.begin("neighbours")
    columns = with_neighbours(columns, purchases)
    del purchases
    counts = report.counts = {
        "members": shop.members.height,
        "items": shop.items.height,
        "baskets": shop.baskets.height,
        "lines": shop.lines.height,
        "companions": together.height,
        "neighbours": len(columns.near_other),
    }
    if folder is None:
        return report

    stopwatch.begin("writing", shop.lines.height)
    save_columns(folder / COLUMNS, columns)
    name_index(shop.members).save(folder / NAMES, plan.key)
    facts = _facts_of_store(checked, plan.source, shop, extras.get("cards"))
    languages = languages_of(checked.store.get("language"))
    facts["languages"] = ",".join(shop_languages(languages, shop.items["language"].unique()))
    facts |= {"built_at": str(plan.now), "data_until": str(data_until)}
    facts |= {name: str(counts[name]) for name in ("members", "items", "lines")}
    facts.update(plan.facts)
    # Not in the manifest, which lies open in the exchange location: only the pack has the key of tombstones.
    facts |= plan.erasure_rules.facts()
    with ExitStack() as open_processes:
        # Begins here, not before: the stages above take the most memory, and those below leave a processor free.
        learning = _begin_learning(plan, shop, columns, facts, report)
        if learning.promise is not None:
            open_processes.callback(learning.promise.stop)
        write_pack(folder / DATABASE, shop, together, extras, facts, stopwatch.tell, plan.key, languages)
        if plan.events is not None:
            stopwatch.begin("carrying events")
            counts["events"] = write_events(
                folder / DATABASE, plan.events, now=plan.now, settings=plan.settings, key=plan.key,
                for_pack=plan.erasure_rules.for_pack,
            )  # fmt: skip
        items = shop.items
        # Lines are by far the largest; vectors need the room.
        del shop, extras, together

        stopwatch.begin("indexing words")
        write_words(folder, items, languages)
        about_vectors: dict[str, Any] = {}
        if plan.meaning is not None:
            stopwatch.begin("embedding")
            about_vectors = _embed(folder, items, plan.meaning, report, stopwatch)
        del items, columns
        give_back()

        stopwatch.begin("learning")
        models = _learned(learning, plan, facts, report)
    report.learning = learned_when(models, plan.now, plan.settings.nightly.relearn_days)
    states = states_of(models.content)
    report.not_learned = {name: said for name, state in states.items() if (said := state.sentence(name))}
    write_models(folder / DATABASE, models.facts(), models.content, plan.key)

    stopwatch.begin("verifying")
    write_manifest(
        folder,
        {"generation": plan.generation, "built_at": plan.now, "source": facts["source"],
         "store": facts["store"], "counts": counts, **about_vectors, **plan.facts,
         **({"key": plan.key.fingerprint} if plan.key is not None else {})},
    )  # fmt: skip
    return report


def _note_strangers(tables: Mapping[str, pl.DataFrame], shop: Numbered, report: BuildReport) -> None:
    """Notes how many rows name a member or an item that the shop does not have; they are left out."""
    for name, key, known in (
        ("cards", "member_id", shop.members), ("consents", "member_id", shop.members),
        ("modifiers", "sku", shop.items), ("stock", "sku", shop.items),
    ):  # fmt: skip
        if name not in tables:
            continue
        strange = tables[name].filter(pl.col(key) != "").join(known, on=key, how="anti").height
        if strange:
            thing = "member" if key == "member_id" else "item"
            report.fallbacks.append(f"{strange:,} rows of {name} name no known {thing} and are left out")


def _data_until(shop: Numbered, now: int) -> int:
    """Wall second of the newest line up to now; of the newest line of all when every line is in the future."""
    past = shop.lines["at"].filter(shop.lines["at"] <= now)
    return int(past.max() or shop.lines["at"].max() or 0)  # type: ignore[arg-type]


def _facts_of_store(checked: Checked, source: str, shop: Numbered, cards: pl.DataFrame | None) -> dict[str, str]:
    """Facts of the pack that come from `store.toml`: names, currency, the card to try.

    Args:
        checked: the store and its currency.
        source: stands in for a name and a source that the store does not give.
        shop: numbered.
        cards: checked, or None when member ids are the cards.
    """
    store = checked.store
    facts = {
        "store": clean(str(store.get("store") or ("this shop" if source == "inbox" else source))),
        "store_id": clean(str(store.get("store_id", ""))),
        "currency": checked.currency,
        "source": clean(str(store.get("source", source))),
        "demo_code": "",
        "demo_name": "",
    }
    facts |= {f"store.{key}": json.dumps(value, default=str) for key, value in store.items() if key not in _NAMED}
    demo = str(store.get("demo_member", ""))
    found = shop.members.filter(pl.col("member_id") == demo)
    if found.height:
        code = demo
        if cards is not None:
            # A code that opens this member alone, the one issued last.
            alone = pl.col("code").count().over("code") == 1
            own = cards.with_columns(alone=alone).filter(pl.col("member_id") == demo, pl.col("status") == "active")
            own = own.sort("alone", "issued_on", "code", descending=True)
            code = own["code"][0] if own.height else ""
        facts |= {"demo_code": code, "demo_name": found["name"][0] or demo}
    return facts


@dataclass(slots=True)
class _Learning:
    """Models that are ready, or being learned."""

    models: Models = field(default_factory=lambda: Models({}, 0, 0))
    """Ready; while there is a promise, those that it begins from."""
    promise: Promise | None = None
    skus: Sequence[str] = ()
    """By item_no - 1, for the models that name items."""


def _begin_learning(
    plan: PackPlan, shop: Numbered, columns: ItemColumns, facts: Mapping[str, str], report: BuildReport
) -> _Learning:
    """Starts learning; where models of the pack in use still fit, only what goes with the latest days."""
    if plan.learn is None:
        return _Learning()
    days = plan.settings.nightly.relearn_days
    old = None
    if plan.learned is not None and not plan.learns_anew:
        old = plan.learned.still_good(facts, plan.now, days)
    models = old or Models({}, plan.now, shop.lines.height)
    try:
        found = plan.learn(shop, columns, plan.now, plan.settings, *([old.content] if old is not None else []))
    except Exception as problem:
        _note_nothing_learned(report, problem)
        return _Learning(nothing_learned(problem, models))
    skus = shop.items["sku"].to_list()
    if isinstance(found, Mapping):
        return _Learning(replace(models, content=by_sku(found, skus)))
    return _Learning(models, found, skus)


def _learned(learning: _Learning, plan: PackPlan, facts: Mapping[str, str], report: BuildReport) -> Models:
    """Waits for the models. A failure becomes a notice: the pack is still built, with the models from before."""
    models = learning.models
    if learning.promise is not None:
        try:
            models = replace(models, content=by_sku(learning.promise.result(), learning.skus))
        except Exception as problem:
            _note_nothing_learned(report, problem)
            models = nothing_learned(problem, models)
    return models if plan.learned is None else plan.learned.instead_of(models, facts)


def _note_nothing_learned(report: BuildReport, problem: Exception) -> None:
    what = f"Nothing was learned from this shop's past ({type(problem).__name__}: {problem})."
    report.notices.append(
        Notice(
            "E200", what, "What was learned before is used, or the stated fallbacks; tell whoever looks after Clerk."
        )
    )


def _embed(
    folder: Path, items: pl.DataFrame, meaning: Meaning, report: BuildReport, stopwatch: StageClock
) -> dict[str, Any]:
    """Writes vectors and index; when the encoder fails, a notice, and search is by words only."""
    try:
        about, report.embedded = write_vectors(
            folder, items, meaning.encoder, meaning.known(), meaning.files, stopwatch.tell
        )
    except EmbeddingsError as problem:
        for name in (VECTORS, INDEX):
            (folder / name).unlink(missing_ok=True)
        shutil.rmtree(folder / ENCODER, ignore_errors=True)
        report.notices.append(Notice("E400", problem.what, "Search goes by words until the encoder is prepared again."))
        return {}
    return about

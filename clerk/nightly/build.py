"""The night: canonical folder in, installed pack out. Read `_stages` from top to bottom.

Seen from outside it is one transaction: until the pointer moves, the pack in use is untouched, whatever happens.
Building twice is harmless: it makes a second generation with the same content.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from clerk.clock import Clock, ShopClock, to_datetime
from clerk.errors import SourceUnreadable
from clerk.model import ItemColumns
from clerk.nightly import canonical, install
from clerk.nightly.canonical import ROW
from clerk.nightly.checks import Checks, Shop
from clerk.nightly.companions import companions
from clerk.nightly.disk import disk_errors, only_one
from clerk.nightly.item_columns import Purchases, item_columns, pool
from clerk.nightly.lines import checked_lines
from clerk.nightly.manifest import write_manifest
from clerk.nightly.meaning import write_meaning, write_words
from clerk.nightly.names import name_index
from clerk.nightly.numbering import Numbered, number
from clerk.nightly.quarantine import Quarantine
from clerk.nightly.report import BuildReport, Progress, StageClock
from clerk.nightly.write import write_pack
from clerk.pack.columns import save_columns
from clerk.pack.open import COLUMNS, DATABASE, NAMES, PACKS, open_generation
from clerk.phrases import minor_digits
from clerk.settings import Settings, load
from embeddings import Encoder

Learn = Callable[[Numbered, ItemColumns, int, Settings], Mapping[str, object]]
"""Fits models on the numbered shop: (shop, item columns, now, settings) -> JSON by name."""


@dataclass(slots=True)
class _Work:
    """What the stages of one build hand to each other."""

    folder: Path
    home: Path
    now: int
    generation: str
    building: Path
    settings: Settings
    report: BuildReport
    clock: StageClock
    store: dict[str, Any] = field(default_factory=dict)
    extras: dict[str, pl.DataFrame] = field(default_factory=dict)


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
) -> BuildReport:
    """Builds and installs a pack.

    Args:
        folder: the canonical folder.
        home: the data folder.
        clock: tells the time of the build; without it and `now`, the machine's.
        now: the same as a function, for callers that have no clock.
        encoder: makes vectors; without one, search is by words and taste is silent.
        progress: told where the build stands.
        dry_run: check everything, install nothing.
        learn: fits the shop's models.

    Raises:
        SourceMissing, SourceUnreadable: the folder is not what it has to be.
        TooManyBadRows: the swap would do harm.
        StoreLocked: another build is running.
        DiskFull, DiskFailed: the disk; the pack in use is untouched.

    Effect: writes below `home/packs` and `home/quarantine`, moves `CURRENT`.
    """
    at = clock.now() if clock is not None else now() if now is not None else ShopClock().now()
    packs = home / PACKS
    with disk_errors("making the data folder"):
        packs.mkdir(parents=True, exist_ok=True)
    report = BuildReport(source=folder.name, dry_run=dry_run)
    with only_one(packs / ".lock"):
        install.clear_leftovers(home)
        generation = f"{to_datetime(at):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        building = packs / f"{install.BUILDING}{os.getpid()}-{generation}"
        work = _Work(folder, home, at, generation, building, load(home), report, StageClock(report, progress))
        try:
            with disk_errors("building the store data"):
                _stages(work, encoder, learn)
            work.clock.end()
        finally:
            shutil.rmtree(building, ignore_errors=True)
    return report


def _stages(work: _Work, encoder: Encoder | None, learn: Learn | None) -> None:
    """Inbox to installed pack, in order."""
    work.clock.begin("reading")
    sources = canonical.read_folder(work.folder)
    work.store = canonical.read_store(work.folder)
    work.clock.begin("checking")
    shop = _checked(work, sources)
    work.clock.begin("deriving")
    data_until = _data_until(shop, work.now)
    purchases = Purchases.of(shop.lines, work.now)
    columns = item_columns(shop.items, purchases, data_until)
    work.clock.begin("companions")
    together = companions(purchases, columns.family)
    if work.report.dry_run:
        work.report.counts = _counts(shop, together)
        return
    work.clock.begin("learning")
    models = learn(shop, columns, work.now, work.settings) if learn is not None else {}
    work.building.mkdir()
    work.clock.begin("writing", shop.lines.height)
    save_columns(work.building / COLUMNS, columns, pool(columns))
    name_index(shop.members).save(work.building / NAMES)
    work.report.counts = _counts(shop, together)
    write_pack(
        work.building / DATABASE, shop, together, work.extras, _facts(work, shop, data_until), models, work.clock.tell
    )
    items, counts = shop.items, work.report.counts
    del shop, purchases, together
    work.clock.begin("indexing words")
    write_words(work.building, items)
    told: dict[str, Any] = {}
    if encoder is not None:
        work.clock.begin("embedding")
        told, work.report.embedded = write_meaning(work.building, work.home, items, encoder, work.clock.tell)
    work.clock.begin("verifying")
    write_manifest(
        work.building,
        {"generation": work.generation, "built_at": work.now, "source": work.report.source,
         "store": str(work.store.get("store", "")), "counts": counts, **told},
    )  # fmt: skip
    open_generation(work.home, work.building.name).close()
    work.clock.begin("installing")
    install.install(work.home, work.building, work.generation)
    work.report.generation = work.generation
    install.prune(work.home, work.settings.pack.keep)


def _checked(work: _Work, sources: dict[str, canonical.Source]) -> Numbered:
    """Typed and numbered tables; rows set aside are written out, too many of them end the build."""
    limits = work.settings.pack
    quarantine = Quarantine(work.report, share=limits.bad_rows_share, rows_from=limits.bad_rows_from)
    shop = _shop(work.store, sources)
    checks = Checks(shop, quarantine, work.report)
    for source in sources.values():
        quarantine.arrived(source)
    items = checks.items(sources["items"])
    members = checks.members(sources["members"]) if "members" in sources else None
    stock = checks.stock(sources["stock"]) if "stock" in sources else None
    for name in ("cards", "modifiers", "consents", "privileges"):
        if name in sources:
            work.extras[name] = getattr(checks, name)(sources[name])
    lines_source = sources.pop("lines", None) or _no_lines(work.report)
    lines = checked_lines(lines_source, shop, quarantine, work.report, quantity_at_most=limits.quantity_at_most)
    del lines_source
    sources.clear()
    if "cards" not in work.extras:
        work.report.fallbacks.append("no cards table: the member id is the card")
    quarantine.write(work.home, work.generation)
    quarantine.check()
    return number(members, items, lines, stock, work.now, work.report)


def _shop(store: Mapping[str, Any], sources: Mapping[str, canonical.Source]) -> Shop:
    currency = str(store.get("currency", ""))
    if not currency and sources["items"].has("currency"):
        named = sources["items"].frame["currency"].cast(pl.String).drop_nulls()
        currency = next((text.strip().upper() for text in named if text.strip()), "")
    zone = None
    if name := store.get("timezone"):
        try:
            zone = ZoneInfo(str(name))
        except (KeyError, ValueError, OSError):
            raise SourceUnreadable(f"store.toml names the time zone {name!r}.", "Write it as Europe/Vienna.") from None
    return Shop(str(store.get("store_id", "")), currency, minor_digits(currency), zone)


def _no_lines(report: BuildReport) -> canonical.Source:
    report.fallbacks.append("no lines table: nobody has a history yet")
    shape = canonical.TABLES["lines"]
    frame = pl.DataFrame(schema={ROW: pl.UInt32, **dict.fromkeys(shape.required, pl.String)})
    return canonical.Source("lines", "lines", frame)


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


def _facts(work: _Work, shop: Numbered, data_until: int) -> dict[str, str]:
    """Facts of the pack; what else `store.toml` says travels along as `store.<key>` in JSON."""
    store = work.store
    own = ("store", "store_id", "currency", "timezone", "demo_member", "source")
    counts = work.report.counts
    facts = {
        "store": str(store.get("store", work.folder.name)),
        "store_id": str(store.get("store_id", "")),
        "currency": str(store.get("currency", "")),
        "built_at": str(work.now),
        "data_until": str(data_until),
        "members": str(counts["members"]),
        "items": str(counts["items"]),
        "lines": str(counts["lines"]),
        "source": str(store.get("source", work.folder.name)),
    }
    facts.update({f"store.{key}": json.dumps(value, default=str) for key, value in store.items() if key not in own})
    demo = str(store.get("demo_member", ""))
    found = shop.members.filter(pl.col("member_id") == demo)
    cards = work.extras.get("cards")
    if found.height:
        code = demo
        if cards is not None:
            active = cards.filter((pl.col("member_id") == demo) & (pl.col("status") == "active"))
            code = active["code"][0] if active.height else ""
        facts |= {"demo_code": code, "demo_name": found["name"][0] or demo}
    return {"demo_code": "", "demo_name": "", **facts}

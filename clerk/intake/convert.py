"""Recognised files to canonical tables, one `Source` a file and table, with the row numbers of the real file.

Members come first, then items, then what was sold, so that sales find whose they are. A file that cannot be read is
listed in `problems` and blocks no other.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from clerk.errors import ClerkError, SourceUnreadable
from clerk.intake.canonical_tables import ROW, Source
from clerk.intake.context import Context, source_of
from clerk.intake.customer_matching import KnownMembers
from clerk.intake.files.column_reading import Raw, read
from clerk.intake.files.recognition import ALIASED, BYTES_AT_MOST, CANONICAL, Recognised, recognise
from clerk.intake.mapping import recognise as descriptions
from clerk.intake.mapping import tables as described
from clerk.intake.mapping.entries import FileMapping
from clerk.intake.systems.square import catalog
from clerk.phone import country_of

ONLY_HELPS = "they only help to read other files"
NOTHING_MADE = "nothing is made of them, see the notes below"

_ORDER = ("members", "items", "stock", "cards", "modifiers", "consents", "privileges", "lines")


class Converted(dict[str, Source]):
    """Sources by table; a second file of a table has the key `<table>#2`, and so on: use `source.table`."""

    def __init__(self) -> None:
        super().__init__()
        self.notices: list[str] = []
        """What was left out and why, each beginning with the file's name."""
        self.conflicts: list[str] = []
        self.problems: dict[str, ClerkError] = {}
        """File name -> why it could not be used."""
        self.helping: dict[str, Source] = {}
        """File name -> what became of its rows, of files of which no table was made."""

    def put(self, source: Source) -> None:
        """Adds a source under the next free key of its table."""
        key, number = source.table, 1
        while key in self:
            number += 1
            key = f"{source.table}#{number}"
        self[key] = source


def convert(
    files: Sequence[Recognised], store: Mapping[str, Any] | None = None, known: KnownMembers | None = None
) -> Converted:
    """Every table of the files of one arrival.

    Args:
        files: as `recognise` found them.
        store: `store.toml`: time zone, currency, `location` (this store's name in the exports), `modifier_groups`.
        known: members of the history store; those of these files are added.
    """
    made = Converted()
    known = known if known is not None else KnownMembers()
    known.country = country_of((store or {}).get("country"))
    context = Context(store or {}, known, _zone(store or {}), made.notices, made.conflicts)
    context.has_items = any("items" in one.tables for one in files)
    context.has_stock = any(one.tables == ("stock",) for one in files)
    for one in sorted(files, key=_turn):
        try:
            for source in _converted(one, context):
                if not source.table:
                    made.helping[source.file] = source
                    continue
                made.put(source)
                if source.table == "members":
                    known.add_names(source.frame)
                elif source.table == "cards":
                    known.add_cards(source.frame)
        except ClerkError as problem:
            made.problems[one.path.name] = problem
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError, OverflowError) as problem:
            what = f"{one.path.name} could not be understood ({type(problem).__name__})."
            made.problems[one.path.name] = SourceUnreadable(what, "Export it again as CSV in UTF-8.")
    described.without_lines(context, made.helping, ONLY_HELPS)
    return made


def recognised(
    path: Path, mappings: Sequence[FileMapping] = (), *, bytes_at_most: int = BYTES_AT_MOST
) -> tuple[Recognised, ...]:
    """Recognises a file by the shop's own mappings, else by the layout or description of a system.

    A file that is ignored by its name is not opened at all.

    Returns:
        One for each table, empty when nothing fits.

    Raises:
        ClerkError: as `recognise` and `by_shop`.
    """
    if unread := descriptions.ignored(path, mappings):
        return unread
    if ours := descriptions.by_shop(path, mappings, bytes_at_most=bytes_at_most):
        return ours
    found = recognise(path, bytes_at_most=bytes_at_most)
    if found is None or found.module in (CANONICAL, ALIASED):
        # A system's own columns say more than a file's name.
        described_so = descriptions.by_system(path, bytes_at_most=bytes_at_most)
        return described_so or (() if found is None else (found,))
    return (found,)


def _converted(one: Recognised, context: Context) -> list[Source]:
    context.today = datetime.fromtimestamp(one.path.stat().st_mtime).date().isoformat()
    also = {
        f"{column}:{name}": place
        for column in ("price_at", "quantity_at")
        for name, place in one.repeated.get(column, {}).items()
    }
    raw = read(one, also) if one.places or also else Raw(one.path.name, pl.DataFrame())
    rows = raw.rows
    return _tables_of(raw, one, context) or [_without_table(raw, one, rows)]


def _tables_of(raw: Raw, one: Recognised, context: Context) -> list[Source]:
    if one.module == descriptions.MODULE:
        return described.convert(raw, context, one.mapping)
    if one.module in (CANONICAL, ALIASED):
        return _canonical(raw, one, context)
    if one.module == "square.catalog":
        return catalog.convert(raw, context, one.repeated)
    module = importlib.import_module(f"clerk.intake.systems.{one.module}")
    sources: list[Source] = module.convert(raw, context)
    return sources


def _without_table(raw: Raw, one: Recognised, rows: int) -> Source:
    """What became of the rows of a file of which no table was made: they help to read others, or a rule says why."""
    rest = rows - len(raw.broken) - sum(raw.left_out.values())
    rule = NOTHING_MADE if one.tables else ONLY_HELPS
    left_out = {**raw.left_out, **({rule: rest} if rest > 0 else {})}
    nothing = pl.DataFrame(schema={ROW: pl.UInt32})
    return Source("", raw.file, nothing, raw.broken, left_out, leads=True, file_rows=rows)


def _canonical(raw: Raw, one: Recognised, context: Context) -> list[Source]:
    """A table of our own, as it is."""
    table = one.tables[0]
    frame = raw.frame
    if table == "members":
        columns = [pl.col(n) if n in frame.columns else pl.lit("") for n in ("member_id", "email", "phone")]
        texts = frame.select(column.cast(pl.String).fill_null("").alias(str(at)) for at, column in enumerate(columns))
        context.known.add(texts.iter_rows())
    if table == "items":
        context.known.items.update(frame.select(pl.col("sku", "name").cast(pl.String).fill_null("")).iter_rows())
    return [source_of(table, raw, frame, broken=True)]


def _turn(one: Recognised) -> tuple[int, int, str]:
    """Members, items, who bought, sales; by name within, so that a later export's file comes later."""
    first = min((_ORDER.index(table) for table in one.tables), default=_ORDER.index("consents"))
    return first, 0 if one.module in (CANONICAL, ALIASED) else 1, one.path.name


def _zone(store: Mapping[str, Any]) -> ZoneInfo | None:
    try:
        return ZoneInfo(str(store["timezone"])) if store.get("timezone") else None
    except (KeyError, ValueError, OSError):
        return None

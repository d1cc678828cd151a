"""Tries a description on a file: its first rows before and after, what is unused, what is doubtful. Changes nothing."""

from __future__ import annotations

import csv
import tempfile
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from clerk.errors import AllRowsBad, ClerkError, TooManyBadRows
from clerk.intake.canonical_tables import ROW, TABLES, Source, by_table
from clerk.intake.checks.damaged import damaged_values
from clerk.intake.checks.tables import check
from clerk.intake.context import Context
from clerk.intake.convert import convert, recognised
from clerk.intake.customer_matching import KnownMembers
from clerk.intake.files.column_reading import Raw, read
from clerk.intake.files.recognition import Recognised, header_of
from clerk.intake.layouts import plainly
from clerk.intake.mapping.cells import Columns
from clerk.intake.mapping.columns_seen import header_words, plain
from clerk.intake.mapping.entries import FileMapping
from clerk.intake.mapping.kinds_seen import is_state
from clerk.intake.mapping.recognise import Described
from clerk.intake.mapping.tables import Reading
from clerk.intake.quarantine import UNREAD
from clerk.intake.report import BuildReport
from clerk.model import LineFlag
from clerk.phrases import count, minor_digits
from clerk.settings import PackSettings
from clerk.text import clean

_ROWS = 3
_SET_ASIDE = 3
"""Rows of quarantine that are shown."""
_WIDE = 80
_SHOWN_AT_MOST = 6
_SAME_TOTAL_SHARE = 0.9


@dataclass(slots=True)
class TableTrial:
    """What one table of the file would become."""

    table: str
    rows: int = 0
    """Rows of the file."""
    taken: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    set_aside: dict[str, int] = field(default_factory=dict)
    first: list[dict[str, list[str]]] = field(default_factory=list)
    """Of the first rows: canonical column -> value, and the cells that it was made of."""
    bad: list[tuple[int, str]] = field(default_factory=list)
    """(row, reason) of the first rows that would be set aside."""
    row_numbers: list[int] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    """What had to be decided, or stands in for what cannot be read."""
    refused: str = ""
    """Why the file would not be taken in at all."""


@dataclass(slots=True)
class Trial:
    """What would become of one file."""

    file: str
    known_as: str
    tables: list[TableTrial] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What the night would say about it."""

    def text(self) -> str:
        """For a person, 80 columns wide."""
        lines = [f"{self.file} ({self.known_as}). Nothing was changed."]
        for table in self.tables:
            lines += _table_lines(table)
        if self.notes:
            lines += ["", "the night would say:", *_wrapped(self.notes)]
        lines += ["", "doubtful:" if self.doubts else "doubtful: nothing", *_wrapped(self.doubts)]
        if self.unused:
            lines += textwrap.wrap(f"not used: {', '.join(self.unused)}", _WIDE, subsequent_indent="  ")
        return "\n".join(lines)


_REMEDIES = {
    "dates read as": 'write date = "day first" or "month first" where it is wrong',
    "read as": "write decimal_comma = true or false where it is wrong",
}
"""Beginning of what was decided -> how a description decides it."""


def _kind_of(said: str) -> str:
    return next((words for words in _REMEDIES if words in said and "no row proves it" in said), "")


def _wrapped(sentences: Sequence[str]) -> Iterator[str]:
    for sentence in sentences:
        yield from textwrap.wrap(sentence, _WIDE, initial_indent="  ", subsequent_indent="    ")


def try_file(
    path: Path,
    beside: Sequence[Path],
    mappings: Sequence[FileMapping],
    store: Mapping[str, Any],
    known: KnownMembers,
    items: pl.DataFrame | None,
    limits: PackSettings,
    now: int,
) -> Trial:
    """What would become of a file if it came in tonight.

    Args:
        path: the file.
        beside: other files of the same delivery, which help to read it.
        mappings: the shop's own.
        store: `store.toml`.
        known: members and items of the history store; changed.
        items: checked items of the history store; they say what is no item.
        limits: of checking.
        now: wall seconds.

    Raises:
        ClerkError: the file cannot be read, or nothing knows it.
    """
    found = recognised(path, mappings)
    if unread := next((one.mapping.ignore for each in found for one in each.mapping), ""):
        return Trial(path.name, found[0].layout, notes=[f"not read: {unread}"])
    others: list[Recognised] = []
    for other in beside:
        try:
            others += recognised(other, mappings)
        except ClerkError:
            continue
    made = convert([*others, *found], store, known)
    if path.name in made.problems:
        raise made.problems[path.name]
    trial = Trial(path.name, found[0].layout if found else "")
    trial.notes = [note.partition(": ")[2] for note in (*made.notices, *made.conflicts) if note.startswith(path.name)]
    header, _ = header_of(path)
    descriptions = [one for recognition in found for one in recognition.mapping]
    places = {at for one in descriptions for where in one.places.values() for at in where.values()}
    if descriptions:
        trial.unused = [clean(name) for at, name in enumerate(header) if at not in places and name.strip()]
    helping = [one for one in descriptions if not one.mapping.tables()]
    if helping:
        trial.notes.append("it helps to read other files of the same night, and is no table by itself")
    raws = {recognition.tables: read(recognition) for recognition in found if recognition.places}
    sources = by_table([source for source in made.values() if source.file == path.name])
    tables, checked_tables = _checked(path.name, sources, store, items, limits, now)
    for table, one in tables.items():
        source, checked = sources[table], checked_tables.get(table)
        cells = _cells_of(source.table, found, raws, header)
        one.first = _first(checked, source, cells, one, str(store.get("currency", "")))
        trial.tables.append(one)
        trial.doubts += [
            f"{said}: {_REMEDIES[key]}" if (key := _kind_of(said)) else said for said in one.said
            if "without a member" not in said
        ]  # fmt: skip
        if source.table == "lines" and checked is not None:
            trial.doubts += _doubts_of_lines(checked, source)
        trial.doubts += _doubts_of_ids(source)
    for recognition in found:
        for one_description in recognition.mapping:
            trial.doubts += _doubts(one_description, raws[recognition.tables], store)
    trial.doubts = list(dict.fromkeys(trial.doubts))
    trial.tables.sort(key=lambda one: (one.table != "lines", -one.rows, one.table))
    return trial


def _checked(
    file: str, sources: Mapping[str, Source], store: Mapping[str, Any], items: pl.DataFrame | None,
    limits: PackSettings, now: int,
) -> tuple[dict[str, TableTrial], dict[str, pl.DataFrame]]:  # fmt: skip
    """The tables of a file as a night checks them, all together: what each would be, and its checked rows."""
    report = BuildReport(file)
    # What a description leaves out is named before what the checks do.
    first = {name: list(source.left_out) for name, source in sources.items()}
    refused, checked, told = "", dict[str, pl.DataFrame](), list[dict[str, str]]()
    with tempfile.TemporaryDirectory(prefix="clerk-trial-") as scratch:
        try:
            checked = check(dict(sources), store, report, limits, now, Path(scratch), "trial", items).tables
        except (TooManyBadRows, AllRowsBad) as problem:
            refused = problem.what
        rows = Path(scratch) / "quarantine" / "trial" / "rows.csv"
        if rows.is_file():
            with rows.open(encoding="utf-8", newline="") as written:
                told = list(csv.DictReader(written))
    made = {}
    for name, source in sources.items():
        table = report.table(name)
        made[name] = TableTrial(
            name,
            rows=(source.file_rows if source.leads else 0) or source.rows,
            taken=0 if refused else table.kept,
            left_out={
                rule: table.left_out[rule]
                for rule in dict.fromkeys([*first[name], *table.left_out])
                if rule in table.left_out
            },
            set_aside=dict(table.quarantined),
            said=list(report.fallbacks),
            refused=refused,
        )
        if table.repeated:
            made[name].left_out["the same again"] = table.repeated
    for row in told:
        plain = UNREAD.sub(r"\1\2", row["reason"])
        of = next((one for one in made.values() if row["reason"] in one.set_aside or plain in one.set_aside), None)
        if of is not None and len(of.bad) < _SET_ASIDE:
            of.bad.append((int(row["row"]), row["reason"]))
    return made, checked


def _cells_of(
    table: str, found: Sequence[Recognised], raws: Mapping[tuple[str, ...], Raw], header: Sequence[str]
) -> dict[str, list[tuple[str, pl.DataFrame]]]:
    """Canonical column -> columns of the file that it is made of, each with its cells by row."""
    made: dict[str, list[tuple[str, pl.DataFrame]]] = {}
    for recognition in found:
        if recognition.tables != (table,):
            continue
        raw = raws[recognition.tables]
        for one in recognition.mapping:
            parts = {column: list(cell.needs()) for column, cell in one.mapping.columns.items()}
            if (choices := one.mapping.modifiers) is not None:
                told = [choices.cell, *(cell for _, cell in choices.columns)]
                parts.setdefault("modifiers", []).extend(
                    name for cell in told if cell is not None for name in cell.needs()
                )
            for column, names in parts.items():
                for name in dict.fromkeys(names):
                    for at in one.places.get(plainly(name), {}).values():
                        made.setdefault(column, []).append((header[at], raw.frame.select(ROW, value=f"c{at}")))
    return made


def _first(
    checked: pl.DataFrame | None,
    source: Source,
    cells: Mapping[str, list[tuple[str, pl.DataFrame]]],
    one: TableTrial,
    currency: str,
) -> list[dict[str, list[str]]]:
    """The first rows after and before."""
    if checked is None or ROW not in checked.columns:
        return []
    shown = []
    for row in checked.sort(ROW).head(_ROWS).iter_rows(named=True):
        number = row[ROW]
        one.row_numbers.append(number)
        values = {}
        for column, value in _readable(row, source, currency).items():
            before: list[str] = []
            for source_column in (column, *_MADE_OF.get(column, ())):
                if before and column != "member_id":
                    break
                for name, frame in cells.get(source_column, []):
                    text = frame.filter(pl.col(ROW) == number)["value"]
                    if len(text) and str(text[0] or "").strip():
                        before.append(f"{clean(name)}: {clean(str(text[0]))}")
            values[column] = [value, *dict.fromkeys(before)]
        shown.append(values)
    return shown


_MADE_OF = {
    "member_id": ("card", "email", "phone", "member_name"), "sku": ("item_name",), "store_id": ("location",),
}  # fmt: skip
"""Column of a line -> those that it is found by."""


def _readable(row: Mapping[str, Any], source: Source, currency: str) -> dict[str, str]:
    """A checked row under canonical names, as a person writes it; without what is empty."""
    digits = minor_digits(currency)
    own_digits = minor_digits(row.get("currency") or currency)
    made: dict[str, str] = {}
    shape = TABLES[source.table]
    called = {
        "sold_at": "at",
        "quantity": "milli",
        "line_total": "total_minor",
        "kind": "flags",
        "price": "price_minor",
    }
    order = [called.get(name, name) for name in (*shape.required, *shape.either, *shape.optional)]
    for name, value in sorted(row.items(), key=lambda one: order.index(one[0]) if one[0] in order else len(order)):
        if name == ROW or value is None or value == "":
            continue
        if name == "at":
            moment = pl.from_epoch(pl.Series([value]))[0]
            made["sold_at" if source.table == "lines" else "at"] = f"{moment:%Y-%m-%d %H:%M:%S}"
        elif name == "milli":
            made["quantity"] = f"{value / 1000:g}"
        elif name == "total_minor":
            if not row["flags"] & int(LineFlag.NO_AMOUNT):
                made["line_total"] = f"{value / 10**own_digits:.{own_digits}f}"
        elif name == "price_minor":
            made["price"] = f"{value / 10**digits:.{digits}f}"
        elif name == "flags":
            made["kind"] = "return" if value & int(LineFlag.RETURN) else "sale"
        elif source.has(name) or name in ("issued_on",):
            made[name] = str(value)
    return made


def _doubts(one: Described, raw: Raw, store: Mapping[str, Any]) -> Iterator[str]:
    """What cannot be known from the columns that a description uses."""
    mapping = one.mapping
    context = Context(store, KnownMembers())
    reading = Reading(raw, context, one)
    # From here on its columns have only the rows that count.
    frame, _ = reading.frame()
    columns: Columns = reading.column
    yield from _doubts_of_returns(mapping, frame, columns)
    for column, pairs in mapping.values.items():
        cell = mapping.columns.get(column)
        if cell is None or "*" in pairs:
            continue
        texts = cell.text(columns, reading.numbers)
        known = set(pairs.values())
        partial = [one for one in texts.unique() if column == "kind" and plain(one) in _partial()]
        parts = texts.filter(texts.is_in(partial))
        if len(parts):
            yield (
                f"kind: {count(len(parts), 'row')} such as {clean(parts[0], 30)}: a part was brought back, and the row "
                "does not say which"
            )
        strange = texts.filter(texts != "").value_counts(sort=True).rows()
        unknown = [(value, rows) for value, rows in strange if not _is_mapped(value, pairs) and value not in known]
        if unknown:
            shown = ", ".join(f"{clean(value, 30)} ({rows:,})" for value, rows in unknown[:_SHOWN_AT_MOST])
            yield f"{column}: values that [file.values.{column}] does not name: {shown}"


def _doubts_of_returns(mapping: FileMapping, frame: pl.DataFrame, columns: Columns) -> Iterator[str]:
    """Whether a status on the purchase's own row was taken for a return, which would take back an earlier purchase."""
    if mapping.table != "lines" or not {"kind", "basket_id"} <= set(frame.columns):
        return
    told = {} if (cell := mapping.columns.get("kind")) is None else {name: columns(name) for name in cell.needs()}
    told |= {name: columns(name) for entry in mapping.return_where for name in entry.needs()}
    states = [name for name, cells in told.items() if is_state(name, cells.unique())]
    if not states:
        return
    below = [
        pl.col(name).fill_null("").str.strip_chars().str.contains(r"^[^0-9]*[-−(]|-$")
        for name in ("quantity", "line_total") if name in frame.columns
    ]  # fmt: skip
    back = frame.filter((pl.col("kind") == "return") & ~pl.any_horizontal(*below, pl.lit(value=False)))
    alone = back.join(frame.filter(pl.col("kind").is_in(["sale", ""])), on="basket_id", how="anti")
    if receipts := alone["basket_id"].n_unique():
        yield (
            f"kind: {count(receipts, 'receipt')} with nothing but returns, none of them below zero. Where "
            f'{", ".join(map(clean, states))} stands on the row of the purchase itself, write "none": a return takes '
            "back an earlier purchase"
        )


def _partial() -> Sequence[str]:
    """Words of a receipt of which a part was paid back."""
    words: Sequence[str] = header_words()["kinds"]["partial"]
    return words


def _is_mapped(value: str, pairs: Mapping[str, str]) -> bool:
    plain = value.strip().lower()
    return plain in pairs or any(
        "*" in theirs and plain.startswith(theirs.partition("*")[0]) and plain.endswith(theirs.rpartition("*")[2])
        for theirs in pairs
    )


def _doubts_of_lines(lines: pl.DataFrame, source: Source) -> Iterator[str]:
    """What the baskets look like as a whole."""
    if not lines.height:
        if source.frame.height:
            yield "nobody bought anything: no row has a member; is it the right column of customers?"
        return
    days = lines.group_by("basket_id").agg(
        days=(pl.col("at") // 86_400).n_unique(), members=pl.col("member_id").n_unique(), lines=pl.len(),
        totals=pl.col("total_minor").n_unique(),
    )  # fmt: skip
    several = days.filter((pl.col("members") > 1) & (pl.col("days") == 1))
    if several.height:
        yield f"basket_id: {count(several.height, 'receipt')} with several members: is it the receipt's number?"
    long = days.filter(pl.col("lines") > 1)
    if source.has("line_total") and long.height >= 3:
        same = long.filter(pl.col("totals") == 1).height
        if same >= _SAME_TOTAL_SHARE * long.height:
            yield "line_total: the same on all lines of a receipt: is it the receipt's total?"


def _doubts_of_ids(source: Source) -> Iterator[str]:
    """Ids that a spreadsheet damaged, or that stand for nobody."""
    kinds = {"basket_id": "id", "member_id": "id", "sku": "id", "code": "id", "phone": "phone", "email": "email"}
    for column, kind in kinds.items():
        if source.has(column):
            texts = source.frame[column].cast(pl.String).fill_null("")
            found = damaged_values(texts, kind)
            if found:
                such, why = next(iter(found.items()))
                more = f", and {len(found) - 1:,} more" if len(found) > 1 else ""
                yield f'{column}: "{clean(such)}" is {why}{more}'


def _table_lines(table: TableTrial) -> Iterator[str]:
    """A table for a person."""
    parts = [f"{table.taken:,} taken"]
    parts += [f"{rows:,} left out: {rule}" for rule, rows in table.left_out.items()]
    parts += [f"{rows:,} set aside: {reason}" for reason, rows in table.set_aside.items()]
    yield ""
    yield f"{table.table}: {count(table.rows, 'row')}"
    if table.refused:
        yield f"  none taken: {table.refused}"
    yield from (f"  {part}" for part in parts)
    wide = max((len(column) for values in table.first for column in values), default=0)
    value_wide = min(26, max((len(cells[0]) for values in table.first for cells in values.values()), default=0))
    for number, values in zip(table.row_numbers, table.first, strict=True):
        yield f"  row {number}"
        for column, (value, *before) in values.items():
            cells = f"< {', '.join(before)}" if before else ""
            if len(value) > value_wide:
                yield _cut(f"    {column:<{wide}}  {value}")
                column, value = "", ""
            if value or cells:
                yield _cut(f"    {column:<{wide}}  {value:<{value_wide}}  {cells}".rstrip())
    yield from (f"  row {number} set aside: {reason}" for number, reason in table.bad)


def _cut(line: str) -> str:
    return line if len(line) <= _WIDE else line[: _WIDE - 1] + "…"

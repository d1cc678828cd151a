"""Any other CSV, described by a `mapping.toml` in the inbox or the data folder: Odoo, ERPNext, a till's own report.

```toml
[[file]]
match = "sale_order_line*.csv"      # file name, with * and ?
table = "lines"                     # a canonical table, see `clerk template`
decimal_comma = true                # 1.234,50 (default: told apart by their form)
date = "%d/%m/%Y %H:%M:%S"          # of sold_at, at, joined_on … (default: ISO 8601)
skip_empty = "sku"                  # rows without it are headings or totals, not bad rows

[file.columns]                      # canonical column = "the file's column"
basket_id = "Order Reference"
sold_at = "Order Date"

[file.constants]                    # canonical column = the same value on every row
channel = "odoo"

[file.values.kind]                  # canonical column: the file's value = ours
"Refund" = "return"
```

Several `[[file]]` may match one file, each for another table. A sample lies in `store_data/exports/odoo-mapping.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import polars as pl

from clerk.errors import SourceMissing, SourceUnreadable
from clerk.intake.canonical_tables import TABLES, Source
from clerk.intake.context import Context, source_of
from clerk.intake.customer_matching import match
from clerk.intake.files.column_reading import Raw
from clerk.intake.files.recognition import BYTES_AT_MOST, Recognised, header_of
from clerk.intake.layouts import plainly

FILE_NAME = "mapping.toml"
_BYTES_AT_MOST = 1_000_000
_DATES = ("sold_at", "at", "joined_on", "birthday", "issued_at", "counted_at", "until")
_DAYS = ("joined_on", "birthday")
_NUMBERS = ("price", "quantity", "unit_price", "line_total", "on_hand")
_EXTRA = {"lines": ("email", "phone")}
"""Columns beyond the canonical ones: by which the member of a line is found."""


@dataclass(frozen=True, slots=True)
class FileMapping:
    """How one kind of file becomes one table."""

    match: str
    table: str
    columns: Mapping[str, str]
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    date: str = ""
    decimal_comma: bool | None = None
    skip_empty: str = ""


def read_mappings(*folders: Path) -> tuple[FileMapping, ...]:
    """The mappings of the first folder that has a `mapping.toml`; none without.

    Raises:
        SourceUnreadable: it is no TOML, or names what does not exist.
    """
    for folder in folders:
        path = folder / FILE_NAME
        if not path.is_file() or path.is_symlink():
            continue
        try:
            with path.open("rb") as file:
                text = file.read(_BYTES_AT_MOST).decode("utf-8-sig")
            return tuple(_mapping(entry) for entry in tomllib.loads(text).get("file", ()))
        except (OSError, ValueError, TypeError, AttributeError, LookupError, RecursionError) as problem:
            raise SourceUnreadable(f"{FILE_NAME} cannot be used: {problem}.", "Correct the file.") from None
    return ()


def mapped(
    path: Path, mappings: Sequence[FileMapping], *, bytes_at_most: int = BYTES_AT_MOST
) -> tuple[Recognised, ...]:
    """The file by each mapping that matches its name.

    Raises:
        SourceMissing: a column that the mapping names is not in the file.
        SourceUnsafe, SourceUnreadable: as `recognise`.
    """
    ours = [one for one in mappings if fnmatchcase(path.name.lower(), one.match.lower())]
    if not ours:
        return ()
    header, is_parquet = header_of(path, bytes_at_most=bytes_at_most)
    plain: dict[str, int] = {}
    for position, name in enumerate(header):
        plain.setdefault(plainly(name), position)
    found = []
    for one in ours:
        missing = [name for name in one.columns.values() if plainly(name) not in plain]
        if missing:
            what = f"{path.name} has no column {', '.join(missing[:5])}, which {FILE_NAME} names."
            raise SourceMissing(what, f"Correct {FILE_NAME}, or export the column too.")
        places = {column: plain[plainly(name)] for column, name in one.columns.items()}
        name = f"{one.table} by {FILE_NAME}"
        found.append(
            Recognised(path, name, (one.table,), "mapping", places, tuple(header), {}, is_parquet, mapping=one)
        )
    return tuple(found)


def convert(raw: Raw, context: Context, mapping: FileMapping) -> list[Source]:
    """The table of a file that has a mapping."""
    frame = raw.frame.with_columns(pl.col(name).cast(pl.String).fill_null("") for name in mapping.columns)
    if mapping.skip_empty:
        frame = frame.filter(pl.col(mapping.skip_empty) != "")
    for column, values in mapping.values.items():
        if column in frame.columns:
            frame = frame.with_columns(pl.col(column).replace(dict(values)))
    for column in (name for name in _DATES if mapping.date and name in mapping.columns):
        days = column in _DAYS or not any(mark in mapping.date for mark in ("%H", "%I", "%T", "%R", "%X", "%s"))
        read = frame[column].str.to_datetime(mapping.date, strict=False, time_unit="us") if not days else (
            frame[column].str.to_date(mapping.date, strict=False)
        )  # fmt: skip
        text = read.dt.strftime("%Y-%m-%d" if days else "%Y-%m-%d %H:%M:%S")
        frame = frame.with_columns(text.zip_with(text.is_not_null(), frame[column]).alias(column))
    if mapping.decimal_comma is not None:
        thousands, decimal = (".", ",") if mapping.decimal_comma else (",", ".")
        frame = frame.with_columns(
            pl.col(name).str.replace_all(f"[{thousands} \u00a0\u202f]", "").str.replace(decimal, ".", literal=True)
            for name in _NUMBERS
            if name in mapping.columns
        )
    frame = frame.with_columns(pl.lit(value).alias(name) for name, value in mapping.constants.items())
    if mapping.table == "lines":
        frame = _with_members(frame, raw, context)
    if mapping.table == "members":
        shown = [pl.col(name) if name in frame.columns else pl.lit("") for name in ("member_id", "email", "phone")]
        context.known.add(frame.select(one.alias(str(at)) for at, one in enumerate(shown)).iter_rows())
    return [source_of(mapping.table, raw, frame, broken=True)]


def _with_members(frame: pl.DataFrame, raw: Raw, context: Context) -> pl.DataFrame:
    """Finds the member of lines that name an e-mail or phone."""
    ways = [name for name in ("email", "phone") if name in frame.columns]
    if not ways:
        return frame
    own = pl.col("member_id") if "member_id" in frame.columns else pl.lit("")
    who = match(frame.select(own.alias("id"), *ways), context.known)
    context.note(
        who.unknown,
        "line has an e-mail or phone that no member has: sold to a guest"
        "|lines have an e-mail or phone that no member has: sold to guests",
        raw,
    )
    if who.ambiguous:
        context.conflicts.append(f"{raw.file}: {who.ambiguous:,} e-mails or phones stand for several members")
    found = frame.select(own.alias("id"))["id"]
    return frame.with_columns(who.member_ids.zip_with(who.member_ids != "", found).alias("member_id")).drop(ways)


def _mapping(entry: dict[str, Any]) -> FileMapping:
    table = str(entry["table"])
    if table not in TABLES:
        raise ValueError(f"there is no table {table}; tables are {', '.join(TABLES)}")
    shape = TABLES[table]
    known = {*shape.required, *shape.optional, *shape.either, *_EXTRA.get(table, ())}
    columns = {str(column): str(name) for column, name in entry.get("columns", {}).items()}
    constants = {str(column): str(value) for column, value in entry.get("constants", {}).items()}
    if strange := [name for name in (*columns, *constants) if name not in known]:
        raise ValueError(f"{table} has no column {strange[0]}")
    by_contact = table == "lines" and any(name in columns for name in _EXTRA["lines"])
    absent = [name for name in shape.required if name not in columns and name not in constants]
    absent = [name for name in absent if not (name == "member_id" and by_contact)]
    if absent:
        raise ValueError(f"{table} needs {', '.join(absent)}")
    skip = str(entry.get("skip_empty", ""))
    if skip and skip not in columns:
        raise ValueError(f"skip_empty names {skip}, which is not mapped")
    comma = entry.get("decimal_comma")
    return FileMapping(
        match=str(entry["match"]),
        table=table,
        columns=columns,
        constants=constants,
        values={
            str(column): {str(k): str(v) for k, v in pairs.items()} for column, pairs in entry.get("values", {}).items()
        },
        date=str(entry.get("date", "")),
        decimal_comma=None if comma is None else bool(comma),
        skip_empty=skip,
    )

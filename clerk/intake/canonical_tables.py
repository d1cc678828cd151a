"""The canonical folder: one CSV or Parquet file a table, columns matched by header name.

Every column of a CSV arrives as text; Parquet keeps its types. Nothing is judged here but the form of the file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from clerk.errors import SettingsError, SourceMissing, SourceUnreadable
from clerk.intake.delimited.header import header_of
from clerk.intake.delimited.rows import LINE, parts_of, rows_of
from clerk.model import Notice
from clerk.phrases import did_you_mean
from clerk.text import clean

ROW = LINE
"""Column with the line in the file: 1 is the header."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Columns of one canonical table."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    either: tuple[str, ...] = ()
    """One of these has to be there."""


TABLES: dict[str, Shape] = {
    "items": Shape(
        ("sku", "name"),
        ("gtin", "description", "category", "brand", "price", "currency", "durable", "sensitive", "age_restricted",
         "allergens", "variant_of", "image", "audience", "diets", "mention", "goes_with", "language"),
    ),
    "members": Shape(
        ("member_id",),
        ("name", "given_name", "phone", "email", "birthday", "joined_on", "locale", "home_store", "tier"),
    ),
    "cards": Shape(("code", "member_id"), ("status", "issued_at")),
    "stock": Shape(("sku", "on_hand"), ("store_id", "shelf", "counted_at")),
    "modifiers": Shape(("group", "option"), ("price", "available"), either=("sku", "category")),
    "consents": Shape(("member_id", "purpose", "state", "at"), ("channel", "wording", "by")),
    "privileges": Shape(("tier", "text"), ("until",)),
    "lines": Shape(
        ("basket_id", "member_id", "sku", "sold_at", "quantity"),
        ("unit_price", "line_total", "modifiers", "kind", "gift", "store_id", "channel", "line_no", "currency",
         "item_name", "item_category"),
    ),
}  # fmt: skip
"""Every table with its columns. Only `items` is indispensable."""

SUFFIXES = (".parquet", ".csv", ".tsv", ".txt")
"""Files that are looked for, the best first."""

STORE_FILE = "store.toml"
"""What is true of the store as a whole."""

STORE_KEYS = (
    "store", "store_id", "currency", "timezone", "country", "language", "location", "modifier_groups", "no_items",
    "house", "tiers", "demo_member", "source",
)  # fmt: skip
"""Names that `store.toml` may have."""


PART_ROWS = 200_000
"""Rows looked at together: more saves no time."""
_MEASURED = {"quantity", "unit_price", "line_total", "line_no"}
LARGE_BYTES = 16 << 20
"""Size from which a CSV of lines is read a part at a time."""


@dataclass
class Source:
    """One canonical table of one file, before its rows are checked."""

    table: str
    file: str
    frame: pl.DataFrame
    """Known columns under their canonical names, and `ROW`."""
    broken: list[tuple[int, str, str]] = field(default_factory=list)
    """(line, reason, original) of rows that have no right form."""
    left_out: dict[str, int] = field(default_factory=dict)
    """Rule -> rows of the file that it leaves out, such as "no items (tips, gift cards, fees)"."""
    torn_row: int = 0
    """Row of a last line without an end; 0 where the file ends as it should."""
    leads: bool = False
    """Whether every row of the file is told of with this table: it became a row of it, or a rule left it out."""
    file_rows: int = 0
    """Rows in the file; 0 where as many as there are in the table."""

    @property
    def rows(self) -> int:
        """Rows of the file that feed the table, good and bad."""
        return (distinct_rows(self.frame[ROW]) if ROW in self.frame.columns else 0) + len(self.broken)

    def has(self, column: str) -> bool:
        """Whether the file has this column."""
        return column in self.frame.columns

    def parts(self) -> Iterator[Source]:
        """The rows in parts, so that results need not lie in memory beside all of them."""
        # Whether ids that Parquet gives as decimals are whole numbers is a question to the whole column.
        ids = {name for name, kind in self.frame.schema.items() if kind.is_float()} - _MEASURED
        rows = max(1, self.frame.height) if ids else PART_ROWS
        for start in range(0, max(1, self.frame.height), rows):
            yield Source(self.table, self.file, self.frame.slice(start, rows))


class LargeFile(Source):
    """A large CSV, read a part at a time so that its rows never lie in memory all at once.

    Cost: 40 MB while parts are read, where the rows of 90 MB of text would be 260 MB; the file is read twice.

    Args:
        table: canonical name.
        path: the file.
        places: canonical name -> place of the column in the file.
    """

    def __init__(self, table: str, path: Path, places: dict[str, int]) -> None:
        nothing = pl.DataFrame(schema={ROW: pl.UInt32, **dict.fromkeys(places, pl.String)})
        super().__init__(table, path.name, nothing, leads=True)
        self._path = path
        self._places = places
        self._read = 0
        for part in parts_of(path, dict(list(places.items())[:1])):
            self._read += part.frame.height
            self.broken += part.broken
            for rule, rows in part.left_out.items():
                self.left_out[rule] = self.left_out.get(rule, 0) + rows
            self.torn_row = part.torn_row
        self.file_rows = self.rows + sum(self.left_out.values())

    @property
    def rows(self) -> int:
        """Rows in the file."""
        return self._read + len(self.broken)

    def parts(self) -> Iterator[Source]:
        """The rows, a few megabytes of text at a time."""
        for part in parts_of(self._path, self._places):
            yield Source(self.table, self.file, part.frame)


def read_folder(folder: Path) -> dict[str, Source]:
    """Every table that is there.

    Raises:
        SourceMissing: the folder, the items or a required column is not there.
        SourceUnreadable: a file is no CSV or Parquet.
    """
    if not folder.is_dir():
        raise SourceMissing(f"There is no folder {folder.name}.", "Name the folder with the store's tables.")
    found = {table: path for table in TABLES if (path := _file_of(folder, table)) is not None}
    if "items" not in found:
        raise SourceMissing("There is no items file.", "Put items.csv with the columns sku and name into the folder.")
    return {table: read_table(path, table) for table, path in found.items()}


def read_table(path: Path, table: str) -> Source:
    """One file as one table.

    Raises:
        SourceMissing: a required column is not there.
        SourceUnreadable: the file is no CSV or Parquet.
    """
    try:
        source = _parquet(path, table) if path.suffix.lower() == ".parquet" else _delimited(path, table)
    except (pl.exceptions.PolarsError, OSError, ValueError) as problem:
        reason = type(problem).__name__
        raise SourceUnreadable(
            f"{path.name} cannot be read ({reason}).", "Export it again as CSV or Parquet."
        ) from None
    shape = TABLES[table]
    missing = [name for name in shape.required if not source.has(name)]
    if shape.either and not any(source.has(name) for name in shape.either):
        missing.append(" or ".join(shape.either))
    if missing:
        raise SourceMissing(
            f"{path.name} has no column {', '.join(missing)}.", "Add the column, or map it by its name."
        )
    return source


def read_store(folder: Path) -> dict[str, Any]:
    """`store.toml` of the folder, empty when there is none.

    Raises:
        SourceUnreadable: it is no TOML.
    """
    path = folder / STORE_FILE
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as problem:
        raise SourceUnreadable(f"{STORE_FILE} cannot be read: {problem}.", "Correct the file.") from problem


def strange_keys(store: Mapping[str, Any]) -> list[Notice]:
    """Names in `store.toml` that nothing reads, each with the nearest one that something does."""
    return [
        Notice(
            SettingsError.code,
            f'{STORE_FILE} has "{clean(name, 60)}", which nothing reads.',
            f"{did_you_mean(name, STORE_KEYS)}Correct the name, or take it out.",
        )
        for name in store
        if name not in STORE_KEYS
    ]


def distinct_rows(numbers: pl.Series) -> int:
    """How many rows of a file these are: one may have become several rows of a table.

    Cost: where the numbers rise, as they mostly do, no copy of them.
    """
    rising = numbers.to_numpy()
    return len(rising) if (rising[1:] > rising[:-1]).all() else numbers.n_unique()


def _file_of(folder: Path, table: str) -> Path | None:
    files = {path.name.lower(): path for path in sorted(folder.iterdir()) if path.is_file()}
    return next((files[table + suffix] for suffix in SUFFIXES if table + suffix in files), None)


def _parquet(path: Path, table: str) -> Source:
    names = _by_header(list(pl.read_parquet_schema(path)), table)
    frame = pl.read_parquet(path, columns=list(names)).rename(names)
    return Source(table, path.name, frame.with_row_index(ROW, offset=2), leads=True)


def _delimited(path: Path, table: str) -> Source:
    header = header_of(path).names
    names = _by_header(header, table)
    places = {known: header.index(name) for name, known in names.items()}
    if table == "lines" and places and path.stat().st_size >= LARGE_BYTES:
        return LargeFile(table, path, places)
    rows = rows_of(path, places)
    count = rows.frame.height + len(rows.broken) + sum(rows.left_out.values())
    return Source(
        table, path.name, rows.frame, rows.broken, rows.left_out, torn_row=rows.torn_row, leads=True, file_rows=count
    )


def _by_header(header: Sequence[str], table: str) -> dict[str, str]:
    """Header name -> canonical name of the columns that are known; the first of two equal names counts."""
    shape = TABLES[table]
    known = {*shape.required, *shape.optional, *shape.either}
    names: dict[str, str] = {}
    for name in header:
        plain = "_".join(name.strip().strip("\ufeff").lower().replace("-", " ").split())
        if plain in known and plain not in names.values():
            names[name] = plain
    return names


def by_table(sources: Sequence[Source]) -> dict[str, Source]:
    """The sources of a file, one a table: what its rows say of a table beside another one comes before what leads."""
    found: dict[str, Source] = {}
    for source in sorted(sources, key=lambda source: source.leads):
        if (before := found.get(source.table)) is not None:
            source.frame = pl.concat([before.frame, source.frame], how="diagonal_relaxed")
        found[source.table] = source
    return dict(sorted(found.items(), key=lambda one: not one[1].leads))

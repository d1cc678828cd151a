"""Which export a file is, by its header alone; never by position, and by its name only for tables of our own.

Files that no export is (links, directories, endless lines) are refused before anything reads them whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG
from typing import Any

import polars as pl

from clerk.errors import SourceUnknown, SourceUnreadable, SourceUnsafe
from clerk.intake.canonical_tables import TABLES
from clerk.intake.delimited.encoding import REMEDY
from clerk.intake.delimited.header import COLUMNS_AT_MOST, START_BYTES
from clerk.intake.delimited.header import header_of as text_header
from clerk.intake.layouts import Layout, canonical_layout, layouts

BYTES_AT_MOST = 2_000_000_000
"""Larger files are not read, unless the settings say otherwise."""
PARQUET_ROWS_AT_MOST = 100_000_000
"""A few bytes of Parquet can stand for billions of equal rows."""
PARQUET_ROWS_A_BYTE = 200
"""Rows a byte of Parquet may stand for: real tables need more than a byte for a row."""

CANONICAL = "canonical"
"""Module of a table of our own under our own column names."""
ALIASED = "aliased"
"""Module of a table of our own of which a column goes by another name."""

_NO_TABLE = {
    b"PK\x03\x04": "an archive or a workbook", b"PK\x05\x06": "an empty archive",
    b"\x1f\x8b": "compressed (gzip)",
    b"BZh": "compressed (bzip2)", b"\xfd7zXZ": "compressed (xz)", b"(\xb5/\xfd": "compressed (zstd)",
    b"7z\xbc\xaf": "an archive (7z)", b"Rar!": "an archive (rar)", b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls), or one with a password",
}  # fmt: skip
_PARQUET = b"PAR1"


@dataclass(frozen=True, slots=True)
class Recognised:
    """A file whose header is known."""

    path: Path
    layout: str
    """Name for people, such as "Shopify orders"."""
    tables: tuple[str, ...]
    """Canonical tables it feeds; none for one that only helps to read another."""
    module: str
    places: dict[str, int]
    """Column -> place in the header."""
    header: tuple[str, ...] = ()
    repeated: dict[str, dict[str, int]] = field(default_factory=dict)
    """Of columns that repeat for each location or set: column -> name -> place."""
    is_parquet: bool = False
    holds_card_data: bool = False
    mapping: tuple[Any, ...] = ()
    """For a file that has a description: `mapping.recognise.Described`, one or more for its table."""


def recognise(path: Path, *, bytes_at_most: int = BYTES_AT_MOST) -> Recognised | None:
    """Recognises a file by its header; None when the header is unknown.

    Raises:
        SourceUnsafe: too large, a link, an archive, an endless header.
        SourceUnreadable: there is no header.
    """
    header, is_parquet = header_of(path, bytes_at_most=bytes_at_most)
    found: list[tuple[Layout, dict[str, int]]] = []
    if not is_parquet:
        for layout in layouts():
            if (places := layout.places(header)) is not None:
                found.append((layout, places))
    if found:
        layout, places = max(found, key=lambda one: len(one[0].required))
    else:
        table = _called_like(path)
        own = canonical_layout(table) if table else None
        own_places = own.places(header) if own else None
        if own is None or own_places is None or not _has_either(table, own_places):
            return None
        layout, places = own, own_places
    module = layout.module
    if module == CANONICAL and not all(_plain_name(header[place]) == column for column, place in places.items()):
        module = ALIASED
    return Recognised(
        path, layout.name, layout.tables, module, places, tuple(header), layout.repeated(header), is_parquet,
        layout.holds_card_data(header),
    )  # fmt: skip


def header_of(path: Path, *, bytes_at_most: int = BYTES_AT_MOST) -> tuple[list[str], bool]:
    """The header's names, and whether the file is Parquet.

    Raises:
        SourceUnsafe, SourceUnreadable: as `recognise`.
    """
    try:
        status = path.lstat()
        if not S_ISREG(status.st_mode):
            raise SourceUnsafe(f"{path.name} is a link or no file.", "Put the file itself into the inbox.")
        if status.st_size > bytes_at_most:
            what = f"{path.name} is larger than {bytes_at_most // 1_000_000:,} MB."
            raise SourceUnsafe(what, "Export less at once, or raise file_mb_at_most under [nightly] in settings.toml.")
        with path.open("rb") as file:
            start = file.read(START_BYTES + 1)
    except OSError as problem:
        raise SourceUnreadable(f"{path.name} cannot be read ({problem.strerror}).", REMEDY) from None
    for magic, what in _NO_TABLE.items():
        if start.startswith(magic):
            remedy = "Put CSV files there, or a .zip of them, or save a workbook as .xlsx."
            raise SourceUnknown(f"{path.name} is {what}; Clerk does not open that.", remedy)
    if start.startswith(_PARQUET):
        return _parquet_header(path, status.st_size), True
    return list(text_header(path, start).names), False


def _parquet_header(path: Path, size: int) -> list[str]:
    try:
        header = list(pl.read_parquet_schema(path))
        rows = int(pl.scan_parquet(path).select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as problem:
        reason = type(problem).__name__
        raise SourceUnreadable(f"{path.name} cannot be read ({reason}).", "Write the Parquet file again.") from None
    if rows > PARQUET_ROWS_AT_MOST or rows > size * PARQUET_ROWS_A_BYTE:
        raise SourceUnsafe(f"{path.name} holds {rows:,} rows in {size:,} bytes.", "Write it as CSV.")
    return _few_enough(path, header)


def _few_enough(path: Path, header: list[str]) -> list[str]:
    if len(header) > COLUMNS_AT_MOST:
        raise SourceUnsafe(f"{path.name} has {len(header):,} columns.", "Export fewer columns.")
    return header


def _called_like(path: Path) -> str:
    """The canonical table that the file is called after: `lines.csv`, `lines-2026-11-20.csv`, or none."""
    stem = path.name.split(".")[0].lower()
    return next((t for t in TABLES if stem == t or stem.startswith((f"{t}-", f"{t}_", f"{t} "))), "")


def _plain_name(name: str) -> str:
    """A header name as `canonical` reads it."""
    return "_".join(name.strip().strip("\ufeff").lower().replace("-", " ").split())


def _has_either(table: str, places: dict[str, int]) -> bool:
    either: Sequence[str] = TABLES[table].either
    return not either or any(column in places for column in either)

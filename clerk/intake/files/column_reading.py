"""Reads the needed columns of a recognised file as text with row numbers, and lists rows that are broken.

Other columns are never read, so that payment card data goes nowhere: not even into quarantine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from clerk.errors import SourceUnreadable
from clerk.intake.canonical_tables import ROW
from clerk.intake.delimited.rows import parts_of
from clerk.intake.files.recognition import Recognised
from clerk.visit.feedback import holds_card_number

WITHHELD = "(not kept: rows of this export hold payment card data; see the row in the file)"
"""Stands for a broken row, of which it is not known which field is the card."""
_CARD_WITHHELD = "(not kept: it holds what looks like a payment card number)"
_ORIGINAL_CHARS = 4000


@dataclass(slots=True)
class Raw:
    """The needed columns of a file."""

    file: str
    frame: pl.DataFrame
    """`ROW` and each needed column as text; empty text where there is nothing."""
    broken: list[tuple[int, str, str]] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    """Rule -> rows of the file that it leaves out."""
    torn_row: int = 0
    """Row of a last line without an end; 0 where the file ends as it should."""
    rows: int = 0
    """Rows in the file: read, broken, or left out when it was read."""

    def has(self, column: str) -> bool:
        """Whether the file has this column."""
        return column in self.frame.columns

    def text(self, column: str) -> pl.Expr:
        """The column, or empty text where the file has none."""
        return pl.col(column) if self.has(column) else pl.lit("")


def read(found: Recognised, also: Mapping[str, int] | None = None) -> Raw:
    """The columns in `found.places`, and those of `also`.

    Raises:
        SourceUnreadable: the file is not what its header says.
    """
    places = {**found.places, **(also or {})}
    try:
        raw = _parquet(found, places) if found.is_parquet else _delimited(found, places)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError, MemoryError) as problem:
        what = f"{found.path.name} cannot be read ({type(problem).__name__})."
        raise SourceUnreadable(what, "Export it again as CSV in UTF-8, or as Parquet.") from None
    return raw


def _delimited(found: Recognised, places: Mapping[str, int]) -> Raw:
    raw = Raw(found.path.name, pl.DataFrame())
    frames = []
    for part in parts_of(found.path, places):
        frames.append(part.frame.with_columns(_bare(part.frame[column]) for column in places))
        raw.broken += [(number, reason, _safe(found, text)) for number, reason, text in part.broken]
        for rule, rows in part.left_out.items():
            raw.left_out[rule] = raw.left_out.get(rule, 0) + rows
        raw.torn_row = part.torn_row
    raw.frame = _one_piece(frames)
    raw.rows = raw.frame.height + len(raw.broken) + sum(raw.left_out.values())
    return raw


def _parquet(found: Recognised, places: Mapping[str, int]) -> Raw:
    names = {column: found.header[position] for column, position in places.items()}
    frame = pl.read_parquet(found.path, columns=sorted(set(names.values())))
    chosen = frame.select(pl.col(name).alias(column) for column, name in names.items())
    return Raw(found.path.name, chosen.with_row_index(ROW, offset=2), rows=chosen.height)


def _one_piece(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """The frames below each other, each column in one piece.

    Columns of many pieces are put together again and again, whenever one of another make is laid beside them. Done
    column by column, what is put together and its pieces are never there at the same time.
    """
    columns = []
    for name in frames[0].columns:
        columns.append(pl.concat([frame[name] for frame in frames], rechunk=True))
        for at, frame in enumerate(frames):
            frames[at] = frame.drop(name)
    return pl.DataFrame(columns)


def _bare(texts: pl.Series) -> pl.Series:
    """Without the apostrophe that keeps a spreadsheet from reading a number or a formula; `'t Hooft` keeps his."""
    plain = texts.fill_null("").str.strip_chars()
    return plain.str.replace(r"^'([0-9+=@-])", "${1}") if plain.str.starts_with("'").any() else plain


def _safe(found: Recognised, original: str) -> str:
    if found.holds_card_data:
        return WITHHELD
    short = re.sub(r"\0", " ", original[:_ORIGINAL_CHARS])
    return _CARD_WITHHELD if holds_card_number(short) else short

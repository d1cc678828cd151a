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
from clerk.intake.delimited_text import whole_rows
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

    @property
    def rows(self) -> int:
        """Rows in the file, as long as `frame` holds all that were read."""
        return self.frame.height + len(self.broken)

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
    needed = sorted(set(places.values()))
    rows = whole_rows(found.path, keep=needed)
    if max(needed, default=-1) >= len(rows.header):
        raise ValueError("the header changed while it was read")
    rewritten = isinstance(rows.content, bytes)
    labels = [f"c{position}" for position in (needed if rewritten else range(len(rows.header)))]
    lazy = pl.scan_csv(
        rows.content,
        has_header=False,
        skip_lines=1,
        schema=dict.fromkeys(labels, pl.String),
        separator=rows.separator,
        quote_char='"' if rewritten else None,
        empty_string_is_null=False,
        raise_if_empty=False,
    )
    frame = lazy.select(_bare(pl.col(f"c{position}")).alias(column) for column, position in places.items()).collect()
    if rows.row_numbers is None:
        numbers = pl.Series(ROW, range(2, frame.height + 2), dtype=pl.UInt32)
    else:
        numbers = pl.Series(ROW, rows.row_numbers, dtype=pl.UInt32)
    broken = [(number, reason, _safe(found, text)) for number, reason, text in rows.broken]
    return Raw(found.path.name, frame.select(numbers, pl.all()), broken, torn_row=rows.torn_row)


def _parquet(found: Recognised, places: Mapping[str, int]) -> Raw:
    names = {column: found.header[position] for column, position in places.items()}
    frame = pl.read_parquet(found.path, columns=sorted(set(names.values())))
    chosen = frame.select(pl.col(name).alias(column) for column, name in names.items())
    return Raw(found.path.name, chosen.with_row_index(ROW, offset=2))


def _bare(text: pl.Expr) -> pl.Expr:
    """Without the apostrophe that keeps a spreadsheet from reading a number or a formula; `'t Hooft` keeps his."""
    return text.fill_null("").str.strip_chars().str.replace(r"^'([0-9+=@-])", "${1}")


def _safe(found: Recognised, original: str) -> str:
    if found.holds_card_data:
        return WITHHELD
    short = re.sub(r"\0", " ", original[:_ORIGINAL_CHARS])
    return _CARD_WITHHELD if holds_card_number(short) else short

"""The currency of each row, and amounts of money in units of it."""

from __future__ import annotations

from collections import Counter

import polars as pl

from clerk.intake.canonical_tables import Source
from clerk.intake.checks.written import words
from clerk.phrases import minor_digits

_LARGEST = 1e15
"""Minor units; more is no amount of money, and no whole number that a decimal holds exactly."""


def codes(texts: pl.Series, own: str) -> pl.Series:
    """Codes of ISO 4217 of the currencies that are written; empty for the store's own, null for what is none.

    Args:
        texts: as they are written; empty is the store's own.
        own: the store's currency, or empty.
    """
    different = texts.unique()
    read = [_code(text, own) for text in different]
    return texts.replace_strict(different, pl.Series(read, dtype=pl.String), default=None, return_dtype=pl.String)


def most_frequent(source: Source) -> tuple[str, int]:
    """The currency that most rows of a table are in, and how many; empty and 0 where no row names one."""
    found: Counter[str] = Counter()
    for part in source.parts() if source.has("currency") else ():
        text = part.frame["currency"].cast(pl.String).fill_null("")
        for written, rows in text.value_counts(sort=False).sort(pl.first(), maintain_order=True).iter_rows():
            found[_code(written.strip(), "") or ""] += rows
    found.pop("", None)
    most = max(sorted(found), key=found.__getitem__, default="")
    return most, found[most]


def in_minor_units(numbers: pl.Series, currency: pl.Series | None, digits: int) -> pl.Series:
    """Amounts of money in minor units, null where they are too large to be any.

    Args:
        numbers: in major units.
        currency: the code of each, where it is not the store's.
        digits: decimal digits of the store's currency.
    """
    scaled = numbers * 10.0**digits
    for code in currency.unique().drop_nulls() if currency is not None else ():
        if code and minor_digits(code) != digits:
            scaled = scaled.zip_with(currency != code, numbers * 10.0 ** minor_digits(code))
    return scaled.set(scaled.abs() > _LARGEST, None).round(0).cast(pl.Int64)


def is_written(frame: pl.DataFrame, column: str) -> pl.Series:
    """Where something is written, be it readable or not."""
    if column not in frame.columns:
        return pl.Series(column, [False]).new_from_index(0, frame.height)
    series = frame[column]
    if series.dtype == pl.String:
        return ~series.fill_null("").str.strip_chars().str.to_lowercase().is_in(words().nothing)
    return series.is_not_null() & (series.is_finite() if series.dtype.is_float() else True)


def _code(text: str, own: str) -> str | None:
    code = words().symbols.get(text, text.upper())
    if code in ("", own):
        return ""
    return code if len(code) == 3 and code.isascii() and code.isalpha() else None

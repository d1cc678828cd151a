"""Columns as they came into columns that can be trusted: text, yes and no. Numbers and dates: see `reading`.

Each function takes text or what Parquet gave and returns null for what it cannot read; whether null is a bad row or
a fallback is the business of `checks`.
"""

from __future__ import annotations

import polars as pl

from clerk.text import clean

_ODD = r"[^ -~]|  |^ | $"
"""What only `clean` can settle; everything else is printable ASCII and stays as it is."""

_YES = ("1", "true", "t", "yes", "y", "x", "on")
_NO = ("0", "false", "f", "no", "n", "off", "")


def texts(frame: pl.DataFrame, column: str, limit: int = 80) -> pl.Series:
    """Cleaned text, empty where there is none. Cost: only values beyond plain ASCII are looked at one by one."""
    if column not in frame.columns:
        return pl.Series(column, [""], dtype=pl.String).new_from_index(0, frame.height)
    series = _as_text(frame[column])
    odd = series.str.contains(_ODD) | (series.str.len_bytes() > limit)
    if not odd.any():
        return series
    strange = series.filter(odd).unique()
    cleaned = pl.Series([clean(value, limit) for value in strange], dtype=pl.String)
    return series.replace(strange, cleaned)


def yes(frame: pl.DataFrame, column: str, *, default: bool = False) -> pl.Series:
    """Yes or no; null for anything else."""
    if column not in frame.columns:
        return pl.Series(column, [default], dtype=pl.Boolean).new_from_index(0, frame.height)
    series = frame[column]
    if series.dtype == pl.Boolean:
        return series.fill_null(default)
    text = _as_text(series).str.to_lowercase()
    frame = pl.DataFrame({"text": text})
    known = (
        pl.when(pl.col("text").is_in(_YES)).then(True)
        .when((pl.col("text") == "") if default else pl.lit(False)).then(True)
        .when(pl.col("text").is_in(_NO)).then(False)
    )  # fmt: skip
    return frame.select(known.alias(column)).to_series()


def yes_or_empty(frame: pl.DataFrame, column: str) -> pl.Series:
    """Yes or no; null for anything else and where nothing is written."""
    read = yes(frame, column)
    written = texts(frame, column) != ""
    return read.set(~written, None)


def _as_text(series: pl.Series) -> pl.Series:
    if series.dtype == pl.String:
        return series.fill_null("").str.strip_chars()
    if series.dtype.is_float() and (series.drop_nulls() == series.drop_nulls().round(0)).all():
        series = series.cast(pl.Int64, strict=False)
    return series.cast(pl.String, strict=False).fill_null("").str.strip_chars()

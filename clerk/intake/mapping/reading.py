"""Numbers and moments of a description's columns."""

from __future__ import annotations

import polars as pl

from clerk.intake.context import Context

_ZONELESS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")


def decimals(texts: pl.Series, decimal_comma: bool | None) -> pl.Series:
    """Plain decimal text of each, null where it is no number."""
    bare = texts.str.replace_all(r"[^0-9,.\-]", "")
    comma = decimal_comma
    if comma is None:
        comma = bool((bare.str.contains(r",\d{1,2}$") & ~bare.str.contains(r"\.\d*$")).any())
    thousands, decimal = (".", ",") if comma else (",", ".")
    plain = bare.str.replace_all(thousands, "", literal=True).str.replace(decimal, ".", literal=True)
    return plain.set(plain.cast(pl.Float64, strict=False).is_null(), None)


def numbers_of(texts: pl.Series, decimal_comma: bool | None) -> pl.Series:
    """Each as Float64, null where it is no number."""
    return decimals(texts, decimal_comma).cast(pl.Float64, strict=False)


def moments(texts: pl.Series, form: str, order: str | None, zone: str, context: Context) -> pl.Series:
    """ISO wall time of each, null where it cannot be read."""
    if form and order is None:
        timed = any(mark in form for mark in ("%H", "%I", "%T", "%R", "%X", "%s"))
        if not timed:
            return texts.str.to_date(form, strict=False).dt.strftime("%Y-%m-%d")
        return texts.str.to_datetime(form, strict=False, time_unit="us").dt.strftime("%Y-%m-%d %H:%M:%S")
    return pl.Series([None], dtype=pl.String).new_from_index(0, len(texts))

"""Columns as they came into columns that can be trusted: text, numbers, money, moments, yes and no.

Each function takes text or what Parquet gave and returns null for what it cannot read; whether null is a bad row or
a fallback is the business of `checks`.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from clerk.clock import NOON_S, from_datetime
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


def numbers(frame: pl.DataFrame, column: str) -> pl.Series:
    """Decimal numbers; `1,5` and `€ 1.50` are read, `1.234,50` too."""
    if column not in frame.columns:
        return pl.Series(column, [None], dtype=pl.Float64).new_from_index(0, frame.height)
    series = frame[column]
    if series.dtype.is_numeric() or isinstance(series.dtype, pl.Decimal):
        read = series.cast(pl.Float64)
    else:
        text = _as_text(series)
        read = text.cast(pl.Float64, strict=False)
        left = read.is_null() & (text != "")
        if left.any():
            read = read.zip_with(~left, _written_numbers(text).cast(pl.Float64, strict=False))
    # Infinite and not-a-number are spellings of "unknown" here.
    return read.set(~read.is_finite().fill_null(value=False), None)


def minors(frame: pl.DataFrame, column: str, digits: int) -> pl.Series:
    """Money in minor units."""
    scaled: pl.Series = numbers(frame, column) * float(10**digits)
    return scaled.set(scaled.abs() > 1e15, None).round(0).cast(pl.Int64)


def moments(frame: pl.DataFrame, column: str, zone: ZoneInfo | None = None) -> pl.Series:
    """Wall seconds of ISO 8601 texts or of Parquet dates and times.

    Args:
        frame: the table.
        column: may be absent.
        zone: the shop's; times with an offset are converted to it, without it in this machine's own.
    """
    if column not in frame.columns:
        return pl.Series(column, [None], dtype=pl.Int64).new_from_index(0, frame.height)
    series = frame[column]
    if series.dtype == pl.Date:
        return series.cast(pl.Int32).cast(pl.Int64) * 86_400 + NOON_S
    if isinstance(series.dtype, pl.Datetime):
        if series.dtype.time_zone is not None:
            series = series.dt.convert_time_zone(str(zone) if zone else _own_zone()).dt.replace_time_zone(None)
        return series.dt.epoch("s")
    return _written_moments(_as_text(series), zone)


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


def dates(frame: pl.DataFrame, column: str) -> pl.Series:
    """ISO dates as text, empty where it is no date; `--MM-DD` stays as it is."""
    if column not in frame.columns:
        return texts(frame, column)
    series = frame[column]
    if series.dtype == pl.Date or isinstance(series.dtype, pl.Datetime):
        return series.cast(pl.Date).cast(pl.String).fill_null("")
    text = _as_text(series)
    whole = text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False).cast(pl.String)
    yearless = text.str.extract(r"^(--(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01]))$")
    return whole.fill_null(yearless).fill_null("").alias(column)


def _as_text(series: pl.Series) -> pl.Series:
    if series.dtype == pl.String:
        return series.fill_null("").str.strip_chars()
    if series.dtype.is_float() and (series.drop_nulls() == series.drop_nulls().round(0)).all():
        series = series.cast(pl.Int64, strict=False)
    return series.cast(pl.String, strict=False).fill_null("").str.strip_chars()


def _written_numbers(text: pl.Series) -> pl.Series:
    bare = text.str.replace_all(r"[^0-9,.+\-]", "")
    comma_is_decimal = bare.str.contains(r",\d{1,3}$") & ~bare.str.contains(r",.*,|,\d{3}$")
    continental = bare.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    return bare.str.replace_all(",", "", literal=True).zip_with(~comma_is_decimal, continental)


def _written_moments(text: pl.Series, zone: ZoneInfo | None) -> pl.Series:
    """The usual forms all at once, the rest one different text at a time."""
    plain = text.str.replace("T", " ", literal=True).str.replace(r"\.\d+$", "")
    read = plain.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us").dt.epoch("s")
    left = read.is_null() & (plain.str.len_bytes() == 16)
    if left.any():
        minutes = plain.str.to_datetime("%Y-%m-%d %H:%M", strict=False, time_unit="us").dt.epoch("s")
        read = read.zip_with(~left, minutes)
    left = read.is_null() & (plain.str.len_bytes() == 10)
    if left.any():
        days = plain.str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us")).dt.epoch("s")
        read = read.zip_with(~left, days + NOON_S)
    left = read.is_null() & (text != "")
    if left.any():
        strange = text.filter(left).unique()
        odd_moments = pl.Series([_moment(value, zone) for value in strange], dtype=pl.Int64)
        read = read.zip_with(~left, text.replace_strict(strange, odd_moments, default=None, return_dtype=pl.Int64))
    return read


def _moment(text: str, zone: ZoneInfo | None) -> int | None:
    try:
        moment = datetime.fromisoformat(text.replace(" +", "+").replace(" -", "-"))
        if moment.tzinfo is not None and zone is not None:
            moment = moment.astimezone(zone).replace(tzinfo=None)
        return from_datetime(moment)
    except (ValueError, OverflowError, OSError):
        return None


def _own_zone() -> str:
    """This machine's zone as a fixed offset that polars understands."""
    offset = datetime.now().astimezone().utcoffset()
    hours = int(offset.total_seconds() // 3600) if offset is not None else 0
    return f"Etc/GMT{-hours:+d}" if hours else "UTC"

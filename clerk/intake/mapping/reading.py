"""Numbers and moments that a description says more about than the column itself: their mark, form, order, zone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import polars as pl

from clerk.intake.checks import moments as dates
from clerk.intake.checks.numbers import decimals
from clerk.intake.checks.reading import doubt_about_order
from clerk.intake.context import Context
from clerk.intake.files.column_reading import Raw
from clerk.intake.layouts import plainly
from clerk.intake.mapping.entries import ORDERS
from clerk.text import clean


def with_mark(texts: pl.Series, decimal_comma: bool) -> pl.Series:
    """Plain decimal text of each, null where it is no number with this mark."""
    return decimals(texts, "," if decimal_comma else ".")


def amounts(texts: pl.Series, decimal_comma: bool | None, raw: Raw, context: Context) -> pl.Series:
    """Each as Float64, null where it is no number; without a stated mark as the column proves."""
    if decimal_comma is None:
        return context.amounts(texts, raw)
    return with_mark(texts, decimal_comma).cast(pl.Float64)


def moments(texts: pl.Series, stated: str, zone: str, raw: Raw, context: Context) -> pl.Series:
    """ISO wall time of each, null where it cannot be read.

    Args:
        texts: the whole column, as it is written.
        stated: a form such as `%d/%m/%Y`, an order such as `day first`, or nothing.
        zone: of times without an offset, where it is not the shop's.
        raw: the file.
        context: the store; a notice says what had to be decided.
    """
    order = ORDERS.get(stated)
    if order is None and not stated:
        order = dates.order_of(texts, date.fromisoformat(context.today) if context.today else None)
        if order is None:
            order = context.habits.order
            context.notices.append(f"{raw.file}: {texts.name}: {doubt_about_order(order)}")
    form = "" if stated in ORDERS else stated
    return dates.moments(texts, order, form, zone or None, context.zone)


def on_several_days(receipts: pl.Series, moments_written: pl.Series) -> int:
    """How many receipt numbers stand on several days, as where they begin anew each day.

    Args:
        receipts: number of each row.
        moments_written: date, or date and time, of each row, as it is written.
    """
    rows = pl.DataFrame({"key": receipts, "day": moments_written.str.extract(r"^(.*?)(?:[ T][0-9]{1,2}[:.][0-9].*)?$")})
    days = rows.filter((pl.col("key") != "") & (pl.col("day") != "")).group_by("key").agg(pl.col("day").n_unique())
    return days.filter(pl.col("day") > 1).height


def without_time(moments_written: pl.Series, day: str, header: Sequence[str], used: Collection[str]) -> str:
    """What is said where no sale has a time of day; empty text where one has.

    Args:
        moments_written: of each row, as it is written.
        day: the column that it comes from.
        header: columns of the file.
        used: plain names of the columns that a description uses.
    """
    if not (moments_written != "").any() or moments_written.str.contains(r"[0-9]{1,2}[:hH.時时시][0-9]{2}").any():
        return ""
    times = [name for name in header if plainly(name) in _TIMES and plainly(name) not in used]
    hint = f'; write sold_at = ["{day}", "{clean(times[0])}"]' if times else ""
    return f"no sale has a time of day, each counts as at 12:00{hint}"


_TIMES = {
    "time", "timeofsale", "saletime", "ordertime", "zeit", "uhrzeit", "heure", "hora", "ora", "tijd", "tid",
    "klokkeslett", "aika", "godzina", "czas", "时间", "時刻", "時間", "время", "saat", "waktu", "jam",
}  # fmt: skip
"""Plain names of columns of times that stand beside one of days."""

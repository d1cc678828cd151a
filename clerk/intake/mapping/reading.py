"""Numbers and moments that a description says more about than the column itself: their mark, form, order, zone."""

from __future__ import annotations

from datetime import date

import polars as pl

from clerk.intake.checks import moments as dates
from clerk.intake.checks.numbers import decimals
from clerk.intake.checks.reading import doubt_about_order
from clerk.intake.context import Context
from clerk.intake.files.column_reading import Raw
from clerk.intake.mapping.entries import ORDERS


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

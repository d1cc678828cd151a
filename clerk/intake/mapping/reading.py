"""Numbers and moments that a description says more about than the column itself: their mark, form, order, zone."""

from __future__ import annotations

import polars as pl

from clerk.intake.checks import moments as dates
from clerk.intake.checks import numbers
from clerk.intake.checks.written import habits
from clerk.intake.context import Context
from clerk.intake.mapping.entries import ORDERS


def decimals(texts: pl.Series, decimal_comma: bool | None, context: Context) -> pl.Series:
    """Plain decimal text of each, null where it is no number."""
    store = context.store
    habit = habits(context.known.country, str(store.get("currency", "")).upper())
    mark = None if decimal_comma is None else "," if decimal_comma else "."
    return numbers.decimals(texts, mark, otherwise=habit.mark)


def amounts(texts: pl.Series, decimal_comma: bool | None, context: Context) -> pl.Series:
    """Each as Float64, null where it is no number."""
    return decimals(texts, decimal_comma, context).cast(pl.Float64, strict=False)


def moments(texts: pl.Series, stated: str, zone: str, context: Context) -> pl.Series:
    """ISO wall time of each, null where it cannot be read.

    Args:
        texts: as they are written.
        stated: a form such as `%d/%m/%Y`, an order such as `day first`, or nothing.
        zone: of times without an offset, where it is not the shop's.
        context: the store.
    """
    order = ORDERS.get(stated)
    form = "" if order is not None else stated
    habit = habits(context.known.country, str(context.store.get("currency", "")).upper())
    return dates.moments(texts, order, form, zone or None, context.zone, otherwise=habit.order)

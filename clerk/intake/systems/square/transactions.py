"""Square's transactions: no items, only who bought, for item sales that do not name the buyer."""

from __future__ import annotations

import polars as pl

from clerk.intake.canonical_tables import Source
from clerk.intake.context import Context
from clerk.intake.files.column_reading import Raw


def convert(raw: Raw, context: Context) -> list[Source]:
    """Nothing by itself. Effect: `context.buyers`."""
    buyers = raw.frame.select(
        "transaction", customer=raw.text("customer"), reference=raw.text("reference")
    ).filter((pl.col("transaction") != "") & ((pl.col("customer") != "") | (pl.col("reference") != "")))  # fmt: skip
    all_buyers = buyers if context.buyers is None else pl.concat([context.buyers, buyers])
    context.buyers = all_buyers.unique("transaction", keep="last", maintain_order=True)
    context.note(
        len(raw.broken), "row cannot be taken apart and tells nothing|rows cannot be taken apart and tell nothing", raw
    )
    return []

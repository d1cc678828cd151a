"""Shopify's inventory, one row a variant and location, as this store's stock; the bin's name is the shelf."""

from __future__ import annotations

import polars as pl

from clerk.intake.canonical_tables import Source
from clerk.intake.context import Context, source_of
from clerk.intake.files.column_reading import Raw
from clerk.intake.systems.shopify.variants import filled_down, full_name, skus

_NOT_STOCKED = "not stocked"
"""What stands where a location does not have a variant at all."""


def convert(raw: Raw, context: Context) -> list[Source]:
    """Stock of the store's own location; nothing when it is not known which that is."""
    frame = filled_down(
        raw.frame.with_columns(raw.text(name).alias(name) for name in ("option2", "option3", "shelf")),
        "handle",
        ["title"],
    )
    locations = [name for name in frame["location"].unique(maintain_order=True) if name]
    ours = context.own_location(locations, raw, "stock")
    if ours is None:
        # No table at all: an empty count would be taken for a shop without stock.
        context.leave_out(raw, raw.frame.height, "stock of locations of which store.toml names none")
        return []
    name = full_name(raw, frame)
    frame = frame.with_columns(sku=skus(frame["sku"], name))
    stocked = frame.filter(pl.col("location") == ours)
    count = pl.col("on_hand").str.to_lowercase()
    nothing = stocked.filter((count == _NOT_STOCKED) | (count == "")).height
    context.leave_out(raw, frame.height - stocked.height, "stock of other locations")
    context.leave_out(raw, nothing, "variants that are not stocked here")
    counted = stocked.filter((count != _NOT_STOCKED) & (count != ""))
    return [source_of("stock", raw, counted.select("row", "sku", "on_hand", "shelf"), broken=True)]

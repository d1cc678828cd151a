"""Shopify's products, new template and Handle layout, as items: one a variant, together by `variant_of`."""

from __future__ import annotations

import polars as pl

from clerk.intake.canonical_tables import Source
from clerk.intake.context import Context, source_of
from clerk.intake.files.column_reading import Raw
from clerk.intake.systems.shopify.variants import filled_down, full_name, skus

_NOT_SOLD = ("draft", "archived", "unlisted")


def convert(raw: Raw, context: Context) -> list[Source]:
    """Items, and their stock where there is no inventory file."""
    shared = ["title", "description", "vendor", "category", "type", "status", "image", "gift_card"]
    frame = raw.frame.with_columns(raw.text(name).alias(name) for name in (*shared, "option2", "option3", "sku"))
    frame = filled_down(frame, "handle", shared)
    # Rows after the first may hold nothing but a further picture.
    pictures = (frame["option1"] == "") & (frame["sku"] == "") & (frame["price"] == "")
    context.leave_out(raw, int(pictures.sum()), "further pictures of a product")
    frame = frame.filter(~pictures)
    not_sold = pl.col("status").str.to_lowercase().is_in(_NOT_SOLD)
    out = int(frame.select(not_sold.sum()).item())
    context.leave_out(raw, out, "drafts and archived variants: not offered")
    frame = frame.filter(~not_sold)
    name = full_name(raw, frame)
    frame = frame.with_columns(sku=skus(frame["sku"], name), name=name)
    several = pl.len().over("handle") > 1
    leaf = pl.col("category").str.split(">").list.last().str.strip_chars().str.to_lowercase()
    category = (
        pl.when(pl.col("category") == "").then(pl.col("type"))
        .when((pl.col("type") == "") | (pl.col("type").str.to_lowercase() == leaf)).then(pl.col("category"))
        .otherwise(pl.concat_str(["category", "type"], separator=" > "))
    )  # fmt: skip
    gift_card = pl.col("gift_card").str.to_lowercase() == "true"
    has = set(raw.frame.columns)
    items = frame.select(
        "row", "sku", "name", "description", "image",
        gtin=pl.col("barcode") if "barcode" in has else pl.lit(""),
        brand="vendor",
        price="price",
        # What the shop itself calls a gift card is one, whatever its name is.
        category=pl.when(gift_card).then(pl.lit("Gift cards")).otherwise(category),
        variant_of=pl.when(several).then("handle").otherwise(pl.lit("")),
    )  # fmt: skip
    context.known.items.update(items.select("sku", "name").iter_rows())
    made = [source_of("items", raw, items, broken=True)]
    if "quantity" in has and not context.has_stock:
        counted = frame.filter(pl.col("quantity").str.contains(r"^-?\d+$"))
        if "tracker" in has:
            counted = counted.filter(pl.col("tracker") != "")
        if counted.height:
            made.append(source_of("stock", raw, counted.select("row", "sku", on_hand="quantity")))
    return made

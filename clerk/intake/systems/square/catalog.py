"""Square's catalog as items with this store's price and stock, and the modifier sets (`Modifier Set - X`).

There is no item id: rows belong together by item name. A variation with a SKU is an item of its own; the variations of
an item without SKUs are one item, and the variation is the size on its lines.
"""

from __future__ import annotations

import polars as pl

from clerk.intake.canonical_tables import Source
from clerk.intake.cells import slugs
from clerk.intake.checks.numbers import decimals
from clerk.intake.context import Context, source_of
from clerk.intake.files.column_reading import Raw
from clerk.intake.layouts import words_of


def convert(raw: Raw, context: Context, repeated: dict[str, dict[str, int]] | None = None) -> list[Source]:
    """Items, and stock of the store's own location.

    Args:
        raw: with columns `price_at:<location>` and `quantity_at:<location>`.
        context: its `sets` learn the modifier sets.
        repeated: the columns that repeat.
    """
    repeated = repeated or {}
    context.sets.extend(name for name in repeated.get("set", {}) if name not in context.sets)
    context.leave_out(raw, int((raw.frame["item"] == "").sum()), "without the name of an item")
    frame = raw.frame.filter(pl.col("item") != "")
    archived = raw.text("archived").str.to_lowercase().is_in(list(words_of("square.catalog")["yes"]))
    context.leave_out(raw, int(frame.select(archived.alias("a"))["a"].sum()), "archived: not offered")
    frame = frame.filter(~archived) if raw.has("archived") else frame
    frame = frame.with_columns(item_slug=slugs(frame["item"]))
    own = pl.col("sku") != ""
    plain = pl.col("variation").str.to_lowercase().is_in(list(words_of("square.sales")["plain_sizes"]))
    price = _stated("price")
    ours = _quietly_ours(context, list(repeated.get("price_at", {})))
    if ours is not None:
        there = _stated(f"price_at:{ours}")
        price = pl.when(there != "").then(there).otherwise(price)
    frame = frame.with_columns(
        named=pl.when(own & ~plain & (pl.len().over("item") > 1))
        .then(pl.concat_str(["item", "variation"], separator=", ")).otherwise(pl.col("item")),
        variant_of=pl.when(own & (pl.len().over("item") > 1)).then("item_slug").otherwise(pl.lit("")),
        sku=pl.when(own).then("sku").otherwise("item_slug"),
        own_price=price,
    )  # fmt: skip
    category = raw.text("category")
    items = frame.unique("sku", keep="first", maintain_order=True).select(
        "row", "sku", "variant_of",
        name="named",
        description=raw.text("description"),
        category=pl.when(category != "").then(category).otherwise(raw.text("reporting_category"))
        .str.split(", ").list.first().fill_null(""),
        gtin=raw.text("gtin"),
        price="own_price",
    )  # fmt: skip
    context.leave_out(raw, frame.height - items.height, "variations of an item that goes by its name, without SKUs")
    context.known.items.update(items.select("sku", "name").iter_rows())
    made = [source_of("items", raw, items, broken=True)]
    locations = list(repeated.get("quantity_at", {}))
    ours = context.own_location(locations, raw, "stock") if locations else None
    if ours is not None:
        written = frame[f"quantity_at:{ours}"]
        counted = frame.select("row", "sku", on_hand=decimals(written, otherwise="").fill_null(written))
        counted = counted.filter(pl.col("on_hand") != "").with_columns(
            # Variations without SKUs share one item; each is a shelf of its own, and shelves are added up.
            shelf=pl.lit("")
        )
        together = counted.group_by("sku", maintain_order=True).agg(
            pl.col("row").first(), pl.col("on_hand"), pl.len().alias("n")
        )
        summed = together.with_columns(
            on_hand=pl.when(pl.col("n") == 1).then(pl.col("on_hand").list.first()).otherwise(
                pl.col("on_hand").list.eval(pl.element().cast(pl.Float64, strict=False)).list.sum().cast(pl.String)
            )
        )  # fmt: skip
        if summed.height:
            made.append(source_of("stock", raw, summed.select("row", "sku", "on_hand")))
    return made


def _stated(column: str) -> pl.Expr:
    """A price as it is written; empty where a word such as `variable` stands for it."""
    return pl.when(pl.col(column).str.contains(r"\p{Nd}")).then(pl.col(column)).otherwise(pl.lit(""))


def _quietly_ours(context: Context, locations: list[str]) -> str | None:
    """The location whose price counts; None takes the common price."""
    named = str(context.store.get("location", "")).strip().lower()
    if not named:
        return locations[0] if len(locations) == 1 else None
    return next((one for one in locations if one.lower() == named), None)

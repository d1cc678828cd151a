"""What Shopify's products, inventory and orders share: the id and name of a variant."""

from __future__ import annotations

import polars as pl

from clerk.intake.cells import slugs
from clerk.intake.files.column_reading import Raw

DEFAULT_VARIANT = "default title"
"""Option value of a product that has no variants."""


def full_name(raw: Raw, frame: pl.DataFrame) -> pl.Series:
    """`Title - Variant / Variant`, as orders call it; the title alone without variants."""
    options = [pl.col(name) if name in frame.columns else pl.lit("") for name in ("option1", "option2", "option3")]
    shown = [
        pl.when((one == "") | (one.str.to_lowercase() == DEFAULT_VARIANT)).then(None).otherwise(one) for one in options
    ]
    variant = pl.concat_str(shown, separator=" / ", ignore_nulls=True)
    named = pl.when(variant == "").then(pl.col("title")).otherwise(
        pl.concat_str([pl.col("title"), variant], separator=" - ")
    )  # fmt: skip
    return frame.select(named.alias("full")).to_series()


def skus(sku: pl.Series, name: pl.Series) -> pl.Series:
    """The variant's SKU; the slug of its name where it has none (`-` in the inventory file)."""
    missing = (sku == "") | (sku == "-")
    return sku.zip_with(~missing, slugs(name)) if missing.any() else sku


def filled_down(frame: pl.DataFrame, key: str, columns: list[str]) -> pl.DataFrame:
    """Columns that only the first row of a group has, on all its rows."""
    first = frame.group_by(key, maintain_order=True).agg(
        pl.col(name).filter(pl.col(name) != "").first().fill_null("") for name in columns
    )
    return frame.drop(columns).join(first, on=key, how="left", maintain_order="left")

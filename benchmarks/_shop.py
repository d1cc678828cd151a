"""A shop in numbers for the benchmarks of what is learned: canonical lines go the builder's own way."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import polars as pl

from clerk.model import History, ItemColumns
from clerk.pack_build.build import build
from clerk.pack_build.item_facts import set_traits
from clerk.pack_build.item_statistics import Purchases, item_columns
from clerk.pack_build.numbering import Numbered

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "bench"
"""The data beside the project, when there is some."""


def numbered(lines: pl.DataFrame, now: int) -> Numbered:
    """The builder's numbers of a lines table whose items have no texts but their SKU, and may be spoken of."""
    with tempfile.TemporaryDirectory(prefix="clerk-bench-") as scratch:
        folder = Path(scratch) / "canonical"
        folder.mkdir()
        lines.write_parquet(folder / "lines.parquet")
        lines.select("member_id").unique().sort("member_id").write_parquet(folder / "members.parquet")
        items = lines.select("sku", name="sku", mention=pl.lit("yes")).unique().sort("sku")
        items.write_parquet(folder / "items.parquet")
        return numbered_folder(folder, now)


def numbered_folder(folder: Path, now: int) -> Numbered:
    """The builder's numbers of a canonical folder."""
    caught: list[Numbered] = []

    def catch(shop: Numbered, *_: object) -> dict[str, object]:
        caught.append(shop)
        return {}

    with tempfile.TemporaryDirectory(prefix="clerk-bench-") as scratch:
        build(folder, Path(scratch), now=lambda: now, learn=catch)
    return caught[0]


def columns_until(shop: Numbered, until: int) -> ItemColumns:
    """The items' columns as a build at that moment would have made them."""
    return item_columns(shop.items, Purchases.of(shop.lines, until), until, set_traits(shop.modifier_sets))


def until(history: History, moment: int) -> History:
    """The history as it was at a moment."""
    kept = history.basket_at[history.basket] <= moment
    return History(
        basket=history.basket[kept],
        line_no=history.line_no[kept],
        item=history.item[kept],
        modifier_set=history.modifier_set[kept],
        quantity=history.quantity[kept],
        total_minor=history.total_minor[kept],
        flags=history.flags[kept],
        basket_at=history.basket_at[history.basket_at <= moment],
        basket_id=(),
    )


def interval(parts: np.ndarray, boot: int, seed: int = 0) -> list[float]:
    """95 % interval of sum(first column) / sum(second) over members drawn again; one row a member."""
    drawn = np.random.default_rng(seed).integers(0, len(parts), (boot, len(parts)))
    sums = parts[drawn].sum(axis=1)
    return [round(float(q), 4) for q in np.percentile(sums[:, 0] / np.maximum(sums[:, 1], 1e-12), [2.5, 97.5])]

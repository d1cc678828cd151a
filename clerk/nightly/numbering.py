"""Names into numbers: who is member 1, which is item 1, and where each line item lies.

Numbers are orders. Members are numbered by recency, items by how many baskets hold them, so that reading in the
order of numbers is reading in the order a person wants.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from clerk.clock import DAY_S
from clerk.model import LineFlag
from clerk.nightly.canonical import ROW
from clerk.nightly.lines import net_returns
from clerk.nightly.report import BuildReport


@dataclass(slots=True)
class Numbered:
    """The shop in numbers."""

    members: pl.DataFrame
    """member_no, the member's texts, baskets, last_at, spend_minor; in order of member_no."""
    items: pl.DataFrame
    """item_no, the item's texts and stock, gone; in order of item_no."""
    modifier_sets: pl.DataFrame
    """modifier_set_no, text."""
    baskets: pl.DataFrame
    """member_no, basket_no, basket_id, at, store_id, channel; in that order."""
    lines: pl.DataFrame
    """member_no, basket_no, line_no, item_no, modifier_set_no, milli, total_minor, flags, at; in that order."""


def number(
    members: pl.DataFrame | None, items: pl.DataFrame, lines: pl.DataFrame, stock: pl.DataFrame | None, now: int,
    report: BuildReport,
) -> Numbered:  # fmt: skip
    """Numbers everything.

    Args:
        members: checked, or None when the shop gave no members.
        items: checked.
        lines: checked.
        stock: checked, or None when nothing is counted.
        now: wall seconds; later lines are kept but make nobody recent and nothing popular.
        report: told about members and items known from lines only.
    """
    people = _people(members, lines, report)
    goods = _goods(items, lines, stock, report)
    lines = lines.join(people.select("member_id", "m"), on="member_id", how="left", maintain_order="left").drop(
        "member_id"
    )
    lines = lines.join(goods.select("sku", "i"), on="sku", how="left", maintain_order="left").drop("sku")
    flags, unmatched = net_returns(
        lines["m"].to_numpy(),
        lines["i"].to_numpy(),
        lines["at"].to_numpy(),
        lines["milli"].to_numpy(),
        lines["flags"].to_numpy(),
    )
    if unmatched:
        report.fallbacks.append(f"{unmatched:,} returns bring back something that was never sold here")
    lines = _one_day_baskets(lines.with_columns(pl.Series("flags", flags)), report)
    baskets = lines.group_by("m", "basket_id", maintain_order=True).agg(
        pl.col("at").min(), pl.col(ROW).min(), pl.col("store_id").first(), pl.col("channel").first(),
        pl.col("total_minor").sum(),
    )  # fmt: skip
    people = _by_recency(people, baskets, now)
    goods = _by_popularity(goods, lines, now)
    baskets = (
        baskets.join(people.select("m", "member_no"), on="m", how="left")
        .sort("member_no", "at", ROW)
        .with_columns(basket_no=(pl.int_range(pl.len()).over("member_no") + 1).cast(pl.Int64))
    )
    sets = lines.select(text="modifiers").unique().filter(pl.col("text") != "").sort("text")
    sets = sets.with_row_index("modifier_set_no", offset=1)
    lines = (
        lines.drop("at")
        .join(baskets.select("m", "basket_id", "member_no", "basket_no", "at"), on=["m", "basket_id"], how="left")
        .drop("basket_id", "store_id", "channel")
        .join(goods.select("i", "item_no"), on="i", how="left")
        .join(sets.rename({"text": "modifiers"}), on="modifiers", how="left")
        .with_columns(pl.col("modifier_set_no").fill_null(0))
        .drop("modifiers", "m", "i")
    )
    return Numbered(people.drop("m"), goods.drop("i"), sets, baskets.drop("m", ROW), _line_numbers(lines))


def _people(members: pl.DataFrame | None, lines: pl.DataFrame, report: BuildReport) -> pl.DataFrame:
    """Every member of the members table, and those that only lines name."""
    texts = ("name", "given_name", "phone", "email", "birthday", "joined_on", "locale", "home_store", "tier")
    buyers = lines.select(pl.col("member_id").unique(maintain_order=True))
    if members is None:
        report.fallbacks.append("no members table: members are those named by lines, without names")
        known = buyers.with_columns(pl.lit("").alias(name) for name in texts)
    else:
        known = members.drop(ROW)
        new = buyers.join(known, on="member_id", how="anti", maintain_order="left")
        if new.height:
            report.fallbacks.append(f"{new.height:,} members are known from lines only and have no name")
            known = pl.concat([known, new.with_columns(pl.lit("").alias(name) for name in texts)], how="diagonal")
    return known.select("member_id", *texts).with_row_index("m").with_columns(pl.col("m").cast(pl.Int64))


def _goods(items: pl.DataFrame, lines: pl.DataFrame, stock: pl.DataFrame | None, report: BuildReport) -> pl.DataFrame:
    """Every item with its stock, and those that only lines name: no longer sold, called by their SKU."""
    known = items.drop(ROW).with_columns(gone=pl.lit(value=False))
    gone = lines.select(pl.col("sku").unique(maintain_order=True)).join(
        known, on="sku", how="anti", maintain_order="left"
    )
    if gone.height:
        report.fallbacks.append(f"{gone.height:,} items are known from lines only: no longer sold, called by their SKU")
        blank = {
            name: pl.lit(None if kind == pl.Int64 else False if kind == pl.Boolean else "", dtype=kind)
            for name, kind in known.schema.items()
        }
        rows = gone.select("sku").with_columns(**{name: blank[name] for name in known.columns if name != "sku"})
        rows = rows.with_columns(name=pl.col("sku"), gone=pl.lit(value=True))
        known = pl.concat([known, rows.select(known.columns)])
    if stock is None:
        report.fallbacks.append("no stock table: availability is not counted")
        known = known.with_columns(
            on_hand=pl.lit(None, dtype=pl.Int64), shelf=pl.lit(""), counted_at=pl.lit(None, dtype=pl.Int64)
        )
    else:
        known = known.join(stock, on="sku", how="left", maintain_order="left")
    return known.with_columns(
        pl.when("gone").then(0).otherwise(pl.col("on_hand")).alias("on_hand"), pl.col("shelf").fill_null("")
    ).with_row_index("i").with_columns(pl.col("i").cast(pl.Int64))  # fmt: skip


def _one_day_baskets(lines: pl.DataFrame, report: BuildReport) -> pl.DataFrame:
    """Baskets whose lines lie more than a day apart taken apart by date.

    Tills that count receipts from 1 every morning give one number to many visits, and a return may carry the number
    of the receipt it came with.
    """
    span = lines.group_by("m", "basket_id").agg(apart=pl.col("at").max() - pl.col("at").min())
    reused = span.filter(pl.col("apart") > DAY_S).select("m", "basket_id", long=pl.lit(value=True))
    if reused.is_empty():
        return lines
    report.fallbacks.append(f"{reused.height:,} basket numbers stand for several days: taken apart by date")
    date = pl.from_epoch("at").dt.strftime("@%Y-%m-%d")
    dated = pl.when(pl.col("long").fill_null(value=False)).then(pl.col("basket_id") + date).otherwise("basket_id")
    lines = lines.join(reused, on=["m", "basket_id"], how="left", maintain_order="left")
    return lines.with_columns(basket_id=dated).drop("long")


def _by_recency(people: pl.DataFrame, baskets: pl.DataFrame, now: int) -> pl.DataFrame:
    """Members with the most recently seen first; those never here last, by id."""
    seen = baskets.group_by("m").agg(
        baskets=pl.len().cast(pl.Int64),
        last_at=pl.col("at").filter(pl.col("at") <= now).max(),
        spend_minor=pl.col("total_minor").sum(),
    )
    return (
        people.join(seen, on="m", how="left")
        .with_columns(pl.col("baskets", "spend_minor").fill_null(0))
        .sort("last_at", "member_id", descending=[True, False], nulls_last=True)
        .with_row_index("member_no", offset=1)
        .with_columns(pl.col("member_no").cast(pl.Int64))
    )


def _by_popularity(goods: pl.DataFrame, lines: pl.DataFrame, now: int) -> pl.DataFrame:
    """Items with the one in most baskets first; those no longer sold last."""
    sold = lines.filter((pl.col("at") <= now) & ((pl.col("flags") & int(LineFlag.RETURN)) == 0))
    held = sold.select("i", "m", "basket_id").unique().group_by("i").agg(held=pl.len())
    return (
        goods.join(held, on="i", how="left")
        .with_columns(pl.col("held").fill_null(0))
        .sort("gone", "held", "i", descending=[False, True, False])
        .drop("held")
        .with_row_index("item_no", offset=1)
        .with_columns(pl.col("item_no").cast(pl.Int64))
    )


def _line_numbers(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines in order, with the shop's own numbers where a basket has them all, else counted from 1."""
    basket = ("member_no", "basket_no")
    own = pl.col("line_no")
    usable = own.is_not_null().all() & (own.n_unique() == pl.len()) & (own.min() >= 0) & (own.max() < 2**31)
    if lines["line_no"].null_count() == lines.height:
        lines = lines.sort(*basket, ROW)
        lines = lines.with_columns(line_no=_counted(lines))
    else:
        good = lines.group_by(basket).agg(usable.fill_null(value=False).alias("good"))
        lines = lines.join(good, on=basket, how="left").sort(*basket, ROW)
        lines = lines.with_columns(line_no=pl.when("good").then(own).otherwise(pl.Series(_counted(lines)))).drop("good")
        lines = lines.sort(*basket, "line_no")
    columns = ("member_no", "basket_no", "line_no", "item_no", "modifier_set_no", "milli", "total_minor", "flags", "at")
    return lines.select(columns)


def _counted(lines: pl.DataFrame) -> pl.Series:
    """1, 2, 3 … within each basket of sorted lines. Cost: linear, where a window over baskets would group again."""
    member, basket = lines["member_no"].to_numpy(), lines["basket_no"].to_numpy()
    if not len(member):
        return pl.Series("line_no", [], dtype=pl.Int64)
    first = np.flatnonzero(np.r_[True, (member[1:] != member[:-1]) | (basket[1:] != basket[:-1])])
    lengths = np.diff(np.r_[first, len(member)])
    return pl.Series("line_no", np.arange(len(member)) - np.repeat(first, lengths) + 1, dtype=pl.Int64)

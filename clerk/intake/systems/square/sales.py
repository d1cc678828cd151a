"""Square's item sales, one row a line item, as lines with modifiers; every variant of the layout since 2024.

Card brand and last digits are never read. A refund is a return, a void takes the line off the record. What was rung up
as a custom amount is no item.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from clerk.intake.canonical_tables import Source
from clerk.intake.cells import slugs
from clerk.intake.checks.moments import moments
from clerk.intake.checks.no_items import RULE, NoItems
from clerk.intake.checks.numbers import in_one_way
from clerk.intake.context import Context, source_of
from clerk.intake.customer_matching import match, note_damaged
from clerk.intake.files.column_reading import Raw
from clerk.intake.layouts import words_of, zones
from clerk.intake.modifier_groups import Grouping, bare
from clerk.languages.options import SIZE
from clerk.text import clean

_NAMED_AT_MOST = 3


_AMERICAN = "(US & Canada)"
"""Part of the names of time zones in which the month is written first."""


def convert(raw: Raw, context: Context) -> list[Source]:
    """Lines, and the items where no file lists them."""
    words = words_of("square.sales")
    needed = (
        "zone", "category", "size", "sku", "modifiers", "net", "event", "location", "customer", "reference",
        "itemization", "channel",
    )  # fmt: skip
    frame = raw.frame.with_columns(raw.text(name).alias(name) for name in needed)
    if not raw.has("modifiers"):
        context.notices.append(f"{raw.file}: no column of it is known as the modifiers: usuals are without them")
    frame = frame.with_columns(
        category=pl.when(pl.col("category").str.to_lowercase().is_in(list(words["nothing"]))).then(pl.lit(""))
        .otherwise("category"),
        kind_of_line=pl.when(pl.col("sku") == "").then("itemization").otherwise(pl.lit("")),
    )  # fmt: skip
    typed = pl.col("kind_of_line").str.to_lowercase().is_in(list(words["no_item_types"]))
    nothing = (((pl.col("item") == "") & (pl.col("sku") == "")) | typed) & (pl.col("transaction") != "")
    frame = frame.with_columns(line_no=pl.int_range(1, pl.len() + 1).over("transaction").cast(pl.String))
    context.leave_out(raw, int(frame.select(nothing.sum()).item()), RULE)
    frame = frame.filter(~nothing)
    sku = frame["sku"].zip_with(frame["sku"] != "", slugs(frame["item"]))
    frame = frame.with_columns(sku.alias("sku"), _times(frame, raw, context).alias("sold_at"))
    frame = _with_buyers(frame, context)
    ids = frame.select("transaction", id="customer", id2="reference")
    note_damaged(ids.unique("transaction", keep="first"), raw.file, context.notices)
    who = match(ids, context.known)
    strangers = (frame["customer"] != "") & (who.member_ids == "")
    # Square's own id is a member's id even where the customers export has not come yet.
    member = who.member_ids.zip_with(~strangers, frame["customer"])
    frame = frame.with_columns(
        context.amounts(frame["gross"], raw).alias("gross_read"),
        context.amounts(frame["net"], raw).alias("net_read"),
        context.amounts(frame["quantity"], raw, quantity=True).alias("quantity_read"),
    )
    gross, net, number = (pl.col(f"{name}_read") for name in ("gross", "net", "quantity"))
    event = pl.col("event").str.to_lowercase()
    back = event.is_in(list(words["refund"])) | (number < 0) | ((number != 0) & (gross < 0))
    kind = (
        pl.when(event.is_in(list(words["void"])) | (number == 0)).then(pl.lit("none"))
        .when(back.fill_null(value=False)).then(pl.lit("return")).otherwise(pl.lit("sale"))
    )  # fmt: skip
    _say_unknown_events(frame, raw, context)
    lines = frame.with_columns(member.alias("member_id"), _modifiers(frame, context).alias("modifiers")).select(
        "row", "member_id", "sku", "sold_at", "modifiers", "channel", "line_no",
        basket_id="transaction",
        # What cannot be read stays as it is written, so that its row is set aside.
        quantity=pl.when(number.is_null()).then("quantity").otherwise(_text(number.abs())),
        unit_price=_text(pl.when(number.abs() > 0).then((gross / number).abs()).round(4)),
        line_total=pl.when(pl.col("net") == "").then(_text(gross, "gross")).otherwise(_text(net, "net")),
        kind=kind,
        store_id=context.store_ids(pl.col("location")),
        item_name="item",
        item_category="category",
    )  # fmt: skip
    made = [source_of("lines", raw, lines, broken=True)]
    if not context.has_items and not context.known.items:
        named = frame.select("sku", item_name="item", item_category="category")
        items = frame.filter(~NoItems(context.store).among(named) & (frame["item"] != ""))
        items = items.unique("sku", keep="last", maintain_order=True)
        context.note(
            items.height,
            "item is known from sales only: export the catalog too"
            "|items are known from sales only: export the catalog too",
            raw,
        )
        made.append(source_of("items", raw, items.select("row", "sku", "category", name="item")))
    return made


def _say_unknown_events(frame: pl.DataFrame, raw: Raw, context: Context) -> None:
    words = words_of("square.sales")
    known = [*words["payment"], *words["refund"], *words["void"], ""]
    strange = frame.filter(~pl.col("event").str.to_lowercase().is_in(known))["event"].unique(maintain_order=True)
    if len(strange):
        shown = clean(", ".join(strange.to_list()[:_NAMED_AT_MOST]), 100)
        context.notices.append(f"{raw.file}: events that are not known count as sales: {shown}")


def _modifiers(frame: pl.DataFrame, context: Context) -> pl.Series:
    """Modifiers of each line. Cost: each different combination once."""
    grouping = Grouping(context)
    columns = ["modifiers", "size", "sku"]
    different = frame.select(columns).unique()
    names = context.known.items
    plain = words_of("square.sales")["plain_sizes"]
    made = []
    for applied, size, sku in different.iter_rows():
        options = grouping.options(applied)
        # Where the item's name in the shop's list says the size already, the line does not.
        if size.lower() not in plain and not names.get(sku, "").lower().endswith(f", {size.lower()}"):
            options.append(f"{SIZE}={bare(size)}")
        made.append("; ".join(sorted(options)))
    by_combination = different.with_columns(pl.Series("_made", made, dtype=pl.String))
    return frame.select(columns).join(by_combination, on=columns, how="left", maintain_order="left")["_made"]


def _with_buyers(frame: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Fills in missing buyers of lines from the transactions of the same night."""
    if context.buyers is None:
        return frame
    buyers = context.buyers.rename({"customer": "_customer", "reference": "_reference"})
    unsaid = (pl.col("customer") == "") & (pl.col("reference") == "")
    return (
        frame.join(buyers, on="transaction", how="left", maintain_order="left")
        .with_columns(
            customer=pl.when(unsaid).then(pl.col("_customer").fill_null("")).otherwise("customer"),
            reference=pl.when(unsaid).then(pl.col("_reference").fill_null("")).otherwise("reference"),
        )
        .drop("_customer", "_reference")
    )


def _times(frame: pl.DataFrame, raw: Raw, context: Context) -> pl.Series:
    """Wall times in the store's zone; those that cannot be read stay as they are written, for quarantine."""
    written = (frame["date"] + " " + frame["time"]).str.strip_chars().alias("Date")
    american = frame["zone"].str.contains(_AMERICAN, literal=True).any()
    made = context.moments(written, raw, "US" if american else "")
    if context.zone is None:
        return made
    for name in frame["zone"].unique().to_list():
        zone = _zone(name)
        if zone is not None and str(zone) != str(context.zone):
            there = moments(made, "ymd", zone=zone, shop_zone=context.zone)
            made = made.zip_with((frame["zone"] != name) | there.is_null(), there)
    return made


def _text(number: pl.Expr, written: str = "") -> pl.Expr:
    """A number as text that is read in one way only; what was written where there is none."""
    return pl.coalesce(in_one_way(number.cast(pl.String)), pl.col(written) if written else pl.lit(""))


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(zones().get(name, name)) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None

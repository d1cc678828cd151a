"""Shopify's orders, one row a line item, as lines of the members who ordered by e-mail or phone.

Order-level fields stand on the first row of an order only. Variants are items of their own, so a line has no modifiers.

Cancelled and voided orders were never bought and are left out. An order that was paid back whole is a sale and its
return: it stays visible and counts for nothing. Of an order paid back in part the file does not say which line it was:
it counts as bought, and the report says how many there are. Whoever ordered with an address that no member has is a
member under an id made of it, without a name, until the customers export tells who that is; without one, a guest.
Tips, gift cards and fees are no items and are left out.
"""

from __future__ import annotations

import polars as pl

from clerk.intake.canonical_tables import Source
from clerk.intake.checks.numbers import in_one_way
from clerk.intake.context import NO_ITEMS, Context, no_items, source_of
from clerk.intake.customer_matching import Match, match, note_damaged
from clerk.intake.customers import id_of_address
from clerk.intake.files.column_reading import Raw
from clerk.intake.systems.shopify.variants import filled_down, skus

_ORDER = (
    "email", "phone", "billing_phone", "billing_name", "shipping_phone", "financial_status", "created_at",
    "cancelled_at", "total",
    "refunded", "location", "source", "currency",
)  # fmt: skip
_NEVER_PAID = ("voided", "expired")


def convert(raw: Raw, context: Context) -> list[Source]:
    """Lines, and the items where no file lists them."""
    needed = (*_ORDER, "sku", "discount", "vendor")
    frame = raw.frame.with_columns(raw.text(name).alias(name) for name in needed)
    frame = filled_down(frame, "name", list(_ORDER))
    nothing = no_items(frame["item"])
    context.note(int(nothing.sum()), NO_ITEMS, raw)
    frame = frame.filter(~nothing)
    frame = frame.with_columns(
        number=pl.int_range(1, pl.len() + 1).over("name"),
        sold_at=context.moments(frame["created_at"], raw),
        sku=skus(frame["sku"], frame["item"]),
        status=pl.col("financial_status").str.to_lowercase(),
        quantity_read=context.amounts(frame["quantity"], raw, quantity=True),
        **{f"{name}_read": context.amounts(frame[name], raw) for name in ("price", "refunded", "total", "discount")},
    )
    off = (pl.col("cancelled_at") != "") | pl.col("status").is_in(_NEVER_PAID)
    context.note(
        _orders(frame.filter(off)),
        "order was cancelled or never paid: left out|orders were cancelled or never paid: left out",
        raw,
    )
    frame = frame.filter(~off)
    back, total = pl.col("refunded_read"), pl.col("total_read")
    whole = (pl.col("status") == "refunded") | ((total > 0) & (back >= total)).fill_null(value=False)
    part = ((back > 0).fill_null(value=False) | (pl.col("status") == "partially_refunded")) & ~whole
    context.note(
        _orders(frame.filter(part)), "order was refunded in part, the export does not say which: it counts as bought"
        "|orders were refunded in part, the export does not say which: they count as bought",
        raw,
    )  # fmt: skip
    context.note(
        _orders(frame.filter(whole)),
        "order was refunded whole: shown as brought back|orders were refunded whole: shown as brought back",
        raw,
    )
    frame = frame.with_columns(returned=whole)
    note_damaged(_addresses(frame.unique("name", keep="first")), raw.file, context.notices)
    who = match(_addresses(frame), context.known)
    if who.ambiguous:
        context.conflicts.append(
            f"{raw.file}: {who.ambiguous:,} e-mails or phones stand for several members: nobody is matched by them"
        )
    buyers = _buyers(frame, who, raw, context)
    if buyers.height:
        who = match(_addresses(frame), context.known)
    amount = pl.col("price_read") * pl.col("quantity_read")
    less = pl.when(pl.col("discount") == "").then(0.0).otherwise("discount_read")
    # A discount that cannot be read stands for the amount, so that the row is set aside.
    net = pl.coalesce(in_one_way((amount - less).round(4).cast(pl.String)), pl.when(less.is_null()).then("discount"))
    lines = frame.with_columns(who.member_ids.alias("member_id")).select(
        "row", "member_id", "sku", "sold_at", "quantity", "returned", "currency",
        basket_id="name",
        unit_price="price",
        line_total=net.fill_null(""),
        store_id=context.store_ids(pl.col("location")),
        channel="source",
        line_no="number",
        kind=pl.lit("sale"),
    )  # fmt: skip
    brought = lines.filter("returned").with_columns(
        kind=pl.lit("return"), line_no=pl.col("line_no") + pl.len().over("basket_id")
    )
    lines = pl.concat([lines, brought]).sort("row", maintain_order=True).drop("returned")
    lines = lines.with_columns(pl.col("line_no").cast(pl.String))
    made = [source_of("members", raw, buyers)] if buyers.height else []
    made.append(source_of("lines", raw, lines, broken=True))
    if not context.has_items and not context.known.items:
        items = frame.unique("sku", keep="last", maintain_order=True).filter(pl.col("item") != "")
        context.note(
            items.height,
            "item is known from orders only: export the products too"
            "|items are known from orders only: export the products too",
            raw,
        )
        made.append(source_of("items", raw, items.select("row", "sku", "price", name="item", brand="vendor")))
    return made


def _addresses(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(
        email="email", phone="phone", phone2="billing_phone", phone3="shipping_phone", name="billing_name"
    )


def _buyers(frame: pl.DataFrame, who: Match, raw: Raw, context: Context) -> pl.DataFrame:
    """Who ordered and is in no customers export yet: members without a name, so that their orders are not lost.

    The customers export knows them by the same address later, and gives them their name and card.
    """
    strange = frame.filter((who.member_ids == "") & ((pl.col("email") != "") | (pl.col("phone") != "")))
    different = strange.unique(["email", "phone"], keep="first", maintain_order=True)
    rows = []
    for row, email, phone in different.select("row", "email", "phone").iter_rows():
        # An address that several members have is nobody's, and makes no further member.
        if context.known.by_email(email) is None and context.known.by_phone(phone) is None:
            if not (made := id_of_address(email, phone)):
                continue
            context.known.add([(made, email, phone)])
            rows.append((row, made, email, phone))
    context.note(
        len(rows),
        "buyer is known by e-mail or phone only, without a name: export the customers too"
        "|buyers are known by e-mail or phone only, without names: export the customers too",
        raw,
    )
    schema = {"row": pl.UInt32, "member_id": pl.String, "email": pl.String, "phone": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _orders(frame: pl.DataFrame) -> int:
    return frame["name"].n_unique() if frame.height else 0

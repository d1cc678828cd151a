"""Shopify's orders, one row a line item, as lines of the members who ordered by e-mail or phone.

Order-level fields stand on the first row of an order only. Variants are items of their own, so a line has no modifiers.

Bought is what was paid for or handed over: cancelled, voided and expired orders, test orders and drafts are not
purchases, nor are pending and authorised ones until they are paid, fulfilled or were rung up at a till. They take an
order that an earlier export had as bought off the record, as does a line whose quantity was edited to 0. An order that
was paid back whole is a sale and its return: it stays visible and counts for nothing. Of an order paid back in part the
lines are brought back that alone make up the amount (`refunds`); where that cannot be told it counts as bought, and the
report says how many there are. Whoever ordered with an address that no member has is a member under an id made of it,
without a name, until the customers export tells who that is; without one, a guest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from clerk.intake.canonical_tables import Source
from clerk.intake.checks.no_items import NoItems
from clerk.intake.checks.numbers import in_one_way
from clerk.intake.context import Context, source_of
from clerk.intake.customer_matching import Match, match, note_damaged
from clerk.intake.customers import id_of_address
from clerk.intake.files.column_reading import Raw
from clerk.intake.layouts import words_of
from clerk.intake.systems.shopify.refunds import Part, brought_back
from clerk.intake.systems.shopify.variants import skus
from clerk.text import clean

_ORDER = (
    "email", "phone", "billing_phone", "billing_name", "shipping_phone", "financial_status", "fulfillment",
    "created_at", "cancelled_at", "total", "subtotal", "shipping", "taxes", "refunded", "location", "source",
    "currency", "payment_method",
)  # fmt: skip
_AMOUNTS = ("price", "discount")
_ORDER_AMOUNTS = ("refunded", "total", "subtotal", "shipping", "taxes")
_OF_REFUND = (
    "number", "price_read", "discount_read", "refunded_read", "subtotal_read", "shipping_read", "taxes_read",
    "total_read",
)  # fmt: skip
"""What tells which lines of an order were brought back."""
_CENT = 0.01
_NAMED_AT_MOST = 3


def convert(raw: Raw, context: Context) -> list[Source]:
    """Lines, and the items where no file lists them."""
    frame, orders = _apart(raw)
    orders = orders.with_columns(
        sold_at=context.moments(orders["created_at"], raw),
        currency=orders["currency"].str.to_uppercase(),
        **{f"{name}_read": context.amounts(orders[name], raw) for name in _ORDER_AMOUNTS},
    )
    frame = frame.with_columns(
        line_no=pl.int_range(1, pl.len() + 1).over("at"),
        sku=skus(frame["sku"], frame["item"]),
        number=context.amounts(frame["quantity"], raw, quantity=True),
        **{f"{name}_read": context.amounts(frame[name], raw) for name in _AMOUNTS},
    )
    orders = orders.with_columns(_is_bought(orders, raw, context).alias("bought"))
    back = _brought_back(frame, orders, raw, context)
    note_damaged(_addresses(orders), raw.file, context.notices)
    who = match(_addresses(orders), context.known)
    if who.ambiguous:
        context.conflicts.append(
            f"{raw.file}: {who.ambiguous:,} e-mails or phones stand for several members: nobody is matched by them"
        )
    buyers = _buyers(orders, who, raw, context)
    if buyers.height:
        who = match(_addresses(orders), context.known)
    orders = orders.select(
        "sold_at", "currency", "bought", member_id=who.member_ids, store_id=context.store_ids(pl.col("location")),
        channel="source",
    )  # fmt: skip
    frame = frame.with_columns(back, *(orders[name].gather(frame["at"]) for name in orders.columns))
    del orders
    items = [] if context.has_items or context.known.items else [_items(frame, raw, context)]
    amount = pl.col("price_read") * pl.col("number")
    less = pl.when(pl.col("discount") == "").then(0.0).otherwise("discount_read")
    # A discount that cannot be read stands for the amount, so that the row is set aside.
    net = pl.coalesce(in_one_way((amount - less).round(4).cast(pl.String)), pl.when(less.is_null()).then("discount"))
    lines = frame.select(
        "row", "member_id", "sold_at", "quantity", "currency", "line_no", "back", "number", "store_id", "channel",
        # An order that was not bought is taken off the record whole, whatever it held before.
        sku=pl.when("bought").then("sku").otherwise(pl.lit("")),
        basket_id="name",
        unit_price="price",
        line_total=net.fill_null(""),
        kind=pl.when(pl.col("bought") & (pl.col("number") != 0).fill_null(value=True)).then(pl.lit("sale"))
        .otherwise(pl.lit("none")),
        item_name="item",
    )  # fmt: skip
    part = pl.col("back") / pl.col("number")
    total = pl.col("line_total").cast(pl.Float64, strict=False)
    brought = lines.filter(pl.col("back") > 0).with_columns(
        kind=pl.lit("return"),
        quantity=pl.col("back").cast(pl.String),
        line_total=in_one_way((total * part).round(4).cast(pl.String)).fill_null(""),
        line_no=pl.col("line_no") + frame.height,
    )
    if brought.height:
        lines = pl.concat([lines, brought]).sort("row", maintain_order=True)
    lines = lines.drop("back", "number").with_columns(pl.col("line_no").cast(pl.String))
    made = [source_of("members", raw, buyers)] if buyers.height else []
    made.append(source_of("lines", raw, lines, broken=True))
    return [*made, *items]


def _apart(raw: Raw) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows with what each has of its own, and the orders with what stands on one of their rows only.

    An order's place in the second table is `at` in the first.

    Effect: empties the file's frame, column by column: a million rows need half a gigabyte, and none of it twice.
    """
    raw.frame = raw.frame.with_columns(raw.text(name).alias(name) for name in (*_ORDER, "sku", "discount", "vendor"))
    names = raw.frame.select("name").unique(maintain_order=True).with_row_index("at")
    at = raw.frame.select("name").join(names, on="name", how="left", maintain_order="left")["at"].rechunk()
    raw.frame = raw.frame.with_columns(at)
    orders = names.with_columns(raw.frame.select("at", "row").unique("at", keep="first", maintain_order=True)["row"])
    for name in _ORDER:
        told = raw.frame.select("at", name).filter(pl.col(name) != "").unique("at", keep="first", maintain_order=True)
        found = names.select("at").join(told, on="at", how="left", maintain_order="left")[name]
        orders = orders.with_columns(found.fill_null(""))
        raw.frame = raw.frame.drop(name)
    frame, raw.frame = raw.frame, raw.frame.clear()
    return frame, orders


def _is_bought(orders: pl.DataFrame, raw: Raw, context: Context) -> pl.Series:
    """Which orders were paid for or handed over."""
    words = words_of("shopify.orders")
    status, source = pl.col("financial_status").str.to_lowercase(), pl.col("source").str.to_lowercase()
    handed_over = source.is_in(list(words["till"])) | pl.col("fulfillment").str.to_lowercase().is_in(
        list(words["handed_over"])
    )
    off = (pl.col("cancelled_at") != "") | status.is_in(list(words["never_paid"]))
    waits = status.is_in(list(words["not_paid_yet"])) & ~handed_over
    test = pl.col("payment_method").str.to_lowercase().is_in(list(words["test"]))
    draft = pl.col("name").str.contains(r"^#?D\d+$") | status.is_in(list(words["draft"]))
    told = orders.with_columns(off=off, waits=waits & ~off, test=(test | draft) & ~off)
    for column, sentence in (
        ("off", "order was cancelled or never paid: left out|orders were cancelled or never paid: left out"),
        ("waits", "order is not paid yet: left out until it is|orders are not paid yet: left out until they are"),
        ("test", "order is a test or a draft: left out|orders are tests or drafts: left out"),
    ):
        context.note(told.filter(column).height, sentence, raw)
    known = set().union(*(words[name] for name in ("paid", "never_paid", "not_paid_yet", "draft"))) | {""}
    strange = told.filter(~status.is_in(list(known)))["financial_status"].unique(maintain_order=True)
    if len(strange):
        shown = clean(", ".join(strange.to_list()[:_NAMED_AT_MOST]), 100)
        context.notices.append(f"{raw.file}: payment states that are not known count as bought: {shown}")
    return told.select(~(pl.col("off") | pl.col("waits") | pl.col("test"))).to_series()


def _brought_back(frame: pl.DataFrame, orders: pl.DataFrame, raw: Raw, context: Context) -> pl.Series:
    """`back`: pieces of each row that were brought back."""
    refunded, total = pl.col("refunded_read"), pl.col("total_read")
    status = pl.col("financial_status").str.to_lowercase()
    # What was taken out of an order is paid back too, and may have cost more than what is left.
    edited = pl.col("at").is_in(frame.filter(pl.col("number") == 0)["at"].unique().implode())
    whole = (status == "refunded") | ((total > 0) & (refunded >= total) & ~edited).fill_null(value=False)
    part = ((refunded > 0).fill_null(value=False) | (status == "partially_refunded")) & ~whole
    orders = orders.with_columns(whole=whole & pl.col("bought"), part=part & pl.col("bought"))
    context.note(
        orders.filter("whole").height,
        "order was refunded whole: shown as brought back|orders were refunded whole: shown as brought back",
        raw,
    )
    back: dict[int, float] = {}
    told = untold = 0
    key = pl.concat_str(["sku", pl.col("price_read").cast(pl.String).fill_null("")], separator="\x1f")
    in_part = orders.filter("part").select("at", *(f"{name}_read" for name in _ORDER_AMOUNTS))
    rows = frame.join(in_part, on="at", how="inner", maintain_order="left")
    found_rows: dict[int, list[tuple[Any, ...]]] = {}
    for at, *row in rows.select("at", "row", key.alias("key"), *_OF_REFUND).iter_rows():
        found_rows.setdefault(at, []).append(tuple(row))
    for order in found_rows.values():
        found = _told(order)
        if found is None:
            untold += 1
            continue
        told += 1
        for row, line, number, *_ in order:
            if pieces := min(found.get(line, 0), number or 0):
                back[row] = pieces
                found[line] -= int(pieces)
    context.note(
        told,
        "order was refunded in part: the lines that make up the amount are shown as brought back"
        "|orders were refunded in part: the lines that make up the amounts are shown as brought back",
        raw,
    )
    context.note(
        untold,
        "order was refunded in part, the export does not say which: it counts as bought"
        "|orders were refunded in part, the export does not say which: they count as bought",
        raw,
    )
    pieces_of_rows = frame["row"].replace_strict(
        list(back), list(back.values()), default=0.0, return_dtype=pl.Float64
    ) if back else pl.Series([0.0]).new_from_index(0, frame.height)  # fmt: skip
    all_of_it = orders["whole"].gather(frame["at"])
    return frame["number"].clip(0).fill_null(0.0).zip_with(all_of_it, pieces_of_rows).alias("back")


def _told(order: Sequence[tuple[Any, ...]]) -> dict[str, int] | None:
    """What the refund of one order brought back, pieces by key; None when it cannot be told.

    Args:
        order: row, key, and `_OF_REFUND` of each of its lines.
    """
    refunded, subtotal, shipping, taxes, total = order[0][5:]
    if not refunded:
        return None
    parts = [Part("", round((shipping or 0) * 100), 1)]
    for _, key, number, price, discount, *_ in order:
        if price is None or number is None or number != int(number):
            return None
        if number > 0:
            parts.append(Part(key, round((price * number - (discount or 0)) / number * 100), int(number)))
        else:
            # Taken out of the order, and paid back with it.
            parts.append(Part("", round(price * 100), 1))
    on_top = bool(subtotal and taxes and total and abs(subtotal + (shipping or 0) + taxes - total) < _CENT)
    return brought_back(parts, round(refunded * 100), taxes / subtotal if on_top else 0.0)


def _items(frame: pl.DataFrame, raw: Raw, context: Context) -> Source:
    """The items that the orders name; a price in another currency than the shop's is not the item's."""
    named = frame.select("sku", item_name="item")
    sold = frame.filter(~NoItems(context.store).among(named) & (frame["item"] != ""))
    shop = str(context.store.get("currency", "")).upper()
    if not shop and sold.height:
        often = sold["currency"].value_counts().sort("count", "currency", descending=[True, False])
        shop = str(often["currency"][0])
    ours = pl.col("currency").is_in([shop, ""])
    priced = sold.with_columns(price=pl.when(ours).then("price").otherwise(pl.lit("")))
    # The latest price in the shop's own currency.
    items = priced.sort(ours, maintain_order=True).unique("sku", keep="last", maintain_order=True).sort("row")
    context.note(
        items.height,
        "item is known from orders only: export the products too"
        "|items are known from orders only: export the products too",
        raw,
    )
    return source_of("items", raw, items.select("row", "sku", "price", name="item", brand="vendor"))


def _addresses(orders: pl.DataFrame) -> pl.DataFrame:
    return orders.select(
        email="email", phone="phone", phone2="billing_phone", phone3="shipping_phone", name="billing_name"
    )


def _buyers(orders: pl.DataFrame, who: Match, raw: Raw, context: Context) -> pl.DataFrame:
    """Who ordered and is in no customers export yet: members without a name, so that their orders are not lost.

    The customers export knows them by the same address later, and gives them their name and card.
    """
    addressed = (pl.col("email") != "") | (pl.col("phone") != "")
    strange = orders.filter((who.member_ids == "") & pl.col("bought") & addressed)
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

"""Checks line items, and matches returns with the purchases they bring back."""

from __future__ import annotations

import re

import numpy as np
import polars as pl

from clerk.intake.canonical_tables import ROW, Source, distinct_rows
from clerk.intake.checks import values
from clerk.intake.checks.currencies import codes, in_minor_units, is_written
from clerk.intake.checks.cut_baskets import AboutBaskets, about_baskets
from clerk.intake.checks.damaged import damages, sentences, spoilt_tests
from clerk.intake.checks.no_items import NoItems
from clerk.intake.checks.reading import Reading, Shop
from clerk.intake.quarantine import Quarantine
from clerk.intake.report import BuildReport
from clerk.model import LineFlag
from clerk.model.nights import GUESTS
from clerk.phrases import count

EARLIEST = -2_208_988_800
"""1900-01-01: an older date is a field that was left empty by another name."""
LATEST = 4_102_444_800
"""2100-01-01. Dates after today and before this are kept; nothing is shown or counted before its time."""


_NUMBERS = ("quantity", "unit_price", "line_total", "line_no")
_RETURNS = ("return", "returned", "refund", "credit")
_SALES = ("", "sale", "sold")
_ID_CHARS = 120
_KINDS_NAMED = 8
_NONE = ("none", "void", "voided", "cancelled", "canceled")

NO_PURCHASE = "no purchase (cancelled, void, quantity 0)"


def checked_lines(
    source: Source, shop: Shop, quarantine: Quarantine, report: BuildReport, *, quantity_at_most: float,
    no_items: NoItems | None = None,
) -> tuple[pl.DataFrame, AboutBaskets]:  # fmt: skip
    """Typed line items in the order of the file, and what the file says of its baskets beside them.

    A row of kind `none`, or with a quantity of 0, is no purchase: it is left out, and takes the same line out of what
    is on record.

    Lines of no items (tips, gift cards, fees) are left out before anything else is asked of them.

    Columns: `ROW`, basket_id, member_id, sku, at, milli, total_minor, flags, modifiers, store_id, channel, line_no; and
    currency where the file has it, empty for the store's own. `total_minor` is in units of the line's own currency.
    """
    table = report.table(source.table)
    found, bad, not_bought = [], [], []
    no_items = no_items or NoItems({})
    read = Reading(source, shop, numbers=_NUMBERS, moments=("sold_at",))
    tests = _tests(quantity_at_most)
    if source.has("currency"):
        tests.append((pl.col("currency").is_null(), "currency is no code such as EUR"))
    damaged: list[str] = []
    for whole in source.parts():
        part = no_items.without(whole, source)
        typed, unusable = quarantine.split(
            part, _typed(part.frame, shop, read), [*_spoilt_ids(part.frame), *tests, *_unknown_kinds(part.frame)]
        )
        if unusable.height:
            bad.append(unusable.select(ROW, "basket_id", at=pl.when(_dated()).then("at")))
        is_none = typed.select(_is_none()).to_series()
        if is_none.any():
            gone = typed.filter(is_none)
            table.leave_out(NO_PURCHASE, distinct_rows(gone[ROW]))
            not_bought.append(gone)
            typed = typed.filter(~is_none)
        why = damages(typed["member_id"], "id")
        damaged += why.filter(why != "").to_list()
        typed = typed.with_columns(member_id=typed["member_id"].set(why != "", ""))
        named = typed.filter(pl.col("member_id") != "")
        if named.height < typed.height:
            table.leave_out(GUESTS, distinct_rows(typed.filter(pl.col("member_id") == "")[ROW]))
        found.append(_flagged(named, shop, named_store=source.has("store_id")))
    report.fallbacks += sentences("id", damaged)
    report.fallbacks += read.said()
    lines = pl.concat(found, rechunk=False)
    none = pl.concat(not_bought) if not_bought else lines.clear()
    set_aside = pl.concat(bad) if bad else lines.clear().select(ROW, "basket_id", "at")
    del found, not_bought
    once = _once(lines if none.is_empty() else _not_taken_back(lines, none))
    table.kept += distinct_rows(once[ROW])
    table.repeated += distinct_rows(lines[ROW]) - distinct_rows(once[ROW])
    report.fallbacks += _in_other_currencies(once)
    return once, about_baskets(once, none, set_aside, source)


def _in_other_currencies(lines: pl.DataFrame) -> list[str]:
    """A sentence for each currency that is not the store's."""
    if "currency" not in lines.columns:
        return []
    foreign = lines.filter(pl.col("currency") != "")
    orders = foreign.group_by("currency").agg(pl.struct("member_id", "basket_id").n_unique()).sort("currency")
    return [
        f"{count(number, 'order')} in {currency}: shown with its own amounts, not counted in any total"
        for currency, number in orders.iter_rows()
    ]


def _typed(raw: pl.DataFrame, shop: Shop, read: Reading) -> pl.DataFrame:
    """Every column read; what cannot be read is null.

    `total_minor` is null where there is no amount; `unread` names the column in which one is written and unread.
    """
    quantity = read.numbers(raw, "quantity")
    currency = codes(values.texts(raw, "currency", 20), shop.currency)
    total = in_minor_units(read.numbers(raw, "line_total"), currency, shop.digits)
    priced = in_minor_units(read.numbers(raw, "unit_price") * quantity, currency, shop.digits)
    stated = is_written(raw, "line_total")
    # Text, empty where the amount is read or absent.
    unread = pl.Series([""]).new_from_index(0, raw.height)
    unread = unread.set(total.is_null() & ~stated & is_written(raw, "unit_price") & priced.is_null(), "unit_price")
    unread = unread.set(total.is_null() & stated, "line_total")
    foreign = [currency.alias("currency")] if "currency" in raw.columns else []
    return raw.select(ROW, *foreign).with_columns(
        basket_id=values.texts(raw, "basket_id", _ID_CHARS),
        member_id=values.texts(raw, "member_id", _ID_CHARS),
        sku=values.texts(raw, "sku", _ID_CHARS),
        at=read.moments(raw, "sold_at"),
        quantity=quantity,
        total_minor=total.zip_with(total.is_not_null() | stated, priced),
        unread=unread,
        kind=values.texts(raw, "kind", 20).str.to_lowercase(),
        gift=values.yes(raw, "gift").fill_null(value=False),
        modifiers=_canonical_sets(values.texts(raw, "modifiers", 400)),
        store_id=values.texts(raw, "store_id", 60),
        channel=values.texts(raw, "channel", 40),
        line_no=read.numbers(raw, "line_no").cast(pl.Int64, strict=False),
    )


def _is_none() -> pl.Expr:
    """Whether a row says that something was not, or no more, bought."""
    return pl.col("kind").is_in(_NONE) | ((pl.col("quantity") == 0) & (pl.col("sku") != "")).fill_null(value=False)


def _dated() -> pl.Expr:
    return pl.col("at").is_between(EARLIEST, LATEST)


def _tests(quantity_at_most: float) -> list[tuple[pl.Expr, str]]:
    bought = ~pl.col("kind").is_in(_NONE)
    return [
        (pl.col("basket_id") == "", "no basket_id"),
        (bought & (pl.col("sku") == ""), "no sku"),
        (bought & pl.col("at").is_null(), "sold_at is no date"),
        (~_dated(), "sold_at lies outside 1900 to 2100"),
        (bought & pl.col("quantity").is_null(), "quantity is no number"),
        (bought & (pl.col("unread") == "line_total"), "line_total is no number"),
        (bought & (pl.col("unread") == "unit_price"), "unit_price is no number"),
        (bought & (pl.col("quantity").abs() > quantity_at_most), f"quantity above {quantity_at_most:,.0f}"),
    ]


def _spoilt_ids(raw: pl.DataFrame) -> list[tuple[pl.Expr, str]]:
    """Tests for ids that a spreadsheet spoilt: all baskets of a day, or all items, would become one."""
    ids = [values.texts(raw, name, _ID_CHARS).alias(name) for name in ("basket_id", "sku", "line_key")]
    return [test for texts in ids for test in spoilt_tests(texts)]


def _unknown_kinds(raw: pl.DataFrame) -> list[tuple[pl.Expr, str]]:
    """A test for each kind that is none of ours, of which the words say the value as it is written.

    Values with digits or an @ are not repeated: a column of people's data may have been taken for the kind.
    """
    written = values.texts(raw, "kind", 20)
    strange = written.filter(~written.str.to_lowercase().is_in([*_RETURNS, *_SALES, *_NONE]))
    if strange.is_empty():
        return []
    says = strange.value_counts(sort=True, name="_rows").sort("_rows", strange.name, descending=[True, False])
    named = [text for text in says[strange.name] if not re.search(r"[\d@]", text)][:_KINDS_NAMED]
    what = "is not known: say in mapping.toml what it means (sale, return or none)"
    return [
        *((pl.lit(written == text), f'kind "{text}" {what}') for text in named),
        (pl.lit(written.is_in(strange.unique().implode())), f"kind {what}"),
    ]


def _flagged(lines: pl.DataFrame, shop: Shop, *, named_store: bool) -> pl.DataFrame:
    """What was brought back, given away or sold elsewhere as flags, with the signs that go with it."""
    back = pl.col("kind").is_in(_RETURNS) | (pl.col("quantity") < 0)
    flags = (
        pl.when(back).then(int(LineFlag.RETURN)).otherwise(0)
        + pl.when("gift").then(int(LineFlag.GIFT)).otherwise(0)
        + pl.when(pl.col("total_minor").is_null()).then(int(LineFlag.NO_AMOUNT)).otherwise(0)
    )
    total = pl.col("total_minor").fill_null(0)
    if shop.store_id and named_store:
        elsewhere = (pl.col("store_id") != "") & (pl.col("store_id") != shop.store_id)
        flags = flags + pl.when(elsewhere).then(int(LineFlag.ELSEWHERE)).otherwise(0)
    milli = (pl.col("quantity") * 1000).round(0).cast(pl.Int64)
    return lines.with_columns(
        flags=flags.cast(pl.UInt8),
        milli=pl.when(back).then(-milli.abs()).otherwise(milli),
        total_minor=pl.when(back).then(-total.abs()).otherwise(total),
    ).drop("quantity", "kind", "gift", "unread")


def empty_lines() -> pl.DataFrame:
    """Lines of a shop that gave none."""
    texts = dict.fromkeys(("basket_id", "member_id", "sku"), pl.String)
    more = dict.fromkeys(("modifiers", "store_id", "channel"), pl.String)
    kinds = {ROW: pl.UInt32, **texts, "at": pl.Int64, "total_minor": pl.Int64, **more, "line_no": pl.Int64}
    return pl.DataFrame(schema={**kinds, "flags": pl.UInt8, "milli": pl.Int64})


def _not_taken_back(lines: pl.DataFrame, none: pl.DataFrame) -> pl.DataFrame:
    """Lines without those that a later row of the file, with the same line number, calls no purchase."""
    key = ["member_id", "basket_id", "line_no", "sku"]
    last = none.filter(pl.col("line_no").is_not_null()).group_by(key).agg(_none=pl.col(ROW).max())
    if last.is_empty():
        return lines
    # Only lines of these baskets are compared, and nothing is copied where nothing goes: 330 MB for 1.5 million.
    near = lines.lazy().filter(pl.col("basket_id").is_in(last["basket_id"].implode())).select(ROW, *key).collect()
    gone = near.join(last, on=key).filter(pl.col(ROW) < pl.col("_none"))[ROW]
    return lines.filter(~pl.col(ROW).is_in(gone.implode())) if len(gone) else lines


def _once(lines: pl.DataFrame) -> pl.DataFrame:
    """Each line once. Only lines with a number have a natural key; without, two equal coffees are two coffees."""
    unnumbered = lines["line_no"].null_count()
    if unnumbered == lines.height:
        return lines
    numbered = lines.filter(pl.col("line_no").is_not_null()) if unnumbered else lines
    key = ["member_id", "basket_id", "line_no", "sku"]
    # Most nights nothing is repeated, and sorted hashes show it in a tenth of the memory that comparing takes. Each
    # column is hashed by itself: hashing rows at once builds them first, which took 230 MB for 1.5 million.
    mixed = np.zeros(numbered.height, dtype=np.uint64)
    for name in key:
        mixed *= np.uint64(0x9E3779B97F4A7C15)
        mixed ^= numbered[name].hash().to_numpy()
    mixed.sort()
    if (mixed[1:] != mixed[:-1]).all():
        return lines
    once = numbered.unique(key, keep="last", maintain_order=True)
    return pl.concat([once, lines.filter(pl.col("line_no").is_null())]).sort(ROW)


def _canonical_sets(texts: pl.Series) -> pl.Series:
    """`Group=option; Group=option`, sorted, so that equal sets are equal texts."""
    different = texts.unique()
    tidy = []
    for text in different:
        parts = (part.partition("=") for part in text.split(";"))
        clean = [(group.strip(), option.strip()) for group, _, option in parts if group.strip() or option.strip()]
        tidy.append("; ".join(sorted(f"{group}={option}" if option else group for group, option in clean)))
    return texts.replace(different, pl.Series(tidy, dtype=pl.String))

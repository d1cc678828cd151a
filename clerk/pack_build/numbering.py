"""Numbers members, items and baskets, and sorts the line items by them.

Numbers are orders. Members are numbered by recency, items by how many baskets hold them, so that reading in the
order of numbers is reading in the order a person wants. Where that leaves a choice, ids and contents decide, never the
place of a row in its table: the same rows in another order get the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clerk.clock import DAY_S
from clerk.intake.canonical_tables import ROW
from clerk.intake.checks.line_items import empty_lines
from clerk.intake.checks.returns import net_returns
from clerk.intake.checks.rows import empty_items
from clerk.intake.report import BuildReport
from clerk.languages.options import plain_set
from clerk.model import LineFlag
from clerk.pack_build.item_facts import with_facts
from clerk.phrases import count

Ints = NDArray[np.int64]
Places = NDArray[np.int32]
"""Numbers and places of rows: half the memory of `Ints`, a shop has no two billion lines."""

_AT_ONCE = 200_000

_FOREIGN = ("foreign_minor", "currency_no")
"""Columns of lines while they are sorted, where some are in other currencies."""
_UNSTATED = ("mention",)
"""Columns of yes and no where nothing is a third answer."""


@dataclass(slots=True)
class Numbered:
    """The shop in numbers."""

    members: pl.DataFrame
    """member_no, the member's texts, baskets, last_at, spend_minor; in order of member_no."""
    items: pl.DataFrame
    """item_no, the item's texts and stock, gone, facts as `item_facts` settles them; in order of item_no."""
    modifier_sets: pl.DataFrame
    """modifier_set_no, text."""
    baskets: pl.DataFrame
    """member_no, basket_no, basket_id, at, store_id, channel; in that order."""
    lines: pl.DataFrame
    """member_no, basket_no, line_no, item_no, modifier_set_no, milli, total_minor, flags, at; in that order."""
    foreign: pl.DataFrame | None = None
    """member_no, basket_no, line_no, currency, total_minor of lines in another currency than the store's; in `lines`
    their `total_minor` is 0."""


def number(
    tables: dict[str, pl.DataFrame], now: int, report: BuildReport, modifiers: pl.DataFrame | None = None,
    currency: str = "",
) -> Numbered:  # fmt: skip
    """Numbers everything.

    Args:
        tables: checked `items`, `members`, `stock` and `lines`, where the shop gave them; taken out, because lines are
            large and nobody needs them twice.
        now: wall seconds; later lines are kept but make nobody recent and nothing popular.
        report: gets notes on what is absent, on members and items known from lines only, and on what words settled.
        modifiers: checked; what an item can be had as goes by its options.
        currency: the store's; lines in another one are summed nowhere.
    """
    if "lines" not in tables:
        report.fallbacks.append("no lines table: nobody has a history yet")
    # Columns by themselves: every text becomes numbers in turn and is let go of, and polars copies a whole frame
    # whenever a column of it is left out.
    lines = {column.name: column for column in tables.pop("lines", empty_lines()).get_columns()}
    people = _members(tables.pop("members", None), lines["member_id"], report)
    goods = _items(tables.pop("items", empty_items()), lines["sku"], tables.pop("stock", None), report)
    m = _rows_in(people["member_id"], lines.pop("member_id"))
    i = _rows_in(goods["sku"], lines.pop("sku"))
    flags, unmatched = net_returns(m, i, lines)
    if unmatched:
        report.fallbacks.append(f"{unmatched:,} returns bring back something that was never sold here")
    lines["flags"] = pl.Series("flags", flags)
    currencies = _put_apart(lines, currency)
    occasions = _occasions(m, lines, report)
    people = _by_recency(people, occasions.frame, now)
    goods = _by_popularity(goods, i, occasions.of_line, lines, now)
    baskets = (
        occasions.frame.join(people.select("m", "member_no"), on="m", how="left")
        .sort("member_no", "at", "basket_id")
        .with_columns(basket_no=(pl.int_range(pl.len()).over("member_no") + 1).cast(pl.Int64))
    )
    # Earlier nights gave a group to options of which nothing is known.
    different = lines["modifiers"].unique()
    plain = pl.Series([plain_set(text) for text in different], dtype=pl.String)
    if (different != plain).any():
        lines["modifiers"] = lines["modifiers"].replace(different, plain)
    sets = lines["modifiers"].unique().alias("text").to_frame().filter(pl.col("text") != "").sort("text")
    sets = sets.with_row_index("modifier_set_no", offset=1)
    item_no = goods.sort("i")["item_no"].to_numpy().astype(np.int32)[i]
    set_no = _rows_in(sets["text"], lines.pop("modifiers")) + np.int32(1)
    numbered = _in_order(lines, baskets, occasions.of_line, item_no, set_no)
    shown = baskets.select("member_no", "basket_no", "basket_id", "at", "store_id", "channel", "total_minor")
    made = Numbered(people.drop("m"), with_facts(goods.drop("i"), modifiers, report), sets, shown, numbered)
    if currencies:
        foreign = numbered.filter(pl.col("currency_no") > 0)
        named = pl.Series("currency", ["", *currencies]).gather(foreign["currency_no"])
        made.foreign = foreign.select("member_no", "basket_no", "line_no", named, total_minor="foreign_minor")
        made.lines = numbered.drop(_FOREIGN)
    return made


def _put_apart(lines: dict[str, pl.Series], own: str) -> list[str]:
    """Takes amounts in other currencies out of `total_minor`; gives the currencies by number, from 1.

    Effect: `currency` is taken out of the columns; where there are such lines, those of `_FOREIGN` come in.
    """
    currency = lines.pop("currency", None)
    if currency is None:
        return []
    foreign = ~currency.fill_null("").is_in(["", own])
    if not foreign.any():
        return []
    different = sorted(currency.filter(foreign).unique())
    numbers = pl.Series(range(1, len(different) + 1), dtype=pl.Int32)
    total = lines["total_minor"]
    lines["currency_no"] = currency.replace_strict(different, numbers, default=0, return_dtype=pl.Int32)
    lines["foreign_minor"] = total.set(~foreign, 0)
    lines["total_minor"] = total.set(foreign, 0)
    lines["flags"] = lines["flags"].zip_with(~foreign, lines["flags"] | np.uint8(LineFlag.FOREIGN))
    return different


@dataclass(slots=True)
class _Occasions:
    """Baskets, before anything is numbered."""

    frame: pl.DataFrame
    """b, m, basket_id, at, store_id, channel, total_minor; in order of b."""
    of_line: Places
    """b of each line."""


def _rows_in(names: pl.Series, values: pl.Series) -> Places:
    """Row of each value among different names, -1 where it is none of them."""
    known, value_codes = _codes(names, values)
    row_of = np.full(max(int(known.max(initial=0)), int(value_codes.max(initial=0))) + 1, -1, dtype=np.int32)
    row_of[known] = np.arange(len(known), dtype=np.int32)
    found: Places = row_of[value_codes]
    return found


def _codes(*columns: pl.Series) -> list[NDArray[np.uint32]]:
    """Each text as a number, the same for the same text in all columns; numbered anew by every call."""
    # As categories texts are compared once each, which costs a quarter of joining them. All parts are held until the
    # last is numbered, because polars forgets the numbers of texts that nobody holds; a part at a time, because
    # casting 1.5 million at once takes 190 MB.
    held = [
        [column.slice(start, _AT_ONCE).cast(pl.Categorical) for start in range(0, max(1, len(column)), _AT_ONCE)]
        for column in columns
    ]
    return [np.concatenate([part.to_physical().to_numpy() for part in parts]) for parts in held]


def _occasions(m: Places, lines: dict[str, pl.Series], report: BuildReport) -> _Occasions:
    """Which lines make a basket: one number, one member, one day. Takes the columns that only baskets have."""
    at = lines["at"].to_numpy()
    texts = _one_day_baskets(m, lines.pop("basket_id"), at, report)
    order, starts = _grouped(m, texts)
    lengths = np.diff(np.r_[starts, len(order)])
    of_line = np.empty(len(order), dtype=np.int32)
    of_line[order] = np.repeat(np.arange(len(starts), dtype=np.int32), lengths)
    store, channel = lines.pop("store_id"), lines.pop("channel")
    first = _first_lines(order, starts, at, store, channel)
    total = lines["total_minor"].to_numpy()
    frame = pl.DataFrame(
        {
            "m": m[first].astype(np.int64),
            "basket_id": texts[first],
            "at": np.minimum.reduceat(at[order], starts) if len(starts) else at,
            "store_id": store[first],
            "channel": channel[first],
            "total_minor": np.add.reduceat(total[order], starts) if len(starts) else total,
        }
    )
    return _Occasions(frame.with_row_index("b"), of_line)


def _first_lines(order: Ints, starts: Ints, at: Ints, store: pl.Series, channel: pl.Series) -> Ints:
    """For each basket the row that states its store and channel: its earliest line, then the smaller text."""
    first = order[starts]
    mixed = np.zeros(len(starts), dtype=bool)
    for code in _codes(store, channel) if len(starts) else ():
        sorted_code = code[order]
        mixed |= np.maximum.reduceat(sorted_code, starts) != np.minimum.reduceat(sorted_code, starts)
    if mixed.any():
        rows = order[np.repeat(mixed, np.diff(np.r_[starts, len(order)]))]
        basket = np.repeat(np.flatnonzero(mixed), np.diff(np.r_[starts, len(order)])[mixed])
        frame = pl.DataFrame({"b": basket, "at": at[rows], "store": store[rows], "channel": channel[rows], "row": rows})
        frame = frame.sort("b", "at", "store", "channel").unique("b", keep="first", maintain_order=True)
        first[mixed] = frame["row"].to_numpy()
    return first


def _grouped(m: Places, texts: pl.Series) -> tuple[Ints, Ints]:
    """Lines by member and basket number, and where each basket begins."""
    (code,) = _codes(texts)
    key = m * np.int64(int(code.max(initial=0)) + 1) + code
    order = np.argsort(key, kind="stable")
    key = key[order]
    return order, np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if len(key) else order


def _members(members: pl.DataFrame | None, named: pl.Series, report: BuildReport) -> pl.DataFrame:
    """Every member of the members table, and those that only lines name."""
    texts = ("name", "given_name", "phone", "email", "birthday", "joined_on", "locale", "home_store", "tier")
    buyers = named.unique(maintain_order=True).to_frame()
    if members is None:
        report.fallbacks.append("no members table: members are those named by lines, without names")
        known = buyers.with_columns(pl.lit("").alias(name) for name in texts)
    else:
        known = members.drop(ROW)
        new = buyers.join(known, on="member_id", how="anti", maintain_order="left")
        if new.height:
            report.fallbacks.append(f"known from lines only, without a name: {count(new.height, 'member')}")
            known = pl.concat([known, new.with_columns(pl.lit("").alias(name) for name in texts)], how="diagonal")
    return known.select("member_id", *texts).with_row_index("m").with_columns(pl.col("m").cast(pl.Int64))


def _items(items: pl.DataFrame, named: pl.Series, stock: pl.DataFrame | None, report: BuildReport) -> pl.DataFrame:
    """Every item with its stock, and those that only lines name: no longer sold, called by their SKU."""
    known = _with_every_column(items).drop(ROW).with_columns(gone=pl.lit(value=False))
    gone = named.unique(maintain_order=True).to_frame().join(known, on="sku", how="anti", maintain_order="left")
    if gone.height:
        report.fallbacks.append(
            f"known from lines only, no longer sold, called by their SKU: {count(gone.height, 'item')}"
        )
        blank = {
            name: pl.lit(
                None if name in _UNSTATED or kind == pl.Int64 else False if kind == pl.Boolean else "", dtype=kind
            )
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
        pl.when("gone").then(0).otherwise(pl.col("on_hand")).alias("on_hand"), pl.col("shelf").fill_null(""),
    ).with_row_index("i").with_columns(pl.col("i").cast(pl.Int64))  # fmt: skip


def _with_every_column(items: pl.DataFrame) -> pl.DataFrame:
    """Items with columns, and values, that a history store of an earlier version does not have."""
    schema = empty_items().schema
    absent = [pl.lit(None, dtype=kind).alias(name) for name, kind in schema.items() if name not in items.columns]
    texts = [name for name, kind in schema.items() if kind == pl.String]
    return items.with_columns(absent).with_columns(pl.col(texts).fill_null("")).select(schema.names())


def _one_day_baskets(m: Places, texts: pl.Series, at: Ints, report: BuildReport) -> pl.Series:
    """Basket numbers; of baskets whose lines lie more than a day apart, numbers with the date.

    Tills that count receipts from 1 every morning give one number to many visits, and a return may carry the number
    of the receipt it came with.
    """
    order, starts = _grouped(m, texts)
    if not len(starts):
        return texts
    apart = np.maximum.reduceat(at[order], starts) - np.minimum.reduceat(at[order], starts)
    reused = apart > DAY_S
    if not reused.any():
        return texts
    report.fallbacks.append(f"{int(reused.sum()):,} basket numbers stand for several days: split by date")
    of_days = np.empty(len(order), dtype=bool)
    of_days[order] = np.repeat(reused, np.diff(np.r_[starts, len(order)]))
    frame = pl.DataFrame({"text": texts, "at": at, "of_days": of_days})
    dated = pl.col("text") + pl.from_epoch("at").dt.strftime("@%Y-%m-%d")
    return frame.select(pl.when("of_days").then(dated).otherwise("text").alias("basket_id")).to_series()


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


def _by_popularity(
    goods: pl.DataFrame, i: Places, of_line: Places, lines: dict[str, pl.Series], now: int
) -> pl.DataFrame:
    """Items with the one in most baskets first, then by SKU; those no longer sold last."""
    sold = np.flatnonzero(
        (lines["at"].to_numpy() <= now) & (lines["flags"].to_numpy() & np.uint8(LineFlag.RETURN) == 0)
    )
    size = max(1, goods.height)
    pairs = of_line[sold] * np.int64(size) + i[sold]
    # Sorting takes a third of the time of np.unique, which hashes.
    pairs.sort()
    pairs = pairs[np.r_[True, pairs[1:] != pairs[:-1]]] if len(pairs) else pairs
    held = np.bincount(pairs % size, minlength=size)[: goods.height]
    return (
        goods.with_columns(held=pl.Series(held, dtype=pl.Int64))
        .sort("gone", "held", "sku", descending=[False, True, False])
        .drop("held")
        .with_row_index("item_no", offset=1)
        .with_columns(pl.col("item_no").cast(pl.Int64))
    )


def _in_order(
    lines: dict[str, pl.Series], baskets: pl.DataFrame, of_line: Places, item_no: Places, set_no: Places
) -> pl.DataFrame:  # fmt: skip
    """Lines by member and basket, with the shop's own numbers where a basket has them all.

    Where it has not, the most popular item comes first, and lines are counted from 1.
    """
    place = np.empty(baskets.height, dtype=np.int32)
    place[baskets["b"].to_numpy()] = np.arange(baskets.height, dtype=np.int32)
    basket = place[of_line]
    within = item_no
    has_own = lines["line_no"].null_count() < len(basket)
    if has_own:
        own = lines["line_no"].fill_null(-1).to_numpy()
        good = _usable(basket, own, baskets.height)
        within = np.where(good[basket], own, item_no)
    content = ["milli", "total_minor", "flags", *(name for name in _FOREIGN if name in lines)]
    order = _sorted(basket, within, set_no, *(lines[name].to_numpy() for name in content))
    basket = basket[order]
    line_no = _counted(basket)
    if has_own:
        line_no = np.where(good[basket], own[order], line_no).astype(np.int32)
    columns = {"member_no": baskets["member_no"].to_numpy().astype(np.int32)[basket]}
    columns["basket_no"] = baskets["basket_no"].to_numpy().astype(np.int32)[basket]
    columns |= {"line_no": line_no, "item_no": item_no[order], "modifier_set_no": set_no[order]}
    columns |= {name: lines[name].to_numpy()[order] for name in content}
    return pl.DataFrame(columns).with_columns(at=baskets["at"].to_numpy()[basket])


def _sorted(basket: Places, within: NDArray[np.integer], *content: NDArray[np.generic]) -> Ints:
    """Rows by basket and a number within it, both below 2**31; rows equal in these are in order of their content."""
    key = (basket.astype(np.int64) << 31) | within
    order: Ints = np.argsort(key, kind="stable")
    key = key[order]
    again = np.r_[False, key[1:] == key[:-1]] if len(key) else np.zeros(0, dtype=bool)
    tied = np.flatnonzero(again | np.r_[again[1:], False]) if again.any() else np.zeros(0, dtype=np.int64)
    rows = order[tied]
    order[tied] = rows[np.lexsort((*(column[rows] for column in reversed(content)), key[tied]))]
    return order


def _usable(basket: Places, own: Ints, baskets: int) -> NDArray[np.bool_]:
    """For each basket whether its lines' own numbers are all there, and all different."""
    good = np.ones(baskets, dtype=bool)
    good[basket[(own < 0) | (own >= 2**31)]] = False
    order = np.lexsort((own, basket))
    basket, own = basket[order], own[order]
    good[basket[1:][(basket[1:] == basket[:-1]) & (own[1:] == own[:-1])]] = False
    return good


def _counted(basket: Places) -> Places:
    """1, 2, 3 … within each basket of sorted lines. Cost: linear, where a window over baskets would group again."""
    if not len(basket):
        return basket
    first = np.flatnonzero(np.r_[True, basket[1:] != basket[:-1]])
    lengths = np.diff(np.r_[first, len(basket)])
    counted: Places = (np.arange(len(basket)) - np.repeat(first, lengths) + 1).astype(np.int32)
    return counted

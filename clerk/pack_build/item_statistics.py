"""Item statistics (`ItemColumns`) over the line items of all members.

What counts: purchases up to now that were not brought back. Two lines of an item in a basket are one purchase.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clerk.clock import DAY_S
from clerk.model import ItemColumns, LineFlag

RECENT_DAYS = 28
"""Four whole weeks, so that every weekday counts alike."""

_AMOUNTS = re.compile(
    r"(?<!\w)\d[\d.,/]*\s*(?:[x×]\s*\d[\d.,/]*\s*)?"
    r"(?:[^\W\d_]{1,3}|pack|packs|bags?|cups?|pods?|capsules|pieces|sheets|litres?|liters?|grams?)(?!\w)"
    r"|,\s*\d{1,4}\s*$"
)
"""`250 g`, `6 x 330 ml`, `20 bags`: a number with its unit, which in any language has few letters; and a number after
the last comma. Any other number may be the very name: `Blend 7`, `A-1001`."""
_WORDS = re.compile(r"[^\W_]+")
_THING_AT_MOST = 0.1
"""Part of the shop's items that one thing may be: where every item has one name, the name says nothing."""
_SIZES = frozenset(
    (
        "small", "medium", "large", "big", "mini", "maxi", "midi", "jumbo", "regular", "single", "double", "triple",
        "family", "size", "sized", "pack", "packs", "multipack", "value", "x", "xl", "xxl", "s", "m",
        "l", "klein", "kleine", "kleiner", "groß", "große", "großer", "mittel", "petit", "petite", "moyen", "grand",
        "grande", "pequeño", "pequeña", "mediano", "mediana", "piccolo", "piccola",
    )
)  # fmt: skip
"""Words that tell one size of a thing from another."""

Ints = NDArray[np.int64]


@dataclass(slots=True)
class Purchases:
    """Each (basket, item) once, in order of member, basket and item. Baskets count from 0 over the whole shop."""

    member: Ints
    basket: Ints
    item: Ints
    basket_at: Ints
    """Wall seconds by basket."""
    basket_member: Ints
    """member_no by basket."""

    @classmethod
    def of(cls, lines: pl.DataFrame, now: int) -> Purchases:
        """The purchases among numbered lines that count."""
        names = ("member_no", "basket_no", "item_no", "at", "flags")
        return cls.of_columns({name: lines[name].to_numpy() for name in names}, now)

    @classmethod
    def of_columns(cls, lines: Mapping[str, NDArray[Any]], now: int) -> Purchases:
        """The same from the lines' columns."""
        counted = (lines["at"] <= now) & ((lines["flags"] & int(LineFlag.RETURN)) == 0)
        member, number = lines["member_no"][counted], lines["basket_no"][counted]
        item, at = lines["item_no"][counted].astype(np.int64), lines["at"][counted]
        if not len(member):
            nothing = np.zeros(0, dtype=np.int64)
            return cls(nothing, nothing, nothing, nothing, nothing)
        starts = np.r_[True, (member[1:] != member[:-1]) | (number[1:] != number[:-1])]
        basket = np.cumsum(starts) - 1
        first = np.flatnonzero(starts)
        width = int(item.max()) + 1
        key = basket * width + item
        # Sorting takes a third of the time of np.unique, which hashes; the baskets already lie in order.
        key.sort()
        key = key[np.r_[True, key[1:] != key[:-1]]]
        basket_member = member[first]
        return cls(basket_member[key // width], key // width, key % width, at[first], basket_member)


def item_columns(
    items: pl.DataFrame, purchases: Purchases, data_until: int, set_traits: NDArray[np.int32] | None = None
) -> ItemColumns:
    """Every item's numbers.

    Args:
        items: numbered, in order of item_no.
        purchases: of the whole shop.
        data_until: wall seconds of the newest line; the end of the recent weeks.
        set_traits: `Trait` bits of every modifier set, by its number.
    """
    size = items.height + 1
    item, member, basket = purchases.item, purchases.member, purchases.basket
    at = purchases.basket_at[basket] if len(basket) else basket
    # A member's baskets lie together, so a basket's place is its distance from the member's first and last.
    last_of, place = _places(purchases.basket_member)
    by_pair = np.lexsort((basket, item, member))
    m, i, b, t = member[by_pair], item[by_pair], basket[by_pair], at[by_pair]
    again = np.r_[False, (m[1:] == m[:-1]) & (i[1:] == i[:-1])] if len(m) else np.zeros(0, dtype=bool)
    first = ~again
    times = np.diff(np.r_[np.flatnonzero(first), len(m)])
    repeats = np.flatnonzero(first)[times > 1]
    days = t // DAY_S
    gap = np.where(again, days - np.r_[0, days[:-1]], 0) if len(m) else days
    # Twice on one day is one errand: it has no gap, and no logarithm either.
    gapped = gap >= 1
    log_gap = np.log(gap[gapped].astype(np.float64))
    next_again = again & (b == np.r_[-2, b[:-1]] + 1) if len(m) else again
    recent = at > data_until - RECENT_DAYS * DAY_S
    is_last = last_of[basket] == basket if len(basket) else np.zeros(0, dtype=bool)

    def count(which: Ints) -> NDArray[np.int32]:
        return np.bincount(which, minlength=size).astype(np.int32)

    later = np.bincount(i[first], weights=(place[last_of[b[first]]] - place[b[first]]), minlength=size)
    categories, category = _numbers(items["category"].to_list())
    audiences, audience = _numbers(items["audience"].to_list())
    kinds, kind = _numbers([path.rpartition(" > ")[2] for path in items["category"].to_list()])
    return ItemColumns(
        on_hand=_column(items, "on_hand", -1).astype(np.int32),
        price_minor=_column(items, "price_minor", -1),
        flags=_flags(items),
        family=families(items),
        category=category,
        kind=kind,
        buyers=count(i[first]),
        repeat_buyers=count(i[repeats]),
        baskets=count(item),
        recent_baskets=count(item[recent]),
        last_baskets=count(item[is_last]),
        later_baskets=later.astype(np.int32),
        next_again=count(i[next_again]),
        gap_log_sum=np.bincount(i[gapped], weights=log_gap, minlength=size).astype(np.float64),
        gap_log_sq=np.bincount(i[gapped], weights=log_gap**2, minlength=size).astype(np.float64),
        gaps=count(i[gapped]),
        traits=_column(items, "traits", 0).astype(np.int32),
        set_traits=np.zeros(1, dtype=np.int32) if set_traits is None else set_traits,
        audience=audience,
        categories=categories,
        kinds=kinds,
        audiences=audiences,
        total_baskets=len(purchases.basket_at),
        total_members=len(np.unique(purchases.basket_member)),
        thing=things(items),
    )


def counts_as_of(columns: ItemColumns, purchases: Purchases, at: int) -> ItemColumns:
    """The columns with the counts that suggestions look at as they were at a moment, without neighbours.

    Args:
        columns: of today.
        purchases: up to that moment.
        at: wall seconds; the end of the recent weeks.
    """
    size = len(columns.buyers)
    owned = np.unique(purchases.member * size + purchases.item) % size
    recent = purchases.basket_at[purchases.basket] > at - RECENT_DAYS * DAY_S

    def count(which: Ints) -> NDArray[np.int32]:
        return np.bincount(which, minlength=size).astype(np.int32)

    return replace(
        columns,
        buyers=count(owned),
        baskets=count(purchases.item),
        recent_baskets=count(purchases.item[recent]),
        total_baskets=len(purchases.basket_at),
        total_members=len(np.unique(purchases.basket_member)),
    )


def families(items: pl.DataFrame) -> NDArray[np.int32]:
    """Smallest item_no of each item's variant family. A parent that is no item itself still makes siblings."""
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        while leader.setdefault(name, name) != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    related = items.filter(pl.col("variant_of") != "").select("sku", "variant_of")
    for sku, parent in related.iter_rows():
        leader[find(sku)] = find(parent)
    family = np.arange(items.height + 1, dtype=np.int32)
    smallest: dict[str, int] = {}
    for number, sku in enumerate(items["sku"].to_list(), start=1):
        if sku in leader:
            family[number] = smallest.setdefault(find(sku), number)
    return family


def things(items: pl.DataFrame) -> NDArray[np.int32]:
    """Smallest item_no of what is the same thing to a person: one name but for sizes, amounts and the brand.

    Only in one part of the shop: the vanilla of the ice creams is not that of the syrups.
    """
    thing = np.arange(items.height + 1, dtype=np.int32)
    smallest: dict[tuple[str, str], int] = {}
    for number, (name, brand, category) in enumerate(items.select("name", "brand", "category").iter_rows(), start=1):
        bare = bare_name(name, brand)
        if bare:
            thing[number] = smallest.setdefault((bare, category.rpartition(" > ")[0] or category), number)
    many = np.bincount(thing)[thing] > max(_THING_AT_MOST * items.height, 5)
    return np.where(many, np.arange(len(thing)), thing).astype(np.int32)


def bare_name(name: str, brand: str = "") -> str:
    """The name without sizes, amounts and the brand, in small letters; empty when nothing is left."""
    text = name.casefold()
    if brand:
        text = text.replace(brand.casefold(), " ")
    words = _WORDS.findall(_AMOUNTS.sub(" ", text))
    return " ".join(word for word in words if word not in _SIZES)


def _places(basket_member: Ints) -> tuple[Ints, Ints]:
    """For each basket: the last basket of its member, and its position among the member's baskets."""
    if not len(basket_member):
        return basket_member, basket_member
    starts = np.flatnonzero(np.r_[True, basket_member[1:] != basket_member[:-1]])
    lengths = np.diff(np.r_[starts, len(basket_member)])
    last_of = np.repeat(starts + lengths - 1, lengths)
    return last_of, np.arange(len(basket_member)) - np.repeat(starts, lengths)


def _column(items: pl.DataFrame, name: str, missing: int) -> Ints:
    column: Ints = np.r_[missing, items[name].fill_null(missing).cast(pl.Int64).to_numpy()]
    return column


def _flags(items: pl.DataFrame) -> NDArray[np.uint8]:
    flags = np.zeros(items.height + 1, dtype=np.uint8)
    for name, bit in (
        ("durable", ItemColumns.DURABLE), ("sensitive", ItemColumns.SENSITIVE),
        ("age_restricted", ItemColumns.AGE_RESTRICTED), ("gone", ItemColumns.GONE),
    ):  # fmt: skip
        flags[1:] |= items[name].cast(pl.UInt8).to_numpy() * np.uint8(bit)
    flags[1:] |= (~items["mention"]).cast(pl.UInt8).to_numpy() * np.uint8(ItemColumns.UNMENTIONED)
    return flags


def _numbers(texts: list[str]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """Texts by number and the number of each; 0 is the empty text and row 0."""
    names = ("", *sorted(set(texts) - {""}))
    number_of = {name: number for number, name in enumerate(names)}
    return names, np.array([0, *(number_of[text] for text in texts)], dtype=np.int32)

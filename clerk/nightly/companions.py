"""Which items are bought together: counted over members' baskets, never across them."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clerk.nightly.item_columns import Ints, Purchases

KEPT = 12
"""Companions kept of an item."""
TOGETHER_FROM = 3
"""Baskets two items share before it is more than chance."""
BASKET_AT_MOST = 60
"""Items of one basket that are paired; a stock-up of 300 says nothing about any two of them. The rarest stay."""
DOUBT = 10.0
"""Added to the expected size of a pair, so that 3 of 3 does not beat 80 of 200."""
_CHUNK_PAIRS = 6_000_000
"""Pairs counted at once; bounds memory to about 150 MB."""


def companions(purchases: Purchases, family: NDArray[np.int32]) -> pl.DataFrame:
    """The closest companions of every item.

    Columns: item_no, rank (1 is closest), other_no, together, of_baskets, lift. Never the item itself or a variant
    of it, never less often together than chance.

    Args:
        purchases: of the whole shop.
        family: variant family by item_no.
    """
    held = np.bincount(purchases.item, minlength=len(family))
    basket, item = _paired(purchases, held)
    total = max(1, len(purchases.basket_at))
    found = [pl.DataFrame(schema=_SCHEMA)]
    for left, right, together in _counted_pairs(basket, item, len(family)):
        # Families are few and chance is common: both are dropped before anything is ranked.
        lift = together * total / (held[left] * held[right].astype(np.float64))
        good = (family[left] != family[right]) & (lift > 1.0)
        frame = pl.DataFrame(
            {"item_no": left[good], "other_no": right[good], "together": together[good],
             "of_baskets": held[left[good]], "lift": lift[good],
             "closeness": together[good] / (np.sqrt(held[left[good]] * held[right[good]].astype(np.float64)) + DOUBT)}
        )  # fmt: skip
        order = frame.sort("item_no", "closeness", "other_no", descending=[False, True, False])
        ranked = order.with_columns(rank=pl.int_range(1, pl.len() + 1).over("item_no"))
        found.append(ranked.filter(pl.col("rank") <= KEPT).select(list(_SCHEMA)))
    return pl.concat(found)


_SCHEMA = {
    "item_no": pl.Int64, "rank": pl.Int64, "other_no": pl.Int64, "together": pl.Int64, "of_baskets": pl.Int64,
    "lift": pl.Float64,
}  # fmt: skip


def _paired(purchases: Purchases, held: Ints) -> tuple[Ints, Ints]:
    """Purchases that can make a pair: of items in enough baskets, of baskets cut to a length that means something."""
    often = held[purchases.item] >= TOGETHER_FROM
    basket, item = purchases.basket[often], purchases.item[often]
    order = np.lexsort((held[item], basket))
    basket, item = basket[order], item[order]
    if not len(basket):
        return basket, item
    starts = np.flatnonzero(np.r_[True, basket[1:] != basket[:-1]])
    place = np.arange(len(basket)) - np.repeat(starts, np.diff(np.r_[starts, len(basket)]))
    return basket[place < BASKET_AT_MOST], item[place < BASKET_AT_MOST]


def _counted_pairs(basket: Ints, item: Ints, size: int):  # type: ignore[no-untyped-def]
    """Ordered pairs with their counts, a range of left items at a time."""
    if not len(basket):
        return
    starts = np.flatnonzero(np.r_[True, basket[1:] != basket[:-1]])
    lengths = np.diff(np.r_[starts, len(basket)])
    start_of, length_of = np.repeat(starts, lengths), np.repeat(lengths, lengths)
    by_item = np.argsort(item, kind="stable")
    pairs_up_to = np.cumsum(length_of[by_item])
    begin = 0
    while begin < len(by_item):
        done = pairs_up_to[begin - 1] if begin else 0
        end = int(np.searchsorted(pairs_up_to, done + _CHUNK_PAIRS, side="right"))
        end = max(end, begin + 1)
        # A left item is never split over two ranges, so its counts are whole.
        end = int(np.searchsorted(item[by_item], item[by_item[end - 1]], side="right"))
        rows = by_item[begin:end]
        many = length_of[rows]
        left = np.repeat(item[rows], many)
        offset = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many)
        right = item[np.repeat(start_of[rows], many) + offset]
        key = np.sort((left * size + right)[left != right])
        if len(key):
            first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
            counts = np.diff(np.r_[first, len(key)])
            often = counts >= TOGETHER_FROM
            kept = key[first[often]]
            yield kept // size, kept % size, counts[often]
        begin = end

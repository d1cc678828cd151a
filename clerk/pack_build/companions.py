"""Which items are bought together: counted over members' baskets, never across them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clerk.pack_build.groups import Groups
from clerk.pack_build.item_statistics import Ints, Purchases

Places = NDArray[np.int32]

KEPT = 12
"""Companions kept of an item."""
TOGETHER_FROM = 3
"""Baskets two items share before it is more than chance."""
BASKET_AT_MOST = 60
"""Items of one basket that are paired; a stock-up of 300 says nothing about any two of them. The rarest stay."""
DOUBT = 10.0
"""Added to the expected size of a pair, so that 3 of 3 does not beat 80 of 200."""
_AT_ONCE = 2_000_000
"""Pairs counted, and ranked, at once: bounds memory to about 80 MB, and more at once saves no time."""

_SCHEMA = {
    "item_no": pl.Int64, "rank": pl.Int64, "other_no": pl.Int64, "together": pl.Int64, "of_baskets": pl.Int64,
    "lift": pl.Float64,
}  # fmt: skip


@dataclass(slots=True)
class _Pairs:
    """Pairs of items bought together often enough, each pair once with `left` below `right`."""

    left: Places
    right: Places
    together: Places

    def chosen(self, which: NDArray[np.bool_]) -> _Pairs:
        """The pairs where `which` is true."""
        return _Pairs(self.left[which], self.right[which], self.together[which])


def companions(purchases: Purchases, family: NDArray[np.int32]) -> pl.DataFrame:
    """The closest companions of every item.

    Columns: item_no, rank (1 is closest), other_no, together, of_baskets, lift. Never the item itself or a variant
    of it, never less often together than chance.

    Args:
        purchases: of the whole shop.
        family: variant family by item_no.
    """
    baskets_of = np.bincount(purchases.item, minlength=len(family))
    basket, item, whole = _paired(purchases, baskets_of)
    total = max(1, len(purchases.basket_at))
    counted = [_apart(pairs, baskets_of, family, total) for pairs in _counted_pairs(basket, item, len(family))]
    if not counted:
        return pl.DataFrame(schema=_SCHEMA)
    pairs = _Pairs(*(np.concatenate([getattr(part, name) for part in counted]) for name in _Pairs.__slots__))
    del counted
    reach = np.cumsum(np.bincount(pairs.left, minlength=len(family)) + np.bincount(pairs.right, minlength=len(family)))
    found, begin = [], 0
    while begin < len(family):
        done = int(reach[begin - 1]) if begin else 0
        end = max(begin + 1, int(np.searchsorted(reach, done + _AT_ONCE, side="right")))
        found.append(_ranked(pairs, begin, end, baskets_of, total))
        begin = end
    return _with_all_of_long(pl.concat(found), whole, basket, item, baskets_of, total)


def _with_all_of_long(
    found: pl.DataFrame, whole: tuple[Ints, Ints], basket: Ints, item: Ints, baskets_of: Ints, total: int
) -> pl.DataFrame:
    """The same companions with every pair of the long baskets counted, of which only a part was looked at.

    Args:
        found: the companions.
        whole: basket and item of the purchases in long baskets.
        basket: of each purchase looked at.
        item: of each purchase looked at.
        baskets_of: by item_no.
        total: baskets in all.
    """
    if not len(whole[0]) or not found.height:
        return found
    left, right = found["item_no"].to_numpy(), found["other_no"].to_numpy()
    part = np.isin(basket, whole[0])
    more = Groups(*whole, len(baskets_of)).counts_of_all(left, right)
    more -= Groups(basket[part], item[part], len(baskets_of)).counts_of_all(left, right)
    together = found["together"].to_numpy() + more
    lift = together * np.float64(total) / (baskets_of[left] * baskets_of[right])
    return found.with_columns(together=pl.Series(together, dtype=pl.Int64), lift=pl.Series(lift, dtype=pl.Float64))


def _apart(pairs: _Pairs, baskets_of: Ints, family: NDArray[np.int32], total: int) -> _Pairs:
    """Keeps pairs of different families bought together more often than by chance: few, so this precedes ranking."""
    return pairs.chosen((family[pairs.left] != family[pairs.right]) & (_lift(pairs, baskets_of, total) > 1.0))


def _lift(pairs: _Pairs, baskets_of: Ints, total: int) -> NDArray[np.float64]:
    lift: NDArray[np.float64] = pairs.together * np.float64(total) / (baskets_of[pairs.left] * baskets_of[pairs.right])
    return lift


def _ranked(pairs: _Pairs, begin: int, end: int, baskets_of: Ints, total: int) -> pl.DataFrame:
    """The closest companions of the items of a range."""
    ways = [pairs.chosen((side >= begin) & (side < end)) for side in (pairs.left, pairs.right)]
    item = np.concatenate([ways[0].left, ways[1].right])
    other = np.concatenate([ways[0].right, ways[1].left])
    both = _Pairs(item, other, np.concatenate([way.together for way in ways]))
    closeness = both.together / (np.sqrt(baskets_of[item] * baskets_of[other].astype(np.float64)) + DOUBT)
    order = np.lexsort((other, -closeness, item))
    of_item = item[order]
    starts = np.flatnonzero(np.r_[True, of_item[1:] != of_item[:-1]]) if len(of_item) else np.zeros(0, dtype=np.int64)
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)])) + 1
    order, rank = order[rank <= KEPT], rank[rank <= KEPT]
    chosen = _Pairs(item[order], other[order], both.together[order])
    columns = (
        chosen.left,
        rank,
        chosen.right,
        chosen.together,
        baskets_of[chosen.left],
        _lift(chosen, baskets_of, total),
    )
    return pl.DataFrame(dict(zip(_SCHEMA, columns, strict=True)), schema_overrides=_SCHEMA)


def _paired(purchases: Purchases, baskets_of: Ints) -> tuple[Ints, Ints, tuple[Ints, Ints]]:
    """Purchases that can make a pair: items in enough baskets; very long baskets are cut to their rarest items.

    Gives basket and item of what stays, and the same of the long baskets as they were.
    """
    often = baskets_of[purchases.item] >= TOGETHER_FROM
    basket, item = purchases.basket[often], purchases.item[often]
    # Purchases lie in order of basket and item already; only what is cut needs them by rarity.
    starts = np.flatnonzero(np.r_[True, basket[1:] != basket[:-1]]) if len(basket) else basket
    lengths = np.diff(np.r_[starts, len(basket)])
    long = np.flatnonzero(np.repeat(lengths > BASKET_AT_MOST, lengths))
    whole = basket[long], item[long]
    if not len(long):
        return basket, item, whole
    order = long[np.lexsort((baskets_of[item[long]], basket[long]))]
    of_basket = basket[order]
    begins = np.flatnonzero(np.r_[True, of_basket[1:] != of_basket[:-1]])
    place = np.arange(len(order)) - np.repeat(begins, np.diff(np.r_[begins, len(order)]))
    stays = np.ones(len(basket), dtype=bool)
    stays[order[place >= BASKET_AT_MOST]] = False
    return basket[stays], item[stays], whole


def _counted_pairs(basket: Ints, item: Ints, size: int) -> Iterator[_Pairs]:
    """Pairs with their counts, a range of left items at a time."""
    if not len(basket):
        return
    starts = np.flatnonzero(np.r_[True, basket[1:] != basket[:-1]])
    lengths = np.diff(np.r_[starts, len(basket)])
    # A row makes a pair with each row after it in its basket, whose items are larger.
    after = np.repeat(starts + lengths, lengths) - np.arange(len(basket)) - 1
    by_item = np.argsort(item, kind="stable")
    pairs_up_to = np.cumsum(after[by_item])
    ordered = item[by_item]
    begin = 0
    while begin < len(by_item):
        done = pairs_up_to[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(pairs_up_to, done + _AT_ONCE, side="right")))
        # A left item is never split over two ranges, so its counts are whole.
        end = int(np.searchsorted(ordered, ordered[end - 1], side="right"))
        rows = by_item[begin:end]
        many = after[rows]
        key = np.arange(int(many.sum()))
        key += np.repeat(rows + 1 - (np.cumsum(many) - many), many)
        key = item[key]
        key += np.repeat(item[rows] * size, many)
        key.sort()
        if len(key):
            first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
            counts = np.diff(np.r_[first, len(key)])
            often = counts >= TOGETHER_FROM
            chosen = key[first[often]]
            yield _Pairs(*(part.astype(np.int32) for part in (chosen // size, chosen % size, counts[often])))
        begin = end

"""Which items the same members own: the item-to-item table of the pack.

In: all purchases. Out: for each item the items owned most by its owners, with exact counts of members and of baskets
that hold both. The closeness of two items is the cosine over members: owners of both / sqrt(owners of one x owners of
the other). Only counts are stored, so that every number said about a pair is one that was counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from clerk.model import ItemColumns
from clerk.pack_build.item_statistics import Ints, Purchases

KEPT = 50
"""Neighbours kept of an item: with 100 no more of what was bought later was found on the Complete Journey."""
BOTH_FROM = 5
"""Members who own both before it is more than chance, and before anybody could be recognised in the count."""
ITEMS_AT_MOST = 10_000
"""Items in the table, those owned by most: others are never likely enough to be mentioned; bounds it to 6 MB."""

_PAIRS_AT_MOST = 400_000_000
"""Pairs looked at in all: bounds the time to some seconds. Above, a sample of the groups chooses the neighbours; all
are counted."""
_OF_ONE = 0.01
"""Part of those pairs that one group may make: what holds a tenth of the shop is no person and no errand."""
_AT_ONCE = 4_000_000
"""Pairs, and cells, looked at together: bounds memory to about 100 MB."""
_BLOCK = 1_024
"""Groups whose items are laid side by side as bits."""


class _Groups:
    """Which items each group (a member, a basket) holds, and the other way round; each pair once, in order.

    Args:
        group: of each purchase.
        item: of each purchase, from 0 to `size` - 1.
        size: number of items.
    """

    def __init__(self, group: Ints, item: NDArray[np.int32], size: int) -> None:
        key = group * size + item
        key.sort()
        key = key[np.r_[True, key[1:] != key[:-1]]] if len(key) else key
        group, self.item = key // size, (key % size).astype(np.int32)
        new = np.r_[True, group[1:] != group[:-1]] if len(group) else np.zeros(0, dtype=bool)
        self.starts = np.flatnonzero(new)
        self.lengths = np.diff(np.r_[self.starts, len(key)])
        self.number = np.cumsum(new) - 1
        """Of the group of each row."""
        self.held = np.bincount(self.item, minlength=size)
        """Groups that hold each item."""
        self.size = size
        self.every, self.sampled = _sampled(self.lengths)
        """Each how many-th group chooses neighbours, and which groups do; the others are left to `counts_of_rest`."""

    def counts(self) -> Iterator[tuple[int, NDArray[np.int64]]]:
        """For a range of items at a time: its first, and groups that hold each of them and each other item."""
        chosen = self.sampled[self.number]
        item, number = self.item[chosen], self.number[chosen]
        by_item = np.argsort(item, kind="stable")
        many = self.lengths[number[by_item]]
        up_to = np.concatenate(([0], np.cumsum(many)))
        begin_of = np.searchsorted(item[by_item], np.arange(self.size + 1))
        most = max(1, _AT_ONCE // max(self.size, 1))
        begin = 0
        while begin < self.size:
            end = int(np.searchsorted(up_to[begin_of], up_to[begin_of[begin]] + _AT_ONCE, side="right")) - 1
            end = min(max(end, begin + 1), begin + most, self.size)
            rows = by_item[begin_of[begin] : begin_of[end]]
            length = self.lengths[number[rows]]
            place = np.arange(int(length.sum())) + np.repeat(
                self.starts[number[rows]] - (np.cumsum(length) - length), length
            )
            cell = self.item[place] + np.repeat((item[rows].astype(np.int64) - begin) * self.size, length)
            found = np.bincount(cell, minlength=(end - begin) * self.size)
            yield begin, found.reshape(end - begin, self.size)
            begin = end

    def counts_of_rest(self, left: Ints, right: Ints) -> Ints:
        """Groups outside the sample that hold both of each pair."""
        found = np.zeros(len(left), dtype=np.int64)
        rest = np.flatnonzero(~self.sampled)
        width = _BLOCK // 8
        for begin in range(0, len(rest), _BLOCK):
            chosen = rest[begin : begin + _BLOCK]
            rows = np.concatenate([np.arange(self.starts[g], self.starts[g] + self.lengths[g]) for g in chosen])
            place = np.repeat(np.arange(len(chosen)), self.lengths[chosen])
            cell = self.item[rows].astype(np.int64) * width + place // 8
            # Each (item, group) is there once, so adding bits sets them.
            bits = np.bincount(cell, weights=1 << (place % 8), minlength=self.size * width).astype(np.uint8)
            words = bits.reshape(self.size, width).view(np.uint64)
            for at in range(0, len(left), _AT_ONCE // width):
                part = slice(at, at + _AT_ONCE // width)
                found[part] += np.bitwise_count(words[left[part]] & words[right[part]]).sum(axis=1, dtype=np.int64)
        return found


def _sampled(lengths: Ints) -> tuple[int, NDArray[np.bool_]]:
    """Each how many-th group is looked at pair by pair, and which groups are."""
    pairs = lengths.astype(np.float64) ** 2
    fits = pairs <= max(_OF_ONE * _PAIRS_AT_MOST, 1)
    every = max(1, int(np.ceil(pairs[fits].sum() / _PAIRS_AT_MOST)))
    return every, fits & (np.arange(len(lengths)) % every == 0)


def with_neighbours(columns: ItemColumns, purchases: Purchases) -> ItemColumns:
    """The columns with the closest neighbours of every item that enough members own.

    Never the item itself or a variant of it, nor what is never mentioned (sensitive, gone).

    Args:
        columns: the items' numbers, made from these purchases.
        purchases: of the whole shop.
    """
    size = len(columns.buyers)
    most = np.lexsort((np.arange(size), -columns.buyers))[:ITEMS_AT_MOST]
    chosen = np.sort(most[columns.buyers[most] >= BOTH_FROM])
    if not len(chosen):
        nothing = np.zeros(0, dtype=np.int32)
        starts = np.zeros(size + 1, dtype=np.int32)
        return replace(columns, near_starts=starts, near_other=nothing, near_both=nothing, near_together=nothing)
    place = np.full(size, -1, dtype=np.int32)
    place[chosen] = np.arange(len(chosen))
    kept = place[purchases.item] >= 0
    item = place[purchases.item[kept]]
    owners = _Groups(purchases.member[kept], item, len(chosen))
    never = (columns.flags[chosen] & (ItemColumns.SENSITIVE | ItemColumns.GONE)) != 0
    left, right, both = _closest(owners, never, columns.family[chosen])
    both += owners.counts_of_rest(left, right)
    enough = both >= BOTH_FROM
    left, right, both = left[enough], right[enough], both[enough]
    del owners
    baskets = _Groups(purchases.basket[kept], item, len(chosen))
    together = _in_baskets(baskets, left, right) + baskets.counts_of_rest(left, right)
    return replace(
        columns,
        near_starts=np.searchsorted(chosen[left], np.arange(size + 1)).astype(np.int32),
        near_other=chosen[right].astype(np.int32),
        near_both=both.astype(np.int32),
        near_together=together.astype(np.int32),
    )


def _closest(owners: _Groups, never: NDArray[np.bool_], family: NDArray[np.int32]) -> tuple[Ints, Ints, Ints]:
    """Pairs of every item and its neighbours, closest first, with the members of the sample who own both."""
    root = np.sqrt(np.maximum(owners.held, 1).astype(np.float64))
    least = max(2, BOTH_FROM // owners.every) if owners.every > 1 else BOTH_FROM
    found: list[tuple[Ints, Ints, Ints]] = []
    for begin, counts in owners.counts():
        row, other = np.nonzero(counts >= least)
        item = row + begin
        good = (family[item] != family[other]) & ~never[other]
        row, other, item = row[good], other[good], item[good]
        both = counts[row, other]
        # Rounded, so that two equally close are ordered by number on every machine.
        cosine = np.round(both / (root[item] * root[other]), 9)
        order = np.lexsort((other, -cosine, item))
        of_item = item[order]
        starts = np.flatnonzero(np.r_[True, of_item[1:] != of_item[:-1]]) if len(order) else order
        rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
        order = order[rank < KEPT]
        found.append((item[order], other[order], both[order]))
    left, right, both = (np.concatenate(parts).astype(np.int64) for parts in zip(*found, strict=True))
    return left, right, both


def _in_baskets(baskets: _Groups, left: Ints, right: Ints) -> Ints:
    """Baskets of the sample that hold both of each pair; the pairs lie in order of `left`."""
    found = np.zeros(len(left), dtype=np.int64)
    for begin, counts in baskets.counts():
        first, last = np.searchsorted(left, (begin, begin + len(counts)))
        found[first:last] = counts[left[first:last] - begin, right[first:last]]
    return found

"""What lies together in one basket, or is owned by one member: pairs of items, counted.

In: which group (a basket, a member) holds which item. Out: exact counts of groups that hold both of a pair. Looking at
every pair of a group costs the square of its size, so the largest groups, and in a large shop all but a sample, are
laid side by side as bits and counted for chosen pairs alone.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from clerk.pack_build.item_statistics import Ints

_PAIRS_AT_MOST = 400_000_000
"""Pairs looked at in all: bounds the time to some seconds. Above, a sample of the groups chooses the neighbours; all
are counted."""
_OF_ONE = 0.01
"""Part of those pairs that one group may make: what holds a tenth of the shop is no person and no errand."""
_AT_ONCE = 4_000_000
"""Pairs, and cells, looked at together: bounds memory to about 100 MB."""
_BLOCK = 512
"""Groups whose items are laid side by side as bits."""


class Groups:
    """Which items each group (a member, a basket) holds, and the other way round; each pair once, in order.

    Args:
        group: of each purchase.
        item: of each purchase, from 0 to `size` - 1.
        size: number of items.
    """

    def __init__(self, group: Ints, item: Ints | NDArray[np.int32], size: int) -> None:
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
        return self._counts_of(np.flatnonzero(~self.sampled), left, right)

    def counts_of_all(self, left: Ints, right: Ints) -> Ints:
        """Groups that hold both of each pair."""
        return self._counts_of(np.arange(len(self.lengths)), left, right)

    def _counts_of(self, rest: Ints, left: Ints, right: Ints) -> Ints:
        found = np.zeros(len(left), dtype=np.int64)
        width = _BLOCK // 8
        for begin in range(0, len(rest), _BLOCK):
            chosen = rest[begin : begin + _BLOCK]
            many = self.lengths[chosen]
            place = np.repeat(np.arange(len(chosen)), many)
            rows = np.arange(int(many.sum())) + np.repeat(self.starts[chosen] - (np.cumsum(many) - many), many)
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

"""Which items the same members own: the item-to-item table of the pack.

In: all purchases. Out: for each item the items owned most by its owners, with exact counts of members and of baskets
that hold both. The closeness of two items is the cosine over members: owners of both / sqrt(owners of one x owners of
the other). Only counts are stored, so that every number said about a pair is one that was counted.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from clerk.model import ItemColumns
from clerk.pack_build.groups import Groups
from clerk.pack_build.item_statistics import Ints, Purchases
from clerk.visit.shop import UNSPOKEN

KEPT = 50
"""Neighbours kept of an item: with 100 no more of what was bought later was found on the Complete Journey."""
BOTH_FROM = 5
"""Members who own both before it is more than chance, and before anybody could be recognised in the count."""
ITEMS_AT_MOST = 10_000
"""Items in the table, those owned by most: others are never likely enough to be mentioned; bounds it to 6 MB."""


def with_neighbours(columns: ItemColumns, purchases: Purchases) -> ItemColumns:
    """The columns with the closest neighbours of every item that enough members own.

    Never the item itself or a variant of it, nor what is never mentioned (sensitive, fees and the like, gone).

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
    owners = Groups(purchases.member[kept], item, len(chosen))
    never = (columns.flags[chosen] & (UNSPOKEN | ItemColumns.GONE)) != 0
    left, right, both = _closest(owners, never, columns.family[chosen])
    both += owners.counts_of_rest(left, right)
    enough = both >= BOTH_FROM
    left, right, both = left[enough], right[enough], both[enough]
    del owners
    baskets = Groups(purchases.basket[kept], item, len(chosen))
    together = _in_baskets(baskets, left, right) + baskets.counts_of_rest(left, right)
    return replace(
        columns,
        near_starts=np.searchsorted(chosen[left], np.arange(size + 1)).astype(np.int32),
        near_other=chosen[right].astype(np.int32),
        near_both=both.astype(np.int32),
        near_together=together.astype(np.int32),
    )


def _closest(owners: Groups, never: NDArray[np.bool_], family: NDArray[np.int32]) -> tuple[Ints, Ints, Ints]:
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


def _in_baskets(baskets: Groups, left: Ints, right: Ints) -> Ints:
    """Baskets of the sample that hold both of each pair; the pairs lie in order of `left`."""
    found = np.zeros(len(left), dtype=np.int64)
    for begin, counts in baskets.counts():
        first, last = np.searchsorted(left, (begin, begin + len(counts)))
        found[first:last] = counts[left[first:last] - begin, right[first:last]]
    return found

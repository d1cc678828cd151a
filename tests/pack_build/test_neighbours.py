"""The item-to-item table against the plainest counting, and that every number in it is the whole truth."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import permutations
from math import sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.pack_build import companions as companions_module
from clerk.pack_build import groups, neighbours
from clerk.pack_build.companions import companions
from clerk.pack_build.item_statistics import Purchases
from clerk.pack_build.neighbours import BOTH_FROM, KEPT, with_neighbours
from tests.visit.build import columns as made_columns

ITEMS = 12
SHOPS = st.lists(
    st.tuples(st.integers(1, 14), st.sets(st.integers(1, ITEMS - 1), min_size=1, max_size=8)), min_size=1, max_size=60
)
"""(member, items of a basket)."""


def purchases_of(baskets: list[tuple[int, set[int]]]) -> Purchases:
    """The purchases of a shop; baskets in order of member."""
    ordered = sorted(enumerate(baskets), key=lambda one: (one[1][0], one[0]))
    rows = [(member, number, item) for number, (_, (member, items)) in enumerate(ordered) for item in sorted(items)]
    member, basket, item = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    members = np.array([one[1][0] for one in ordered], dtype=np.int64)
    return Purchases(member, basket, item, np.arange(len(ordered)), members)


def columns_of(purchases: Purchases) -> Any:
    """Item columns whose counts are those of the purchases."""
    made = made_columns()
    owned = set(zip(purchases.member.tolist(), purchases.item.tolist(), strict=True))
    buyers = np.bincount([item for _, item in owned], minlength=ITEMS).astype(np.int32)
    baskets = np.bincount(purchases.item, minlength=ITEMS).astype(np.int32)
    return replace(made, buyers=buyers, baskets=baskets, total_baskets=len(purchases.basket_at))


def plainly(purchases: Purchases) -> tuple[Counter[tuple[int, int]], Counter[tuple[int, int]]]:
    """Members, and baskets, that hold both of each pair."""
    counted: list[Counter[tuple[int, int]]] = []
    for group in (purchases.member, purchases.basket):
        held: dict[int, set[int]] = {}
        for number, item in zip(group.tolist(), purchases.item.tolist(), strict=True):
            held.setdefault(number, set()).add(item)
        counted.append(Counter(pair for items in held.values() for pair in permutations(sorted(items), 2)))
    return counted[0], counted[1]


def table(columns: Any) -> dict[int, list[tuple[int, int, int]]]:
    """item_no -> (other, both, together), closest first."""
    rows = list(
        zip(columns.near_other.tolist(), columns.near_both.tolist(), columns.near_together.tolist(), strict=True)
    )
    return {item: rows[columns.near_starts[item] : columns.near_starts[item + 1]] for item in range(ITEMS)}


@settings(max_examples=150, deadline=None)
@given(SHOPS, st.sampled_from([400_000_000, 60, 1]))
def test_every_number_in_the_table_is_counted_and_none_is_missing(baskets: Any, pairs_at_most: int) -> None:
    """Also where only a sample of members and baskets is looked at pair by pair."""
    purchases = purchases_of(baskets)
    columns = columns_of(purchases)
    before = groups._PAIRS_AT_MOST
    try:
        groups._PAIRS_AT_MOST = pairs_at_most
        found = table(with_neighbours(columns, purchases))
    finally:
        groups._PAIRS_AT_MOST = before
    both, together = plainly(purchases)
    never = (columns.flags & 2) != 0
    for item, rows in found.items():
        assert len(rows) <= KEPT
        for other, members, shared in rows:
            assert (members, shared) == (both[item, other], together[item, other])
            assert members >= BOTH_FROM
            assert columns.family[item] != columns.family[other]
            assert not never[other]
        cosines = [members / sqrt(columns.buyers[item] * columns.buyers[other]) for other, members, _ in rows]
        if pairs_at_most > 1_000:
            assert cosines == sorted(cosines, reverse=True)
            enough = [other for (one, other), many in both.items() if one == item and many >= BOTH_FROM]
            wanted = {one for one in enough if columns.family[one] != columns.family[item] and not never[one]}
            assert {other for other, *_ in rows} == wanted


def test_the_closest_are_kept_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    purchases = purchases_of([(member, set(rng.choice(11, 6, replace=False) + 1)) for member in range(1, 60)])
    columns = columns_of(purchases)
    whole = table(with_neighbours(columns, purchases))
    monkeypatch.setattr(neighbours, "KEPT", 3)
    monkeypatch.setattr(groups, "_AT_ONCE", 40)
    assert table(with_neighbours(columns, purchases)) == {item: rows[:3] for item, rows in whole.items()}


@settings(max_examples=60, deadline=None)
@given(SHOPS)
def test_companions_count_long_baskets_whole(baskets: Any) -> None:
    """Both halves of "in N of M visits" count every basket, however long."""
    purchases = purchases_of(baskets * 3)
    before = companions_module.BASKET_AT_MOST
    try:
        companions_module.BASKET_AT_MOST = 3
        found = companions(purchases, np.arange(ITEMS, dtype=np.int32))
    finally:
        companions_module.BASKET_AT_MOST = before
    _, together = plainly(purchases)
    held = np.bincount(purchases.item, minlength=ITEMS)
    for row in found.iter_rows(named=True):
        assert row["together"] == together[row["item_no"], row["other_no"]]
        assert row["of_baskets"] == held[row["item_no"]]
        expected = held[row["item_no"]] * held[row["other_no"]] / len(purchases.basket_at)
        assert row["lift"] == pytest.approx(row["together"] / expected)

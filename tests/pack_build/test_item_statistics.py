"""Item statistics against the plainest possible computation of what their docstrings say."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import pairwise

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.clock import DAY_S
from clerk.model import ItemColumns, LineFlag
from clerk.pack_build.companions import KEPT, TOGETHER_FROM, companions
from clerk.pack_build.item_statistics import Purchases, bare_name, families, item_columns, things

ITEMS = 6
START = 1_700_000_000 // DAY_S * DAY_S
NOW = START + 100 * DAY_S
BASKETS = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.integers(0, 110),
        st.lists(st.tuples(st.integers(1, ITEMS), st.sampled_from([0, 0, 0, 1, 2])), min_size=1, max_size=5),
    ),
    max_size=25,
)
"""(member, day, [(item, flags)])"""
Basket = tuple[int, int, list[tuple[int, int]]]


def shop(baskets: list[Basket]) -> pl.DataFrame:
    """Numbered lines of the baskets."""
    rows = []
    numbers: dict[int, int] = defaultdict(int)
    for member, day, lines in sorted(baskets, key=lambda basket: basket[:2]):
        numbers[member] += 1
        rows += [
            (member, numbers[member], place, item, START + day * DAY_S, flags)
            for place, (item, flags) in enumerate(lines, start=1)
        ]
    schema = {"member_no": pl.Int64, "basket_no": pl.Int64, "line_no": pl.Int64, "item_no": pl.Int64, "at": pl.Int64,
              "flags": pl.UInt8}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def goods(**columns: list[object]) -> pl.DataFrame:
    """Numbered items, six of them unless columns say otherwise."""
    count = len(next(iter(columns.values()))) if columns else ITEMS
    plain: dict[str, list[object]] = {
        "sku": [f"S{number}" for number in range(1, count + 1)],
        "name": [f"Thing-{number}" for number in range(count)], "brand": [""] * count,
        "category": ["A > B", "A > C", "", "D", "A > B", "E > B"],
        "variant_of": [""] * count, "on_hand": [None] * count, "price_minor": [None] * count,
        "durable": [False] * count, "sensitive": [False] * count, "age_restricted": [False] * count,
        "gone": [False] * count, "audience": [""] * count, "traits": [0] * count, "mention": [True] * count,
    }  # fmt: skip
    return pl.DataFrame({**plain, **columns}, strict=False)


@settings(max_examples=200)
@given(BASKETS)
def test_every_item_number_is_what_its_docstring_says(baskets: list[Basket]) -> None:
    lines = shop(baskets)
    data_until = START + 90 * DAY_S
    columns = item_columns(goods(), Purchases.of(lines, NOW), data_until)
    visits: dict[int, list[tuple[int, set[int]]]] = defaultdict(list)
    for (member, _), group in lines.filter(pl.col("at") <= NOW).group_by("member_no", "basket_no", maintain_order=True):
        bought = {item for item, flags in group.select("item_no", "flags").iter_rows() if not flags & LineFlag.RETURN}
        if bought:
            visits[int(member)].append((group["at"][0] // DAY_S, bought))  # type: ignore[call-overload]
    assert columns.total_members == len(visits)
    assert columns.total_baskets == sum(len(own) for own in visits.values())
    for item in range(1, ITEMS + 1):
        held = {member: [n for n, (_, b) in enumerate(own) if item in b] for member, own in visits.items()}
        held = {member: places for member, places in held.items() if places}
        assert columns.buyers[item] == len(held)
        assert columns.repeat_buyers[item] == sum(len(places) > 1 for places in held.values())
        assert columns.baskets[item] == sum(len(places) for places in held.values())
        recent = [day for m, places in held.items() for day in (visits[m][n][0] for n in places)]
        assert columns.recent_baskets[item] == sum(day * DAY_S > data_until - 28 * DAY_S for day in recent)
        assert columns.last_baskets[item] == sum(places[-1] == len(visits[m]) - 1 for m, places in held.items())
        assert columns.later_baskets[item] == sum(len(visits[m]) - 1 - places[0] for m, places in held.items())
        assert columns.next_again[item] == sum(n + 1 in places for places in held.values() for n in places)
        gaps = [
            visits[m][after][0] - visits[m][before][0]
            for m, places in held.items()
            for before, after in pairwise(places)
        ]
        logs = [math.log(days) for days in gaps if days >= 1]
        assert columns.gaps[item] == len(logs)
        assert math.isclose(columns.gap_log_sum[item], sum(logs), abs_tol=1e-9)
        assert math.isclose(columns.gap_log_sq[item], sum(log * log for log in logs), abs_tol=1e-9)


@settings(max_examples=100)
@given(BASKETS, st.lists(st.integers(0, ITEMS), min_size=ITEMS, max_size=ITEMS))
def test_companions_agree_with_counting_and_never_hold_the_item_or_its_variants(
    baskets: list[Basket], parents: list[int]
) -> None:
    family = families(goods(variant_of=[f"S{parent}" if parent else "" for parent in parents]))
    purchases = Purchases.of(shop(baskets * 3), NOW)
    found = companions(purchases, family)
    together: dict[tuple[int, int], int] = defaultdict(int)
    held: dict[int, int] = defaultdict(int)
    for basket in np.unique(purchases.basket):
        items = purchases.item[purchases.basket == basket].tolist()
        for item in items:
            held[item] += 1
            for other in items:
                together[item, other] += 1
    total = len(purchases.basket_at)
    expected = {
        (item, other)
        for (item, other), count in together.items()
        if family[item] != family[other] and count >= TOGETHER_FROM and count * total > held[item] * held[other]
    }
    assert {(row["item_no"], row["other_no"]) for row in found.iter_rows(named=True)} == expected
    for row in found.iter_rows(named=True):
        assert row["together"] == together[row["item_no"], row["other_no"]]
        assert row["of_baskets"] == held[row["item_no"]]
        assert math.isclose(row["lift"], row["together"] * total / (held[row["item_no"]] * held[row["other_no"]]))
        assert 1 <= row["rank"] <= KEPT


def test_companions_are_ranked_and_counted_the_same_in_small_portions(monkeypatch: object) -> None:
    rng = np.random.default_rng(3)
    baskets = [
        (member, day, [(int(item), 0) for item in rng.choice(np.arange(1, 7), 3, replace=False)])
        for member in range(1, 5)
        for day in range(20)
    ]
    purchases = Purchases.of(shop(baskets), NOW)
    family = np.arange(7, dtype=np.int32)
    whole = companions(purchases, family)
    import clerk.pack_build.companions as module

    monkeypatch.setattr(module, "_AT_ONCE", 50)  # type: ignore[attr-defined]
    assert companions(purchases, family).sort("item_no", "rank").equals(whole.sort("item_no", "rank"))


def test_a_family_is_an_item_with_all_its_variants_even_without_a_parent() -> None:
    items = goods(
        sku=["A", "B", "C", "D", "E", "F", "G"],
        variant_of=["", "A", "B", "no such parent", "no such parent", "G", "F"],
        category=[""] * 7,
    )
    assert families(items).tolist() == [0, 1, 1, 1, 4, 4, 6, 6]


def test_kinds_are_the_last_level_and_categories_the_whole_path() -> None:
    columns = item_columns(goods(), Purchases.of(shop([]), NOW), NOW)
    assert columns.categories == ("", "A > B", "A > C", "D", "E > B")
    assert [columns.categories[number] for number in columns.category] == [
        "",
        "A > B",
        "A > C",
        "",
        "D",
        "A > B",
        "E > B",
    ]
    assert [columns.kinds[number] for number in columns.kind] == ["", "B", "C", "", "D", "B", "B"]
    assert columns.total_baskets == 0


def test_stock_prices_and_flags_stand_by_item() -> None:
    items = goods(
        on_hand=[1, 0, None, 3, 2, 2],
        sensitive=[False, False, True, False, False, False],
        gone=[False, False, False, False, False, True],
        price_minor=[100, None, 100, 100, 100, 100],
    )
    columns = item_columns(items, Purchases.of(shop([]), NOW), NOW)
    assert columns.price_minor.tolist() == [-1, 100, -1, 100, 100, 100, 100]
    assert columns.on_hand.tolist() == [-1, 1, 0, -1, 3, 2, 2]
    assert columns.flags.tolist() == [0, 0, 0, ItemColumns.SENSITIVE, 0, 0, ItemColumns.GONE]


def test_one_thing_in_several_sizes_is_one_thing() -> None:
    names = ["Oat drink 1 L", "Harbour Oat drink, 6 x 250 ml", "Oat drink", "Soy drink 1 L", "Eggs, large, 12", "24"]
    items = goods(
        name=names, brand=["", "Harbour", "", "", "", ""],
        category=["F > D > Oat", "F > D > Oat", "F > E > Oat", "F > D", "F > D", "F > D"],
    )  # fmt: skip
    assert things(items).tolist() == [0, 1, 1, 3, 4, 5, 6]
    assert bare_name("Eggs, large, 12") == bare_name("Eggs, medium, 6 ct") == "eggs"
    assert bare_name("Filter coffee 250 g") != bare_name("Coffee 250 g")
    assert bare_name("Filter papers 02, 40") == bare_name("Filter papers 02, 100") == "filter papers 02"


def test_names_that_are_numbers_tell_things_apart() -> None:
    names = ["1001", "1002", "SKU 1001", "SKU 1002", "A-1001", "A-1002"]
    assert things(goods(name=names, brand=[""] * 6, category=[""] * 6)).tolist() == [0, 1, 2, 3, 4, 5, 6]
    one_name = goods(name=["Item"] * 60, brand=[""] * 60, category=["All"] * 60, sku=[f"S{n}" for n in range(60)])
    assert things(one_name).tolist() == list(range(61))

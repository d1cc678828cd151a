"""Returns: which purchases a return takes back, and that everybody who reads the lines sees the same."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk.clock import DAY_S
from clerk.intake.canonical_tables import ROW
from clerk.intake.checks.line_items import empty_lines
from clerk.intake.checks.rows import empty_items
from clerk.intake.report import BuildReport
from clerk.model import LineFlag
from clerk.pack_build.item_statistics import Purchases, item_columns
from clerk.pack_build.learn import learn
from clerk.pack_build.learn.cases import members, visits
from clerk.pack_build.numbering import Numbered, number
from clerk.visit.habits.member_habits import habits, taste_lines
from tests.pack_build.shop import NOW, build_shop, opened, write_shop

RETURN = int(LineFlag.RETURN)


class Row(NamedTuple):
    """A line item as a file has it; a return has a negative quantity or is marked."""

    member: str
    basket: str
    sku: str
    minute: int
    pieces: float = 1.0
    marked: bool = False

    @property
    def back(self) -> bool:
        return self.marked or self.pieces < 0


rows = st.lists(
    st.builds(
        Row,
        member=st.sampled_from(["m1", "m1", "m2"]),
        basket=st.sampled_from(["b1", "b2", "b3"]),
        sku=st.sampled_from(["FW", "FW", "CR"]),
        minute=st.integers(0, 2),
        pieces=st.sampled_from([1.0, 2.0, 0.5, 0.0, -1.0, -2.0, -0.5, -40.0]),
        marked=st.sampled_from([False, False, True]),
    ),
    max_size=12,
)
"""Baskets of which many lines happen in the same minute; some bring back more than was bought, or nothing."""
shuffled = st.lists(
    st.builds(
        Row,
        member=st.just("m1"),
        basket=st.sampled_from(["b1", "b2", "b3"]),
        sku=st.just("FW"),
        minute=st.integers(0, 1),
        pieces=st.sampled_from([1.0, -1.0, 2.0]),
    ),
    max_size=8,
).flatmap(lambda bought: st.tuples(st.just(bought), st.permutations(bought)))
"""Purchases and returns of one item, and the same in another order."""


def numbered(bought: list[Row]) -> tuple[Numbered, int]:
    """The shop in numbers, and how many returns found no purchase."""
    table = [
        {
            ROW: place, "basket_id": row.basket, "member_id": row.member, "sku": row.sku, "at": NOW + 60 * row.minute,
            "total_minor": 300, "modifiers": "", "store_id": "", "channel": "", "line_no": None,
            "flags": RETURN if row.back else 0,
            "milli": round(-abs(row.pieces) * 1000 if row.back else row.pieces * 1000),
        }
        for place, row in enumerate(bought)
    ]  # fmt: skip
    report = BuildReport("f")
    lines = pl.DataFrame(table, schema=empty_lines().schema)
    shop = number({"items": empty_items(), "lines": lines}, NOW + DAY_S, report)
    told = [sentence for sentence in report.fallbacks if "never sold here" in sentence]
    return shop, int(told[0].split()[0]) if told else 0


Seen = Counter[tuple[str, str, str, int, bool]]
"""Member, basket, SKU, thousandths and whether the line counts."""


def by_the_night(shop: Numbered) -> Seen:
    """Every line as the build wrote it; what is not marked as returned counts."""
    lines = (
        shop.lines.join(shop.members.select("member_no", "member_id"), on="member_no")
        .join(shop.baskets.select("member_no", "basket_no", "basket_id"), on=["member_no", "basket_no"])
        .join(shop.items.select("item_no", "sku"), on="item_no")
        .with_columns(counts=(pl.col("flags") & RETURN) == 0)
    )
    return Counter(lines.select("member_id", "basket_id", "sku", "milli", "counts").rows())


def by_the_counter(shop: Numbered) -> Seen:
    """Every line as the counter reads a member's history."""
    skus = dict(shop.items.select("item_no", "sku").iter_rows())
    names = dict(shop.members.select("member_no", "member_id").iter_rows())
    baskets = {(who, no): basket for who, no, basket in
               shop.baskets.select("member_no", "basket_no", "basket_id").iter_rows()}  # fmt: skip
    seen: Seen = Counter()
    for one in members(shop, NOW + DAY_S):
        past = one.history
        counts = taste_lines(past, NOW + DAY_S).tolist()
        columns = (past.basket.tolist(), past.item.tolist(), (past.quantity * 1000).tolist(), counts)
        for basket, item, milli, counted in zip(*columns, strict=True):
            seen[names[one.member_no], baskets[one.member_no, basket + 1], skus[item], round(milli), counted] += 1
    return seen


def by_hand(bought: list[Row]) -> tuple[Seen, int]:
    """The documented rule by plain loops, one return after the other."""
    pieces = [abs(row.pieces) or 1.0 for row in bought]
    left = dict(enumerate(pieces))
    gone: set[int] = set()
    unmatched = 0
    returns = [place for place, row in enumerate(bought) if row.back]
    for place in sorted(returns, key=lambda one: (bought[one].minute, pieces[one])):
        back = bought[place]
        open_purchases = [
            other
            for other, row in enumerate(bought)
            if not row.back and other not in gone and row.minute <= back.minute
            and (row.member, row.sku) == (back.member, back.sku)
        ]  # fmt: skip
        unmatched += not open_purchases
        owed = pieces[place] if pieces[place] <= 10 * sum(left[one] for one in open_purchases) else 1.0
        for other in sorted(open_purchases, key=lambda one: (-bought[one].minute, pieces[one], bought[one].basket)):
            if left[other] > owed:
                left[other] -= owed
                break
            owed -= left[other]
            gone.add(other)
            if not owed:
                break
    seen: Seen = Counter()
    for place, row in enumerate(bought):
        milli = round(-abs(row.pieces) * 1000 if row.back else row.pieces * 1000)
        seen[row.member, row.basket, row.sku, milli, not row.back and place not in gone] += 1
    return seen, unmatched


@given(rows)
def test_the_night_and_the_counter_see_the_same_purchases(bought: list[Row]) -> None:
    shop, _ = numbered(bought)
    assert by_the_night(shop) == by_the_counter(shop)


@given(shuffled)
def test_the_order_of_the_rows_of_a_file_does_not_matter(twice: tuple[list[Row], list[Row]]) -> None:
    (first, unmatched), (second, unmatched_too) = map(numbered, twice)
    assert by_the_night(first) == by_the_night(second)
    assert unmatched == unmatched_too


@given(rows)
def test_returns_take_back_what_the_documented_rule_says(bought: list[Row]) -> None:
    shop, unmatched = numbered(bought)
    seen, wanted_unmatched = by_hand(bought)
    # Lines of one size in one moment are alike: which of them goes is not part of the rule.
    by_size = Counter[tuple[str, str, int, bool]]()
    for (member, _, sku, milli, counts), times in seen.items():
        by_size[member, sku, milli or 1000, counts] += times
    found = Counter[tuple[str, str, int, bool]]()
    for (member, _, sku, milli, counts), times in by_the_night(shop).items():
        found[member, sku, milli or 1000, counts] += times
    assert found == by_size
    assert unmatched == wanted_unmatched


@given(rows)
def test_every_visit_that_is_learned_from_holds_something_and_no_record_stops_learning(bought: list[Row]) -> None:
    shop, _ = numbered(bought)
    columns = item_columns(shop.items, Purchases.of(shop.lines, NOW + DAY_S), NOW + DAY_S)
    for one in members(shop, NOW + DAY_S):
        known = habits(one.history, columns, NOW + DAY_S)
        assert visits(one.history).tolist() == sorted(set(known.basket_at.tolist()))
    learn(shop, columns, NOW + DAY_S)


EXCHANGED = [
    Row("m1", "b1", "CR", 0),
    Row("m1", "b2", "FW", 1),
    Row("m1", "b3", "FW", 2, -1.0),
    Row("m1", "b3", "FW", 2),
]
"""A return and a purchase of one item in the same minute, the return written first."""


@pytest.mark.parametrize("bought", [EXCHANGED, EXCHANGED[::-1]], ids=["return first", "purchase first"])
def test_a_return_takes_back_the_purchase_of_its_own_minute(bought: list[Row]) -> None:
    shop, unmatched = numbered(bought)
    assert unmatched == 0
    assert by_the_night(shop) == by_the_counter(shop) == Counter(
        [("m1", "b1", "CR", 1000, True), ("m1", "b2", "FW", 1000, True), ("m1", "b3", "FW", -1000, False),
         ("m1", "b3", "FW", 1000, False)]
    )  # fmt: skip
    learn(shop, item_columns(shop.items, Purchases.of(shop.lines, NOW + DAY_S), NOW + DAY_S), NOW + DAY_S)


def test_an_exchange_within_a_minute_is_read_from_a_pack_as_it_was_built(tmp_path: Path) -> None:
    lines = [
        ("b1", "m1", "CR", "2026-01-01T08:00", "1"),
        ("b2", "m1", "FW", "2026-01-02T08:00", "1"),
        ("b3", "m1", "FW", "2026-01-03T08:00", "-1"),
        ("b3", "m1", "FW", "2026-01-03T08:00", "1"),
    ]
    report = build_shop(write_shop(tmp_path / "f", lines=lines), tmp_path / "h", learn=learn)
    assert report.notices == []
    reader = opened(tmp_path / "h")
    number = reader.member_no("m1")
    assert number is not None
    past = reader.member_facts(number).history
    assert (past.flags & RETURN).tolist() == [0, 0, RETURN, RETURN]
    assert taste_lines(past, NOW).tolist() == [True, True, False, False]
    assert all("needed" in said for said in report.not_learned.values())


def test_of_two_purchases_of_one_minute_the_smaller_comes_back() -> None:
    shop, _ = numbered([Row("m1", "b1", "FW", 0, 1.0), Row("m1", "b1", "FW", 0, 3.0), Row("m1", "b2", "FW", 1, -1.0)])
    assert [milli for *_, milli, counts in by_the_night(shop) if counts] == [3000]


def test_a_line_without_a_quantity_is_one_piece() -> None:
    shop, _ = numbered([Row("m1", "b1", "FW", 0, 2.0), Row("m1", "b2", "FW", 1, 0.0, marked=True)])
    assert [milli for *_, milli, counts in by_the_night(shop) if counts] == [2000]
    shop, _ = numbered([Row("m1", "b1", "FW", 0, 1.0), Row("m1", "b2", "FW", 1, 0.0, marked=True)])
    assert not [milli for *_, milli, counts in by_the_night(shop) if counts]

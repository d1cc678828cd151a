"""Habits against a plain reference, and what counts as taste."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.clock import DAY_S
from clerk.model import LineFlag
from clerk.visit.habits.member_habits import GAP_FLOOR_DAYS, habits, taste_lines, usual_quantity
from tests.visit import build
from tests.visit.build import BEANS, CROISSANT, FLAT_WHITE, NOW, columns, history

lines = st.tuples(st.integers(1, 11), st.integers(0, 3), st.sampled_from([1.0, 2.0, 0.35, 1e9]))
visits = st.lists(st.tuples(st.integers(-3, 400), st.lists(lines, min_size=1, max_size=6)), min_size=0, max_size=25)
flags = st.dictionaries(
    st.tuples(st.integers(0, 24), st.integers(1, 6)).map(lambda at: f"b{at[0]}:{at[1]}"),
    st.sampled_from([int(LineFlag.GIFT), int(LineFlag.MISTAKE), int(LineFlag.OTHER), int(LineFlag.STRUCK)]),
    max_size=12,
)


def reference(past: Any, decay: float) -> dict[int, dict[str, float]]:
    """The same by plain loops."""
    kept: dict[int, set[int]] = defaultdict(set)
    for at in range(len(past)):
        basket = int(past.basket[at])
        if int(past.flags[at]) == 0 and past.basket_at[basket] <= NOW:
            kept[basket].add(int(past.item[at]))
    order = sorted(kept)
    weight = {basket: decay ** (len(order) - 1 - rank) for rank, basket in enumerate(order)}
    rows: dict[int, dict[str, float]] = {}
    for item in sorted({item for things in kept.values() for item in things}):
        holding = [basket for basket in order if item in kept[basket]]
        times = [int(past.basket_at[basket]) for basket in holding]
        gaps = [(after - before) / DAY_S for before, after in pairwise(times)]
        rows[item] = {
            "baskets": len(holding),
            "first": order.index(holding[0]),
            "last": order.index(holding[-1]),
            "share": sum(weight[basket] for basket in holding) / sum(weight.values()),
            "mean_gap_days": sum(gaps) / len(gaps) if gaps else 0.0,
            "last_gap_days": gaps[-1] if gaps else 0.0,
            "gap_log_sum": sum(math.log(max(gap, GAP_FLOOR_DAYS)) for gap in gaps),
        }
    return rows


@given(visits, flags, st.sampled_from([0.8, 0.9, 1.0]))
@settings(deadline=None, max_examples=150)
def test_habits_equal_a_plain_count(bought: Any, marks: Any, decay: float) -> None:
    past = history(bought, marks)
    made = habits(past, columns(), NOW, decay)
    wanted = reference(past, decay)
    assert made.items.key.tolist() == list(wanted)
    for row, item in enumerate(wanted):
        for name, value in wanted[item].items():
            assert getattr(made.items, name)[row] == pytest.approx(value, abs=1e-9), (item, name)
    assert int(made.sizes.sum()) == sum(int(row["baskets"]) for row in wanted.values())


@given(visits, flags)
@settings(deadline=None, max_examples=60)
def test_variants_count_as_one_family(bought: Any, marks: Any) -> None:
    past, known = history(bought, marks), columns()
    families = habits(past, known, NOW).families
    wanted = reference(replace(past, item=known.family[past.item]), 0.9)
    assert families.key.tolist() == list(wanted)
    assert families.baskets.tolist() == [row["baskets"] for row in wanted.values()]


@given(visits, flags)
@settings(deadline=None, max_examples=60)
def test_without_variants_and_modifiers_every_item_is_its_own_family_and_set(bought: Any, marks: Any) -> None:
    plain = [(days, [(item, 0, quantity) for item, _, quantity in lines]) for days, lines in bought]
    past = history(plain, marks)
    made = habits(past, columns(family=np.zeros_like(columns().family)), NOW)
    wanted = reference(past, 0.9)
    for group in (made.families, made.sets):
        assert group.key.tolist() == list(wanted)
        assert not group.modifier_set.any()
        for row, item in enumerate(wanted):
            for name, value in wanted[item].items():
                assert getattr(group, name)[row] == pytest.approx(value, abs=1e-9), (item, name)


@given(visits, flags)
@settings(deadline=None, max_examples=60)
def test_a_future_line_changes_nothing(bought: Any, marks: Any) -> None:
    before = habits(history([one for one in bought if one[0] >= 0]), columns(), NOW)
    after = habits(history(bought), columns(), NOW)
    assert before.items.key.tolist() == after.items.key.tolist()
    assert before.items.share == pytest.approx(after.items.share)


@given(visits, st.integers(1, 1000), st.integers(1, 52))
@settings(deadline=None, max_examples=60)
def test_quantities_and_the_calendar_do_not_matter(bought: Any, factor: int, weeks: int) -> None:
    past = history(bought)
    moved = replace(past, quantity=past.quantity * factor, basket_at=past.basket_at + weeks * 7 * DAY_S)
    first, second = habits(past, columns(), NOW), habits(moved, columns(), NOW + weeks * 7 * DAY_S)
    assert first.items.key.tolist() == second.items.key.tolist()
    assert first.items.share == pytest.approx(second.items.share)
    assert first.items.mean_gap_days == pytest.approx(second.items.mean_gap_days)


def test_a_member_without_lines_has_empty_habits() -> None:
    made = habits(history([]), columns(), NOW)
    assert (made.baskets, len(made.items), made.last_at) == (0, 0, None)
    assert made.items.row(FLAT_WHITE) == -1


def test_one_line_is_a_one_off() -> None:
    made = habits(history([(3, [FLAT_WHITE])]), columns(), NOW)
    assert made.items.one_off.tolist() == [True]
    assert made.items.share.tolist() == [1.0]
    assert made.days_since == pytest.approx(3.0)


def test_a_basket_of_gifts_alone_is_no_visit_of_the_members_own() -> None:
    past = history([(9, [FLAT_WHITE]), (2, [BEANS])], {"b1:1": LineFlag.GIFT})
    assert habits(past, columns(), NOW).baskets == 1


def test_a_purchase_counts_unless_the_night_marked_it_as_brought_back() -> None:
    bought = [(9, [BEANS]), (5, [BEANS, CROISSANT]), (2, [(BEANS, 0, -1.0)])]
    assert taste_lines(history(bought), NOW).tolist() == [True, True, True, False]
    marked = history(bought, {"b1:1": LineFlag.RETURN, "b2:1": LineFlag.RETURN})
    assert taste_lines(marked, NOW).tolist() == [True, False, True, False]


def test_an_item_the_pack_does_not_know_keeps_its_row() -> None:
    made = habits(history([(2, [9999]), (1, [9999])]), columns(), NOW)
    assert made.items.key.tolist() == [9999]
    assert len(made.kinds) == 0


def test_the_usual_quantity_is_the_most_frequent_and_then_the_more_recent() -> None:
    past = history([(4, [(BEANS, 0, 1.0)]), (3, [(BEANS, 0, 2.0)]), (2, [(BEANS, 0, 2.0)]), (1, [(BEANS, 0, 1.0)])])
    assert usual_quantity(past, habits(past, columns(), NOW), BEANS) == 1


def test_twenty_thousand_lines_are_read() -> None:
    many = [(400 - number * 0.02, [1 + (number + step) % 11 for step in range(1)]) for number in range(20_000)]
    made = habits(history(many), columns(), NOW)
    assert made.baskets == 20_000
    assert np.isfinite(made.items.share).all()


def test_two_visits_at_one_second_have_a_gap() -> None:
    made = habits(history([(1, [BEANS]), (1, [BEANS])]), columns(), NOW)
    assert made.items.gap_log_sum[0] == pytest.approx(math.log(GAP_FLOOR_DAYS))


def test_all_gifts_leave_nothing() -> None:
    past = history([(9, [BEANS]), (2, [BEANS])], {"b0:1": LineFlag.GIFT, "b1:1": LineFlag.GIFT})
    assert len(habits(past, columns(), NOW).items) == 0
    assert build.Counter(past).card().baskets == 0

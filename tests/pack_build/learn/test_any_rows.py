"""Whatever valid rows a shop hands in, every model is learned from them or says that it had too little."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from clerk.clock import DAY_S, to_datetime
from clerk.members.shop_facts import ShopFacts
from clerk.model.learned import MODEL_NAMES, states_of
from clerk.pack_build.learn import due, learn, next_items, suggestions, usual, value
from clerk.settings import Settings
from tests.pack_build.shop import NOW, build_shop, opened, write_table


@pytest.fixture(autouse=True, scope="module")
def _little_is_enough() -> Iterator[None]:
    """Models are fitted on a handful of rows, so that the fits themselves meet what is odd."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (due, next_items, suggestions, usual, value):
            for name in vars(module):
                if name.startswith("LEAST_"):
                    patch.setattr(module, name, 1)
        yield


class Line(NamedTuple):
    """One row of the canonical table of line items."""

    basket_id: str
    member_id: str
    sku: str
    sold_at: str
    quantity: str
    line_total: str
    kind: str
    modifiers: str


def _moment(days_ago: float) -> str:
    return to_datetime(NOW - round(days_ago * DAY_S)).strftime("%Y-%m-%dT%H:%M")


when = st.one_of(
    st.integers(0, 120).map(float),
    st.sampled_from([0.0, 1.0, 1.0, 1.0, 2.0, 14.0, 15.0, 28.0]),
    st.sampled_from([-1.0, -400.0, 3_000.0, 15_000.0]),
    st.floats(-2, 90, allow_nan=False),
).map(_moment)
"""Mostly the last months, often the same moments, sometimes the future or long ago."""

QUANTITIES = ["1", "1", "1", "2", "0", "-1", "0.5", "-0.25", "0.001", "99999", "-99999"]
TOTALS = ["3.00", "3.00", "0", "", "-2.00", "0.01", "9999999.99"]

lines = st.builds(
    Line,
    basket_id=st.sampled_from([f"b{number}" for number in range(6)]),
    member_id=st.sampled_from(["m1", "m1", "m1", "m2", "m3", ""]),
    sku=st.sampled_from(["A", "A", "A", "B", "C", "D"]),
    sold_at=when,
    quantity=st.sampled_from(QUANTITIES),
    line_total=st.sampled_from(TOTALS),
    kind=st.sampled_from(["sale", "sale", "sale", "return", ""]),
    modifiers=st.sampled_from(["", "", "Milk=Oat", "Milk=Oat;Size=Large"]),
)

regulars = st.builds(
    lambda members, visits, gap, hour, quantity: [
        Line(f"r{who}-{visit}", f"m{who}", sku, _moment(visit * gap + hour / 24), quantity, "3.00", "sale", "")
        for who in range(1, members + 1)
        for visit in range(visits)
        for sku in ("A", "BCDE"[(visit * who) // 3 % 4])[: 1 + (visit + who) % 2]
    ],
    members=st.integers(1, 5),
    visits=st.integers(1, 14),
    gap=st.sampled_from([0.0, 0.01, 1.0, 7.0, 13.0, 30.0, 2_000.0]),
    hour=st.sampled_from([0, 8]),
    quantity=st.sampled_from(QUANTITIES),
)
"""Members who come again and again, so that there is something to fit; among them also all in one minute."""


def _regular(who: int, visit: int) -> str:
    if who > 16:
        return "E"
    return "AC" if who % 2 == 0 or visit < 8 else "AB"


REGULARS = [
    Line(f"r{who}-{visit}", f"m{who}", sku, _moment(9 * visit + 0.3), "1", "3.00", "sale", "")
    for who in range(1, 25) for visit in range(24) for sku in _regular(who, visit)
]  # fmt: skip
"""Members of more than half a year, from whom every model can learn; some changed from B to C ten weeks ago."""

tables = st.tuples(st.one_of(st.just([]), st.just(REGULARS), regulars), st.lists(lines, max_size=14)).map(
    lambda both: [*both[0], *both[1]]
)


EXCHANGED = [
    *REGULARS,
    Line("b0", "m1", "A", _moment(2), "-1", "-3.00", "return", ""),
    Line("b0", "m1", "A", _moment(2), "1", "3.00", "sale", ""),
    Line("b1", "m2", "B", _moment(1), "1", "3.00", "sale", ""),
    Line("b1", "m2", "B", _moment(1), "-1", "-3.00", "return", ""),
]  # fmt: skip
"""Returned and bought again in one minute, and bought and returned in one minute as the only line of a visit."""


def _and_again(*shop: Any) -> Mapping[str, object]:
    """Learns, then brings what was learned to the latest days, as a later night does."""
    told = learn(*shop)
    again = learn(*shop, told)
    assert set(again) == set(told)
    return again


def learns(rows: list[Line]) -> set[str]:
    """Builds a shop of these rows the whole way, and gives the models that were learned; none may break off."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, home = Path(scratch) / "f", Path(scratch) / "h"
        write_table(folder, "items", ("sku", "name", "category"), [(sku, sku, "Food > Kind") for sku in "ABCE"])
        write_table(folder, "lines", Line._fields, rows)
        report = build_shop(folder, home, learn=_and_again)
        assert report.notices == []
        reader = opened(home)
        states = states_of(reader.models)
        assert [(name, state) for name, state in states.items() if state.failed or state.left_out] == []
        usable = ShopFacts(reader, Settings()).models
        learned = {name for name in MODEL_NAMES if name in reader.models}
        assert {name for name in MODEL_NAMES if getattr(usable, name) is not None} == learned
        return learned


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(EXCHANGED)
@example([])
@given(tables)
def test_no_valid_rows_stop_a_model_from_being_learned(rows: list[Line]) -> None:
    learns(rows)


def test_a_line_returned_and_bought_again_in_one_minute_costs_no_model() -> None:
    assert learns(EXCHANGED) == learns(REGULARS) == set(MODEL_NAMES)

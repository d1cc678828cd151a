"""What a scan costs, without a clock: work may not grow with the number of lines."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import numpy as np

from clerk.model import History
from clerk.visit.habits.reading import read
from clerk.visit.shop import shop_of
from tests.visit.build import NOW, Counter, columns


def calls_of(visits: int) -> int:
    """Python and C calls of one reading of a member with ten lines a visit."""
    random = np.random.default_rng(1)
    lines = visits * 10
    past = History(
        basket=np.repeat(np.arange(visits, dtype=np.int32), 10),
        line_no=np.tile(np.arange(1, 11, dtype=np.int32), visits),
        item=random.integers(1, 12, lines).astype(np.int32),
        modifier_set=np.zeros(lines, dtype=np.int32),
        quantity=np.ones(lines),
        total_minor=np.zeros(lines, dtype=np.int64),
        flags=np.zeros(lines, dtype=np.uint8),
        basket_at=np.linspace(NOW - 300 * 86_400, NOW - 86_400, visits).astype(np.int64),
        basket_id=tuple(map(str, range(visits))),
    )
    counter = Counter(past)
    profile, shop = counter.profile(), shop_of(columns(), counter.settings)
    calls = 0

    def count(frame: FrameType, event: str, arg: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        read(profile, counter.columns, shop, NOW, counter.settings)
    finally:
        sys.setprofile(before)
    return calls


def test_ten_times_the_lines_are_not_ten_times_the_steps() -> None:
    calls_of(40)
    assert calls_of(400) < 1.5 * calls_of(40)

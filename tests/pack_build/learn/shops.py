"""Made-up shops whose habits are known, as the builder hands them to `learn`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from clerk.clock import DAY_S
from clerk.model import ItemColumns, LineFlag
from clerk.pack_build.item_statistics import Purchases, item_columns
from clerk.pack_build.neighbours import with_neighbours
from clerk.pack_build.numbering import Numbered

START = 19_000 * DAY_S

Line = tuple[int, int, int, int]
"""member_no, wall second, item_no, total in minor units."""


@dataclass(frozen=True, slots=True)
class MadeShop:
    """A shop in numbers and the columns a build would have made of it."""

    shop: Numbered
    columns: ItemColumns
    until: int


def made(lines: Iterable[Line], *, categories: list[str] | None = None, items: int = 0) -> MadeShop:
    """A shop of these lines; equal seconds of a member are one basket."""
    ordered = sorted(lines)
    many = max([items, *(line[2] for line in ordered)])
    member = np.array([line[0] for line in ordered], dtype=np.int64)
    at = np.array([line[1] for line in ordered], dtype=np.int64)
    new = np.r_[True, (member[1:] != member[:-1]) | (at[1:] != at[:-1])]
    begins = np.r_[True, member[1:] != member[:-1]]
    basket = np.cumsum(new)
    basket -= np.maximum.accumulate(np.where(begins, basket - 1, 0))
    frame = pl.DataFrame(
        {
            "member_no": member,
            "basket_no": basket,
            "line_no": np.arange(1, len(member) + 1),
            "item_no": np.array([line[2] for line in ordered], dtype=np.int64),
            "modifier_set_no": np.zeros(len(member), dtype=np.int64),
            "milli": np.where(np.array([line[3] for line in ordered]) < 0, -1000, 1000),
            "total_minor": np.array([line[3] for line in ordered], dtype=np.int64),
            "flags": np.where(np.array([line[3] for line in ordered]) < 0, int(LineFlag.RETURN), 0).astype(np.uint8),
            "at": at,
        }
    )
    goods = pl.DataFrame(
        {
            "item_no": np.arange(1, many + 1),
            "sku": [f"S{number}" for number in range(1, many + 1)],
            "name": [f"Thing {number}" for number in range(1, many + 1)],
            "brand": [""] * many,
            "category": categories or [""] * many,
            "variant_of": [""] * many,
            "audience": [""] * many,
            "traits": [0] * many,
            "mention": [True] * many,
            **{name: [None] * many for name in ("on_hand", "price_minor")},
            **{name: [False] * many for name in ("durable", "sensitive", "age_restricted", "gone")},
        },
        schema_overrides={"on_hand": pl.Int64, "price_minor": pl.Int64},
    )
    nothing = pl.DataFrame()
    until = int(at.max())
    shop = Numbered(nothing, goods, nothing, nothing, frame)
    bought = Purchases.of(frame, until)
    return MadeShop(shop, with_neighbours(item_columns(goods, bought, until), bought), until)


def grocery(members: int = 120, days: int = 200, *, seed: int = 3, times: bool = True, items: int = 60) -> MadeShop:
    """Weekly members with four staples each at their own interval, and now and then anything."""
    chance = np.random.default_rng(seed)
    lines: list[Line] = []
    for member in range(1, members + 1):
        staples = chance.choice(np.arange(1, items + 1), 4, replace=False)
        every = chance.integers(1, 4, 4)
        hour = int(chance.integers(8, 20)) * 3600 if times else 0
        day = int(chance.integers(0, 7))
        visit = 0
        while day < days:
            taken = {int(item) for item, gap in zip(staples, every, strict=True) if visit % gap == 0}
            taken |= {int(item) for item in chance.integers(1, items + 1, chance.poisson(1.0))}
            lines += [(member, START + day * DAY_S + hour, item, 250) for item in taken]
            visit += 1
            day += int(chance.integers(6, 9))
    return made(lines, categories=[f"Food > Shelf {number % 6}" for number in range(items)], items=items)


def cafe(members: int = 60, visits: int = 20, *, faithful: float | tuple[float, ...], seed: int = 5) -> MadeShop:
    """One drink a visit: the member's own with this chance (of several by turns), any other one otherwise."""
    chance = np.random.default_rng(seed)
    lines: list[Line] = []
    for member in range(1, members + 1):
        own = int(chance.integers(1, 9))
        sure = faithful[member % len(faithful)] if isinstance(faithful, tuple) else faithful
        for visit in range(visits):
            drink = own if chance.random() < sure else int(chance.integers(1, 9))
            lines.append((member, START + (visit * 3 + member % 3) * DAY_S + 9 * 3600, drink, 400))
    return made(lines, items=8)

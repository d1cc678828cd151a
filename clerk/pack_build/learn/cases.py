"""Histories of the whole shop, and the past visits that a model learns from.

One member at a time, so that what is learned looks at exactly what the counter will look at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from clerk.model import History
from clerk.visit.habits.member_habits import taste_lines

if TYPE_CHECKING:
    from clerk.pack_build.numbering import Numbered


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One member's lines."""

    member_no: int
    history: History


def members(shop: Numbered, now: int, at_most: int | None = None, seed: int = 1) -> Iterator[Member]:
    """Every member of a numbered shop, see `members_of`."""
    return members_of(columns_of(shop), now, at_most, seed)


def columns_of(shop: Numbered) -> dict[str, NDArray[Any]]:
    """Columns of the numbered lines."""
    return {column.name: column.to_numpy() for column in shop.lines.get_columns()}


def members_of(
    lines: Mapping[str, NDArray[Any]], now: int, at_most: int | None = None, seed: int = 1
) -> Iterator[Member]:
    """Every member with lines, by member_no; of more than `at_most` a sample that is the same every night.

    Args:
        lines: columns of the numbered lines, in order.
        now: wall seconds; later baskets are left out.
        at_most: how many at most.
        seed: of the sample.
    """
    member = lines["member_no"]
    if not len(member):
        return
    starts = np.flatnonzero(np.r_[True, member[1:] != member[:-1]])
    ends = np.r_[starts[1:], len(member)]
    chosen = np.arange(len(starts))
    if at_most is not None and len(chosen) > at_most:
        chosen = np.sort(np.random.default_rng(seed).choice(chosen, at_most, replace=False))
    columns = {name: column for name, column in lines.items() if name != "member_no"}
    for place in chosen.tolist():
        history = _history(columns, slice(int(starts[place]), int(ends[place])), now)
        if len(history):
            yield Member(int(member[starts[place]]), history)


def visits(history: History) -> NDArray[np.int64]:
    """Wall seconds of the distinct visits with purchases that were not returned, ascending."""
    if not len(history):
        return np.zeros(0, dtype=np.int64)
    kept = taste_lines(history, int(history.basket_at.max()))
    at: NDArray[np.int64] = np.unique(history.basket_at[history.basket[kept]])
    return at


def _history(columns: dict[str, NDArray[Any]], rows: slice, now: int) -> History:
    """The lines of one member up to now, in columns, as the counter reads them from a pack."""
    part = {name: column[rows] for name, column in columns.items()}
    past = part["at"] <= now
    if not past.all():
        part = {name: column[past] for name, column in part.items()}
    number = part["basket_no"]
    begins = np.flatnonzero(np.r_[True, number[1:] != number[:-1]]) if len(number) else np.zeros(0, dtype=np.int64)
    lengths = np.diff(np.r_[begins, len(number)])
    return History(
        basket=np.repeat(np.arange(len(begins)), lengths).astype(np.int32),
        line_no=part["line_no"].astype(np.int32, copy=False),
        item=part["item_no"].astype(np.int32, copy=False),
        modifier_set=part["modifier_set_no"].astype(np.int32, copy=False),
        quantity=part["milli"] / 1000.0,
        total_minor=part["total_minor"].astype(np.int64, copy=False),
        flags=part["flags"].astype(np.uint8, copy=False),
        basket_at=part["at"][begins].astype(np.int64),
        basket_id=(),
    )

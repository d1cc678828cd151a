"""What members are expected to take on a day: sums of chances over members, by item and way of making it.

Of each thing a member bought before: chance of a visit, times chance of the item in it, times the quantity the member
mostly takes. Of things new to a member: how many first purchases the shop saw in the latest weeks. Keys are item
number times `SETS` plus modifier set, so that one array holds both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clerk.clock import DAY_S
from clerk.model import History, LineFlag
from clerk.visit.habits.member_habits import Habits
from clerk.visit.habits.next_items import Forecast

Numbers = NDArray[np.float64]
Ints = NDArray[np.int64]

SETS = 1 << 24
"""More ways of making things than any shop has."""
RECENT_DAYS = 28
"""Weeks in which first purchases are counted: four of every weekday."""
_COMES_FOR_IT = 0.05
"""Chance from which a member counts as coming for a thing."""
_OWN_TIMES = 4.0
"""A quantity beyond this times the member's own middle one is a slip, or a party."""
_FEW = 20_000
"""Rows gathered before they are added up."""


class Sum:
    """Adds up rows by key, without holding all of them."""

    def __init__(self, columns: int) -> None:
        self._rows: list[tuple[Ints, Numbers]] = [(np.zeros(0, dtype=np.int64), np.zeros((0, columns)))]
        self._held = 0

    def add(self, key: Ints, *columns: Numbers) -> None:
        """Adds rows; a key may come more than once."""
        self._rows.append((key, np.column_stack(columns)))
        self._held += len(key)
        if self._held > _FEW + 2 * len(self._rows[0][0]):
            self._fold()

    def total(self) -> tuple[Ints, Numbers]:
        """Keys, ascending, and the sums of their columns."""
        self._fold()
        return self._rows[0]

    def _fold(self) -> None:
        keys, columns = (np.concatenate(part) for part in zip(*self._rows, strict=True))
        key, at = np.unique(keys, return_inverse=True)
        sums = np.zeros((len(key), columns.shape[1]))
        for place in range(columns.shape[1]):
            sums[:, place] = np.bincount(at, weights=columns[:, place], minlength=len(key))
        self._rows = [(key, sums)]
        self._held = len(key)


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """How much of each key a member takes when the item is bought; rows are keys the member bought before."""

    key: Ints
    item_no: Ints
    mean: Numbers
    """Pieces a purchase of the item, recent ones counting more."""
    square: Numbers
    """Mean of their squares."""


def taken(history: History, known: Habits, at_most: float) -> Taken:
    """The member's quantities.

    Args:
        history: the lines behind `known`.
        known: what repeats.
        at_most: pieces at once that are believed in this shop.
    """
    lines = np.flatnonzero(known.taste)
    item = history.item[lines].astype(np.int64)
    key = item * SETS + history.modifier_set[lines]
    number = np.zeros(len(history.basket_at) + 1, dtype=np.int64)
    number[known.basket_of] = np.arange(known.baskets)
    basket = number[history.basket[lines]]
    sold = pieces(history.quantity[lines], at_most)
    # What one visit took of a key, then the middle of these, against slips of the finger.
    cell, at = np.unique(key * max(known.baskets, 1) + basket, return_inverse=True)
    amount = np.bincount(at, weights=sold, minlength=len(cell))
    key_of, basket_of = cell // max(known.baskets, 1), cell % max(known.baskets, 1)
    order = np.lexsort((amount, key_of))
    ordered = key_of[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(ordered) else np.zeros(0, dtype=np.int64)
    lengths = np.diff(np.r_[starts, len(ordered)])
    middle = amount[order][starts + lengths // 2] if len(starts) else np.zeros(0)
    amount = np.minimum(amount, _OWN_TIMES * np.repeat(middle, lengths)[np.argsort(order)])
    distinct = ordered[starts]
    weight = known.weights[basket_of] if known.baskets else np.zeros(0)
    row = np.searchsorted(distinct, key_of)
    item_no = distinct // SETS
    baskets_with = known.items.share * known.weights.sum()
    times = baskets_with[known.items.rows_of(item_no)] if len(item_no) else np.zeros(0)
    mean = np.bincount(row, weights=weight * amount, minlength=len(distinct)) / np.maximum(times, 1e-12)
    square = np.bincount(row, weights=weight * amount**2, minlength=len(distinct)) / np.maximum(times, 1e-12)
    return Taken(distinct, item_no, mean, square)


def of_member(chance: float, own: Forecast, amounts: Taken) -> tuple[Ints, Numbers, Numbers, Numbers]:
    """What one member adds: keys, pieces, their variance, and whether they come for it."""
    order = np.argsort(own.item_nos)
    at = order[np.searchsorted(own.item_nos[order], amounts.item_no)] if len(order) else np.zeros(0, dtype=np.int64)
    p = chance * own.p[at]
    mean = p * amounts.mean
    variance = np.maximum(p * amounts.square - mean**2, 0.0)
    return amounts.key, mean, variance, (p >= _COMES_FOR_IT).astype(np.float64)


def first_purchases(history: History, known: Habits, at_most: float, until: int) -> tuple[Ints, Numbers, Numbers]:
    """What the member took for the first time in the latest weeks: keys, pieces and their squares."""
    since = until - RECENT_DAYS * DAY_S
    items = known.items
    new = items.first_at > since
    # In a member's first basket everything is new; that is a new member, not a new wish.
    new &= items.first > 0
    keys, amounts = [], []
    if new.any():
        first_basket = np.full(int(items.key[-1]) + 1, -1, dtype=np.int64)
        first_basket[items.key[new]] = known.basket_of[items.first[new]]
        item = history.item.astype(np.int64)
        inside = known.taste & (item < len(first_basket))
        chosen = np.flatnonzero(inside & (first_basket[np.where(inside, item, 0)] == history.basket))
        keys = [item[chosen] * SETS + history.modifier_set[chosen]]
        amounts = [pieces(history.quantity[chosen], at_most)]
    key = np.concatenate(keys) if keys else np.zeros(0, dtype=np.int64)
    amount = np.concatenate(amounts) if amounts else np.zeros(0)
    return key, amount, amount**2


def bought(history: History, day: int, at_most: float) -> tuple[Ints, Numbers]:
    """Keys and pieces of everything bought here on a day, gifts included, returns not."""
    then = (history.basket_at >= day) & (history.basket_at < day + DAY_S)
    lines = then[history.basket] if len(history.basket) else np.zeros(0, dtype=np.bool_)
    lines &= (history.flags & np.uint8(LineFlag.RETURN | LineFlag.STRUCK | LineFlag.ELSEWHERE)) == 0
    lines &= ~(history.quantity < 0)
    key = history.item[lines].astype(np.int64) * SETS + history.modifier_set[lines]
    return key, pieces(history.quantity[lines], at_most)


def pieces(quantity: Numbers, at_most: float) -> Numbers:
    """Quantities as they are believed: what is no number or not above zero is one piece."""
    sold = np.nan_to_num(quantity, nan=1.0, posinf=1.0, neginf=1.0)
    believed: Numbers = np.minimum(np.where(sold > 0, sold, 1.0), at_most)
    return believed

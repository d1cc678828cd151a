"""What a member does again and again: one row per item, item type, variant family and (item, modifier set).

In: one member's history, the items' columns, `now`. Out: `Habits`, numpy columns that usual, due, suggestions and the
predictions read. Baskets are counted anew: only those with at least one line of the member's own taste, oldest 0.
Times are wall seconds, gaps are days. No loop runs over lines: 4,000 lines cost about half a millisecond.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clerk.clock import DAY_S
from clerk.model import History, ItemColumns, LineFlag

GAP_FLOOR_DAYS = 0.5
"""Shortest gap between two purchases: two visits on one day must not make a logarithm of zero."""


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """One row per distinct thing bought, ascending by key. Columns have length k, occurrences length m."""

    key: NDArray[np.int64]
    """item_no, kind, family; of `Habits.sets` the item_no."""
    modifier_set: NDArray[np.int64]
    """Modifier set of the row; 0 everywhere except in `Habits.sets`."""
    baskets: NDArray[np.int64]
    """Times bought: distinct baskets that hold it."""
    first: NDArray[np.int64]
    """Number of the first counted basket that holds it."""
    last: NDArray[np.int64]
    first_at: NDArray[np.int64]
    last_at: NDArray[np.int64]
    share: NDArray[np.float64]
    """Decayed share: sum of decay^(baskets ago) over its baskets, divided by the same over all baskets."""
    mean_gap_days: NDArray[np.float64]
    """Mean days between two purchases; 0 for a one-off."""
    last_gap_days: NDArray[np.float64]
    """Days between the last two purchases; 0 for a one-off."""
    gap_log_sum: NDArray[np.float64]
    """Sum of natural logs of the gaps (`baskets - 1` of them), each at least `GAP_FLOOR_DAYS`."""
    gap_log_sq: NDArray[np.float64]
    """Sum of the squares of the same."""
    one_off: NDArray[np.bool_]
    in_last: NDArray[np.bool_]
    """Whether the last counted basket holds it."""
    starts: NDArray[np.int64]
    """Where each row's occurrences begin in `occurrence`."""
    occurrence: NDArray[np.int64]
    """Basket numbers by row, ascending within a row; for counts with another decay use `np.add.reduceat`."""

    def __len__(self) -> int:
        return len(self.key)

    def rows_of(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """Row of each key, -1 where the member never bought it. For groups without modifier sets."""
        if not len(self.key):
            return np.full(len(keys), -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(self.key, keys), len(self.key) - 1)
        return np.where(self.key[at] == keys, at, -1)

    def row(self, key: int) -> int:
        """Row of one key, or -1."""
        at = int(np.searchsorted(self.key, key))
        return at if at < len(self.key) and int(self.key[at]) == key else -1

    def seen(self, row: int, window: int, total: int) -> int:
        """In how many of the last `window` of `total` baskets the row's thing is."""
        held = self.occurrence[self.starts[row] : self.starts[row] + self.baskets[row]]
        return int(np.count_nonzero(held >= total - window))


@dataclass(frozen=True, slots=True, eq=False)
class Habits:
    """A member's repeats, as of `now`."""

    now: int
    decay: float
    basket_at: NDArray[np.int64]
    """Wall seconds of each counted basket, ascending; length b."""
    basket_of: NDArray[np.int64]
    """Index of each counted basket in `History.basket_at`."""
    sizes: NDArray[np.int64]
    """Distinct items in each counted basket."""
    weights: NDArray[np.float64]
    """decay^(baskets ago) of each counted basket."""
    items: Group
    kinds: Group
    """By item type; lines without one are left out."""
    families: Group
    """By variant family."""
    sets: Group
    """By (item, modifier set)."""
    kind_of: NDArray[np.int64]
    """Item type of each row of `items`."""
    family_of: NDArray[np.int64]
    """Variant family of each row of `items`."""
    taste: NDArray[np.bool_]
    """Which lines of the history count, see `taste_lines`."""

    @property
    def baskets(self) -> int:
        """Counted baskets."""
        return len(self.basket_at)

    @property
    def last_at(self) -> int | None:
        """Wall seconds of the latest counted basket."""
        return int(self.basket_at[-1]) if len(self.basket_at) else None

    @property
    def days_since(self) -> float:
        """Days since the latest counted basket; 0 without baskets."""
        return max(0.0, (self.now - int(self.basket_at[-1])) / DAY_S) if len(self.basket_at) else 0.0


def habits(history: History, columns: ItemColumns, now: int, decay: float = 0.9) -> Habits:
    """The member's repeats from lines of their own taste that had happened by `now`.

    Args:
        history: with flags already set by `profile`; later baskets are left out.
        columns: the items' numbers; an item beyond them keeps its row but has no type and is its own family.
        now: wall seconds.
        decay: weight lost from one basket to the one before it, above 0 and at most 1.
    """
    taste = taste_lines(history, now)
    line_basket = history.basket[taste]
    basket_of = line_basket[_begins(line_basket)].astype(np.int64)
    basket_at = history.basket_at[basket_of].astype(np.int64)
    count = len(basket_of)
    number = np.zeros(len(history.basket_at) + 1, dtype=np.int64)
    number[basket_of] = np.arange(count)
    baskets = number[line_basket]
    weights = decay ** np.arange(count - 1, -1, -1, dtype=np.float64)
    item = history.item[taste].astype(np.int64)
    modifier_set = history.modifier_set[taste].astype(np.int64)

    sets_in_all = int(modifier_set.max()) + 1 if len(modifier_set) else 1
    both = _group(item * sets_in_all + modifier_set, baskets, basket_at, weights, sets_in_all)
    # Each further grouping starts from the distinct pairs of the one before, which are fewer than the lines. Where the
    # coarser key parts nothing anew, as in a shop without modifiers or variants, the groups are the same.
    items = both if sets_in_all == 1 else _regrouped(both, both.key, basket_at, weights)
    known = np.minimum(items.key, len(columns.kind) - 1)
    inside = items.key == known
    kind_of = np.where(inside, columns.kind[known], 0).astype(np.int64)
    family_of = np.where(inside & (columns.family[known] > 0), columns.family[known], items.key).astype(np.int64)
    return Habits(
        now=now,
        decay=decay,
        basket_at=basket_at,
        basket_of=basket_of,
        sizes=np.bincount(items.occurrence, minlength=count).astype(np.int64),
        weights=weights,
        items=items,
        kinds=_regrouped(items, kind_of, basket_at, weights, only=kind_of > 0),
        families=items if np.array_equal(family_of, items.key) else _regrouped(items, family_of, basket_at, weights),
        sets=both,
        kind_of=kind_of,
        family_of=family_of,
        taste=taste,
    )


def with_memory(habits: Habits, decay: float) -> Habits:
    """The same habits with shares that lose another weight from one visit to the one before it."""
    if decay == habits.decay or not habits.baskets:
        return habits
    weights = decay ** np.arange(habits.baskets - 1, -1, -1, dtype=np.float64)

    def shared(group: Group) -> Group:
        return replace(group, share=_sums(weights[group.occurrence], group.starts) / weights.sum())

    return replace(
        habits,
        decay=decay,
        weights=weights,
        items=shared(habits.items),
        kinds=shared(habits.kinds),
        families=shared(habits.families),
        sets=shared(habits.sets),
    )


def taste_lines(history: History, now: int) -> NDArray[np.bool_]:
    """Which line items count as the member's own taste.

    Not returns, purchases that came back whole (the night marked both, see `net_returns` in
    `clerk.intake.checks.returns`), gifts, mistakes, things for others, struck-out lines, nor what lies after `now`.
    How much was bought does not matter: an absurd quantity counts as one purchase.
    """
    flags = history.flags
    kept: NDArray[np.bool_] = (flags & np.uint8(LineFlag.RETURN | LineFlag.NOT_TASTE)) == 0
    kept &= ~(history.quantity < 0)
    if len(history.basket):
        kept &= history.basket_at[history.basket] <= now
    return kept


def usual_quantity(history: History, habits: Habits, item_no: int, modifier_set_no: int | None = None) -> int:
    """The quantity mostly bought at once, the more recent one when two are as frequent; from 1 to 99.

    Args:
        history: the one the habits were made from.
        habits: for the lines that count.
        item_no: the item.
        modifier_set_no: only lines with this modifier set, or any when None.
    """
    chosen = habits.taste & (history.item == item_no)
    if modifier_set_no is not None:
        chosen &= history.modifier_set == modifier_set_no
    sold = np.nan_to_num(history.quantity[chosen], nan=1.0)
    whole = np.clip(np.rint(sold), 1, 99).astype(np.int64)
    if not len(whole):
        return 1
    often = np.bincount(whole)
    recent = np.zeros(len(often))
    recent[whole] = np.arange(1, len(whole) + 1) / (len(whole) + 1)
    return int(np.argmax(often + recent))


def _begins(ordered: NDArray[np.int64] | NDArray[np.int32]) -> NDArray[np.int64]:
    """Positions at which a new value begins in an ordered column."""
    if not len(ordered):
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))


def _regrouped(
    finer: Group,
    key: NDArray[np.int64],
    basket_at: NDArray[np.int64],
    weights: NDArray[np.float64],
    only: NDArray[np.bool_] | None = None,
) -> Group:
    """Groups by a coarser key; `key` gives the coarser group of each row of the finer one."""
    keys = np.repeat(key, finer.baskets)
    baskets = finer.occurrence
    if only is not None:
        chosen = np.repeat(only, finer.baskets)
        keys, baskets = keys[chosen], baskets[chosen]
    return _group(keys, baskets, basket_at, weights, 1)


def _group(
    keys: NDArray[np.int64],
    baskets: NDArray[np.int64],
    basket_at: NDArray[np.int64],
    weights: NDArray[np.float64],
    sets_in_all: int,
) -> Group:
    """One row per distinct key, from one sort of (key, basket) packed into one number."""
    width = max(1, len(basket_at))
    packed = np.sort(keys * width + baskets)
    packed = packed[_begins(packed)]
    key_of = packed // width
    held = packed - key_of * width
    starts = _begins(key_of)
    key = key_of[starts]
    # Differences by hand here and below: np.diff costs as much as the rest of a small group, and this runs four times
    # a scan and 130,000 times a night.
    times = np.empty_like(starts)
    np.subtract(starts[1:], starts[:-1], out=times[:-1])
    times[-1:] = len(held) - starts[-1:]
    ends = starts + times - 1
    first, last = held[starts], held[ends]
    held_at = basket_at[held]
    first_at, last_at = held_at[starts], held_at[ends]
    one_off = times == 1
    before_last = held_at[np.maximum(ends - 1, starts)]
    # A row's own gaps are all differences but the one that leads into the row from the row before.
    logs = np.zeros(len(held))
    np.divide(held_at[1:] - held_at[:-1], DAY_S, out=logs[1:])
    np.log(np.maximum(logs, GAP_FLOOR_DAYS, out=logs), out=logs)
    logs[starts] = 0.0
    return Group(
        key=key // sets_in_all,
        modifier_set=key % sets_in_all,
        baskets=times,
        first=first,
        last=last,
        first_at=first_at,
        last_at=last_at,
        share=_sums(weights[held], starts) / weights.sum() if len(starts) else np.zeros(0),
        mean_gap_days=(last_at - first_at) / DAY_S / np.maximum(times - 1, 1),
        last_gap_days=np.where(one_off, 0.0, (last_at - before_last) / DAY_S),
        gap_log_sum=_sums(logs, starts),
        gap_log_sq=_sums(logs * logs, starts),
        one_off=one_off,
        in_last=last == width - 1,
        starts=starts,
        occurrence=held,
    )


def _sums(values: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sum of each row's stretch of values."""
    return np.add.reduceat(values, starts) if len(starts) else np.zeros(0)

"""What is taken differently than before: the versions of a member's recipe.

In: the member's habits and the lines of the usual. Out: one change in numbers, and with names one sentence. A recipe
has changed when one thing, with its modifiers, was mostly taken up to a day and another of its item type since; a
single other cup is no version.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clerk.clock import DAY_S
from clerk.languages.options import spoken
from clerk.model import Item, ItemColumns, Modifier
from clerk.phrases import day_of
from clerk.settings import Settings
from clerk.visit.habits.member_habits import Habits
from clerk.visit.habits.usual import PickLine
from clerk.visit.shop import Shop, flagged, kind_of

_TIMES = 3
"""Times a version must have been taken: two of the same could be a whim."""
_MOSTLY = 0.6
"""Part of its time in which a version must have been the one taken."""
_BEFORE = 12
"""Times looked back on for the version before: what was mostly taken then, not years earlier."""
_ROWS = 60
"""Things of one item type looked at, the most taken ones: a heavy shopper has had hundreds of yoghurts."""


@dataclass(frozen=True, slots=True)
class Change:
    """One version after another, in numbers."""

    since_at: int
    item_no: int
    modifier_set_no: int
    before_item_no: int
    before_set_no: int


def change(
    lines: Iterable[PickLine], habits: Habits, columns: ItemColumns, shop: Shop, settings: Settings
) -> Change | None:
    """The change behind the first line of the usual that has one of late, or None."""
    for line in lines:
        if line.level == "kind" or (line.level == "item" and not line.item_seen):
            continue
        found = change_of(habits, columns, shop, line.item_no, line.modifier_set_no)
        if found is not None and habits.now - found.since_at <= settings.usual.changed_days * DAY_S:
            return found
    return None


def change_of(habits: Habits, columns: ItemColumns, shop: Shop, item_no: int, set_no: int) -> Change | None:
    """Since when this is taken as it is, and what was taken before; None when it always was."""
    rows = _of_one_type(habits, columns, shop, item_no)
    sets = habits.sets
    mine = rows[(sets.key[rows] == item_no) & (sets.modifier_set[rows] == set_no)]
    if len(rows) < 2 or not len(mine):
        return None
    taken = np.repeat(rows, sets.baskets[rows])
    held = np.concatenate([sets.occurrence[sets.starts[row] : sets.starts[row] + sets.baskets[row]] for row in rows])
    order = np.argsort(held, kind="stable")
    taken, held = taken[order], held[order]
    since = np.concatenate(([0], np.cumsum(taken == mine[0])))
    best: tuple[int, int, int] | None = None
    for row in rows.tolist():
        if row == int(mine[0]) or int(sets.baskets[row]) < _TIMES:
            continue
        # The best place to cut: most of the one in front of it, most of the other behind it.
        right = np.concatenate(([0], np.cumsum(taken == row))) + (since[-1] - since)
        cut = int(np.argmax(right))
        if cut < len(taken) and (best is None or int(right[cut]) > best[0]):
            best = (int(right[cut]), cut, row)
    if best is None:
        return None
    _, cut, row = best
    if not (_holds(taken[max(0, cut - _BEFORE) : cut] == row) and _holds(taken[cut:] == mine[0])):
        return None
    # The first cup of the new recipe itself: between the two another one may lie.
    since_at = int(habits.basket_at[held[cut:][taken[cut:] == mine[0]][0]])
    return Change(since_at, item_no, set_no, int(sets.key[row]), int(sets.modifier_set[row]))


def words(found: Change, items: Mapping[int, Item], modifier_sets: Mapping[int, Sequence[Modifier]], now: int) -> str:
    """The change of recipe in one sentence without a full stop; empty where a name is missing."""
    item, before = items.get(found.item_no), items.get(found.before_item_no)
    if item is None or before is None:
        return ""
    since = f"since {day_of(found.since_at, now)}"
    chosen, was = modifier_sets.get(found.modifier_set_no, ()), modifier_sets.get(found.before_set_no, ())
    if item.item_no == before.item_no:
        differs = _difference(chosen, was)
        return f"{item.name}: {since} {differs}" if differs else ""
    return f"{made(item.name, chosen)}: {since}, before it was {made(before.name, was)}"


def _of_one_type(habits: Habits, columns: ItemColumns, shop: Shop, item_no: int) -> NDArray[np.int64]:
    """Rows of `habits.sets` that may be versions of one recipe: the same item, or the same specific item type.

    Nothing sensitive: what was taken before would be named.
    """
    sets, kind = habits.sets, kind_of(columns, item_no)
    same = sets.key == item_no
    if shop.says_something(kind):
        known = np.minimum(sets.key, len(columns.kind) - 1)
        same |= (columns.kind[known] == kind) & (known == sets.key)
    same &= ~flagged(columns, sets.key, ItemColumns.SENSITIVE)
    rows = np.flatnonzero(same)
    return rows[np.sort(np.argsort(-sets.baskets[rows], kind="stable")[:_ROWS])]


def _holds(of: NDArray[np.bool_]) -> bool:
    """Whether a version was taken often enough, and most of its time."""
    times = int(np.count_nonzero(of))
    return times >= _TIMES and times >= _MOSTLY * len(of)


def made(name: str, modifiers: Sequence[Modifier]) -> str:
    """`Flat white, oat milk`."""
    return ", ".join((name, spoken(modifiers))) if modifiers else name


def _difference(now: Sequence[Modifier], before: Sequence[Modifier]) -> str:
    """`with oat milk, before with whole milk`; only what differs."""
    gained = [modifier for modifier in now if _key(modifier) not in {_key(one) for one in before}]
    lost = [modifier for modifier in before if _key(modifier) not in {_key(one) for one in now}]
    if gained and lost:
        return f"with {spoken(gained)}, before with {spoken(lost)}"
    if gained:
        return f"with {spoken(gained)}"
    return f"without {spoken(lost)}" if lost else ""


def _key(modifier: Modifier) -> tuple[str, str]:
    return modifier.group.casefold(), modifier.option.casefold()

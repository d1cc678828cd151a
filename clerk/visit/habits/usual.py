"""The usual: what may be read aloud without asking, at the level where it is true, or why there is none.

In: history, habits, items' columns, the rule. Out: `UsualPick` in numbers; `card.py` turns numbers into names.
Source: evidence, usual 4.1: decayed share per (item, modifier set), fitted thresholds, silence below.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clerk.model import History, ItemColumns, Profile, Purpose, UsualState
from clerk.phrases import count
from clerk.settings import Settings
from clerk.visit.habits.member_habits import Group, Habits, usual_quantity, with_memory
from clerk.visit.shop import UNSPOKEN, Shop, flagged, has_flag, kind_of

_REPEATED = 2
"""Baskets from which a thing repeats: a one-off never enters the usual."""
_STREAK = 3
"""Visits in a row, at least half of the window, that count as a new usual although the ones before differ."""


@dataclass(frozen=True, slots=True)
class UsualRule:
    """From which share of visits the card says "usual" or "often" in one shop; above 1 means never."""

    usual: float
    often: float
    kind_often: float
    shown_from: int
    decay: float | None = None
    """Memory the shares are meant for: weight lost from one visit to the one before it; None is the shop's own."""


@dataclass(frozen=True, slots=True)
class PickLine:
    """One line in numbers."""

    item_no: int
    modifier_set_no: int
    quantity: int
    seen: int
    of: int
    level: str = "line"
    kind: int = 0


@dataclass(frozen=True, slots=True)
class UsualPick:
    """The usual in numbers."""

    state: UsualState
    lines: tuple[PickLine, ...]
    last_time: tuple[PickLine, ...]
    last_at: int | None
    same_as_last: bool
    why: str


def usual_rule(shop: Shop, settings: Settings, fitted: object = None) -> UsualRule:
    """The rule of a shop: thresholds fitted at night where they can be used, otherwise those of its kind of shop.

    Args:
        shop: whether it is a counter or a grocery.
        settings: the fallbacks.
        fitted: `models["usual"]` of the pack: a mapping with `usual`, `often`, `kind_often` and `decay` as numbers.
    """
    base = settings.usual
    values = {
        "usual": base.counter_usual if shop.counter else base.grocery_usual,
        "often": base.counter_often if shop.counter else base.grocery_often,
        "kind_often": base.kind_often,
    }
    if not is_fitted(fitted):
        return UsualRule(**values, shown_from=base.shown_from)
    assert isinstance(fitted, dict)
    for name in values:
        # Above 1 is the night's word for "this shop earns no such sentence", and stays above every share.
        values[name] = max(float(fitted.get(name, values[name])), base.said_from)
    decay = fitted.get("decay")
    return UsualRule(**values, shown_from=base.shown_from, decay=None if decay is None else float(decay))


def is_fitted(fitted: object) -> bool:
    """Whether thresholds from the night can be used: a model file from elsewhere may hold anything."""
    if not isinstance(fitted, dict):
        return False
    shares = [fitted[name] for name in ("usual", "often", "kind_often") if name in fitted]
    decay = fitted.get("decay", 1.0)
    numbers = [*shares, decay]
    if not shares or not all(isinstance(one, int | float) and not isinstance(one, bool) for one in numbers):
        return False
    return all(0 < share <= 2 for share in shares) and 0 < decay <= 1


def usual(
    history: History,
    habits: Habits,
    profile: Profile,
    columns: ItemColumns,
    shop: Shop,
    settings: Settings,
    rule: UsualRule | None = None,
) -> UsualPick:
    """The usual, what is often taken, or why there is neither; and what was taken last time."""
    rule = rule or usual_rule(shop, settings)
    if rule.decay is not None:
        habits = with_memory(habits, rule.decay)
    last = _last_time(history, habits, columns, settings)

    def none_yet(why: str) -> UsualPick:
        return UsualPick(UsualState.NOT_YET, (), last, habits.last_at, False, why)

    if Purpose.REMEMBER not in profile.allowed:
        return UsualPick(UsualState.NOT_YET, (), (), None, False, "Not shown: has not agreed to be remembered.")
    if habits.baskets < rule.shown_from:
        seen = count(habits.baskets, "visit") if habits.baskets else "no visits"
        return none_yet(f"No usual yet: {seen}. Shown from {rule.shown_from}.")
    state = UsualState.USUAL
    lines = _lines_from(history, habits, columns, settings, rule.usual)
    if not lines:
        state = UsualState.OFTEN
        lines = _lines_from(history, habits, columns, settings, rule.often)
        lines += _kinds_from(history, habits, columns, shop, settings, rule.kind_often, lines)
    lines = lines[: settings.usual.lines_at_most]
    if not lines:
        return none_yet(_nothing_repeats(habits, columns, settings))
    same = _is_same(lines, last, columns)
    return UsualPick(state, lines, last, habits.last_at, same, _why(lines, columns))


def _lines_from(
    history: History, habits: Habits, columns: ItemColumns, settings: Settings, share: float
) -> tuple[PickLine, ...]:
    """Exact lines at or above the share, and items that reach it only when their modifiers are not looked at."""
    sets, items = habits.sets, habits.items
    exact = _rows_from(sets, columns, share)
    told = {int(sets.key[row]) for row in exact}
    loose = [row for row in _rows_from(items, columns, share) if int(items.key[row]) not in told]
    ranked = [(-float(sets.share[row]), int(sets.key[row]), sets, row, "line") for row in exact]
    ranked += [(-float(items.share[row]), int(items.key[row]), items, row, "item") for row in loose]
    ranked.sort(key=lambda one: one[:2])
    lines = []
    for _, item_no, group, row, level in ranked[: settings.usual.lines_at_most]:
        chosen = int(group.modifier_set[row]) if level == "line" else None
        quantity = usual_quantity(history, habits, item_no, chosen)
        seen, of = _counted(group, row, habits.baskets, settings, share)
        lines.append(PickLine(item_no, chosen or 0, quantity, seen, of, level))
    return tuple(lines)


def _rows_from(group: Group, columns: ItemColumns, share: float) -> list[int]:
    """Rows that repeat and reach the share, without what is never said aloud."""
    reach = (group.share >= share) & (group.baskets >= _REPEATED)
    reach &= ~flagged(columns, group.key, UNSPOKEN)
    return [int(row) for row in np.flatnonzero(reach)]


def _kinds_from(
    history: History,
    habits: Habits,
    columns: ItemColumns,
    shop: Shop,
    settings: Settings,
    share: float,
    already: tuple[PickLine, ...],
) -> tuple[PickLine, ...]:
    """Item types at or above the share of which no item is named yet, each with the member's most frequent item."""
    kinds = habits.kinds
    named = {kind_of(columns, line.item_no) for line in already}
    reach = np.flatnonzero((kinds.share >= share) & (kinds.baskets >= _REPEATED))
    lines = []
    for row in reach[np.lexsort((kinds.key[reach], -kinds.share[reach]))].tolist():
        kind = int(kinds.key[row])
        if kind in named or not shop.says_something(kind):
            continue
        members = np.flatnonzero(habits.kind_of == kind)
        best = int(members[np.argmax(habits.items.share[members])])
        item_no = int(habits.items.key[best])
        if has_flag(columns, item_no, UNSPOKEN):
            continue
        seen, of = _counted(kinds, row, habits.baskets, settings, share)
        lines.append(PickLine(item_no, 0, usual_quantity(history, habits, item_no), seen, of, "kind", kind))
    return tuple(lines)


def _counted(group: Group, row: int, baskets: int, settings: Settings, share: float) -> tuple[int, int]:
    """Plain counts for "7 of the last 10 visits"; a streak where the window alone would look too thin for the claim."""
    of = min(settings.usual.window, baskets)
    seen = group.seen(row, of, baskets)
    if seen < share * of:
        held = group.occurrence[group.starts[row] : group.starts[row] + group.baskets[row]]
        # The streak ends at the first basket, counted from the newest, that does not follow its neighbour.
        backwards = np.arange(baskets - 1, baskets - 1 - len(held), -1)
        broken = np.flatnonzero(held[::-1] != backwards)
        streak = int(broken[0]) if len(broken) else len(held)
        if streak >= max(_STREAK, of / 2):
            return min(streak, of), min(streak, of)
    return seen, of


def _last_time(history: History, habits: Habits, columns: ItemColumns, settings: Settings) -> tuple[PickLine, ...]:
    """The member's own lines of the latest counted basket, in the order they were rung up."""
    if not habits.baskets:
        return ()
    # Baskets are ascending, so a basket is a stretch of lines.
    start, end = np.searchsorted(history.basket, [habits.basket_of[-1], habits.basket_of[-1] + 1])
    told: dict[tuple[int, int], float] = {}
    for at in range(int(start), int(end)):
        item_no = int(history.item[at])
        if habits.taste[at] and not has_flag(columns, item_no, UNSPOKEN):
            key = (item_no, int(history.modifier_set[at]))
            quantity = float(history.quantity[at])
            told[key] = told.get(key, 0.0) + (quantity if quantity > 0 else 1.0)
    lines = []
    of = min(settings.usual.window, habits.baskets)
    for (item_no, set_no), quantity in list(told.items())[: settings.usual.last_lines_at_most]:
        sets = habits.sets
        row = int(np.flatnonzero((sets.key == item_no) & (sets.modifier_set == set_no))[0])
        seen = sets.seen(row, of, habits.baskets)
        lines.append(PickLine(item_no, set_no, int(min(max(round(quantity), 1), 99)), seen, of))
    return tuple(lines)


def _is_same(lines: tuple[PickLine, ...], last: tuple[PickLine, ...], columns: ItemColumns) -> bool:
    """Whether the usual and the last time are the same things, each at its own level."""
    open_lines = list(last)
    for line in lines:
        for had in open_lines:
            if line.level == "kind":
                same = kind_of(columns, had.item_no) == line.kind
            else:
                same = had.item_no == line.item_no and line.level in ("item",)
                same = same or (had.item_no, had.modifier_set_no) == (line.item_no, line.modifier_set_no)
            if same:
                open_lines.remove(had)
                break
        else:
            return False
    return not open_lines


def _why(lines: tuple[PickLine, ...], columns: ItemColumns) -> str:
    """The counts behind the lines, in one sentence without a full stop, as a panel title takes it."""
    told = []
    for line in lines:
        words = f"{line.seen} of the last {line.of} visits"
        if line.level == "item":
            words += ", made differently"
        elif line.level == "kind":
            words = f"{columns.kinds[line.kind]}: {words}, not always the same"
        told.append(words)
    return "; ".join(dict.fromkeys(told))


def _nothing_repeats(habits: Habits, columns: ItemColumns, settings: Settings) -> str:
    """Why there is no usual despite enough visits, with the count of the most frequent item."""
    of = min(settings.usual.window, habits.baskets)
    items = habits.items
    recent = (items.occurrence >= habits.baskets - of).astype(np.int64)
    seen = np.add.reduceat(recent, items.starts)[~flagged(columns, items.key, UNSPOKEN)]
    most = int(seen.max()) if len(seen) else 0
    if most >= _REPEATED:
        return f"No usual: the most frequent item was in {most} of the last {of} visits, too seldom to say."
    return f"No usual: nothing came back in the last {of} visits."

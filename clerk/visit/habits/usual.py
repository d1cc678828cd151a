"""The usual: what may be read aloud without asking, at the level where it is true, or why there is none.

In: history, habits, items' columns, the rule. Out: `UsualPick` in numbers; `card.py` turns numbers into names.
What is said rests on a lower bound: how large a share of the visits it takes for sure, given how few they were. Three
of three visits are less sure than nine of ten. Source: evidence, usual 4.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clerk.model import History, ItemColumns, Profile, Purpose, UsualState
from clerk.phrases import count
from clerk.settings import Settings
from clerk.visit.habits.member_habits import Group, Habits, usual_quantity, with_memory
from clerk.visit.shop import UNSPOKEN, Shop, flagged, has_flag, kind_of

VISITS_FROM = (2, 5, 10, 20)
"""Earlier visits from which each of a rule's thresholds holds: what a share is worth differs with how many they are."""
_REPEATED = 2
"""Baskets from which a thing repeats: a one-off never enters the usual."""
_STREAK = 3
"""Visits in a row, at least half of the window, that count as a new usual although the ones before differ."""
_THINNER = 0.1
"""How far the window's share must lie below the decayed one before a streak is told in its place."""

Thresholds = tuple[float, float, float, float]
"""Sure shares from which a sentence is said, one for each of `VISITS_FROM`, never rising; above 1 means never."""


@dataclass(frozen=True, slots=True)
class UsualRule:
    """From which sure share of the visits the card says "usual" or "often" in one shop."""

    usual: Thresholds
    often: Thresholds
    kind_often: Thresholds
    doubt: float
    """Visits without the thing that are assumed beforehand, for lines and items."""
    kind_doubt: float
    """The same for item types."""
    shown_from: int
    said_from: float
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
    item_seen: int = 0
    """At level `kind`: in how many of the last `of` baskets the named item is; at level `item`: the modifier set."""


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
    """The rule of a shop: fitted at night where that can be used, otherwise the stricter one of its kind of shop.

    Args:
        shop: whether it is a counter or a grocery.
        settings: the fallbacks.
        fitted: `models["usual"]` of the pack: a mapping with `doubt`, `decay`, and lists `usual`, `often`, each as
            long as `VISITS_FROM`; `kind_doubt` and `kind_often` where the shop has item types.
    """
    base = settings.usual
    plain: dict[str, Any] = {
        "usual": (base.counter_usual if shop.counter else base.grocery_usual,) * len(VISITS_FROM),
        "often": (base.counter_often if shop.counter else base.grocery_often,) * len(VISITS_FROM),
        "kind_often": (base.kind_often,) * len(VISITS_FROM),
        "doubt": base.counter_doubt if shop.counter else base.grocery_doubt,
        "kind_doubt": base.kind_doubt,
        "decay": None,
    }
    if isinstance(fitted, dict) and is_fitted(fitted):
        plain |= {name: float(fitted[name]) for name in ("doubt", "kind_doubt", "decay") if name in fitted}
        plain |= {name: _falling(fitted[name]) for name in ("usual", "often", "kind_often") if name in fitted}
    return UsualRule(**plain, shown_from=base.shown_from, said_from=base.said_from)


def is_fitted(fitted: object) -> bool:
    """Whether a rule from the night can be used: a model file from elsewhere may hold anything."""
    if not isinstance(fitted, dict) or not {"usual", "often", "doubt", "decay"} <= fitted.keys():
        return False
    if ("kind_often" in fitted) != ("kind_doubt" in fitted):
        return False
    shares = [fitted[name] for name in ("usual", "often", "kind_often") if name in fitted]
    if not all(isinstance(each, list) and len(each) == len(VISITS_FROM) for each in shares):
        return False
    shares_in_all = [share for each in shares for share in each]
    numbers = [*shares_in_all, *(fitted[name] for name in ("doubt", "kind_doubt", "decay") if name in fitted)]
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in numbers):
        return False
    doubts = [fitted["doubt"], fitted.get("kind_doubt", 0)]
    held = all(0 < share <= 2 for share in shares_in_all) and all(0 <= doubt <= 1000 for doubt in doubts)
    return bool(held and 0 < fitted["decay"] <= 1)


def visits_weighed(visits: NDArray[np.int64] | int, decay: float) -> Any:
    """Visits of equal weight that say as much as these, whose weights decay: (sum of weights)^2 / sum of squares."""
    if decay >= 1:
        return np.asarray(visits, dtype=np.float64)
    first, squares = (1 - decay**visits) / (1 - decay), (1 - decay ** (2 * visits)) / (1 - decay * decay)
    return first * first / squares


def sure_share(share: Any, weighed: Any, doubt: float) -> Any:
    """The share of the visits that a thing takes for sure.

    The share with `doubt` visits without it beside those seen, less the standard deviation of the beta distribution
    that such counts leave. Rises with the share, and with the visits at the same share.

    Args:
        share: decayed share of the visits, 0 to 1.
        weighed: visits behind it, from `visits_weighed`.
        doubt: visits without it that are assumed beforehand.
    """
    whole = weighed + doubt
    mean = share * weighed / whole
    return mean - np.sqrt(np.maximum(mean * (1 - mean), 0.0) / (whole + 1))


def place_of(visits: Any) -> Any:
    """Which of `VISITS_FROM` holds for so many visits."""
    return np.maximum(np.searchsorted(np.array(VISITS_FROM), visits, side="right") - 1, 0)


def _falling(shares: list[float]) -> Thresholds:
    """The thresholds so that none is above one for fewer visits: fewer visits never say more."""
    held = np.maximum.accumulate(np.array(shares, dtype=np.float64)[::-1])[::-1]
    return (float(held[0]), float(held[1]), float(held[2]), float(held[3]))


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
        if not habits.baskets and len(history.basket_at):
            return none_yet("No usual yet: no purchases of their own so far.")
        seen = count(habits.baskets, "visit") if habits.baskets else "no visits"
        return none_yet(f"No usual yet: {seen}. Shown from {rule.shown_from}.")
    state = UsualState.USUAL
    lines = _lines_from(history, habits, columns, settings, rule, rule.usual)
    if not lines:
        state = UsualState.OFTEN
        lines = _lines_from(history, habits, columns, settings, rule, rule.often)
        lines += _kinds_from(history, habits, columns, shop, settings, rule, lines)
    lines = lines[: settings.usual.lines_at_most]
    if not lines:
        return none_yet(_nothing_repeats(habits, columns, settings))
    same = _is_same(lines, last, columns)
    return UsualPick(state, lines, last, habits.last_at, same, "")


def _lines_from(
    history: History, habits: Habits, columns: ItemColumns, settings: Settings, rule: UsualRule, from_: Thresholds
) -> tuple[PickLine, ...]:
    """Exact lines sure enough, and items that are so only when their modifiers are not looked at."""
    sets, items = habits.sets, habits.items
    exact = _rows_from(sets, habits, columns, rule, from_)
    told = {int(sets.key[row]) for row in exact}
    loose = [row for row in _rows_from(items, habits, columns, rule, from_) if int(items.key[row]) not in told]
    ranked = [(-float(sets.share[row]), int(sets.key[row]), sets, row, "line") for row in exact]
    ranked += [(-float(items.share[row]), int(items.key[row]), items, row, "item") for row in loose]
    ranked.sort(key=lambda one: one[:2])
    lines = []
    for _, item_no, group, row, level in ranked[: settings.usual.lines_at_most]:
        chosen = int(group.modifier_set[row]) if level == "line" else None
        quantity = usual_quantity(history, habits, item_no, chosen)
        seen, of = _counted(group, row, habits.baskets, settings)
        if 2 * seen < of:
            # What was taken in less than half of the visits that are named beside it is not often.
            continue
        mostly, times = (chosen or 0, 0) if level == "line" else _mostly_made(habits, item_no, seen, of)
        lines.append(PickLine(item_no, mostly, quantity, seen, of, level, item_seen=times))
    return tuple(lines)


def _mostly_made(habits: Habits, item_no: int, seen: int, of: int) -> tuple[int, int]:
    """The modifier set in more than half of the visits that an item is counted in, and in how many; else (0, 0)."""
    sets = habits.sets
    start, end = np.searchsorted(sets.key, [item_no, item_no + 1])
    times, row = max((sets.seen(row, of, habits.baskets), row) for row in range(int(start), int(end)))
    return (int(sets.modifier_set[row]), times) if 2 * times > seen else (0, 0)


def _rows_from(
    group: Group, habits: Habits, columns: ItemColumns, rule: UsualRule, from_: Thresholds
) -> list[int]:  # fmt: skip
    """Rows that repeat and are sure enough, without what is never said aloud."""
    reach = _is_sure(group, habits, rule.doubt, rule, from_)
    reach &= ~flagged(columns, group.key, UNSPOKEN)
    return [int(row) for row in np.flatnonzero(reach)]


def _is_sure(
    group: Group, habits: Habits, doubt: float, rule: UsualRule, from_: Thresholds
) -> NDArray[np.bool_]:  # fmt: skip
    """Which rows repeat, take most of the visits, and do so surely enough for so many visits."""
    sure = sure_share(group.share, visits_weighed(habits.baskets, habits.decay), doubt)
    reach: NDArray[np.bool_] = (group.share >= rule.said_from) & (group.baskets >= _REPEATED)
    reach &= sure >= from_[int(place_of(habits.baskets))]
    return reach


def _kinds_from(
    history: History,
    habits: Habits,
    columns: ItemColumns,
    shop: Shop,
    settings: Settings,
    rule: UsualRule,
    already: tuple[PickLine, ...],
) -> tuple[PickLine, ...]:
    """Item types sure enough of which no item is named yet, each with the item most often taken of it."""
    kinds, items = habits.kinds, habits.items
    named = {kind_of(columns, line.item_no) for line in already}
    reach = np.flatnonzero(_is_sure(kinds, habits, rule.kind_doubt, rule, rule.kind_often))
    lines = []
    for row in reach[np.lexsort((kinds.key[reach], -kinds.share[reach]))].tolist():
        kind = int(kinds.key[row])
        if kind in named or not shop.says_something(kind):
            continue
        seen, of = _counted(kinds, row, habits.baskets, settings)
        if 2 * seen < of:
            continue
        members = np.flatnonzero(habits.kind_of == kind).tolist()
        item_seen, _, best = max((items.seen(one, of, habits.baskets), float(items.share[one]), one) for one in members)
        item_no = int(items.key[best])
        if has_flag(columns, item_no, UNSPOKEN):
            continue
        quantity = usual_quantity(history, habits, item_no)
        lines.append(PickLine(item_no, 0, quantity, seen, of, "kind", kind, item_seen))
    return tuple(lines)


def _counted(group: Group, row: int, baskets: int, settings: Settings) -> tuple[int, int]:
    """Plain counts for "7 of the last 10 visits"; a streak where the window alone would look too thin for the claim."""
    of = min(settings.usual.window, baskets)
    seen = group.seen(row, of, baskets)
    if seen < (float(group.share[row]) - _THINNER) * of:
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


def _nothing_repeats(habits: Habits, columns: ItemColumns, settings: Settings) -> str:
    """Why there is no usual despite enough visits, with the count of the most frequent item."""
    of = min(settings.usual.window, habits.baskets)
    items = habits.items
    recent = (items.occurrence >= habits.baskets - of).astype(np.int64)
    seen = np.add.reduceat(recent, items.starts)[~flagged(columns, items.key, UNSPOKEN)]
    most = int(seen.max()) if len(seen) else 0
    if most >= _REPEATED:
        return (
            f"No usual: nothing is sure enough. The most frequent item was in {most} of the last {count(of, 'visit')}."
        )
    return f"No usual: nothing came back in the last {count(of, 'visit')}."

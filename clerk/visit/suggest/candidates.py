"""What could be mentioned, before any gate: due items, company of the member's habits, things like them.

In: a reading, co-purchase rows, likenesses from item vectors. Out: candidates with a score that reads as "how likely is
this welcome", best first, one per item.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from clerk.model import ItemColumns
from clerk.visit.habits.due import DuePick
from clerk.visit.habits.reading import Reading, taste_weights
from clerk.visit.shop import category_of, family_of, has_flag, kind_of

_HABIT = 2
"""Baskets from which an item is the member's own habit: no news; it comes back as due or usual."""


class Companion(Protocol):
    """A co-purchase row of the pack."""

    @property
    def item_no(self) -> int:
        """The item the question is about."""
        ...

    @property
    def other_no(self) -> int:
        """What is bought together with it."""
        ...

    @property
    def together(self) -> int:
        """Baskets that hold both."""
        ...

    @property
    def of(self) -> int:
        """Baskets with the item the question is about."""
        ...

    @property
    def lift(self) -> float:
        """How many times more often than by chance."""
        ...


@dataclass(frozen=True, slots=True)
class Company:
    """Evidence: bought together with a habit."""

    with_no: int
    together: int
    of: int
    lift: float


@dataclass(frozen=True, slots=True)
class Likeness:
    """Evidence: described like a habit."""

    like_no: int
    cosine: float
    times: int
    """Baskets of the member that hold the habit."""


@dataclass(frozen=True, slots=True)
class Instead:
    """Evidence: stands in for a due item that is out."""

    of_no: int
    pick: DuePick


@dataclass(frozen=True, slots=True)
class HousePick:
    """Evidence of a house pick: the shop chose it, or its sales are rising here."""

    chosen: bool
    """On the shop's own list."""
    baskets: int = 0
    """Baskets of the latest four weeks that hold it, when it is rising; otherwise 0."""
    times: float = 0.0
    """How many times its usual share that is."""
    exposed: int = 0
    """Showings at this counter lately, whoever to."""
    rank: int = 0
    """Place in the order in which house picks are tried with this member."""
    item_no: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that could be mentioned."""

    item_no: int
    source: str
    score: float
    evidence: DuePick | Company | Likeness | Instead | HousePick


def candidates(
    reading: Reading,
    companions: Iterable[Companion] = (),
    likenesses: Iterable[Candidate] = (),
    house: Iterable[Candidate] = (),
    instead: Mapping[int, int] | None = None,
) -> tuple[Candidate, ...]:
    """Every candidate, best first; of two for one item the better one, and the member's own before the house's.

    Args:
        reading: the member.
        companions: for `company_seeds`, in any order.
        likenesses: from `alike`.
        house: from `budget.house_picks`.
        instead: for the items of `out_today`, the nearest that is here.
    """
    if not reading.may_suggest:
        return ()
    due = reading.due[: reading.settings.suggest.looked_at]
    found = [Candidate(pick.item_no, "due", _welcome(pick, due), pick) for pick in due]
    for pick in due:
        stand_in = (instead or {}).get(pick.item_no)
        if stand_in is not None:
            score = reading.settings.suggest.instead_weight * _welcome(pick, due)
            found.append(Candidate(stand_in, "due", score, Instead(pick.item_no, pick)))
    found += _in_company(reading, companions)
    found += likenesses
    best: dict[int, Candidate] = {}
    for one in sorted(found, key=lambda one: (-one.score, one.item_no)):
        known = best.setdefault(one.item_no, one)
        if isinstance(one.evidence, Instead) and not isinstance(known.evidence, DuePick | Instead):
            # That it stands in for what they need is the better reason.
            best[one.item_no] = replace(one, score=known.score)
    for one in house:
        best.setdefault(one.item_no, one)
    return tuple(best.values())


def out_today(reading: Reading) -> tuple[int, ...]:
    """Due items that are counted as none, for which something nearest is worth asking for."""
    if not reading.may_suggest:
        return ()
    counted = reading.columns.on_hand
    nos = (pick.item_no for pick in reading.due[: reading.settings.due.shown_at_most])
    return tuple(no for no in nos if no < len(counted) and int(counted[no]) == 0)


def alike(
    reading: Reading,
    pool: NDArray[np.int32],
    pool_vectors: NDArray[np.float32],
    habit_nos: NDArray[np.int64],
    habit_vectors: NDArray[np.float32],
) -> tuple[Candidate, ...]:
    """Pool items described most like what the member has again and again, each with the habit it is nearest to.

    Args:
        reading: the member.
        pool: item_nos that may be suggested out of taste.
        pool_vectors: their vectors, float32, unit length, one row each; gathered once a pack.
        habit_nos: the items of `taste_weights`.
        habit_vectors: their vectors, one row each.

    Cost: one product of pool and taste, 0.3 ms at 2,000 x 384.
    """
    known_nos, weights = taste_weights(reading)
    if not len(pool) or not len(habit_nos) or len(known_nos) != len(habit_nos):
        return ()
    rules = reading.settings.suggest
    taste = weights.astype(np.float32) @ habit_vectors
    closeness = pool_vectors @ taste
    # A few more than are looked at, since habits and near duplicates drop out below.
    wanted = min(len(pool), 3 * rules.looked_at)
    top = np.argpartition(-closeness, wanted - 1)[:wanted]
    to_habits = pool_vectors[top] @ habit_vectors.T
    # The more frequent of two equally near habits is named: habits come strongest first and argmax takes the first.
    nearest = np.argmax(to_habits, axis=1)
    found = []
    for at, habit in enumerate(nearest.tolist()):
        item_no, like_no = int(pool[top[at]]), int(habit_nos[habit])
        cosine = float(to_habits[at, habit])
        if not rules.taste_like <= cosine < rules.taste_same or not _is_news(reading, item_no, like_no):
            continue
        times = int(reading.habits.items.baskets[reading.habits.items.row(like_no)])
        found.append(Candidate(item_no, "taste", rules.taste_weight * cosine, Likeness(like_no, cosine, times)))
    found.sort(key=lambda one: (-one.score, one.item_no))
    return tuple(found[: rules.looked_at])


def _welcome(pick: DuePick, due: tuple[DuePick, ...]) -> float:
    """How welcome a due item is: its chance within the horizon, less when others are likelier in this very basket."""
    most = max((one.today or 0.0 for one in due), default=0.0)
    if pick.today is None or most <= 0:
        return pick.probability
    return pick.probability * (0.5 + 0.5 * pick.today / most)


def _in_company(reading: Reading, companions: Iterable[Companion]) -> list[Candidate]:
    """Companions that go together often enough, and more often than by chance."""
    rules = reading.settings.suggest
    told = [
        (row.together / (row.of + rules.company_prior), row)
        for row in companions
        if row.together >= rules.company_together and row.lift >= rules.company_lift and row.of >= row.together
    ]
    told.sort(key=lambda one: (-one[0], one[1].other_no))
    usual = [line.item_no for line in reading.usual.lines]
    instead_of = {_place_of(reading, item_no) for item_no in usual} - {""}
    served = _served_kinds(reading)
    found: list[Candidate] = []
    # Best first, so that the look-ups end as soon as enough is found.
    for score, row in told:
        if len(found) == rules.looked_at:
            break
        # Company goes with what is bought and does not replace it: no cappuccino for who always has an americano, no
        # milk for who buys another milk, no second flavour "bought with" the first.
        kind = kind_of(reading.columns, row.other_no)
        if kind in served or _place_of(reading, row.other_no) in instead_of:
            continue
        if _is_news(reading, row.other_no, row.item_no):
            evidence = Company(row.item_no, row.together, row.of, row.lift)
            found.append(Candidate(row.other_no, "company", score, evidence))
    return found


def _served_kinds(reading: Reading) -> frozenset[int]:
    """Item types that the member buys again and again in one form or another."""
    kinds = reading.habits.kinds
    again = kinds.key[kinds.baskets >= max(_HABIT, reading.settings.suggest.speaks_from * reading.habits.baskets)]
    return frozenset(kind for kind in again.tolist() if reading.shop.says_something(kind))


def _place_of(reading: Reading, item_no: int) -> str:
    """The part of the shop in which things stand for one another.

    The level above the item type where the category has three, such as `Drinks > Coffee`; otherwise the category
    itself, because the level above would be a whole department.
    """
    category = category_of(reading.columns, item_no)
    above = category.rpartition(" > ")[0]
    return above if " > " in above else category


def _is_news(reading: Reading, item_no: int, because_of: int) -> bool:
    """Whether an item is neither the thing it is derived from, nor a variant of it, nor a habit already."""
    columns = reading.columns
    if item_no <= 0 or family_of(columns, item_no) == family_of(columns, because_of):
        return False
    if has_flag(columns, item_no, ItemColumns.GONE):
        return False
    row = reading.habits.items.row(item_no)
    return row < 0 or int(reading.habits.items.baskets[row]) < _HABIT

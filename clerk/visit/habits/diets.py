"""Which diets somebody keeps to, by what they buy alone, and what is outside them.

Two ways tell. A choice: of the times when either could have been taken, such as oat or whole milk, mostly the one was.
A whole: what was bought of kinds in which others buy both, such as vegan and other sandwiches, was all of the one. Both
are believed only as far as a lower bound goes.

What somebody buys again and again themselves is never outside; and who buys food with milk in it again and again,
beside drinks with oat milk, is told of food with milk in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from clerk.model import ItemColumns, Trait
from clerk.visit.habits.reading import Reading
from clerk.visit.shop import WHOLE_DIETS, category_of

_LATEST = 20
"""Choices looked at: who changed to oat milk in spring is an oat drinker in summer."""
_SURE = 1.2816
"""Standard deviations of a lower bound that nine in ten stay above."""
_MOSTLY, _WHOLLY = 0.5, 0.75
_CHANCE = 0.05
"""How likely somebody without the diet may have bought the same, at the most."""
_REPEATS_COUNTED = 3
"""Purchases of one thing that speak: the twentieth says that it is liked, and no more."""
_OWN = 2
"""Baskets from which a thing is one's own."""


_NONE = Trait(0)


@dataclass(frozen=True, slots=True)
class Diet:
    """Something that people keep to."""

    name: str
    what: str
    """What is outside of it, in words after "it has"."""
    is_of: Trait
    """Any of these is of the diet, whatever else is in it."""
    outside: Trait
    """Any of these is outside of it."""
    choice: Trait = _NONE
    """Taken where one of the diet could have been; without it, the whole of what is bought tells."""
    can: Trait = _NONE
    """Can be had as one of the diet, which is asked at the counter anyway."""


_MILK = Trait.MILK | Trait.MILK_CHOICE
_CAFFEINE = Trait.CAFFEINE | Trait.CAFFEINE_CHOICE

DIETS = (
    Diet("plant milk", "milk", Trait.PLANT_MILK, Trait.MILK, Trait.MILK_CHOICE, Trait.CAN_PLANT_MILK),
    Diet("lactose-free", "milk", Trait.LACTOSE_FREE | Trait.PLANT_MILK, Trait.MILK, Trait.MILK_CHOICE,
         Trait.CAN_LACTOSE_FREE | Trait.CAN_PLANT_MILK),
    Diet("decaf", "caffeine", Trait.DECAF, Trait.CAFFEINE, Trait.CAFFEINE_CHOICE),
    Diet("sugar-free", "sugar", Trait.SUGAR_FREE, Trait.SUGAR, Trait.SUGAR_CHOICE),
    Diet("alcohol-free", "alcohol", Trait.ALCOHOL_FREE, Trait.ALCOHOL, Trait.ALCOHOL_CHOICE),
    *(Diet(name, what, is_of, outside) for name, what, is_of, outside in WHOLE_DIETS),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """A diet that a member keeps to."""

    diet: Diet
    times: int
    of: int
    """Purchases that tell, and how many of them were of the diet."""


def kept_diets(reading: Reading) -> tuple[Kept, ...]:
    """The diets that the member's purchases show."""
    sets, columns = reading.habits.sets, reading.columns
    if not len(sets):
        return ()
    rows = _traits_of_sets(reading)
    told = []
    for number, diet in enumerate(DIETS):
        of_it = (rows & int(diet.is_of)) != 0
        if diet.choice:
            of_it &= _chosen(rows)
        if not of_it.any():
            continue
        outside = ~of_it & ((rows & int(diet.choice or diet.outside)) != 0)
        if diet.choice:
            kept = _by_choice(diet, reading, of_it, outside)
        else:
            shares = reading.shop.diet_shares[number - (len(DIETS) - len(WHOLE_DIETS))]
            kept = _by_the_whole(diet, reading, of_it, outside, shares[_kinds(columns, sets.key)])
        if kept is not None:
            told.append(kept)
    return tuple(told)


def outside_diets(item_no: int, kept: tuple[Kept, ...], reading: Reading) -> Kept | None:
    """The first diet that the member keeps to and the item is outside of, or None."""
    traits = traits_of(reading.columns, item_no)
    items = reading.habits.items
    row = items.row(item_no)
    if row >= 0 and int(items.baskets[row]) >= _OWN:
        return None
    for one in kept:
        diet = one.diet
        # With oat milk asked for, a latte has no milk in it for a vegan either.
        asked = traits & ~Trait.MILK if traits & Trait.CAN_PLANT_MILK else traits
        if traits & (diet.is_of | diet.can) or not asked & diet.outside:
            continue
        is_food = diet.outside == Trait.MILK and not traits & Trait.MILK_CHOICE
        if not (is_food and _eats_with_milk(item_no, reading)):
            return one
    return None


def same_sort(out: Trait, other: Trait) -> bool:
    """Whether one thing can stand in for another: plant milk for plant milk, decaf for decaf, and nothing new in it.

    Args:
        out: traits of what cannot be had.
        other: of what would be offered.
    """
    can = Trait.PLANT_MILK if other & Trait.CAN_PLANT_MILK else Trait(0)
    can |= Trait.LACTOSE_FREE if other & (Trait.CAN_LACTOSE_FREE | Trait.PLANT_MILK) else Trait(0)
    lacks = out & Trait.IS & ~(other | can)
    # Caffeine and sugar matter to whoever keeps away from them, which `lacks` and the gates see to.
    adds = other & Trait.CONTAINS & ~(out | Trait.CAFFEINE | Trait.SUGAR)
    if lacks or adds:
        return False
    # Who takes whole milk does not mean oat, nor who takes beer one without alcohol.
    if (out ^ other) & Trait.ALCOHOL:
        return False
    swaps = other & ~out & (Trait.PLANT_MILK | Trait.DECAF | Trait.SUGAR_FREE | Trait.ALCOHOL_FREE)
    return not swaps and not (out & Trait.MILK_CHOICE and not other & Trait.MILK)


def traits_of(columns: ItemColumns, item_no: int) -> Trait:
    """The item's traits; none when the columns do not have it."""
    return Trait(int(columns.traits[item_no])) if item_no < len(columns.traits) else Trait(0)


def lower_bound(times: int, of: int) -> float:
    """Wilson's lower bound of a share. Source: E. B. Wilson, 1927."""
    if not of:
        return 0.0
    share, square = times / of, _SURE * _SURE
    middle = share + square / (2 * of)
    return max(0.0, (middle - _SURE * sqrt(share * (1 - share) / of + square / (4 * of * of))) / (1 + square / of))


def _traits_of_sets(reading: Reading) -> NDArray[np.int32]:
    """Traits of each row of `Habits.sets`: the item's, and what its options made of it."""
    sets, columns = reading.habits.sets, reading.columns
    item = np.where(sets.key < len(columns.traits), sets.key, 0)
    traits = columns.traits[item].copy()
    number = np.where(sets.modifier_set < len(columns.set_traits), sets.modifier_set, 0)
    made = columns.set_traits[number]
    traits = np.where((made & int(Trait.PLANT_MILK)) != 0, traits & ~int(_MILK), traits)
    traits = np.where((made & int(Trait.DECAF)) != 0, traits & ~int(_CAFFEINE), traits)
    both: NDArray[np.int32] = (traits | made).astype(np.int32)
    return both


def _chosen(rows: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Rows with something chosen for what it is: oat milk, decaf, lactose-free milk.

    Not a banana bread that happens to hold no milk: who likes it has chosen a banana bread.
    """
    chosen = Trait.PLANT_MILK | Trait.DECAF | Trait.SUGAR_FREE | Trait.ALCOHOL_FREE
    of_milk = (rows & int(Trait.LACTOSE_FREE)) != 0
    of_milk &= (rows & int(Trait.MILK_CHOICE | Trait.MILK)) != 0
    found: NDArray[np.bool_] = ((rows & int(chosen)) != 0) | of_milk
    return found


def _by_choice(diet: Diet, reading: Reading, of_it: NDArray[np.bool_], outside: NDArray[np.bool_]) -> Kept | None:
    """Whether most of the latest choices fell on the diet."""
    sets = reading.habits.sets
    tells = np.repeat(of_it | outside, sets.baskets)
    when, fell = sets.occurrence[tells], np.repeat(of_it, sets.baskets)[tells]
    latest = np.argsort(-when, kind="stable")[:_LATEST]
    times, of = int(fell[latest].sum()), len(latest)
    return Kept(diet, times, of) if lower_bound(times, of) > _MOSTLY else None


def _by_the_whole(
    diet: Diet, reading: Reading, of_it: NDArray[np.bool_], outside: NDArray[np.bool_], shares: NDArray[np.float64]
) -> Kept | None:
    """Whether all that was bought is of the diet, beyond what somebody without it would buy of the same kinds."""
    baskets = np.minimum(reading.habits.sets.baskets, _REPEATS_COUNTED)
    tells = of_it & (shares < 1.0)
    chance = float(np.prod(shares[tells] ** baskets[tells]))
    times = int(reading.habits.sets.baskets[tells].sum())
    of = times + int(reading.habits.sets.baskets[outside].sum())
    return Kept(diet, times, of) if chance <= _CHANCE and lower_bound(times, of) >= _WHOLLY else None


def _eats_with_milk(item_no: int, reading: Reading) -> bool:
    """Whether the member buys food with milk in it again and again, of the part of the shop that the item is in."""
    items, columns = reading.habits.items, reading.columns
    known = np.where(items.key < len(columns.traits), items.key, 0)
    traits = columns.traits[known]
    with_milk = np.flatnonzero(((traits & int(Trait.MILK)) != 0) & ((traits & int(Trait.MILK_CHOICE)) == 0))
    part = _part(columns, item_no)
    baskets = [int(items.baskets[row]) for row in with_milk.tolist() if _part(columns, int(items.key[row])) == part]
    return sum(baskets) >= _OWN


def _part(columns: ItemColumns, item_no: int) -> str:
    return category_of(columns, item_no).partition(" > ")[0]


def _kinds(columns: ItemColumns, item_nos: NDArray[np.int64]) -> NDArray[np.int32]:
    kinds: NDArray[np.int32] = columns.kind[np.where(item_nos < len(columns.kind), item_nos, 0)]
    return kinds

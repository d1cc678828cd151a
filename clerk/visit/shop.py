"""What kind of shop this is: counter or grocery, how long things last here, which item types are too general to name.

In: the items' columns. Out: `Shop`, made once a pack and handed to every visit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clerk.model import ItemColumns, Trait
from clerk.settings import Settings

UNSPOKEN = ItemColumns.SENSITIVE | ItemColumns.UNMENTIONED
"""What is never said aloud nor counted as a habit: sensitive things, and what is no thing to mention."""

WHOLE_DIETS = (
    ("gluten-free", "gluten", Trait.GLUTEN_FREE, Trait.GLUTEN),
    ("vegan", "something of animals", Trait.VEGAN, Trait.MILK | Trait.EGG | Trait.MEAT | Trait.HONEY),
    ("vegetarian", "meat or fish", Trait.VEGETARIAN, Trait.MEAT),
)
"""Diets that only the whole of what somebody buys can show: name, what is outside in words, of it, outside of it."""

_NO_GAPS_DAYS = 14.0
"""Interval assumed in a shop without a single repeat: between weekly and monthly."""


_SIZES_AT_MOST = 8
"""Items that may be sizes of one thing. More of one name are a sort, and who bought one has not tried the others:
without this limit .09 instead of .16 of the Complete Journey's suggestions were bought."""


@dataclass(frozen=True, slots=True, eq=False)
class Shop:
    """What is true of the whole shop."""

    counter: bool
    """A café-like shop with small baskets, where "the usual?" is a natural thing to say."""
    decay: float
    """Weight lost from one visit to the one before it."""
    gap_log: float
    """Mean natural log of the days between two purchases of one item by one member."""
    gap_log_var: float
    """Variance of the same."""
    wide_kinds: NDArray[np.bool_]
    """By item type: holds so many of the shop's items that naming it says nothing."""
    diet_shares: NDArray[np.float64]
    """By diet of `WHOLE_DIETS` and item type: share of the purchases which is of the diet, of those that tell."""
    part: NDArray[np.int32]
    """By item_no: the part of the shop in which things stand for one another; 0 without categories. The level above the
    item type; at a counter, where a visit holds one drink and perhaps a cake, the uppermost level."""
    sizes: NDArray[np.int32]
    """By item_no: smallest number of what is the same thing in another size; its own where the name is one of a sort,
    such as the "Milk" of two hundred items."""

    def says_something(self, kind: int) -> bool:
        """Whether an item type is specific enough to be named to a person."""
        return 0 < kind < len(self.wide_kinds) and not bool(self.wide_kinds[kind])


def shop_of(columns: ItemColumns, settings: Settings) -> Shop:
    """The rhythm of the shop whose columns these are."""
    usual = settings.usual
    mean_basket = float(columns.baskets.sum()) / columns.total_baskets if columns.total_baskets > 0 else 0.0
    counter = mean_basket < usual.counter_basket_size
    gaps = int(columns.gaps.sum())
    mean, variance = math.log(_NO_GAPS_DAYS), 1.0
    if gaps > 0:
        mean = float(columns.gap_log_sum.sum()) / gaps
        variance = max(float(columns.gap_log_sq.sum()) / gaps - mean * mean, 0.05)
    kinds = np.bincount(columns.kind[1:], minlength=max(len(columns.kinds), 1))
    wide: NDArray[np.bool_] = kinds > usual.kind_too_wide * max(len(columns.kind) - 1, 1)
    return Shop(
        counter=counter,
        decay=usual.counter_decay if counter else usual.grocery_decay,
        gap_log=mean,
        gap_log_var=variance,
        wide_kinds=wide,
        diet_shares=np.array([_diet_shares(columns, is_of, outside) for _, _, is_of, outside in WHOLE_DIETS]),
        part=_parts(columns, counter),
        sizes=_sizes(columns),
    )


def _sizes(columns: ItemColumns) -> NDArray[np.int32]:
    """Things, as far as so few items share one that they are its sizes."""
    things = things_of(columns)
    sizes: NDArray[np.int32] = np.where(np.bincount(things)[things] <= _SIZES_AT_MOST, things, np.arange(len(things)))
    return sizes.astype(np.int32)


def _diet_shares(columns: ItemColumns, is_of: Trait, outside: Trait) -> NDArray[np.float64]:
    """By item type, as if one more purchase were of the diet: where nobody buys anything else, 1."""
    of_it = (columns.traits & int(is_of)) != 0
    other = ~of_it & ((columns.traits & int(outside)) != 0)
    kinds = max(len(columns.kinds), 1)
    bought = [np.bincount(columns.kind, columns.baskets * which, minlength=kinds) for which in (of_it, other)]
    shares: NDArray[np.float64] = (bought[0] + 1.0) / (bought[0] + bought[1] + 1.0)
    return shares


def _parts(columns: ItemColumns, counter: bool) -> NDArray[np.int32]:
    """Number of the part of the shop by item_no."""
    numbers = {"": 0}

    def number(path: str) -> int:
        part = path.partition(" > ")[0] if counter else path.rpartition(" > ")[0] or path
        return numbers.setdefault(part, len(numbers))

    of_category = np.array([number(path) for path in columns.categories] or [0], dtype=np.int32)
    parts: NDArray[np.int32] = of_category[np.where(columns.category < len(of_category), columns.category, 0)]
    return parts


def flagged(columns: ItemColumns, item_nos: NDArray[np.int64] | NDArray[np.int32], bits: int) -> NDArray[np.bool_]:
    """Which of the items have any of the flag bits; items beyond the columns have none."""
    known = np.minimum(item_nos, len(columns.flags) - 1)
    carries: NDArray[np.bool_] = (columns.flags[known] & np.uint8(bits)) > 0
    carries &= known == item_nos
    return carries


def has_flag(columns: ItemColumns, item_no: int, bits: int) -> bool:
    """Whether one item has any of the flag bits."""
    return item_no < len(columns.flags) and bool(int(columns.flags[item_no]) & bits)


def family_of(columns: ItemColumns, item_no: int) -> int:
    """The item's variant family; itself when it has none."""
    return int(columns.family[item_no]) or item_no if item_no < len(columns.family) else item_no


def things_of(columns: ItemColumns) -> NDArray[np.int32]:
    """By item_no: what is the same thing in another size; in a pack of before each item is a thing of its own."""
    if len(columns.thing) == len(columns.family):
        return columns.thing
    return np.arange(len(columns.family), dtype=np.int32)


def thing_of(columns: ItemColumns, item_no: int) -> int:
    """Smallest number of what is the same thing as this item in another size."""
    return int(columns.thing[item_no]) or item_no if item_no < len(columns.thing) else item_no


def kind_of(columns: ItemColumns, item_no: int) -> int:
    """The item's type, 0 when it has none."""
    return int(columns.kind[item_no]) if item_no < len(columns.kind) else 0


def audience_of(columns: ItemColumns, item_no: int) -> str:
    """Whom alone the item is for, several separated by `; `; empty is everybody."""
    return columns.audiences[int(columns.audience[item_no])] if item_no < len(columns.audience) else ""


def part_of(shop: Shop, item_no: int) -> int:
    """The part of the shop that an item is in, 0 when it is in none."""
    return int(shop.part[item_no]) if item_no < len(shop.part) else 0


def category_of(columns: ItemColumns, item_no: int) -> str:
    """The item's category path, empty when it has none."""
    if item_no >= len(columns.category):
        return ""
    number = int(columns.category[item_no])
    return columns.categories[number] if number < len(columns.categories) else ""


def is_under(category: str, path: str) -> bool:
    """Whether a category is the path or lies below it, letter case apart."""
    category, path = category.casefold().strip(), path.casefold().strip()
    return bool(path) and (category == path or category.startswith(path + " > "))

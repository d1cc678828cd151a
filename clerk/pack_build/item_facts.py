"""Whom items are for, whether to mention them and what is in them, by their words where the shop states nothing."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clerk.intake.checks.rows import EVERYBODY
from clerk.intake.report import BuildReport
from clerk.languages.item_words import item_words
from clerk.model import Trait
from clerk.pack.read import split_modifier
from clerk.phrases import count

_CAN = ((Trait.PLANT_MILK, Trait.CAN_PLANT_MILK), (Trait.LACTOSE_FREE, Trait.CAN_LACTOSE_FREE))
_CHOICES = (
    (Trait.MILK, Trait.PLANT_MILK | Trait.LACTOSE_FREE, Trait.MILK_CHOICE),
    (Trait.CAFFEINE, Trait.DECAF, Trait.CAFFEINE_CHOICE),
    (Trait.SUGAR, Trait.SUGAR_FREE, Trait.SUGAR_CHOICE),
    (Trait.ALCOHOL, Trait.ALCOHOL_FREE, Trait.ALCOHOL_CHOICE),
)
"""What is in an item, what could have been taken in its place, and the bit that says that it could."""

_UNMENTIONED = "not things to mention"


def with_facts(items: pl.DataFrame, modifiers: pl.DataFrame | None, report: BuildReport) -> pl.DataFrame:
    """Items with audience, mention and traits settled.

    Args:
        items: numbered; `mention` is null and `audience` empty where the shop states nothing.
        modifiers: checked; their options say what an item can be had as.
        report: gets how many items were marked by their words.

    Cost: 1.5 CPU-s for 92,000 items of 17,500 different names.
    """
    words = item_words()
    # Of a grocer's items, four in five share name and category with another one.
    whom_for, unmentioned = cache(words.audience), cache(words.is_unmentioned)
    traits_by_words, is_drunk = cache(words.traits), cache(words.is_drunk)
    options = _options(modifiers)
    columns = ("sku", "name", "category", "allergens", "diets", "audience", "mention")
    told: list[tuple[str, bool, int]] = []
    drinks: list[bool] = []
    by_words: dict[str, int] = defaultdict(int)
    for sku, name, category, allergens, diets, stated, mention in items.select(columns).iter_rows():
        audience = "" if stated == EVERYBODY else stated
        if not stated and (found := whom_for(name, category)):
            audience = "; ".join(found)
            for each in found:
                by_words[each] += 1
        if mention is None:
            mention = not unmentioned(name if sku == name else "", name, category)
            by_words[_UNMENTIONED] += not mention
        traits = traits_by_words(name, category, allergens, tuple(diets.split("; ")))
        drinks.append(bool(traits & Trait.MILK) and is_drunk(name, category))
        told.append((audience, mention, int(traits | _offered(options, sku, category))))
    for what, many in sorted(by_words.items()):
        if many:
            marked = what if what == _UNMENTIONED else f"for {what} alone"
            report.fallbacks.append(f"by their words, as the shop does not say: {count(many, 'item')} {marked}")
    schema = {"audience": pl.String, "mention": pl.Boolean, "traits": pl.Int32}
    settled = items.with_columns(pl.DataFrame(told, schema=schema, orient="row").get_columns())
    drunk = np.array(drinks, dtype=np.bool_)
    return settled.with_columns(_with_choices(settled["traits"], settled["category"], drunk))


def set_traits(modifier_sets: pl.DataFrame) -> NDArray[np.int32]:
    """Traits of every modifier set by its number; 0, the plain item, has none."""
    words = item_words()
    known: dict[str, Trait] = {}
    found = np.zeros(modifier_sets.height + 1, dtype=np.int32)
    for number, text in modifier_sets.select("modifier_set_no", "text").iter_rows():
        for part in text.split("; "):
            if part not in known:
                known[part] = words.option_traits(*split_modifier(part))
            found[number] |= int(known[part])
    return found


def _options(modifiers: pl.DataFrame | None) -> dict[str, Trait]:
    """SKU or category path -> traits of all options that can be had of it today."""
    found: dict[str, Trait] = defaultdict(lambda: Trait(0))
    if modifiers is not None:
        rows = modifiers.filter("available").select("sku", "category", "group", "option").iter_rows()
        for sku, category, group, option in rows:
            found[sku or f"> {category}"] |= item_words().option_traits(group, option)
    return found


def _offered(options: dict[str, Trait], sku: str, category: str) -> Trait:
    """What the item can be had as, by its own options and those of its category and the levels above."""
    if not options:
        return Trait(0)
    levels = category.split(" > ")
    keys = (sku, *(f"> {' > '.join(levels[:depth])}" for depth in range(1, len(levels) + 1)))
    offered = Trait(0)
    for key in keys:
        offered |= options.get(key, Trait(0))
    can = Trait(0)
    for each, bit in _CAN:
        can |= bit if offered & each else Trait(0)
    for _, other, bit in _CHOICES:
        can |= bit if offered & other else Trait(0)
    return can


def _with_choices(traits: pl.Series, category: pl.Series, drinks: NDArray[np.bool_]) -> pl.Series:
    """Traits with the bits of choice: something else of its kind, or one of its options, could have been taken.

    Oat drink is taken in the place of milk or a drink with milk in it, never of a cheese that lies beside it.
    """
    bits = traits.to_numpy().copy()
    kinds, kind = np.unique(category.to_numpy().astype(str), return_inverse=True)
    for contained, other, bit in _CHOICES:
        has_other = np.zeros(len(kinds), dtype=bool)
        np.logical_or.at(has_other, kind[(bits & int(other)) != 0], True)
        beside = has_other[kind] & drinks if bit == Trait.MILK_CHOICE else has_other[kind]
        could = ((bits & int(bit)) != 0) | beside
        holds = (bits & int(contained)) != 0
        bits = np.where(holds & could, bits | int(bit), bits & ~int(bit))
    return pl.Series("traits", bits, dtype=pl.Int32)

"""How every item of a shop fits a question, in arrays, by the rules of `clerk.search.fitting`.

Most items state the same few things, so a rule is asked once for each combination; only items whose text names the
thing are read. What was worked out for a thing is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from clerk.model import Item, ItemColumns
from clerk.pack.read import PackReader
from clerk.search.fitting import Facts, Fit, Verdict, costs, facts_of, states_it, suits, without
from clerk.search.question import Question
from clerk.search.vocabulary import Diet, Phrases, Thing, forms_of, vocabulary
from clerk.search.words import WordIndex

Levels = NDArray[np.int8]
"""A `Fit` for each item_no; row 0 and what is not sold any more are `NOT`."""

_KEPT_AT_MOST = 64
"""Things and diets whose levels are kept; people ask for few."""

_AT_ONCE = 500
"""Items read at once."""


class Fits:
    """The items of one pack, judged by whole questions.

    Args:
        reader: of the pack.
        words: its word index, which says whose text names a thing.
    """

    def __init__(self, reader: PackReader, words: WordIndex) -> None:
        self._reader, self._words = reader, words
        self._kept: dict[str, Levels] = {}

    def of(self, question: Question, currency: str) -> Levels:
        """Each item's level: the lowest of all conditions.

        Cost: 1 ms; the first time for a thing or a diet, at 90,000 items, 0.1 to 0.5 s.
        """
        levels = np.where(self._sold, np.int8(Fit.STATED), np.int8(Fit.NOT))
        for thing in question.things:
            levels = np.minimum(levels, self._without(thing))
        for diet in question.diets:
            levels = np.minimum(levels, self._suits(diet))
        for price in question.prices:
            prices, place = self._prices
            fits = [int(costs(None if one < 0 else int(one), price, currency).fit) for one in prices.tolist()]
            levels = np.minimum(levels, np.array(fits, dtype=np.int8)[place])
        if question.here:
            levels = np.where(self._reader.columns.on_hand == 0, np.int8(Fit.NOT), levels)
        return levels

    def states_it(self, question: Question) -> NDArray[np.bool_]:
        """Whether each item states the very thing asked, and is not only known to have none of it."""
        states = np.zeros(len(self._sold), dtype=np.bool_)
        for stated, numbers in self._alike:
            states[numbers] = states_it(stated, question)
        return states

    def _without(self, thing: Thing) -> Levels:
        wider = vocabulary().things.get(thing.part_of)
        lists = [phrases for one in (thing, wider) if one is not None for phrases in (one.words, one.holds, one.alone)]
        return self._kept_or(
            f"thing {thing.name}",
            lambda: self._judged([*lists, thing.traces], lambda facts: without(facts, thing)),
        )

    def _suits(self, diet: Diet) -> Levels:
        return self._kept_or(f"diet {diet.name}", lambda: self._worked_out(diet))

    def _worked_out(self, diet: Diet) -> Levels:
        """A diet by the things that it rules out, which are kept; only what speaks of the diet itself is read."""
        levels = self._judged([diet.claims], lambda facts: suits(facts, diet))
        silent = np.ones(len(levels), dtype=np.bool_)
        silent[self._naming([diet.claims])] = False
        ruled_out = np.zeros(len(levels), dtype=np.bool_)
        for name in diet.without:
            ruled_out |= self._without(vocabulary().things[name]) == Fit.NOT
        return np.where(silent & ruled_out & (levels == Fit.UNKNOWN), np.int8(Fit.NOT), levels)

    def _kept_or(self, name: str, make: Callable[[], Levels]) -> Levels:
        if name not in self._kept:
            levels = make()
            levels[~self._sold] = int(Fit.NOT)
            if len(self._kept) >= _KEPT_AT_MOST:
                self._kept.clear()
            self._kept[name] = levels
        return self._kept[name]

    def _judged(self, lists: Iterable[Phrases], rule: Callable[[Facts], Verdict]) -> Levels:
        """One rule over every item; of items that are told in the same words, one is read."""
        levels = np.zeros(len(self._sold), dtype=np.int8)
        for stated, numbers in self._alike:
            levels[numbers] = int(rule(facts_of(stated)).fit)
        named = self._naming(lists)
        known: dict[tuple[object, ...], int] = {}
        for start in range(0, len(named), _AT_ONCE):
            items = self._reader.items(named[start : start + _AT_ONCE].tolist())
            bases = bases_of(self._reader, items)
            for no, item in items.items():
                told = (
                    item.name, item.brand, item.description, item.category, item.allergens, item.no_allergens,
                    item.diets, item.age_restricted, bases.get(no),
                )  # fmt: skip
                if (level := known.get(told)) is None:
                    level = known[told] = int(rule(facts_of(item, bases.get(no))).fit)
                levels[no] = level
        return levels

    def _naming(self, lists: Iterable[Phrases]) -> NDArray[np.intp]:
        """Items whose text, or that of one of their family, names anything of these lists."""
        words = {form for phrases in lists for word in phrases.last_words() for form in forms_of(word)}
        families = self._reader.columns.family
        return np.flatnonzero(np.isin(families, families[self._words.holding(words)]))

    @cached_property
    def _prices(self) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
        """Every price there is, and which of them each item has."""
        prices, place = np.unique(self._reader.columns.price_minor, return_inverse=True)
        return prices, place

    @cached_property
    def _alike(self) -> list[tuple[Item, NDArray[np.int32]]]:
        return [(stated, np.array(numbers, dtype=np.int32)) for stated, numbers in self._reader.items_alike()]

    @cached_property
    def _sold(self) -> NDArray[np.bool_]:
        sold: NDArray[np.bool_] = (self._reader.columns.flags & ItemColumns.GONE) == 0
        sold[0] = False
        return sold


def bases_of(reader: PackReader, items: Mapping[int, Item]) -> dict[int, Item]:
    """What each of these items is a variant of, by item_no; items of their own are left out."""
    numbers = reader.item_nos({item.variant_of for item in items.values() if item.variant_of})
    bases = reader.items(numbers.values()) if numbers else {}
    return {no: bases[numbers[item.variant_of]] for no, item in items.items() if item.variant_of in numbers}

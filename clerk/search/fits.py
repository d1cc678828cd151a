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
from clerk.search.fitting import Facts, Fit, Verdict, costs, facts_of, suits, without
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
        """Each item's level: the lowest of all conditions. Cost: 1 ms; the first time for a thing up to 0.1 s."""
        levels = np.where(self._sold, np.int8(Fit.STATED), np.int8(Fit.NOT))
        for thing in question.things:
            levels = np.minimum(levels, self._without(thing))
        for diet in question.diets:
            levels = np.minimum(levels, self._suits(diet))
        for price in question.prices:
            prices, place = np.unique(self._reader.columns.price_minor, return_inverse=True)
            fits = [int(costs(None if one < 0 else int(one), price, currency).fit) for one in prices.tolist()]
            levels = np.minimum(levels, np.array(fits, dtype=np.int8)[place])
        if question.here:
            levels = np.where(self._reader.columns.on_hand == 0, np.int8(Fit.NOT), levels)
        return levels

    def _without(self, thing: Thing) -> Levels:
        lists = (thing.words, thing.holds, thing.alone, thing.traces)
        return self._judged(f"thing {thing.name}", lists, lambda facts: without(facts, thing))

    def _suits(self, diet: Diet) -> Levels:
        things = [vocabulary().things[name] for name in diet.without]
        lists = [diet.claims, *(phrases for one in things for phrases in (one.words, one.holds, one.alone))]
        return self._judged(f"diet {diet.name}", lists, lambda facts: suits(facts, diet))

    def _judged(self, name: str, lists: Iterable[Phrases], rule: Callable[[Facts], Verdict]) -> Levels:
        if name in self._kept:
            return self._kept[name]
        levels = np.zeros(len(self._sold), dtype=np.int8)
        for stated, numbers in self._alike:
            levels[numbers] = int(rule(facts_of(stated)).fit)
        words = {form for phrases in lists for word in phrases.last_words() for form in forms_of(word)}
        families = self._reader.columns.family
        named = np.flatnonzero(np.isin(families, families[self._words.holding(words)]))
        for start in range(0, len(named), _AT_ONCE):
            items = self._reader.items(named[start : start + _AT_ONCE].tolist())
            bases = bases_of(self._reader, items)
            for no, item in items.items():
                levels[no] = int(rule(facts_of(item, bases.get(no))).fit)
        levels[~self._sold] = int(Fit.NOT)
        if len(self._kept) >= _KEPT_AT_MOST:
            self._kept.clear()
        self._kept[name] = levels
        return levels

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

"""Items of one pack by SKU and number, what stands in for one that is out, and everything the item screen draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from clerk.errors import UnknownItem
from clerk.languages.item_words import item_words
from clerk.model import Item, ItemCard, ItemColumns, Neighbour
from clerk.pack.read import PackReader
from clerk.settings import Settings
from clerk.visit.habits.reading import Reading
from clerk.visit.shop import UNSPOKEN, things_of
from clerk.visit.suggest.gates import gate_context, may_stand_in

_STAND_INS = 40
"""Nearest items looked at for a stand-in: the ones of its sort are among them, and reading more costs time."""

_NEAR = 5
"""Nearest items on the item screen: what fits beside its own facts on 24 rows."""


_LEAST = 12
"""Items looked at before the circle is widened from the kind to the category above."""

_MOST = 2_000
"""Items compared at the most, the most bought ones: reading more vectors would cost memory and show nothing nearer."""

_KIND_BONUS = 0.15
"""Closeness that belonging to the same item type is worth: a text can be near by accident, a kind cannot."""


class PackItems:
    """Reads items.

    Args:
        reader: the pack.
        settings: the shop's constants.
    """

    def __init__(self, reader: PackReader, settings: Settings) -> None:
        self._reader = reader
        self._settings = settings
        self._nearest = Nearest(reader)

    def item_no(self, sku: str) -> int:
        """Number of an item by its SKU.

        Raises:
            UnknownItem: this shop has no such item.
        """
        item_no = self._reader.item_nos([sku]).get(sku)
        if item_no is None:
            raise UnknownItem("This shop has no item with this SKU.", "Search for it: `clerk find --items`.")
        return item_no

    def item(self, item_no: int) -> Item:
        """An item by number."""
        return self._reader.items([item_no])[item_no]

    def card(self, item_no: int, now: int) -> ItemCard:
        """Everything the item screen draws: the item, what is near it, and what it is bought with.

        Args:
            item_no: of an item of the pack.
            now: wall seconds.
        """
        together = [row.other_no for row in self._reader.companions([item_no])]
        company = self._reader.items(together)
        return ItemCard(
            item=self.item(item_no),
            modifiers=self._reader.modifiers_of(item_no),
            near=tuple(self._nearest.here(item_no, _NEAR)),
            company=tuple(company[no] for no in together if no in company and company[no].is_here)[:_NEAR],
            now=now,
            currency=self._reader.facts.get("currency", ""),
        )

    def category(self, text: str) -> str:
        """A category path of this shop, as it is written there.

        Raises:
            UnknownItem: nothing here is in or below it.
        """
        wanted = text.casefold().strip()
        for path in self._reader.columns.categories:
            levels = path.split(" > ")
            for depth in range(1, len(levels) + 1):
                above = " > ".join(levels[:depth])
                if wanted and above.casefold() == wanted:
                    return above
        raise UnknownItem("This shop has no such category.", "Write it as an item's screen does: `Drinks > Coffee`.")

    def names_of(self, skus: Sequence[str]) -> dict[str, str]:
        """Item names by SKU; of SKUs this shop does not carry, none."""
        nos = self._reader.item_nos(skus) if skus else {}
        items = self._reader.items(nos.values())
        return {sku: items[no].name for sku, no in nos.items() if no in items}

    def stand_in(self, item_no: int, reading: Reading) -> Item | None:
        """The same thing in another size, or else one of its sort; None when nothing that is here can stand in.

        Args:
            item_no: what is out.
            reading: the member who is told of it; what they refuse, or keep away from, does not stand in.
        """
        near = self._nearest.like(item_no, self._settings.suggest.taste_like, narrow=reading.shop.says_something)
        if not near:
            return None
        items = {item.item_no: item for item in (self.item(item_no), *near)}
        context = gate_context(reading, items, ())
        return next((item for item in near if may_stand_in(item.item_no, item_no, context)), None)


class Nearest:
    """The nearest items that are here: same kind first, then by the meaning of their texts.

    Works without vectors too: then the most bought of the same kind stand in.
    """

    def __init__(self, reader: PackReader) -> None:
        self._reader = reader

    def here(self, item_no: int, limit: int) -> list[Neighbour]:
        """Items that are here today and nearest to this one, closest first; never the item or a variant of it."""
        columns = self._reader.columns
        circle = self._circle(item_no, columns)
        if not len(circle):
            return []
        kind = columns.kind[circle] == columns.kind[item_no]
        closeness = self._closeness(item_no, circle)
        order = np.lexsort((-columns.baskets[circle], -(closeness + _KIND_BONUS * kind)))[:limit]
        items = self._reader.items(circle[order].tolist())
        return [
            Neighbour(items[int(circle[at])], float(closeness[at]), bool(kind[at]))
            for at in order
            if int(circle[at]) in items
        ]

    def like(self, item_no: int, floor: float, narrow: Callable[[int], bool]) -> list[Item]:
        """Items that are here and could stand in: the same thing in another size first, then the like of its type.

        One name says of the other what it is, and their texts are close; where texts have no vectors, the type has to
        be narrow.

        Args:
            item_no: what is out.
            floor: closeness of texts from which on things of one type are alike.
            narrow: says of an item type whether it is specific.
        """
        columns = self._reader.columns
        things = things_of(columns)
        same = (columns.family == columns.family[item_no]) | (things == things[item_no])
        same &= (columns.on_hand != 0) & (columns.flags & (ItemColumns.GONE | UNSPOKEN) == 0)
        same[[0, item_no]] = False
        sizes = np.flatnonzero(same)
        sizes = sizes[np.argsort(-columns.baskets[sizes], kind="stable")][:_STAND_INS]
        known = self._reader.items([item_no, *sizes.tolist()])
        found = [known[number] for number in sizes.tolist() if number in known]
        if self._reader.vectors is None and not narrow(int(columns.kind[item_no])):
            return found
        least = floor if self._reader.vectors is not None else 0.0
        return found + [
            each.item
            for each in self.here(item_no, _STAND_INS)
            if each.same_category
            and each.item not in found
            and each.closeness >= least
            and item_words().share_a_word(known[item_no].name, each.item.name)
        ]

    def _circle(self, item_no: int, columns: ItemColumns) -> NDArray[np.int64]:
        """Items to compare: of the same kind, widened along the category path until there are enough."""
        unfit = columns.flags & (ItemColumns.GONE | UNSPOKEN | ItemColumns.AGE_RESTRICTED)
        fits = (columns.on_hand != 0) & (unfit == 0) & (columns.family != columns.family[item_no])
        fits[0] = False
        if int(columns.kind[item_no]):
            of_kind = np.flatnonzero(fits & (columns.kind == columns.kind[item_no]))
            if len(of_kind) >= _LEAST:
                return self._most_bought(of_kind, columns)
        path = columns.categories[int(columns.category[item_no])].split(" > ")
        for depth in range(len(path) - 1, 0, -1):
            above = " > ".join(path[:depth])
            under = np.fromiter(
                (name == above or name.startswith(above + " > ") for name in columns.categories), dtype=np.bool_
            )
            near = np.flatnonzero(fits & under[columns.category])
            if len(near) >= _LEAST or depth == 1:
                return self._most_bought(near, columns)
        return self._most_bought(np.flatnonzero(fits), columns)

    def _most_bought(self, item_nos: NDArray[np.int64], columns: ItemColumns) -> NDArray[np.int64]:
        if len(item_nos) <= _MOST:
            return item_nos
        return item_nos[np.argpartition(-columns.baskets[item_nos], _MOST)[:_MOST]]

    def _closeness(self, item_no: int, others: NDArray[np.int64]) -> NDArray[np.float64]:
        vectors = self._reader.vectors
        if vectors is None:
            return np.zeros(len(others))
        return np.asarray(vectors[others] @ vectors[item_no], dtype=np.float64)

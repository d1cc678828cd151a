"""Items of one pack by SKU and number, what stands in for one that is out, and everything the item screen draws."""

from __future__ import annotations

from collections.abc import Sequence

from clerk.errors import UnknownItem
from clerk.members.stand_ins import Nearest
from clerk.model import Item, ItemCard
from clerk.pack.read import PackReader
from clerk.settings import Settings

_STAND_INS = 8
"""Nearest items looked at for a stand-in: beyond these it would be another thing."""

_NEAR = 5
"""Nearest items on the item screen: what fits beside its own facts on 24 rows."""


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

    def stand_in(self, item_no: int) -> Item | None:
        """The nearest item that is here, of the same type or much like it; None when nothing can stand in.

        It states no allergen that this one does not: who takes the granola without gluten is not offered the one with.
        """
        harmless = {allergen.casefold() for allergen in self.item(item_no).allergens}
        like = self._settings.suggest.taste_like
        for near in self._nearest.here(item_no, _STAND_INS):
            fits = near.same_category or near.closeness >= like
            if fits and {allergen.casefold() for allergen in near.item.allergens} <= harmless:
                return near.item
        return None

"""Everything the item screen draws about one item."""

from __future__ import annotations

from clerk.members.card_loading import Visiting
from clerk.model import ItemCard
from clerk.pack.read import PackReader

_NEAR = 5
"""Nearest items on the item screen: what fits beside its own facts on 24 rows."""


def item_card(reader: PackReader, visiting: Visiting, item_no: int, now: int) -> ItemCard:
    """The item, what is near it, and what it is bought with.

    Args:
        reader: the pack.
        visiting: over the same pack.
        item_no: of an item of it.
        now: wall seconds.
    """
    together = [row.other_no for row in reader.companions([item_no])]
    company = reader.items(together)
    return ItemCard(
        item=visiting.item(item_no),
        modifiers=reader.modifiers_of(item_no),
        near=tuple(visiting.nearest.here(item_no, _NEAR)),
        company=tuple(company[no] for no in together if no in company and company[no].is_here)[:_NEAR],
        now=now,
        currency=reader.facts.get("currency", ""),
    )

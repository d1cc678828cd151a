"""Finding members and items, and reading about them without a visit, over whatever store data is in use."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from clerk.clock import Clock
from clerk.desk.pack_in_use import PackInUse
from clerk.model import ItemCard, Items, Members, Nobody, Several, Why


class CounterFinding:
    """Searches for the screens and commands; each search has the pack for itself.

    Args:
        pack: the store data in use.
        clock: now.
    """

    def __init__(self, pack: PackInUse, clock: Clock) -> None:
        self._pack = pack
        self._clock = clock

    def who(self, text: str) -> str | Several | Nobody:
        """The member id that a code, a member id, a name or the end of a phone number means."""
        with self._pack.reading() as pack:
            return pack.lookup.member(text)

    def members(self, text: str, limit: int = 20) -> Members:
        """Members by fragments of name, phone or id, over the whole database, most recently seen first."""
        with self._pack.reading() as pack:
            return pack.finding.members(text, limit)

    def choice(self, member_ids: Iterable[str]) -> Members:
        """These members with what tells them apart, for a person who chooses."""
        with self._pack.reading() as pack:
            return pack.finding.choice(member_ids)

    def items(self, text: str, limit: int = 20) -> Items:
        """Items by words, at once, as one types."""
        with self._pack.reading() as pack:
            return pack.finding.items_by_words(text, limit)

    def items_by_meaning(self, text: str, limit: int, done: Callable[[str, Items], None]) -> bool:
        """Items by words and meaning, when the search process has them.

        Args:
            text: as typed.
            limit: how many rows.
            done: called with the text and the items, from another thread.

        Returns:
            Whether they will come; False where items are found by words only.
        """
        with self._pack.reading() as pack:
            if pack.finding.state == "words only":
                return False
            if text:
                pack.finding.ask(text, limit, done)
            return True

    def items_here(self, text: str, limit: int = 10, *, in_stock: bool = False) -> Items:
        """Items by words and meaning, in this process; for commands, which may wait for the encoder to load."""
        with self._pack.reading() as pack:
            return pack.finding.items(text, limit, in_stock)

    def item(self, sku: str) -> ItemCard:
        """Everything the item screen draws.

        Raises:
            UnknownItem: this shop has no such item.
        """
        with self._pack.reading() as pack:
            return pack.items.card(pack.items.item_no(sku), self._clock.now())

    def why(self, member_id: str, sku: str) -> Why:
        """Why an item is, or is not, suggested to a member: every gate, and the evidence.

        Raises:
            UnknownMember, UnknownItem: the shop does not know one of them.
        """
        with self._pack.reading() as pack:
            return pack.cards.why(member_id, sku)

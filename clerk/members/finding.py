"""Finding members and items: words at once from the pack, meaning from the search process when it comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from clerk.members.counter_enrolled import Enrolled
from clerk.members.events_everywhere import EventsEverywhere
from clerk.members.readable import ReadableMembers
from clerk.model import ItemHit, Items, Members, Purpose
from clerk.pack.open import Pack
from clerk.pack.read import PackReader
from clerk.pack.search import PackSearch
from clerk.search.process.client import SearchClient

if TYPE_CHECKING:
    from clerk.search.meaning import ItemSearch


class Finding:
    """Searches over one opened pack.

    Args:
        home: the data folder.
        pack: opened.
        reader: of the same pack.
        events: of all counters, over the same pack.
        members: what may be read of them.
    """

    def __init__(
        self, home: Path, pack: Pack, reader: PackReader, events: EventsEverywhere, members: ReadableMembers
    ) -> None:
        self._home = home
        self._pack = pack
        self._reader = reader
        self._words = PackSearch(reader)
        self._enrolled = Enrolled(events, members, reader.facts)
        self._events = events
        self._members = members
        self._client: SearchClient | None = None
        self._here: ItemSearch | None = None

    @property
    def encoder(self) -> str:
        """Model id of the pack's query encoder, empty where search is by words only."""
        return str(self._pack.manifest.get("encoder", {}).get("model_id", ""))

    @property
    def state(self) -> str:
        """`ready`, `starting` or `words only`."""
        if not self.encoder:
            return "words only"
        return self._client.state if self._client is not None else "starting"

    def members(self, text: str, limit: int) -> Members:
        """Members by fragments, most recently seen first."""
        found = self._enrolled.laid_over(self._words.members(text, limit), text, limit)
        return self._may_be_shown(found)

    def items_by_words(self, text: str, limit: int) -> Items:
        """Items by words alone, as one types."""
        found = self._words.item_words(text, limit)
        items = self._reader.items(no for no, _ in found.hits)
        best = max((score for _, score in found.hits), default=0.0) or 1.0
        hits = tuple(ItemHit(items[no], score / best, "words") for no, score in found.hits if no in items)
        return Items(hits, found.total, meaning=False)

    def ask(self, text: str, limit: int, done: Callable[[str, Items], None]) -> None:
        """Asks the search process, which starts at the first question; never blocks."""
        if not self.encoder:
            return
        if self._client is None:
            self._client = SearchClient(self._home, self._pack.generation)
        self._client.ask(text, limit, done)

    def items(self, text: str, limit: int, here_only: bool) -> Items:
        """Items by words and meaning in this process; loads index and encoder the first time, about 0.3 s."""
        if self._here is None:
            # Imported here: FAISS and the encoder stand behind this and must not stand before the counter.
            from clerk.search.meaning import open_item_search

            self._here = open_item_search(self._pack, self._reader)
        return self._here.search(text, limit, here_only=here_only)

    def _may_be_shown(self, found: Members) -> Members:
        """Without whoever was forgotten; of whom nothing may be remembered only the name. Cost: about 0.05 ms a row."""
        erasures = self._events.erasures
        hits = []
        for hit in found.hits:
            name = hit.name
            if erasures.of(hit.member_id):
                if not self._members.knows(hit.member_id):
                    continue
                member = self._members.member(hit.member_id)
                name = member.name if member is not None else name
            is_remembered = Purpose.REMEMBER in self._members.allowed(hit.member_id)
            hits.append(replace(hit, name=name, hint=hit.hint if is_remembered else ""))
        gone = len(found.hits) - len(hits)
        if not hits and gone:
            return Members((), 0)
        return replace(found, hits=tuple(hits), total=max(len(hits), found.total - gone))

    def close(self) -> None:
        """Ends the search process."""
        if self._client is not None:
            self._client.close()

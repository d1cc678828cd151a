"""The store data that a desk works with now, and everything that rests on it; exchanged as a whole, between visits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clerk.clock import Clock
from clerk.members.card_loading import CardLoader
from clerk.members.events_everywhere import EventsEverywhere
from clerk.members.finding import Finding
from clerk.members.items import PackItems
from clerk.members.journal_in_use import JournalInUse
from clerk.members.lookup import Lookup
from clerk.members.readable import ReadableMembers
from clerk.pack.open import Pack
from clerk.pack.read import PackReader
from clerk.privacy.wordings import Wordings, wordings
from clerk.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class PackParts:
    """Everything that rests on one pack."""

    pack: Pack
    reader: PackReader
    events: EventsEverywhere
    members: ReadableMembers
    items: PackItems
    cards: CardLoader
    finding: Finding
    lookup: Lookup
    wordings: Wordings
    """What is read out in this shop before a purpose is agreed to."""

    def close(self) -> None:
        """Lets go of the files and of the search process."""
        self.finding.close()
        self.pack.close()


def parts_over(
    home: Path,
    journal: JournalInUse,
    settings: Settings,
    clock: Clock,
    pack: Pack,
) -> PackParts:
    """Everything that rests on a pack, warm: the first card from it is as quick as the next.

    Args:
        home: the data folder.
        journal: of this device.
        settings: the shop's constants.
        clock: now.
        pack: opened.
    """
    reader = PackReader(pack)
    events = EventsEverywhere(reader, journal)
    members = ReadableMembers(reader, events)
    items = PackItems(reader, settings)
    cards = CardLoader(reader, events, members, items, settings, clock)
    cards.prepare()
    finding = Finding(home, pack, reader, events, members, settings.search)
    lookup = Lookup(reader, events, members, finding, settings)
    return PackParts(pack, reader, events, members, items, cards, finding, lookup, wordings(home, settings.privacy))


class PackInUse:
    """Holds the parts over the pack in use; whoever needs them asks here each time, on any thread.

    Args:
        parts: over the pack that is open now.
    """

    def __init__(self, parts: PackParts) -> None:
        self._parts = parts
        # Cards are made on the screen's thread and, after a commit, on the journal's: one at a time.
        self._lock = threading.RLock()

    @contextmanager
    def reading(self) -> Iterator[PackParts]:
        """The parts over the pack in use, for the caller alone until the block ends; blocks may be nested."""
        with self._lock:
            yield self._parts

    @property
    def generation(self) -> str:
        """The generation that cards are made from."""
        return self._parts.pack.generation

    def exchange(self, newer: PackParts) -> None:
        """Goes over to other parts; those in use so far are closed."""
        with self._lock:
            before, self._parts = self._parts, newer
        before.close()

    def close(self) -> None:
        """Lets go of the pack."""
        self._parts.close()

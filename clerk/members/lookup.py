"""What a scan or a typed line means: a member by card, id, name or phone number, or an item by its code."""

from __future__ import annotations

from clerk.cards import code as own_codes
from clerk.errors import ClerkError
from clerk.members.events_everywhere import EventsEverywhere
from clerk.members.finding import Finding
from clerk.members.readable import ReadableMembers
from clerk.model import Card, Event, Nobody, ScanKind, ScannedCode, Several
from clerk.pack.read import PackReader
from clerk.settings import Settings
from clerk.visit.identify.member_by_code import identify, identify_found, known_only
from clerk.visit.identify.scan import item_codes, understand
from clerk.visit.profile.enrolment import is_counter_id


class Lookup:
    """Looks codes up, by the pack and by what counters recorded since.

    Args:
        reader: the pack.
        events: of all counters, over the same pack.
        members: what may be read of them.
        finding: searches the same pack.
        settings: the shop's constants.
    """

    def __init__(
        self,
        reader: PackReader,
        events: EventsEverywhere,
        members: ReadableMembers,
        finding: Finding,
        settings: Settings,
    ) -> None:
        self._reader = reader
        self._events = events
        self._members = members
        self._finding = finding
        self._settings = settings

    def scan(self, keys: str) -> str | int | Several | Nobody:
        """What a scan at the counter means.

        Args:
            keys: as scanned or typed.

        Returns:
            A member id, an item number, several members, or nobody and why.
        """
        if known := self._enrolled_here(keys):
            return known
        code = understand(keys, own_codes, self._settings.scan)
        if code.kind is ScanKind.TEXT:
            return self._by_words(code.text)
        cards, events, unread = self._cards(code)
        if code.kind is ScanKind.OTHER_CODE:
            if not cards and not events:
                for spelling in item_codes(code.text):
                    if item_nos := self._reader.item_nos_by_code(spelling):
                        return item_nos[0]
            if self._has_id(code.text):
                return code.text
        return self._by_cards(code, cards, events, unread)

    def member(self, text: str) -> str | Several | Nobody:
        """The member id that a code, a member id, a name or the end of a phone number means, or why there is no one."""
        if known := self._enrolled_here(text):
            return known
        code = understand(text, own_codes, self._settings.scan)
        if code.kind is ScanKind.TEXT:
            return self._by_words(code.text)
        if code.kind is ScanKind.OTHER_CODE and self._has_id(code.text):
            return code.text
        return self.by_card(code)

    def by_card(self, code: ScannedCode) -> str | Several | Nobody:
        """The member whose card this is; ids, names and phone numbers open nobody here."""
        return self._by_cards(code, *self._cards(code))

    def _enrolled_here(self, text: str) -> str:
        """The id that a counter gave a new member, or empty."""
        # Looked at before anything else: without its hyphen such an id looks like a card that was cut short.
        wanted = text.strip().upper()
        return wanted if is_counter_id(wanted) and self._members.knows(wanted) else ""

    def _has_id(self, text: str) -> bool:
        return self._reader.member_no(text) is not None and self._members.knows(text)

    def _by_words(self, text: str) -> str | Several | Nobody:
        if self._has_id(text):
            return text
        return identify_found(text, self._finding.members(text, self._settings.search.rows))

    def _cards(self, code: ScannedCode) -> tuple[tuple[Card, ...], tuple[Event, ...], ClerkError | None]:
        """Cards of the pack with this code, what counters recorded about it since, and why that cannot be read."""
        unread = None
        try:
            events = self._events.of_card(code.text)
        except ClerkError as error:
            if not self._events.is_why_unread(error):
                raise
            events, unread = self._events.of_card_as_known(code.text), error
        return self._reader.cards_by_code(code.text), events, unread

    def _by_cards(
        self, code: ScannedCode, cards: tuple[Card, ...], events: tuple[Event, ...], unread: ClerkError | None
    ) -> str | Several | Nobody:
        """Whose card it is; where the journal cannot be read, its error instead of "nobody has this card"."""
        member_ids = {card.member_no: self._reader.member(card.member_no).member_id for card in cards}
        found = known_only(identify(code, cards, member_ids, events), self._members.knows)
        if unread is not None and isinstance(found, Nobody) and code.kind is not ScanKind.PARTIAL:
            raise unread
        return found

"""What a scan or a typed line means: a member by card, id, name or phone number, or an item by its code."""

from __future__ import annotations

from clerk.cards import code as own_codes
from clerk.errors import ClerkError
from clerk.identifiers.card_codes import card_form
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
        found = self._scanned(keys)
        return found if isinstance(found, int) else self._persons(found)

    def _scanned(self, keys: str) -> str | int | Several | Nobody:
        if known := self._enrolled_here(keys):
            return known
        code = understand(keys, own_codes, self._settings.scan)
        if code.kind is ScanKind.TEXT:
            return self._by_words(code)
        cards, events, unread = self._cards(code)
        if code.kind is ScanKind.OTHER_CODE:
            if not cards and not events:
                for spelling in item_codes(code.text):
                    if item_nos := self._reader.item_nos_by_code(spelling):
                        return item_nos[0]
            if self._has_id(code.text):
                return _either(code.text, self._by_cards(code, cards, events, unread))
        return self._by_cards(code, cards, events, unread)

    def member(self, text: str) -> str | Several | Nobody:
        """The member id that a code, a member id, a name or the end of a phone number means, or why there is no one."""
        return self._persons(self._member(text))

    def _member(self, text: str) -> str | Several | Nobody:
        if known := self._enrolled_here(text):
            return known
        code = understand(text, own_codes, self._settings.scan)
        if code.kind is ScanKind.TEXT:
            return self._by_words(code)
        if code.kind is ScanKind.OTHER_CODE and self._has_id(code.text):
            return _either(code.text, self._by_cards(code, *self._cards(code)))
        return self._by_cards(code, *self._cards(code))

    def by_card(self, code: ScannedCode) -> str | Several | Nobody:
        """The member whose card this is, however its code is spelt; ids, names and phone numbers open nobody here."""
        return self._persons(self._by_cards(code, *self._cards(code)))

    def _persons(self, found: str | Several | Nobody) -> str | Several | Nobody:
        """The same by the ids that are shown; several ids of one person are one."""
        if isinstance(found, Nobody):
            return found
        ids = (found,) if isinstance(found, str) else found.member_ids
        persons = tuple(dict.fromkeys(map(self._members.first, ids)))
        return persons[0] if len(persons) == 1 else Several(persons)

    def _enrolled_here(self, text: str) -> str:
        """The id that a counter gave a new member, or empty."""
        # Looked at before anything else: without its hyphen such an id looks like a card that was cut short.
        wanted = text.strip().upper()
        return wanted if is_counter_id(wanted) and self._members.knows(wanted) else ""

    def _has_id(self, text: str) -> bool:
        return self._reader.member_no(text) is not None and self._members.knows(text)

    def _by_words(self, code: ScannedCode) -> str | Several | Nobody:
        """A member by what was typed: an id or card number in its printed form, a name, an end of a phone number."""
        if self._has_id(code.text):
            return code.text
        form = card_form(code.text)
        known = self._cards(code)
        card = self._by_cards(code, *known) if known[0] or known[1] else None
        if isinstance(card, Nobody):
            card = None
        digits_only, has_digit = form.isdecimal(), any(one.isdecimal() for one in form)
        if card is not None and has_digit and not (digits_only and len(form) >= self._settings.scan.code_length):
            return card
        # So many digits may be a phone number as well, and letters a name: then a person chooses.
        found = identify_found(code.text, self._finding.members(code.text, self._settings.search.rows))
        return found if card is None else _either(card, found)

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


def _either(one: str | Several, other: str | Several | Nobody) -> str | Several:
    """Whoever is meant by two readings of one text: a member where both agree, else several to choose from."""
    if isinstance(other, Nobody):
        return one
    found = (one,) if isinstance(one, str) else one.member_ids
    found += (other,) if isinstance(other, str) else other.member_ids
    different = tuple(dict.fromkeys(found))
    return different[0] if len(different) == 1 else Several(different)

"""From a member id to the one frozen card: pack and journal are read, the pure rules do the rest.

One read transaction on the pack and one on the journal a card; everything learned or constant is made once a pack.
While the journal cannot be read a card holds the name alone: whatever else is known may have been withdrawn here.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from clerk.cards import code as own_codes
from clerk.clock import DAY_S, Clock
from clerk.errors import ClerkError
from clerk.members.contact_masking import masked
from clerk.members.events_everywhere import EventsEverywhere
from clerk.members.items import PackItems
from clerk.members.readable import ReadableMembers
from clerk.members.shop_facts import ShopFacts
from clerk.model import Event, Item, LineFlag, MemberFacts, Notice, Record, StaffRole, VisitCard, Why
from clerk.pack.read import PackReader
from clerk.settings import Settings
from clerk.visit.card import Visit, card_unread, compose, needs
from clerk.visit.habits.reading import Reading, company_seeds, read
from clerk.visit.habits.tier import tier_of
from clerk.visit.habits.usual_lines import Names, gaps
from clerk.visit.identify.member_by_code import active_codes
from clerk.visit.kiosk_tries import wrong_in_a_row
from clerk.visit.profile.enrolment import as_of_now
from clerk.visit.profile.marks import with_marks
from clerk.visit.profile.member_profile import answers_in, profile, remembered, skus_in
from clerk.visit.suggest.candidates import Candidate, candidates, out_today
from clerk.visit.suggest.discovery import house_picks
from clerk.visit.suggest.explain import why

KIOSK_TRIES = "kiosk closed, {} wrong tries: ask for the end of the phone number, ^B"
"""On the card after too many wrong tries there; ^B is the key of `clerk.ui.input.actions`."""


@dataclass(frozen=True, slots=True)
class LoadedMember:
    """A member as of now, with everything that suggestions to them rest on."""

    facts: MemberFacts
    events: tuple[Event, ...]
    reading: Reading
    found: tuple[Candidate, ...]


class CardLoader:
    """Makes cards. One thread at a time; the desk sees to that.

    Args:
        reader: the pack.
        events: of all counters, over the same pack.
        members: what may be read of them.
        items: of the same pack.
        settings: the shop's constants.
        clock: now.
    """

    def __init__(
        self,
        reader: PackReader,
        events: EventsEverywhere,
        members: ReadableMembers,
        items: PackItems,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._reader = reader
        self._events = events
        self._members = members
        self._items = items
        self._settings = settings
        self._clock = clock
        self.shop_facts = ShopFacts(reader, settings)
        """What every card rests on."""

    def prepare(self) -> None:
        """Makes what every visit needs, so that the first scan does not pay for it."""
        self._reader.prepare()
        self.shop_facts.prepare()
        self._house_picks_shown()

    def _house_picks_shown(self) -> Mapping[str, int]:
        """SKU -> showings as a house pick in this shop lately."""
        # The journal says itself what is wrong with it; a count of house picks must not keep the counter shut.
        with suppress(ClerkError):
            self._events.catch_up()
        return self._events.house_shown(self._clock.now() - self._settings.discovery.exposure_days * DAY_S)

    def card(self, member_id: str, visit_id: str, first: VisitCard | None = None) -> VisitCard:
        """The card of one visit as of now; with the name alone where the journal cannot be read.

        Args:
            member_id: whose.
            visit_id: the visit.
            first: the first card of this visit, whose suggestions hold their places.

        Raises:
            UnknownMember: the shop does not know the id.
            DiskFailed: neither the journal nor who was forgotten here can be read.
        """
        try:
            return self.whole_card(member_id, visit_id, first)
        except ClerkError as error:
            if not self._events.is_why_unread(error):
                raise
            why = Notice(error.code, error.what, error.remedy)
        return card_unread(visit_id, self._clock.now(), self._members.name_alone(member_id), why)

    def whole_card(self, member_id: str, visit_id: str, first: VisitCard | None = None) -> VisitCard:
        """The same for whoever has no use for a name alone.

        Raises:
            UnknownMember: the shop does not know the id.
            ClerkError: the journal cannot be read.
        """
        with self._reader.snapshot():
            loaded = self._load(member_id)
            visit = Visit(
                visit_id=visit_id,
                card_hint=_card_hint(loaded),
                answers=answers_in(loaded.events, visit_id),
                first=first,
            )
            tier = tier_of(loaded.reading, self.shop_facts.tiers)
            visit = replace(visit, tier=tier, privileges=self.shop_facts.privileges(loaded.facts, tier))
            stay = [one.item.item_no for one in first.suggestions] if first is not None else []
            card = compose(loaded.reading, loaded.found, self._names(loaded, stay), visit)
            card = replace(card, member=masked(card.member, StaffRole.ASSOCIATE))
            if (wrong := wrong_in_a_row(loaded.events)) >= self._settings.kiosk.tries:
                card = replace(card, kiosk_tries=wrong, notes=(KIOSK_TRIES.format(wrong), *card.notes))
            return card

    def why(self, member_id: str, sku: str) -> Why:
        """Why an item is, or is not, suggested to a member now.

        Raises:
            UnknownMember, UnknownItem: the shop does not know one of them.
            ClerkError: the journal cannot be read.
        """
        with self._reader.snapshot():
            item_no = self._items.item_no(sku)
            loaded = self._load(member_id, item_no)
            return why(item_no, loaded.reading, loaded.found, self._names(loaded, [item_no]).items)

    def load(self, member_id: str) -> LoadedMember:
        """A member read as of now, in numbers.

        Raises:
            UnknownMember: the shop does not know the id.
            ClerkError: the journal cannot be read.
        """
        with self._reader.snapshot():
            return self._load(member_id)

    def lines_struck(self, record: Record) -> int:
        """How many of the member's line items up to now a strike, not yet written, is about."""
        history, now = self._members.facts(record.member_id).history, self._clock.now()
        event = Event("", record.kind, now, record.member_id, "", record.payload)
        marked, _ = with_marks(history, [event], self._reader.columns, self._reader.item_nos(skus_in([event])))
        struck = (marked.flags & LineFlag.STRUCK) != 0
        return int((struck & (history.basket_at[history.basket] <= now)).sum())

    def _load(self, member_id: str, also: int = 0) -> LoadedMember:
        facts = self._members.facts(member_id)
        events = self._events.of_member(member_id)
        facts = replace(facts, member=as_of_now(facts.member, member_id, events) or facts.member)
        item_nos = self._reader.item_nos(skus_in(events)) if events else {}
        now = self._clock.now()
        person = remembered(profile(facts, events, item_nos, now, self._reader.columns))
        shop = self.shop_facts
        reading = read(person, self._reader.columns, shop.shop, now, self._settings, shop.models)
        return LoadedMember(facts, events, reading, self._candidates(reading, also))

    def _candidates(self, reading: Reading, also: int) -> tuple[Candidate, ...]:
        # Where chances were learned, the item-to-item table is in memory and nothing is read.
        seeds = company_seeds(reading) if reading.models.suggest is None else ()
        companions = self._reader.companions(seeds) if seeds else []
        numbers = self.shop_facts.house_pick_nos
        shown = {numbers[sku]: times for sku, times in self._house_picks_shown().items() if sku in numbers}
        house = house_picks(reading, self.shop_facts.house_picks, shown)
        return candidates(reading, companions, house, self.shop_facts.goes_with, also)

    def _names(self, loaded: LoadedMember, also: list[int]) -> Names:
        """Everything the card names, read in two statements; substitutes only where something is out."""
        wanted = needs(loaded.reading, loaded.found, also)
        names = Names(self._reader.items(wanted.items), self._reader.modifier_sets(wanted.modifier_sets))
        missing = gaps(loaded.reading, names)
        out = dict.fromkeys((*missing.nearest_to, *out_today(loaded.reading)))
        if not (missing.choices_of or out):
            return names
        nearest: Mapping[int, Item] = {
            item_no: found for item_no in out if (found := self._items.stand_in(item_no, loaded.reading)) is not None
        }
        choices = {item_no: self._reader.modifiers_of(item_no) for item_no in missing.choices_of}
        return replace(names, choices=choices, nearest=nearest)


def _card_hint(loaded: LoadedMember) -> str:
    """The end of the member's active card, so that two of the same name are told apart."""
    active = active_codes(loaded.facts.cards, loaded.events)
    return own_codes.tail(active[0]) if active else ""

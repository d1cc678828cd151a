"""From a member id to the one frozen card: pack and journal are read, the pure rules do the rest.

One read transaction on the pack and one on the journal a card; everything learned or constant is made once a pack.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from clerk.cards import code as own_codes
from clerk.clock import DAY_S, Clock
from clerk.errors import ClerkError, UnknownItem, UnknownMember
from clerk.journal import Journal
from clerk.members.events_everywhere import Heard
from clerk.members.journal_unread import closed, closed_card, closed_why
from clerk.members.masking import masked
from clerk.members.readable import Kept
from clerk.members.stand_ins import Nearest
from clerk.model import Event, Item, LineFlag, Member, MemberFacts, Record, StaffRole, VisitCard, Why
from clerk.pack.read import PackReader
from clerk.settings import Settings
from clerk.visit.card import Visit, compose, needs
from clerk.visit.habits.reading import Models, Reading, company_seeds, models_of, read, taste_weights
from clerk.visit.habits.tier import tier_of
from clerk.visit.habits.usual_lines import Names, gaps
from clerk.visit.identify.member_by_code import active_codes
from clerk.visit.profile.enrolment import as_of_now
from clerk.visit.profile.marks import with_marks
from clerk.visit.profile.member_profile import answers_in, profile, remembered, skus_in
from clerk.visit.shop import Shop, shop_of
from clerk.visit.suggest.candidates import Candidate, HousePick, alike, candidates, out_today
from clerk.visit.suggest.discovery import house_picks, offers
from clerk.visit.suggest.explain import why

_FALLBACKS = {
    "usual": "thresholds of the kind of shop",
    "due": "renewal estimate",
    "next": "due items by their chance within two weeks",
    "value": "tiers of the shop's own data only",
}
"""Rules that the night may fit, and what is used until it has."""


_STAND_INS = 8
"""Nearest items looked at for a stand-in: beyond these it would be another thing."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A member read as of now, with what the journal says."""

    facts: MemberFacts
    events: tuple[Event, ...]
    reading: Reading
    found: tuple[Candidate, ...]
    is_unread: bool
    """The journal could not be read: what was said is not known, and nothing may rest on its absence."""


class Visiting:
    """Makes cards. One thread at a time; the desk sees to that.

    Args:
        reader: the pack.
        journal: what happened here since, or None where it cannot be read.
        settings: the shop's constants.
        clock: now.
        tell: takes what went wrong while the journal was read.
    """

    def __init__(
        self,
        reader: PackReader,
        journal: Journal | None,
        settings: Settings,
        clock: Clock,
        tell: Callable[[ClerkError], None],
    ) -> None:
        self._reader = reader
        self._journal_opens = journal is not None
        self.heard = Heard(reader, journal)
        """What was said, here and elsewhere."""
        self.kept = Kept(reader, self.heard)
        """What may be read of members."""
        self._settings = settings
        self._clock = clock
        self._tell = tell
        self.nearest = Nearest(reader)

    @cached_property
    def shop(self) -> Shop:
        """The shop's rhythm, made once a pack."""
        return shop_of(self._reader.columns, self._settings)

    @cached_property
    def _pool(self) -> tuple[NDArray[np.int32], NDArray[np.float32]] | None:
        """Items that may be suggested out of taste, and their vectors, gathered once a pack."""
        vectors = self._reader.vectors
        if vectors is None:
            return None
        pool = self._reader.pool
        return pool, np.ascontiguousarray(vectors[pool], dtype=np.float32)

    @cached_property
    def _models(self) -> Models:
        """What was learned at night and can be used, made once a pack."""
        until = self._reader.facts.get("data_until", "0")
        return models_of(
            self._reader.models,
            self._reader.columns,
            self.shop,
            self._settings,
            int(until) if until.isascii() and until.isdigit() else 0,
        )

    @cached_property
    def _tiers(self) -> tuple[str, ...]:
        """The shop's tiers, best first."""
        return self._list("store.tiers")

    def _list(self, fact: str) -> tuple[str, ...]:
        """Texts of a list in the store's facts; none where there is no such list."""
        try:
            found = json.loads(self._reader.facts.get(fact, "[]"))
        except ValueError:
            return ()
        return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()

    def _privileges(self, facts: MemberFacts, tier: str) -> tuple[str, ...]:
        """What a tier means today, in the shop's own words."""
        return facts.privileges if tier == facts.member.tier else self._reader.privileges(tier)

    @cached_property
    def _offers(self) -> tuple[HousePick, ...]:
        """What the shop chose, and what is rising."""
        skus = self._list("store.house")
        nos = self._reader.item_nos(skus) if skus else {}
        return offers(self._reader.columns, [nos[sku] for sku in skus if sku in nos], self._settings)

    @property
    def _exposed(self) -> Mapping[str, int]:
        """SKU -> showings as a house pick in this shop lately."""
        # The journal says itself what is wrong with it; a count of house picks must not keep the counter shut.
        with suppress(ClerkError):
            self.heard.note()
        return self.heard.house_shown(self._clock.now() - self._settings.discovery.exposure_days * DAY_S)

    def warm(self) -> None:
        """Makes what every visit needs, so that the first scan does not pay for it."""
        _ = self.shop, self._pool, self._models, self._offers, self._offer_skus, self._exposed, self._tiers

    def card(self, member_id: str, visit_id: str, first: VisitCard | None = None) -> VisitCard:
        """The card of one visit as of now.

        Args:
            member_id: whose.
            visit_id: the visit.
            first: the first card of this visit, whose suggestions hold their places.

        Raises:
            UnknownMember: the shop does not know the id.
        """
        with self._reader.snapshot():
            opened = self._open(member_id)
            visit = Visit(
                visit_id=visit_id,
                card_hint=_card_hint(opened),
                answers=answers_in(opened.events, visit_id),
                first=first,
            )
            tier = tier_of(opened.reading, self._tiers)
            visit = replace(visit, tier=tier, privileges=self._privileges(opened.facts, tier))
            kept = [one.item.item_no for one in first.suggestions] if first is not None else []
            card = compose(opened.reading, opened.found, self._names(opened, kept), visit)
            card = replace(card, member=masked(card.member, StaffRole.ASSOCIATE))
            return closed_card(card) if opened.is_unread else card

    def why(self, member_id: str, sku: str) -> Why:
        """Why an item is, or is not, suggested to a member now.

        Raises:
            UnknownMember, UnknownItem: the shop does not know one of them.
        """
        with self._reader.snapshot():
            item_no = self.item_no(sku)
            opened = self._open(member_id)
            told = why(item_no, opened.reading, opened.found, self._names(opened, [item_no]).items)
            return closed_why(told) if opened.is_unread else told

    def history(self, member_id: str) -> MemberFacts:
        """The pack's facts of a member, with lines.

        Raises:
            UnknownMember: the shop does not know the id.
        """
        member_no = self._reader.member_no(member_id)
        if member_no is None:
            if (newcomer := self._newcomer(member_id)) is not None:
                return newcomer
            raise UnknownMember("Nobody here has this member id.", "Search by name or phone: `clerk find`.")
        if (facts := self.kept.facts(self._reader.member_facts(member_no))) is None:
            raise UnknownMember("Nobody here has this member id.", "Search by name or phone: `clerk find`.")
        return facts

    def opened(self, member_id: str) -> Opened:
        """A member read as of now, in numbers.

        Raises:
            UnknownMember: the shop does not know the id.
        """
        with self._reader.snapshot():
            return self._open(member_id)

    def knows(self, member_id: str) -> bool:
        """Whether a visit can be opened: the pack has the member, or a counter enrolled them since."""
        if self._reader.member_no(member_id) is not None:
            return not self.kept.is_forgotten(member_id)
        return self._newcomer(member_id) is not None

    def member(self, member_id: str) -> Member | None:
        """The member as of now, corrections made at any counter included; None for nobody."""
        member_no = self._reader.member_no(member_id)
        stored = None if member_no is None else self.kept.member(self._reader.member(member_no))
        return as_of_now(stored, member_id, self._heard(member_id)[0])

    def _newcomer(self, member_id: str) -> MemberFacts | None:
        """Somebody whom only an enrolment at a counter names: no purchases yet."""
        member = as_of_now(None, member_id, self._heard(member_id)[0]) if member_id else None
        if member is None:
            return None
        # Row 0 is nobody's: a history without a line.
        return replace(self._reader.nobody, member=member)

    def lines_struck(self, record: Record) -> int:
        """How many of the member's line items up to now a strike, not yet written, is about."""
        history, now = self.history(record.member_id).history, self._clock.now()
        event = Event("", record.kind, now, record.member_id, "", record.payload)
        marked, _ = with_marks(history, [event], self._reader.columns, self._reader.item_nos(skus_in([event])))
        struck = (marked.flags & LineFlag.STRUCK) != 0
        return int((struck & (history.basket_at[history.basket] <= now)).sum())

    def item_no(self, sku: str) -> int:
        """Number of an item by its SKU.

        Raises:
            UnknownItem: this shop has no such item.
        """
        item_no = self._reader.item_nos([sku]).get(sku)
        if item_no is None:
            raise UnknownItem("This shop has no item with this SKU.", "Search for it: `clerk find --items`.")
        return item_no

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

    def item(self, item_no: int) -> Item:
        """An item by number."""
        return self._reader.items([item_no])[item_no]

    def models_in_use(self) -> dict[str, str]:
        """What was learned at night, by name, or which fallback stands in for it."""
        learned = self._reader.models
        return {
            name: "fitted on this shop"
            if getattr(self._models, name) is not None
            else f"{fallback}{' (what the store data holds cannot be used)' if name in learned else ''}"
            for name, fallback in _FALLBACKS.items()
        }

    def _open(self, member_id: str) -> Opened:
        facts = self.history(member_id)
        events, is_read = self._heard(member_id)
        facts = replace(facts, member=as_of_now(facts.member, member_id, events) or facts.member)
        item_nos = self._reader.item_nos(skus_in(events)) if events else {}
        now = self._clock.now()
        person = remembered(profile(facts, events, item_nos, now, self._reader.columns))
        if not is_read:
            person = closed(person)
        reading = read(person, self._reader.columns, self.shop, now, self._settings, self._models)
        return Opened(facts, events, reading, self._candidates(reading), not is_read)

    def _heard(self, member_id: str) -> tuple[tuple[Event, ...], bool]:
        """The member's events, and whether this counter's are among them: that must not keep a card from it."""
        try:
            return self.heard.of_member(member_id), True
        except ClerkError as error:
            if self._journal_opens:
                self._tell(error)
            return self.heard.without_journal(member_id), False

    def _candidates(self, reading: Reading) -> tuple[Candidate, ...]:
        seeds = company_seeds(reading)
        companions = self._reader.companions(seeds) if seeds else []
        likenesses: tuple[Candidate, ...] = ()
        habit_nos, _ = taste_weights(reading)
        if self._pool is not None and len(habit_nos):
            vectors = self._reader.vectors
            assert vectors is not None
            pool, pool_vectors = self._pool
            likenesses = alike(reading, pool, pool_vectors, habit_nos, np.asarray(vectors[habit_nos]))
        instead = {no: found.item_no for no in out_today(reading) if (found := self._stand_in(no)) is not None}
        house = house_picks(reading, self._offers, self._exposed_nos)
        return candidates(reading, companions, likenesses, house, instead)

    @property
    def _exposed_nos(self) -> dict[int, int]:
        """Showings lately by item number."""
        return {self._offer_skus[sku]: times for sku, times in self._exposed.items() if sku in self._offer_skus}

    @cached_property
    def _offer_skus(self) -> dict[str, int]:
        """SKU -> number of everything that may be a house pick."""
        found = self._reader.items([one.item_no for one in self._offers])
        return {item.sku: item_no for item_no, item in found.items()}

    def _stand_in(self, item_no: int) -> Item | None:
        """The nearest item that is here, of the same type or much like it; None when nothing can stand in.

        It states no allergen that this one does not: who takes the granola without gluten is not offered the one with.
        """
        harmless = {allergen.casefold() for allergen in self.item(item_no).allergens}
        like = self._settings.suggest.taste_like
        for near in self.nearest.here(item_no, _STAND_INS):
            fits = near.same_category or near.closeness >= like
            if fits and {allergen.casefold() for allergen in near.item.allergens} <= harmless:
                return near.item
        return None

    def _names(self, opened: Opened, also: list[int]) -> Names:
        """Everything the card names, read in two statements; substitutes only where something is out."""
        wanted = needs(opened.reading, opened.found, also)
        names = Names(self._reader.items(wanted.items), self._reader.modifier_sets(wanted.modifier_sets))
        missing = gaps(opened.reading, names)
        if not (missing.choices_of or missing.nearest_to):
            return names
        nearest: Mapping[int, Item] = {
            item_no: found for item_no in missing.nearest_to if (found := self._stand_in(item_no)) is not None
        }
        choices = {item_no: self._reader.modifiers_of(item_no) for item_no in missing.choices_of}
        return replace(names, choices=choices, nearest=nearest)


def _card_hint(opened: Opened) -> str:
    """The end of the member's active card, so that two of the same name are told apart."""
    active = active_codes(opened.facts.cards, opened.events)
    return own_codes.tail(active[0]) if active else ""

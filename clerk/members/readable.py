"""What may be read of a member now: corrections and enrolments of all counters included, erased data left out."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from clerk.errors import UnknownMember
from clerk.members.events_everywhere import EventsEverywhere
from clerk.model import History, Member, MemberFacts, Purpose
from clerk.pack.read import PackReader
from clerk.privacy.consent import consents_now
from clerk.privacy.readable import readable_facts
from clerk.visit.profile.enrolment import as_of_now


class ReadableMembers:
    """Stands between the pack and everybody who reads members from it.

    Where the journal cannot be read, its error is all that anybody gets, but for `name_alone`: whatever else the pack
    knows of a member may have been withdrawn here.

    Args:
        reader: the pack.
        events: of all counters, over the same pack.
    """

    def __init__(self, reader: PackReader, events: EventsEverywhere) -> None:
        self._reader = reader
        self._events = events

    def first(self, member_id: str) -> str:
        """The id under which a person is shown and recorded: the id itself, unless it is one person with another."""
        return self._events.pairs_now().first(member_id)

    def ids(self, member_id: str) -> tuple[str, ...]:
        """Every id of a person, the one that is shown first."""
        return self._events.pairs_now().ids(member_id)

    def facts(self, member_id: str) -> MemberFacts:
        """The pack's facts of a member with line items; none yet for a member enrolled at a counter since.

        Of ids that are one person those of all of them, under the id that is shown.

        Raises:
            UnknownMember: the shop does not know the id.
        """
        ids = self.ids(member_id)
        if len(ids) == 1:
            return self.facts_alone(member_id)
        found = []
        for one in ids:
            with suppress(UnknownMember):
                found.append(self.facts_alone(one))
        if not found:
            raise _unknown()
        return _united(found)

    def facts_alone(self, member_id: str) -> MemberFacts:
        """The same of this id alone, whoever else is the same person.

        Raises:
            UnknownMember: the shop does not know the id.
        """
        member_no = self._reader.member_no(member_id)
        if member_no is not None:
            facts = self.without_erased(self._reader.member_facts(member_no))
        else:
            facts = self._enrolled_at_counter(member_id)
        if facts is None:
            raise _unknown()
        return facts

    def name_alone(self, member_id: str) -> Member:
        """Who a member is, for where the journal cannot be read: id, name and language, as the pack has them.

        Raises:
            UnknownMember: the pack does not have the id, or something of the member was erased.
            DiskFailed: it cannot be read either who was forgotten here.
        """
        member_no = self._reader.member_no(member_id)
        if not self._events.may_be_named(member_id) or member_no is None:
            raise _unknown()
        known = self._reader.member(member_no)
        return Member(member_no, member_id, known.name, known.given_name, locale=known.locale)

    def must_know(self, member_id: str) -> None:
        """Checks that there is such a member of whom something may be said, without reading what they bought.

        Raises:
            UnknownMember: the shop does not know the id.
            ClerkError: the journal cannot be read.
        """
        self._events.catch_up()
        if not self.knows(member_id):
            raise _unknown()

    def knows(self, member_id: str) -> bool:
        """Whether a visit can be opened: the pack has the member, or a counter enrolled them since."""
        if self._reader.member_no(member_id) is not None:
            return not self._is_erased(member_id)
        return self._enrolled_at_counter(member_id) is not None

    def member(self, member_id: str) -> Member | None:
        """The member as of now, corrections made at any counter included; None for nobody."""
        member_id, *others = self.ids(member_id)
        found = [one for one in map(self._stored, (member_id, *others)) if one is not None]
        stored = _one_member(found) if found else None
        return as_of_now(stored, member_id, self._events.of_member(member_id))

    def _stored(self, member_id: str) -> Member | None:
        """The member as the pack has this id, as far as it may be read."""
        member_no = self._reader.member_no(member_id)
        stored = None if member_no is None else self._reader.member(member_no)
        if stored is not None and self._events.erasures.of(member_id):
            left = self.without_erased(self._reader.member_facts(stored.member_no))
            stored = None if left is None else left.member
        return stored

    def allowed(self, member_id: str) -> frozenset[Purpose]:
        """The purposes a member agreed to, without reading purchases; none of somebody who is not known any more."""
        # Another process may have forgotten them a moment ago.
        self._events.catch_up()
        if not self.knows(member_id):
            return frozenset()
        consents = [told for one in self.ids(member_id) for told in self._events.consents_of(one)]
        return consents_now(consents, self._events.of_member(member_id)).allowed

    def corrected(self, facts: MemberFacts) -> MemberFacts:
        """The facts with the corrections that counters made to name, phone and e-mail."""
        member_id = facts.member.member_id
        events = self._events.of_member(member_id)
        return replace(facts, member=as_of_now(facts.member, member_id, events) or facts.member)

    def is_forgotten(self, member_id: str) -> bool:
        """Whether somebody of this id was forgotten as a whole, here or by another process, and has not enrolled again.

        Raises:
            ClerkError: the journal cannot be read.
        """
        if not member_id:
            return False
        self._events.catch_up()
        return self._events.erasures.whole(member_id) is not None and not self.knows(member_id)

    def without_erased(self, facts: MemberFacts) -> MemberFacts | None:
        """The part of a member's facts that an erasure leaves readable; None for an erased member."""
        self._events.catch_up()
        member_id = facts.member.member_id
        if not self._events.erasures.of(member_id):
            return facts
        return readable_facts(self._events.erasures, facts, self._events.of_member_with_erased(member_id))

    def _is_erased(self, member_id: str) -> bool:
        """Whether nothing may be read of a member whom the pack still holds."""
        if not self._events.erasures.of(member_id):
            return False
        member_no = self._reader.member_no(member_id)
        return member_no is not None and self.without_erased(self._reader.member_facts(member_no)) is None

    def _enrolled_at_counter(self, member_id: str) -> MemberFacts | None:
        """Somebody whom only an enrolment at a counter names: no purchases yet."""
        if not member_id:
            return None
        member = as_of_now(None, member_id, self._events.of_member_alone(member_id))
        # Row 0 is nobody's: a history without a line.
        return None if member is None else replace(self._reader.nobody, member=member)


def _united(found: Sequence[MemberFacts]) -> MemberFacts:
    """Facts of one person from those of several ids, the first of which is shown."""
    history = found[0].history
    for other in found[1:]:
        history = _both(history, other.history)
    return MemberFacts(
        member=_one_member([one.member for one in found]),
        cards=tuple(card for one in found for card in one.cards),
        consents=tuple(consent for one in found for consent in one.consents),
        history=history,
        privileges=next((one.privileges for one in found if one.privileges), ()),
    )


def _one_member(found: Sequence[Member]) -> Member:
    """The first, with what it lacks from the others."""
    texts = ("name", "given_name", "phone", "email", "birthday", "locale", "home_store", "tier")
    known: dict[str, Any] = {name: next((text for one in found if (text := getattr(one, name))), "") for name in texts}
    joined = min((one.joined_on for one in found if one.joined_on), default="")
    return replace(found[0], joined_on=joined, **known)


def _both(one: History, other: History) -> History:
    """Two histories as one, oldest basket first."""
    import numpy as np

    many = len(one.basket_at)
    at = np.concatenate([one.basket_at, other.basket_at])
    order = np.argsort(at, kind="stable")
    place = np.empty(len(order), dtype=one.basket.dtype)
    place[order] = np.arange(len(order), dtype=one.basket.dtype)
    basket = place[np.concatenate([one.basket, other.basket + many])]
    lines = np.argsort(basket, kind="stable")
    ids = (*one.basket_id, *other.basket_id)
    columns = {
        name: np.concatenate([getattr(one, name), getattr(other, name)])[lines]
        for name in ("line_no", "item", "modifier_set", "quantity", "total_minor", "flags")
    }
    return History(
        basket=basket[lines], basket_at=at[order], basket_id=tuple(ids[n] for n in order.tolist()), **columns
    )


def _unknown() -> UnknownMember:
    return UnknownMember("Nobody here has this member id.", "Search by name or phone: `clerk find`.")

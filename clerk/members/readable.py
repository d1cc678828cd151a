"""What may be read of a member now: corrections and enrolments of all counters included, erased data left out."""

from __future__ import annotations

from dataclasses import replace

from clerk.errors import UnknownMember
from clerk.members.events_everywhere import EventsEverywhere
from clerk.model import Member, MemberFacts, Purpose
from clerk.pack.read import PackReader
from clerk.privacy.consent import consents_now, stands_after
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

    def facts(self, member_id: str) -> MemberFacts:
        """The pack's facts of a member with line items; none yet for a member enrolled at a counter since.

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
        member_no = self._reader.member_no(member_id)
        stored = None if member_no is None else self._reader.member(member_no)
        if stored is not None and self._events.erasures.of(member_id):
            left = self.without_erased(self._reader.member_facts(stored.member_no))
            stored = None if left is None else left.member
        return as_of_now(stored, member_id, self._events.of_member(member_id))

    def allowed(self, member_id: str) -> frozenset[Purpose]:
        """The purposes a member agreed to, without reading purchases; none of somebody who is not known any more."""
        # Another process may have forgotten them a moment ago.
        self._events.catch_up()
        if not self.knows(member_id):
            return frozenset()
        member_no = self._reader.member_no(member_id)
        consents = () if member_no is None else self._reader.consents(member_no)
        if (whole := self._events.erasures.whole(member_id)) is not None:
            consents = stands_after(consents, whole.at)
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
        member = as_of_now(None, member_id, self._events.of_member(member_id))
        # Row 0 is nobody's: a history without a line.
        return None if member is None else replace(self._reader.nobody, member=member)


def _unknown() -> UnknownMember:
    return UnknownMember("Nobody here has this member id.", "Search by name or phone: `clerk find`.")

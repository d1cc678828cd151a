"""What may still be read of a member that the pack holds: of whom asked to be forgotten nothing, at once."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from clerk.errors import ClerkError
from clerk.members.events_everywhere import Heard
from clerk.model import Event, Member, MemberFacts, Purpose
from clerk.pack.read import PackReader
from clerk.privacy.consent import consents_now
from clerk.privacy.readable import readable_facts
from clerk.visit.profile.enrolment import as_of_now


class Kept:
    """Stands between the pack and everybody who reads members from it.

    Args:
        reader: the pack.
        heard: what was said over the same pack.
    """

    def __init__(self, reader: PackReader, heard: Heard) -> None:
        self._reader = reader
        self._heard = heard

    def facts(self, facts: MemberFacts) -> MemberFacts | None:
        """What may be read of them; None of somebody who is forgotten."""
        # The journal says itself what is wrong with it.
        with suppress(ClerkError):
            self._heard.note()
        member_id = facts.member.member_id
        if not self._heard.erasures.of(member_id):
            return facts
        return readable_facts(self._heard.erasures, facts, self._heard.of_member_at_all(member_id))

    def is_forgotten(self, member_id: str) -> bool:
        """Whether a member that the pack holds asked to be forgotten."""
        if not self._heard.erasures.of(member_id):
            return False
        member_no = self._reader.member_no(member_id)
        return member_no is not None and self.facts(self._reader.member_facts(member_no)) is None

    def member(self, stored: Member) -> Member | None:
        """A member as the pack has them, without what was forgotten; None of somebody who is."""
        if not self._heard.erasures.of(stored.member_id):
            return stored
        kept = self.facts(self._reader.member_facts(stored.member_no))
        return None if kept is None else kept.member

    def allowed(self, member_id: str) -> frozenset[Purpose]:
        """What a member agreed to, without reading what they bought; nothing of somebody who is forgotten."""
        if self.is_forgotten(member_id):
            return frozenset()
        member_no = self._reader.member_no(member_id)
        consents = () if member_no is None else self._reader.consents(member_no)
        if (whole := self._heard.erasures.whole(member_id)) is not None:
            consents = tuple(one for one in consents if one.at > whole.at)
        return consents_now(consents, self._events(member_id)).allowed

    def corrected(self, facts: MemberFacts) -> MemberFacts:
        """The facts with corrections made at counters laid over the member."""
        member_id = facts.member.member_id
        return replace(facts, member=as_of_now(facts.member, member_id, self._events(member_id)) or facts.member)

    def _events(self, member_id: str) -> tuple[Event, ...]:
        try:
            return self._heard.of_member(member_id)
        except ClerkError:
            return self._heard.without_journal(member_id)

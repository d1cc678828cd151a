"""Recording outside a visit: what commands say, checked first, written durably."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from clerk.errors import ClerkError, Forgotten, JournalDamaged, NotPermitted
from clerk.journal import Journal
from clerk.members.agreements import agreements
from clerk.members.card_loading import Visiting
from clerk.model import Agreement, AnswerKind, ConsentState, Event, EventKind, LineMark, Purpose, Record, Said
from clerk.privacy.consent import basis_of
from clerk.privacy.which_events import enrols
from clerk.privacy.wordings import OWN, Wordings
from clerk.visit import feedback
from clerk.visit.profile.member_profile import skus_in
from clerk.visit.profile.statements import told

REMEMBERED_ONLY = (EventKind.ANSWER, EventKind.MARK, EventKind.FACT, EventKind.SHOWN, EventKind.VISIT_ENDED)
"""Kinds of event that are kept only of members who agreed to be remembered."""
AGAIN = (EventKind.MEMBER, EventKind.CARD)
"""Kinds of event by which somebody who was forgotten is enrolled again."""


class Records:
    """Appends to the journal what was checked against the pack.

    Args:
        visiting: reads members and items.
        journal: of this device, or None where it cannot be read.
        generation: of the pack that was seen when something was recorded.
        reading: held while the pack is read.
    """

    def __init__(self, visiting: Visiting, journal: Journal | None, generation: str, reading: threading.RLock) -> None:
        self._visiting = visiting
        self._journal = journal
        self._generation = generation
        self._reading = reading
        self.wordings: Wordings = OWN
        """What is read out in this shop before a purpose is agreed to."""

    def answer(self, member_id: str, sku: str, answer: AnswerKind, *, category: bool = False) -> Record:
        """The event of an answer, not yet written.

        Args:
            member_id: who said it.
            sku: to which item.
            answer: what was said.
            category: with never, about the item's whole category.

        Raises:
            UnknownMember, UnknownItem: the shop does not know one of them, or the item has no category.
        """
        with self._reading:
            self._visiting.history(member_id)
            item = self._visiting.item(self._visiting.item_no(sku))
        return feedback.answer_event(member_id, sku, answer, category=item.category, at_category=category)

    def mark(self, member_id: str, line: str, mark: LineMark) -> Record:
        """The event of a mark, not yet written.

        Raises:
            UnknownMember, UnknownLine: there is no such member or line.
        """
        with self._reading:
            return feedback.mark_event(member_id, self._visiting.history(member_id).history, line, mark)

    def strike(
        self,
        member_id: str,
        *,
        line: str = "",
        sku: str = "",
        category: str = "",
        period: tuple[int, int] | None = None,
    ) -> Record:
        """The event of a strike, not yet written: "do not use this".

        Raises:
            UnknownMember, UnknownLine, UnknownItem: there is no such member, line, item or category.
        """
        with self._reading:
            history = self._visiting.history(member_id).history
            if sku:
                self._visiting.item_no(sku)
            if category and not line and not sku:
                category = self._visiting.category(category)
        return feedback.strike_event(member_id, history, line=line, sku=sku, category=category, period=period)

    def lines_struck(self, record: Record) -> int:
        """How many of the member's past line items a strike is about."""
        with self._reading:
            return self._visiting.lines_struck(record)

    def fact(self, member_id: str, fact: str, text: str) -> Record:
        """The event of a stated allergen, dislike or note, not yet written.

        Raises:
            UnknownMember: the shop does not know the id.
            NotKept: the text is empty or holds a payment card number.
        """
        with self._reading:
            self._visiting.history(member_id)
        return feedback.fact_event(member_id, fact, text)

    def consent(self, member_id: str, purpose: Purpose, state: ConsentState) -> Record:
        """The event of a purpose agreed to or withdrawn, not yet written; it says which words were read out.

        Raises:
            UnknownMember: the shop does not know the id.
        """
        with self._reading:
            locale = self._visiting.history(member_id).member.locale
        basis = basis_of(self._events(member_id), purpose, self._generation)
        wording = self.wordings.recorded(locale)
        return feedback.consent_event(member_id, purpose, state, wording=wording, basis=basis)

    def words(self, member_id: str) -> Mapping[Purpose, str]:
        """What is read out to a member before anything is agreed to, in their language where the shop has it.

        Raises:
            UnknownMember: the shop does not know the id.
        """
        with self._reading:
            return self.wordings.of(self._visiting.history(member_id).member.locale)

    def agreements(self, member_id: str) -> tuple[Agreement, ...]:
        """Where every purpose stands, since when, and the words that are read out.

        Raises:
            UnknownMember: the shop does not know the id.
            JournalDamaged: what was said cannot be read.
        """
        events = self._events(member_id)
        with self._reading:
            return agreements(self._visiting.kept.corrected(self._visiting.history(member_id)), events, self.wordings)

    def said(self, member_id: str) -> tuple[Said, ...]:
        """Everything the member said that still counts, at any counter, newest first.

        Raises:
            UnknownMember: the shop does not know the id.
            JournalDamaged: what was said cannot be read.
        """
        events = self._events(member_id)
        with self._reading:
            self._visiting.history(member_id)
            names = self._visiting.names_of(skus_in(events))
        return told(events, names)

    def last_undoable(self, member_id: str, event_id: str = "") -> Event | None:
        """The member's last answer, mark, strike or fact that still counts, of any counter, or the one with the id."""
        events = self._events(member_id)
        return feedback.undoable(events, event_id) if event_id else feedback.last_undoable(events)

    def undo(self, member_id: str, event: Event) -> Record:
        """The event that takes another back, not yet written."""
        return feedback.undo_event(member_id, event)

    def _events(self, member_id: str) -> tuple[Event, ...]:
        with self._reading:
            return self._visiting.heard.of_member(member_id)

    @property
    def journal(self) -> Journal | None:
        """Of this device, or None where it cannot be read."""
        return self._journal

    def remembers(self, member_id: str) -> bool:
        """Whether a member agreed to be remembered, as of now."""
        with self._reading:
            return Purpose.REMEMBER in self._visiting.kept.allowed(member_id)

    def _is_forgotten(self, member_id: str) -> bool:
        if self._visiting.heard.erasures.whole(member_id) is None:
            return False
        with self._reading:
            return not self._visiting.knows(member_id)

    def append(self, record: Record) -> Future[Event]:
        """Writes an event; done after the disk has it.

        Of a member who is not to be remembered nothing is written but what the visit itself needs: that it was opened,
        what they agree to, what they want struck out, their card.
        """
        if self._journal is None:
            return refused(JournalDamaged("Nothing can be recorded here now.", "Run `clerk check` and call support."))
        again = record.kind in AGAIN and (record.kind is not EventKind.MEMBER or enrols(record.payload))
        if not again and self._is_forgotten(record.member_id):
            return refused(Forgotten("This member was forgotten.", "Enrol them again if they wish: `clerk join`."))
        if record.kind in REMEMBERED_ONLY and not self.remembers(record.member_id):
            return refused(_not_remembered())
        return self._journal.append(*record, basis=self._generation)


def _not_remembered() -> NotPermitted:
    return NotPermitted(
        "This member has not agreed to be remembered, so nothing is kept.",
        "Ask first: `clerk consent MEMBER remember given`.",
    )


def refused(error: ClerkError) -> Future[Any]:
    """A future that holds the error."""
    future: Future[Any] = Future()
    future.set_exception(error)
    return future

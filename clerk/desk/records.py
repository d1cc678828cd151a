"""Recording outside a visit: what commands say, checked first, written durably."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Any

from clerk.desk.visiting import Visiting
from clerk.errors import ClerkError, JournalDamaged
from clerk.journal import Journal
from clerk.model import AnswerKind, ConsentState, Event, LineMark, Purpose, Said
from clerk.visit import feedback
from clerk.visit.consent import WORDING, basis_of
from clerk.visit.feedback import Record
from clerk.visit.profile import skus_in
from clerk.visit.told import told


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
        """The event of a purpose agreed to or withdrawn, not yet written.

        Raises:
            UnknownMember: the shop does not know the id.
        """
        with self._reading:
            self._visiting.history(member_id)
        basis = basis_of(self._events(member_id), purpose, self._generation)
        return feedback.consent_event(member_id, purpose, state, wording=WORDING, basis=basis)

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

    def append(self, record: Record) -> Future[Event]:
        """Writes an event; done after the disk has it."""
        if self._journal is None:
            return refused(JournalDamaged("Nothing can be recorded here now.", "Run `clerk check` and call support."))
        return self._journal.append(*record, basis=self._generation)


def refused(error: ClerkError) -> Future[Any]:
    """A future that holds the error."""
    future: Future[Any] = Future()
    future.set_exception(error)
    return future

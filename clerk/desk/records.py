"""Recording outside a visit: what commands say, checked first, written durably."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Any

from clerk.desk.visiting import Visiting
from clerk.errors import ClerkError, JournalDamaged
from clerk.journal import Journal
from clerk.model import AnswerKind, Event, LineMark
from clerk.visit import feedback
from clerk.visit.feedback import Record


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

    def last_undoable(self, member_id: str) -> Event | None:
        """The member's last answer or mark in this device's journal that still counts."""
        return feedback.last_undoable(self._journal.member_events(member_id)) if self._journal else None

    def undo(self, member_id: str, event: Event) -> Record:
        """The event that takes another back, not yet written."""
        return feedback.undo_event(member_id, event)

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

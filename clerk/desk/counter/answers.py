"""What is said in the open visit: written durably, and the visit's next card after it. A part of the desk."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from clerk.desk.counter.open_visit import OpenVisit, not_renewed, nothing
from clerk.desk.counter.records import Records, refused
from clerk.errors import ClerkError, UnknownMember
from clerk.members.card_loading import Visiting
from clerk.model import Agreement, AnswerKind, ConsentState, Event, LineMark, Purpose, Record, Said, VisitCard
from clerk.visit import feedback


class Answers:
    """Answers, marks, strikes and notes of one open visit; `Desk` is one."""

    records: Records
    _reading: threading.RLock
    _visit: OpenVisit | None
    _visiting: Visiting

    def answer(self, visit_id: str, sku: str, answer: AnswerKind, *, category: bool = False) -> Future[VisitCard]:
        """Records an answer in the open visit; done with the new card after the disk has it.

        Args:
            visit_id: of the open visit.
            sku: what it is about.
            answer: what was said.
            category: with never, about the item's whole category.
        """
        visit = self._visit
        if visit is None or visit.visit_id != visit_id:
            return refused(UnknownMember("This visit has ended.", "Scan the card again."))
        source = next((one.source for one in visit.first.suggestions if one.item.sku == sku), "")
        try:
            with self._reading:
                path = self._visiting.item(self._visiting.item_no(sku)).category if category else ""
            record = feedback.answer_event(
                visit.member_id, sku, answer, visit_id, category=path, at_category=category, source=source
            )
        except ClerkError as error:
            return refused(error)
        return self._then_new_card(visit, record)

    def consent(self, member_id: str, purpose: Purpose, state: ConsentState) -> Future[VisitCard]:
        """Records what the member of the open visit agrees to, or no longer does; done with the new card.

        Both ways are one call: `records.words` are what is read out before.
        """
        visit = self._visit
        if visit is None or visit.member_id != member_id:
            return refused(UnknownMember("This visit has ended.", "Scan the card again."))
        try:
            # Not among what an undo takes back: who changes their mind says so.
            return self._then_new_card(visit, self.records.consent(member_id, purpose, state), lambda: None)
        except ClerkError as error:
            return refused(error)

    def mark(self, member_id: str, line: str, mark: LineMark) -> Future[VisitCard]:
        """Marks a past line item in the open visit; done with the new card after the disk has it."""
        visit = self._visit
        if visit is None or visit.member_id != member_id:
            return refused(UnknownMember("This visit has ended.", "Scan the card again."))
        try:
            with self._reading:
                history = self._visiting.history(member_id).history
            return self._then_new_card(visit, feedback.mark_event(member_id, history, line, mark))
        except ClerkError as error:
            return refused(error)

    def strike(self, member_id: str, *, line: str = "", sku: str = "") -> Future[VisitCard]:
        """Strikes out a past line, or every purchase of an item ("do not use this"), in the open visit.

        Done with the new card after the disk has it.
        """
        visit = self._visit
        if visit is None or visit.member_id != member_id:
            return refused(UnknownMember("This visit has ended.", "Scan the card again."))
        try:
            return self._then_new_card(visit, self.records.strike(member_id, line=line, sku=sku))
        except ClerkError as error:
            return refused(error)

    def note(self, member_id: str, text: str) -> Future[VisitCard]:
        """Records what the shop should remember about the member of the open visit.

        Done with the new card after the disk has it; refused with `NotKept` where it holds a payment card number.
        """
        visit = self._visit
        if visit is None or visit.member_id != member_id:
            return refused(UnknownMember("This visit has ended.", "Scan the card again."))
        try:
            return self._then_new_card(visit, self.records.fact(member_id, "note", text))
        except ClerkError as error:
            return refused(error)

    def agreements(self, member_id: str) -> tuple[Agreement, ...]:
        """What the member agreed to, since when, and the words that are read out before anything is."""
        return self.records.agreements(member_id)

    def said(self, member_id: str) -> tuple[Said, ...]:
        """Everything the member said here that still counts, newest first; what is seen can be taken back."""
        return self.records.said(member_id)

    def undo(self, member_id: str) -> Future[VisitCard | None]:
        """Takes back what was recorded last in the open visit; None when nothing was, refused while it is written."""
        visit = self._visit
        if visit is None or visit.member_id != member_id:
            return nothing()
        if visit.saving:
            return refused(ClerkError("Still saving.", "Try again in a moment."))
        if not visit.recorded:
            return nothing()
        last = visit.recorded.pop()
        return self._taken_back(visit, last, lambda: visit.recorded.append(last))

    def take_back(self, member_id: str, event_id: str) -> Future[VisitCard | None]:
        """Takes back one thing the member said, now or on an earlier day; None when it no longer counts."""
        visit = self._visit
        event = self.records.last_undoable(member_id, event_id)
        if visit is None or visit.member_id != member_id or event is None:
            return nothing()
        at = next((place for place, one in enumerate(visit.recorded) if one.event_id == event.event_id), None)
        if at is None:
            return self._taken_back(visit, event, lambda: None)
        del visit.recorded[at]
        return self._taken_back(visit, event, lambda: visit.recorded.insert(at, event))

    def _taken_back(self, visit: OpenVisit, event: Event, restore: Callable[[], None]) -> Future[VisitCard | None]:
        """Undoes an event; what was forgotten of it meanwhile is restored when the disk did not take it."""
        made: Future[Any] = self._then_new_card(visit, feedback.undo_event(visit.member_id, event), restore)
        return made

    def _then_new_card(
        self, visit: OpenVisit, record: Record, restore: Callable[[], None] | None = None
    ) -> Future[VisitCard]:
        """Appends, and after the commit makes the visit's next card; `restore` is for an undo that failed."""
        done: Future[VisitCard] = Future()

        def recorded(future: Future[Event]) -> None:
            error = future.exception()
            if error is None and restore is None:
                visit.recorded.append(future.result())
            elif error is not None and restore is not None:
                restore()
            visit.saving.discard(done)
            if error is not None:
                done.set_exception(error)
                return
            try:
                with self._reading:
                    visit.card = self._visiting.card(visit.member_id, visit.visit_id, visit.first)
            except Exception as failure:
                # The disk has it: whoever waits must hear that, and that the card is an old one.
                done.set_exception(not_renewed(failure))
            else:
                done.set_result(visit.card)

        written = self.records.append(record)
        visit.saving.add(done)
        written.add_done_callback(recorded)
        return done

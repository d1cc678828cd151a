"""Writes answers, marks, notes and undo. The screen says "Recorded" only after the journal has it on disk."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from textual.message import Message

from clerk.errors import ClerkError
from clerk.model import AnswerKind, ConsentState, LineMark, Notice, Purpose, VisitCard
from clerk.ui.counter.messages import Recorded
from clerk.ui.drawing.lines import EMPTY, Line, Role, outside, say
from clerk.ui.drawing.view import MARK_WORDS, STRIKE, Markable, Picked
from clerk.ui.screens.agreements import TITLES
from clerk.ui.screens.member import MemberView
from clerk.ui.screens.member_lines import ANSWERS

if TYPE_CHECKING:
    from clerk.desk.counter.records import Records
    from clerk.desk.counter.visit import CounterVisit

ANSWER_OF: dict[str, AnswerKind] = {
    "took": AnswerKind.TOOK,
    "not-now": AnswerKind.NOT_NOW,
    "never": AnswerKind.NEVER,
    "has-it": AnswerKind.HAS_IT,
}
"""Answer by the id of its action."""

UNDO = "undo"
"""Stands for the row while something is taken back."""

KIOSK = "kiosk"
"""Stands for the row while it is written that the member is who they say."""

NOTE = "note"
"""Stands for the row while a note is written."""


def notice_of(error: BaseException) -> Notice:
    """The message for an error: code, sentence, remedy; without details for anything unforeseen."""
    if isinstance(error, ClerkError):
        return Notice(error.code, error.what, error.remedy)
    return Notice(ClerkError.code, "It was not recorded.", "Try again; if it happens again, run `clerk check`.")


class Recording:
    """Starts durable writes and brings what became of them back as messages.

    Args:
        open_visit: writes what is recorded in a visit.
        records: makes the records.
        post: takes a message from any thread.
    """

    def __init__(self, open_visit: CounterVisit, records: Records, post: Callable[[Message], object]) -> None:
        self._open_visit = open_visit
        self._records = records
        self._post = post
        self._widening: tuple[str, str] | None = None

    def forget_asked(self) -> None:
        """Forgets open questions: another associate may stand at the counter now."""
        self._widening = None

    def answer(self, visit: MemberView, kind: AnswerKind) -> Line:
        """Records the member's answer to the picked item, unless it is being written or recorded already."""
        row = visit.picked()
        if row is None or row.key in visit.saving:
            return EMPTY
        if visit.card.answers.get(row.key) == kind.value:
            return self._widened(visit, row) if kind is AnswerKind.NEVER else EMPTY
        words = ANSWERS[kind.value]
        pending = self._open_visit.answer(visit.card.visit_id, row.key, kind)
        return self._begin(visit, pending, row.key, words, f"✓ Recorded: {words} · {row.name}   (^Z takes it back)")

    def _widened(self, visit: MemberView, row: Picked) -> Line:
        """Records "never" for the item's whole category; asks first, so that a key held down does not record it."""
        category = next((one.item.category for one in visit.card.suggestions if one.item.sku == row.key), "")
        category = category or next((one.item.category for one in visit.card.due if one.item.sku == row.key), "")
        if not category:
            return EMPTY
        if self._widening != (visit.card.visit_id, row.key):
            self._widening = (visit.card.visit_id, row.key)
            return say(f"F7 again: never anything of {outside(category)}", Role.ACCENT)
        self._widening = None
        words = "never anything of it"
        pending = self._open_visit.answer(visit.card.visit_id, row.key, AnswerKind.NEVER, category=True)
        what = f"✓ Recorded: never anything of {outside(category)}   (^Z takes it back)"
        return self._begin(visit, pending, row.key, words, what)

    def mark(self, visit: MemberView, view: Markable) -> Line:
        """Records the chosen mark on the picked line of the card, or of the evidence."""
        row, chosen = view.picked(), view.marking
        view.marking = None
        if row is None or chosen is None or row.key in visit.saving:
            return EMPTY
        words, member_id = MARK_WORDS[chosen], visit.card.member.member_id
        if chosen == STRIKE:
            record = self._records.strike(member_id, line=row.key)
        else:
            record = self._records.mark(member_id, row.key, LineMark(chosen))
        pending = self._open_visit.record(visit.card.visit_id, record)
        return self._begin(visit, pending, row.key, words, f"✓ Recorded: {words} · {row.name}   (^Z takes it back)")

    def strike(self, visit: MemberView, sku: str, name: str) -> Line:
        """Strikes out every purchase of the item behind a reason: "do not use this"."""
        if sku in visit.saving:
            return EMPTY
        record = self._records.strike(visit.card.member.member_id, sku=sku)
        pending = self._open_visit.record(visit.card.visit_id, record)
        return self._begin(
            visit, pending, sku, "struck out", f"✓ Recorded: not used any more · {name}   (^Z takes it back)"
        )

    def take_back(self, visit: MemberView, row: Picked) -> Line:
        """Takes back one statement, of this visit or an earlier day."""
        if row.key in visit.saving:
            return EMPTY
        pending = self._open_visit.take_back(visit.card.visit_id, row.key)
        return self._begin(visit, pending, row.key, "taking back", f"✓ Taken back: {row.name}")

    def note(self, visit: MemberView, text: str) -> Line:
        """Records a note about the member."""
        if NOTE in visit.saving:
            return EMPTY
        record = self._records.fact(visit.card.member.member_id, "note", text)
        pending = self._open_visit.record(visit.card.visit_id, record)
        return self._begin(visit, pending, NOTE, "note", "✓ Recorded: the note   (^Z takes it back)")

    def agree(self, visit: MemberView, purpose: Purpose, yes: bool) -> Line:
        """Records that a purpose is agreed to, or no longer is. No undo takes that back, so ^Z is not named."""
        state = ConsentState.GIVEN if yes else ConsentState.WITHDRAWN
        record = self._records.consent(visit.card.member.member_id, purpose, state)
        pending = self._open_visit.record(visit.card.visit_id, record)
        words = f"{TITLES[purpose]} · {'agreed' if yes else 'not agreed'}"
        return self._begin(visit, pending, purpose.value, words, f"✓ Recorded: {words}")

    def confirm_at_kiosk(self, visit: MemberView) -> Line:
        """Records that the member is who they say: the kiosk opens for them again. No undo takes that back."""
        if KIOSK in visit.saving:
            return EMPTY
        record = self._records.confirmed_at_counter(visit.card.member.member_id)
        pending = self._open_visit.record(visit.card.visit_id, record)
        words = "the kiosk opens again for this member"
        return self._begin(visit, pending, KIOSK, words, f"✓ Recorded: {words}")

    def undo(self, visit: MemberView) -> Line:
        """Takes back the last answer or mark of this visit."""
        if UNDO in visit.saving:
            return EMPTY
        if visit.saving:
            return say("Still saving; try again in a moment.", Role.MUTED)
        return self._begin(visit, self._open_visit.undo(visit.card.visit_id), UNDO, "taking back", "✓ Taken back")

    def _begin(
        self, visit: MemberView, pending: Future[VisitCard] | Future[VisitCard | None], key: str, words: str, done: str
    ) -> Line:
        visit.saving[key] = words
        visit_id = visit.card.visit_id

        def came_back(future: Future[VisitCard] | Future[VisitCard | None]) -> None:
            error = future.exception()
            card = future.result() if error is None else None
            what = "Nothing to take back" if error is None and card is None else done
            self._post(Recorded(visit_id, what, key, card, error))

        pending.add_done_callback(came_back)
        return say(f"… {words}: saving", Role.ACCENT)

"""What is recorded of a member: each record is checked here first, then written durably; also what stands already."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from clerk.desk.pack_in_use import PackInUse
from clerk.errors import ClerkError, Forgotten, NotPermitted
from clerk.members.agreements import agreements
from clerk.members.journal_in_use import JournalInUse
from clerk.model import Agreement, AnswerKind, ConsentState, Event, EventKind, LineMark, Purpose, Record, Statement
from clerk.privacy.consent import basis_of
from clerk.privacy.which_events import enrols
from clerk.visit import feedback, kiosk_tries
from clerk.visit.profile.member_profile import skus_in
from clerk.visit.profile.statements import statements_in_words

REMEMBERED_ONLY = (EventKind.ANSWER, EventKind.MARK, EventKind.FACT, EventKind.SHOWN, EventKind.VISIT_ENDED)
"""Kinds of event that are recorded only of members who agreed to be remembered."""
AGAIN = (EventKind.MEMBER, EventKind.CARD)
"""Kinds of event by which somebody who was forgotten is enrolled again."""


class Records:
    """Makes records that are checked but not yet written, and appends them to the journal.

    Args:
        pack: the store data in use.
        journal: of this device.
    """

    def __init__(self, pack: PackInUse, journal: JournalInUse) -> None:
        self._pack = pack
        self._journal = journal

    def answer(
        self,
        member_id: str,
        sku: str,
        answer: AnswerKind,
        *,
        category: bool = False,
        visit_id: str = "",
        source: str = "",
    ) -> Record:
        """The event of an answer, not yet written.

        Args:
            member_id: whose.
            sku: to which item.
            answer: took it, not now, never, has it.
            category: with never, about the item's whole category.
            visit_id: the open visit, empty from a command.
            source: of the suggestion that is answered, empty for anything else.

        Raises:
            UnknownMember, UnknownItem: the shop does not know one of them, or the item has no category.
        """
        with self._pack.reading() as pack:
            pack.members.must_know(member_id)
            item = pack.items.item(pack.items.item_no(sku))
        return feedback.answer_event(
            member_id, sku, answer, visit_id, category=item.category, at_category=category, source=source
        )

    def mark(self, member_id: str, line: str, mark: LineMark) -> Record:
        """The event of a mark, not yet written.

        Raises:
            UnknownMember, UnknownLine: there is no such member or line.
        """
        with self._pack.reading() as pack:
            return feedback.mark_event(member_id, pack.members.facts(member_id).history, line, mark)

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
        with self._pack.reading() as pack:
            history = pack.members.facts(member_id).history
            if sku:
                pack.items.item_no(sku)
            if category and not line and not sku:
                category = pack.items.category(category)
        return feedback.strike_event(member_id, history, line=line, sku=sku, category=category, period=period)

    def lines_struck(self, record: Record) -> int:
        """How many of the member's past line items a strike is about."""
        with self._pack.reading() as pack:
            return pack.cards.lines_struck(record)

    def fact(self, member_id: str, fact: str, text: str) -> Record:
        """The event of a stated allergen, dislike or note, not yet written.

        Raises:
            UnknownMember: the shop does not know the id.
            NotKept: the text is empty or holds a payment card number.
        """
        with self._pack.reading() as pack:
            pack.members.must_know(member_id)
        return feedback.fact_event(member_id, fact, text)

    def consent(self, member_id: str, purpose: Purpose, state: ConsentState) -> Record:
        """The event of a purpose agreed to or withdrawn, not yet written; it names the words that were read out.

        Raises:
            UnknownMember: the shop does not know the id.
        """
        with self._pack.reading() as pack:
            locale = pack.members.facts(member_id).member.locale
            basis = basis_of(pack.events.of_member(member_id), purpose, pack.pack.generation)
            wording = pack.wordings.recorded(locale)
        return feedback.consent_event(member_id, purpose, state, wording=wording, basis=basis)

    def confirmed_at_counter(self, member_id: str) -> Record:
        """The event of who a member is, confirmed by an associate, not yet written: the kiosk opens for them again.

        Raises:
            UnknownMember: the shop does not know the id.
        """
        with self._pack.reading() as pack:
            pack.members.must_know(member_id)
        return kiosk_tries.confirmed(member_id)

    def words(self, member_id: str) -> Mapping[Purpose, str]:
        """What is read out to a member before anything is agreed to, in their language where the shop has it.

        Raises:
            UnknownMember: the shop does not know the id.
        """
        with self._pack.reading() as pack:
            return pack.wordings.of(pack.members.facts(member_id).member.locale)

    def agreements(self, member_id: str) -> tuple[Agreement, ...]:
        """Where every purpose stands, since when, and the words that are read out.

        Raises:
            UnknownMember: the shop does not know the id.
            ClerkError: this counter's events cannot be read.
        """
        with self._pack.reading() as pack:
            events = pack.events.of_member(member_id)
            return agreements(pack.members.corrected(pack.members.facts(member_id)), events, pack.wordings)

    def statements(self, member_id: str, *, to_the_member: bool = False) -> tuple[Statement, ...]:
        """Every statement of the member that still counts, made at any counter, newest first.

        Of who does not want to be remembered only what they agree to.

        Args:
            member_id: whose.
            to_the_member: whether the member reads it, who may see whatever is held.

        Raises:
            UnknownMember: the shop does not know the id.
            ClerkError: this counter's events cannot be read.
        """
        with self._pack.reading() as pack:
            events = pack.events.of_member(member_id)
            pack.members.must_know(member_id)
            names = pack.items.names_of(skus_in(events))
            is_shown = to_the_member or Purpose.REMEMBER in pack.members.allowed(member_id)
        said = statements_in_words(events, names)
        return said if is_shown else tuple(one for one in said if one.kind is EventKind.CONSENT)

    def last_undoable(self, member_id: str, event_id: str = "") -> Event | None:
        """The member's last answer, mark, strike or fact that still counts, of any counter, or the one with the id."""
        with self._pack.reading() as pack:
            events = pack.events.of_member(member_id)
        return feedback.undoable(events, event_id) if event_id else feedback.last_undoable(events)

    def remembers(self, member_id: str) -> bool:
        """Whether a member agreed to be remembered, as of now.

        Raises:
            ClerkError: this counter's events cannot be read.
        """
        with self._pack.reading() as pack:
            return Purpose.REMEMBER in pack.members.allowed(member_id)

    def append(self, record: Record) -> Future[Event]:
        """Writes an event; done after the disk has it.

        Of a member who is not to be remembered nothing is written but what the visit itself needs: that it was opened,
        what they agree to, what they want struck out, their card.
        """
        again = record.kind in AGAIN and (record.kind is not EventKind.MEMBER or enrols(record.payload))
        try:
            journal = self._journal.now()
            with self._pack.reading() as pack:
                is_forgotten = not again and pack.members.is_forgotten(record.member_id)
                generation = pack.pack.generation
                others = [one for one in pack.members.ids(record.member_id) if one != record.member_id]
            if is_forgotten:
                return refused(Forgotten("This member was forgotten.", "Enrol them again if they wish: `clerk join`."))
            if record.kind in REMEMBERED_ONLY and not self.remembers(record.member_id):
                return refused(_not_remembered())
        except ClerkError as error:
            # Whether anything may be kept of the member cannot be read.
            return refused(error)
        written = journal.append(*record, basis=generation)
        if record.kind is EventKind.CONSENT and record.payload.get("state") == ConsentState.WITHDRAWN:
            # A no is one of every id of the person, also when they turn out to be two.
            for one in others:
                journal.append(record.kind, one, record.payload, basis=generation)
        return written


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

"""The open visit at the counter: from the scan to the next one, with everything that is recorded in between.

Reads are answered at once, on the caller's thread; what is recorded is a future that is done only after the disk has
it. Cards are frozen: whatever is recorded makes a new one.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from clerk.clock import Clock
from clerk.desk.counter.records import Records, refused
from clerk.desk.pack_in_use import PackInUse
from clerk.desk.pack_refresh import PackRefresh
from clerk.errors import ClerkError, UnknownMember
from clerk.model import AnswerKind, Event, EventKind, ItemCard, Nobody, Record, Several, VisitCard
from clerk.visit import feedback


@dataclass(slots=True)
class OpenVisit:
    """What is known of the visit that is open now."""

    visit_id: str
    member_id: str
    first: VisitCard
    """The first card, whose suggestions hold their places."""
    drawn: bool = False
    recorded: list[Event] = field(default_factory=list)
    """What the disk has of this visit and still counts, oldest first."""
    saving: set[Future[Any]] = field(default_factory=set)
    """What is being written; until it is there, nobody can say what was last."""


class CounterVisit:
    """Opens and ends visits, at most one at a time, and records what is done in them.

    Args:
        pack: the store data in use.
        refresh: newer store data, taken between two visits.
        records: checks and writes.
        clock: now.
        tell: takes what went wrong with a record that nobody waits for.
        look_again: has a journal that could not be read tried again.
    """

    def __init__(
        self,
        pack: PackInUse,
        refresh: PackRefresh,
        records: Records,
        clock: Clock,
        tell: Callable[[ClerkError], None],
        look_again: Callable[[], None],
    ) -> None:
        self._pack = pack
        self._refresh = refresh
        self._records = records
        self._clock = clock
        self._tell = tell
        self._look_again = look_again
        self._visit: OpenVisit | None = None

    @property
    def visit_id(self) -> str:
        """Of the open visit, empty without one."""
        return self._visit.visit_id if self._visit is not None else ""

    # ---- opening and ending

    def scan(self, keys: str) -> VisitCard | Several | Nobody | ItemCard:
        """What a scan or a typed line opens: a member's card, a choice of several, an item, or nobody and why."""
        self._look_again()
        with self._pack.reading() as pack:
            found = pack.lookup.scan(keys)
            if isinstance(found, int):
                return pack.items.card(found, self._clock.now())
            return self.open(found, "scan") if isinstance(found, str) else found

    def open(self, member_id: str, how: str = "find") -> VisitCard:
        """Opens a visit for a member; an open one ends first.

        Args:
            member_id: whose.
            how: `scan` or `find`; `command` only looks, and is no visit on record.

        Raises:
            UnknownMember: the shop does not know the id.
        """
        visit_id = secrets.token_hex(8)
        if self._refresh.is_ready:
            self.end("scan")
            self.take_newer()
        with self._pack.reading() as pack:
            member_id = pack.members.first(member_id)
            card = pack.cards.card(member_id, visit_id)
            self.end("scan")
            self._visit = OpenVisit(visit_id, member_id, card)
        # Of whom it cannot be read whether they were forgotten, nothing is kept.
        if how != "command" and card.unread is None:
            self._note(Record(EventKind.VISIT_OPENED, member_id, {"visit_id": visit_id, "how": how}))
        return card

    def drawn(self, visit_id: str) -> None:
        """Notes that the card was drawn: from now on its suggestions can count as shown."""
        if (visit := self._if_open(visit_id)) is not None:
            visit.drawn = True

    def end(self, how: str) -> None:
        """Ends the open visit; its suggestions count as shown if they were drawn and it was ended on purpose."""
        visit, self._visit = self._visit, None
        if visit is None or not visit.drawn or visit.first.unread is not None:
            return
        try:
            if not self._records.remembers(visit.member_id):
                return
        except ClerkError as error:
            self._tell(error)
            return
        if (visit.recorded or how == "next") and (shown := feedback.shown_event(visit.first)) is not None:
            if house := shown.payload.get("house"):
                with self._pack.reading() as pack:
                    pack.events.count_showing(str(house))
            self._note(shown)
        self._note(Record(EventKind.VISIT_ENDED, visit.member_id, {"visit_id": visit.visit_id, "how": how}))

    def is_forgotten(self) -> bool:
        """Whether the member of the open visit was forgotten meanwhile: at the kiosk, another counter, or by command.

        Cost: 0.02 ms where nothing was recorded since.
        """
        visit = self._visit
        if visit is None or visit.first.unread is not None:
            return False
        try:
            with self._pack.reading() as pack:
                pack.members.must_know(visit.member_id)
        except UnknownMember:
            return True
        except ClerkError as error:
            self._tell(error)
        return False

    def take_newer(self) -> bool:
        """Goes over to newer store data that was prepared, unless a visit is open; whether it did."""
        with self._pack.reading():
            return self._visit is None and self._refresh.take()

    # ---- recording

    def answer(self, visit_id: str, sku: str, answer: AnswerKind, *, category: bool = False) -> Future[VisitCard]:
        """Records an answer to an item, which may be one of the suggestions.

        Args:
            visit_id: of the open visit.
            sku: what it is about.
            answer: took it, not now, never, has it.
            category: with never, about the item's whole category.

        Returns:
            As `record`.

        Raises:
            UnknownItem: this shop has no such item, or it has no category.
        """
        visit = self._if_open(visit_id)
        if visit is None:
            return _ended()
        source = next((one.source for one in visit.first.suggestions if one.item.sku == sku), "")
        record = self._records.answer(visit.member_id, sku, answer, category=category, visit_id=visit_id, source=source)
        return self.record(visit_id, record)

    def record(self, visit_id: str, record: Record) -> Future[VisitCard]:
        """Writes a record about the member of the open visit, made by `Records`.

        Args:
            visit_id: of the open visit.
            record: a mark, strike, fact, answer or consent, or that the member is who they say.

        Returns:
            Done with the visit's new card after the disk has it; refused when the visit has ended.
        """
        visit = self._if_open(visit_id)
        if visit is None or visit.member_id != record.member_id:
            return _ended()

        def written(event: Event) -> None:
            # Not among what an undo takes back: who changes their mind about a purpose says so.
            if record.kind not in (EventKind.CONSENT, EventKind.ACCESS):
                visit.recorded.append(event)

        return self._write(visit, record, written, lambda: None)

    def undo(self, visit_id: str) -> Future[VisitCard | None]:
        """Takes back what was recorded last in the open visit; None when nothing was, refused while it is written."""
        visit = self._if_open(visit_id)
        if visit is None or not (visit.saving or visit.recorded):
            return _nothing()
        if visit.saving:
            return refused(ClerkError("Still saving.", "Try again in a moment."))
        return self._take_back(visit, visit.recorded[-1])

    def take_back(self, visit_id: str, event_id: str) -> Future[VisitCard | None]:
        """Takes back one statement of the member, made now or on an earlier day; None when it no longer counts."""
        visit = self._if_open(visit_id)
        event = self._records.last_undoable(visit.member_id, event_id) if visit is not None else None
        return _nothing() if visit is None or event is None else self._take_back(visit, event)

    def _take_back(self, visit: OpenVisit, event: Event) -> Future[VisitCard | None]:
        """Undoes an event; until the disk has that it counts as undone, and again as recorded if the disk refuses."""
        at = next((place for place, one in enumerate(visit.recorded) if one.event_id == event.event_id), None)
        if at is not None:
            event = visit.recorded.pop(at)

        def restore() -> None:
            if at is not None:
                visit.recorded.insert(at, event)

        return self._write(visit, feedback.undo_event(visit.member_id, event), lambda undoing: None, restore)

    def _write(
        self,
        visit: OpenVisit,
        record: Record,
        written: Callable[[Event], None],
        failed: Callable[[], None],
    ) -> Future[Any]:
        """Appends a record, and after the commit makes the visit's next card.

        Args:
            visit: in which.
            record: to be written.
            written: called with the event when the disk has it.
            failed: called when the disk does not take it.
        """
        done: Future[Any] = Future()

        def came_back(future: Future[Event]) -> None:
            error = future.exception()
            if error is None:
                written(future.result())
            else:
                failed()
            visit.saving.discard(done)
            if error is not None:
                done.set_exception(error)
                return
            try:
                with self._pack.reading() as pack:
                    card = pack.cards.card(visit.member_id, visit.visit_id, visit.first)
            except Exception as failure:
                # The disk has it: whoever waits must learn that, and that the card is an old one.
                kind = type(failure) if isinstance(failure, ClerkError) else ClerkError
                stale = kind("Recorded, but the screen could not be renewed.", "Scan the card again.")
                stale.__cause__ = failure
                done.set_exception(stale)
            else:
                done.set_result(card)

        appended = self._records.append(record)
        visit.saving.add(done)
        appended.add_done_callback(came_back)
        return done

    def _if_open(self, visit_id: str) -> OpenVisit | None:
        """The open visit, if it is this one."""
        return self._visit if self._visit is not None and self._visit.visit_id == visit_id else None

    def _note(self, record: Record) -> None:
        """Records something nobody waits for; a failure is a notice, once."""

        def noted(future: Future[Event]) -> None:
            error = future.exception()
            if isinstance(error, ClerkError):
                self._tell(error)

        self._records.append(record).add_done_callback(noted)


def _ended() -> Future[VisitCard]:
    return refused(UnknownMember("This visit has ended.", "Scan the card again."))


def _nothing() -> Future[VisitCard | None]:
    """There is nothing to take back."""
    done: Future[VisitCard | None] = Future()
    done.set_result(None)
    return done

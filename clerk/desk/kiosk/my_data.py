"""What is remembered of one member, for the member: read in plain words, and changed by them at once.

Lives as long as the visit that unlocked it. Every change is done when the disk has it, so it is called from a thread
that may wait, and refuses once the visit has ended.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import numpy as np

from clerk.clock import Clock, from_datetime, to_datetime
from clerk.desk.counter.records import Records
from clerk.desk.kiosk.wording import masked_email, masked_phone, usual_lines, yours
from clerk.desk.member_data.erase import ErasureDesk
from clerk.desk.pack_in_use import PackInUse, PackParts
from clerk.errors import NotKept, SecondFactorRefused
from clerk.languages.options import spoken
from clerk.model import (
    AnswerKind,
    ConsentState,
    Event,
    EventKind,
    Item,
    ItemColumns,
    LineFlag,
    LineMark,
    Profile,
    Purpose,
    Record,
    Statement,
    VisitCard,
)
from clerk.model.kiosk import KioskMonth, KioskPurchase, KioskStatement, Remembered
from clerk.phone import digits_of
from clerk.phrases import date, day_of
from clerk.visit import feedback
from clerk.visit.profile.enrolment import as_of_now
from clerk.visit.profile.marks import position
from clerk.visit.profile.member_profile import profile, skus_in
from clerk.visit.shop import has_flag

CHANNEL = "kiosk"
"""Where a consent is given or withdrawn here."""

PHONE_DIGITS = 6, 15
"""Digits of a phone number: no country has shorter ones, and E.164 none longer."""

_HIDDEN = "Something of a private kind"
"""In place of the name of a sensitive item: others can see this screen."""

_MARK_WORDS = (
    (LineFlag.RETURN, "brought back"),
    (LineFlag.GIFT, "a gift"),
    (LineFlag.MISTAKE, "a mistake"),
    (LineFlag.OTHER, "for someone else"),
)

_MARKED: dict[str, str] = {LineMark.GIFT: "a gift", LineMark.MISTAKE: "a mistake", LineMark.OTHER: "for someone else"}


@dataclass(slots=True)
class KioskVisit:
    """The open visit."""

    visit_id: str
    member_id: str
    card: VisitCard
    unlocked: bool = False
    ended: bool = False
    is_forgotten: bool = False
    """Nothing may be recorded of the member any more, not even that the visit ended."""


class MyData:
    """What is remembered of the member of one unlocked visit.

    Args:
        visit: unlocked.
        pack: the store data in use.
        records: checks and writes.
        erasure: forgets.
        clock: now.
    """

    def __init__(
        self,
        visit: KioskVisit,
        pack: PackInUse,
        records: Records,
        erasure: ErasureDesk,
        clock: Clock,
    ) -> None:
        self._visit = visit
        self._pack = pack
        self._records = records
        self._erasure = erasure
        self._clock = clock

    # ---- reading

    def remembered(self) -> Remembered:
        """Everything, in words; the lines of a month are asked for one by one."""
        with self._pack.reading() as pack:
            return self._remembered(pack)

    def lines(self, month: str) -> tuple[KioskPurchase, ...]:
        """The lines of a month that are used, newest first."""
        with self._pack.reading() as pack:
            person, _ = self._person(pack)
            history = person.history
            found = [at for at in self._usable(person) if _month(int(history.basket_at[history.basket[at]])) == month]
            items = pack.reader.items({int(history.item[at]) for at in found})
            sets = pack.reader.modifier_sets({int(history.modifier_set[at]) for at in found})
            columns = pack.reader.columns
        told = []
        for at in reversed(found):
            item = items.get(int(history.item[at]))
            if item is None:
                continue
            choices = spoken(sets.get(int(history.modifier_set[at]), ()))
            flags = int(history.flags[at])
            marks = ", ".join(words for flag, words in _MARK_WORDS if flags & flag)
            day = day_of(int(history.basket_at[history.basket[at]]), self._clock.now())
            hidden = has_flag(columns, item.item_no, ItemColumns.SENSITIVE)
            detail = " · ".join(part for part in (day, "" if hidden else choices, marks) if part)
            line = f"{history.basket_id[int(history.basket[at])]}:{int(history.line_no[at])}"
            name = _HIDDEN if hidden else f"{_quantity(float(history.quantity[at]))}{item.name}"
            told.append(KioskPurchase(line, item.sku, name, detail, "" if hidden else item.category))
        return tuple(told)

    # ---- changes

    def strike(self, *, line: str = "", category: str = "", month: str = "") -> None:
        """A line, everything below a category, or a month is not used and shown any more."""
        period = _bounds(month) if month else None
        strike = partial(self._records.strike, self._visit.member_id)
        self._do(lambda: strike(line=line, category=category, period=period))

    def gift(self, line: str) -> None:
        """A line was a gift: it says nothing about the member's own taste."""
        self._do(lambda: self._records.mark(self._visit.member_id, line, LineMark.GIFT))

    def never(self, sku: str) -> None:
        """An item is never to be suggested again."""
        self._do(lambda: self._records.answer(self._visit.member_id, sku, AnswerKind.NEVER))

    def take_back(self, event_id: str) -> None:
        """A statement of the member's own no longer counts."""
        member_id = self._visit.member_id
        event = self._records.last_undoable(member_id, event_id)
        if event is None:
            raise NotKept("This does not count any more.", "Go back to see what does.")
        self._do(lambda: feedback.undo_event(member_id, event))

    def agree(self, purpose: Purpose, yes: bool) -> None:
        """A purpose is agreed to in the words that were shown, or no longer agreed to; effective at once."""
        state = ConsentState.GIVEN if yes else ConsentState.WITHDRAWN

        def record() -> Record:
            made = self._records.consent(self._visit.member_id, purpose, state)
            return made._replace(payload={**made.payload, "channel": CHANNEL})

        self._do(record)

    def correct_phone(self, number: str) -> None:
        """The phone number is another one; an empty one removes it, and with it the way into this screen."""
        digits = digits_of(number)
        if digits and not PHONE_DIGITS[0] <= len(digits) <= PHONE_DIGITS[1]:
            raise NotKept("This is no phone number.", f"It has {PHONE_DIGITS[0]} to {PHONE_DIGITS[1]} digits.")
        phone = f"+{digits[2:]}" if digits.startswith("00") else digits
        self._do(lambda: Record(EventKind.MEMBER, self._visit.member_id, {"phone": phone}))

    def ask(self, what: str) -> None:
        """Something that a person in the shop has to do: `copy asked`, `correction asked`, `forget asked`."""
        payload = {"what": what, "visit_id": self._visit.visit_id}
        self._do(lambda: Record(EventKind.ACCESS, self._visit.member_id, payload))

    def forget(self) -> bool:
        """Forgets the member at once on this device; the visit ends with it, and nothing more is recorded of it.

        Returns:
            True: it is done. Copies elsewhere go with the coming nights, as the receipt says.

        Raises:
            Forgotten, JournalDamaged, DiskFull, DiskFailed: it is not, or not wholly; saying it again goes on.
        """
        self._must_be_open()
        self._erasure.forget(self._visit.member_id, by="kiosk")
        self._visit.is_forgotten = True
        return True

    def _do(self, record: Callable[[], Record]) -> None:
        """Writes a record; done when the disk has it.

        Raises:
            SecondFactorRefused: the visit has ended meanwhile.
        """
        self._must_be_open()
        self._records.append(record()).result()

    # ---- helpers

    def _must_be_open(self) -> None:
        if self._visit.ended:
            raise SecondFactorRefused("This visit has ended.", "Scan your card again.")

    def _remembered(self, pack: PackParts) -> Remembered:
        person, events = self._person(pack)
        card = pack.cards.whole_card(self._visit.member_id, self._visit.visit_id)
        said = self._records.statements(self._visit.member_id, to_the_member=True)
        history = person.history
        months: dict[str, list[int]] = defaultdict(list)
        for at in self._usable(person):
            months[_month(int(history.basket_at[history.basket[at]]))].append(at)
        return Remembered(
            name=person.member.name,
            phone=masked_phone(person.member.phone),
            email=masked_email(person.member.email),
            usual=usual_lines(card.usual),
            usual_why=yours(card.usual.why),
            months=tuple(
                KioskMonth(month, _month_words(month), len({int(history.basket[at]) for at in found}), len(found))
                for month, found in sorted(months.items(), reverse=True)
            ),
            said=tuple(
                self._said_words(pack, one, person, events) for one in said if one.kind is not EventKind.CONSENT
            ),
            purposes=self._records.agreements(self._visit.member_id),
            lines=sum(len(found) for found in months.values()),
            visits=card.visits,
        )

    def _person(self, pack: PackParts) -> tuple[Profile, tuple[Event, ...]]:
        """The member as of now, and their events."""
        facts = pack.members.facts(self._visit.member_id)
        events = pack.events.of_member(self._visit.member_id)
        facts = replace(facts, member=as_of_now(facts.member, self._visit.member_id, events) or facts.member)
        now = self._clock.now()
        return profile(facts, events, pack.reader.item_nos(skus_in(events)), now, pack.reader.columns), events

    def _usable(self, person: Profile) -> list[int]:
        """Positions of lines that are not struck out, oldest first; none of who does not want to be remembered."""
        if Purpose.REMEMBER not in person.allowed:
            return []
        usable: list[int] = np.flatnonzero((person.history.flags & np.uint8(LineFlag.STRUCK)) == 0).tolist()
        return usable

    def _said_words(self, pack: PackParts, said: Statement, person: Profile, events: Sequence[Event]) -> KioskStatement:
        """A statement; a line is named by its item and day, not by its reference."""
        event = next((one for one in events if one.event_id == said.event_id), None)
        line = str(event.payload.get("line", "")) if event is not None else ""
        at = position(person.history, line) if line else -1
        words = said.words
        if event is not None and at >= 0:
            item = pack.reader.items([int(person.history.item[at])]).get(int(person.history.item[at]))
            day = date(int(person.history.basket_at[int(person.history.basket[at])]))
            what = "struck out" if event.kind is EventKind.STRIKE else _MARKED.get(str(event.payload.get("mark")), "")
            words = f"{what}: {_name(pack, item)} of {day}"
        return KioskStatement(said.event_id, f"{words[:1].upper()}{words[1:]}", f"said on {date(said.at)}")


def _name(pack: PackParts, item: Item | None) -> str:
    if item is None:
        return "something not sold any more"
    return _HIDDEN if has_flag(pack.reader.columns, item.item_no, ItemColumns.SENSITIVE) else item.name


def _month(at: int) -> str:
    return f"{to_datetime(at):%Y-%m}"


def _month_words(month: str) -> str:
    return f"{datetime.strptime(month, '%Y-%m'):%B %Y}"


def _bounds(month: str) -> tuple[int, int]:
    """First and last wall second of a month."""
    first = datetime.strptime(month, "%Y-%m")
    after = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    return from_datetime(first), from_datetime(after) - 1


def _quantity(quantity: float) -> str:
    return f"{quantity:g} × "

"""A desk that answers from a few people, and whose writes finish only when the test says so."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from clerk.cards.code import grouped, normalise
from clerk.errors import ClerkError, UnknownItem
from clerk.model import (
    Agreement,
    AgreementState,
    AnswerKind,
    AuditLine,
    ConsentState,
    Duplicate,
    Duplicates,
    EventKind,
    Gate,
    ItemCard,
    ItemHit,
    Items,
    LineMark,
    MemberHit,
    Members,
    Nobody,
    PairState,
    PrepList,
    Purpose,
    Record,
    Scorecard,
    Several,
    ShopStatus,
    Statement,
    VisitCard,
    Why,
)
from tests.ui.fake_cards import FakeCards
from tests.ui.people import (
    ADA,
    ADA_CODE,
    BEANS,
    BEN,
    BEN_CODE,
    CLEO,
    FLAT_WHITE,
    HOSTILE,
    ITEMS,
    LATTE,
    LATTE_LINES,
    STATUS,
    ada_card,
    ben_card,
    hostile_card,
    item_card,
)
from tests.ui.shop_lists import AGREEMENTS, PREP, SAID, SCORECARD
from tests.ui.shop_nights import FakeNights, FakeRefresh
from tests.ui.staff import AUDIT, FakeSigning

HOSTILE_CODE = "NPRSTVXBCDFGHJKLNPRSTPSJ"
"""A third card, of a member all of whose texts are attacks."""


TWICE = Duplicates(
    (
        Duplicate("the same phone number", ("M-0001", "M-0011"), ("Ada Lovelace", "Ada Lovelance"), ("····4471",) * 2),
        Duplicate("one id in two spellings", ("P3", "p3"), ("Cy Three", ""), ("", "")),
    ),
    (),
)


class FakeDesk:
    """Answers like the real one; `calls` says what was asked of it, `pending` holds writes not finished yet.

    Args:
        at_once: finish every write in the call that makes it.
        signing: who works here; nobody has to sign in without it.
    """

    def __init__(self, at_once: bool = True, signing: FakeSigning | None = None) -> None:
        self.signing = signing or FakeSigning()
        self.calls: list[tuple[Any, ...]] = self.signing.calls
        self.pending: list[tuple[Future[Any], Any]] = []
        self.meaning: list[tuple[str, Callable[[str, Items], None]]] = []
        self.fail_with: ClerkError | None = None
        self.shop: ShopStatus = STATUS
        self.by_meaning = True
        self.closed = False
        self.is_forgotten = False
        """Whether the member of the open visit was forgotten elsewhere."""
        self.rests = False
        """Whether the evidence for the latte rests on purchases."""
        self.statements: list[Statement] = list(SAID)
        self.agreed: list[Agreement] = list(AGREEMENTS)
        self.prep_list, self.score = PREP, SCORECARD
        self.shop_screen_fails: BaseException | None = None
        self.nights, self.refresh = FakeNights(), FakeRefresh()
        self.pack = SimpleNamespace(generation=STATUS.generation)
        self.cards = FakeCards(self.calls)
        self.status = SimpleNamespace(now=self.shop_status)
        self.lists = SimpleNamespace(prep=self.prep, scorecard=self.scorecard)
        self.pairs = SimpleNamespace(listed=self.duplicates, decided=self.decided, opened=self.opened_again)
        self.audit = SimpleNamespace(lines=self.audit_lines)
        self.visit = SimpleNamespace(
            scan=self.scan,
            open=self.open_member,
            drawn=self.drawn,
            end=self.end_visit,
            is_forgotten=lambda: self.is_forgotten,
            take_newer=self.take_newer,
            answer=self.answer,
            record=self.record,
            undo=self.undo,
            take_back=self.take_back,
        )
        self.records = SimpleNamespace(
            append=self.append,
            mark=self.mark,
            strike=self.strike,
            fact=self.fact,
            consent=self.consent,
            confirmed_at_counter=self.confirmed_at_counter,
            statements=self.statements_of,
            agreements=self.agreements_of,
        )
        self.finding = SimpleNamespace(
            members=self.find_members,
            choice=self.choice,
            items=self.find_items,
            items_by_meaning=self.find_items_by_meaning,
            item=self.item,
            why=self.why,
        )
        self.worked_out = threading.Event()
        self.worked_out.set()
        self._at_once = at_once
        self._visits = 0
        self._card: VisitCard | None = None

    def duplicates(self) -> Duplicates:
        self._fail()
        return TWICE

    def decided(self, one: str, other: str, state: PairState) -> tuple[Record, ...]:
        self.calls.append(("decided", one, other, state))
        self._fail()
        return tuple(Record(EventKind.PAIR, who, {"state": state.value}) for who in (one, other))

    def opened_again(self, one: str, other: str) -> tuple[Record, ...]:
        return self.decided(one, other, PairState.OPEN)

    def append(self, record: Record) -> Future[Any]:
        return self._write(record)

    def shop_status(self) -> ShopStatus:
        return self.shop

    def audit_lines(self, *, member_id: str = "", associate: str = "", limit: int = 200) -> tuple[AuditLine, ...]:
        self.signing.must_manage()
        return AUDIT

    def scan(self, keys: str) -> VisitCard | Several | Nobody | ItemCard:
        self.calls.append(("scan", keys))
        self._fail()
        code = normalise(keys)
        makers = {ADA_CODE: ada_card, BEN_CODE: ben_card, HOSTILE_CODE: hostile_card}
        if code in makers:
            return self._open(makers[code])
        if keys == BEANS.gtin:
            return item_card(BEANS)
        if keys == "0042":
            return Several((ADA.member_id, CLEO.member_id))
        if set(code) <= set(grouped(ADA_CODE)):
            return Nobody("E223", "The card was only half read.", "Scan it again.")
        return Nobody("E220", "Nobody here has this card.", "Ask for the name, or scan another card.")

    def open_member(self, member_id: str, how: str = "find") -> VisitCard:
        self.calls.append(("open_member", member_id, how))
        self._fail()
        return self._open({"M-0002": ben_card, "M-0009": hostile_card}.get(member_id, ada_card))

    def answer(self, visit_id: str, sku: str, answer: AnswerKind, *, category: bool = False) -> Future[VisitCard]:
        self.calls.append(("answer", visit_id, sku, answer, *(["category"] * category)))
        card = self._current()
        return self._write(replace(card, answers={**card.answers, sku: answer.value}))

    def mark(self, member_id: str, line: str, mark: LineMark) -> Record:
        self.calls.append(("mark", member_id, line, mark))
        return Record(EventKind.MARK, member_id, {"line": line, "mark": mark.value})

    def strike(
        self,
        member_id: str,
        *,
        line: str = "",
        sku: str = "",
        category: str = "",
        period: tuple[int, int] | None = None,
    ) -> Record:
        self.calls.append(("strike", member_id, line or sku))
        return Record(EventKind.STRIKE, member_id, {"line": line})

    def fact(self, member_id: str, fact: str, text: str) -> Record:
        self.calls.append((fact, member_id, text))
        return Record(EventKind.FACT, member_id, {"text": text})

    def consent(self, member_id: str, purpose: Purpose, state: ConsentState) -> Record:
        self.calls.append(("consent", member_id, purpose, state))
        now = AgreementState(state)
        self.agreed = [replace(one, state=now) if one.purpose is purpose else one for one in self.agreed]
        return Record(EventKind.CONSENT, member_id, {})

    def confirmed_at_counter(self, member_id: str) -> Record:
        self.calls.append(("confirmed", member_id))
        return Record(EventKind.ACCESS, member_id, {})

    def record(self, visit_id: str, record: Record) -> Future[VisitCard]:
        card, line = self._current(), record.payload.get("line")
        if record.kind is EventKind.ACCESS:
            return self._write(replace(card, kiosk_tries=0))
        if record.kind is EventKind.MARK:
            mark = str(record.payload["mark"])
            marked = tuple(replace(each, mark=mark) if each.line == line else each for each in card.history)
            return self._write(replace(card, history=marked))
        if record.kind is EventKind.STRIKE:
            return self._write(replace(card, history=tuple(each for each in card.history if each.line != line)))
        return self._write(card)

    def undo(self, visit_id: str) -> Future[VisitCard | None]:
        card = self._current()
        self.calls.append(("undo", card.member.member_id))
        return self._write(replace(card, answers={}) if card.answers else None)

    def statements_of(self, member_id: str, *, to_the_member: bool = False) -> tuple[Statement, ...]:
        self.calls.append(("statements", member_id))
        self._fail()
        return tuple(self.statements)

    def agreements_of(self, member_id: str) -> tuple[Agreement, ...]:
        self.calls.append(("agreements", member_id))
        self._fail()
        return tuple(self.agreed)

    def take_back(self, visit_id: str, event_id: str) -> Future[VisitCard | None]:
        card = self._current()
        self.calls.append(("take_back", card.member.member_id, event_id))
        self.statements = [one for one in self.statements if one.event_id != event_id]
        return self._write(card)

    def prep(self) -> PrepList:
        self.calls.append(("prep",))
        self._wait()
        return self.prep_list

    def scorecard(self) -> Scorecard:
        self.calls.append(("scorecard",))
        self._wait()
        return self.score

    def take_newer(self) -> bool:
        newer, self.refresh.prepared = self.refresh.prepared, ""
        if newer:
            self.calls.append(("take_newer", newer))
            self.pack.generation = newer
            self.shop = replace(self.shop, generation=newer, built_at=self.shop.built_at - 86_400)
        return bool(newer)

    def drawn(self, visit_id: str) -> None:
        self.calls.append(("drawn", visit_id))

    def end_visit(self, how: str) -> None:
        self.calls.append(("end_visit", how))

    def find_members(self, text: str, limit: int = 20) -> Members:
        self._fail()
        everybody = [ADA, BEN, CLEO, replace(ADA, member_id="M-0009", name=HOSTILE)]
        hits = [
            MemberHit(each.member_id, each.name, "····JRRX, last here 12 Nov")
            for each in everybody
            if text and text.lower() in each.name.lower()
        ]
        if text == "lovelase":
            return Members((MemberHit(ADA.member_id, ADA.name, "····JRRX, last here 12 Nov"),), 1, "lovelace")
        return Members(tuple(hits), 1204 if text == "a" else len(hits))

    def choice(self, member_ids: Iterable[str]) -> Members:
        self._fail()
        named = {each.member_id: each.name for each in (ADA, BEN, CLEO)}
        hits = tuple(MemberHit(one, named[one], "····JRRX, last here 12 Nov") for one in member_ids)
        return Members(hits, len(hits))

    def find_items(self, text: str, limit: int = 20) -> Items:
        self._fail()
        hits = [ItemHit(each, 1.0, "words") for each in ITEMS if text and text.lower() in each.name.lower()]
        return Items(tuple(hits), len(hits), False)

    def find_items_by_meaning(self, text: str, limit: int, done: Callable[[str, Items], None]) -> bool:
        if text and self.by_meaning:
            self.meaning.append((text, done))
        return self.by_meaning

    def item(self, sku: str) -> ItemCard:
        self.calls.append(("item", sku))
        if sku == "HX-1":
            return item_card(hostile_card().suggestions[0].item)
        for item in ITEMS:
            if item.sku == sku:
                return item_card(item)
        raise UnknownItem("This shop has no such item.", "Look it up by name.")

    def why(self, member_id: str, sku: str) -> Why:
        self.calls.append(("why", member_id, sku))
        item = self.item(sku).item
        hostile = HOSTILE if sku == "HX-1" else ""
        suggested = any(each.item.sku == sku for each in self._current().suggestions)
        gates = tuple(
            (gate, suggested or gate is not Gate.NOT_GOOD_ENOUGH, hostile or "no such event") for gate in Gate
        )
        line = hostile or ("like the Flat white" if suggested else "score 0.03, under the 0.08 a place needs")
        evidence = (hostile or "bought 0 times",)
        if sku == LATTE.sku and suggested and self.rests:
            return Why(item, suggested, line, gates, evidence, FLAT_WHITE.sku, LATTE_LINES)
        return Why(item, suggested, line, gates, evidence, "HX-1" * bool(hostile), (HOSTILE,) * bool(hostile))

    def close(self) -> None:
        self.closed = True

    def finish(self, error: BaseException | None = None) -> None:
        """Lets the oldest pending write come back, well or with an error."""
        future, result = self.pending.pop(0)
        if error is not None:
            future.set_exception(error)
        else:
            if result is not None:
                self._card = result
            future.set_result(result)

    def _wait(self) -> None:
        """Until the test says that it is worked out."""
        assert self.worked_out.wait(20)
        if self.shop_screen_fails is not None:
            raise self.shop_screen_fails

    def _open(self, make: Callable[[str], VisitCard]) -> VisitCard:
        self._visits += 1
        self._card = make(f"v{self._visits}")
        return self._card

    def _current(self) -> VisitCard:
        assert self._card is not None
        return self._card

    def _fail(self) -> None:
        if self.fail_with is not None:
            raise self.fail_with

    def _write(self, result: Any) -> Future[Any]:
        self._fail()
        future: Future[Any] = Future()
        self.pending.append((future, result))
        if self._at_once:
            self.finish()
        return future

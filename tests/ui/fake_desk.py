"""A desk that answers from a few people, and whose writes finish only when the test says so."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from clerk.cards.code import grouped, is_own, normalise
from clerk.cards.qr import terminal_rows
from clerk.errors import ClerkError, UnknownItem
from clerk.model import (
    Agreement,
    AnswerKind,
    AuditLine,
    ConsentState,
    Gate,
    ItemCard,
    ItemHit,
    Items,
    LineMark,
    Member,
    MemberHit,
    Members,
    Nobody,
    PrepList,
    Purpose,
    Said,
    Scorecard,
    Several,
    ShopStatus,
    Signed,
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
from tests.ui.shop_nights import FakeNights, FakeRenewal
from tests.ui.staff import AUDIT, FakeSigning

HOSTILE_CODE = "NPRSTVXBCDFGHJKLNPRSTPSJ"
"""A third card, of a member all of whose texts are attacks."""


class FakeDesk:
    """Answers like the real one; `calls` says what was asked of it, `pending` holds writes not finished yet.

    Args:
        at_once: finish every write in the call that makes it.
    """

    def __init__(self, at_once: bool = True) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.pending: list[tuple[Future[Any], Any]] = []
        self.meaning: list[tuple[str, Callable[[str, Items], None]]] = []
        self.fail_with: ClerkError | None = None
        self.shop: ShopStatus = STATUS
        self.search_state = "ready"
        self.closed = False
        self.rests = False
        """Whether the evidence for the latte rests on purchases."""
        self.statements: list[Said] = list(SAID)
        self.agreed: list[Agreement] = list(AGREEMENTS)
        self.prep_list, self.score = PREP, SCORECARD
        self.ahead_fails: BaseException | None = None
        self.nights, self.renewal = FakeNights(), FakeRenewal()
        self.renewal.in_use = STATUS.generation
        self.signing = FakeSigning()
        self.cards = FakeCards(self.calls)
        self.worked_out = threading.Event()
        self.worked_out.set()
        self._at_once = at_once
        self._visits = 0
        self._card: VisitCard | None = None

    def status(self) -> ShopStatus:
        return self.shop

    def sign(self, signed: Signed | None) -> None:
        self.calls.append(("sign", signed.name if signed else ""))
        self.signing.signed = signed

    def contact(self, member_id: str) -> Member:
        self.calls.append(("contact", member_id))
        self.signing.must_manage()
        return replace(self._current().member, phone="+45 55 01 42", email="ada@example.org")

    def audit(self) -> tuple[AuditLine, ...]:
        self.signing.must_manage()
        return AUDIT

    def note(self, member_id: str, text: str) -> Future[VisitCard]:
        self.calls.append(("note", member_id, text))
        return self._write(self._current())

    def is_own_code(self, text: str) -> bool:
        return is_own(text)

    def qr_rows(self, code: str) -> list[str]:
        return terminal_rows(code)

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

    def mark(self, member_id: str, line: str, mark: LineMark) -> Future[VisitCard]:
        self.calls.append(("mark", member_id, line, mark))
        card = self._current()
        marked = tuple(replace(each, mark=mark.value) if each.line == line else each for each in card.history)
        return self._write(replace(card, history=marked))

    def strike(self, member_id: str, *, line: str = "", sku: str = "") -> Future[VisitCard]:
        self.calls.append(("strike", member_id, line or sku))
        card = self._current()
        return self._write(replace(card, history=tuple(each for each in card.history if each.line != line)))

    def undo(self, member_id: str) -> Future[VisitCard | None]:
        self.calls.append(("undo", member_id))
        card = self._current()
        return self._write(replace(card, answers={}) if card.answers else None)

    def said(self, member_id: str) -> tuple[Said, ...]:
        self.calls.append(("said", member_id))
        self._fail()
        return tuple(self.statements)

    def agreements(self, member_id: str) -> tuple[Agreement, ...]:
        self.calls.append(("agreements", member_id))
        self._fail()
        return tuple(self.agreed)

    def consent(self, member_id: str, purpose: Purpose, state: ConsentState) -> Future[VisitCard]:
        self.calls.append(("consent", member_id, purpose, state))
        yes = state is ConsentState.GIVEN
        self.agreed = [replace(one, allowed=yes) if one.purpose is purpose else one for one in self.agreed]
        return self._write(self._current())

    def take_back(self, member_id: str, event_id: str) -> Future[VisitCard | None]:
        self.calls.append(("take_back", member_id, event_id))
        self.statements = [one for one in self.statements if one.event_id != event_id]
        return self._write(self._current())

    def prep(self) -> PrepList:
        self.calls.append(("prep",))
        self._wait()
        return self.prep_list

    def scorecard(self) -> Scorecard:
        self.calls.append(("scorecard",))
        self._wait()
        return self.score

    def take_newer(self) -> bool:
        newer, self.renewal.prepared = self.renewal.prepared, ""
        if newer:
            self.calls.append(("take_newer", newer))
            self.renewal.in_use = newer
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
            if text and (text.lower() in each.name.lower() or text == "0042")
        ]
        if text == "lovelase":
            return Members((MemberHit(ADA.member_id, ADA.name, "····JRRX, last here 12 Nov"),), 1, "lovelace")
        return Members(tuple(hits), 1204 if text == "a" else len(hits))

    def find_items(self, text: str, limit: int = 20) -> Items:
        self._fail()
        hits = [ItemHit(each, 1.0, "words") for each in ITEMS if text and text.lower() in each.name.lower()]
        return Items(tuple(hits), len(hits), False)

    def find_items_by_meaning(self, text: str, limit: int, done: Callable[[str, Items], None]) -> None:
        self.meaning.append((text, done))

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
        if self.ahead_fails is not None:
            raise self.ahead_fails

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

"""What a member agreed to has one answer: card, screens, kiosk, export, lists and pack are asked over random histories.

A history is what exports said about a member, on any day and delivered in any order, and what was recorded at the
counter before and after the night: a yes, a no, an undo, an erasure, an enrolment.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from clerk.clock import DAY_S, FixedClock, to_datetime
from clerk.commands.member import card_text
from clerk.desk import Desk
from clerk.desk.kiosk.my_data import KioskVisit, MyData
from clerk.desk.kiosk.wording import kiosk_card
from clerk.desk.member_data.export_text import as_text
from clerk.desk.member_data.interest_list import _agreed
from clerk.errors import Forgotten, NotKept, UnknownMember
from clerk.journal import Journal
from clerk.model import AGREED_IN_WORDS, AgreementState, ConsentState, EventKind, Gate, PairState, Purpose, Record
from clerk.nights.local import LedgerEvents, Means, take_in
from clerk.outlook.all_members import everybody
from clerk.privacy.erasure import Scope
from clerk.report import plain
from clerk.visit.profile.enrolment import Details
from tests.pack_build.shop import write_shop, write_table
from tests.privacy.people import desk as desk_of
from tests.promises.corner import NOW
from tests.proof import record_proof, rounds

MEMBERS = 110
"""Of one shop: each is a history."""
ITEM = "FW"
NOBODY = "nobody"
"""The answer about somebody who is forgotten."""

Answer = tuple[str, ...]
"""State of each purpose, in their order; or `nobody`."""
_YES = (AgreementState.GIVEN.value, AgreementState.JOINED.value)


@dataclass
class Shop:
    """One shop whose members live through a night.

    Args:
        home: its data folder.
        seed: of everything random.
    """

    home: Path
    seed: int
    pick: random.Random = field(init=False)
    who: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.pick = random.Random(self.seed)
        self.who = [f"m{number}" for number in range(MEMBERS)]

    def deliver(self, at: int) -> None:
        """A part of what the shop's own system ever recorded lies in the inbox, in no order."""
        inbox = self.home / "inbox" / "shop"
        shutil.rmtree(inbox, ignore_errors=True)
        rows = [(f"b{who}", who, ITEM, _written(at - DAY_S * 3, timed=True), "1") for who in self.who]
        joined = [(who, f"Member {who}", "2025-12-01", f"+43 664 {who[1:]:0>7}") for who in self.who]
        write_shop(inbox, lines=rows)
        write_table(inbox, "members", ("member_id", "name", "joined_on", "phone"), joined)
        consents = {}
        for who in self.who:
            for _ in range(self.pick.choice((0, 0, 1, 2, 3))):
                moment = at - self.pick.randrange(-2, 40) * DAY_S + self.pick.randrange(-4, 4) * 3600
                text = _written(moment, timed=self.pick.random() < 0.5)
                state = self.pick.choice(("given", "given", "withdrawn", "withdrawn", "not-asked"))
                by = self.pick.choice(("", "till", "export"))
                consents[who, self.pick.choice(list(Purpose)).value, state, text] = by
        told = [(*key, by) for key, by in consents.items()]
        self.pick.shuffle(told)
        write_table(inbox, "consents", ("member_id", "purpose", "state", "at", "by"), told)

    def night(self, at: int) -> None:
        """The night, which also brings every event of the journal back as head office has it."""
        with Journal.open(self.home, FixedClock(at)) as journal:
            rows = [tuple(row) for epoch in journal.epochs() for row in journal.rows(epoch.epoch)]
        means = Means(clock=FixedClock(at), everything=True)
        report = take_in(self.home, means, ledger_events=LedgerEvents(f"{at}", lambda: rows, lambda: rows))
        assert report.error is None, report.error

    def live(self, at: int) -> None:
        """Something happens to most members at the counter."""
        with opened(self.home, at) as desk:
            for who in self.who:
                for _ in range(self.pick.choice((0, 1, 1, 2))):
                    with suppress(UnknownMember, Forgotten):
                        self._happens(desk, who)
                if self.pick.random() < 0.08:
                    with suppress(UnknownMember, Forgotten, NotKept):
                        self._is_decided(desk, who, self.pick.choice(self.who))

    def _is_decided(self, desk: Desk, who: str, other: str) -> None:
        """A manager takes two members for one person, or takes that back."""
        is_one = len(desk.erasure.ids(who)) > 1 and self.pick.random() < 0.5
        for record in desk.pairs.taken_apart(who) if is_one else desk.pairs.decided(who, other, PairState.ONE):
            desk.records.append(record).result(10)

    def _happens(self, desk: Desk, who: str) -> None:
        purpose, chance = self.pick.choice(list(Purpose)), self.pick.random()
        if chance < 0.7:
            state = self.pick.choice((ConsentState.GIVEN, ConsentState.WITHDRAWN))
            record = desk.records.consent(who, purpose, state)
            if self.pick.random() < 0.3:
                # Recorded by somebody who had not seen what stands here.
                record = record._replace(payload={**record.payload, "basis": "20200101T000000-01-abc"})
            event = desk.records.append(record).result(10)
            if self.pick.random() < 0.2:
                desk.records.append(Record(EventKind.UNDO, who, {"event_id": event.event_id})).result(10)
        elif chance < 0.8:
            said = {"purpose": self.pick.choice((purpose.value, "everything")), "state": "perhaps"}
            desk.records.append(Record(EventKind.CONSENT, who, said)).result(10)
        elif chance < 0.9:
            desk.erasure.forget(who, self.pick.choice((Scope.ALL, Scope.NOTES, Scope.PURCHASES, Scope.CONTACT)))
        else:
            desk.records.append(Record(EventKind.MEMBER, who, {"name": f"Again {who}"})).result(10)
        if self.pick.random() < 0.05:
            joined, card = desk.cards.enrol(Details(f"New {len(self.who)}"))
            for one in (joined, card):
                desk.records.append(one).result(10)
            self.who.append(joined.member_id)


def opened(home: Path, at: int) -> AbstractContextManager[Desk]:
    """The desk at a moment."""
    return desk_of(home, (at - NOW) / DAY_S)


def _written(at: int, *, timed: bool) -> str:
    return f"{to_datetime(at):%Y-%m-%dT%H:%M:%S}" if timed else f"{to_datetime(at):%Y-%m-%d}"


def asked(ask: Callable[[], Answer]) -> Answer:
    """An answer; who may not be known any more is nobody everywhere."""
    try:
        return ask()
    except UnknownMember:
        return (NOBODY,)


def yeses(answer: Answer) -> set[Purpose]:
    """What is agreed to."""
    if answer == (NOBODY,):
        return set()
    return {purpose for purpose, state in zip(Purpose, answer, strict=True) if state in _YES}


def on_card(desk: Desk, who: str) -> Answer:
    """The card, its text, why and `clerk show --json`: they say the same or the test fails."""
    card = desk.visit.open(who, "command")
    document = plain(card)
    states = tuple(document["consents"]["purposes"][purpose.value]["state"] for purpose in Purpose)  # type: ignore[index]
    allowed = yeses(states)
    text, why = card_text(card, ""), desk.finding.why(who, ITEM)
    assert card.allowed == allowed
    assert ("not remembered here" in text) == (Purpose.REMEMBER not in allowed)
    opt_in = next(through for gate, through, _ in why.gates if gate is Gate.NO_OPT_IN)
    assert opt_in == ({Purpose.REMEMBER, Purpose.SUGGEST} <= allowed)
    if not opt_in:
        assert not card.suggestions
        assert not card.due
        may_ask = "^G shows what to read out" in text
        decides = states[0] if Purpose.REMEMBER not in allowed else states[1]
        assert may_ask == (decides in ("not-asked", "ask-again")), "who said no is not asked again"
    kiosk = kiosk_card(card)
    if not kiosk.here and Purpose.REMEMBER in allowed:
        assert ("not asked" in kiosk.silence) == (states[1] == "not-asked")
        assert ("not agreed" in kiosk.silence) == (states[1] in ("withdrawn", "ask-again"))
    return states


def on_agreements(desk: Desk, who: str) -> Answer:
    """The screen behind ^G."""
    return tuple(one.state.value for one in desk.records.agreements(who))


def at_kiosk(desk: Desk, who: str) -> Answer:
    """What is remembered, at the kiosk."""
    card = desk.visit.open(who, "command")
    visit = KioskVisit("v", who, card, unlocked=True)
    found = MyData(visit, desk.pack, desk.records, desk.erasure, FixedClock(card.at)).remembered()
    states = tuple(one.state.value for one in found.purposes)
    assert bool(found.lines) <= (Purpose.REMEMBER in yeses(states))
    return states


def in_export(desk: Desk, who: str) -> Answer:
    """The member export: JSON and text."""
    document = desk.export.of(who)
    now = document["consents"]["now"]
    states = tuple(now[purpose.value] for purpose in Purpose)
    text = as_text(document).split("WHAT YOU AGREED TO\n")[1].splitlines()[: len(Purpose)]
    assert [line.split(": ")[1] for line in text] == [AGREED_IN_WORDS[AgreementState(one)] for one in states]
    assert document["consents"]["ask_again"] == [
        p.value for p, s in zip(Purpose, states, strict=True) if s == "ask-again"
    ]
    return states


def answers(home: Path, at: int, who: Sequence[str]) -> dict[str, Answer]:
    """The one answer about each member; every place is asked and compared."""
    found: dict[str, Answer] = {}
    with opened(home, at) as desk:
        for member_id in who:
            places = {
                place.__name__: asked(lambda ask=place, one=member_id: ask(desk, one))  # type: ignore[misc]
                for place in (on_card, on_agreements, at_kiosk, in_export)
            }
            assert len(set(places.values())) == 1, (member_id, places)
            found[member_id] = places["on_card"]
            assert desk.records.remembers(member_id) == (Purpose.REMEMBER in yeses(found[member_id]))
        with desk.pack.reading() as pack:
            for member_id in who:
                assert pack.members.allowed(member_id) == yeses(found[member_id]), member_id
            to_call = set(_agreed(pack))
            shown = {member_id for member_id in who if pack.members.first(member_id) == member_id}
            in_pack = {pack.reader.member(number + 1).member_id for number in range(int(pack.reader.facts["members"]))}
    assert to_call == {one for one in in_pack & shown if yeses(found[one]) == set(Purpose)}
    with everybody(home) as members:
        for number in range(1, members.members + 1):
            member_id = members.reader.member(number).member_id
            agreed = yeses(found[member_id])
            assert members.may_name(number) == ({Purpose.REMEMBER, Purpose.SUGGEST} <= agreed), member_id
            if found[member_id] != (NOBODY,):
                facts = members.facts(number)
                assert members.profile(facts, at).allowed == agreed
                assert bool(len(members.past(facts, at).item)) <= (Purpose.REMEMBER in agreed)
    return found


@pytest.fixture
def shops(tmp_path: Path) -> Iterator[Callable[[int], Shop]]:
    """Makes shops, one after the other."""

    def made(seed: int) -> Shop:
        home = tmp_path / f"{seed}"
        home.mkdir()
        return Shop(home, seed)

    yield made
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.mark.proof
def test_every_place_gives_the_same_answer_before_and_after_every_night(shops: Callable[[int], Shop]) -> None:
    asked_about, seen = 0, set()
    for seed in range(rounds(1, 300)):
        shop = shops(seed)
        shop.deliver(NOW)
        shop.night(NOW)
        shop.live(NOW + 3600)
        before = answers(shop.home, NOW + 7200, shop.who)
        shop.deliver(NOW + 10 * 3600)
        shop.night(NOW + 10 * 3600)
        shop.live(NOW + DAY_S)
        now = answers(shop.home, NOW + DAY_S + 3600, shop.who)
        # A device that was never here: everything it knows came with the pack.
        shop.night(NOW + DAY_S + 7200)
        other = shop.home.parent / f"{seed}-other"
        shutil.copytree(shop.home / "packs", other / "packs", symlinks=True)
        elsewhere = answers(other, NOW + DAY_S + 10_800, shop.who)
        assert elsewhere == {
            who: elsewhere.get(who, now[who]) if now[who] == (NOBODY,) else now[who] for who in shop.who
        }
        seen |= {state for found in (before, now) for answer in found.values() for state in answer}
        asked_about += len(before) + len(now) + len(elsewhere)
        shutil.rmtree(shop.home)
        shutil.rmtree(other)
    record_proof("one answer about consent: card, ^G, kiosk, export, lists, pack", asked_about)
    assert seen == {NOBODY, *(state.value for state in AgreementState if state is not AgreementState.UNREAD)}

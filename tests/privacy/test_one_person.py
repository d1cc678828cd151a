"""Two member ids that a manager took for one person: read and forgotten together, and two again when taken back."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import wait
from dataclasses import replace
from pathlib import Path

import pytest

from clerk.clock import FixedClock
from clerk.desk import Desk
from clerk.desk.kiosk.session import KioskDesk
from clerk.errors import Forgotten, NotKept, UnknownMember
from clerk.journal import Journal
from clerk.model import ConsentState, EventKind, Nobody, PairState, Purpose, Record, VisitCard
from clerk.model.kiosk import KioskCard
from clerk.outlook.all_members import everybody
from clerk.privacy.erasure import Scope
from tests.pack_build.shop import write_table
from tests.privacy.people import ADA, CARDS, COLUMNS, EMAIL, NAME, PHONE, built, desk, holds
from tests.promises.corner import NOW

GRACE = "m2"
CARD_OF = {member_id: code for code, member_id in CARDS}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("person")
    return built(folder / "own", folder / "home")


@pytest.fixture
def home(shop: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(shop, tmp_path / "home"))


def write(here: Desk, *records: Record) -> None:
    wait([here.records.append(record) for record in records])


def merge(here: Desk, one: str = ADA, other: str = GRACE, state: PairState = PairState.ONE) -> None:
    write(here, *here.pairs.decided(one, other, state))


def card(here: Desk, who: str) -> VisitCard:
    return replace(here.visit.open(who, "command"), visit_id="")


def test_one_card_shows_both_histories_and_both_cards_open_it(home: Path) -> None:
    with desk(home) as here:
        lines = {one: len(here.export.of(one)["lines"]) for one in (ADA, GRACE)}
        write(here, here.records.fact(ADA, "allergen", "milk"), here.records.fact(GRACE, "note", "sits outside"))
        merge(here)
        for code in CARD_OF.values():
            opened = here.visit.scan(code)
            assert isinstance(opened, VisitCard)
            assert (opened.member.member_id, opened.visits) == (ADA, sum(lines.values()))
        document = here.export.of(GRACE)
        assert len(document["lines"]) == sum(lines.values())
        assert document["member_ids"] == [ADA, GRACE]
        assert {one["words"] for one in document["said"]} >= {"allergen: milk", "note: sits outside"}
        assert {one["code"] for one in document["cards"]} == set(CARD_OF.values())
        assert [hit.member_id for hit in here.finding.members("Grace").hits] == [ADA]
    with everybody(home) as members:
        assert len(members.numbers()) == 1
        assert len(members.facts(int(members.numbers()[0])).history.item) == sum(lines.values())


def test_taken_back_everybody_has_their_own_again(home: Path) -> None:
    with desk(home) as here:
        before = {one: card(here, one) for one in (ADA, GRACE)}
        exported = {one: here.export.of(one) for one in (ADA, GRACE)}
        merge(here)
        assert card(here, GRACE).member.member_id == ADA
        write(here, *here.pairs.taken_apart(GRACE))
        assert {one: card(here, one) for one in (ADA, GRACE)} == before
        for one, document in exported.items():
            after = here.export.of(one)
            assert {key: after[key] for key in ("lines", "cards", "consents", "member_ids", "said", "member")} == {
                key: document[key] for key in ("lines", "cards", "consents", "member_ids", "said", "member")
            }
        with pytest.raises(UnknownMember):
            here.pairs.taken_apart(GRACE)


def test_a_no_of_one_id_is_a_no_of_the_person_and_a_no_while_they_are_one_is_one_of_both(home: Path) -> None:
    with desk(home) as here:
        write(here, here.records.consent(ADA, Purpose.SUGGEST, ConsentState.GIVEN))
        write(here, here.records.consent(GRACE, Purpose.SUGGEST, ConsentState.WITHDRAWN))
        merge(here)
        with here.pack.reading() as pack:
            assert all(Purpose.SUGGEST not in pack.members.allowed(one) for one in (ADA, GRACE))
        assert not card(here, ADA).suggestions
        write(here, here.records.consent(ADA, Purpose.SUGGEST, ConsentState.GIVEN))
        with here.pack.reading() as pack:
            assert all(Purpose.SUGGEST in pack.members.allowed(one) for one in (ADA, GRACE))
        write(here, here.records.consent(ADA, Purpose.CONTACT, ConsentState.WITHDRAWN))
        write(here, *here.pairs.taken_apart(ADA))
        with here.pack.reading() as pack:
            assert all(Purpose.CONTACT not in pack.members.allowed(one) for one in (ADA, GRACE))


@pytest.mark.parametrize("asked", [ADA, GRACE])
def test_who_is_forgotten_is_forgotten_under_both_ids(home: Path, asked: str) -> None:
    with desk(home) as here:
        write(here, here.records.fact(ADA, "note", "by the window"), here.records.fact(GRACE, "note", "by the door"))
        merge(here)
        assert here.erasure.ids(asked) == (ADA, GRACE)
        receipt = here.erasure.forget(asked)
        assert receipt.deleted["members"] == 2
        for one in (ADA, GRACE):
            assert isinstance(here.visit.scan(CARD_OF[one]), Nobody)
            with pytest.raises(UnknownMember):
                here.visit.open(one)
            with pytest.raises(Forgotten):
                here.erasure.forget(one)
    with Journal.open(home, FixedClock(NOW)) as journal:
        assert [event.kind for event in journal.events() if event.member_id in (ADA, GRACE)] == []
    assert not holds(home / "receipts", ADA, GRACE, NAME)
    assert not [path for path in holds(home, "by the window", "by the door") if "journal" in path]


def test_a_number_that_both_ids_have_keeps_neither_from_being_forgotten(tmp_path: Path) -> None:
    home = built(tmp_path / "own", tmp_path / "home")
    members = ((ADA, NAME, "", PHONE, EMAIL, "2020-01-05"), (GRACE, NAME, "", PHONE, EMAIL, "2020-01-05"))
    write_table(tmp_path / "own", "members", COLUMNS, members)
    home = built_again(tmp_path)
    with desk(home) as here:
        merge(here)
        assert all(len(one.addresses) > 1 for one in here.erasure.forget(ADA).erasures)


def built_again(folder: Path) -> Path:
    from tests.pack_build.shop import build_shop

    build_shop(folder / "own", folder / "again", clock=FixedClock(NOW))
    return folder / "again"


def test_a_part_is_forgotten_under_both_ids(home: Path) -> None:
    with desk(home) as here:
        write(here, here.records.fact(GRACE, "note", "by the door"))
        merge(here)
        here.erasure.forget(ADA, Scope.PURCHASES)
        here.erasure.forget(ADA, Scope.NOTES)
        document = here.export.of(GRACE)
        assert (document["lines"], document["said"]) == ([], [])


def test_neither_half_of_a_decision_names_the_other_member(home: Path) -> None:
    with desk(home) as here:
        merge(here)
    with Journal.open(home, FixedClock(NOW)) as journal:
        halves = list(journal.events(0, [EventKind.PAIR]))
    assert [one.member_id for one in halves] == [ADA, GRACE]
    assert all(other not in json.dumps(dict(one.payload)) for one, other in zip(halves, (GRACE, ADA), strict=True))


def test_a_lost_card_of_the_second_id_opens_nobody_any_more(home: Path) -> None:
    with desk(home) as here:
        merge(here)
        write(here, *here.cards.replace(ADA, lost=CARD_OF[GRACE]))
        assert isinstance(here.visit.scan(CARD_OF[GRACE]), Nobody)
        assert isinstance(here.visit.scan(CARD_OF[ADA]), VisitCard)
        write(here, *here.cards.revoke(GRACE))
        assert isinstance(here.visit.scan(CARD_OF[ADA]), Nobody)


def test_the_kiosk_opens_one_person_with_both_cards(home: Path) -> None:
    with desk(home) as here:
        merge(here)
    kiosk = KioskDesk.open(home, clock=FixedClock(NOW))
    try:
        for code in CARD_OF.values():
            opened = kiosk.scan(code)
            assert isinstance(opened, KioskCard)
            assert kiosk.unlock(opened.visit_id, PHONE[-4:])
            kiosk.end("next")
    finally:
        kiosk.close()


def test_who_is_kept_apart_is_not_listed_again(tmp_path: Path) -> None:
    members = (
        (ADA, NAME, "", PHONE, "", "2020-01-05"),
        (GRACE, "Zuzana Quillfeather", "", PHONE[3:], "", "2020-01-05"),
    )
    built(tmp_path / "own", tmp_path / "home")
    write_table(tmp_path / "own", "members", COLUMNS, members)
    with desk(built_again(tmp_path)) as here:
        found = here.pairs.duplicates().undecided
        assert [(one.ids, one.why) for one in found] == [((ADA, GRACE), "the same phone number")]
        assert here.pairs.listed() == here.pairs.duplicates()
        merge(here, state=PairState.APART)
        assert not here.pairs.duplicates().undecided
        write(here, *here.pairs.opened(ADA, GRACE))
        assert len(here.pairs.duplicates().undecided) == 1
        with pytest.raises(NotKept):
            here.pairs.decided(ADA, ADA, PairState.ONE)

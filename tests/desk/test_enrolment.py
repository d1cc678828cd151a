"""Cards and enrolment: at once at this counter, everywhere after the next night."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clerk.cards import code as own_codes
from clerk.desk import Desk
from clerk.errors import CardRevoked, NotKept, PartialScan, UnknownMember
from clerk.model import Card, CardStatus, Event, EventKind, Nobody, Record, ScanKind, ScannedCode, Several, VisitCard
from clerk.visit.identify.member_by_code import identify
from clerk.visit.profile.enrolment import Details, is_counter_id
from tests.members.overlay import Device, night, tables

BLANK = own_codes.encode(b"blank-card")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The exports, and the packs of a night without events."""
    folder = tmp_path_factory.mktemp("cards")
    return tables(folder / "tables"), night(folder / "tables", folder / "home", None) / "packs"


@pytest.fixture
def here(shop: tuple[Path, Path], tmp_path: Path) -> Device:
    return Device(tmp_path / "here", shop[1])


@pytest.fixture
def there(shop: tuple[Path, Path], tmp_path: Path) -> Device:
    return Device(tmp_path / "there", shop[1], skew_s=-90_000)


def recorded(desk: Desk, *records: Record) -> str:
    """Writes them; the code of the last."""
    for record in records:
        desk.records.append(record).result(10)
    return str(records[-1].payload.get("code", ""))


def member_of(desk: Desk, code: str) -> str:
    opened = desk.visit.scan(code)
    return (
        opened.member.member_id if isinstance(opened, VisitCard) else opened.code if isinstance(opened, Nobody) else ""
    )


@contextmanager
def after_a_night(shop: tuple[Path, Path], folder: Path, at: Device, *heard: Device) -> Iterator[Desk]:
    """The desk of a device that took the pack of a night over all journals."""
    at.take(night(shop[0], folder, [row for device in heard for row in device.rows()]) / "packs")
    with at.desk() as desk:
        yield desk


def test_a_lost_card_is_revoked_here_at_once_and_everywhere_after_the_night(
    shop: tuple[Path, Path], here: Device, there: Device, tmp_path: Path
) -> None:
    with here.desk() as desk:
        lost = recorded(desk, *desk.cards.issue("lena"))
        assert member_of(desk, lost) == "lena"
        records = desk.cards.replace("lena")
        assert [one.payload["status"] for one in records] == ["revoked", "active"], "the lost one first"
        fresh = recorded(desk, *records)
        assert (member_of(desk, lost), member_of(desk, fresh)) == ("E224", "lena")
        assert [(held.code, held.status) for held in desk.cards.of("lena")][-2:] == [
            (lost, CardStatus.REVOKED), (fresh, CardStatus.ACTIVE),
        ]  # fmt: skip
    with there.desk() as desk:
        assert member_of(desk, lost) == member_of(desk, fresh) == "E220", "not heard there yet"
    with after_a_night(shop, tmp_path / "office", there, here) as desk:
        assert (member_of(desk, lost), member_of(desk, fresh)) == ("E224", "lena")
        with pytest.raises(CardRevoked):
            desk.cards.issue("ada", lost)


def test_a_lost_card_named_by_its_code_leaves_the_members_other_cards(here: Device) -> None:
    with here.desk() as desk:
        kept, lost = recorded(desk, *desk.cards.issue("mia")), recorded(desk, *desk.cards.issue("mia"))
        fresh = recorded(desk, *desk.cards.replace("mia", lost=lost.lower()))
        assert [member_of(desk, code) for code in (kept, lost, fresh)] == ["mia", "E224", "mia"]


def test_a_code_is_bound_once_for_ever(here: Device) -> None:
    with here.desk() as desk:
        recorded(desk, *desk.cards.issue("ada", BLANK.lower() + "\r"))
        for who in ("ada", "lena"):
            with pytest.raises(CardRevoked, match="handed out before"):
                desk.cards.issue(who, BLANK)
        recorded(desk, *desk.cards.revoke(BLANK))
        with pytest.raises(CardRevoked):
            desk.cards.enrol(Details("Nora"), BLANK)
        with pytest.raises(UnknownMember):
            desk.cards.revoke(BLANK)


def test_what_is_no_blank_card_is_not_handed_out(here: Device) -> None:
    with here.desk() as desk:
        with pytest.raises(PartialScan):
            desk.cards.issue("ada", BLANK[:20])
        for code in ("nora", "FW", "ada"):
            with pytest.raises(NotKept):
                desk.cards.issue("ada", code)
        with pytest.raises(UnknownMember):
            desk.cards.issue("nobody")
        with pytest.raises(UnknownMember):
            desk.cards.revoke("nobody")


def test_somebody_enrolled_here_is_known_here_at_once(here: Device) -> None:
    with here.desk() as desk:
        joined, card = desk.cards.enrol(Details("Nora Ünal", "0660 123 98 76", "nora@example.org"), BLANK)
        assert member_of(desk, BLANK) == "E220"
        recorded(desk, joined, card)
        opened = desk.visit.scan(BLANK)
        assert isinstance(opened, VisitCard)
        assert (opened.member.name, opened.member.given_name, opened.baskets) == ("Nora Ünal", "Nora", 0)
        assert opened.member.member_id == joined.member_id
        assert is_counter_id(joined.member_id)
        assert opened.card_hint.endswith(BLANK[-4:])
        for typed in ("nora", "unal no", "9876", "+0660123", "nora@exam", joined.member_id):
            assert [hit.member_id for hit in desk.finding.members(typed).hits] == [joined.member_id], typed
        assert desk.finding.who(joined.member_id) == joined.member_id == desk.finding.who(joined.member_id.lower())
        desk.records.append(desk.records.fact(joined.member_id, "allergen", "milk")).result(10)
        assert "must not have: milk" in desk.visit.open(joined.member_id).notes


def test_somebody_enrolled_at_one_counter_is_known_at_all_after_the_night(
    shop: tuple[Path, Path], here: Device, there: Device, tmp_path: Path
) -> None:
    with here.desk() as desk:
        joined, card = desk.cards.enrol(Details("Nora Ünal", "06601239876"))
        code = recorded(desk, joined, card)
    with after_a_night(shop, tmp_path / "office", there, here) as desk:
        assert member_of(desk, code) == joined.member_id
        assert [hit.member_id for hit in desk.finding.members("ünal").hits] == [joined.member_id]
        opened = desk.visit.open(joined.member_id)
        assert opened.member.name == "Nora Ünal"
        fresh = recorded(desk, *desk.cards.replace(joined.member_id))
        assert (member_of(desk, code), member_of(desk, fresh)) == ("E224", joined.member_id)
    with after_a_night(shop, tmp_path / "office2", here, here, there) as desk:
        assert (member_of(desk, code), member_of(desk, fresh)) == ("E224", joined.member_id)


def test_a_correction_changes_what_is_shown_and_found(
    shop: tuple[Path, Path], here: Device, there: Device, tmp_path: Path
) -> None:
    with here.desk() as desk:
        before = desk.finding.members("ada").total
        recorded(desk, Record(EventKind.MEMBER, "ada", {"name": "Augusta King", "phone": "0664 55 66 77 88"}))
        assert desk.visit.open("ada").member.name == "Augusta King"
        assert [hit.name for hit in desk.finding.members("augusta").hits] == ["Augusta King"]
        assert [hit.member_id for hit in desk.finding.members("7788").hits] == ["ada"]
        found = desk.finding.members("ada")
        assert found.total == before
        recorded(desk, Record(EventKind.MEMBER, "ada", {"phone": ""}))
        assert desk.visit.open("ada").member.name == "Augusta King", "what is not named stays"
        assert desk.finding.members("7788").hits == ()
    with after_a_night(shop, tmp_path / "office", there, here) as desk:
        assert desk.visit.open("ada").member.name == "Augusta King"
        assert [hit.member_id for hit in desk.finding.members("king").hits] == ["ada"]


def test_what_another_device_says_about_a_name_is_cleaned(here: Device) -> None:
    with here.desk() as desk:
        recorded(desk, Record(EventKind.MEMBER, "N-BCDFGHJKLNPR", {"name": "\x1b]52;c;x\x07Eve\u202e", "phone": 7}))
        assert desk.visit.open("N-BCDFGHJKLNPR").member.name == "]52;c;xEve"


@pytest.mark.parametrize(
    "details", [Details(""), Details("  1 "), Details("Eve", "call me"), Details("Eve", "", "eve")]
)
def test_enrolling_asks_for_a_name_and_takes_no_nonsense(here: Device, details: Details) -> None:
    with here.desk() as desk, pytest.raises(NotKept):
        desk.cards.enrol(details)


def test_somebody_enrolled_here_and_forgotten_is_not_found_any_more(here: Device) -> None:
    with here.desk() as desk:
        joined, card = desk.cards.enrol(Details("Nora Ünal", "06601239876"))
        code = recorded(desk, joined, card)
        assert desk.finding.members("nora").total == 1
        desk.erasure.forget(joined.member_id)
        assert member_of(desk, code) in ("E220", "E224")
        for typed in ("nora", "9876"):
            assert desk.finding.members(typed).hits == ()


def test_the_packs_enrolments_are_read_by_their_index(shop: tuple[Path, Path], here: Device, tmp_path: Path) -> None:
    from clerk.pack import statements

    with here.desk() as desk:
        joined, card = desk.cards.enrol(Details("Nora"))
        recorded(desk, joined, card)
    with after_a_night(shop, tmp_path / "office", here, here) as desk:
        reader = desk.pack._parts.reader
        assert reader.events.named() == (joined.member_id,)
        plan = [row[3] for row in reader.pack.db.execute("EXPLAIN QUERY PLAN " + statements.ENROLLED_MEMBERS)]
        assert any("said_named" in step for step in plan)


def test_the_counters_own_enrolment_gives_the_card_that_opens_the_new_member(here: Device) -> None:
    with here.desk() as desk:
        assert desk.cards.is_blank(BLANK)
        code = desk.cards.join("Nora", "0660 1239876", BLANK).result(10)
        assert code == BLANK
        opened = desk.visit.scan(code)
        assert isinstance(opened, VisitCard)
        assert opened.member.name == "Nora"
        assert not desk.cards.is_blank(BLANK)
        assert not desk.cards.is_blank("nora")
        with pytest.raises(CardRevoked):
            desk.cards.join("Emil", "", BLANK)


def test_a_card_that_the_chain_gave_to_another_id_asks_which_one_is_meant() -> None:
    code = ScannedCode(ScanKind.MEMBER_CARD, BLANK)
    said = Event("e", EventKind.CARD, 1, "N-BCDFGHJKLNPR", "associate", {"code": BLANK, "status": "active"})
    found = identify(code, [Card(BLANK, 7)], {7: "chain-7"}, [said])
    assert found == Several(("chain-7", "N-BCDFGHJKLNPR"))

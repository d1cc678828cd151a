"""What a card opens, what it never opens, and what a member can do about what is remembered."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from clerk.clock import FixedClock
from clerk.desk.kiosk.my_data import MyData
from clerk.desk.kiosk.session import KioskDesk
from clerk.desk.kiosk.wording import masked_email, masked_name, masked_phone
from clerk.desk.manager.requests import asked_for
from clerk.errors import ClerkError, NotKept, SecondFactorRefused
from clerk.journal import Journal
from clerk.model import Acting, Event, EventKind, Member, Purpose
from clerk.model.kiosk import KioskCard, KioskRefused
from clerk.model.nights import AskedFor
from tests.kiosk.conftest import ADA, BEN, GWEN, LOST, NOW, Ticks

PHONE = "4471"


def opened(desk: KioskDesk, code: str = ADA) -> KioskCard:
    card = desk.scan(code + "\r")
    assert isinstance(card, KioskCard)
    return card


def unlocked(desk: KioskDesk, code: str = ADA, digits: str = PHONE) -> MyData:
    card = opened(desk, code)
    assert desk.unlock(card.visit_id, digits)
    return desk.my_data(card.visit_id)


def events(home: Path, kind: EventKind) -> list[Event]:
    with Journal.open(home, FixedClock(NOW)) as journal:
        return list(journal.events(0, [kind]))


# ---- what opens


@pytest.mark.parametrize(
    "keys", [ADA, ADA.lower() + "\r\n", f"]Q1{ADA}\t", f"  {ADA}  ", "4006381333931777", "4006 3813 3393-1777"]
)
def test_a_card_opens_its_member(desk: KioskDesk, keys: str) -> None:
    assert isinstance(desk.scan(keys), KioskCard)


@pytest.mark.parametrize(
    "keys",
    [
        "Ada", "Ada Lovelace", "lovelace", "ada", "gwen", "4471", "1234471", "+43 664 1234471", "06647770001",
        "ada@example.org", "FW", "5000000000017", "https://id.example/01/05000000000017", "471147114711", LOST,
        "4006381333930", "", "\x1b[A",
    ],
)  # fmt: skip
def test_nothing_else_opens_anybody_and_every_refusal_reads_the_same(desk: KioskDesk, keys: str) -> None:
    assert desk.scan(keys) == KioskRefused(
        "This code opens nothing here.", "Scan your own card, or ask at the counter."
    )


def test_a_half_read_card_is_scanned_again(desk: KioskDesk) -> None:
    for keys in (ADA[:15], "N-BCDFGHJKLNPR"):
        found = desk.scan(keys)
        assert isinstance(found, KioskRefused)
        assert "half read" in found.what


def test_five_unknown_codes_a_minute_pause_the_kiosk_for_everybody(desk: KioskDesk, ticks: Ticks) -> None:
    for _ in range(4):
        desk.scan("4006381333930")
        ticks.now += 61
    for number in range(5):
        found = desk.scan("4006381333930")
        assert isinstance(found, KioskRefused)
        assert bool(found.pause_s) == (number == 4)
    assert isinstance(desk.scan(ADA), KioskRefused)
    ticks.now += 61
    opened(desk)


def test_the_first_screen_is_masked_and_says_nothing_of_tier_value_or_allergens(home: Path) -> None:
    from clerk.visit.feedback import fact_event

    clock = FixedClock(NOW)
    with Journal.open(home, clock) as journal:
        for fact, text in (("allergen", "almond"), ("note", "always in a hurry"), ("dislike", "cinnamon")):
            journal.append(*fact_event("ada", fact, text)).result(10)
    desk = KioskDesk.open(home, clock=clock)
    card = opened(desk)
    desk.close()
    text = repr(dataclasses.asdict(card))
    assert card.greeting == "A*** L."
    assert card.usual
    for secret in (
        "Ada",
        "Lovelace",
        "4471",
        "example.org",
        "Gold",
        "hurry",
        "cinnamon",
        "contains",
        "allerg",
        "score",
    ):
        assert secret not in text
    assert "House pick" not in text


def test_the_shop_may_greet_by_the_given_name(home: Path) -> None:
    (home / "settings.toml").write_text('[kiosk]\ngreeting = "given name"\n', encoding="utf-8")
    desk = KioskDesk.open(home, clock=FixedClock(NOW))
    assert opened(desk).greeting == "Ada L."
    desk.close()


@pytest.mark.parametrize(
    ("name", "given", "masked"),
    [("Ada Lovelace", "Ada", "A*** L."), ("Prince", "", "P***"), ("", "", ""), ("Li", "Li", "L***")],
)
def test_a_name_is_masked(name: str, given: str, masked: str) -> None:
    assert masked_name(Member(1, "m", name, given_name=given)) == masked


def test_phone_and_e_mail_are_masked() -> None:
    assert masked_phone("+43 664 1234471") == "ends in 71"
    assert masked_phone("") == ""
    assert masked_email("ada@example.org") == "a***@e***.org"
    assert masked_email("broken") == "kept"


# ---- the second factor


@pytest.mark.parametrize("digits", ["", "447", "44711", "0000", "3471"])
def test_wrong_digits_open_nothing(desk: KioskDesk, digits: str) -> None:
    card = opened(desk)
    assert not desk.unlock(card.visit_id, digits)
    with pytest.raises(SecondFactorRefused):
        desk.my_data(card.visit_id)


def test_the_end_of_the_phone_opens_it(desk: KioskDesk) -> None:
    assert unlocked(desk).remembered().name == "Ada Lovelace"


def test_who_has_no_phone_cannot_be_guessed(desk: KioskDesk) -> None:
    card = opened(desk, BEN)
    assert not any(desk.unlock(card.visit_id, digits) for digits in ("", "0000", "None"))


def test_a_try_counts_before_it_is_looked_at(desk: KioskDesk, home: Path) -> None:
    desk.unlock(opened(desk).visit_id, "0000")
    assert [one.payload["what"] for one in events(home, EventKind.ACCESS)] == ["unlock tried"]
    assert {one.actor for one in events(home, EventKind.ACCESS)} == {"kiosk"}


def test_the_digits_and_the_code_are_never_written(desk: KioskDesk, home: Path) -> None:
    unlocked(desk)
    with Journal.open(home, FixedClock(NOW)) as journal:
        said = repr([one.payload for one in journal.events()])
    assert PHONE not in said
    assert ADA not in said


def test_an_ended_visit_cannot_be_unlocked_read_or_changed(desk: KioskDesk) -> None:
    card = opened(desk)
    memory = unlocked(desk)
    assert not desk.unlock(card.visit_id, PHONE)
    desk.end("done")
    with pytest.raises(SecondFactorRefused):
        memory.agree(Purpose.SUGGEST, False)
    with pytest.raises(SecondFactorRefused):
        memory.forget()


def test_a_new_scan_locks_again(desk: KioskDesk) -> None:
    unlocked(desk)
    card = opened(desk)
    with pytest.raises(SecondFactorRefused):
        desk.my_data(card.visit_id)


# ---- what is remembered


def test_what_is_remembered_is_told_in_plain_words(desk: KioskDesk) -> None:
    found = unlocked(desk).remembered()
    assert found.phone == "ends in 71"
    assert found.usual
    assert "of the last" in found.usual_why
    assert found.months[0].words == "March 2026"
    assert sum(one.lines for one in found.months) == found.lines == 45
    contact = next(one for one in found.purposes if one.purpose is Purpose.CONTACT)
    assert contact.allowed
    assert contact.since.startswith("on 1 May 2025")
    assert contact.wording.endswith("?")


def test_what_is_sensitive_has_no_name_on_this_screen(desk: KioskDesk) -> None:
    memory = unlocked(desk, GWEN, "0001")
    lines = [line for month in memory.remembered().months for line in memory.lines(month.month)]
    assert len(lines) == 15
    assert "plaster" not in repr([(one.name, one.detail, one.category) for one in lines]).lower()


@pytest.mark.parametrize(
    ("deed", "left"),
    [
        (lambda memory, line: memory.strike(line=line.line), 44),
        (lambda memory, line: memory.strike(category="Bakery > Croissants"), 25),
        (lambda memory, line: memory.strike(month="2026-03"), 36),
        (lambda memory, line: memory.gift(line.line), 45),
    ],
    ids=["line", "category", "month", "gift"],
)
def test_what_is_struck_out_is_gone_at_once_and_comes_back_when_it_is_taken_back(
    desk: KioskDesk, deed: Callable[[MyData, object], None], left: int
) -> None:
    memory = unlocked(desk)
    deed(memory, memory.lines("2026-03")[0])
    found = memory.remembered()
    assert found.lines == left
    assert len(found.said) == 1
    memory.take_back(found.said[0].event_id)
    assert memory.remembered().lines == 45
    assert not memory.remembered().said


def test_a_gift_says_so(desk: KioskDesk) -> None:
    memory = unlocked(desk)
    line = memory.lines("2026-03")[0]
    memory.gift(line.line)
    assert "a gift" in memory.lines("2026-03")[0].detail
    assert memory.remembered().said[0].words.startswith("A gift: ")


def test_never_holds_at_once_and_can_be_undone(desk: KioskDesk) -> None:
    memory = unlocked(desk)
    memory.never("BEANS")
    assert "House beans" not in repr((opened(desk).here, opened(desk).again))
    memory = unlocked(desk)
    memory.take_back(memory.remembered().said[0].event_id)
    with pytest.raises(NotKept):
        memory.take_back("nothing")


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_purpose_is_switched_off_and_on_with_its_wording_and_channel(
    desk: KioskDesk, home: Path, purpose: Purpose
) -> None:
    memory = unlocked(desk)
    before = next(one for one in memory.remembered().purposes if one.purpose is purpose)
    for yes in (not before.allowed, before.allowed):
        memory.agree(purpose, yes)
        now = next(one for one in memory.remembered().purposes if one.purpose is purpose)
        assert now.allowed is yes
        assert "kiosk" in now.since
    last = events(home, EventKind.CONSENT)[-1]
    assert last.payload["wording"] == now.version
    assert last.payload["channel"] == "kiosk"


def test_who_does_not_want_to_be_remembered_is_shown_nothing(desk: KioskDesk) -> None:
    memory = unlocked(desk)
    memory.agree(Purpose.REMEMBER, False)
    found = memory.remembered()
    assert not found.months
    assert not found.usual
    assert not memory.lines("2026-03")
    card = opened(desk)
    assert not card.usual
    assert not card.here


def test_a_corrected_phone_is_the_second_factor_from_now_on(desk: KioskDesk, home: Path) -> None:
    memory = unlocked(desk)
    memory.correct_phone("0043664998877")
    assert memory.remembered().phone == "ends in 77"
    assert events(home, EventKind.MEMBER)[-1].payload == {"phone": "+43664998877"}
    assert desk.unlock(opened(desk).visit_id, "8877")
    for number in ("12", "1" * 16):
        with pytest.raises(NotKept):
            desk.my_data(desk_visit(desk)).correct_phone(number)


def desk_visit(desk: KioskDesk) -> str:
    card = opened(desk)
    assert desk.unlock(card.visit_id, "8877")
    return card.visit_id


def test_a_copy_and_a_correction_are_asked_for_where_the_audit_sees_it(desk: KioskDesk, home: Path) -> None:
    memory = unlocked(desk)
    memory.ask("copy asked")
    memory.ask("correction asked")
    asked = [one for one in events(home, EventKind.ACCESS) if "asked" in str(one.payload["what"])]
    assert [one.payload["what"] for one in asked] == ["copy asked", "correction asked"]
    assert {one.member_id for one in asked} == {"ada"}


def test_what_was_asked_for_is_listed_for_the_manager_until_it_is_done(desk: KioskDesk, home: Path) -> None:
    assert asked_for(home) == ()
    memory = unlocked(desk)
    for what in ("copy asked", "correction asked", "copy asked"):
        memory.ask(what)
    assert asked_for(home) == (AskedFor("ada", "copy", NOW), AskedFor("ada", "correction", NOW))
    with Journal.open(home, FixedClock(NOW + 5), acting=Acting("command")) as journal:
        journal.append(EventKind.ACCESS, "ada", {"what": "exported", "visit_id": ""}).result(10)
    assert [one.what for one in asked_for(home)] == ["correction"]
    memory.forget()
    assert asked_for(home) == ()


def test_who_is_forgotten_is_opened_by_no_card_and_named_nowhere(desk: KioskDesk, home: Path) -> None:
    assert unlocked(desk).forget()
    desk.end("done")
    assert isinstance(desk.scan(ADA), KioskRefused)
    with Journal.open(home, FixedClock(NOW)) as journal:
        assert not [one for one in journal.events() if one.member_id == "ada"]


def test_a_visit_on_purpose_counts_its_suggestions_as_shown_and_a_forgotten_one_does_not(
    desk: KioskDesk, home: Path
) -> None:
    card = opened(desk)
    desk.end("timeout")
    assert not events(home, EventKind.SHOWN)
    opened(desk)
    desk.end("done")
    desk.close()
    assert len(events(home, EventKind.SHOWN)) == bool(card.here)
    assert [one.payload["how"] for one in events(home, EventKind.VISIT_OPENED)] == ["kiosk", "kiosk"]


def test_a_kiosk_that_cannot_record_does_not_open(home: Path) -> None:
    (home / "journal.db").write_bytes(b"no journal" * 100)
    with pytest.raises(ClerkError):
        KioskDesk.open(home, clock=FixedClock(NOW))

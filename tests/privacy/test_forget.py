"""Who asks to be forgotten is out of sight at once, gone from the journal's bytes, and never comes back."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest

from clerk.cli import main
from clerk.clock import DAY_S, FixedClock
from clerk.desk.kiosk.session import KioskDesk
from clerk.errors import ClerkError, Forgotten, UnknownMember
from clerk.history import leave_out
from clerk.journal import Journal
from clerk.model import AnswerKind, ConsentState, EventKind, Nobody, Purpose, Record, VisitCard
from clerk.model.kiosk import KioskCard
from clerk.outlook.all_members import everybody
from clerk.outlook.day import day_forecast
from clerk.privacy import receipts
from clerk.privacy.erasure import Scope
from clerk.report import Exit
from tests.pack_build.shop import write_table
from tests.privacy.people import ADA, EMAIL, NAME, PHONE, built, day, desk, exports, holds, night
from tests.promises.corner import NOW


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("privacy")
    return built(folder / "own", folder / "home")


@pytest.fixture
def home(shop: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(shop, tmp_path / "home"))


def say(home: Path) -> None:
    """What a member may have said at a counter."""
    with desk(home) as here:
        for record in (
            here.records.fact(ADA, "note", "sits by the window"),
            here.records.answer(ADA, "CR", AnswerKind.NEVER),
            here.records.consent(ADA, Purpose.CONTACT, ConsentState.GIVEN),
            Record(EventKind.MEMBER, ADA, {"name": NAME, "phone": PHONE, "email": EMAIL}),
        ):
            here.records.append(record).result(10)


def test_the_forgotten_are_out_of_sight_at_once(home: Path) -> None:
    say(home)
    with desk(home) as here:
        assert isinstance(here.visit.scan("111222333"), VisitCard)
        here.visit.end("next")
        here.erasure.forget(ADA)
        assert isinstance(here.visit.scan("111222333"), Nobody)
        assert isinstance(here.finding.who(ADA), Nobody)
        assert isinstance(here.finding.who(NAME), Nobody)
        assert not here.finding.members("Quillf").hits
        assert not here.finding.members("7654321").hits
        for ask in (
            lambda: here.visit.open(ADA),
            lambda: here.finding.why(ADA, "FW"),
            lambda: here.records.statements(ADA),
            lambda: here.export.of(ADA),
        ):
            with pytest.raises(UnknownMember):
                ask()
        with pytest.raises(Forgotten):
            here.erasure.forget(ADA)


def test_another_process_hides_the_forgotten_at_once(home: Path) -> None:
    with desk(home, actor="associate") as counter, desk(home) as command:
        assert isinstance(counter.visit.scan("111222333"), VisitCard)
        counter.visit.end("next")
        command.erasure.forget(ADA)
        assert isinstance(counter.visit.scan("111222333"), Nobody)
        assert not counter.finding.members("Zuzanna").hits


def test_an_open_visit_learns_that_its_member_was_forgotten_elsewhere_and_records_nothing_more(home: Path) -> None:
    with desk(home, actor="associate") as counter, desk(home) as command:
        card = counter.visit.scan("111222333")
        assert isinstance(card, VisitCard)
        counter.visit.drawn(card.visit_id)
        assert not counter.visit.is_forgotten()
        command.erasure.forget(ADA)
        assert counter.visit.is_forgotten()
        counter.visit.end("next")
        assert not counter.visit.is_forgotten()
    with Journal.open(home, FixedClock(NOW)) as journal:
        assert not journal.events_of(ADA)


def test_nothing_is_recorded_any_more_of_whom_another_process_forgot(home: Path) -> None:
    with desk(home) as command:
        kiosk = KioskDesk.open(home, clock=FixedClock(NOW))
        assert isinstance(kiosk.scan("111222333"), KioskCard)
        command.erasure.forget(ADA)
        kiosk.end("timeout")
        kiosk.close()
    with desk(home, actor="associate") as counter, desk(home) as command:
        assert isinstance(counter.visit.scan("444555666"), VisitCard)
        command.erasure.forget("m2")
        assert not counter.records.remembers("m2")
        with pytest.raises(ClerkError):
            counter.records.append(counter.records.fact("m2", "note", "likes tea")).result(10)
    with Journal.open(home, FixedClock(NOW)) as journal:
        assert not journal.member_ids()


def test_lists_of_the_day_do_not_name_the_forgotten(home: Path) -> None:
    with everybody(home) as members:
        assert ADA in {visit.member_id for visit in day_forecast(members, NOW + DAY_S, NOW, 5).visits}
    with desk(home) as here:
        here.erasure.forget(ADA)
    with everybody(home) as members:
        assert {visit.member_id for visit in day_forecast(members, NOW + DAY_S, NOW, 5).visits} == {"m2"}
        assert len(members.numbers()) == 1


def test_the_journal_holds_no_byte_of_the_forgotten_and_still_verifies(home: Path) -> None:
    say(home)
    assert holds(home, NAME, "window")
    assert not holds(home / "packs", "window")
    with desk(home) as here:
        here.erasure.forget(ADA)
        report = here.journal.now().verify()
        assert report.ok
        assert report.redacted >= 4
    assert not [name for name in holds(home, NAME, PHONE, EMAIL, "window") if not name.startswith("packs/")]
    with Journal.open(home, FixedClock(NOW)) as journal:
        assert journal.verify().ok
        assert ADA not in journal.member_ids()
        assert not journal.events_of(ADA)


def test_a_changed_event_after_a_redacted_one_still_shows(home: Path) -> None:
    say(home)
    with desk(home) as here:
        here.erasure.forget(ADA)
    import sqlite3

    from clerk import driver

    connection = driver.connect(home / "journal.db", isolation_level=None)
    with pytest.raises((sqlite3.DatabaseError, driver.driver().Error)):
        connection.execute("UPDATE events SET actor = 'somebody'")
    connection.execute("DROP TRIGGER events_no_UPDATE")
    connection.execute("UPDATE events SET prev_hash = hash WHERE seq = 2")
    connection.close()
    with Journal.open(home, FixedClock(NOW)) as journal:
        assert not journal.verify().ok


def test_the_receipt_says_what_went_and_where_copies_are_and_names_nobody(home: Path) -> None:
    say(home)
    with desk(home) as here:
        receipt = here.erasure.forget(ADA)
    assert receipt.deleted["things said, emptied in the journal"] >= 4
    assert any("pack" in copy.where for copy in receipt.copies)
    assert len(list((home / "receipts").glob("*.json"))) == 1
    assert not holds(home / "receipts", NAME, PHONE, EMAIL, "window", f'"{ADA}"')
    assert receipts.erasures_in_receipts(home) == list(receipt.erasures)


def test_no_export_brings_the_forgotten_back(home: Path, tmp_path: Path) -> None:
    with desk(home) as here:
        here.erasure.forget(ADA)
    built(tmp_path / "again", home)
    assert not holds(home / "packs" / (home / "packs" / "CURRENT").read_text().strip(), NAME, PHONE)
    with desk(home) as here:
        assert isinstance(here.visit.scan("111222333"), Nobody)
        assert isinstance(here.visit.scan("444555666"), VisitCard)


def test_another_id_with_a_forgotten_address_is_not_taken(home: Path, tmp_path: Path) -> None:
    from tests.pack_build.shop import build_shop

    with desk(home) as here:
        here.erasure.forget(ADA)
    members = [("m9", "Z. Quillfeather", "", "0664 765 43 21", "", "2019-01-01"),
               ("m3", "Somebody Else", "", "", "", "2019-01-01")]  # fmt: skip
    report = build_shop(exports(tmp_path / "again", members), home, clock=FixedClock(NOW))
    assert any("another id" in words for words in report.fallbacks)
    with desk(home) as here:
        assert isinstance(here.finding.who("m9"), Nobody)
        assert here.finding.who("m3") == "m3"


def test_a_correction_that_was_begun_before_brings_nobody_back(home: Path) -> None:
    """A kiosk on this device, or another device that does not know yet, goes on for a moment."""
    correction = Record(EventKind.MEMBER, ADA, {"phone": PHONE})
    with desk(home) as here:
        here.erasure.forget(ADA)
        with pytest.raises(Forgotten):
            here.records.append(correction).result(10)
    with Journal.open(home, FixedClock(NOW + 60)) as unaware:
        unaware.append(*correction).result(10)
    with desk(home) as here:
        assert isinstance(here.finding.who(ADA), Nobody)
        assert leave_out.read_erasure_rules(home).enrolled == {}


def test_who_joins_again_later_is_known_again_without_the_past(home: Path, tmp_path: Path) -> None:
    from tests.pack_build.shop import build_shop

    with desk(home) as here:
        here.erasure.forget(ADA)
    later = NOW + 40 * DAY_S
    joined = "2026-04-15"
    build_shop(exports(tmp_path / "again", [(ADA, NAME, "", PHONE, EMAIL, joined)]), home, clock=FixedClock(later))
    with desk(home, days=41) as here:
        card = here.visit.open(ADA)
        assert card.member.name == NAME
        assert card.baskets == 0
        assert not card.history


def test_books_and_packs_of_a_machine_alone_lose_the_member_with_the_next_night(tmp_path: Path) -> None:
    home = tmp_path / "home"
    exports(home / "inbox" / "shop")
    night(home)
    assert holds(home / "packs", NAME)
    with desk(home) as here:
        here.erasure.forget(ADA)
    night(home, NOW + DAY_S)
    current = home / "packs" / (home / "packs" / "CURRENT").read_text().strip()
    assert not holds(current, NAME, PHONE, EMAIL)
    from clerk.history.store import HistoryStore

    checked = HistoryStore.open(home).checked()
    assert ADA not in checked.tables["members"]["member_id"].to_list()
    assert ADA not in checked.tables["lines"]["member_id"].to_list()
    assert (home / "books" / "erasure.key").exists()
    # The same export, delivered again the night after.
    exports(home / "inbox" / "shop", ends=0.5)
    report = night(home, NOW + 2 * DAY_S)
    assert "left out because erased: 1 member" in " ".join(report.conflicts)  # type: ignore[attr-defined]
    with desk(home, days=3) as here:
        assert isinstance(here.visit.scan("111222333"), Nobody)


def test_who_enrols_again_before_the_night_has_nothing_left_in_books_of_what_was_forgotten(tmp_path: Path) -> None:
    home = tmp_path / "home"
    consents = [(ADA, "contact", "given", day(30)), (ADA, "contact", "withdrawn", "2030-01-01T10:00")]
    write_table(exports(home / "inbox" / "shop"), "consents", ("member_id", "purpose", "state", "at"), consents)
    night(home)
    with desk(home) as here:
        here.erasure.forget(ADA)
    with Journal.open(home, FixedClock(NOW + 60)) as journal:
        journal.append(EventKind.MEMBER, ADA, {"name": "Zuzu"}).result(10)
    night(home, NOW + DAY_S)
    current = home / "packs" / (home / "packs" / "CURRENT").read_text().strip()
    assert not holds(current, NAME, PHONE, EMAIL, "111222333")
    from clerk.history.store import HistoryStore

    tables = HistoryStore.open(home).checked().tables
    assert [row for row in tables["members"].rows() if NAME in row or PHONE in row or EMAIL in row] == []
    assert ADA not in tables["cards"]["member_id"].to_list()
    assert ADA not in tables["lines"]["member_id"].to_list()
    assert tables["consents"].filter(pl.col("member_id") == ADA)["state"].to_list() == ["withdrawn"]
    with desk(home, days=2) as here:
        assert here.visit.open(ADA).member.name == "Zuzu"
        assert here.visit.open("m2").baskets == 12


def test_events_emptied_of_a_part_do_not_say_whose_they_are_once_everything_is_forgotten(home: Path) -> None:
    say(home)
    with desk(home) as here:
        for scope in (Scope.NOTES, Scope.PURCHASES, Scope.CONTACT, Scope.ALL):
            here.erasure.forget(ADA, scope)
        assert here.journal.now().verify().ok
    with Journal.open(home, FixedClock(NOW)) as journal:
        assert ADA not in journal.member_ids()


def test_parts_go_alone(home: Path) -> None:
    say(home)
    with desk(home) as here:
        here.erasure.forget(ADA, Scope.NOTES)
        card = here.visit.open(ADA, "command")
        assert "sits by the window" not in card.notes
        assert card.baskets == 12
        here.erasure.forget(ADA, Scope.PURCHASES)
        card = here.visit.open(ADA, "command")
        assert not card.history
        assert card.member.name == NAME
        here.erasure.forget(ADA, Scope.CONTACT)
        card = here.visit.open(ADA, "command")
        assert (card.member.name, card.member.phone, card.member.email) == (ADA, "", "")
        assert not here.finding.members(NAME).hits or here.finding.members(NAME).hits[0].name == ADA
        assert here.journal.now().verify().ok
    assert not [name for name in holds(home, NAME, PHONE, "window") if not name.startswith("packs/")]


def test_a_receipt_keeps_the_forgotten_away_when_an_old_disk_is_put_back(home: Path, tmp_path: Path) -> None:
    image = shutil.copytree(home, tmp_path / "image")
    with desk(home) as here:
        here.erasure.forget(ADA)
    shutil.copytree(home / "receipts", image / "receipts")
    (image / "books").mkdir(exist_ok=True)
    shutil.copy(home / "books" / "erasure.key", image / "books" / "erasure.key")
    with desk(Path(image)) as here:
        assert isinstance(here.visit.scan("111222333"), Nobody)


def test_a_pack_tells_other_devices(home: Path, tmp_path: Path) -> None:
    """An office's pack carries tombstones and the key: a device with an older pack or journal hides the member."""
    other = shutil.copytree(home, tmp_path / "other")
    say(Path(other))
    with desk(home) as here:
        here.erasure.forget(ADA)
    built(tmp_path / "again", home)
    shutil.rmtree(other / "packs")
    shutil.copytree(home / "packs", other / "packs")
    with desk(Path(other)) as here:
        assert isinstance(here.visit.scan("111222333"), Nobody)
        with pytest.raises(UnknownMember):
            here.records.statements(ADA)


def test_whoever_was_not_here_for_too_long_is_deleted_by_the_night(tmp_path: Path) -> None:
    home = tmp_path / "home"
    exports(home / "inbox" / "shop", ends=1300)
    night(home, NOW)
    with desk(home) as here:
        assert isinstance(here.finding.who(ADA), Nobody)
        assert here.finding.who("m2") == "m2"
    said = json.loads(next((home / "nights").glob("*.json")).read_text())
    assert any("not seen for 36 months" in words for words in said["conflicts"])


def test_expired_members_can_be_forgotten_by_a_command(tmp_path: Path) -> None:
    home = tmp_path / "home"
    from tests.pack_build.shop import build_shop

    build_shop(exports(tmp_path / "own", ends=1300), home, clock=FixedClock(NOW))
    with desk(home) as here:
        assert [one.member_id for one in here.erasure.expired()] == [ADA]
        here.erasure.forget_expired()
        assert isinstance(here.finding.who(ADA), Nobody)
        assert not here.erasure.expired()


def keep_from_emptying(home: Path) -> None:
    """From now on nothing in the journal can be emptied."""
    with closing(sqlite3.connect(home / "journal.db")) as file:
        file.execute("CREATE TRIGGER held BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'held'); END")


def let_empty(home: Path) -> None:
    with closing(sqlite3.connect(home / "journal.db")) as file:
        file.execute("DROP TRIGGER held")


@pytest.mark.parametrize("at", ["the first receipt", "the journal"])
def test_forgetting_that_was_cut_off_goes_on_when_it_is_said_again(home: Path, at: str) -> None:
    say(home)
    if at == "the journal":
        keep_from_emptying(home)
    else:
        (home / "receipts").write_text("no folder")
    with desk(home) as here, pytest.raises(ClerkError):
        here.erasure.forget(ADA)
    if at == "the journal":
        let_empty(home)
    else:
        (home / "receipts").unlink()
    assert "journal.db" in holds(home, "sits by the window")
    assert main(["forget", ADA, "--home", str(home)]) == Exit.OK
    assert not holds(home, "sits by the window")
    with Journal.open(home, FixedClock(NOW)) as journal:
        assert not journal.events_of(ADA)
        assert journal.verify().ok
    (receipt,) = (home / "receipts").glob("*.json")
    assert "cut off" not in receipt.with_suffix(".txt").read_text(encoding="utf-8")
    with desk(home) as here, pytest.raises(Forgotten):
        here.erasure.forget(ADA)


def test_whose_forgetting_was_cut_off_is_not_named_when_the_journal_is_damaged_then(home: Path) -> None:
    say(home)
    keep_from_emptying(home)
    with desk(home) as here, pytest.raises(ClerkError):
        here.erasure.forget(ADA)
    (receipt,) = (home / "receipts").glob("*.txt")
    assert "cut off" in receipt.read_text(encoding="utf-8")
    for path in home.glob("journal.db*"):
        path.write_bytes(b"no journal" * 1000)
    with desk(home) as here:
        assert here.visit.open("m2", "command").member.name == "Grace Hopper"
        with pytest.raises(UnknownMember):
            here.visit.open(ADA, "command")

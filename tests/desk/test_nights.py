"""What the desk tells about the nights, from good, odd and damaged files; and newer data between two visits."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clerk.clock import FixedClock, parse_at
from clerk.desk import Desk
from clerk.desk.manager import night_files
from clerk.desk.manager.nights import night_words, nights
from clerk.desk.manager.nights_in_detail import nights_more
from clerk.durable import only_one
from clerk.errors import DiskFailed, NoPack, PackDamaged, StoreLocked
from clerk.exchange.office.ledger.ledger import Ledger
from clerk.journal import Journal
from clerk.journal.acknowledged import Ack, to_bytes
from clerk.members.journal_in_use import JournalInUse
from clerk.model import EventKind, VisitCard
from clerk.nights.report import FileReport, NightReport
from clerk.settings import Settings, from_tables
from tests.exchange.histories import header, rows
from tests.outlook.shops import NOON, cafe, installed

AT = parse_at("2026-11-22T08:00")
EXPORT = (
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,"
    "Default Address Address2,Default Address City,Default Address Province Code,Default Address Country Code,"
    "Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,"
    "Tags\n"
)
"""The header of a customers export."""


def report(home: Path, night: str = "20261122T033000", **other: Any) -> None:
    """A report as a night writes it."""
    told = NightReport(night=night, started=parse_at("2026-11-22T03:30"), ended=parse_at("2026-11-22T03:31"))
    for name, value in other.items():
        setattr(told, name, value)
    told.save(home)


def told(home: Path, now: int = AT) -> Any:
    return nights(home, now, Settings(), None)


def test_the_newest_night_is_told_as_its_report_says(tmp_path: Path) -> None:
    report(tmp_path, "20261121T033000", outcome="installed")
    report(
        tmp_path,
        outcome="failed",
        error={"code": "E210", "what": "Too much is bad.", "remedy": "Correct it."},
        files=[FileReport("orders.csv", "Shopify orders", 10, 7, 0, {"no date": 2, "no item": 1}, "taken")],
        conflicts=["basket 9 came twice"],
        pushed={"events": 3},
        build={"not_learned": {"due": "Due is not learned: 3 of the 100 needed pairs"}},
    )
    found = told(tmp_path).last
    assert found.not_learned == ("Due is not learned: 3 of the 100 needed pairs",)
    assert (found.name, found.outcome, found.error.code) == ("20261122T033000", "failed", "E210")
    assert (found.files[0].quarantined, found.files[0].reasons) == (3, (("no date", 2), ("no item", 1)))
    assert found.conflicts == ("basket 9 came twice",)
    assert found.exchanged == ("sent: events 3",)


def test_a_step_that_tells_several_things_tells_each_on_a_line_of_its_own(tmp_path: Path) -> None:
    report(tmp_path, collected={"text": "Store 0412: 1 bundle there\nArchive: 1 bundle copied"})
    assert told(tmp_path).last.exchanged == ("collected: Store 0412: 1 bundle there", "Archive: 1 bundle copied")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"started": "x"}',
        '{"outcome": "installed"}',
        '{"started": 1e400}',
        "\0" * 99,
    ],
)
def test_a_damaged_report_is_said_and_the_one_before_is_told(tmp_path: Path, text: str) -> None:
    report(tmp_path, "20261121T033000", outcome="installed")
    (tmp_path / "nights" / "20261122T033000.json").write_text(text)
    found = told(tmp_path)
    assert found.last.name == "20261121T033000"
    assert "20261122T033000 is damaged" in found.problems[0].what


def test_a_report_of_another_version_is_read_as_far_as_it_is_known(tmp_path: Path) -> None:
    (tmp_path / "nights").mkdir()
    odd = {
        "started": AT, "outcome": "half done", "files": [{"name": 7, "rows": -1, "new": {}}, "x", None], "new": [1],
        "notices": ["mind the gap", {"what": "x"}, 3], "conflicts": "no list", "error": "no object", "ended": None,
    }  # fmt: skip
    (tmp_path / "nights" / "20261122T033000.json").write_text(json.dumps(odd))
    found = told(tmp_path).last
    assert (found.outcome, found.ended, len(found.files)) == ("half done", 0, 1)
    assert [one.what for one in found.notices] == ["mind the gap", "x"]


def test_where_there_was_no_night_nothing_is_made_up_and_nothing_is_written(tmp_path: Path) -> None:
    found = told(tmp_path).with_more(nights_more(tmp_path, AT))
    assert (found.last, found.inbox, found.set_aside, found.packs, found.begins) == (None, (), (), (), "")
    assert not list(tmp_path.iterdir())


def test_when_nights_usually_begin_needs_three_that_agree(tmp_path: Path) -> None:
    for day, hour in ((19, "03:31"), (20, "03:30"), (21, "03:36")):
        assert told(tmp_path).begins == ""
        report(tmp_path, f"202611{day}T033000", started=parse_at(f"2026-11-{day}T{hour}"))
    assert told(tmp_path).begins == "about 03:31"


def test_tonight_says_of_each_file_what_the_night_would_do_with_it(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "customers.csv").write_text(EXPORT)
    (inbox / "strange.csv").write_text("a,b\n1,2\n")
    (inbox / "book.xlsx").write_bytes(b"PK\x03\x04" + b"\0" * 50)
    (inbox / "endofday.trg").touch()
    (inbox / "store.toml").touch()
    assert [one.name for one in told(tmp_path).inbox if not one.name.endswith(".trg")] == [
        "book.xlsx", "customers.csv", "strange.csv",
    ]  # fmt: skip
    found = {one.name: one for one in nights_more(tmp_path, AT).inbox}
    assert found["customers.csv"].state == "complete"
    assert "Shopify" in found["customers.csv"].layout
    assert found["strange.csv"].state == "not recognised"
    assert found["book.xlsx"].state == "refused"
    assert "workbook" in found["book.xlsx"].reason


def test_a_file_that_was_just_written_is_still_being_written(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "customers.csv").write_text(EXPORT)
    assert nights_more(tmp_path, AT).inbox[0].state == "being written"


def aside(home: Path, name: str, rows: str) -> None:
    folder = home / "quarantine" / name
    folder.mkdir(parents=True)
    (folder / "rows.csv").write_text("file,row,reason,original\n" + rows)


def test_rows_set_aside_are_counted_by_reason_newest_folder_first(tmp_path: Path) -> None:
    aside(tmp_path, "20261103T033000-aa", "a.csv,2,no date,x\n")
    aside(tmp_path, "20261122T033000", 'a.csv,2,no item,"a,b"\na.csv,3,no date,y\na.csv,4,no date,z\ntorn\n')
    newest, older = nights_more(tmp_path, AT).set_aside
    assert (newest.rows, newest.reasons) == (3, (("no date", 2), ("no item", 1)))
    assert (older.name, older.at) == ("20261103T033000-aa", parse_at("2026-11-03T03:30"))
    rows = night_files.rows_of(tmp_path, "20261122T033000")
    assert [(one.row, one.original) for one in rows.rows] == [(2, "a,b"), (3, "y"), (4, "z")]
    assert not rows.more


def test_of_many_rows_the_first_are_shown_and_it_is_said(tmp_path: Path) -> None:
    aside(tmp_path, "n", "a.csv,2,no date,x\n" * (night_files.ROWS_AT_ONCE + 1))
    rows = night_files.rows_of(tmp_path, "n")
    assert (len(rows.rows), rows.more) == (night_files.ROWS_AT_ONCE, True)


@pytest.mark.parametrize("name", ["..", ".", "", "../x", "/etc", "missing", "../../etc/x"])
def test_rows_are_read_from_their_own_folder_only(tmp_path: Path, name: str) -> None:
    (tmp_path / "quarantine").mkdir()
    with pytest.raises(DiskFailed):
        night_files.rows_of(tmp_path, name)


def test_an_office_sees_the_nights_and_the_inboxes_of_its_stores(tmp_path: Path) -> None:
    store = NightReport(store="0412", files=[FileReport("orders.csv", "Shopify orders", 3, 3)], conflicts=["twice"])
    report(tmp_path, role="office", outcome="installed", stores=[store])
    (tmp_path / "stores" / "0412" / "inbox").mkdir(parents=True)
    (tmp_path / "stores" / "0412" / "inbox" / "customers.csv").write_text(EXPORT)
    aside(tmp_path / "stores" / "0412", "20261122T033000", "a.csv,2,no date,x\n")
    found = told(tmp_path).with_more(nights_more(tmp_path, AT))
    assert [one.name for one in found.last.files] == ["0412/orders.csv"]
    assert found.last.conflicts == ("twice",)
    assert [one.name for one in found.inbox] == [one.name for one in told(tmp_path).inbox] == ["0412/customers.csv"]
    assert [(one.name, one.rows) for one in found.set_aside] == [("0412/20261122T033000", 1)]
    assert night_files.rows_of(tmp_path, "0412/20261122T033000").rows[0].reason == "no date"


def test_old_data_and_a_failed_night_are_said_at_the_counter(tmp_path: Path) -> None:
    settings = Settings()
    late = AT - settings.exchange.warn_hours * 3600
    assert night_words(late, None, AT, settings).stale
    assert not night_words(late + 1, None, AT, settings).stale
    report(tmp_path, outcome="kept last night's", error={"code": "E210", "what": "", "remedy": ""})
    words = night_words(AT, told(tmp_path).last, AT, settings)
    assert words.failed == "Last night, 03:30 today, brought no new data (E210)."
    report(tmp_path, outcome="nothing new")
    assert not night_words(AT, told(tmp_path).last, AT, settings).failed


# ---- newer data under a running counter


@pytest.fixture(scope="module")
def two_nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with two generations, the newer one in use."""
    home, folder = tmp_path_factory.mktemp("two"), tmp_path_factory.mktemp("cafe")
    cafe(folder)
    installed(folder, home, NOON)
    return installed(folder, home, NOON + 86_400)


@pytest.fixture
def desk(two_nights: Path, tmp_path: Path) -> Iterator[Desk]:
    home = tmp_path / "home"
    shutil.copytree(two_nights, home)
    opened = Desk.open(home, clock=FixedClock(NOON + 100_000))
    yield opened
    opened.close()


def older(desk: Desk) -> str:
    return next(one.name for one in desk.nights.now().packs if not one.current)


def test_other_data_is_taken_up_between_two_visits_and_never_in_one(desk: Desk) -> None:
    card = desk.visit.scan("D0")
    assert isinstance(card, VisitCard)
    before, other = desk.status.now().generation, older(desk)
    desk.nights.go_to(other)
    assert desk.refresh.waiting()
    assert desk.refresh.prepare()
    assert not desk.visit.take_newer()
    assert desk.status.now().generation == before
    desk.visit.end("next")
    assert desk.visit.take_newer()
    assert desk.status.now().generation == other
    assert not desk.refresh.waiting()


def test_the_next_members_card_is_made_from_the_newer_data(desk: Desk) -> None:
    desk.visit.scan("D0")
    other = older(desk)
    desk.nights.go_to(other)
    desk.refresh.prepare()
    assert isinstance(desk.visit.scan("D1"), VisitCard)
    assert desk.status.now().generation == other
    assert desk.pack.generation == other


def test_data_that_cannot_be_opened_is_told_once_and_the_one_in_use_stays(desk: Desk, tmp_path: Path) -> None:
    home, other, before = tmp_path / "home", older(desk), desk.status.now().generation
    (home / "packs" / other / "pack.db").write_bytes(b"gone")
    (home / "packs" / "CURRENT").write_text(other + "\n")
    assert not desk.refresh.prepare()
    assert not desk.refresh.waiting()
    assert not desk.visit.take_newer()
    assert desk.status.now().generation == before
    assert [one.code for one in desk.status.now().warnings] == [PackDamaged.code]
    assert isinstance(desk.visit.scan("D0"), VisitCard)


def test_only_whole_data_that_is_there_is_put_into_use(desk: Desk, tmp_path: Path) -> None:
    home, other = tmp_path / "home", older(desk)
    with pytest.raises(NoPack):
        desk.nights.go_to("../../etc")
    with only_one(home / "packs" / ".lock"), pytest.raises(StoreLocked):
        desk.nights.go_to(other)
    (home / "packs" / other / "columns.npz").write_bytes(b"gone")
    with pytest.raises(PackDamaged):
        desk.nights.go_to(other)
    assert desk.nights.now().packs[0].current


def test_the_rest_comes_from_a_process_of_its_own(desk: Desk) -> None:
    assert desk.nights.now().with_more(desk.nights.more()).whole


# ---- devices


def test_an_office_sees_its_devices_what_is_durable_and_which_history_forked(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('[exchange]\nrole = "office"\n')
    assert nights_more(tmp_path, AT).devices == ()
    assert not (tmp_path / "exchange").exists(), "looking at a ledger must not make one"
    sent = rows(20)
    with Ledger.open("", tmp_path, FixedClock(AT)) as ledger:
        ledger.take("0412", header(sent), sent)
        copied = [*sent[:15], *rows(10, after=sent[:15], mark="x")]
        ledger.take("0412", header(copied[15:]), copied[15:])
    known = {"name": "Till 3", "state": "accepted"}
    never = {"name": "Till 4", "state": "accepted"}
    told_of = {"0412": {sent[0][0]: known, "bbbb00000002": never, "cccc": {"name": "x", "state": "removed"}}}
    (tmp_path / "exchange" / "devices.json").write_text(json.dumps(told_of))
    first, second = nights_more(tmp_path, AT).devices
    assert (first.name, first.store, first.events, first.durable, first.forked) == ("Till 3", "0412", 20, 0, True)
    assert first.last_seen == AT
    assert (second.name, second.events, second.last_seen) == ("Till 4", 0, None)


def test_a_ledger_that_cannot_be_reached_is_told_and_the_inbox_still_is(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('[exchange]\nrole = "office"\nledger = "nonsense://x"\n')
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "customers.csv").write_text(EXPORT)
    found = nights_more(tmp_path, AT)
    assert [one.code for one in found.problems] == ["E306"]
    assert len(found.inbox) == 1


def test_a_device_counts_what_head_office_has_not_acknowledged(tmp_path: Path) -> None:
    (tmp_path / "exchange").mkdir()
    (tmp_path / "exchange" / "device.json").write_text('{"device": "x", "name": "Till 2", "store": "0412"}')
    Journal.open(tmp_path, FixedClock(AT), device="x").close()
    in_use = JournalInUse(tmp_path, FixedClock(AT))
    with in_use.now() as journal:
        for _ in range(5):
            journal.append(EventKind.VISIT_OPENED, "M1", {"visit_id": "v", "how": "scan"}).result(20)
        settings = from_tables({"exchange": {"role": "device"}})
        assert nights(tmp_path, AT, settings, in_use).devices[0].unsent == 5
        epoch, _, _ = journal.head()
        ack = Ack(3, journal.hash_at(epoch, 3))
        (tmp_path / "exchange" / "acks.json").write_bytes(to_bytes({journal.device: {epoch: (ack, None)}}))
        own = nights(tmp_path, AT, settings, in_use).devices[0]
        assert (own.name, own.store, own.events, own.unsent, own.received, own.durable) == (
            "Till 2", "0412", 5, 2, 3, None,
        )  # fmt: skip
        assert nights(tmp_path, AT, Settings(), in_use).devices[0].unsent is None

"""Collecting takes each bundle by itself; the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clerk.clock import FixedClock
from clerk.errors import NotEnrolled
from clerk.exchange.between.keys import office_keys
from clerk.exchange.between.locations import Location
from clerk.exchange.office.archive import Archive, restore
from clerk.exchange.office.collect import collect
from clerk.exchange.office.ledger.ledger import Ledger
from tests.exchange.histories import issued_again, rows
from tests.exchange.offices import STORE, EnrolledDevice, OfficeHome, a_device, an_office


@pytest.fixture
def office(tmp_path: Path) -> OfficeHome:
    return an_office(tmp_path)


@pytest.fixture
def till(office: OfficeHome, tmp_path: Path) -> EnrolledDevice:
    return a_device(office, tmp_path / "till-1")


@pytest.fixture
def ledger(ledger_url: str, office: OfficeHome) -> Iterator[Ledger]:
    with Ledger.open(ledger_url, office.home, FixedClock(1_800_000_000)) as opened:
        yield opened


def ids(ledger: Ledger) -> list[object]:
    return [row[3] for row in ledger.events(STORE)]


def test_what_devices_sent_is_in_the_ledger_and_durable(
    office: OfficeHome, till: EnrolledDevice, ledger: Ledger, tmp_path: Path
) -> None:
    other = a_device(office, tmp_path / "till-2")
    mine, theirs = rows(30, till.id), rows(10, other.id)
    for device, part in ((till, mine[:10]), (till, mine[10:20]), (till, mine[20:]), (other, theirs)):
        device.send(part)
    done = office.collect(ledger)
    assert (done.seen, done.taken, done.events, done.archived, done.removed) == (4, 4, 40, 4, 2)
    assert (done.refused, done.waiting, done.notices) == ([], [], [])
    assert sorted(ledger.events(STORE)) == sorted([*mine, *theirs])
    received, durable = ledger.acks(STORE)[till.id]["e0000001"]
    assert received == durable
    assert (received.seq, received.hash) == (30, mine[-1][-1])
    assert len(office.bundles()) == 2  # the newest of each device


def test_collecting_twice_changes_nothing(office: OfficeHome, till: EnrolledDevice, ledger: Ledger) -> None:
    till.send(rows(10, till.id))
    office.collect(ledger)
    before = (ids(ledger), ledger.acks(STORE), office.bundles())
    again = office.collect(ledger)
    assert (again.taken, again.events, again.archived) == (0, 0, 0)
    assert (ids(ledger), ledger.acks(STORE), office.bundles()) == before


def test_a_dry_run_checks_and_changes_nothing(office: OfficeHome, till: EnrolledDevice, ledger: Ledger) -> None:
    till.send(rows(10, till.id))
    done = office.collect(ledger, dry_run=True)
    assert (done.taken, done.events) == (1, 10)
    assert "would be taken" in done.text()
    assert ids(ledger) == []
    assert office.archive.list() == []


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda data: data[:-20], id="cut"),
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: data[:300] + bytes([data[300] ^ 1]) + data[301:], id="flipped"),
        pytest.param(lambda data: b"PK" + bytes(500), id="something else"),
    ],
)
def test_a_bad_bundle_is_set_aside_with_its_reason_and_blocks_nothing(
    office: OfficeHome, till: EnrolledDevice, ledger: Ledger, tmp_path: Path, spoil: object
) -> None:
    other = a_device(office, tmp_path / "till-2")
    sent = rows(20, till.id)
    path = till.send(sent[:10])
    good = office.location.read(path, 10**7)
    office.location.durable_put(path, spoil(good))  # type: ignore[operator]
    till.send(sent[10:])
    other.send(rows(5, other.id))
    done = office.collect(ledger)
    assert done.events == 5
    assert len(done.refused) == len(done.waiting) == 1
    aside = path.replace("/events/", "/refused/")
    assert office.location.exists(f"{aside}.txt")
    assert not office.location.exists(path)
    till.send(sent[:10])
    assert office.collect(ledger).events == 20


def test_a_bundle_of_another_device_under_a_devices_name_is_set_aside(
    office: OfficeHome, till: EnrolledDevice, ledger: Ledger, tmp_path: Path
) -> None:
    other = a_device(office, tmp_path / "till-2")
    forged = other.pack(rows(5, other.id))
    office.location.durable_put(till.path(forged), forged.data)
    renamed = till.pack(rows(5, till.id))
    office.location.durable_put(till.path(renamed).replace("/1-5-", "/1-6-"), renamed.data)
    done = office.collect(ledger)
    assert (done.events, len(done.refused)) == (0, 2)


def test_a_device_that_was_not_accepted_waits(office: OfficeHome, ledger: Ledger, tmp_path: Path) -> None:
    stranger = a_device(office, tmp_path / "stranger", is_accepted=False)
    stranger.send(rows(5, stranger.id))
    done = office.collect(ledger)
    assert ids(ledger) == []
    assert done.refused == []
    assert f"clerk office accept {stranger.id}" in done.waiting[0]
    assert len(office.bundles()) == 1


def test_without_an_archive_nothing_is_durable_and_the_report_says_so(
    office: OfficeHome, till: EnrolledDevice, ledger: Ledger
) -> None:
    sent = rows(20, till.id)
    till.send(sent[:10])
    till.send(sent[10:])
    done = office.collect(ledger, archive=False)
    assert "No archive is set" in done.text()
    assert ledger.acks(STORE)[till.id]["e0000001"][1] is None
    assert len(office.bundles()) == 2
    later = office.collect(ledger)
    assert (later.events, later.archived, later.removed) == (0, 2, 1)
    assert ledger.head(till.id, "e0000001").durable_seq == 20


def test_the_place_itself_is_no_archive(office: OfficeHome, till: EnrolledDevice, ledger: Ledger) -> None:
    till.send(rows(10, till.id))
    same = Location(f"{office.location.folder}/../place")
    done = collect(office.home, office.location, STORE, ledger, FixedClock(0), archive=same)
    assert "is the exchange location itself" in done.notices[0]
    assert (done.archived, len(office.bundles())) == (0, 1)


def test_an_archive_that_cannot_be_written_stops_nothing_but_what_is_durable(
    office: OfficeHome, till: EnrolledDevice, ledger: Ledger, tmp_path: Path
) -> None:
    till.send(rows(10, till.id))
    (tmp_path / "archive" / STORE).write_text("a file where a folder must be")
    done = office.collect(ledger)
    assert done.events == 10
    assert "The archive cannot be used" in done.notices[0]
    assert ledger.head(till.id, "e0000001").durable_seq == 0


def test_a_bundle_whose_copy_is_gone_stays_on_the_place(
    office: OfficeHome, till: EnrolledDevice, ledger: Ledger
) -> None:
    sent = rows(20, till.id)
    path = till.send(sent[:10])
    office.collect(ledger)
    office.archive.remove(path)
    till.send(sent[10:])
    done = office.collect(ledger)
    assert done.removed == 0
    assert "missing from the archive" in done.notices[0]


def test_a_copied_disk_is_set_aside_and_its_events_come_under_a_new_epoch(
    office: OfficeHome, till: EnrolledDevice, ledger: Ledger
) -> None:
    sent = rows(20, till.id)
    till.send(sent)
    office.collect(ledger)
    after_restore = rows(5, till.id, after=sent[:12], mark="x")
    till.send(after_restore)
    done = office.collect(ledger)
    assert "other events are here" in done.refused[0]
    till.send(issued_again(after_restore, "e0000002"))
    assert office.collect(ledger).events == 5
    assert len(set(ids(ledger))) == len(ids(ledger)) == 25


def test_names_that_are_no_bundles_are_left_alone(office: OfficeHome, till: EnrolledDevice, ledger: Ledger) -> None:
    for name in (f"{till.id}/e0000001/readme.txt", "2-1-00000000.seg", f"{till.id}/e0000001/5-1-00000000.seg"):
        office.location.durable_put(f"{STORE}/events/{name}", b"x")
    done = office.collect(ledger)
    assert (done.seen, len(done.notices)) == (0, 3)


def test_a_ledger_is_made_again_from_the_archive(
    office: OfficeHome, till: EnrolledDevice, ledger: Ledger, tmp_path: Path
) -> None:
    other = a_device(office, tmp_path / "till-2")
    sent = rows(30, till.id)
    for part in (sent[:10], sent[10:20], sent[20:]):
        till.send(part)
    other.send(rows(10, other.id))
    office.collect(ledger)
    till.send(issued_again(sent[25:], "e0000002"))
    office.collect(ledger)
    with Ledger.open("", tmp_path / "new office") as fresh:
        back = restore(fresh, Archive(office.archive, office_keys(office.home).sealing), STORE)
        assert (back.bundles, back.events, back.problems) == (5, 40, [])
        assert list(fresh.events(STORE)) == list(ledger.events(STORE))
        assert fresh.heads(STORE) == ledger.heads(STORE)
        assert fresh.acks(STORE) == ledger.acks(STORE)
        twice = restore(fresh, Archive(office.archive, office_keys(office.home).sealing), STORE)
        assert twice.events == 0


def test_a_damaged_bundle_in_the_archive_is_named_and_the_rest_comes_back(
    office: OfficeHome, till: EnrolledDevice, ledger: Ledger, tmp_path: Path
) -> None:
    sent = rows(20, till.id)
    till.send(sent[:10])
    path = till.send(sent[10:])
    office.collect(ledger)
    office.archive.durable_put(path, b"damaged")
    with Ledger.open("", tmp_path / "new office") as fresh:
        back = restore(fresh, Archive(office.archive, office_keys(office.home).sealing), STORE)
        assert back.events == 10
        assert len(back.problems) == 1


def test_a_key_that_somebody_else_put_into_the_archive_opens_nothing(
    office: OfficeHome, till: EnrolledDevice, ledger: Ledger, tmp_path: Path
) -> None:
    till.send(rows(10, till.id))
    office.collect(ledger)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    foreign = an_office(elsewhere)
    theirs = a_device(foreign, elsewhere / "till")
    theirs.send(rows(5, theirs.id))
    with Ledger.open("", foreign.home) as other:
        foreign.collect(other)
    for name, _ in foreign.archive.list():
        office.archive.durable_put(name, foreign.archive.read(name, 10**7))
    with Ledger.open("", tmp_path / "new office") as fresh:
        back = restore(fresh, Archive(office.archive, office_keys(office.home).sealing), STORE)
        assert (back.events, len(back.problems)) == (10, 1)


def test_a_ledger_from_an_older_backup_says_so_and_gets_the_rest_again(
    office: OfficeHome, till: EnrolledDevice, tmp_path: Path
) -> None:
    sent = rows(30, till.id)
    till.send(sent[:10])
    with Ledger.open("", tmp_path / "backup") as backup, Ledger.open("", office.home) as ledger:
        office.collect(backup)
        till.send(sent[10:20])
        office.collect(ledger, archive=False)
        assert backup.acks(STORE)[till.id]["e0000001"][0].seq == 10
        till.send(sent[10:])
        office.collect(backup)
        assert list(backup.events(STORE)) == sent


def test_a_machine_that_is_no_office_collects_nothing(tmp_path: Path) -> None:
    with Ledger.open("", tmp_path) as ledger, pytest.raises(NotEnrolled):
        collect(tmp_path, Location(tmp_path), STORE, ledger, FixedClock(0))

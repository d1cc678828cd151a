"""Pushing: always everything after the last acknowledgement, nothing twice, and a forked history goes on safely."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from clerk.clock import FixedClock
from clerk.errors import JournalDamaged, LocationUnreachable, NotEnrolled
from clerk.exchange.between import event_bundle
from clerk.exchange.device.enrol import enrol
from clerk.exchange.device.push import push
from clerk.journal import Journal
from clerk.journal.acknowledged import Ack
from tests.exchange.parties import CLOCK, NOW, STORE, parties
from tests.journal.helpers import raw


def test_everything_recorded_reaches_the_place_sealed(tmp_path: Path) -> None:
    office, (till,) = parties(tmp_path)
    recorded = till.record(5)
    pushed = till.push()
    assert (pushed.events, pushed.there, len(pushed.names)) == (5, 0, 1)
    (content,) = office.opened(till)
    with Journal.open(till.home, CLOCK) as journal:
        assert [tuple(row) for row in content.rows] == list(journal.rows(journal.epoch))
    assert office.events(till) == [event.event_id for event in recorded]
    header = content.header
    assert (header.device, header.store, header.first, header.last, header.count) == (till.device, STORE, 1, 5, 5)
    on_place = office.location.read(office.lying(till)[0], 10**6)
    assert b"TEA-1" not in on_place
    assert b"m1" not in on_place.replace(header.sealed_to.encode(), b"")


def test_pushing_twice_without_new_events_uploads_nothing(tmp_path: Path) -> None:
    office, (till,) = parties(tmp_path)
    till.record(5)
    till.push()
    before = {name: office.location.sha256(name) for name in office.lying(till)}
    again = till.push()
    assert (again.events, again.there, again.names) == (0, 5, [])
    assert "waiting at the exchange location" in again.text()
    assert {name: office.location.sha256(name) for name in office.lying(till)} == before


def test_new_events_go_beside_what_lies_there(tmp_path: Path) -> None:
    office, (till,) = parties(tmp_path)
    first = till.record(3)
    till.push()
    second = till.record(4)
    pushed = till.push()
    assert (pushed.events, pushed.there) == (4, 3)
    assert office.events(till) == [event.event_id for event in (*first, *second)]


@pytest.mark.parametrize("harm", ["gone", "cut", "flipped", "foreign"])
def test_a_bundle_that_is_gone_or_harmed_on_the_place_is_sent_again(tmp_path: Path, harm: str) -> None:
    office, (till,) = parties(tmp_path)
    recorded = till.record(3)
    till.push()
    (name,) = office.lying(till)
    path = tmp_path / "place" / name
    whole = path.read_bytes()
    if harm == "gone":
        path.unlink()
    else:
        flipped = whole[:-20] + bytes([whole[-20] ^ 1]) + whole[-19:]
        path.write_bytes({"cut": whole[:-1], "flipped": flipped, "foreign": b"x" * len(whole)}[harm])
    assert till.push().events == 3
    assert office.events(till) == [event.event_id for event in recorded]


def test_nothing_acknowledged_is_sent_again(tmp_path: Path) -> None:
    office, (till,) = parties(tmp_path)
    recorded = till.record(10)
    with Journal.open(till.home, CLOCK) as journal:
        epoch = journal.epoch
    till.told({epoch: (till.ack(7), None)})
    assert till.push().events == 3
    assert office.events(till) == [event.event_id for event in recorded[7:]]
    till.told({epoch: (till.ack(10), None)})
    assert "everything" in till.push().text()


def test_an_acknowledgement_that_went_down_sends_again(tmp_path: Path) -> None:
    """Head office was restored from a backup."""
    office, (till,) = parties(tmp_path)
    recorded = till.record(10)
    with Journal.open(till.home, CLOCK) as journal:
        epoch = journal.epoch
    till.told({epoch: (till.ack(10), None)})
    assert till.push().events == 0
    till.told({epoch: (till.ack(4), None)})
    pushed = till.push()
    assert (pushed.events, pushed.burned) == (6, "")
    assert office.events(till) == [event.event_id for event in recorded[4:]]


def test_acknowledgements_of_epochs_and_devices_nobody_knows_here_change_nothing(tmp_path: Path) -> None:
    _, (till,) = parties(tmp_path)
    till.record(3)
    till.told({"ffffffff": (Ack(900, "ab" * 32), Ack(900, "ab" * 32))})
    pushed = till.push()
    assert (pushed.events, pushed.burned) == (3, "")


def test_a_restored_disk_image_goes_on_under_a_new_epoch_and_loses_nothing(tmp_path: Path) -> None:
    """Head office has 10 events, the image has 4, and 3 more were recorded under numbers that mean others there."""
    office, (till,) = parties(tmp_path)
    before = till.record(4)
    image = {path: path.read_bytes() for path in till.home.glob("journal.*")}
    till.record(6)
    till.push()
    with Journal.open(till.home, CLOCK) as journal:
        epoch = journal.epoch
    acknowledged = till.ack(10)
    for path in till.home.glob("journal.*"):
        path.unlink()
    for path, data in image.items():
        path.write_bytes(data)
    after = till.record(3)
    till.told({epoch: (acknowledged, till.ack(4))})
    pushed = till.push()
    assert pushed.burned == epoch
    assert pushed.epoch != epoch
    assert [notice.code for notice in pushed.notices] == ["E308"]
    assert pushed.events == 3, "what is durable at head office is not issued again"
    contents = {content.header.epoch: content for content in office.opened(till)}
    assert [row[3] for row in contents[pushed.epoch].rows] == [event.event_id for event in after]
    with Journal.open(till.home, CLOCK) as journal:
        assert journal.verify().ok
        ids = [event.event_id for event in journal.events_of("m1")]
        assert ids == [event.event_id for event in (*before, *after)]
    again = till.push()
    assert (again.burned, again.events, again.epoch) == ("", 0, pushed.epoch)


def test_a_copied_disk_whose_numbers_head_office_has_from_the_other_is_noticed_by_the_hash(tmp_path: Path) -> None:
    office, (till,) = parties(tmp_path)
    till.record(4)
    other = tmp_path / "copy"
    shutil.copytree(till.home, other)
    till.record(2)
    copied = type(till)(other, till.location)
    theirs = copied.record(5)
    with Journal.open(till.home, CLOCK) as journal:
        epoch = journal.epoch
    copied.told({epoch: (till.ack(6), None)})
    pushed = copied.push()
    assert pushed.burned == epoch
    assert pushed.events == 9, "nothing is known for good: all of it is issued again"
    assert [event.event_id for event in theirs] == office.events(copied)[-5:]


def test_what_head_office_lost_of_a_burned_epoch_is_sent_again_under_it(tmp_path: Path) -> None:
    """Restored from a backup, it has 2 of the 4 events that it had for good when the epoch burned."""
    office, (till,) = parties(tmp_path)
    recorded = till.record(6)
    with Journal.open(till.home, CLOCK) as journal:
        epoch = journal.epoch
    till.told({epoch: (Ack(9, "ab" * 32), till.ack(4))})
    new = till.push().epoch
    till.told({epoch: (till.ack(2, epoch), None), new: (till.ack(2, new), None)})
    pushed = till.push()
    assert (pushed.events, pushed.burned) == (2, "")
    assert office.opened(till)[0].header.epoch in (epoch, new)
    assert {row[3] for content in office.opened(till) for row in content.rows} == {
        event.event_id for event in recorded[2:]
    }


def test_events_that_head_office_lost_and_this_device_forgot_are_said(tmp_path: Path) -> None:
    office, (till,) = parties(tmp_path)
    recorded = till.record(6)
    with Journal.open(till.home, CLOCK) as journal:
        epoch = journal.epoch
        assert journal.prune(epoch, 4, NOW + 1) == 4
    till.told({epoch: (Ack(2, "ab" * 32), None)})
    pushed = till.push()
    assert (pushed.events, pushed.burned) == (2, "")
    assert [notice.what for notice in pushed.notices] == ["Head office no longer has events 3 to 4 of this device."]
    assert office.events(till) == [event.event_id for event in recorded[4:]]
    assert office.opened(till)[0].header.first == 5


def test_a_dry_run_burns_and_writes_nothing(tmp_path: Path) -> None:
    office, (till,) = parties(tmp_path)
    till.record(3)
    with Journal.open(till.home, CLOCK) as journal:
        epoch = journal.epoch
    till.told({epoch: (Ack(9, "ab" * 32), None)})
    pushed = till.push(dry_run=True)
    assert (pushed.burned, pushed.dry_run) == (epoch, True)
    assert office.lying(till) == []
    with Journal.open(till.home, CLOCK) as journal:
        assert journal.epoch == epoch


def test_many_events_go_in_several_bundles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_bundle, "EVENTS_AT_MOST", 40)
    office, (till,) = parties(tmp_path)
    recorded = till.record(100)
    pushed = till.push()
    assert (pushed.events, len(pushed.names)) == (100, 3)
    assert office.events(till) == [event.event_id for event in recorded]


def test_large_events_go_in_several_bundles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clerk.exchange.device.push._ROW_BYTES_AT_MOST", 2_000)
    office, (till,) = parties(tmp_path)
    recorded = till.record(30)
    assert len(till.push().names) == 3
    assert office.events(till) == [event.event_id for event in recorded]


def test_an_event_changed_in_the_file_is_not_sent_as_the_truth(tmp_path: Path) -> None:
    office, (till,) = parties(tmp_path)
    till.record(3)
    connection = raw(till.home)
    connection.execute("DROP TRIGGER events_no_update")
    connection.execute("UPDATE events SET member_id = 'm2' WHERE seq = 2")
    connection.close()
    with pytest.raises(JournalDamaged):
        till.push()
    assert office.lying(till) == []


def test_a_journal_that_was_replaced_is_not_sent_under_the_old_name(tmp_path: Path) -> None:
    _, (till,) = parties(tmp_path)
    (till.home / "journal.db").unlink()
    with pytest.raises(NotEnrolled, match="journal"):
        till.push()


def test_a_machine_that_was_never_enrolled_is_told_so(tmp_path: Path) -> None:
    office, _ = parties(tmp_path)
    with pytest.raises(NotEnrolled):
        push(tmp_path / "nobody", office.location, CLOCK)


def test_a_place_that_is_gone_is_said_and_nothing_is_lost(tmp_path: Path) -> None:
    office, (till,) = parties(tmp_path)
    recorded = till.record(3)
    away = tmp_path / "stick"
    till_away = type(till)(till.home, type(till.location)(away / "inner" / "place"))
    with pytest.raises(LocationUnreachable):
        till_away.push()
    till.push()
    assert office.events(till) == [event.event_id for event in recorded]


def test_a_counter_that_is_open_records_on_while_its_events_are_sent_and_after_its_epoch_burned(
    tmp_path: Path,
) -> None:
    office, (till,) = parties(tmp_path)
    first = till.record(2)
    with Journal.open(till.home, FixedClock(5)) as counter:
        epoch = counter.epoch
        till.told({epoch: (Ack(9, "ab" * 32), None)})
        assert till.push().burned == epoch
        from clerk.model import EventKind

        event = counter.append(EventKind.VISIT_ENDED, "m1", {"visit_id": "v", "how": "next"}).result(30)
        assert event.seq == 3
        assert counter.epoch != epoch
        till.push()
        assert office.events(till) == [*(one.event_id for one in first), event.event_id]


def test_a_device_enrolled_again_with_the_same_office_sends_on(tmp_path: Path) -> None:
    office, (till,) = parties(tmp_path)
    recorded = till.record(2)
    enrol(till.home, office.home / "exchange" / "office.json", till.location, STORE, "Till", clock=CLOCK)
    assert till.push().events == 2
    assert office.events(till) == [event.event_id for event in recorded]

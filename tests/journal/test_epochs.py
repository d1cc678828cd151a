"""Epochs: a burned one gets no event more, what is issued again counts once, what is durable can be forgotten."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from clerk import driver
from clerk.clock import FixedClock
from clerk.errors import StoreLocked
from clerk.journal import Journal, file, migrations, statements
from clerk.model import EventKind
from tests.journal import older
from tests.journal.helpers import NOON, PATIENCE_S, FaultyDriver, answer, open_journal, raw

LATER = NOON.now() + 1


def test_head_and_rows_say_where_the_chain_ends_and_what_it_holds(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        epoch = journal.epoch
        assert journal.head() == (epoch, 0, journal.hash_at(epoch, 0))
        events = [answer(journal) for _ in range(3)]
        rows = list(journal.rows(epoch))
        assert [row[3] for row in rows] == [event.event_id for event in events]
        assert journal.head() == (epoch, 3, rows[-1][14])
        assert journal.hash_at(epoch, 2) == rows[1][14]
        assert list(journal.rows(epoch, 2)) == rows[2:]
        assert (journal.hash_at(epoch, 4), journal.hash_at("ffffffff", 1)) == ("", "")
        assert [len(row) for row in rows] == [len(statements.COLUMNS)] * 3
        (only,) = journal.epochs()
        assert (only.epoch, only.last, only.pruned_until, only.newest, only.reason) == (epoch, 3, 0, True, "")


def test_an_event_says_its_clock_its_device_and_its_number(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        first, second = answer(journal), answer(journal)
        assert (first.device, first.seq, second.seq) == (journal.device, 1, 2)
        assert 0 < first.hlc < second.hlc
        assert journal.events_of("m1") == (first, second)


def test_more_rows_than_a_page_come_in_order(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        futures = [journal.append(EventKind.SHOWN, "", {"visit_id": str(n), "skus": []}) for n in range(2100)]
        for future in futures:
            future.result(PATIENCE_S)
        assert [row[2] for row in journal.rows(journal.epoch, 50)] == list(range(51, 2101))


def test_a_burned_epoch_is_followed_by_a_new_one_with_what_was_not_known(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        events = [answer(journal) for _ in range(5)]
        old = journal.epoch
        new = journal.burn_epoch("restored", known=2)
        assert new != old
        assert journal.epoch == new
        assert [row[3] for row in journal.rows(new)] == [event.event_id for event in events[2:]]
        assert [row[4:13] for row in journal.rows(new)] == [row[4:13] for row in journal.rows(old, 2)]
        assert [(one.epoch, one.last, one.newest) for one in journal.epochs()] == [(old, 2, False), (new, 3, True)]
        assert journal.epochs()[1].reason == "restored"
        more = answer(journal)
        assert more.seq == 4
        assert journal.verify().ok
        ids = [event.event_id for event in (*events, more)]
        assert [event.event_id for event in journal.events_of("m1")] == ids
        assert [event.event_id for event in journal.events()] == ids
        assert [event.event_id for event in journal.events(since=journal.count())] == []
        assert more.hlc > max(event.hlc for event in events)


def test_an_epoch_burned_twice_at_once_burns_once(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal, open_journal(tmp_path) as other:
        answer(journal)
        old = journal.epoch
        assert journal.burn_epoch("restored", epoch=old) == other.burn_epoch("restored", epoch=old)
        assert len(journal.epochs()) == 2


def test_an_empty_epoch_can_be_burned(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        new = journal.burn_epoch("copied")
        event = answer(journal)
        assert (journal.head()[0], event.seq) == (new, 1)
        assert journal.verify().ok


def test_more_events_than_a_page_are_issued_again(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        futures = [journal.append(EventKind.SHOWN, "", {"visit_id": str(n), "skus": []}) for n in range(2100)]
        ids = [future.result(PATIENCE_S).event_id for future in futures]
        new = journal.burn_epoch("restored")
        assert [row[3] for row in journal.rows(new)] == ids
        assert [event.event_id for event in journal.events()] == ids
        assert journal.verify().ok


def test_an_event_of_any_process_never_lands_in_a_burned_epoch(
    tmp_path: Path, clean_environment: dict[str, str]
) -> None:
    """Two counters of their own record without a pause while this process burns epoch after epoch."""
    (tmp_path / "ballast").touch()
    child = Path(__file__).parent / "child.py"
    started = [
        subprocess.Popen(
            [sys.executable, str(child), str(tmp_path), f"m{number}", "80"],
            env=clean_environment,
            stdout=subprocess.PIPE,
        )
        for number in range(2)
    ]
    burned: list[tuple[str, int]] = []
    with open_journal(tmp_path) as journal:
        while any(one.poll() is None for one in started):
            epoch, before = journal.epoch, journal.count()
            journal.burn_epoch("again", epoch=epoch)
            burned.append((epoch, sum(1 for _ in journal.rows(epoch))))
            while journal.count() < before + 10 and any(one.poll() is None for one in started):
                pass
        told = [one.communicate()[0].decode().split() for one in started]
        assert [len(ids) for ids in told] == [80, 80]
        assert len(burned) >= 3
        for epoch, size in burned:
            assert sum(1 for _ in journal.rows(epoch)) == size, "nothing came after it was burned"
        for number, ids in enumerate(told):
            assert [event.event_id for event in journal.events_of(f"m{number}")] == ids
        assert sorted(event.event_id for event in journal.events()) == sorted([*told[0], *told[1]])
        report = journal.verify()
        assert report.ok, report.damage


def test_the_clock_never_runs_behind_the_packs(tmp_path: Path) -> None:
    ahead = (4_000_000_000_000) << 16
    with open_journal(tmp_path, hlc_floor=ahead) as journal:
        first, second = answer(journal), answer(journal)
        assert ahead < first.hlc < second.hlc
    with open_journal(tmp_path) as journal:
        assert answer(journal).hlc > second.hlc
    with open_journal(tmp_path / "other", hlc_floor=2**63) as journal:
        assert answer(journal).hlc < ahead, "what is no clock is not followed"


def _days(journal_home: Path, days: int) -> list[str]:
    ids = []
    for day in range(days):
        with Journal.open(journal_home, FixedClock(day * 86_400)) as journal:
            ids += [answer(journal, sku=f"SKU-{day}-{n}").event_id for n in range(2)]
    return ids


def test_what_is_durable_and_old_is_forgotten_and_the_rest_reads_and_verifies(tmp_path: Path) -> None:
    (tmp_path / "ballast").touch()
    ids = _days(tmp_path, 5)
    with open_journal(tmp_path) as journal:
        epoch, count, kept_hash = journal.epoch, journal.count(), journal.hash_at(journal.epoch, 6)
        assert journal.prune(epoch, 8, 3 * 86_400) == 6
        assert [event.event_id for event in journal.events_of("m1")] == ids[6:]
        assert [event.event_id for event in journal.events()] == ids[6:]
        assert journal.count() == count
        report = journal.verify()
        assert (report.ok, report.events) == (True, 4), report.damage
        assert journal.epochs()[0].pruned_until == 6
        assert journal.hash_at(epoch, 6) == kept_hash, "the checkpoint knows it"
        assert answer(journal).seq == 11
        assert journal.prune(epoch, 8, 9 * 86_400) == 2
        assert journal.verify().ok
        assert journal.prune(epoch, 8, 9 * 86_400) == 0


def test_the_last_event_of_the_file_is_never_forgotten(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        answer(journal)
        last = answer(journal)
        assert journal.prune(journal.epoch, 2, LATER) == 1
        assert journal.events_of("m1") == (last,)
        assert answer(journal).seq == 3
        assert journal.verify().ok


def test_an_event_recorded_when_the_clock_was_ahead_keeps_everything_after_it(tmp_path: Path) -> None:
    (tmp_path / "ballast").touch()
    for at in (100, 10**9, 200, 300):
        with Journal.open(tmp_path, FixedClock(at)) as journal:
            answer(journal)
    with open_journal(tmp_path) as journal:
        assert journal.prune(journal.epoch, 4, 10_000) == 1
        assert [event.at for event in journal.events()] == [10**9, 200, 300]


def test_forgetting_leaves_the_file_as_guarded_as_before(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        for _ in range(3):
            answer(journal)
        journal.prune(journal.epoch, 2, LATER)
        connection = file.connect(journal.path)
        for statement in ("DELETE FROM events", "UPDATE events SET at = 1", "DELETE FROM checkpoints"):
            with pytest.raises(driver.driver().IntegrityError, match="append-only"):
                connection.execute(statement)
        connection.close()


def test_forgetting_that_fails_half_way_forgets_nothing(tmp_path: Path) -> None:
    faulty = FaultyDriver()
    with open_journal(tmp_path, module=faulty) as journal:
        for _ in range(5):
            answer(journal)

        def full(statement: str) -> None:
            if statement.startswith("CREATE TRIGGER"):
                raise faulty.error(5, "database is locked")

        faulty.fault = full
        with pytest.raises(StoreLocked):
            journal.prune(journal.epoch, 4, LATER)
        faulty.fault = lambda _: None
        assert len(list(journal.events())) == 5
        assert journal.verify().ok
        connection = file.connect(journal.path)
        with pytest.raises(driver.driver().IntegrityError, match="append-only"):
            connection.execute("DELETE FROM events")
        connection.close()


def test_forgotten_room_is_used_again(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:

        def fill() -> None:
            futures = [journal.append(EventKind.SHOWN, "m1", {"visit_id": "v" * 400}) for _ in range(2000)]
            for future in futures:
                future.result(PATIENCE_S)

        fill()
        pages = raw(tmp_path).execute("PRAGMA page_count").fetchone()[0]
        for _ in range(4):
            journal.prune(journal.epoch, journal.head()[1], LATER)
            fill()
        assert raw(tmp_path).execute("PRAGMA page_count").fetchone()[0] < pages * 1.5


def test_the_end_of_a_burned_epoch_is_forgotten_with_it_and_its_copies_stay(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        events = [answer(journal) for _ in range(6)]
        old = journal.epoch
        new = journal.burn_epoch("restored", known=4)
        assert journal.prune(old, 4, LATER) == 6
        assert [event.event_id for event in journal.events()] == [event.event_id for event in events[4:]]
        assert [(one.epoch, one.pruned_until, one.last) for one in journal.epochs()] == [(old, 4, 4), (new, 0, 2)]
        assert journal.verify().ok


def test_of_a_burned_epoch_nothing_is_forgotten_that_was_not_known(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        events = [answer(journal) for _ in range(6)]
        old = journal.epoch
        journal.burn_epoch("restored", known=2)
        journal.prune(old, 6, LATER)
        assert [event.event_id for event in journal.events()] == [event.event_id for event in events[2:]]


def test_what_was_forgotten_before_it_burned_is_not_issued_again(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        for _ in range(6):
            answer(journal)
        journal.prune(journal.epoch, 3, LATER)
        new = journal.burn_epoch("restored")
        assert len(list(journal.rows(new))) == 3
        assert journal.epochs()[0].last == 3
        assert journal.verify().ok


def test_an_epoch_nobody_knows_is_not_forgotten(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        answer(journal)
        assert journal.prune("ffffffff", 9, LATER) == 0


def test_the_journal_of_an_older_clerk_is_brought_up_to_date_as_it_was(tmp_path: Path) -> None:
    ids = older.make(tmp_path, 5)
    before = raw(tmp_path).execute("SELECT rowid, * FROM events ORDER BY rowid").fetchall()
    with open_journal(tmp_path) as journal:
        assert journal.verify().ok
        assert [event.event_id for event in journal.events_of("m1")] == ids
        assert raw(tmp_path).execute("SELECT rowid, * FROM events ORDER BY rowid").fetchall() == before
        assert answer(journal).seq == 6
        connection = file.connect(journal.path)
        assert migrations.version(connection) == len(migrations.STEPS)
        for statement in ("DELETE FROM events", "UPDATE events SET at = 1", "UPDATE meta SET known = 9"):
            with pytest.raises(driver.driver().IntegrityError, match="append-only"):
                connection.execute(statement)
        connection.close()
    made = open_journal(tmp_path / "new")
    made.close()
    assert _shape(tmp_path) == _shape(tmp_path / "new")


def _shape(home: Path) -> list[tuple[str, ...]]:
    connection = raw(home)
    shape = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name").fetchall()
    connection.close()
    return shape

"""Recording: durable before it is acknowledged, in order, by any thread."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from pathlib import Path

import pytest

from clerk.clock import FixedClock
from clerk.errors import StoreLocked
from clerk.journal import Journal
from clerk.model import Acting, Event, EventKind
from tests.journal.helpers import NOON, PATIENCE_S, FaultyDriver, answer, answering, open_journal, raw


def test_an_event_reads_back_as_it_was_acknowledged(tmp_path: Path) -> None:
    with open_journal(tmp_path, acting=Acting("Noor")) as journal:
        payload = {"fact": "note", "text": "likes « oat » \U0001f95b", "n": 2, "share": 0.5, "ok": True, "skus": ["a"]}
        event = journal.append(EventKind.FACT, "m1", payload, basis="pack-7").result(PATIENCE_S)
        assert journal.events_of("m1") == (event,)
        assert list(journal.events()) == [event]
    assert (event.kind, event.at, event.member_id, event.actor) == (EventKind.FACT, NOON.now(), "m1", "Noor")
    assert event.payload == payload
    with open_journal(tmp_path) as journal:
        assert journal.events_of("m1") == (event,)


def test_an_event_is_acknowledged_only_after_its_commit_returned(tmp_path: Path) -> None:
    faulty = FaultyDriver()
    done_before: list[bool] = []
    futures: list[Future[Event]] = []
    at_commit, go_on = threading.Event(), threading.Event()

    def before_commit(statement: str) -> None:
        if statement == "COMMIT" and futures is not None and threading.current_thread().name == "journal":
            at_commit.set()
            go_on.wait(PATIENCE_S)

    def after_commit(statement: str) -> None:
        if statement == "COMMIT" and threading.current_thread().name == "journal":
            done_before.append(futures[0].done())

    with open_journal(tmp_path, module=faulty) as journal:
        faulty.fault, faulty.after = before_commit, after_commit
        futures.append(answering(journal))
        assert at_commit.wait(PATIENCE_S)
        assert not futures[0].done()
        assert journal.count() == 0, "nothing of it is visible before the commit"
        go_on.set()
        futures[0].result(PATIENCE_S)
        assert done_before == [False]
        assert journal.count() == 1


def test_many_threads_append_and_every_event_is_there_once_in_one_chain(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        futures: list[list[Future[Event]]] = [[] for _ in range(8)]

        def work(mine: list[Future[Event]], name: str) -> None:
            mine.extend(answering(journal, name, f"SKU-{n}") for n in range(50))

        threads = [threading.Thread(target=work, args=(mine, f"m{n}")) for n, mine in enumerate(futures)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        everything = [future for mine in futures for future in mine]
        wait_for(everything, PATIENCE_S)
        ids = [future.result().event_id for future in everything]
        assert len(set(ids)) == 400
        assert sorted(event.event_id for event in journal.events()) == sorted(ids)
        for n, mine in enumerate(futures):
            assert journal.events_of(f"m{n}") == tuple(future.result() for future in mine)
        assert journal.verify().ok
        assert journal.count() == 400


def test_closing_writes_what_is_waiting_and_refuses_what_comes_later(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    waiting = [answering(journal, sku=f"SKU-{n}") for n in range(100)]
    journal.close()
    assert all(future.done() and future.exception() is None for future in waiting)
    late = answering(journal)
    assert isinstance(late.exception(0), StoreLocked)
    journal.close()
    with open_journal(tmp_path) as journal:
        assert journal.count() == 100


def test_an_event_withdrawn_before_its_turn_is_not_written(tmp_path: Path) -> None:
    faulty = FaultyDriver()
    at_commit, go_on = threading.Event(), threading.Event()

    def hold(statement: str) -> None:
        if statement == "COMMIT":
            at_commit.set()
            go_on.wait(PATIENCE_S)

    with open_journal(tmp_path, module=faulty) as journal:
        faulty.fault = hold
        first = answering(journal)
        assert at_commit.wait(PATIENCE_S)
        second = answering(journal)
        assert second.cancel()
        go_on.set()
        first.result(PATIENCE_S)
        answer(journal)
        assert journal.count() == 2


def test_numbers_have_no_gap_and_the_logical_clock_never_runs_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_journal(tmp_path) as journal:
        answer(journal)
        monkeypatch.setattr("clerk.journal.journal.utc_ms", lambda: 1000)
        answer(journal)
        answer(journal)
    with raw(tmp_path) as connection:
        rows = connection.execute("SELECT seq, hlc, utc_ms FROM events ORDER BY rowid").fetchall()
    connection.close()
    assert [row[0] for row in rows] == [1, 2, 3]
    assert rows[0][1] < rows[1][1] < rows[2][1]
    assert rows[2][2] == 1000


def test_the_device_and_its_epoch_stay_for_the_life_of_the_file(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        device, epoch = journal.device, journal.epoch
    with open_journal(tmp_path) as journal:
        assert (journal.device, journal.epoch) == (device, epoch)
    with open_journal(tmp_path / "other") as journal:
        assert (journal.device, journal.epoch) != (device, epoch)
    with open_journal(tmp_path / "named", device="till-2") as journal:
        assert journal.device == "till-2"


@pytest.mark.parametrize(
    "payload",
    [
        {"text": None},
        {"text": b"bytes"},
        {"skus": [1]},
        {"deep": {"a": 1}},
        {"n": float("nan")},
        {"text": "x" * 20_000},
    ],
)
def test_a_payload_no_event_may_hold_is_refused_before_it_is_queued(tmp_path: Path, payload: dict[str, object]) -> None:
    with open_journal(tmp_path) as journal:
        with pytest.raises(ValueError, match=r"event's|JSON"):
            journal.append(EventKind.FACT, "m1", payload)
        assert journal.count() == 0


def test_half_a_letter_in_a_member_id_is_refused(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        with pytest.raises(ValueError, match="surrogates"):
            answer(journal, "m\ud800")
        answer(journal, "m1", "SKU \ud800")
        assert journal.verify().ok


def test_hostile_text_is_stored_as_text(tmp_path: Path) -> None:
    name = "'); DROP TABLE events; --\x1b]52;c;x\x07\u202e[/]"
    with open_journal(tmp_path) as journal:
        event = answer(journal, name, name)
        assert journal.events_of(name) == (event,)
        assert event.payload["sku"] == name
        assert journal.verify().ok


def test_the_clock_of_the_desk_gives_the_hour(tmp_path: Path) -> None:
    with Journal.open(tmp_path, FixedClock(42)) as journal:
        assert answer(journal).at == 42


@pytest.mark.parametrize(("member_id", "basis"), [("m\0", ""), ("m" * 1001, ""), ("m", "\0"), ("m", "b" * 16_385)])
def test_what_head_office_could_never_take_is_not_recorded(tmp_path: Path, member_id: str, basis: str) -> None:
    """One such event would keep every later one of this device from leaving it."""
    with open_journal(tmp_path) as journal:
        with pytest.raises(ValueError, match=r"NUL|letters"):
            journal.append(EventKind.MARK, member_id, {}, basis=basis)
        assert journal.count() == 0

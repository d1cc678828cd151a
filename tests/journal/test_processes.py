"""Real processes: killed in the middle of recording, and several at once. Nothing acknowledged is ever lost."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.exchange.workers import a_worker
from tests.journal.helpers import answer, open_journal
from tests.proof import record_proof, rounds

CHILD = Path(__file__).parent / "child.py"


def _start(home: Path, environment: dict[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(CHILD), str(home), *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


_ROUNDS_A_JOURNAL = 100
"""Longer ones only make each look at them longer."""


def _kill_rounds(home: Path, environment: dict[str, str], many: int, *driver: str) -> int:
    """Kills a recording process after a random number of acknowledgements, again and again, on the same journal."""
    (home / "ballast").touch()
    acked: list[str] = []
    chance = random.Random(7)
    for _ in range(many):
        with _start(home, environment, "m1", "0", *driver) as child:
            assert child.stdout is not None
            for _ in range(chance.randrange(1, 30)):
                acked.append(child.stdout.readline().decode().strip())
            child.send_signal(signal.SIGKILL)
            rest = child.stdout.read().decode()
            acked.extend(line for line in rest.splitlines() if len(line) == len(acked[0]))
        # Every round ends with a look, as the next morning would.
        with open_journal(home) as journal:
            there = {event.event_id for event in journal.events_of("m1")}
            assert not set(acked) - there
            report = journal.verify()
            assert report.ok, report.damage
            assert report.events == len(there)
    assert len(set(acked)) == len(acked)
    return len(acked)


@pytest.mark.proof
@pytest.mark.skipif(os.name != "posix", reason="kill -9 is a POSIX word")
def test_killed_in_the_middle_nothing_acknowledged_is_lost(tmp_path: Path, clean_environment: dict[str, str]) -> None:
    """At any moment, opening the journal included; a new journal after each hundred kills."""
    chance, many = random.Random(7), rounds(42, 1_900)
    with a_worker(clean_environment, "tests.journal.killable_child") as worker:
        for number in range(many):
            home = tmp_path / str(number // _ROUNDS_A_JOURNAL)
            told = home / "told"
            if number % _ROUNDS_A_JOURNAL == 0:
                home.mkdir()
                (home / "ballast").touch()
            worker.start("recording", home, told)
            assert worker.kill_after(chance.uniform(0.002, 0.06))
            acked = told.read_text().split("\n")[:-1] if told.exists() else []
            # Every round ends with a look, as the next morning would.
            with open_journal(home) as journal:
                there = {event.event_id for event in journal.events_of("m1")}
                assert there.issuperset(acked)
                report = journal.verify()
                assert report.ok, report.damage
                assert report.events == len(there)
            assert len(set(acked)) == len(acked)
        assert len(acked) > 50, "too few were recorded for this to prove anything"
    record_proof("kill -9 during append", many)


@pytest.mark.proof
@pytest.mark.skipif(os.name != "posix", reason="kill -9 is a POSIX word")
def test_killed_in_the_slower_mode_nothing_acknowledged_is_lost(
    tmp_path: Path, clean_environment: dict[str, str]
) -> None:
    many = rounds(8, 100)
    assert _kill_rounds(tmp_path, clean_environment, many, "sqlite3") >= 8
    record_proof("kill -9 during append", many)


def test_processes_that_record_at_once_lose_nothing_and_keep_one_chain(
    tmp_path: Path, clean_environment: dict[str, str]
) -> None:
    """A command beside an open counter: three processes and this one, on a journal none of them has seen before."""
    (tmp_path / "ballast").touch()
    with contextlib.ExitStack() as stack:
        children = [stack.enter_context(_start(tmp_path, clean_environment, f"m{n}", "60")) for n in range(3)]
        with open_journal(tmp_path) as journal:
            own = [answer(journal, "own").event_id for _ in range(60)]
            told = [child.communicate()[0].decode().split() for child in children]
            assert [child.returncode for child in children] == [0, 0, 0]
            assert [len(ids) for ids in told] == [60, 60, 60]
            report = journal.verify()
            assert (report.ok, report.events) == (True, 240), report.damage
            everything = sorted([*own, *(event_id for ids in told for event_id in ids)])
            assert sorted(event.event_id for event in journal.events()) == everything
            for n, ids in enumerate(told):
                assert [event.event_id for event in journal.events_of(f"m{n}")] == ids


def test_a_command_sees_what_the_open_counter_recorded_and_the_counter_what_the_command_did(tmp_path: Path) -> None:
    with open_journal(tmp_path) as counter, open_journal(tmp_path) as command:
        first = answer(counter)
        assert command.events_of("m1") == (first,)
        second = answer(command)
        assert counter.events_of("m1") == (first, second)
        assert counter.device == command.device

"""The shop's lists are worked out in a process of their own: what comes back, and what happens when it does not."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from clerk.clock import FixedClock
from clerk.desk.manager.lists import ListsProcess
from clerk.errors import ClerkError, NoPack
from clerk.model import PrepList

CLOCK = FixedClock(1_795_338_720)

LIST = """
import pickle, sys
from clerk.model import PrepList
found = PrepList(int(sys.argv[3]), 0, 1.0, 0, 2, (), 0.0, sys.argv[2])
sys.stdout.buffer.write(pickle.dumps((found, None)))
"""
"""A process that has an empty list at once."""

NEVER = "import sys; sys.stdin.close(); import signal; print('', end='', flush=True); signal.pause()"
"""A process that never has one."""


def asking(home: Path, script: str) -> ListsProcess:
    return ListsProcess(home, CLOCK, command=(sys.executable, "-c", script))


def test_a_list_comes_back_as_it_was_made(tmp_path: Path) -> None:
    found = asking(tmp_path, LIST).ask("prep")
    assert isinstance(found, PrepList)
    assert (found.day, found.checked) == (CLOCK.now(), "prep")


def test_an_error_of_the_process_is_the_same_error_here(tmp_path: Path) -> None:
    with pytest.raises(NoPack):
        ListsProcess(tmp_path, CLOCK).ask("prep")


def test_a_process_that_dies_is_told_as_a_list_that_was_not_finished(tmp_path: Path) -> None:
    with pytest.raises(ClerkError, match="not finished"):
        asking(tmp_path, "raise SystemExit(3)").ask("prep")


def test_a_process_that_cannot_start_says_so(tmp_path: Path) -> None:
    with pytest.raises(ClerkError, match="cannot be started"):
        ListsProcess(tmp_path, CLOCK, command=(str(tmp_path / "nothing"),)).ask("prep")


def test_closing_the_counter_ends_the_waiting(tmp_path: Path) -> None:
    ahead = asking(tmp_path, NEVER)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(ahead.ask, "prep")
        until_started(ahead)
        ahead.close()
        with pytest.raises(ClerkError, match="not finished"):
            waiting.result(10)
    with pytest.raises(ClerkError, match="closing"):
        ahead.ask("prep")


def test_a_newer_question_ends_the_older_one(tmp_path: Path) -> None:
    ahead = asking(tmp_path, f"import sys\nif sys.argv[2] == 'prep': exec({LIST!r})\nelse: exec({NEVER!r})")
    with ThreadPoolExecutor(1) as threads:
        older = threads.submit(ahead.ask, "scorecard")
        until_started(ahead)
        assert isinstance(ahead.ask("prep"), PrepList)
        with pytest.raises(ClerkError, match="not finished"):
            older.result(10)


def until_started(ahead: ListsProcess) -> None:
    """Waits until the first process runs."""
    pause = threading.Event()
    for _ in range(1000):
        if ahead._newest._child is not None:
            return
        pause.wait(0.01)
    raise AssertionError("never started")

"""Children that work for a parent: what they are asked, and that none is left over, however its parent ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from clerk import worker
from clerk.clock import FixedClock
from clerk.desk.manager.lists import ListsProcess
from clerk.errors import ClerkError
from clerk.worker import Child, Newest

PATIENCE_S = 30.0

ECHO = "import sys\nfor line in sys.stdin: print(line.strip().upper(), flush=True)"
"""A child that answers each line."""

PATIENT = "from clerk import worker; import time; worker.end_with_parent(); print('here', flush=True); time.sleep(3600)"
"""A child that expects nothing more and works for an hour."""


def script(body: str) -> list[str]:
    return [sys.executable, "-c", body]


def ends(pid: int) -> bool:
    """Whether a process that is no child of this one ends within the patience; one nobody waited for has ended."""
    pause, status = threading.Event(), Path(f"/proc/{pid}/stat")
    for _ in range(int(PATIENCE_S * 100)):
        try:
            os.kill(pid, 0)
            if status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        pause.wait(0.01)
    return False


def test_a_child_answers_line_by_line_and_ends_when_told() -> None:
    child = Child(script(ECHO))
    for text in (b"oat\n", b"milk\n"):
        child.send([text])
        assert child.line(PATIENCE_S) == text.upper()
    child.end()
    assert child.returncode is not None
    assert child.returncode != 0


def test_a_child_that_takes_too_long_is_killed_and_its_line_is_empty() -> None:
    child = Child(script("import time; time.sleep(3600)"))
    assert child.line(0.1) == b""
    child.end()
    assert child.returncode == -signal.SIGKILL


@pytest.mark.parametrize("body", [ECHO, PATIENT], ids=["waits for a question", "works on an answer"])
def test_a_parent_that_is_killed_leaves_no_child(body: str) -> None:
    parent = (
        f"import sys, time\nfrom clerk.worker import Child\nchild = Child([sys.executable, '-c', {body!r}])\n"
        "print(child.pid, flush=True)\n"
        f"{'child.line(60)' if body == PATIENT else ''}\nprint('ready', flush=True)\ntime.sleep(3600)\n"
    )
    with subprocess.Popen(script(parent), stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        pid = int(started.stdout.readline())
        assert started.stdout.readline() == "ready\n"
        started.kill()
    assert ends(pid)


def test_a_newer_child_ends_the_older_one_and_who_waits_for_that_is_told() -> None:
    newest = Newest()
    older = newest.start(script("import time; print('begun', flush=True); time.sleep(3600)"))
    assert older is not None
    assert older.line(PATIENCE_S) == b"begun\n"
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(older.rest)
        newer = newest.start(script("print('answer')"))
        assert newer is not None
        assert waiting.result(PATIENCE_S) == b""
        assert newer.rest() == b"answer\n"
    assert older.returncode == -signal.SIGKILL
    assert newer.returncode == 0


def test_after_closing_nothing_starts() -> None:
    newest = Newest()
    child = newest.start(script(ECHO))
    assert child is not None
    newest.close()
    assert child.rest() == b""
    assert newest.start(script(ECHO)) is None


def test_what_a_library_prints_is_no_part_of_an_answer() -> None:
    body = (
        "from clerk import worker; import os, sys\nanswers = worker.at_work()\nprint('rubbish', flush=True)\n"
        "os.write(1, b'more rubbish')\nwith answers: answers.write(b'answer')"
    )
    assert Child(script(body)).rest() == b"answer"


@pytest.mark.parametrize("body", ["print('rubbish')", "import os; os.write(1, bytes(range(256)))", "", "print('I1')"])
def test_a_child_that_answers_rubbish_is_told_as_a_list_that_was_not_finished(tmp_path: Path, body: str) -> None:
    with pytest.raises(ClerkError, match="not finished"):
        ListsProcess(tmp_path, FixedClock(0), command=script(body)).ask("prep")


def test_a_child_runs_this_installation_at_a_lower_priority_on_one_core() -> None:
    body = (
        "from clerk import worker; import clerk, json, os\nanswers = worker.at_work(7)\n"
        "told = [clerk.__file__, os.nice(0), os.environ['OMP_NUM_THREADS']]\n"
        "with answers: answers.write(json.dumps(told).encode())"
    )
    import clerk

    assert json.loads(Child(script(body)).rest()) == [clerk.__file__, os.nice(0) + 7, "1"]


def test_a_file_in_the_current_folder_is_not_taken_for_a_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json", "pickle", "numpy"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    child = Child(worker.running("clerk", "--version"))
    assert child.rest().strip()
    assert child.returncode == 0

"""Power cuts: of thousands of disks a cut could leave, each opens, holds its chain and every acknowledged event."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from clerk.errors import ClerkError
from tests.journal import powercut
from tests.journal.helpers import open_journal
from tests.proof import proving, record_proof, rounds

CHILD = Path(__file__).parent / "child.py"
OLDER = Path(__file__).parent / "child_older.py"

pytestmark = pytest.mark.skipif(
    not proving() and not powercut.available(),
    reason="power cuts of the journal need strace (apt install strace) and its permission to trace",
)
"""SQLite syncs by itself, which only a tracer sees. Proving without one is a failure, not a pass."""


def _record(folder: Path, environment: dict[str, str], driver: str) -> list[powercut.Step]:
    home = folder / "home"
    home.mkdir()
    (home / "ballast").touch()
    command = [sys.executable, str(CHILD), str(home), "m1", "12", driver, "2"]
    steps = powercut.record(command, home, environment, folder / "strace.log")
    assert sum(step.what == "say" for step in steps) == 24
    return steps


@pytest.fixture
def rebuilt(tmp_path: Path) -> Iterator[Path]:
    """Where disks are rebuilt: in memory where there is some, since thousands of them are opened."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=memory if os.access(memory, os.W_OK) else tmp_path))
    yield folder
    shutil.rmtree(folder)


def _explore(steps: list[powercut.Step], folder: Path, states: int, *, honest: bool = True) -> tuple[int, int]:
    """Opens `states` journals or a few more; how many there were and how many had lost something."""
    return powercut.explore(steps, folder, states, _holds, honest=honest)


def _holds(home: Path, said: list[str]) -> bool:
    forgotten = {line.removeprefix("-") for line in said if line.startswith("-")}
    acked = [line for line in said if not line.startswith("-") and line not in forgotten]
    try:
        with open_journal(home) as journal:
            there = [event.event_id for event in journal.events()]
            return journal.verify().ok and len(set(there)) == len(there) and set(there).issuperset(acked)
    except ClerkError:
        return False


@pytest.mark.proof
@pytest.mark.parametrize("driver", ["sqlcipher3.dbapi2", "sqlite3"])
def test_no_power_cut_loses_an_acknowledged_event(
    tmp_path: Path, rebuilt: Path, clean_environment: dict[str, str], driver: str
) -> None:
    pytest.importorskip(driver)
    states = rounds(1_000, 30_000)
    seen, bad = _explore(_record(tmp_path, clean_environment, driver), rebuilt, states)
    record_proof("power cuts during append", seen, bad)
    assert seen >= states
    assert bad == 0


@pytest.mark.proof
@pytest.mark.parametrize("driver", ["sqlcipher3.dbapi2", pytest.param("sqlite3", marks=pytest.mark.slow)])
def test_no_power_cut_loses_an_event_while_an_old_journal_changes_its_shape_burns_an_epoch_and_forgets(
    tmp_path: Path, rebuilt: Path, clean_environment: dict[str, str], driver: str
) -> None:
    """Cut anywhere in between, the journal opens as it was or as it was to be, and holds every event once."""
    pytest.importorskip(driver)
    home = tmp_path / "home"
    home.mkdir()
    (home / "ballast").touch()
    command = [sys.executable, str(OLDER), str(home), driver]
    steps = powercut.record(command, home, clean_environment, tmp_path / "strace.log")
    assert sum(step.what == "say" for step in steps) == 23
    states = rounds(1_000, 20_000)
    seen, bad = _explore(steps, rebuilt, states)
    record_proof("power cuts during migration, burning, forgetting", seen, bad)
    assert seen >= states
    assert bad == 0


def test_the_explorer_notices_a_disk_that_lies(
    tmp_path: Path, rebuilt: Path, clean_environment: dict[str, str]
) -> None:
    """Otherwise the test above would prove nothing."""
    steps = _record(tmp_path, clean_environment, "sqlcipher3.dbapi2")
    seen, bad = _explore(steps, rebuilt, 300, honest=False)
    assert bad > seen // 10

"""Full disks, failing disks and locks: said at once, with a remedy, and nothing acknowledged is lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from clerk.errors import DiskFailed, DiskFull, StoreDataError, StoreLocked
from clerk.journal import Journal, file
from clerk.model import Event
from tests.journal.helpers import NOON, PATIENCE_S, FaultyDriver, answer, answering, open_journal, raw

FULL, IO_ERROR = 13, 10


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of 8 MB, where this machine lets a test mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.name != "posix" or os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root on Linux")
    command = [mount, "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let a test mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_says_so_and_the_reserve_takes_a_day_more(small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(os.urandom(file.BALLAST_BYTES))
    acked: list[Event] = []
    with Journal.open(small_disk, NOON) as journal:
        answer(journal)
        filler = small_disk / "filler"
        filler.write_bytes(bytes(shutil.disk_usage(small_disk).free))
        before = 0
        while not journal.notices:
            acked.append(answer(journal, sku=f"SKU-{len(acked)}"))
            before = len(acked)
        assert [notice.code for notice in journal.notices] == ["E205"]
        assert not (small_disk / "ballast").exists()
        refused = None
        while refused is None:
            future = answering(journal, sku=f"SKU-{len(acked)}")
            refused = future.exception(PATIENCE_S)
            if refused is None:
                acked.append(future.result())
        assert isinstance(refused, DiskFull)
        assert len(acked) - before >= 1000
        assert len(journal.events_of("m1")) == len(acked) + 1, "reading goes on"
        filler.unlink()
        acked.append(answer(journal, sku="after"))
        assert journal.verify().ok
    with Journal.open(small_disk, NOON) as journal:
        assert list(journal.events())[1:] == acked


def test_without_a_reserve_a_full_disk_is_an_error_and_room_makes_it_go_on(tmp_path: Path) -> None:
    faulty = FaultyDriver()
    with open_journal(tmp_path, module=faulty) as journal:
        kept = answer(journal)
        (tmp_path / "ballast").unlink()

        def full(statement: str) -> None:
            if statement == "COMMIT":
                raise faulty.error(FULL, "database or disk is full")

        faulty.fault = full
        with pytest.raises(DiskFull) as caught:
            answer(journal)
        assert caught.value.remedy
        faulty.fault = lambda _: None
        later = answer(journal)
        assert list(journal.events()) == [kept, later]
        assert journal.verify().ok


def test_the_reserve_is_set_aside_once_and_only_where_there_is_room(tmp_path: Path) -> None:
    assert file.make_ballast(tmp_path)
    assert (tmp_path / "ballast").stat().st_size == file.BALLAST_BYTES
    assert file.make_ballast(tmp_path)
    assert file.drop_ballast(tmp_path)
    assert not file.drop_ballast(tmp_path)
    assert not file.make_ballast(tmp_path / "gone")


def test_after_a_disk_error_nothing_is_built_on_what_may_not_be_there(tmp_path: Path) -> None:
    faulty = FaultyDriver()
    seen: list[str] = []
    with open_journal(tmp_path, module=faulty) as journal:
        kept = answer(journal)
        broken = True

        def failing(statement: str) -> None:
            seen.append(statement)
            if statement == "COMMIT" and broken:
                raise faulty.error(IO_ERROR | 4 << 8, "disk I/O error")

        faulty.fault = failing
        opened = faulty.opened
        with pytest.raises(DiskFailed) as caught:
            answer(journal)
        assert caught.value.code == "E206"
        broken = False
        seen.clear()
        later = answer(journal)
        assert faulty.opened == opened + 1, "a new connection"
        assert seen.index("PRAGMA wal_checkpoint(TRUNCATE)") < seen.index("BEGIN IMMEDIATE")
        assert list(journal.events()) == [kept, later]
        assert journal.verify().ok


def test_as_long_as_the_log_cannot_be_rewritten_nothing_is_acknowledged(tmp_path: Path) -> None:
    faulty = FaultyDriver()
    with open_journal(tmp_path, module=faulty) as journal:

        def failing(statement: str) -> None:
            if statement in ("COMMIT", "PRAGMA wal_checkpoint(TRUNCATE)"):
                raise faulty.error(IO_ERROR, "disk I/O error")

        faulty.fault = failing
        for _ in range(3):
            with pytest.raises(DiskFailed):
                answer(journal)
        faulty.fault = lambda _: None
        answer(journal)
        assert journal.count() == 1


def test_a_read_that_fails_is_tried_once_on_a_new_connection(tmp_path: Path) -> None:
    faulty = FaultyDriver()
    with open_journal(tmp_path, module=faulty) as journal:
        event = answer(journal)
        failures = iter([True])

        def failing(statement: str) -> None:
            if statement.startswith("SELECT event_id") and next(failures, False):
                raise faulty.error(IO_ERROR, "disk I/O error")

        faulty.fault = failing
        assert journal.events_of("m1") == (event,)


def test_a_disk_that_cannot_be_read_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    faulty = FaultyDriver()
    with open_journal(tmp_path, module=faulty) as journal:
        event = answer(journal)

        def failing(statement: str) -> None:
            if statement.startswith("SELECT event_id"):
                raise faulty.error(IO_ERROR, "disk I/O error")

        faulty.fault = failing
        with pytest.raises(DiskFailed) as caught:
            journal.events_of("m1")
        assert "recorded" not in caught.value.what
        faulty.fault = lambda _: None
        assert journal.events_of("m1") == (event,)


def test_another_process_that_keeps_the_lock_is_named_and_later_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "BUSY_S", 0.05)
    with open_journal(tmp_path) as journal:
        kept = answer(journal)
        other = raw(tmp_path)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLocked) as caught:
            answer(journal)
        assert caught.value.code == "E204"
        assert journal.events_of("m1") == (kept,), "reading never waits for a writer"
        other.execute("ROLLBACK")
        other.close()
        later = answer(journal)
        assert list(journal.events()) == [kept, later]


def test_a_short_lock_is_waited_for(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        other = raw(tmp_path)
        other.execute("BEGIN IMMEDIATE")
        waiting = answering(journal)
        assert not waiting.done()
        other.execute("ROLLBACK")
        other.close()
        assert waiting.result(PATIENCE_S)


def test_an_unexpected_error_reaches_the_one_who_asked_and_the_journal_goes_on(tmp_path: Path) -> None:
    faulty = FaultyDriver()
    with open_journal(tmp_path, module=faulty) as journal:

        def failing(statement: str) -> None:
            if statement == "COMMIT":
                raise RuntimeError("nobody thought of this")

        faulty.fault = failing
        with pytest.raises(StoreDataError):
            answer(journal)
        faulty.fault = lambda _: None
        answer(journal)
        assert journal.count() == 1


def test_an_old_sqlite_uses_the_slower_safe_mode_and_says_so(tmp_path: Path) -> None:
    if sqlite3.sqlite_version_info >= (3, 51, 3):
        pytest.skip("this Python's own SQLite is safe")
    with open_journal(tmp_path, module=sqlite3) as journal:
        assert [notice.code for notice in journal.notices] == ["E200"]
        assert "sqlcipher3" in journal.notices[0].remedy
        events = [answer(journal, sku=str(number)) for number in range(5)]
        assert journal.events_of("m1") == tuple(events)
        connection = file.connect(journal.path, sqlite3)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("truncate",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        connection.close()
    with open_journal(tmp_path) as journal:
        assert not journal.notices
        assert list(journal.events()) == events
        answer(journal)
    with open_journal(tmp_path, module=sqlite3) as journal:
        assert journal.count() == 6
        assert journal.verify().ok


def test_an_old_sqlite_never_shares_a_write_ahead_log(tmp_path: Path, clean_environment: dict[str, str]) -> None:
    """In a process of its own: two SQLite libraries in one process do not see each other's locks."""
    if sqlite3.sqlite_version_info >= (3, 51, 3):
        pytest.skip("this Python's own SQLite is safe")
    code = (
        "import sqlite3, sys; from pathlib import Path; from clerk.clock import FixedClock\n"
        "from clerk.errors import StoreLocked; from clerk.journal import Journal, file\n"
        "file.BUSY_S = 0.05\n"
        "try: Journal.open(Path(sys.argv[1]), FixedClock(1), module=sqlite3)\n"
        "except StoreLocked as refused: print(refused.code)"
    )
    with open_journal(tmp_path) as journal:
        answer(journal)
        command = [sys.executable, "-c", code, str(tmp_path)]
        child = subprocess.run(command, env=clean_environment, capture_output=True, text=True, check=False)
        assert (child.stdout.strip(), child.stderr) == ("E204", "")
        answer(journal)
        assert journal.verify().events == 2

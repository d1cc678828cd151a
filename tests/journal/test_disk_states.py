"""Full, locked, read-only, without rights, damaged, cut short: each is said as what it is, wherever it shows."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clerk import driver
from clerk.errors import ClerkError, DiskFailed, DiskFull, JournalDamaged, NotWritable, StoreLocked
from clerk.journal import Journal, driver_errors, file, last_event
from clerk.keys_at_rest import Kept, keep, make_key
from clerk.model import Event
from tests.journal import disks
from tests.journal.helpers import NOON, PATIENCE_S, FaultyDriver, answer, answering, open_journal, raw

IO_ERROR, CANNOT_OPEN = 10, 14


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with disks.small_disk(tmp_path / "small") as folder:
        yield folder


def _with_reserve(home: Path) -> list[Event]:
    (home / file.BALLAST).write_bytes(os.urandom(file.BALLAST_BYTES))
    with Journal.open(home, NOON) as journal:
        return [answer(journal, sku=str(number)) for number in range(5)]


def test_a_journal_is_opened_on_a_full_disk_with_the_reserve_and_says_so(small_disk: Path) -> None:
    kept = _with_reserve(small_disk)
    filler = disks.fill(small_disk)
    with Journal.open(small_disk, NOON) as journal:
        assert [notice.code for notice in journal.notices] == ["E205"]
        assert list(journal.events()) == kept
        kept.append(answer(journal))
    with Journal.open(small_disk, NOON) as journal:
        assert [notice.code for notice in journal.notices] == ["E205"], "as long as the disk is full"
        assert list(journal.events()) == kept
    filler.unlink()
    with Journal.open(small_disk, NOON) as journal:
        assert not journal.notices
        assert list(journal.events()) == kept


def test_without_the_reserve_a_full_disk_is_called_full_and_not_damaged(small_disk: Path) -> None:
    kept = _with_reserve(small_disk)
    (small_disk / file.BALLAST).unlink()
    filler = disks.fill(small_disk)
    with pytest.raises(DiskFull) as caught:
        Journal.open(small_disk, NOON)
    assert caught.value.remedy
    filler.unlink()
    with Journal.open(small_disk, NOON) as journal:
        assert list(journal.events()) == kept


def test_a_reader_gives_the_reserve_back_as_well(small_disk: Path) -> None:
    kept = _with_reserve(small_disk)
    faulty = FaultyDriver()
    with Journal.open(small_disk, NOON, module=faulty) as journal:
        failures = iter([True])

        def failing(statement: str) -> None:
            if statement.startswith("SELECT event_id") and next(failures, False):
                raise faulty.error(IO_ERROR, "disk I/O error")

        disks.fill(small_disk)
        faulty.fault = failing
        assert journal.events_of("m1") == tuple(kept)
        assert [notice.code for notice in journal.notices] == ["E205"]
        assert not (small_disk / file.BALLAST).exists()


def test_rare_work_gives_the_reserve_back_as_well(small_disk: Path) -> None:
    _with_reserve(small_disk)
    with Journal.open(small_disk, NOON) as journal:
        disks.fill(small_disk)
        before = journal.epoch
        assert journal.burn_epoch("a test") != before
        assert [notice.code for notice in journal.notices] == ["E205"]
        assert journal.verify().ok


def test_on_a_read_only_disk_everything_is_read_and_nothing_is_recorded(small_disk: Path) -> None:
    kept = _with_reserve(small_disk)
    with disks.read_only(small_disk), Journal.open(small_disk, NOON) as journal:
        assert [notice.code for notice in journal.notices] == ["E236"]
        assert list(journal.events()) == kept
        assert journal.verify().ok
        assert isinstance(answering(journal).exception(PATIENCE_S), NotWritable)
        with pytest.raises(NotWritable):
            journal.burn_epoch("a test")
    with Journal.open(small_disk, NOON) as journal:
        answer(journal)


@pytest.mark.parametrize("with_memory", [True, False])
def test_a_log_on_a_read_only_disk_is_read_or_refused_and_never_left_out(small_disk: Path, with_memory: bool) -> None:
    folder = small_disk / "killed"
    with open_journal(small_disk / "running") as journal:
        kept = [answer(journal, sku=str(number)) for number in range(5)]
        shutil.copytree(small_disk / "running", folder)
    if not with_memory:
        (folder / "journal.db-shm").unlink()
    with disks.read_only(small_disk):
        if with_memory:
            with Journal.open(folder, NOON) as journal:
                assert list(journal.events()) == kept
        else:
            with pytest.raises(NotWritable) as caught:
                Journal.open(folder, NOON)
            assert caught.value.remedy
    with Journal.open(folder, NOON) as journal:
        assert list(journal.events()) == kept


def test_a_disk_mounted_once_more_to_be_written_is_noticed_by_who_only_reads(small_disk: Path) -> None:
    kept = _with_reserve(small_disk)
    view = small_disk.parent / "view"
    view.mkdir()
    subprocess.run(["mount", "--bind", str(small_disk), str(view)], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(view)], check=True)
        with Journal.open(view, NOON) as reading:
            assert list(reading.events()) == kept
            child = (
                "import sys; from pathlib import Path; from clerk.journal import Journal; from clerk.model import *\n"
                "from tests.journal.helpers import NOON, answer\n"
                "with Journal.open(Path(sys.argv[1]), NOON) as journal: answer(journal, sku='later')"
            )
            subprocess.run([sys.executable, "-c", child, str(small_disk)], check=True)
            assert [event.payload["sku"] for event in reading.events()][-1] == "later"
    finally:
        subprocess.run(["umount", "-l", str(view)], check=True)


_AS_NOBODY = """
import os, sys
from pathlib import Path
# Everything is loaded before the rights go.
import sqlite3, clerk.journal.journal, clerk.settings, clerk.keys_at_rest
from clerk import driver
from clerk.errors import ClerkError
from clerk.journal import Journal
from tests.journal.helpers import NOON, PATIENCE_S, answering
driver.driver()
home = Path(sys.argv[1])
Journal.open(home / "warm", NOON).close()
os.setgid(65534); os.setuid(65534)
try:
    with Journal.open(home / "home", NOON) as journal:
        failed = answering(journal).exception(PATIENCE_S)
        print("read", journal.count(), [n.code for n in journal.notices], failed.code if failed else "written")
except ClerkError as error:
    print("refused", error.code)
"""


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="taking rights away needs root")
@pytest.mark.parametrize(
    ("folder", "journal", "expected"),
    [
        (0o755, 0o666, "refused E236"),
        (0o777, 0o444, "read 1 ['E236'] E236"),
        (0o777, 0o600, "refused E206"),
        (0o700, 0o666, "refused E206"),
        (0o777, 0o666, "read 2 [] written"),
    ],
)
def test_missing_rights_are_called_missing_rights(folder: int, journal: int, expected: str) -> None:
    # The folder of other tests is shut to everybody else, again and again.
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o755)
        with open_journal(root / "home") as made:
            answer(made)
        last_event.beside(root / "home" / file.FILE).chmod(0o666)
        (root / "home" / file.FILE).chmod(journal)
        (root / "home").chmod(folder)
        command = [sys.executable, "-c", _AS_NOBODY, str(root)]
        child = subprocess.run(command, capture_output=True, text=True, check=False)
    assert child.stdout.strip() == expected, child.stderr


def _truncated(home: Path) -> None:
    path = home / file.FILE
    path.write_bytes(path.read_bytes()[:5000])


def _not_ours(home: Path) -> None:
    (home / file.FILE).write_bytes(b"something else" * 1000)


def _without_its_end(home: Path) -> None:
    # As after a clean end, and then an older copy put back.
    (home / file.FILE).write_bytes((home / "older.db").read_bytes())


def _gone(home: Path) -> None:
    (home / file.FILE).unlink()


@pytest.mark.parametrize("damage", [_truncated, _not_ours, _without_its_end, _gone])
def test_damage_is_called_damage_and_nothing_is_begun_anew(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    with open_journal(tmp_path) as journal:
        answer(journal)
    shutil.copy(tmp_path / file.FILE, tmp_path / "older.db")
    with open_journal(tmp_path) as journal:
        answer(journal)
    damage(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for _ in range(2):
        with pytest.raises(JournalDamaged) as caught:
            open_journal(tmp_path)
        assert "withdrew" in caught.value.remedy
    assert {name: data for name, data in before.items() if name.startswith("journal")} == {
        path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name.startswith("journal")
    }


def test_a_journal_begins_anew_once_everything_of_the_old_one_is_away(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        answer(journal)
    for path in tmp_path.glob("journal.*"):
        path.unlink()
    with open_journal(tmp_path) as journal:
        assert journal.count() == 0


def test_a_log_that_was_deleted_is_noticed(tmp_path: Path) -> None:
    with open_journal(tmp_path / "running") as journal:
        answer(journal)
        shutil.copytree(tmp_path / "running", tmp_path / "killed")
    for end in ("-wal", "-shm"):
        (tmp_path / "killed" / f"journal.db{end}").unlink()
    with pytest.raises(JournalDamaged):
        Journal.open(tmp_path / "killed", NOON)


def test_another_key_is_called_another_key(tmp_path: Path) -> None:
    for name in ("a", "b"):
        make_key(tmp_path, f"file:{name}.key")
    settings = tmp_path / "settings.toml"
    settings.write_text('[rest]\nkey = "file:a.key"\n')
    with open_journal(tmp_path) as journal:
        answer(journal)
    settings.write_text('[rest]\nkey = "file:b.key"\n')
    with pytest.raises(ClerkError) as caught:
        open_journal(tmp_path)
    assert caught.value.code == "E234"
    keep(tmp_path, Kept())
    with pytest.raises(ClerkError) as caught:
        open_journal(tmp_path)
    assert caught.value.code == "E234", "without the fingerprint as well"


def test_a_journal_held_by_another_process_is_called_locked_when_opened_and_when_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "BUSY_S", 0.05)
    with open_journal(tmp_path) as journal:
        answer(journal)
    other = raw(tmp_path)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    other.execute("COMMIT")
    with pytest.raises(StoreLocked):
        open_journal(tmp_path)
    other.close()


def test_an_error_that_nobody_knows_is_not_called_damage(tmp_path: Path) -> None:
    """Whoever is told of damage puts the file aside, and with it what members withdrew."""
    path = tmp_path / file.FILE
    errors: list[Exception] = [RuntimeError("no"), MemoryError(), driver.driver().ProgrammingError("closed")]
    for error in errors:
        told = driver_errors.translated(error, path)
        assert type(told) is DiskFailed
    assert isinstance(driver_errors.translated(UnicodeDecodeError("utf-8", b"", 0, 1, ""), path), JournalDamaged)


def test_no_error_in_opening_leaves_a_connection_or_a_small_file_behind(tmp_path: Path) -> None:
    faulty = FaultyDriver()

    def failing(statement: str) -> None:
        if statement == "PRAGMA journal_mode":
            raise faulty.error(CANNOT_OPEN, "unable to open database file")

    with open_journal(tmp_path) as journal:
        answer(journal)
    before = sorted(path.name for path in tmp_path.iterdir())
    faulty.fault = failing
    with pytest.raises(DiskFailed):
        open_journal(tmp_path, module=faulty)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_last_event_that_was_not_written_to_its_end_says_nothing(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        answer(journal)
    whole = last_event.beside(tmp_path / file.FILE).read_bytes()
    for data in (b"", whole[:40], bytes(512), whole.replace(b" 1 ", b" 9 ")):
        last_event.beside(tmp_path / file.FILE).write_bytes(data)
        assert last_event.read(tmp_path / file.FILE) is None
        with open_journal(tmp_path) as journal:
            assert journal.count() == 1


@pytest.mark.parametrize(("code", "expected"), [(5, StoreLocked), (IO_ERROR, DiskFailed), (11, None)])
def test_a_check_that_cannot_read_does_not_call_the_chain_broken(
    tmp_path: Path, code: int, expected: type[ClerkError] | None
) -> None:
    faulty = FaultyDriver()
    with open_journal(tmp_path, module=faulty) as journal:
        answer(journal)

        def failing(statement: str) -> None:
            if statement.startswith("SELECT rowid, device"):
                raise faulty.error(code, "no")

        faulty.fault = failing
        if expected is None:
            assert "cannot be read" in journal.verify().damage
        else:
            with pytest.raises(expected):
                journal.verify()


@pytest.mark.parametrize("with_reserve", [True, False])
def test_however_little_room_is_left_everything_is_read_or_the_disk_is_called_full(
    small_disk: Path, with_reserve: bool
) -> None:
    kept = _with_reserve(small_disk)
    refused = 0
    for pages in range(0, 80, 2):
        ballast = small_disk / file.BALLAST
        ballast.unlink(missing_ok=True)
        if with_reserve:
            ballast.write_bytes(bytes(file.BALLAST_BYTES))
        filler = disks.fill(small_disk)
        os.truncate(filler, filler.stat().st_size - pages * 4096)
        try:
            with Journal.open(small_disk, NOON) as journal:
                assert list(journal.events()) == kept
                assert journal.verify().ok
                future = answering(journal, sku=f"more {pages}")
                failed = future.exception(PATIENCE_S)
                assert failed is None or isinstance(failed, DiskFull), pages
                refused += failed is not None
                kept += [] if failed else [future.result()]
        except DiskFull:
            refused += 1
        filler.unlink()
    assert (refused == 0) == with_reserve
    with Journal.open(small_disk, NOON) as journal:
        assert list(journal.events()) == kept

"""The file: durable settings read back, append-only whoever asks, one definition of its tables, never overwritten."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import inspect
from sqlmodel import SQLModel, create_engine

from clerk import driver
from clerk.errors import JournalDamaged, PackForeign, StoreDataError
from clerk.journal import file, migrations, statements
from clerk.journal.tables import CheckpointRow, EventRow, MetaRow
from tests.journal.helpers import NOON, answer, open_journal, raw


def test_the_settings_that_keep_events_are_read_back(tmp_path: Path) -> None:
    connection = file.connect(tmp_path / "journal.db")
    settings = {
        "journal_mode": "wal",
        "synchronous": 2,
        "recursive_triggers": 1,
        "trusted_schema": 0,
        "cell_size_check": 1,
        "foreign_keys": 1,
    }
    found = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in settings}
    connection.close()
    assert found == settings


@pytest.mark.skipif(os.name == "nt", reason="no such rights there")
def test_nobody_but_its_owner_reads_the_journal_whether_it_is_new_or_was_open_to_all(tmp_path: Path) -> None:
    files = [tmp_path / f"journal.db{end}" for end in ("", "-wal", "-shm")]
    before = os.umask(0)
    try:
        for rights in (None, 0o644):
            with open_journal(tmp_path) as journal:
                answer(journal)
                if rights is not None:
                    for one in files:
                        one.chmod(rights)
                    # Another process opens it while it is in use.
                    file.connect(journal.path).close()
                assert [one.stat().st_mode & 0o777 for one in files] == [0o600] * 3
            files[0].chmod(0o664)
        file.connect(files[0]).close()
    finally:
        os.umask(before)
    assert files[0].stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET member_id = 'x'",
        "DELETE FROM events",
        "INSERT OR REPLACE INTO events SELECT * FROM events",
        "REPLACE INTO events SELECT * FROM events",
        "UPDATE meta SET device = 'x'",
        "DELETE FROM meta",
        "INSERT OR REPLACE INTO meta SELECT * FROM meta",
        "UPDATE checkpoints SET hash = 'x'",
        "DELETE FROM checkpoints",
        "INSERT OR REPLACE INTO checkpoints SELECT * FROM checkpoints",
    ],
)
def test_nothing_written_can_be_changed_or_removed(tmp_path: Path, statement: str) -> None:
    with open_journal(tmp_path) as journal:
        answer(journal)
        event = answer(journal)
        journal.prune(journal.epoch, 1, NOON.now() + 1)
        connection = file.connect(journal.path)
        with pytest.raises(driver.driver().IntegrityError, match="append-only"):
            connection.execute(statement)
        connection.close()
        assert journal.events_of("m1") == (event,)
        assert journal.verify().ok


def test_the_same_event_id_cannot_be_stored_twice_in_an_epoch(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        answer(journal)
        connection = file.connect(journal.path)
        with pytest.raises(driver.driver().IntegrityError, match="UNIQUE"):
            connection.execute(
                "INSERT INTO events SELECT device, epoch, 2, event_id, hlc, at, utc_ms, kind, schema, actor, member_id,"
                " payload, basis, prev_hash, hash FROM events"
            )
        connection.close()


def test_the_file_has_exactly_the_shape_of_the_tables(tmp_path: Path) -> None:
    """Migrations are frozen text; what they add up to must be what SQLModel says."""
    with open_journal(tmp_path) as journal:
        answer(journal)
    made = create_engine(f"sqlite:///{tmp_path / 'model.db'}")
    SQLModel.metadata.create_all(made, tables=[EventRow.__table__, MetaRow.__table__, CheckpointRow.__table__])  # type: ignore[attr-defined]
    kept = create_engine(f"sqlite:///{tmp_path / 'journal.db'}")
    for table in ("events", "meta", "checkpoints"):
        ours, theirs = inspect(kept), inspect(made)
        for shape in ("get_columns", "get_pk_constraint", "get_indexes", "get_unique_constraints"):
            told = [_plain(getattr(looked, shape)(table)) for looked in (ours, theirs)]
            assert told[0] == told[1], f"{table}: {shape}"
    made.dispose()
    kept.dispose()


def _plain(told: object) -> object:
    """Column types compared by their words."""
    if isinstance(told, dict):
        return {key: _plain(value) for key, value in told.items()}
    if isinstance(told, list):
        return [_plain(value) for value in told]
    return told if isinstance(told, int | None) else str(told)


def test_the_statements_name_the_columns_of_the_table() -> None:
    columns = EventRow.__table__.columns  # type: ignore[attr-defined]
    assert tuple(column.name for column in columns) == statements.COLUMNS
    assert statements.INSERT.count("?") == len(statements.COLUMNS)
    for statement in (statements.CHAIN, statements.PAGE, statements.OF_MEMBER, statements.HEAD, statements.ROWS):
        asked = statement.removeprefix("SELECT ").partition(" FROM ")[0].split(", ")
        assert set(asked) <= {*statements.COLUMNS, "rowid"}
    chain = statements.CHAIN.removeprefix("SELECT rowid, ").partition(" FROM ")[0].split(", ")
    assert tuple(chain) == statements.COLUMNS
    assert tuple(statements.ROWS.removeprefix("SELECT ").partition(" FROM ")[0].split(", ")) == statements.COLUMNS


def test_whole_numbers_are_wide_enough_for_head_office() -> None:
    """A 32-bit column overflowed on PostgreSQL where SQLite takes anything."""
    columns = EventRow.__table__.columns  # type: ignore[attr-defined]
    assert {name: str(columns[name].type) for name in ("seq", "hlc", "at", "utc_ms")} == dict.fromkeys(
        ("seq", "hlc", "at", "utc_ms"), "BIGINT"
    )


def test_opening_and_appending_imports_nothing_heavy(clean_environment: dict[str, str], tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from clerk.clock import FixedClock; from clerk.journal import Journal\n"
        "from clerk.model import EventKind\n"
        "for _ in range(2):\n"
        "    with Journal.open(Path(sys.argv[1]), FixedClock(1)) as j:\n"
        "        j.append(EventKind.MARK, 'm', {'line': 'B:1', 'mark': 'gift'}).result()\n"
        "print(sorted({'sqlmodel', 'sqlalchemy', 'pydantic', 'numpy', 'qrcode', 'polars'} & set(sys.modules)))"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(tmp_path)]
    child = subprocess.run(command, env=clean_environment, capture_output=True, text=True, check=False)
    assert (child.stdout.strip(), child.stderr) == ("[]", "")


def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"someone's holiday picture" * 400)
    before = path.read_bytes()
    with pytest.raises(JournalDamaged) as caught:
        open_journal(tmp_path)
    assert caught.value.code == "E207"
    assert "move" in caught.value.remedy
    assert path.read_bytes() == before


def test_a_database_of_another_program_is_refused_and_kept(tmp_path: Path) -> None:
    connection = raw(tmp_path)
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    with pytest.raises(JournalDamaged, match="another program"):
        open_journal(tmp_path)
    connection = raw(tmp_path)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("recipes",)]
    connection.close()


def test_the_journal_of_another_device_is_refused(tmp_path: Path) -> None:
    open_journal(tmp_path, device="till-1").close()
    open_journal(tmp_path).close()
    with pytest.raises(JournalDamaged, match="till-1"):
        open_journal(tmp_path, device="till-2")


def test_the_journal_of_a_newer_clerk_is_refused_and_kept(tmp_path: Path) -> None:
    open_journal(tmp_path).close()
    connection = raw(tmp_path)
    connection.execute(f"PRAGMA user_version = {len(migrations.STEPS) + 1}")
    connection.close()
    with pytest.raises(PackForeign, match="newer"):
        open_journal(tmp_path)


def test_a_log_without_its_file_is_refused_and_kept(tmp_path: Path) -> None:
    """SQLite would delete it, and with it the events that only it holds."""
    with open_journal(tmp_path) as journal:
        answer(journal)
        log = (tmp_path / "journal.db-wal").read_bytes()
    (tmp_path / "journal.db").unlink()
    (tmp_path / "journal.db-wal").write_bytes(log)
    with pytest.raises(JournalDamaged, match="log"):
        open_journal(tmp_path)
    assert (tmp_path / "journal.db-wal").read_bytes() == log


def test_an_empty_file_becomes_a_journal(tmp_path: Path) -> None:
    """A power cut between making the file and its first commit leaves this."""
    (tmp_path / "journal.db").touch()
    with open_journal(tmp_path) as journal:
        answer(journal)


def test_a_cut_off_file_is_refused_or_reported_and_never_overwritten(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        for number in range(200):
            answer(journal, f"m{number}")
    whole = (tmp_path / "journal.db").read_bytes()
    for size in (50, 4096, 4096 * 3, len(whole) // 2, len(whole) - 4096):
        (tmp_path / "journal.db").write_bytes(whole[:size])
        with contextlib.suppress(JournalDamaged), open_journal(tmp_path) as journal:
            assert journal.verify().damage
        assert (tmp_path / "journal.db").read_bytes()[:size] == whole[:size]


def test_a_folder_in_the_journals_place_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "journal.db").mkdir()
    with pytest.raises(StoreDataError) as caught:
        open_journal(tmp_path)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 4), True),
    ],
)
def test_only_versions_without_the_wal_fault_may_use_wal(version: tuple[int, ...], safe: bool) -> None:
    assert driver.version_is_safe(version) is safe

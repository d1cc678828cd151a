"""The hash chain: any byte changed behind the journal's back shows, and the words say where."""

from __future__ import annotations

from pathlib import Path

import pytest

from clerk.errors import JournalDamaged
from clerk.journal import statements
from clerk.journal.chain import genesis, link, walk
from tests.journal.helpers import answer, open_journal, raw

CHANGES = [
    ("member_id", "'m2'"),
    ("at", "at + 1"),
    ("payload", "replace(payload, 'took', 'never')"),
    ("kind", "'mark'"),
    ("actor", "'someone'"),
    ("event_id", "'other'"),
    ("seq", "9"),
    ("hlc", "hlc + 1"),
    ("utc_ms", "utc_ms + 1"),
    ("schema", "2"),
    ("basis", "'x'"),
    ("device", "'x'"),
    ("epoch", "'x'"),
    ("prev_hash", "hash"),
    ("hash", "prev_hash"),
]


def _forge(folder: Path, statement: str) -> None:
    """Somebody with a SQLite shell who takes the triggers off first."""
    connection = raw(folder)
    connection.execute("DROP TRIGGER events_no_update")
    connection.execute("DROP TRIGGER events_no_delete")
    connection.execute(statement)
    connection.close()


def test_every_column_is_covered() -> None:
    assert {column for column, _ in CHANGES} == set(statements.COLUMNS)


@pytest.mark.parametrize(("column", "value"), CHANGES)
def test_a_changed_column_breaks_the_chain_there(tmp_path: Path, column: str, value: str) -> None:
    with open_journal(tmp_path) as journal:
        for _ in range(5):
            answer(journal)
        assert journal.verify().ok
    _forge(tmp_path, f"UPDATE events SET {column} = {value} WHERE seq = 3")
    with open_journal(tmp_path) as journal:
        report = journal.verify()
    assert report.damage
    assert report.events == 2
    assert "m1" not in report.damage


@pytest.mark.parametrize("seq", [1, 3])
def test_a_removed_event_breaks_the_chain(tmp_path: Path, seq: int) -> None:
    with open_journal(tmp_path) as journal:
        for _ in range(5):
            answer(journal)
    _forge(tmp_path, f"DELETE FROM events WHERE seq = {seq}")
    with open_journal(tmp_path) as journal:
        report = journal.verify()
    assert (report.events, report.ok) == (seq - 1, False)
    assert "missing" in report.damage


def test_one_flipped_bit_in_the_file_is_never_taken_for_the_truth(tmp_path: Path) -> None:
    """Either the report names it, or the journal refuses to open, or every event reads as it was written."""
    with open_journal(tmp_path) as journal:
        events = [answer(journal, f"m{number % 7}", f"SKU-{number}") for number in range(60)]
    whole = (tmp_path / "journal.db").read_bytes()
    noticed = 0
    for byte in range(100, len(whole), 397):
        flipped = bytearray(whole)
        flipped[byte] ^= 1 << byte % 8
        (tmp_path / "journal.db").write_bytes(flipped)
        try:
            with open_journal(tmp_path) as journal:
                if journal.verify().damage:
                    noticed += 1
                else:
                    assert list(journal.events()) == events
        except JournalDamaged:
            noticed += 1
    assert noticed > 20


def test_letters_that_are_no_text_are_damage_and_not_a_crash(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        answer(journal)
    _forge(tmp_path, "UPDATE events SET payload = cast(x'7b22ff227d' AS TEXT)")
    with open_journal(tmp_path) as journal:
        with pytest.raises(JournalDamaged) as caught:
            journal.events_of("m1")
        assert caught.value.remedy
        with pytest.raises(JournalDamaged):
            list(journal.events())
        assert journal.verify().damage


@pytest.mark.parametrize("payload", ["", "{", "{},{}", "nothing"])
def test_a_payload_that_is_no_json_is_damage(tmp_path: Path, payload: str) -> None:
    with open_journal(tmp_path) as journal:
        answer(journal)
    _forge(tmp_path, f"UPDATE events SET payload = '{payload}'")
    with open_journal(tmp_path) as journal, pytest.raises(JournalDamaged):
        journal.events_of("m1")


def test_a_new_epoch_starts_a_new_chain() -> None:
    def row(epoch: str, seq: int, prev: str) -> tuple[object, ...]:
        values = ("d", epoch, seq, f"{epoch}{seq}", 1, 1, 1, "mark", 1, "", "", "{}", "")
        return (*values, prev, link(prev, values))

    first = row("a", 1, genesis("d", "a"))
    second = row("b", 1, genesis("d", "b"))
    assert walk([first, second]).ok
    assert not walk([first, row("b", 1, str(first[-1]))]).ok


def test_an_empty_journal_holds(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        assert (journal.verify().events, journal.verify().ok) == (0, True)

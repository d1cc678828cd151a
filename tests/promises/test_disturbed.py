"""What the counter does while something is being written, and when its journal cannot be read."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from clerk import driver
from clerk.cli import main
from clerk.desk import Desk
from clerk.errors import ClerkError, JournalDamaged
from clerk.model import AnswerKind, EventKind
from clerk.report import Exit
from clerk.visit.card import ASK_ABOUT_ALLERGIES
from tests.promises.corner import At, Counter

NOISE = b"SQLite format 3\0" + b"x" * 5000


def other(home: Path) -> sqlite3.Connection:
    """Another process at the journal."""
    return driver.connect(home / "journal.db", isolation_level=None)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The folder of the counter."""
    return tmp_path / "home"


def spoil(home: Path) -> None:
    """What was said becomes unreadable while the counter is open."""
    connection = other(home)
    guards = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in guards:
        connection.execute(f'DROP TRIGGER "{name}"')
    connection.execute("UPDATE events SET payload = '{'")
    connection.close()


def assert_closed(shop: Counter, who: str = "ada") -> None:
    """The name is shown and why there is nothing else; what was said is refused, never empty."""
    card = shop.card(who)
    assert card.unread is not None
    assert card.unread.code == "E207"
    assert (card.usual.lines, card.suggestions, card.due, card.history, card.allowed) == ((), (), (), (), frozenset())
    screen = " ".join(shop.screen(who).split())
    assert "Ada" in screen
    assert ASK_ABOUT_ALLERGIES in screen
    assert "E207" in screen
    assert "Flat white" not in screen
    for ask in (lambda: shop.why(who, "CROISSANT"), lambda: shop.desk.records.statements(who)):
        with pytest.raises(JournalDamaged):
            ask()


def test_undo_waits_for_what_is_still_being_written(counter: At, home: Path) -> None:
    with counter(0) as shop:
        card = shop.desk.visit.open("ada", "scan")
        shop.desk.visit.answer(card.visit_id, "CROISSANT", AnswerKind.NEVER).result(10)
        busy = other(home)
        busy.execute("BEGIN IMMEDIATE")
        pending = shop.desk.visit.answer(card.visit_id, "SCONE", AnswerKind.NEVER)
        with pytest.raises(ClerkError, match="Still saving"):
            shop.undo().result(10)
        busy.execute("ROLLBACK")
        busy.close()
        pending.result(10)
        assert len(shop.statements("ada")) == 2
        shop.undo().result(10)
        assert [one.words for one in shop.statements("ada") if "CROISSANT" in one.words]
        assert len(shop.statements("ada")) == 1


def test_a_journal_that_is_damaged_at_the_start_leaves_the_name_alone(counter: At, home: Path) -> None:
    (home / "journal.db").write_bytes(NOISE)
    with counter(0) as shop:
        assert_closed(shop)
        assert [one.code for one in shop.desk.status.now().warnings] == ["E207"]


def test_a_journal_that_is_damaged_meanwhile_leaves_the_name_alone_and_is_told_once(counter: At, home: Path) -> None:
    with counter(0) as shop:
        shop.visit("ada", ("CROISSANT", AnswerKind.NEVER))
        assert shop.card("ada").unread is None
        spoil(home)
        assert_closed(shop)
        assert_closed(shop)
        assert [one.code for one in shop.desk.status.now().warnings] == ["E207"]


def test_commands_show_the_name_alone_and_refuse_what_was_said(
    counter: At, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "journal.db").write_bytes(NOISE)
    assert main(["show", "ada", "--json", "--home", str(home)]) == Exit.STORE_DATA
    assert json.loads(capsys.readouterr().out)["unread"]["code"] == "E207"
    assert main(["statements", "ada", "--json", "--home", str(home)]) == Exit.STORE_DATA
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "E207"


def test_an_answer_on_the_disk_is_not_called_lost_when_its_card_cannot_be_made(
    counter: At, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with counter(0) as shop:
        card = shop.desk.visit.open("ada", "scan")
        shop.desk.visit.answer(card.visit_id, "CROISSANT", AnswerKind.NEVER).result(10)
        with monkeypatch.context() as broken:
            broken.setattr(shop.desk.pack._parts.cards, "card", _no_card)
            with pytest.raises(JournalDamaged, match=r"Recorded, but the screen .* Scan the card again\."):
                shop.desk.visit.answer(card.visit_id, "SCONE", AnswerKind.NEVER).result(10)
            assert len(shop.statements("ada")) == 2
            with pytest.raises(JournalDamaged, match="Recorded, but"):
                shop.undo().result(10)
        assert shop.undo().result(10) is not None, "the undo counts: the next one is of the answer before"
        assert shop.statements("ada") == ()


def _no_card(*_: object) -> None:
    raise JournalDamaged("The journal cannot be read.", "Run `clerk check`.")


@pytest.mark.parametrize("is_undone", [True, False])
def test_a_visit_whose_only_answer_was_taken_back_showed_nothing(counter: At, is_undone: bool) -> None:
    with counter(0) as shop:
        card = shop.desk.visit.open("ada", "scan")
        assert card.suggestions
        shop.desk.visit.drawn(card.visit_id)
        shop.desk.visit.answer(card.visit_id, "SCONE", AnswerKind.NEVER).result(10)
        if is_undone:
            shop.undo().result(10)
        shop.desk.visit.open("ben", "scan")
        assert ("ada" in shown(shop.desk)) is not is_undone


def shown(desk: Desk) -> set[str]:
    """Members whose suggestions counted as shown, once all that is being written is on the disk."""
    desk.records.append(desk.records.fact("cleo", "note", "likes the window seat")).result(10)
    return {event.member_id for event in desk.journal.now().events() if event.kind is EventKind.SHOWN}

"""`clerk export | forget | who` as a person runs them."""

from __future__ import annotations

import csv
import json
import os
import shutil
from pathlib import Path

import pytest

from clerk.cli import main
from clerk.clock import FixedClock, to_datetime
from clerk.desk.member_data.export import lines_csv
from clerk.desk.member_data.interest_list import InterestList, Wants
from clerk.journal import Journal
from clerk.model import EventKind
from clerk.privacy.wordings import VERSION
from clerk.report import Exit
from tests.privacy.people import ADA, EMAIL, NAME, PHONE, built, exports, holds, night
from tests.promises.corner import NOW

AT = to_datetime(NOW).isoformat()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("privacy-commands")
    return built(folder / "own", folder / "home")


@pytest.fixture
def home(shop: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(shop, tmp_path / "home"))


def run(home: Path, *words: str) -> int:
    """One command."""
    return main([words[0], "--home", str(home), "--at", AT, *words[1:]])


def test_an_export_holds_everything_and_is_on_record(home: Path, tmp_path: Path) -> None:
    assert run(home, "state", ADA, "note", "sits by the window") == 0
    assert run(home, "consent", ADA, "contact", "given") == 0
    assert run(home, "export", ADA, "--out", str(tmp_path / "out")) == 0
    text = (tmp_path / "out" / "everything.txt").read_text(encoding="utf-8")
    for words in (NAME, PHONE, EMAIL, "111222333", "sits by the window", "Contact me: agreed", "Flat white", "usual"):
        assert words in text
    document = json.loads((tmp_path / "out" / "everything.json").read_text(encoding="utf-8"))
    assert len(document["lines"]) == 12
    assert document["consents"]["now"] == {"remember": "given", "suggest": "given", "contact": "given"}
    assert document["consents"]["history"][-1]["wording"] == VERSION
    rows = list(csv.DictReader((tmp_path / "out" / "lines.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 12
    if os.name != "nt":
        assert (tmp_path / "out" / "everything.json").stat().st_mode & 0o077 == 0
    with Journal.open(home, FixedClock(NOW)) as journal:
        assert [e.payload["what"] for e in journal.events(kinds=[EventKind.ACCESS])] == ["exported"]


def test_an_export_as_json_is_one_document(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(home, "export", ADA, "--json") == 0
    assert json.loads(capsys.readouterr().out)["member"]["name"] == NAME


def test_no_cell_of_an_export_is_a_formula() -> None:
    line = {"line": "=1+1:1", "at": "2026", "sku": "@x", "item": "+SUM(A1)", "modifiers": ["-a"], "quantity": -1.0,
            "total_minor": -5, "currency": "EUR", "marks": ["\tx"]}  # fmt: skip
    row = next(iter(csv.DictReader(lines_csv({"lines": [line]}).splitlines())))
    assert all(row[name].startswith("'") for name in ("line", "sku", "item", "modifiers", "marks"))
    assert (row["quantity"], row["total_minor"]) == ("-1.0", "-5")


def test_forgetting_says_first_what_would_go_and_then_does_it(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(home, "forget", ADA, "--dry-run") == 0
    assert "12 line items" in capsys.readouterr().out
    assert run(home, "show", ADA) == 0
    assert run(home, "forget", ADA) == 0
    out = capsys.readouterr().out
    assert "Forgotten (all)" in out
    assert "copies that go by themselves" in out
    assert run(home, "show", ADA) == 1
    assert run(home, "forget", ADA) == 1
    assert run(home, "forget") == 2
    assert run(home, "check") in (0, 3)


def test_parts_and_the_expired_are_forgotten_by_their_options(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(home, "forget", ADA, "--purchases") == 0
    assert run(home, "forget", "--expired") == 1
    assert "nobody" in capsys.readouterr().out


def test_who_would_want_an_item_is_asked_of_the_willing_only(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(home, "interest", "CR") == 1
    assert "Nobody of 0 members" in capsys.readouterr().out
    assert run(home, "consent", ADA, "contact", "given") == 0
    assert run(home, "interest", "CR", "--json") in (0, 1)
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["looked_at"] == 1


def test_a_machine_alone_with_books_builds_without_the_member_at_once(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    exports(home / "inbox" / "shop")
    night(home)
    assert run(home, "forget", ADA, "--json") == 0
    current = home / "packs" / (home / "packs" / "CURRENT").read_text(encoding="ascii").strip()
    assert not holds(current, NAME, PHONE, EMAIL)
    assert not holds(home / "books", NAME, PHONE, EMAIL)
    assert run(home, "show", "m2") == 0


def accessed(home: Path) -> list[tuple[str, object]]:
    with Journal.open(home, FixedClock(NOW)) as journal:
        return [(e.member_id, e.payload["what"]) for e in journal.events(kinds=[EventKind.ACCESS])]


def test_whoever_is_listed_with_contact_details_is_on_record(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    named = (Wants(ADA, NAME, PHONE, EMAIL, "Buys it often", 0.5), Wants("b", "Bea", "1", "", "Buys it", 0.4))
    monkeypatch.setattr(InterestList, "of", lambda *_: (named, 2))
    assert run(home, "interest", "CR", "--limit", "1") == 0
    assert accessed(home) == [(ADA, "contact asked")]
    capsys.readouterr()
    assert run(home, "audit", "--member", ADA) == 0
    assert "listed with contact details for CR" in capsys.readouterr().out


def test_a_look_at_a_members_screen_is_on_record(home: Path) -> None:
    assert run(home, "show", ADA) == 0
    assert accessed(home) == [(ADA, "opened")]


def test_a_name_is_shown_though_the_journal_cannot_be_opened_and_that_is_no_success(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "journal.db").unlink(missing_ok=True)
    (home / "journal.db").mkdir()
    assert run(home, "show", ADA) == Exit.STORE_DATA
    told = capsys.readouterr()
    assert NAME in told.out
    assert "E206" in told.err


def test_the_exact_id_of_the_forgotten_says_so_and_no_other_text_does(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(home, "forget", ADA) == 0
    out = capsys.readouterr().out
    assert "deleted: 1 member\n" in out
    # The pack has them until it is made anew.
    assert "deleted: 1 card" not in out
    assert "out of use at once: 1 card\n" in out
    assert f"this receipt is kept in {home / 'receipts'}" in out
    for who, code in ((ADA, "E233"), ("zzzzzz", "E220"), (f"{ADA}77", "E220")):
        assert run(home, "show", who) == 1
        assert code in capsys.readouterr().err


def test_who_forgets_notes_deletes_no_member(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(home, "state", ADA, "note", "sits by the window") == 0
    assert run(home, "forget", ADA, "--notes") == 0
    out = capsys.readouterr().out
    assert "deleted: 1 thing said, emptied in the journal" in out
    assert "member\n" not in out
    assert "deleted: 1 member" not in out

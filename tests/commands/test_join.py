"""`clerk join`: enrolled at this counter, without a network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clerk.cards.code import encode
from clerk.cli import main
from clerk.privacy.wordings import WORDS as WORDINGS
from clerk.report import Exit

BLANK = encode(b"blank-card")


def run(home: Path, capsys: pytest.CaptureFixture[str], *words: str, code: int = Exit.OK) -> Any:
    exited = main([*words, "--home", str(home), "--json"])
    out = capsys.readouterr().out
    assert exited == code, out
    return json.loads(out)


def test_who_joins_is_opened_by_card_id_name_and_phone(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    joined = run(home, capsys, "join", "Nora Ünal", "--phone", "0660 1239876", "--card", BLANK)
    assert joined["code"] == BLANK
    for who in (BLANK, joined["member_id"], "nora unal", "9876"):
        assert run(home, capsys, "show", who)["member"]["name"] == "Nora Ünal"
    assert [hit["member_id"] for hit in run(home, capsys, "find", "nora")["hits"]] == [joined["member_id"]]
    run(home, capsys, "consent", joined["member_id"], "contact", "given")
    assert "contact" in run(home, capsys, "show", BLANK)["consents"]["allowed"]


def test_joining_says_what_to_read_out(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(home, capsys, "join", "Nora")["read_out"] == {str(one): words for one, words in WORDINGS.items()}
    assert main(["join", "Nora", "--home", str(home)]) == Exit.OK
    out = capsys.readouterr().out
    assert all(words in out for words in WORDINGS.values())


def test_a_card_that_was_handed_out_is_refused_and_nobody_is_enrolled(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(home, capsys, "join", "Nora", "--card", BLANK)
    assert run(home, capsys, "join", "Emil", "--card", BLANK, code=Exit.NOTHING_FOUND)["error"]["code"] == "E224"
    assert run(home, capsys, "join", "Emil", "--card", BLANK[:9], code=Exit.NOTHING_FOUND)["error"]["code"] == "E223"
    assert run(home, capsys, "join", " ", code=Exit.USAGE)["error"]["code"] == "E226"
    assert run(home, capsys, "find", "emil", code=Exit.NOTHING_FOUND)["hits"] == []


def test_a_dry_run_enrols_nobody(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(home, capsys, "join", "Nora", "--dry-run")["would_record"]["payload"]["name"] == "Nora"
    assert run(home, capsys, "find", "nora", code=Exit.NOTHING_FOUND)["hits"] == []


def test_the_same_name_and_phone_are_not_enrolled_twice_unless_it_is_said(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = run(home, capsys, "join", "Nora Ünal", "--phone", "0660 1239876")
    again = run(home, capsys, "join", "nora ünal", "--phone", "+43 660 123 98 76", code=Exit.USAGE)["error"]
    assert again["code"] == "E227"
    assert first["member_id"] in again["what"]
    assert "--anyway" in again["remedy"]
    assert len(run(home, capsys, "find", "nora")["hits"]) == 1
    run(home, capsys, "join", "Nora Ünal", "--phone", "0660 1239876", "--anyway")
    assert len(run(home, capsys, "find", "nora")["hits"]) == 2


def test_a_family_with_one_phone_and_two_of_one_name_are_enrolled(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(home, capsys, "join", "Nora Ünal", "--phone", "0660 1239876", "--email", "nora@example.org")
    run(home, capsys, "join", "Emil Ünal", "--phone", "0660 1239876")
    run(home, capsys, "join", "Nora Ünal", "--phone", "0664 5550001")
    run(home, capsys, "join", "Nora Ünal")
    run(home, capsys, "join", "Nora Ünal", "--email", "Nora@example.org", code=Exit.USAGE)

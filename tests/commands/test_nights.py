"""`clerk nights` and the exchange lines of `clerk check`: text, JSON, exit codes; nothing is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clerk.cli import main
from clerk.clock import parse_at
from clerk.commands.check import _exchange
from clerk.nights.report import FileReport, NightReport
from clerk.report import Exit

AT = ["--at", "2026-11-22T08:00"]


def report(home: Path, outcome: str) -> None:
    at = parse_at("2026-11-22T03:30")
    error = {"code": "E210", "what": "Too much is bad.", "remedy": "Correct it."}
    files = [FileReport("orders\x1b[2J.csv", "Shopify orders", 40, 38, 0, {"no date": 2})]
    told = NightReport("20261122T033000", at, at + 40, outcome=outcome, files=files)
    told.error = error if outcome == "failed" else None
    told.save(home)


def test_before_the_first_night_it_says_what_to_do_and_makes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["nights", "--home", str(tmp_path), *AT]) == Exit.NOTHING_FOUND
    assert f"no night yet: put exports into {tmp_path}/inbox" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        ("installed", Exit.OK), ("nothing new", Exit.OK), ("failed", Exit.STORE_DATA),
        ("kept last night's", Exit.STORE_DATA),
    ],
)  # fmt: skip
def test_the_exit_code_says_whether_the_night_brought_what_it_should(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], outcome: str, code: Exit
) -> None:
    report(tmp_path, outcome)
    assert main(["nights", "--home", str(tmp_path), *AT]) == code
    told = capsys.readouterr().out
    assert f"last night: 22 Nov 2026 03:30, 40 s: {outcome}" in told
    assert "38 of 40 rows, 2 set aside" in told
    assert ("E210 Too much is bad. Correct it." in told) == (outcome == "failed")
    assert "\x1b" not in told


def test_the_same_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report(tmp_path, "failed")
    main(["nights", "--home", str(tmp_path), "--json", *AT])
    told = json.loads(capsys.readouterr().out)
    assert told["nights"]["last"]["error"]["code"] == "E210"
    assert told["nights"]["whole"] is True
    assert told["failed"].startswith("Last night, 03:30 today,")


def test_a_damaged_journal_is_told_and_the_rest_still_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report(tmp_path, "installed")
    (tmp_path / "journal.db").write_bytes(b"no database at all" * 99)
    assert main(["nights", "--home", str(tmp_path), *AT]) == Exit.STORE_DATA
    told = capsys.readouterr().out
    assert told.count("E207") == 1
    assert "last night" in told


def test_check_says_with_whom_this_machine_exchanges(tmp_path: Path) -> None:
    assert _exchange(tmp_path, 0) == {"exchange": "none: this machine works alone"}
    (tmp_path / "settings.toml").write_text(f'[exchange]\nrole = "device"\nplace = "{tmp_path}/stick"\n')
    rows = _exchange(tmp_path, 0)
    assert "E302" in rows["exchange"]
    assert "its exchange location is not there now" in rows["exchange"]
    assert rows["office"] == "nothing was ever fetched"
    (tmp_path / "stick").mkdir()
    assert "its exchange location is there" in _exchange(tmp_path, 0)["exchange"]

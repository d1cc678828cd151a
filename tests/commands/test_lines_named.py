"""Lines can be named from what `clerk show` prints, and a strike says what it is about."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clerk.cli import main
from clerk.report import Exit

AT = "2026-02-01"


def printed(capsys: pytest.CaptureFixture[str], home: Path, *words: str) -> str:
    assert main([*words, "--home", str(home), "--at", AT]) == Exit.OK
    return capsys.readouterr().out


def test_show_prints_the_references_that_mark_takes(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = printed(capsys, home, "show", "m1", "--lines").partition("by reference:")[2]
    row = next(row for row in table.splitlines() if "Croissant (CR)" in row)
    assert "2 × Croissant" in row
    assert "recorded" in printed(capsys, home, "mark", "m1", row.split()[0], "gift")
    assert "[gift]" in printed(capsys, home, "show", "m1", "--lines")


def test_show_keeps_references_to_itself_unless_asked(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "by reference" not in printed(capsys, home, "show", "m1")
    assert json.loads(printed(capsys, home, "show", "m1", "--lines", "--json"))["history"]


@pytest.mark.parametrize(
    ("named", "said"),
    [
        (["--item", "FW"], "FW (2 lines)"),
        (["--item", "OL"], "OL (0 lines: never bought here)"),
        (["--category", "drinks"], "drinks (2 lines)"),
        (["--since", "2026-01-02"], "2026-01-02 to 2026-01-02 (2 lines)"),
        (["--since", "2025-01-01"], "(0 lines: nothing bought then)"),
    ],
)
def test_a_strike_says_how_many_lines_it_strikes(
    home: Path, named: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said in printed(capsys, home, "strike", "m1", *named)


@pytest.mark.parametrize(
    "named", [["--since", "2026-01-05", "--until", "2026-01-02"], ["--item", "FW", "--until", "2026-01-02"]]
)
def test_a_period_that_cannot_be_is_refused(home: Path, named: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["strike", "m1", *named, "--home", str(home), "--at", AT]) == Exit.USAGE
    assert "E501" in capsys.readouterr().err

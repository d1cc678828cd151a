"""Hostile names, notes and descriptions on every screen of a real terminal: no raw control byte of theirs, no crash."""

from __future__ import annotations

import re
import sys
import unicodedata
from pathlib import Path

import pytest

from tests.hostile.texts import MARK
from tests.proof import record_proof, rounds
from tests.terminal import Terminal, on_a_terminal
from tests.ui.fake_desk import HOSTILE_CODE

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")

_COLOUR = r"(?:[0-47]|[34]8;2;\d+;\d+;\d+)"
OWN = re.compile(
    rf"\x1b\[(?:\d+;\d+H|H|\?\d+[hl]|[<>]\d*u|=\d+(?:;\d+)?u|"
    rf"\?\d+\$p|\?u|>4;\d+m|c|2J|3J|K|m|{_COLOUR}(?:;{_COLOUR})*m)"
    r"|\x1b\]22;[a-z-]*(?:\x1b\\|\x07)|\r?\n"
)
"""What Textual says to a terminal by itself, and nothing else."""

WALK: tuple[bytes, ...] = (
    HOSTILE_CODE.encode() + b"\r", b"\r", b"\x1b", b"\x1bOP", b"\x1b", b"\x1b[6~", b"\x1b[23~", b"\x1b", b"\x0c",
    b"\x1b", b"\x12", b"\x1b", b"\x0e", b"\r", b"\x1b", b"\x1b[B", b"\r", b"\x1b", b"\x1b", b"\x04", b"\x1b",
    b"\x0f", b"\x1b", b"\x05", b"\x1b", b"0042\r", b"\x1b", b"\x1bOQ", b"b", b"\x1b[B", b"\x1b", b"\x1bOR", b"f",
    b"\r", b"\x1b", b"\x14", b"\x10", b"\x1b",
)  # fmt: skip
"""Keys over every screen: member, why, help, a past line, said, prep, scorecard, nights and its rows, contact, note,
enrolment, several members, find, item,
theme, palette."""


def raw_in(out: bytes) -> list[str]:
    """Characters on the terminal that are no text and not Textual's own words."""
    text = OWN.sub("", out.decode("utf-8", "backslashreplace"))
    return [
        f"{text[max(0, at - 30) : at + 30]!r}"
        for at, letter in enumerate(text)
        if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    ]


def _walk(terminal: Terminal, keys: tuple[bytes, ...]) -> None:
    for key in keys:
        terminal.send(key)
        found = raw_in(terminal.read_until(quiet_s=0.06) if terminal.process.poll() is None else b"")
        assert not found, (key, found[:3])
        assert terminal.process.poll() is None, (key, terminal.out[-1500:])
        terminal.out = terminal.out[-200_000:]


@pytest.mark.slow
def test_no_screen_lets_a_name_speak_to_the_terminal(
    project: Path, clean_environment: dict[str, str], tmp_path: Path
) -> None:
    many, told = rounds(200, 10_000), tmp_path / "given"
    environment = {**clean_environment, "COLORTERM": "truecolor"}
    with on_a_terminal(project, environment, "tests.hostile.desk", "11", str(told)) as terminal:
        assert not raw_in(terminal.read_until(b"F4"))
        while int(told.read_text() if told.exists() else 0) < many:
            _walk(terminal, WALK)
        assert MARK.encode() in terminal.out, "nothing hostile was drawn at all"
    record_proof("hostile names on every screen", int(told.read_text()))


def test_the_sign_in_screen_lets_no_name_speak_to_the_terminal(
    project: Path, clean_environment: dict[str, str], tmp_path: Path
) -> None:
    for seed in range(rounds(2, 60)):
        arguments = ("tests.hostile.desk", str(seed), str(tmp_path / "given"), "sign-in")
        with on_a_terminal(project, {**clean_environment, "COLORTERM": "truecolor"}, *arguments) as terminal:
            assert not raw_in(terminal.read_until(MARK.encode()))
            _walk(terminal, (b"\x1b[B", b"\r", b"1", b"\x1b"))

"""Names, notes and descriptions that try to steer the terminal reach no terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from fcntl import ioctl
from pathlib import Path
from time import monotonic

import pytest
from rich.segment import Segment
from textual.color import Color

from clerk.ui.drawing.glass import PlainTextOnly
from clerk.ui.drawing.lines import outside
from tests.glass import counter
from tests.ui.fake_desk import HOSTILE_CODE, FakeDesk
from tests.ui.people import HOSTILE
from tests.ui.shop_lists import HOSTILE_AGREEMENTS, HOSTILE_PREP, HOSTILE_SAID, HOSTILE_SCORECARD

RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Characters that steer a terminal or hide text; rows are separated by newlines."""

WALK = [[], ["enter"], ["escape", "f1"], ["escape", "pagedown", "enter"], ["enter"], ["f2"], ["f3"]]
"""Keys that lead over every screen after the hostile card is scanned."""


async def test_no_screen_paints_a_raw_control_character() -> None:
    async with counter() as glass:
        await glass.scan(HOSTILE_CODE)
        for keys in WALK:
            await glass.press(*keys)
            assert not RAW.search(glass.text), glass.app.counter.front.view.name
        await glass.type("b")
        assert not RAW.search(glass.text)
        assert glass.app.is_running


async def test_the_lists_of_the_shop_and_of_what_was_said_paint_no_raw_control_character() -> None:
    desk = FakeDesk()
    desk.statements, desk.prep_list, desk.score = list(HOSTILE_SAID), HOSTILE_PREP, HOSTILE_SCORECARD
    desk.agreed = list(HOSTILE_AGREEMENTS)
    async with counter(desk) as glass:
        await glass.scan(HOSTILE_CODE)
        for keys, words in (
            (("ctrl+g", "ctrl+g"), "^G again"),
            (("escape", "f11", "ctrl+z"), "^Z again"),
            (("escape", "enter", "down", "f9"), "◂ gift ▸"),
            (("ctrl+l",), "members expected"),
            (("ctrl+r",), "Kept back"),
        ):
            await glass.press(*keys)
            await glass.see(words)
            assert not RAW.search(glass.text), words
            assert glass.has("Bob")


async def test_markup_in_a_name_is_text() -> None:
    async with counter() as glass:
        await glass.press("f2")
        await glass.type("bob")
        assert glass.has("[/][@click=app.quit]Bob[/]")


def test_three_hundred_combining_marks_become_two() -> None:
    assert sum(letter == "\u0301" for letter in outside("e\u0301" + "\u0301" * 300)) <= 2


def test_the_last_guard_replaces_what_any_widget_lets_through() -> None:
    kept = PlainTextOnly().apply([Segment(HOSTILE), Segment("plain")], Color(0, 0, 0))
    assert not RAW.search("".join(segment.text for segment in kept))
    assert kept[1].text == "plain"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_real_terminal_receives_no_hostile_byte(project: Path, clean_environment: dict[str, str]) -> None:
    """The whole way: a process on a pty, the hostile card scanned, every byte it writes looked at."""
    out = walk_on_a_terminal(project, clean_environment)
    assert b"Bob" in out
    for attack in (b"\x1b]52", b"\x1b[2Jgnp", b"\x9b", "\u202e".encode(), "\u2066".encode(), "\x9b".encode()):
        assert attack not in out


def walk_on_a_terminal(project: Path, environment: dict[str, str]) -> bytes:
    """Starts the counter on a pty, scans the hostile card, walks the screens; returns everything it wrote."""
    main, worker = pty.openpty()
    ioctl(worker, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.ui.try_counter"],
        stdin=worker,
        stdout=worker,
        stderr=worker,
        cwd=project,
        env={**environment, "TERM": "xterm-256color"},
        close_fds=True,
    )
    os.close(worker)
    out = b""
    try:
        for keys, until in (
            (b"", b"F4"),
            (HOSTILE_CODE.encode() + b"\r", b"F10"),
            (b"\r", b"Gates"),
            (b"\x1bOP", b"Good to know|rows"),
            (b"\x1bOQ", b"Type part"),
            (b"b", b"Found"),
        ):
            os.write(main, keys)
            out += _read_until(main, until)
    finally:
        process.kill()
        process.wait()
        os.close(main)
    return out


def _read_until(main: int, wanted: bytes) -> bytes:
    """What is written up to these words and until it is quiet: a key right behind a scan belongs to the scan."""
    deadline, out = monotonic() + 20, b""
    while not any(word in out for word in wanted.split(b"|")):
        assert monotonic() < deadline, f"never wrote {wanted!r}: {out[-2000:]!r}"
        if select.select([main], [], [], 0.2)[0]:
            out += os.read(main, 65536)
    while select.select([main], [], [], 0.1)[0]:
        out += os.read(main, 65536)
    return out

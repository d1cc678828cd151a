"""What a scanner says in a terminal's own language changes nothing for what comes after it."""

from __future__ import annotations

from textual import events
from textual._xterm_parser import XTermParser
from textual.message import Message

from clerk.ui.counter.app import CounterApp
from clerk.ui.input.terminal import PASTE_S, CalmDriver, CalmParser
from clerk.ui.kiosk.app import KioskApp
from tests.ui.fake_desk import FakeDesk


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def _typed(messages: list[Message]) -> str:
    return "".join(message.character or "" for message in messages if isinstance(message, events.Key))


def test_a_paste_that_never_ends_ends_by_itself_and_the_next_scan_is_keys() -> None:
    clock = Clock()
    parser = CalmParser(now=clock)
    found = list(parser.feed("\x1b[20")) + list(parser.feed("0~NEVER ENDS"))
    clock.now += PASTE_S / 2
    assert [message for message in [*found, *parser.tick()] if isinstance(message, events.Paste)] == []
    clock.now += PASTE_S
    list(parser.tick())
    assert _typed(list(parser.feed("BCDF\r"))) == "BCDF\r"
    stuck = XTermParser()
    assert _typed([*stuck.feed("\x1b[200~NEVER ENDS"), *stuck.feed("BCDF\r")]) == "", "Textual has learned it: go back"


def test_a_real_paste_comes_whole() -> None:
    parser = CalmParser()
    found = [*parser.feed("\x1b[200~love"), *parser.feed("lace\x1b[201~"), *parser.feed("x")]
    assert [message.text for message in found if isinstance(message, events.Paste)] == ["lovelace"]
    assert _typed(found) == "x"


def test_only_a_size_that_the_terminal_has_is_believed() -> None:
    parser = CalmParser(size=lambda: (80, 24))
    assert not [m for m in parser.feed("\x1b[48;1;1;1;1t") if isinstance(m, events.Resize)]
    assert (parser.terminal_size, parser.mouse_pixels) == (None, False)
    real = [m for m in parser.feed("\x1b[48;24;80;480;800t") if isinstance(m, events.Resize)]
    assert [tuple(m.size) for m in real] == [(80, 24)]


def test_both_screens_read_their_terminal_so() -> None:
    for app in (CounterApp(FakeDesk), KioskApp(FakeDesk)):  # type: ignore[arg-type]
        assert app.driver_class.__name__ in ("CalmDriver", "WindowsDriver", "HeadlessDriver")
        assert app.get_driver_class() is CalmDriver

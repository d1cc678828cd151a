"""Textual's driver and parser for a terminal with three doors closed that a printed code could go through.

A scanner that sends control characters can say whatever a terminal says. `ESC[200~` without its end made everything
that followed part of a paste that never comes; a made-up report of the window's size redrew the screen for it; a byte
that is no UTF-8 ended the app. `tests/hostile/test_terminal.py` watches the names of Textual 8.2.8 used here.
"""

from __future__ import annotations

import codecs
import os
import selectors
from collections.abc import Callable, Iterable
from time import monotonic

from textual import events
from textual._parser import ParseEOF, ParseError
from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

PASTE_S = 1.0
"""A paste that goes on for this long without a byte has ended."""

_WAIT_S = 0.1
_READ = 4096


class CalmParser(XTermParser):
    """Events of a terminal, where nothing that was scanned holds up what comes after it.

    Args:
        size: the terminal's real columns and rows, or None where it cannot be asked.
        now: seconds that never go back.
    """

    def __init__(
        self, size: Callable[[], tuple[int, int] | None] = lambda: None, now: Callable[[], float] = monotonic
    ) -> None:
        super().__init__()
        self._size = size
        self._now = now
        self._tail = ""
        self._pasting = False
        self._fed_at = now()

    def feed(self, data: str) -> Iterable[Message]:
        """Events in what arrived."""
        self._fed_at = self._now()
        seen = self._tail + data
        began, ended = seen.rfind(BRACKETED_PASTE_START), seen.rfind(BRACKETED_PASTE_END)
        if began != ended:
            self._pasting = began > ended
        self._tail = seen[-len(BRACKETED_PASTE_START) + 1 :]
        known = (self.terminal_size, self.terminal_pixel_size, self.mouse_pixels)
        for message in super().feed(data):
            if isinstance(message, events.Resize) and tuple(message.size) != self._size():
                self.terminal_size, self.terminal_pixel_size, self.mouse_pixels = known
                continue
            yield message

    def tick(self) -> Iterable[Message]:
        """Events that come of waiting."""
        yield from super().tick()
        if self._pasting and self._now() - self._fed_at > PASTE_S:
            yield from self.feed(BRACKETED_PASTE_END)


class CalmDriver(LinuxDriver):
    """The driver of every terminal but Windows'."""

    def run_input_thread(self) -> None:
        """Reads until the app ends; as Textual's own, with the parser above and letters that cannot be as `�`."""
        parser = CalmParser(self._real_size)
        decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(_WAIT_S):
                    data = os.read(self.fileno, _READ)
                    if not data:
                        # Standard input is a pipe that has ended.
                        self.exit_event.wait(_WAIT_S)
                    elif text := decode(data):
                        self._handle(parser.feed(text))
                self._handle(parser.tick())
        try:
            self._handle(parser.feed(""))
        except (EOFError, ParseEOF, ParseError):
            return

    def _handle(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.process_message(message)

    def _real_size(self) -> tuple[int, int] | None:
        try:
            columns, rows = os.get_terminal_size(self.fileno)
            return columns, rows
        except OSError:
            return None

"""The private names of Textual 8.2.8 that Clerk needs, in one place; tests/hostile and tests/kiosk watch them.

`App._fatal_error` prints the traceback with local variables: names and phone numbers of members in a terminal's
scrollback. Here a crash shows a reference instead: which line failed and of what kind, nothing a member said.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from rich.cells import cached_cell_len
from rich.segment import Segment, Segments
from textual.app import App
from textual.driver import Driver

from clerk.crash import crash_text


class QuietCrash(App[None]):
    """An app whose crash screen names no member."""

    def get_driver_class(self) -> type[Driver]:
        """The terminal's own driver is replaced by ours; a browser's or a chosen one stays."""
        chosen = super().get_driver_class()
        if chosen.__name__ != "LinuxDriver":
            return chosen
        from clerk.ui.input.terminal import CalmDriver

        return CalmDriver

    def run_apart(self, work: Callable[[], object], name: str) -> None:
        """Runs work on a thread of its own; it catches its errors itself, and tells what came of it by a message.

        Args:
            work: what is done.
            name: what Textual calls it. Left to itself it would write the arguments into its log, members among them.
        """
        self.run_worker(work, thread=True, group=name, name=name, description=name, exit_on_error=False)

    def _fatal_error(self) -> None:
        """Leaves a reference on the terminal instead of the traceback with locals."""
        self.bell()
        self._exit_renderables.append(Segments([Segment(crash_text(sys.exc_info()[1]))]))
        self._close_messages_no_wait()


CLEAR_ALL = "\x1b[H\x1b[2J\x1b[3J"
"""Cursor home, screen erased, scroll-back erased (ECMA-48 ED, xterm's ED 3)."""

NO_KEYBOARD_PROTOCOL = "\x1b[<u"
"""Back to the keyboard as it was before (kitty's protocol, as Textual writes it at its own end)."""


def wipe_terminal(app: App[None]) -> None:
    """Erases the terminal with its scroll-back, drops rows that Textual keeps, and has everything painted anew."""
    if app._driver is not None and not app.is_headless:
        app._driver.write(CLEAR_ALL)
    cached_cell_len.cache_clear()
    app.screen.refresh()


def leave_terminal(app: App[None]) -> None:
    """Stops writing to the terminal, after all that was painted; the terminal stays as it is for the next process."""
    if app._driver is not None and not app.is_headless:
        # The keyboard's protocol is asked for by each process; a terminal remembers only a few of them.
        app._driver.write(NO_KEYBOARD_PROTOCOL)
        app._driver.close()

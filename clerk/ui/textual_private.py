"""The private names of Textual 8.2.8 that Clerk needs, in one place; tests/ui/test_crash.py and tests/kiosk watch them.

`App._fatal_error` prints the traceback with local variables: names and phone numbers of members in a terminal's
scrollback. Here a crash shows a reference instead: which line failed and of what kind, nothing a member said.
"""

from __future__ import annotations

import hashlib
import sys
import traceback
from pathlib import PurePath
from types import TracebackType

from rich.cells import cached_cell_len
from rich.segment import Segment, Segments
from textual.app import App


class QuietCrash(App[None]):
    """An app whose crash screen names no member."""

    def _fatal_error(self) -> None:
        """Leaves a reference on the terminal instead of the traceback with locals."""
        self.bell()
        kind, _, trace = sys.exc_info()
        text = crash_text(kind, trace)
        self._exit_renderables.append(Segments([Segment(text)]))
        self._close_messages_no_wait()


CLEAR_ALL = "\x1b[H\x1b[2J\x1b[3J"
"""Cursor home, screen erased, scroll-back erased (ECMA-48 ED, xterm's ED 3)."""


def wipe_terminal(app: App[None]) -> None:
    """Erases the terminal with its scroll-back, drops rows that Textual keeps, and has everything painted anew."""
    if app._driver is not None and not app.is_headless:
        app._driver.write(CLEAR_ALL)
    cached_cell_len.cache_clear()
    app.screen.refresh()


def crash_text(kind: type[BaseException] | None, trace: TracebackType | None) -> str:
    """What the terminal shows after a crash: a short reference and the last places in the code, no values."""
    places = [f"{PurePath(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(trace)]
    name = kind.__name__ if kind else "unknown"
    reference = hashlib.sha256(" ".join([name, *places]).encode()).hexdigest()[:8]
    # Rows of at most 79 columns: the terminal gets them as they are, and a longer one would be cut.
    return (
        f"Clerk stopped. Reference {reference}: {name}\n"
        f"at {' < '.join(reversed(places[-2:])) or 'start'}\n"
        'Everything that showed "recorded" is kept. Open the counter again with\n'
        "`clerk open`. If it stops again, run `clerk check` and pass the reference on.\n"
    )

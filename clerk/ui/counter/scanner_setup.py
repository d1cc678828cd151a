"""The scanner set-up page: shows a known card to scan, and says whether the scanner is set up right.

Everything that arrives is data: no key does anything here but Esc, Ctrl+C and an Enter on its own, which end the page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from time import monotonic

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.filter import LineFilter
from textual.timer import Timer
from textual.widgets import Static

from clerk.text import printable
from clerk.ui.drawing.glass import PlainTextOnly
from clerk.ui.input.textual_private import QuietCrash

QUIET_S = 0.6
"""Without a key for so long, a scan that no key ended is over; the slowest radio scanners pause for a third of it."""

LONGEST = 512
"""Characters of one scan that are kept."""

Judge = Callable[[str, str, list[float]], tuple[bool, str, str]]
"""What arrived, the key that ended it, milliseconds between keys: fine or not, what it is, what to do."""


def open_page(rows: Sequence[str], letters: str, judge: Judge) -> bool:
    """Runs the page on this terminal; whether the last scan was fine."""
    page = ScannerPage(rows, letters, judge)
    page.run(mouse=False)
    return page.fine


class ScannerPage(QuietCrash, inherit_bindings=False):
    """The page.

    Args:
        rows: of the known card, half blocks.
        letters: of the same card, as printed below it.
        judge: says what a scan means.
        clock: seconds, for the gaps between keys.
        quiet_s: without a key for so long, a scan is over.
    """

    CSS = """
    Screen { layout: vertical; overflow: hidden; background: $background; }
    #card { width: 35; height: 17; padding: 0 1; background: white; color: black; }
    #letters { margin: 0 1; }
    #told { margin: 0 1; height: 1fr; }
    """
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False

    def __init__(
        self,
        rows: Sequence[str],
        letters: str,
        judge: Judge,
        clock: Callable[[], float] = monotonic,
        quiet_s: float = QUIET_S,
    ) -> None:
        super().__init__()
        self._rows, self._letters, self._judge, self._clock = rows, letters, judge, clock
        self._quiet_s = quiet_s
        self._keys: list[str] = []
        self._at: list[float] = []
        self._waiting: Timer | None = None
        self.scans = 0
        self.fine = False
        """Whether the last scan was."""

    def get_line_filters(self) -> Sequence[LineFilter]:
        """No terminal control gets through, whatever was scanned."""
        return [*super().get_line_filters(), PlainTextOnly()]

    def compose(self) -> ComposeResult:
        """The card, its letters, and the verdict below."""
        yield Static(Content("\n".join(self._rows)), id="card", markup=False)
        yield Static(Content(self._letters), id="letters", markup=False)
        yield Static(Content("Scan this card. Nothing is recorded. Esc ends."), id="told", markup=False)

    async def on_event(self, event: events.Event) -> None:
        """Keys and pastes are a scan; nothing else is listened to."""
        if isinstance(event, events.Key):
            event.stop()
            self._key(event)
        elif isinstance(event, events.Paste):
            event.stop()
            for letter in event.text[:LONGEST]:
                self._end("enter") if letter in "\r\n" else self._end("tab") if letter == "\t" else self._take(letter)
        elif not isinstance(event, events.MouseEvent):
            await super().on_event(event)

    def _key(self, event: events.Key) -> None:
        if event.key in ("enter", "ctrl+j", "tab"):
            if not self._keys and event.key == "enter":
                self.exit()
            self._end("tab" if event.key == "tab" else "enter")
        elif event.key in ("escape", "ctrl+c") and not self._keys:
            self.exit()
        elif event.character is not None and event.character.isprintable():
            self._take(event.character)

    def _take(self, letter: str) -> None:
        if len(self._keys) < LONGEST:
            self._keys.append(letter)
            self._at.append(self._clock())
        if self._waiting is not None:
            self._waiting.stop()
        self._waiting = self.set_timer(self._quiet_s, partial(self._end, ""))

    def _end(self, suffix: str) -> None:
        """A scan is over."""
        if self._waiting is not None:
            self._waiting.stop()
            self._waiting = None
        if not self._keys:
            return
        gaps = [1000 * (after - before) for before, after in zip(self._at, self._at[1:], strict=False)]
        self.fine, says, remedy = self._judge("".join(self._keys), suffix, gaps)
        self._keys, self._at = [], []
        self.scans += 1
        sign = "✓" if self.fine else "✗"
        words = f"Scan {self.scans}: {sign} {says}\n{remedy}\nScan again, or Esc to end."
        self.query_one("#told", Static).update(Content("\n".join(map(printable, words.splitlines()))))

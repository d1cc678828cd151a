"""The kiosk's Textual shell: an allow-list of keys, taps that we hit-test ourselves, and no way to anything else.

No binding, no action, no palette, no focus, no selection: every key, tap and paste stops here and only digits, Enter,
Backspace, Escape and whole scans mean anything. The end of a visit drops the page, the key buffers and every cached
row, clears the terminal with its scroll-back, and paints anew.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.filter import LineFilter
from textual.message import Message

from clerk.errors import ClerkError
from clerk.text import clean
from clerk.ui.drawing.glass import Glass, PlainTextOnly
from clerk.ui.drawing.lines import Line
from clerk.ui.drawing.theme import DARK, LIGHT, PALETTES, styles, textual_theme
from clerk.ui.input.codes import is_code_like, looks_whole
from clerk.ui.input.scan_or_typing import BURST_GAP_S, SETTLE_S, Burst, KeyReader, Stroke, Typed
from clerk.ui.input.textual_private import QuietCrash, leave_terminal, wipe_terminal
from clerk.ui.kiosk.kiosk import Kiosk, Work
from clerk.ui.kiosk.page import draw
from clerk.ui.kiosk.pages import warning

if TYPE_CHECKING:
    from clerk.desk.kiosk.session import KioskDesk
    from clerk.model.kiosk import HandedOver

KEYS = {
    **dict.fromkeys("1234567", "The button with this number; where digits are asked for, the digit."),
    "8": "Back, where the page has that button; where digits are asked for, the digit.",
    "9": "Where digits are asked for, the digit.",
    "0": "I'm done: the screen forgets the member at once; where digits are asked for, the digit.",
    "enter": "I'm done; where digits are asked for, OK.",
    "escape": "Back.",
    "backspace": "Back; where digits are asked for, takes the last one away.",
}
"""Every key that means anything -> what it does, for the reference."""

REPLY_S = 0.6
"""A try at the second factor is answered after this time, whatever the answer is."""

NOTICE_S = 8.0
"""How long a refusal or a goodbye stays."""

SCAN_REST_S = 1.0
"""An Enter this soon after a scan is the scanner's second suffix, not the member's."""

TICK_S = 0.25
NEWER_S = 30.0
"""How often it is looked whether a night brought newer data, while nobody is here."""

PASTE_LONGEST = 512


class WentQuiet(Message):
    """No key came for a moment."""


class Came(Message):
    """Work is done, or failed."""

    def __init__(self, work: Work, result: object, error: Exception | None) -> None:
        super().__init__()
        self.work, self.result, self.error = work, result, error


class KioskApp(QuietCrash, inherit_bindings=False):
    """The kiosk.

    Args:
        open_desk: opens the store data; called once, after the first frame.
        theme: `clerk-dark` or `clerk-light`.
        gap_s: longest gap between two keys of a scanner.
        tick: seconds that never go back.
        reply_s: when a try at the second factor is answered.
        settle_s: how long a burst without its Enter is held.
        hand_over: ends this process and lets a fresh one go on, after a visit; without it this one goes on.
    """

    CSS = "Screen { overflow: hidden; background: $background; } Glass { width: 100%; height: 100%; }"
    TITLE = "Clerk"
    ALLOW_SELECT = False
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        open_desk: Callable[[], KioskDesk],
        theme: str = LIGHT.name,
        gap_s: float = BURST_GAP_S,
        tick: Callable[[], float] = monotonic,
        reply_s: float = REPLY_S,
        settle_s: float = SETTLE_S,
        hand_over: Callable[[HandedOver], None] | None = None,
    ) -> None:
        super().__init__()
        for palette in PALETTES.values():
            self.register_theme(textual_theme(palette))
        self.theme = theme if theme in PALETTES else DARK.name
        self.kiosk = Kiosk()
        self._open_desk = open_desk
        self._gap_s = gap_s
        self._now = tick
        self._reply_s = reply_s
        self._settle_s = settle_s
        self._hand_over = hand_over
        self._at_work = 0
        self._reader = self._fresh_reader()
        self._look: asyncio.TimerHandle | None = None
        self._touched_at = tick()
        self._scanned_at = float("-inf")
        self._newer_at = tick()
        self._note = ""
        self._is_warning = False
        self._plain = PlainTextOnly()
        self._glass = Glass(self._draw, styles(PALETTES[self.theme]))

    def compose(self) -> ComposeResult:
        yield self._glass

    def go_on(self, before: HandedOver) -> None:
        """Before the app runs: opens the store data, and goes on as the process before this one ended.

        The terminal still shows that one's page, and a scan made meanwhile waits in it.
        """
        with suppress(ClerkError):
            self.kiosk.go_on(self._open_desk(), before)

    def on_mount(self) -> None:
        """The first frame, then the desk."""
        for name in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(name, self.exit)
        for name in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP):
            signal.signal(name, signal.SIG_IGN)
        self.call_after_refresh(self._open)
        self.set_interval(TICK_S, self._tick)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The last guard against raw terminal controls."""
        return [*super().get_line_filters(), self._plain]

    async def run_action(self, *_args: object, **_more: object) -> bool:
        """No action can be run here, whatever asks for it."""
        return False

    async def on_event(self, event: events.Event) -> None:
        """Takes keys, taps and pastes; passes on what the terminal reports about itself."""
        if isinstance(event, events.Key):
            if not event.is_forwarded:
                text = event.character if event.is_printable and event.character else ""
                self._heard(self._reader.feed(Stroke(event.key, text, event.time)))
        elif isinstance(event, events.MouseEvent):
            if isinstance(event, events.MouseDown) and not event.is_forwarded and not self._reader.in_burst:
                self._tapped(self._glass.hit_at(int(event.x), int(event.y)))
        elif isinstance(event, events.Paste):
            self._paste(event.text)
        else:
            await super().on_event(event)

    def on_went_quiet(self) -> None:
        """No key came for a moment: keys held back as a possible scan may have been typing."""
        self._look = None
        self._heard(self._reader.look(monotonic()))

    def on_came(self, message: Came) -> None:
        """Work came back; of a visit that has ended it is dropped."""
        self._at_work -= 1
        was_open = self.kiosk.is_open
        self.kiosk.came(message.work, message.result, message.error)
        if was_open and not self.kiosk.is_open:
            self._wipe()
        self._show()

    # ---- input

    def _heard(self, known: Sequence[Typed | Burst]) -> None:
        for each in known:
            if isinstance(each, Burst):
                self._scan(each.text)
            elif len(each.strokes) == 1:
                # Two keys within a scanner's gap were never typed by a person: they are data, and dropped.
                self._typed(each.strokes[0])
        quiet_at = self._reader.quiet_at
        if quiet_at is not None and self._look is None:
            delay = max(quiet_at - monotonic(), 0.001)
            self._look = asyncio.get_running_loop().call_later(delay, self._post_quiet)

    def _post_quiet(self) -> None:
        self.post_message(WentQuiet())

    def _typed(self, stroke: Stroke) -> None:
        key = stroke.text or stroke.key
        is_suffix = key == "enter" and self._now() - self._scanned_at < SCAN_REST_S
        if self._stays() or is_suffix:
            self._show()
        elif key in KEYS:
            self._press(key)

    def _tapped(self, hit: str) -> None:
        key = hit.removeprefix("key:")
        if self._is_warning and key == "0":
            self._end("done")
        elif self._stays() or not hit.startswith("key:"):
            self._show()
        else:
            self._press(key)

    def _press(self, key: str) -> None:
        was_open = self.kiosk.is_open
        work = self.kiosk.press(key)
        if was_open != self.kiosk.is_open:
            self._wipe()
        if work is not None:
            self._start(work)
        self._show()

    def _paste(self, text: str) -> None:
        """A scanner in clipboard mode: its first line, if it is a code; anything else is dropped."""
        lines = [clean(line, PASTE_LONGEST) for line in text[: PASTE_LONGEST * 2].splitlines()[:8]]
        first = next((line for line in lines if line), "")
        if first and (is_code_like(first) or self._is_own_code(first)):
            self._scan(first)

    def _scan(self, text: str) -> None:
        self.kiosk.clear("scan")
        self._wipe()
        self.kiosk.scan(text[:PASTE_LONGEST])
        self._scanned_at = self._now()
        self._show()

    def _is_own_code(self, text: str) -> bool:
        desk = self.kiosk.desk
        return desk.is_own_code(text) if desk is not None else looks_whole(text)

    # ---- time

    def _stays(self) -> bool:
        """Notes that somebody is here; gives whether this key only answered the warning."""
        self._touched_at = self._now()
        warned, self._is_warning = self._is_warning, False
        return warned

    def _tick(self) -> None:
        """The countdown, the end of a forgotten visit, and newer data while nobody is here."""
        kiosk, desk, quiet_s = self.kiosk, self.kiosk.desk, self._now() - self._touched_at
        if desk is None:
            return
        if kiosk.is_open:
            if quiet_s >= desk.idle_s + desk.warn_s:
                self._end("timeout")
                return
            self._is_warning = quiet_s >= desk.idle_s
        elif not kiosk.is_idle and quiet_s >= max(kiosk.pause_s, NOTICE_S):
            self._end("timeout")
            return
        elif kiosk.is_idle and self._now() - self._newer_at >= NEWER_S:
            self._newer_at = self._now()
            self.run_apart(desk.prepare_newer, "newer")
        self._begin_anew()
        self._show()

    def _end(self, how: str) -> None:
        self.kiosk.clear(how)
        self._wipe()
        self._show()

    # ---- output

    def _draw(self, width: int, height: int) -> list[Line]:
        kiosk, desk = self.kiosk, self.kiosk.desk
        store = desk.store if desk is not None else ""
        quiet_s = self._now() - self._touched_at
        if desk is not None and kiosk.is_open:
            left = max(int(desk.idle_s + desk.warn_s - quiet_s + 0.999), 0)
            if self._is_warning:
                return draw(warning(left), store, f"closes in {left} s", width, height)
            # In steps, so that nothing moves at the edge of the eye while somebody reads.
            note = f"closes in about {-(-left // 10) * 10} s"
            return draw(kiosk.page(), store, note, width, height)
        return draw(kiosk.page(max(int(kiosk.pause_s - quiet_s + 0.999), 0)), store, "", width, height)

    def _show(self) -> None:
        self._glass.redraw()

    def _wipe(self) -> None:
        """Nothing of the last visit stays: key buffers, rows, caches, the terminal and its scroll-back."""
        self._reader = self._fresh_reader()
        if self._look is not None:
            self._look.cancel()
            self._look = None
        self._is_warning = False
        self._touched_at = self._now()
        self._glass.forget()
        wipe_terminal(self)
        self.call_after_refresh(self._wiped)

    def _wiped(self) -> None:
        """The empty glass is painted: what is left in memory goes too."""
        if not self._begin_anew():
            # Rows in circles, which only the collector finds.
            gc.collect()

    def _begin_anew(self) -> bool:
        """After a visit: hands over to a fresh process, in whose memory nothing of the member is.

        Not while somebody is here again, keys of a scan are coming, or something is written: the next tick asks again.
        """
        kiosk = self.kiosk
        if self._hand_over is None or not kiosk.has_opened or kiosk.is_open or self._at_work or self._reader.in_burst:
            return False
        state = kiosk.hand_over()
        leave_terminal(self)
        self._hand_over(state)
        return True

    def _fresh_reader(self) -> KeyReader:
        return KeyReader(self._is_own_code, self._gap_s, self._settle_s)

    # ---- work

    def _start(self, work: Work) -> None:
        self._at_work += 1
        self.run_apart(partial(self._work, work), "work")

    def _work(self, work: Work) -> None:
        """On the worker's thread: waits for the disk, and brings back whatever came of it."""
        began = monotonic()
        result: object = None
        error: Exception | None = None
        try:
            result = work.run()
        except Exception as failure:
            # Whatever it is, the member waiting at the screen must hear of it.
            error = failure.with_traceback(None)
        if work.at_fixed_time:
            time.sleep(max(self._reply_s - (monotonic() - began), 0.0))
        self.post_message(Came(work, result, error))

    def _open(self) -> None:
        """Opens the store data."""
        if self.kiosk.desk is not None:
            return
        try:
            self.kiosk.desk = self._open_desk()
        except ClerkError:
            # Whoever stands here can do nothing about it; the service's log and `clerk check` say what it is.
            self.kiosk.is_closed = True
        self._show()

"""A screen as a test holds it: keys, taps and scans that a person or a scanner makes, and the text a person sees.

`counter` and `kiosk` open the two apps over desks that answer from a few made-up people.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Generic, TypeVar

from textual import events
from textual.pilot import Pilot

from clerk.errors import ClerkError
from clerk.ui.counter.app import CounterApp
from clerk.ui.input.scan_or_typing import SUFFIXES
from clerk.ui.kiosk.app import KioskApp
from tests.kiosk.fake_kiosk import FakeKiosk
from tests.ui.fake_desk import FakeDesk

NARROW, WIDE = (80, 24), (110, 30)
GAP_S = 0.015
"""Shorter than at a counter, so that a test which types does not wait; a test's scanner needs microseconds."""
PATIENCE_S = 10.0
"""How long a test waits for something that should be there at once; only a hanging test gets there."""
_WORK_S = 0.05
"""How long work on another thread is waited for: that of these desks takes none, or ends when the test says so."""

AppT = TypeVar("AppT", CounterApp, KioskApp)
DeskT = TypeVar("DeskT", FakeDesk, FakeKiosk)


class Clock:
    """Seconds that only the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Glass(Generic[AppT, DeskT]):
    """An app under test, its desk and its pilot."""

    def __init__(self, app: AppT, desk: DeskT, pilot: Pilot[None]) -> None:
        self.app, self.desk, self.pilot = app, desk, pilot

    @property
    def text(self) -> str:
        """Every row as it was painted, from the compositor."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips) + "\n"

    def has(self, words: str) -> bool:
        return words in self.text

    async def until(self, true: Callable[[], bool], what: str = "") -> None:
        """Waits until something holds."""
        deadline = monotonic() + PATIENCE_S
        while not true():
            assert monotonic() < deadline, f"never came: {what}\n{self.text}"
            await asyncio.sleep(0.002)

    async def see(self, words: str) -> None:
        await self.until(lambda: self.has(words), words)

    async def settle(self) -> None:
        """Until everything was handled and painted, and nothing is held back.

        The pilot's own pause waits for a processor that is idle, 40 ms a key at the least; this asks the queues.
        """
        begun, quiet = monotonic(), 0
        while quiet < 2:
            # No time passes here: what waits in a queue at this moment is handled, then the screen is painted.
            await self.pilot.pause(0)
            works = bool(self.app.workers._workers) and monotonic() < begun + _WORK_S
            if works or self.app._reader.quiet_at is not None:
                assert monotonic() < begun + PATIENCE_S, f"never quiet\n{self.text}"
                await asyncio.sleep(0.001)
            quiet = 0 if works or self._is_busy() else quiet + 1

    def _is_busy(self) -> bool:
        if self.app._reader.quiet_at is not None:
            return True
        shown = [self.app, *self.app.screen.walk_children(with_self=True)]
        return any(one._message_queue is not None and not one._message_queue.empty() for one in shown)

    def key(self, key: str, character: str | None = None) -> None:
        """One key, without waiting for what it does."""
        self.app.post_message(events.Key(key, character or (key if len(key) == 1 else None)))

    async def press(self, *keys: str) -> None:
        """Keys of a person, one by one."""
        for key in keys:
            if key in SUFFIXES:
                # One that comes sooner is taken for the end of a scan.
                await asyncio.sleep(2 * GAP_S)
            self.key(key)
            await self.settle()

    async def type(self, text: str) -> None:
        """Letters of a person: each is given back by the key reader before the next one comes."""
        await self.press(*text)

    async def scan(self, code: str, suffix: str = "enter") -> None:
        """A scanner: all keys at once, and the moment after them."""
        self.send(code, suffix)
        await self.settle()

    def send(self, code: str, suffix: str = "enter") -> None:
        """All keys at once. Control characters arrive as the keys that the terminal makes of them."""
        for letter in code:
            if letter.isprintable():
                self.key(letter)
            else:
                self.key("escape" if letter == "\x1b" else f"ctrl+{chr(ord(letter) + 96)}", letter)
        if suffix:
            self.key(suffix, "\r")


class KioskGlass(Glass[KioskApp, FakeKiosk]):
    """The kiosk, with a clock that the test moves."""

    def __init__(self, app: KioskApp, desk: FakeKiosk, pilot: Pilot[None], clock: Clock) -> None:
        super().__init__(app, desk, pilot)
        self.clock = clock

    async def scan(self, code: str, suffix: str = "enter") -> None:
        await super().scan(code, suffix)
        # The time in which an Enter is the scanner's own.
        self.clock.now += 2

    async def tap(self, words: str) -> None:
        """A finger on these words."""
        rows = self.text.splitlines()
        y = next(at for at, row in enumerate(rows) if words in row)
        x = rows[y].index(words)
        for kind in (events.MouseDown, events.MouseUp):
            self.app.post_message(kind(None, x, y, 0, 0, 1, False, False, False, x, y))
        await self.settle()

    async def pass_s(self, seconds: float) -> None:
        """Time goes by."""
        self.clock.now += seconds
        self.app._tick()
        await self.settle()


CounterGlass = Glass[CounterApp, FakeDesk]


@asynccontextmanager
async def counter(
    desk: FakeDesk | None = None,
    size: tuple[int, int] = NARROW,
    fails: ClerkError | None = None,
    hold_s: float = 0.0,
    touch: bool = False,
) -> AsyncIterator[CounterGlass]:
    """The counter with its desk open, on the start screen.

    Args:
        desk: a new one when not given.
        size: columns and rows.
        fails: what happens when the desk is opened.
        hold_s: seconds for which the card of a scan rests before keys count.
        touch: large buttons for fingers.
    """
    desk = desk or FakeDesk()

    def open_desk() -> FakeDesk:
        if fails is not None:
            raise fails
        return desk

    app = CounterApp(open_desk, gap_s=GAP_S, hold_s=hold_s, touch=touch)
    async with app.run_test(size=size) as pilot:
        glass = Glass(app, desk, pilot)
        await glass.until(lambda: not glass.has("Opening the store data"), "the desk")
        yield glass


@asynccontextmanager
async def kiosk(desk: FakeKiosk | None = None, size: tuple[int, int] = NARROW) -> AsyncIterator[KioskGlass]:
    """The kiosk with its desk open, nobody in front."""
    desk, clock = desk or FakeKiosk(), Clock()
    app = KioskApp(lambda: desk, gap_s=GAP_S, tick=clock, reply_s=0.0, settle_s=GAP_S)
    async with app.run_test(size=size) as pilot:
        glass = KioskGlass(app, desk, pilot, clock)
        await glass.see("Scan your card")
        yield glass

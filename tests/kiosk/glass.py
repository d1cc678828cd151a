"""The kiosk as a test holds it: keys, taps and scans, a clock that the test moves, and the text a person sees."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic

from textual import events
from textual.pilot import Pilot

from clerk.ui.kiosk.app import KioskApp
from tests.kiosk.fake_kiosk import FakeKiosk

NARROW, WIDE = (80, 24), (110, 30)
GAP_S = 0.01
"""Shorter than at a real kiosk, so that a test which types does not wait."""
PATIENCE_S = 10.0


class Clock:
    """Seconds that only the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Glass:
    """An app under test, its desk, its clock and its pilot."""

    def __init__(self, app: KioskApp, desk: FakeKiosk, clock: Clock, pilot: Pilot[None]) -> None:
        self.app, self.desk, self.clock, self.pilot = app, desk, clock, pilot

    @property
    def text(self) -> str:
        """Every row as it was painted."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips) + "\n"

    def has(self, words: str) -> bool:
        return words in self.text

    async def until(self, true: Callable[[], bool], what: str = "") -> None:
        deadline = monotonic() + PATIENCE_S
        while not true():
            assert monotonic() < deadline, f"never came: {what}\n{self.text}"
            await asyncio.sleep(0.002)

    async def see(self, words: str) -> None:
        await self.until(lambda: self.has(words), words)

    async def settle(self) -> None:
        """Until nothing is held back, no work is under way and everything was handled."""
        await asyncio.sleep(0)
        await self.until(
            lambda: self.app._reader.quiet_at is None and not self.app.workers._workers and not _waits(self.app),
            "quiet",
        )
        await self.pilot.pause()

    async def calm(self) -> None:
        """As `settle`, without waiting for an idle machine: for thousands of rounds."""
        painted = asyncio.Event()
        await self.until(
            lambda: self.app._reader.quiet_at is None and not self.app.workers._workers and not _waits(self.app),
            "quiet",
        )
        self.app.call_after_refresh(painted.set)
        await asyncio.wait_for(painted.wait(), PATIENCE_S)

    async def press(self, *keys: str) -> None:
        """Keys of a person, one by one."""
        for key in keys:
            self.key(key)
            await self.settle()

    def key(self, key: str) -> None:
        self.app.post_message(events.Key(key, key if len(key) == 1 else None))

    async def scan(self, code: str, suffix: str = "enter") -> None:
        """A scanner: all keys at once."""
        for letter in code:
            self.key(letter)
        self.key(suffix)
        await self.settle()
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


def _waits(app: KioskApp) -> bool:
    return not app._message_queue.empty() if app._message_queue is not None else False


@asynccontextmanager
async def kiosk(desk: FakeKiosk | None = None, size: tuple[int, int] = NARROW) -> AsyncIterator[Glass]:
    """The kiosk with its desk open, nobody in front."""
    desk, clock = desk or FakeKiosk(), Clock()
    app = KioskApp(lambda: desk, gap_s=GAP_S, tick=clock, reply_s=0.0, settle_s=GAP_S)
    async with app.run_test(size=size) as pilot:
        glass = Glass(app, desk, clock, pilot)
        await glass.see("Scan your card")
        yield glass

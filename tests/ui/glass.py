"""The counter as a test holds it: keys a person or a scanner has, and the text a person sees."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic

from textual import events
from textual.pilot import Pilot

from clerk.errors import ClerkError
from clerk.ui.counter.app import CounterApp
from tests.ui.fake_desk import FakeDesk

NARROW, WIDE = (80, 24), (110, 30)
GAP_S = 0.015
"""Shorter than at a counter, so that a test which types does not wait; a test's scanner needs microseconds."""
PATIENCE_S = 10.0
"""How long a test waits for something that should be there at once; only a hanging test gets there."""


class Glass:
    """An app under test, its desk and its pilot."""

    def __init__(self, app: CounterApp, desk: FakeDesk, pilot: Pilot[None]) -> None:
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
        """Until nothing is held back and everything was handled."""
        await self.pilot.pause()
        await self.until(lambda: self.app._reader.quiet_at is None, "quiet")
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Letters of a person: each is given back by the key reader before the next one comes."""
        for letter in text:
            self._post(letter, letter)
            await self.settle()

    async def press(self, *keys: str) -> None:
        for key in keys:
            self._post(key, None)
            await self.settle()

    async def scan(self, code: str, suffix: str = "enter") -> None:
        self.send(code, suffix)
        await self.settle()

    def send(self, code: str, suffix: str = "enter") -> None:
        """A scanner: all keys at once. Control characters arrive as the keys the terminal makes of them."""
        for letter in code:
            if letter.isprintable():
                self._post(letter, letter)
            else:
                self._post("escape" if letter == "\x1b" else f"ctrl+{chr(ord(letter) + 96)}", letter)
        if suffix:
            self._post(suffix, "\r")

    def _post(self, key: str, character: str | None) -> None:
        self.app.post_message(events.Key(key, character))


@asynccontextmanager
async def counter(
    desk: FakeDesk | None = None, size: tuple[int, int] = NARROW, fails: ClerkError | None = None
) -> AsyncIterator[Glass]:
    """The counter with its desk open, on the start screen."""
    desk = desk or FakeDesk()

    def open_desk() -> FakeDesk:
        if fails is not None:
            raise fails
        return desk

    app = CounterApp(open_desk, gap_s=GAP_S, hold_s=0.0)
    async with app.run_test(size=size) as pilot:
        glass = Glass(app, desk, pilot)
        await glass.until(lambda: not glass.has("Opening the store data"), "the desk")
        yield glass

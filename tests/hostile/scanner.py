"""A terminal without a terminal: bytes of a scanner become events as Textual makes them, at times of our own."""

from __future__ import annotations

from time import monotonic

from textual import events
from textual._xterm_parser import XTermParser
from textual.message import Message

from clerk.ui.counter.app import CounterApp

GAP_S = 0.002
"""Between two bytes: a wired scanner."""
QUIET_S = 5.0


def messages_of(sent: str) -> list[Message]:
    """What Textual's own parser makes of bytes from a terminal; an escape at the end is a key after a while."""
    parser = XTermParser()
    found = list(parser.feed(sent))
    parser._timeout_time = 1e-9 if parser._timeout_time is not None else None
    found += list(parser.tick())
    return found


class Scanner:
    """Feeds an app directly, each byte's event at its time; nothing waits.

    Args:
        app: running.
    """

    def __init__(self, app: CounterApp) -> None:
        self._app = app
        self.now = monotonic() + 60.0

    async def scan(self, sent: str, gap_s: float = GAP_S, quiet_s: float = QUIET_S) -> None:
        """One scan, then silence."""
        for message in messages_of(sent):
            self.now += gap_s
            message.time = self.now
            if isinstance(message, events.Event):
                await self._app.on_event(message)
        self.now += quiet_s
        await self._app._heard(self._app._reader.look(self.now))
        if self._app._look is not None:
            # It would look again at a time of ours, which the machine's clock reaches minutes later.
            self._app._look.cancel()
            self._app._look = None

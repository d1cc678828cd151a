"""Textual's web driver with three changes.

It ends when its server does, it asks the browser for nothing, and nothing that was scanned or pasted holds up what
comes after it. `tests/serve/test_driver.py` watches the private names of Textual 8.2.8 used here.
"""

from __future__ import annotations

import asyncio
import codecs
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Literal, TextIO

from textual import messages
from textual.drivers._byte_stream import ByteStream
from textual.drivers.web_driver import WebDriver, _ExitInput
from textual.message import Message

from clerk.ui.input.terminal import CalmParser

NAME = "clerk.serve.web_driver:TabletDriver"
"""For `TEXTUAL_DRIVER`."""


class TabletDriver(WebDriver):
    """Draws for one tablet through standard input and output."""

    def start_application_mode(self) -> None:
        """Also remembers the loop, so that the input thread can end the app."""
        self._own_loop = asyncio.get_running_loop()
        super().start_application_mode()

    def run_input_thread(self) -> None:
        """Reads until the server closes the pipe or is gone; then the counter closes, so that none is left over."""
        try:
            for event in typed(self._input_reader, CalmParser(), self._on_meta):
                self.process_message(event)
        except _ExitInput:
            return
        finally:
            self._input_reader.close()
            if not self.exit_event.is_set() and not self._own_loop.is_closed():
                asyncio.run_coroutine_threadsafe(self._app._post_message(messages.ExitApp()), self._own_loop)

    def open_url(self, url: str, new_tab: bool = True) -> None:
        """Nothing at the counter opens an address."""

    def deliver_binary(
        self,
        binary: BinaryIO | TextIO,
        *,
        delivery_key: str,
        save_path: Path,
        open_method: Literal["browser", "download"] = "download",
        encoding: str | None = None,
        mime_type: str | None = None,
        name: str | None = None,
    ) -> None:
        """Nothing at the counter hands out files."""
        binary.close()


def typed(reads: Iterable[bytes], parser: CalmParser, other: Callable[[str, bytes], None]) -> Iterator[Message]:
    """What was typed and tapped, from the server's packets; letters that cannot be come as `�`.

    Args:
        reads: as they come from the pipe, empty ones while nothing does.
        parser: of what a terminal says. A size is the server's to tell, so it believes none.
        other: takes the packets that are not typed.
    """
    packets = ByteStream()
    decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
    for data in reads:
        for kind, payload in packets.feed(data) if data else ():
            if kind != "D":
                other(kind, payload)
            # To the parser, nothing would be the end of everything.
            elif text := decode(payload):
                yield from parser.feed(text)
        yield from parser.tick()

"""Textual's web driver with two changes: it ends when its server does, and it asks the browser for nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import BinaryIO, Literal, TextIO

from textual import messages
from textual.drivers.web_driver import WebDriver

NAME = "clerk.serve.driver:TabletDriver"
"""For `TEXTUAL_DRIVER`."""


class TabletDriver(WebDriver):
    """Draws for one tablet through standard input and output."""

    def start_application_mode(self) -> None:
        """Also remembers the loop, so that the input thread can end the app."""
        self._own_loop = asyncio.get_running_loop()
        super().start_application_mode()

    def run_input_thread(self) -> None:
        """Reads until the server closes the pipe or is gone; then the counter closes, so that none is left over."""
        super().run_input_thread()
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

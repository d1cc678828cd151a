"""Starts the counter. Textual reads some settings when it is imported, so they are set before."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clerk.desk import Desk


FRAMES_A_SECOND = "240"
"""Textual paints on a timer; at its default of 60 a second change waits up to 17 ms, at 240 up to 4."""


def open_counter(open_desk: Callable[[], Desk], theme: str = "", touch: bool = False) -> None:
    """Runs the counter on this terminal until it is closed.

    Args:
        open_desk: opens the store data; called once, after the first frame.
        theme: `clerk-dark` or `clerk-light`; empty takes `CLERK_THEME`, or dark.
        touch: large buttons for fingers; in a browser they are always there.
    """
    gc.disable()  # Start-up makes tens of thousands of objects that stay; collecting among them only costs time.
    os.environ.setdefault("TEXTUAL_FPS", FRAMES_A_SECOND)
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    from clerk.ui.counter.app import CounterApp

    CounterApp(open_desk, theme or os.environ.get("CLERK_THEME", ""), ready=_settle, touch=touch).run()


def _settle() -> None:
    """Takes everything made so far out of the collector's sight: its passes stay short during scans."""
    gc.collect()
    gc.freeze()
    gc.enable()

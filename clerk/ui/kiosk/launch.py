"""Starts the kiosk: nothing of the environment or the keyboard may change what it is."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

from clerk.ui.counter.launch import FRAMES_A_SECOND

if TYPE_CHECKING:
    from clerk.desk.kiosk.session import KioskDesk

KEYBOARD_SIGNALS = ("SIGINT", "SIGQUIT", "SIGTSTP")
"""What Ctrl+C, Ctrl+\\ and Ctrl+Z send while the terminal is not ours yet."""


def open_kiosk(open_desk: Callable[[], KioskDesk], theme: str = "") -> None:
    """Runs the kiosk on this terminal until the service is stopped.

    Args:
        open_desk: opens the store data; called once, after the first frame.
        theme: `clerk-dark` or `clerk-light`; empty takes `CLERK_THEME`, or light.
    """
    deaf()
    for name in [name for name in os.environ if name.startswith("TEXTUAL")]:
        # Development switches: signals let through, a console on a port, screenshots on a key.
        del os.environ[name]
    gc.disable()
    os.environ["TEXTUAL_FPS"] = FRAMES_A_SECOND
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    from clerk.ui.drawing.theme import LIGHT
    from clerk.ui.kiosk.app import KioskApp

    app = KioskApp(open_desk, theme or os.environ.get("CLERK_THEME", "") or LIGHT.name)
    gc.collect()
    gc.freeze()
    gc.enable()
    app.run()
    if app.kiosk.desk is not None:
        app.kiosk.clear("closed")
        app.kiosk.desk.close()


def deaf() -> None:
    """Keyboard signals do nothing from here on."""
    for name in KEYBOARD_SIGNALS:
        if (number := getattr(signal, name, None)) is not None:
            signal.signal(number, signal.SIG_IGN)

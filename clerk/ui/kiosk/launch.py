"""Starts the kiosk: nothing of the environment or the keyboard may change what it is, no visit outlives its process.

The process that was started shows nothing and reads no store data. It forks a child that shows the kiosk. When a visit
has ended the child closes its files and ends too, and a fresh fork goes on with the page that was shown: whatever a
library kept of the member goes with the memory of the process. The keys of a scan made meanwhile wait in the terminal.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import select
import signal
import sys
import termios
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from clerk.crash import no_core_dumps
from clerk.model.kiosk import HandedOver
from clerk.ui.counter.launch import FRAMES_A_SECOND

if TYPE_CHECKING:
    from clerk.desk.kiosk.session import KioskDesk

KEYBOARD_SIGNALS = ("SIGINT", "SIGQUIT", "SIGTSTP")
"""What Ctrl+C, Ctrl+\\ and Ctrl+Z send while the terminal is not ours yet."""

_SERVICE_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
"""What a service manager and a terminal that closes send."""

_PREPARE_S = 5.0
"""After this time the first child has its store data open, and what later ones need may be imported beside it."""


def open_kiosk(open_desk: Callable[[], KioskDesk], theme: str = "", needed: Sequence[str] = ()) -> None:
    """Runs the kiosk on this terminal until the service is stopped.

    Args:
        open_desk: opens the store data; called once in each child, in the first one after the first frame.
        theme: `clerk-dark` or `clerk-light`; empty takes `CLERK_THEME`, or light.
        needed: names of the modules that `open_desk` imports, so that later children need not.
    """
    deaf()
    no_core_dumps()
    for name in [name for name in os.environ if name.startswith("TEXTUAL")]:
        # Development switches: signals let through, a console on a port, screenshots on a key.
        del os.environ[name]
    gc.disable()
    os.environ["TEXTUAL_FPS"] = FRAMES_A_SECOND
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    # A process with threads must not fork; a visit computes nothing for which a second core would matter.
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
    from clerk.ui.drawing.theme import LIGHT
    from clerk.ui.kiosk import app as _imported_before_the_fork  # noqa: F401

    gc.collect()
    gc.freeze()
    theme = theme or os.environ.get("CLERK_THEME", "") or LIGHT.name
    attributes = termios.tcgetattr(0)
    try:
        _Children(lambda before, tell: _show(open_desk, theme, before, tell), needed).run()
    finally:
        # A later child found the terminal as the one before left it: raw.
        termios.tcsetattr(0, termios.TCSANOW, attributes)


class _Children:
    """One child after the other on this terminal.

    Args:
        show: what a child does, with what the one before handed over and how to hand over itself.
        needed: modules that every child imports.
    """

    def __init__(
        self,
        show: Callable[[HandedOver | None, Callable[[HandedOver], None]], None],
        needed: Sequence[str],
    ) -> None:
        self._show = show
        self._needed = needed
        self._child = 0
        self._is_ending = False

    def run(self) -> None:
        """Until a child ends that hands nothing over: it was stopped, or it failed and has said so."""
        for name in _SERVICE_SIGNALS:
            signal.signal(name, self._end)
        before: HandedOver | None = None
        while True:
            told = self._one(before)
            if told is None or self._is_ending:
                return
            self._import(told.modules)
            before = told

    def _one(self, before: HandedOver | None) -> HandedOver | None:
        """Runs one child to its end; gives what it handed over."""
        reading, writing = os.pipe()
        self._child = os.fork()
        if not self._child:
            self._be_the_child(before, writing)
        os.close(writing)
        if self._is_ending:
            self._end()
        if not select.select([reading], [], [], _PREPARE_S)[0]:
            self._import(self._needed)
        with os.fdopen(reading, "rb") as pipe:
            told = pipe.read()
        os.waitpid(self._child, 0)
        self._child = 0
        return HandedOver.from_json(told.decode()) if told else None

    def _be_the_child(self, before: HandedOver | None, writing: int) -> None:
        """Never returns: what stands above this on the stack is the parent's."""
        try:
            for name in _SERVICE_SIGNALS:
                signal.signal(name, signal.SIG_DFL)
            gc.enable()

            def hand_over(state: HandedOver) -> None:
                os.write(writing, state.to_json().encode())
                os._exit(0)

            self._show(before, hand_over)
            sys.stdout.flush()
            sys.stderr.flush()
        except BaseException as error:
            sys.excepthook(type(error), error, error.__traceback__)
        finally:
            os._exit(0)

    def _import(self, modules: Sequence[str]) -> None:
        """Imports what is missing here, so that no child has to."""
        missing = [name for name in modules if name not in sys.modules]
        for name in missing:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        if missing:
            gc.collect()
            gc.freeze()

    def _end(self, *_: Any) -> None:
        self._is_ending = True
        if self._child:
            os.kill(self._child, signal.SIGTERM)


def _show(
    open_desk: Callable[[], KioskDesk], theme: str, before: HandedOver | None, hand_over: Callable[[HandedOver], None]
) -> None:
    """One child: the kiosk up to the end of a visit, or until it is stopped."""
    from clerk.ui.kiosk.app import KioskApp

    app = KioskApp(open_desk, theme, hand_over=hand_over)
    if before is not None:
        # The terminal still shows the page of the child before; a scan made now is read when all is open.
        app.go_on(before)
        gc.freeze()
    app.run()
    if app.kiosk.desk is not None:
        app.kiosk.clear("closed")
        app.kiosk.desk.close()


def deaf() -> None:
    """Keyboard signals do nothing from here on."""
    for name in KEYBOARD_SIGNALS:
        if (number := getattr(signal, name, None)) is not None:
            signal.signal(number, signal.SIG_IGN)

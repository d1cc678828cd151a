"""The list of what to prepare tomorrow, the scorecard and the nights in detail, worked out in a process of its own.

This is the counter's end of that process; the newest question wins.

Every call waits for its answer, so it is made on a thread of its own. `close`, or a newer question, ends the process
of the one before: nobody is looking at that list any more.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import clerk
from clerk import errors
from clerk.clock import Clock
from clerk.errors import ClerkError
from clerk.model import PrepList, Scorecard
from clerk.model.nights import NightsMore


class ListsProcess:
    """Asks for the shop's lists.

    Args:
        home: the data folder.
        clock: which day tomorrow is.
        command: how the process is started; only tests give another.
    """

    def __init__(self, home: Path, clock: Clock, *, command: Sequence[str] | None = None) -> None:
        self._home = home
        self._clock = clock
        self._command = list(command or (sys.executable, "-m", "clerk.desk.lists_process"))
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False

    def ask(self, kind: str) -> PrepList | Scorecard | NightsMore:
        """Waits for a list.

        Args:
            kind: `prep`, `scorecard` or `nights`.

        Raises:
            ClerkError: whatever keeps the list from being made, or it was ended.
        """
        process = self._started(kind)
        out, _ = process.communicate()
        if not out:
            raise ClerkError("The list was not finished.", "Open it again; if that fails, run `clerk check`.")
        # Only our own child writes to this pipe, with the code of this very installation.
        result, failure = pickle.loads(out)
        if failure is not None:
            name, what, remedy = failure
            kind_of_error = getattr(errors, name, ClerkError)
            raise kind_of_error(what, remedy)
        assert isinstance(result, PrepList | Scorecard | NightsMore)
        return result

    def prep(self) -> PrepList:
        """What to have ready tomorrow. Takes seconds: call it from another thread."""
        found = self.ask("prep")
        assert isinstance(found, PrepList)
        return found

    def scorecard(self) -> Scorecard:
        """How well the shop does by its members in the long run. Takes seconds, like `prep`."""
        found = self.ask("scorecard")
        assert isinstance(found, Scorecard)
        return found

    def close(self) -> None:
        """Ends the process; whoever waits gets an error: the list was not finished."""
        with self._lock:
            self._closed = True
            self._end()

    def _started(self, kind: str) -> subprocess.Popen[bytes]:
        """A fresh process for one list."""
        paths = [str(Path(clerk.__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
        environment = {
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        }
        command = [*self._command, str(self._home.absolute()), kind, str(self._clock.now())]
        with self._lock:
            if self._closed:
                raise ClerkError("The counter is closing.", "Open it again.")
            self._end()
            try:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=environment,
                    start_new_session=True,  # Ctrl-C at the counter is not meant for it
                )
            except OSError as error:
                what = f"The process that works out lists cannot be started: {error.strerror}."
                raise ClerkError(what, "Free memory, then open the list again.") from error
            return self._process

    def _end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()

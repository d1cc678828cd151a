"""A child process that does heavy work for its parent: started, asked over pipes, ended, never left over.

The counter's lists, search by meaning and learning each take long enough, in Python or while their libraries load, to
hold up every key and scan of the process that waits for them. So they run in a child: this installation's code under
the same interpreter, at a lower priority, on one core. The parent writes to its stdin and reads its stdout.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

import clerk

NICE = 15
"""Steps of priority a child gives away: with it p99 of a scan while search loads is 11 ms, without 16."""

_ONE_CORE_AND_OFFLINE = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
}


def running(module: str, *arguments: str) -> list[str]:
    """The command line that runs a module of this installation; modules in the current folder are not looked at."""
    return [sys.executable, "-P", "-m", module, *arguments]


class Child(subprocess.Popen[bytes]):
    """A child process with a pipe each way.

    Args:
        command: as `running` makes it; tests give others.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(self, command: Sequence[str]) -> None:
        root = str(Path(clerk.__file__).resolve().parent.parent)
        paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        super().__init__(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **_ONE_CORE_AND_OFFLINE, "PYTHONPATH": os.pathsep.join(paths)},
            start_new_session=True,  # Ctrl-C in the terminal is not meant for it
        )

    def send(self, parts: Iterable[bytes | memoryview]) -> None:
        """Writes to it.

        Raises:
            OSError: it has ended.
        """
        assert self.stdin is not None
        for part in parts:
            self.stdin.write(part)
        self.stdin.flush()

    def line(self, patience_s: float) -> bytes:
        """Its next line; empty when it ended, also because it took longer than `patience_s` and was killed."""
        assert self.stdout is not None
        watchdog = threading.Timer(patience_s, self.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            return self.stdout.readline()
        finally:
            watchdog.cancel()

    def rest(self) -> bytes:
        """Waits until it ends; all that it wrote. Another thread may kill it meanwhile."""
        assert self.stdout is not None
        try:
            return self.stdout.read()
        finally:
            self._let_go()

    def end(self) -> None:
        """Makes it end, if it has not; only the thread that reads from it may do so, others `kill`."""
        self.kill()
        self._let_go()

    def _let_go(self) -> None:
        for pipe in (self.stdin, self.stdout):
            if pipe is not None:
                # What a child did not read any more cannot be flushed.
                with contextlib.suppress(OSError):
                    pipe.close()
        self.wait()


class Newest:
    """At most one child, the newest: a start kills the one before, and nothing starts after `close`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._closed = False

    def start(self, command: Sequence[str]) -> Child | None:
        """A fresh child, or None after `close`. Whoever reads from the one before finds that it ended.

        Raises:
            OSError: it cannot be started.
        """
        with self._lock:
            if self._child is not None:
                self._child.kill()
            self._child = None if self._closed else Child(command)
            return self._child

    def close(self) -> None:
        """Kills the child; whoever reads from it finds that it ended."""
        with self._lock:
            self._closed = True
            if self._child is not None:
                self._child.kill()


def at_work(nice: int = NICE) -> BinaryIO:
    """Called first in a child: lowers its priority and gives the pipe for answers.

    What a library prints goes to stderr from then on, instead of into an answer.
    """
    if hasattr(os, "nice"):
        os.nice(nice)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def end_with_parent() -> None:
    """Called in a child that expects nothing more on stdin: it ends as soon as its parent has, however that ended."""
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # Not through `sys.stdin`, whose lock Python needs at its own end.
    while os.read(0, 4096):
        pass
    os._exit(1)

"""Real processes for tests: started once, told what to do, and killed on the way."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.exchange.offices import STORE, OfficeHome


class Worker:
    """A process that does one job at a time."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._pid = 0

    def start(self, job: str, *values: object) -> None:
        """Begins a job of `worker_child`."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([job, *map(_plain, values)]) + "\n")
        self._process.stdin.flush()
        self._pid = int(self._line())

    def collect(self, office: OfficeHome, url: str) -> None:
        """Begins to collect."""
        self.start("collecting", office.home, office.location.folder, office.archive.folder, STORE, url)

    def kill_after(self, seconds: float) -> bool:
        """Kills it with -9, unless it ended before; whether it was killed."""
        if not self.ended_within(seconds):
            os.kill(self._pid, signal.SIGKILL)
        status = self.end()
        assert status in (0, -signal.SIGKILL), f"it failed by itself ({status})"
        return status != 0

    def ended_within(self, seconds: float) -> bool:
        """Gives it some time; whether it ended."""
        assert self._process.stdout is not None
        return bool(select.select([self._process.stdout], [], [], seconds)[0])

    def end(self) -> int:
        """Waits for it; its exit status, negative when it was killed."""
        return int(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the worker ended by itself"
        return line


def _plain(value: object) -> object:
    return value if isinstance(value, int) else str(value)


@contextmanager
def a_worker(environment: dict[str, str], module: str = "tests.exchange.worker_child") -> Iterator[Worker]:
    """A process that waits for jobs of a module."""
    with subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
        bufsize=1,
    ) as process:
        try:
            yield Worker(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(20)

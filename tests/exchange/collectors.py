"""Real collector processes for tests: started once, told to collect, and killed on the way."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.exchange.offices import STORE, OfficeHome


class Collector:
    """A process that collects when told."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._pid = 0

    def start(self) -> None:
        """Begins to collect."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        self._pid = int(self._line())

    def kill_after(self, seconds: float) -> bool:
        """Kills it as a power cut would, unless it ended before; whether it was killed."""
        assert self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], seconds)[0]:
            os.kill(self._pid, signal.SIGKILL)
        return self.end() != 0

    def end(self) -> int:
        """Waits for it; its exit status, negative when it was killed."""
        return int(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the collector ended by itself"
        return line


@contextmanager
def a_collector(office: OfficeHome, url: str, environment: dict[str, str]) -> Iterator[Collector]:
    """A collector for an office and a ledger."""
    command = [sys.executable, "-m", "tests.exchange.collect_child", str(office.home)]
    command += [str(office.place.folder), str(office.archive.folder), STORE, url]
    # Unbuffered, so that what select sees is all there is.
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True, bufsize=1
    ) as process:
        try:
            yield Collector(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(20)

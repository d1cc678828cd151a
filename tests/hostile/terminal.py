"""A process on a pseudo-terminal: what it writes, byte for byte."""

from __future__ import annotations

import os
import pty
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import ioctl
from pathlib import Path
from time import monotonic

PATIENCE_S = 30.0


class Terminal:
    """One process and everything that it wrote so far."""

    def __init__(self, main: int, process: subprocess.Popen[bytes]) -> None:
        self._main = main
        self.process = process
        self.out = b""

    def send(self, keys: bytes) -> None:
        os.write(self._main, keys)

    def read_until(self, *wanted: bytes, quiet_s: float = 0.1) -> bytes:
        """What is written up to one of these, or anything, and until it is quiet; less when the process ends."""
        deadline, new = monotonic() + PATIENCE_S, b""
        while True:
            assert monotonic() < deadline, f"never wrote {wanted!r}: {new[-2000:]!r}"
            came = self._some(0.2)
            new += came or b""
            if came is None or (any(word in new for word in wanted) if wanted else new):
                break
        while came := self._some(quiet_s):
            new += came
        self.out += new
        return new

    def quiet(self, seconds: float) -> None:
        """Reads for as long as this, whatever comes."""
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0:
            self._some(left)

    def _some(self, wait_s: float) -> bytes | None:
        """Some bytes; nothing within the time; None when the process has ended."""
        if not select.select([self._main], [], [], wait_s)[0]:
            return None if self.process.poll() is not None else b""
        try:
            return os.read(self._main, 65536) or None
        except OSError:
            return None


@contextmanager
def on_a_terminal(project: Path, environment: dict[str, str], *arguments: str) -> Iterator[Terminal]:
    """`python -m …` on a pseudo-terminal of 80 by 24; killed at the end."""
    main, worker = pty.openpty()
    ioctl(worker, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments], stdin=worker, stdout=worker, stderr=worker, cwd=project,
        env={**environment, "TERM": "xterm-256color"}, close_fds=True, start_new_session=True,
    )  # fmt: skip
    os.close(worker)
    try:
        yield Terminal(main, process)
    finally:
        process.kill()
        process.wait()
        os.close(main)

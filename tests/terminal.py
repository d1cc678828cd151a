"""A process on a pseudo-terminal of 80 by 24: what it is sent, and what it writes, byte for byte."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fcntl import ioctl
from pathlib import Path
from time import monotonic

PATIENCE_S = 30.0
QUIET_S = 0.25
"""Longer than a scanner's burst is held."""
_SEQUENCE = re.compile(rb"\x1b\[[0-9;?>]*[ -/]*[@-~]|\x1b[()].|\x1b.")


class Terminal:
    """One process and everything that it wrote so far."""

    def __init__(self, main: int, process: subprocess.Popen[bytes]) -> None:
        self._main = main
        self.process = process
        self.out = b""
        self._seen = 0

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def send(self, keys: bytes) -> None:
        """Sends it all, reading meanwhile so that neither side waits for the other."""
        while keys:
            self._some(0)
            _, writable, _ = select.select([], [self._main], [], 1.0)
            if writable:
                keys = keys[os.write(self._main, keys[:1024]) :]

    def scan(self, code: str) -> None:
        """A scanner; from here on what is seen counts."""
        self._some(0)
        self._seen = len(self.out)
        self.send(code.encode() + b"\r")

    def see(self, words: str) -> None:
        """Waits until these words were painted since the last scan."""
        wanted, deadline = words.replace(" ", "").encode(), monotonic() + PATIENCE_S
        while wanted not in _SEQUENCE.sub(b"", self.out[self._seen :]).replace(b" ", b""):
            assert monotonic() < deadline, (words, self.out[-1500:], self.is_alive)
            self._some(0.2)

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
        return new

    def until_quiet(self) -> None:
        """Until a moment has passed in which nothing was painted."""
        while self._some(QUIET_S):
            pass

    def quiet(self, seconds: float) -> None:
        """Reads for as long as this, whatever comes."""
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0:
            self._some(left)

    def resize(self, rows: int, columns: int) -> None:
        ioctl(self._main, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process.send_signal(signal.SIGWINCH)
        self._some(0)

    def ends(self) -> int | None:
        """Ends it as a service manager does; its exit code, None where it went on."""
        self.process.terminate()
        deadline = monotonic() + PATIENCE_S
        while self.is_alive and monotonic() < deadline:
            self._some(0.1)
        return self.process.poll()

    def _some(self, wait_s: float) -> bytes | None:
        """Some bytes; nothing within the time; None when the process has ended."""
        if not select.select([self._main], [], [], wait_s)[0]:
            return None if self.process.poll() is not None else b""
        try:
            came = os.read(self._main, 65536)
        except OSError:
            return None
        self.out += came
        return came or None


@contextmanager
def on_a_terminal(project: Path, environment: Mapping[str, str], *arguments: str) -> Iterator[Terminal]:
    """`python -m …` on a pseudo-terminal, which is its controlling one; killed at the end."""
    main, worker = pty.openpty()
    ioctl(worker, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments], stdin=worker, stdout=worker, stderr=worker, cwd=project,
        env={**environment, "TERM": "xterm-256color"}, close_fds=True, preexec_fn=_own_terminal,
    )  # fmt: skip
    os.close(worker)
    try:
        yield Terminal(main, process)
    finally:
        process.kill()
        process.wait()
        os.close(main)


def _own_terminal() -> None:
    """The pseudo-terminal becomes the controlling one, so that its special characters would send signals."""
    os.setsid()
    ioctl(0, termios.TIOCSCTTY, 0)

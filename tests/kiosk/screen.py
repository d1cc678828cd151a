"""`clerk kiosk` on a pseudo-terminal of 80 x 24, as a test holds it."""

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
from fcntl import ioctl
from pathlib import Path
from time import monotonic

PATIENCE_S = 30.0
QUIET_S = 0.25
"""Longer than a scanner's burst is held."""
_SEQUENCE = re.compile(rb"\x1b\[[0-9;?>]*[ -/]*[@-~]|\x1b[()].|\x1b.")


class Kiosk:
    """The process and its terminal."""

    def __init__(self, home: Path) -> None:
        self._fd, worker = pty.openpty()
        ioctl(worker, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        root = Path(__file__).resolve().parents[2]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "clerk", "kiosk", "--home", str(home), "--at", "2026-03-10T09:00"],
            stdin=worker,
            stdout=worker,
            stderr=worker,
            cwd=root,
            env={**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(root)},
            preexec_fn=_own_terminal,
        )
        os.close(worker)
        self._out = bytearray()
        self._seen = 0

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    @property
    def clears_scrollback(self) -> bool:
        """Whether the end of a visit erased what had scrolled away."""
        return b"\x1b[3J" in self._out

    def write(self, data: bytes) -> None:
        """Writes it all, reading meanwhile so that neither side waits for the other."""
        while data:
            self._read(0)
            _, writable, _ = select.select([], [self._fd], [], 1.0)
            if writable:
                data = data[os.write(self._fd, data[:1024]) :]

    def scan(self, code: str) -> None:
        """From here on what is seen counts."""
        self._read(0)
        self._seen = len(self._out)
        self.write(code.encode() + b"\r")

    def see(self, words: str) -> None:
        """Waits until these words were painted since the last scan."""
        wanted, deadline = words.replace(" ", "").encode(), monotonic() + PATIENCE_S
        while wanted not in _SEQUENCE.sub(b"", bytes(self._out[self._seen :])).replace(b" ", b""):
            assert monotonic() < deadline, (words, bytes(self._out[-1500:]), self.is_alive)
            self._read(0.2)

    def quiet(self) -> None:
        """Until a moment has passed in which nothing was painted."""
        while self._read(QUIET_S):
            pass

    def wait(self, seconds: float) -> None:
        """Reads for so long."""
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0:
            self._read(left)

    def resize(self, rows: int, columns: int) -> None:
        ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._process.send_signal(signal.SIGWINCH)
        self._read(0)

    def signal(self, name: str) -> None:
        self._process.send_signal(getattr(signal, name))

    def close(self) -> bytes:
        """Ends it as a service manager does; everything it painted."""
        self._process.terminate()
        deadline = monotonic() + PATIENCE_S
        while self._process.poll() is None and monotonic() < deadline:
            self._read(0.1)
        code = self._process.poll()
        if code is None:
            self._process.kill()
        self._process.wait()
        os.close(self._fd)
        assert code == 0, code
        return bytes(self._out)

    def _read(self, wait_s: float) -> bool:
        ready, _, _ = select.select([self._fd], [], [], wait_s)
        if not ready:
            return False
        try:
            self._out += os.read(self._fd, 1 << 16)
        except OSError:
            return False
        return True


def _own_terminal() -> None:
    """The pseudo-terminal becomes the controlling one, so that its special characters would send signals."""
    os.setsid()
    ioctl(0, termios.TIOCSCTTY, 0)

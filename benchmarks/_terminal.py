"""A real pseudo-terminal with a process on it: what is written to it, what it paints, and when the last byte came."""

from __future__ import annotations

import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fcntl import ioctl
from pathlib import Path

ROWS, COLUMNS = 30, 110
KEY_GAP_S = 0.002
"""Between two keys of the scanner: a wired one sends a key about every 2 ms (field notes C1)."""

QUIET_S = 0.06
"""Nothing painted for this long means that the screen is complete."""

PATIENCE_S = 30.0


class Terminal:
    """One process on a pty of 110 x 30.

    Args:
        command: the process.
        environment: added to this one's.
    """

    def __init__(self, command: Sequence[str], environment: dict[str, str] | None = None) -> None:
        self.fd, worker = pty.openpty()
        ioctl(worker, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            list(command),
            stdin=worker,
            stdout=worker,
            stderr=worker,
            start_new_session=True,
            close_fds=True,
            env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(environment or {})},
        )
        os.close(worker)

    def write(self, keys: bytes) -> float:
        """Writes; returns when."""
        now = time.perf_counter()
        os.write(self.fd, keys)
        return now

    def scan(self, code: str) -> float:
        """Types a code as a scanner does; returns when its last key was written."""
        for letter in code.encode():
            os.write(self.fd, bytes((letter,)))
            time.sleep(KEY_GAP_S)
        return self.write(b"\r")

    def painted(self, until: bytes, quiet_s: float = QUIET_S) -> tuple[bytes, float, float]:
        """Everything painted until it holds these bytes and then stays quiet, and when its first and last byte came."""
        out, first, last = b"", 0.0, time.perf_counter()
        deadline = last + PATIENCE_S
        while True:
            ready, _, _ = select.select([self.fd], [], [], quiet_s)
            now = time.perf_counter()
            if ready:
                out += os.read(self.fd, 1 << 20)
                first, last = first or now, now
            elif until in out:
                return out, first, last
            elif now > deadline:
                raise TimeoutError(f"{until!r} was never painted; the end was {out[-600:]!r}")

    def rss_mb(self, part: str = "VmRSS") -> float:
        """Resident memory of the process."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(row.split()[1]) / 1024 for row in status.splitlines() if row.startswith(part))

    def children_mb(self) -> float:
        """Resident memory of the processes it started."""
        return sum(_kilobytes(pid, "Rss:") for pid in self._children()) / 1024

    def together_mb(self) -> float:
        """Memory of the process and those it started, pages they share counted once (proportional set size)."""
        return sum(_kilobytes(pid, "Pss:") for pid in (self.process.pid, *self._children())) / 1024

    def _children(self) -> list[int]:
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            if parent == self.process.pid:
                found.append(int(folder.name))
        return found

    def close(self) -> None:
        """Ends the process and everything it started."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.fd)


@contextmanager
def scratch_home(home: Path) -> Iterator[Path]:
    """A data folder with the same packs and a journal of its own, so that nothing of the shop is changed."""
    if not (home / "packs" / "CURRENT").exists():
        print(f"no pack in {home}: run `clerk build --shop complete-journey` first", file=sys.stderr)
        sys.exit(3)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("packs", "encoder", "settings.toml"):
            if (home / name).exists():
                (Path(folder) / name).symlink_to((home / name).resolve())
        yield Path(folder)


def counter_command(home: Path, at: str) -> list[str]:
    """The counter as a person starts it."""
    return [sys.executable, "-m", "clerk", "open", "--home", str(home), *(["--at", at] if at else [])]


def codes_of(home: Path, count: int, file: Path | None = None) -> list[str]:
    """Card codes to scan: from a file, one a line, or of the heaviest 1 % of members and evenly over the rest."""
    if file is not None:
        return [line.strip() for line in file.read_text().splitlines() if line.strip()][:count]
    from clerk.pack.open import open_pack

    pack = open_pack(home)
    rows = pack.db.execute(
        "SELECT c.code FROM cards c JOIN lines l USING (member_no) WHERE c.status = 'active' "
        "GROUP BY c.member_no ORDER BY count(*) DESC"
    ).fetchall()
    pack.close()
    codes = [str(code) for (code,) in rows]
    heavy = codes[: max(1, min(len(codes), count) // 100)]
    rest = codes[len(heavy) :]
    return (heavy + rest[:: max(1, len(rest) // max(1, count - len(heavy)))])[:count]


def quantile(values: Sequence[float], part: float) -> float:
    """The value below which this part of the sample lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def _kilobytes(pid: int, part: str) -> int:
    """One figure of a process's memory, 0 when it has ended."""
    try:
        rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(row.split()[1]) for row in rows if row.startswith(part)), 0)

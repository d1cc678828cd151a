"""A night in a process that is killed: at a durable step of its own choosing, or whenever its parent likes."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from clerk.clock import FixedClock
from clerk.durable import Disk
from clerk.nights.local import Means, take_in


class DyingDisk(Disk):
    """Kills its process before the nth durable step; never when n is 0."""

    def __init__(self, step: int) -> None:
        self._left = step

    def _step(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def sync_file(self, path: Path) -> None:
        """As `Disk`, or death."""
        self._step()
        super().sync_file(path)

    def rename(self, old: Path, new: Path) -> None:
        """As `Disk`, or death."""
        self._step()
        super().rename(old, new)


if __name__ == "__main__":
    home, at, step = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    take_in(home, Means(FixedClock(at), disk=DyingDisk(step), everything=True))

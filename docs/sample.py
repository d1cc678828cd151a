"""The sample store on one fixed day: what the pages tell of, what their commands are run on, what the pictures show."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from clerk.clock import Clock, FixedClock, parse_at

AT = "2026-03-10T09:00"
"""A Tuesday morning. Every page, command and picture has this time."""

DEMO_MEMBER = "M0001"
"""Whose card is ready to scan on the first screen."""


def clock() -> Clock:
    """A clock that stands at that time."""
    return FixedClock(parse_at(AT))


def build(home: Path) -> None:
    """Builds the sample store.

    Args:
        home: the data folder, empty or not there.

    Cost: ten seconds, in a process of its own: half a gigabyte does not stay with the caller.
    """
    command = [sys.executable, "-m", "clerk", "build", "--shop", "sample", "--home", str(home), "--at", AT]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "CLERK_HOME": ""})
    if done.returncode:
        raise RuntimeError(done.stderr)

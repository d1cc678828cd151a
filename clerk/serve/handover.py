"""Passes who signed in at a tablet to its counter process, through a pipe that only this child inherits.

Neither the command line nor the environment holds a name: both can be read from outside the process. The environment
holds only the number of the pipe.
"""

from __future__ import annotations

import json
import os
import stat

from clerk.model.staff import Signed, StaffRole

VARIABLE = "CLERK_SIGNED_PIPE"
"""Names the inherited end of the pipe."""

_LONGEST = 4096
"""Bytes of the message; a name has forty letters."""


def hand_over(signed: Signed) -> int:
    """A pipe that already holds who signed in: the end to inherit. The caller closes it after the start."""
    reading, writing = os.pipe()
    try:
        os.write(writing, json.dumps({"name": signed.name, "role": signed.role.value}).encode())
    finally:
        os.close(writing)
    return reading


def taken_over() -> Signed | None:
    """Who signed in at the tablet that this process draws for; None at a terminal, or when nothing valid was handed.

    Effect: the pipe is read and closed and the variable removed, so that no process started from here has it.
    """
    number = os.environ.pop(VARIABLE, "")
    if not (number.isascii() and number.isdecimal()):
        return None
    handle = int(number)
    try:
        if not stat.S_ISFIFO(os.fstat(handle).st_mode):
            return None
        try:
            found = json.loads(os.read(handle, _LONGEST))
        finally:
            os.close(handle)
        return Signed(str(found["name"]), StaffRole(found["role"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None

"""How long the proofs run: a few rounds in `make test`, all of them in `make prove`.

A proof is a test marked `proof`. It runs every time; `make prove` sets CLERK_PROVE and it runs for longer.
"""

from __future__ import annotations

import os


def proving() -> bool:
    """Whether the long versions were asked for."""
    return os.environ.get("CLERK_PROVE", "") not in ("", "0")


def rounds(quick: int, long: int) -> int:
    """How many rounds, states or examples a proof goes through.

    Args:
        quick: in `make test`.
        long: in `make prove`.
    """
    return long if proving() else quick

"""A trend in one row of block letters, for a terminal. Pure."""

from __future__ import annotations

from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"
"""From nothing to the most there was."""

NOTHING = "·"
"""Stands where nothing was counted, which is not the same as zero."""


def sparkline(values: Sequence[float | None], cells: int) -> str:
    """The latest values as bars from zero to the highest, one cell each; None is a dot.

    Args:
        values: oldest first, 0 or more.
        cells: at most so many, the latest.
    """
    seen = values[-cells:] if cells > 0 else ()
    most = max((value for value in seen if value is not None), default=0.0)
    return "".join(NOTHING if value is None else _bar(value, most) for value in seen)


def _bar(value: float, most: float) -> str:
    """One value against the highest."""
    if most <= 0 or value <= 0:
        return BARS[0]
    return BARS[min(round(value / most * (len(BARS) - 1)), len(BARS) - 1)]

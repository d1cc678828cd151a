"""How long the proofs run, and what they counted: a few rounds in `make test`, all of them in `make prove`.

A proof is a test marked `proof`. It runs every time; `make prove` sets CLERK_PROVE and it runs for longer. At the end
of a run `tests/conftest.py` prints what was counted; rounds of one harness add up, whichever tests they come from.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

_counted: Counter[str] = Counter()
_lost: Counter[str] = Counter()
_asked: list[int] = []


def proving() -> bool:
    """Whether the long versions were asked for."""
    return os.environ.get("CLERK_PROVE", "") not in ("", "0")


def rounds(quick: int, long: int) -> int:
    """How many rounds, states or examples a proof goes through.

    Args:
        quick: in `make test`.
        long: in `make prove`.
    """
    _asked.append(long if proving() else quick)
    return _asked[-1]


def record_proof(harness: str, rounds: int, lost: int = 0) -> None:
    """Notes what the running test went through; several notes of one harness add up.

    Args:
        harness: its name in the table.
        rounds: kills, states, faults or examples.
        lost: how many of them lost something, or let through what they should not.
    """
    _counted[harness] += rounds
    _lost[harness] += lost


def begin() -> None:
    """A test begins: nothing of an earlier one counts for it."""
    _counted.clear()
    _lost.clear()
    _asked.clear()


def counted(otherwise: str, *, passed: bool) -> list[tuple[str, int, int]]:
    """Harness, rounds, lost: what the test noted, or what it asked for and went through, under the name given."""
    if not _counted and (_asked or not passed):
        return [(otherwise, max(_asked) if passed else 0, 0)]
    return [(harness, number, _lost[harness]) for harness, number in _counted.items()]


@dataclass(slots=True)
class _Sum:
    rounds: int = 0
    lost: int = 0
    seconds: float = 0.0
    results: list[str] = field(default_factory=list)


def table(told: Iterable[tuple[str, float, Sequence[tuple[str, int, int]]]]) -> list[str]:
    """Lines of the table.

    Args:
        told: of each test: outcome, seconds, and what `counted` gave.
    """
    sums: dict[str, _Sum] = {}
    for outcome, seconds, counts in told:
        for harness, number, lost in counts:
            one = sums.setdefault(harness, _Sum())
            one.rounds += number
            one.lost += lost
            one.seconds += seconds / len(counts)
            one.results.append(outcome)
    lines = [f"{'harness':<64} {'rounds':>9} {'lost':>5} {'seconds':>8}"] if sums else []
    for harness, one in sorted(sums.items()):
        bad = sorted({result for result in one.results if result != "passed"})
        says = f"  {', '.join(bad).upper()}" if bad else ""
        lines.append(f"{harness[:64]:<64} {one.rounds:>9,} {one.lost:>5,} {one.seconds:>8.1f}{says}")
    return lines

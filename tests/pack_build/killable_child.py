"""Builds and swaps that can be killed: jobs for `tests.exchange.workers`, with everything imported once."""

from __future__ import annotations

import os
from pathlib import Path

import clerk.pack.create  # noqa: F401
from clerk.clock import FixedClock
from clerk.pack import generations
from clerk.pack.manifest import write_manifest
from clerk.pack.open import PACKS
from clerk.pack_build.build import build
from tests.exchange import worker_child


def building(folder: str, home: str, now: int, told: str) -> None:
    """One build of a shop; its name is told once it is installed."""
    _tell(told, build(Path(folder), Path(home), clock=FixedClock(now)).generation)


def installing(home: str, first: int, count: int, told: str) -> None:
    """One small generation after the other, each told once it is installed, the old ones pruned."""
    for number in range(first, first + count):
        name, folder = f"20260101T000000-{number:06x}", Path(home, PACKS, f"{generations.BUILDING}{number}")
        folder.mkdir(parents=True)
        for part in ("pack.db", "columns.npz"):
            (folder / part).write_bytes(f"{part} of {number}".encode() * 400)
        write_manifest(folder, {"generation": name, "built_at": number, "source": "test", "counts": {}})
        generations.install(Path(home), folder, name)
        _tell(told, name)
        generations.prune(Path(home), 2)


def _tell(told: str, name: str) -> None:
    # One unbuffered write a line: what stands there was done, whatever happens next.
    file = os.open(told, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{name}\n".encode())
    os.close(file)


if __name__ == "__main__":
    worker_child.main({job.__name__: job for job in (building, installing)})

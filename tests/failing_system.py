"""A system whose disk fails on demand: at the nth thing asked of it, once or from then on.

Covers what Python asks: opening for writing, syncing, renaming, making folders, inside one folder. Libraries that
write by themselves are failed by their own means where a test needs it.
"""

from __future__ import annotations

import builtins
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

FULL, BROKEN = 28, 5
"""errno ENOSPC and EIO."""


@dataclass(slots=True)
class Failing:
    """A disk that fails.

    Args:
        at: at which request, counted from 1; never when 0.
        errno: with what.
        forever: whether every later request fails as well, as on a full disk.
    """

    at: int
    errno: int
    forever: bool
    asked: int = 0
    failed: int = 0

    def request(self, path: object) -> None:
        """One more."""
        self.asked += 1
        if self.at and (self.asked == self.at or (self.forever and self.asked > self.at)):
            self.failed += 1
            raise OSError(self.errno, os.strerror(self.errno), str(path))


@contextmanager
def failing(folder: Path, at: int, errno: int, *, forever: bool) -> Iterator[Failing]:
    """The disk below a folder fails meanwhile."""
    disk, root = Failing(at, errno, forever), f"{folder.resolve()}{os.sep}"

    def inside(path: Any) -> bool:
        return isinstance(path, (str, os.PathLike)) and os.path.abspath(os.fspath(path)).startswith(root)

    def opener(real: Callable[..., Any]) -> Callable[..., Any]:
        def opening(path: Any, mode: str = "r", *values: Any, **options: Any) -> Any:
            if set(mode) & set("wax+") and inside(path):
                disk.request(path)
            return real(path, mode, *values, **options)

        return opening

    def low(path: Any, flags: int, *values: Any, **options: Any) -> int:
        if flags & (os.O_WRONLY | os.O_CREAT) and inside(path) and not str(path).endswith(".lock"):
            disk.request(path)
        return real_open(path, flags, *values, **options)

    def changing(real: Callable[..., Any]) -> Callable[..., Any]:
        def change(path: Any, *values: Any, **options: Any) -> Any:
            # Making a folder that is there asks nothing of the disk.
            if isinstance(path, int) or (inside(path) and not (real is real_mkdir and os.path.isdir(path))):
                disk.request(path)
            return real(path, *values, **options)

        return change

    real_open, real_mkdir = os.open, os.mkdir
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "open", low)
        patch.setattr(io, "open", opener(io.open))
        patch.setattr(builtins, "open", opener(builtins.open))
        for name in ("fsync", "replace", "rename", "mkdir"):
            patch.setattr(os, name, changing(getattr(os, name)))
        yield disk

"""Recording what this process asks of the system inside a folder, without any tool of the system.

Every sync and every change of a name goes through a handful of functions of `os`; between two of them the folder is
compared with what it was, and whatever differs was written. That sees everything Python writes, and what libraries
write into files that Python syncs. It does not see SQLite, which syncs by itself: `powercut.record` does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.journal.powercut import SECTOR, Step

_CHANGING = ("unlink", "remove", "mkdir", "rmdir")


class Watch:
    """Steps inside a folder, in order.

    Args:
        folder: watched with everything below it.
        skip: ends of names that survive no cut or are locks.
    """

    def __init__(self, folder: Path, skip: tuple[str, ...] = (".lock",)) -> None:
        self.steps: list[Step] = []
        self.folder = folder.resolve()
        self._skip = skip
        self.known: dict[str, bytes | None] = {}
        """Names that are there, with their bytes; folders have none."""

    def say(self, word: str) -> None:
        """Whatever was done until now is acknowledged with a word."""
        self.look()
        self.steps.append(Step("say", data=f"{word}\n".encode()))

    def look(self) -> None:
        """Notes what was written since the last look."""
        there = self._there()
        gone = sorted((name for name in self.known if name not in there), reverse=True)
        self.steps += [Step("unlink", name) for name in gone]
        for name, data in there.items():
            before = self.known.get(name) if name in self.known else None
            if name not in self.known:
                self.steps.append(Step("mkdir" if data is None else "create", name))
            if data is not None and data != before:
                self._written(name, before or b"", data)
        self.known = there

    def sync(self, handle: int) -> None:
        """Notes that a file or a folder was synced."""
        self.look()
        stat = os.fstat(handle)
        for name in ("", *self.known):
            path = self.folder / name
            if os.path.samestat(stat, path.lstat()):
                self.steps.append(Step("sync", name))

    def renamed(self, old: str, new: str) -> None:
        """Notes that a name became another; files below it come along."""
        self.steps.append(Step("rename", old, data=new.encode()))
        moved = {name: self.known.pop(name) for name in list(self.known) if f"{name}/".startswith(f"{old}/")}
        self.known.update({new + name.removeprefix(old): data for name, data in moved.items()})

    def inside(self, path: str | os.PathLike[str]) -> str:
        """The relative name; empty when it lies elsewhere."""
        whole = os.path.abspath(path)
        return os.path.relpath(whole, self.folder) if whole.startswith(f"{self.folder}{os.sep}") else ""

    def _there(self) -> dict[str, bytes | None]:
        found: dict[str, bytes | None] = {}
        for folder, folders, files in os.walk(self.folder):
            folders.sort()
            for name in (*folders, *sorted(files)):
                path = Path(folder, name)
                relative = path.relative_to(self.folder).as_posix()
                if not relative.endswith(self._skip):
                    found[relative] = None if name in folders else path.read_bytes()
        return found

    def _written(self, name: str, before: bytes, after: bytes) -> None:
        if len(after) < len(before):
            self.steps.append(Step("truncate", name, len(after)))
        for start in range(0, len(after), SECTOR):
            part = after[start : start + SECTOR]
            if part != before[start : start + SECTOR]:
                self.steps.append(Step("write", name, start, part))


@contextmanager
def watching(folder: Path) -> Iterator[Watch]:
    """Everything that happens inside a folder is recorded meanwhile."""
    watch = Watch(folder)

    def around(real: Callable[..., Any]) -> Callable[..., Any]:
        def changed(*values: Any, **options: Any) -> Any:
            watch.look()
            result = real(*values, **options)
            watch.look()
            return result

        return changed

    def synced(real: Callable[[int], None]) -> Callable[[int], None]:
        def sync(handle: Any) -> None:
            real(handle)
            watch.sync(handle if isinstance(handle, int) else handle.fileno())

        return sync

    def replaced(real: Callable[..., None]) -> Callable[..., None]:
        def rename(old: Any, new: Any, **options: Any) -> None:
            watch.look()
            real(old, new, **options)
            if (before := watch.inside(old)) and (after := watch.inside(new)):
                watch.renamed(before, after)

        return rename

    with pytest.MonkeyPatch.context() as patch:
        for name in _CHANGING:
            patch.setattr(os, name, around(getattr(os, name)))
        for name in ("fsync", "fdatasync"):
            if hasattr(os, name):
                patch.setattr(os, name, synced(getattr(os, name)))
        for name in ("replace", "rename"):
            patch.setattr(os, name, replaced(getattr(os, name)))
        watch.look()
        watch.steps.append(Step("begin"))
        yield watch
        watch.look()

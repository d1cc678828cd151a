"""A power-cut explorer: every disk a cut could have left behind, rebuilt from what a process asked of the system.

`record` runs a program under strace and keeps its writes, syncs and name changes inside one folder, with whatever it
printed in between; `tests.journal.watched` does the same for what this process writes. `Disk` replays them up to any
point and then cuts: data synced is there; of the rest every 512-byte sector is there or not, at random; names made or
removed since the folder was last synced are there up to a random point. The same idea as ALICE and LazyFS, without
FUSE. It knows sectors and names, not firmware.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512
_CALLS = "openat,open,creat,pwrite64,write,lseek,fsync,fdatasync,ftruncate,unlink,unlinkat,rename,renameat,renameat2"
_LINE = re.compile(r"^(?P<pid>\d+) +(?P<call>\w+)\((?P<rest>.*)$")
_UNFINISHED = re.compile(r"^(?P<pid>\d+) +(?P<start>.*) <unfinished \.\.\.>$")
_RESUMED = re.compile(r"^(?P<pid>\d+) +<\.\.\. \w+ resumed>(?P<end>.*)$")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was asked of the system: create, mkdir, write, truncate, sync, sync-folder, unlink, rename, say.

    Names are relative; `data` of a rename is the new one. Whatever comes before a step `begin` lay there for long.
    """

    what: str
    name: str = ""
    at: int = 0
    data: bytes = b""


def available() -> bool:
    """Whether this machine can record."""
    strace = shutil.which("strace")
    return strace is not None and not subprocess.run([strace, "true"], capture_output=True, check=False).returncode


def record(command: Sequence[str], folder: Path, environment: dict[str, str], log: Path) -> list[Step]:
    """Runs a command and returns its steps inside a folder, and what it printed, in order."""
    strace = ["strace", "-f", "-y", "-xx", "-s", "1000000", "-e", f"trace={_CALLS}", "-o", str(log)]
    child = subprocess.run([*strace, *command], env=environment, capture_output=True, text=True, check=False)
    if child.returncode:
        raise RuntimeError(child.stderr)
    return _steps(log.read_text("ascii"), str(folder.resolve()))


def _steps(log: str, folder: str) -> list[Step]:
    steps: list[Step] = []
    begun: dict[str, str] = {}
    for line in log.splitlines():
        if unfinished := _UNFINISHED.match(line):
            begun[unfinished["pid"]] = unfinished["start"]
            continue
        if resumed := _RESUMED.match(line):
            line = f"{resumed['pid']} {begun.pop(resumed['pid'])}{resumed['end']}"
        matched = _LINE.match(line)
        if matched and not re.search(r"\) += -1 E", line):
            step = _step(matched["call"], matched["rest"], folder)
            if step is not None:
                steps.append(step)
    return steps


def _step(call: str, rest: str, folder: str) -> Step | None:
    texts = [_bytes(text) for text in re.findall(r'"((?:\\x[0-9a-f]{2})*)"', rest)]
    opened = re.match(r"(\d+)<((?:\\x[0-9a-f]{2})*)>", rest)
    number, path = (int(opened[1]), _bytes(opened[2]).decode()) if opened else (-1, "")
    if call == "write" and number == 1:
        return Step("say", data=texts[0])
    if path == folder and call in ("fsync", "fdatasync"):
        return Step("sync-folder")
    name = _inside(path, folder)
    if name and call in ("fsync", "fdatasync"):
        return Step("sync", name)
    if name and call == "pwrite64":
        return Step("write", name, int(re.findall(r", (\d+)\) +=", rest)[-1]), texts[-1])
    if name and call == "ftruncate":
        return Step("truncate", name, int(re.findall(r", (\d+)\) +=", rest)[-1]))
    if name and call in ("write", "lseek"):
        raise RuntimeError(f"{call} on {name}: the explorer knows only writes that name their place")
    if call in ("openat", "open", "creat") and "O_CREAT" in rest:
        made = _inside(texts[0].decode(), folder)
        return Step("create", made) if made else None
    if call.startswith("unlink"):
        gone = _inside(texts[0].decode(), folder)
        return Step("unlink", gone) if gone else None
    if call.startswith("rename") and any(_inside(text.decode(), folder) for text in texts):
        raise RuntimeError("the journal renames nothing")
    return None


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def _inside(path: str, folder: str) -> str:
    """The file's name when it lies in the folder; shared memory does not survive a cut and is left out."""
    if not path.startswith(folder + "/") or path.endswith("-shm") or path.endswith("ballast"):
        return ""
    return path.removeprefix(folder + "/")


@dataclass(slots=True)
class _File:
    durable: bytes = b""
    pending: list[Step] = field(default_factory=list)

    def cut(self, chance: random.Random) -> bytes:
        """What is left of it: each sector and each change of length since the last sync is there or not."""
        data = bytearray(self.durable)
        keep = chance.choice((0.0, 0.5, 0.5, 0.9, 1.0))
        for step in self.pending:
            if step.what == "truncate":
                if chance.random() < keep:
                    _resize(data, step.at)
                continue
            end = step.at + len(step.data)
            start = step.at
            while start < end:
                stop = min(end, (start // SECTOR + 1) * SECTOR)
                if chance.random() < keep:
                    if len(data) < stop:
                        _resize(data, stop)
                    data[start:stop] = step.data[start - step.at : stop - step.at]
                start = stop
        return bytes(data)

    def sync(self) -> None:
        data = bytearray(self.durable)
        for step in self.pending:
            if step.what == "truncate":
                _resize(data, step.at)
            else:
                end = step.at + len(step.data)
                if len(data) < end:
                    _resize(data, end)
                data[step.at : end] = step.data
        self.durable = bytes(data)
        self.pending.clear()


def _resize(data: bytearray, size: int) -> None:
    del data[size:]
    data.extend(bytes(size - len(data)))


@dataclass(slots=True)
class _Folder:
    durable: dict[str, _File | _Folder] = field(default_factory=dict)
    now: dict[str, _File | _Folder] = field(default_factory=dict)
    pending: list[tuple[int, dict[str, _File | _Folder | None]]] = field(default_factory=list)
    """Changes of names that no sync has pinned: their place among all changes, and what each name stands for then."""

    def change(self, turn: int, names: dict[str, _File | _Folder | None]) -> None:
        """One step for everybody who looks."""
        _lay(self.now, names)
        self.pending.append((turn, names))

    def sync(self) -> None:
        for _, names in self.pending:
            _lay(self.durable, names)
        self.pending.clear()


def _lay(over: dict[str, _File | _Folder], names: dict[str, _File | _Folder | None]) -> None:
    for name, node in names.items():
        if node is None:
            over.pop(name, None)
        else:
            over[name] = node


class Disk:
    """A folder on a disk, as far as the system has promised anything about it.

    Args:
        honest: False makes every sync a lie, to prove that the explorer notices.
    """

    def __init__(self, *, honest: bool = True) -> None:
        self._honest = honest
        self._root = _Folder()
        self._turn = 0
        self.said = b""
        """What the process had printed by now."""

    def apply(self, step: Step) -> None:
        """One step further."""
        if step.what == "begin":
            self._settle(self._root)
        elif step.what == "say":
            self.said += step.data
        elif step.what in ("create", "mkdir"):
            if self._find(step.name) is None:
                self._change(step.name, _Folder() if step.what == "mkdir" else _File())
        elif step.what == "unlink":
            self._change(step.name, None)
        elif step.what == "rename":
            self._rename(step.name, step.data.decode())
        elif step.what in ("write", "truncate"):
            # A file removed while open is written by nobody who will read it again.
            if isinstance(file := self._find(step.name), _File):
                file.pending.append(step)
        elif self._honest and step.what in ("sync", "sync-folder") and (node := self._find(step.name)) is not None:
            node.sync()

    def cut(self, chance: random.Random) -> dict[str, bytes]:
        """One of the folders that a power cut at this moment can leave; names of folders end in a slash.

        Changes of names are kept up to a random point of all of them, as file systems with a journal do, or up to one
        of its own for each folder, which is all that POSIX promises.
        """
        until = chance.randint(0, self._turn) if chance.random() < 0.5 else None
        found: dict[str, bytes] = {}
        self._left(self._root, "", until, chance, found)
        return found

    def _left(
        self, folder: _Folder, path: str, until: int | None, chance: random.Random, found: dict[str, bytes]
    ) -> None:
        names = dict(folder.durable)
        own = chance.randint(0, len(folder.pending))
        for number, (turn, changed) in enumerate(folder.pending):
            if (turn <= until) if until is not None else (number < own):
                _lay(names, changed)
        for name, node in names.items():
            if isinstance(node, _File):
                found[path + name] = node.cut(chance)
            else:
                found[f"{path}{name}/"] = b""
                self._left(node, f"{path}{name}/", until, chance, found)

    def _settle(self, node: _File | _Folder) -> None:
        node.sync()
        for below in node.now.values() if isinstance(node, _Folder) else ():
            self._settle(below)

    def _find(self, path: str) -> _File | _Folder | None:
        node: _File | _Folder | None = self._root
        for part in filter(None, path.split("/")):
            node = node.now.get(part) if isinstance(node, _Folder) else None
        return node

    def _change(self, path: str, node: _File | _Folder | None) -> None:
        parent, _, name = path.rpartition("/")
        folder = self._find(parent)
        if isinstance(folder, _Folder):
            self._turn += 1
            folder.change(self._turn, {name: node})

    def _rename(self, old: str, new: str) -> None:
        node, (above, _, before), (beyond, _, after) = self._find(old), old.rpartition("/"), new.rpartition("/")
        source, target = self._find(above), self._find(beyond)
        assert node is not None
        assert isinstance(source, _Folder)
        assert isinstance(target, _Folder)
        self._turn += 1
        if source is target:
            source.change(self._turn, {before: None, after: node})
        else:
            target.change(self._turn, {after: node})
            source.change(self._turn, {before: None})


def explore(
    steps: Sequence[Step],
    folder: Path,
    states: int,
    holds: Callable[[Path, list[str]], bool],
    *,
    honest: bool = True,
    seed: int = 7,
) -> tuple[int, int]:
    """Rebuilds disks, each cut at some step, and looks at each.

    Args:
        steps: recorded.
        folder: where disks are rebuilt; best in memory.
        states: how many, or a few more.
        holds: given a rebuilt folder and every word said before the cut, whether it is as it should be.
        honest: see `Disk`.
        seed: of chance.

    Returns:
        How many there were, and how many did not hold.
    """
    disk, chance, home = Disk(honest=honest), random.Random(seed), folder / "state"
    begun = next((at for at, step in enumerate(steps) if step.what == "begin"), 0)
    each = -(-states // (len(steps) - begun))
    seen = bad = 0
    for number, step in enumerate(steps):
        disk.apply(step)
        if number < begun:
            continue
        said = disk.said.decode().split()
        for _ in range(each):
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir(parents=True)
            for name, data in disk.cut(chance).items():
                if name.endswith("/"):
                    (home / name).mkdir()
                else:
                    (home / name).write_bytes(data)
            seen += 1
            bad += not holds(home, said)
    return seen, bad

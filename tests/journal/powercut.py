"""A power-cut explorer: every disk a cut could have left behind, rebuilt from what a process asked of the system.

`record` runs a program under strace and keeps its writes, syncs and name changes inside one folder, with whatever it
printed in between. `Disk` replays them up to any point and then cuts: data synced is there; of the rest every
512-byte sector is there or not, at random; names made or removed since the folder was last synced are there up to a
random point. The same idea as ALICE and LazyFS, without FUSE. It knows sectors and names, not firmware.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512
_CALLS = "openat,open,creat,pwrite64,write,lseek,fsync,fdatasync,ftruncate,unlink,unlinkat,rename,renameat,renameat2"
_LINE = re.compile(r"^(?P<pid>\d+) +(?P<call>\w+)\((?P<rest>.*)$")
_UNFINISHED = re.compile(r"^(?P<pid>\d+) +(?P<start>.*) <unfinished \.\.\.>$")
_RESUMED = re.compile(r"^(?P<pid>\d+) +<\.\.\. \w+ resumed>(?P<end>.*)$")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing the process asked of the system: create, write, truncate, sync, unlink, rename, sync-folder, say."""

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


class Disk:
    """A folder on a disk, as far as the system has promised anything about it.

    Args:
        honest: False makes every sync a lie, to prove that the explorer notices.
    """

    def __init__(self, *, honest: bool = True) -> None:
        self._honest = honest
        self._now: dict[str, _File] = {}
        self._names: dict[str, _File] = {}
        self._changes: list[tuple[str, _File | None]] = []
        self.said = b""
        """What the process had printed by now."""

    def apply(self, step: Step) -> None:
        """One step further."""
        if step.what == "say":
            self.said += step.data
        elif step.what == "create":
            if step.name not in self._now:
                self._now[step.name] = _File()
                self._changes.append((step.name, self._now[step.name]))
        elif step.what == "unlink":
            self._now.pop(step.name, None)
            self._changes.append((step.name, None))
        elif step.what in ("write", "truncate"):
            # A file removed while open is written by nobody who will read it again.
            if step.name in self._now:
                self._now[step.name].pending.append(step)
        elif self._honest and step.what == "sync" and step.name in self._now:
            self._now[step.name].sync()
        elif self._honest and step.what == "sync-folder":
            self._settle(self._names, len(self._changes))
            self._changes.clear()

    def cut(self, chance: random.Random) -> dict[str, bytes]:
        """One of the folders that a power cut at this moment can leave."""
        names = dict(self._names)
        self._settle(names, chance.randint(0, len(self._changes)))
        return {name: file.cut(chance) for name, file in names.items()}

    def _settle(self, names: dict[str, _File], count: int) -> None:
        for name, file in self._changes[:count]:
            if file is None:
                names.pop(name, None)
            else:
                names[name] = file

"""The memory of a running kiosk, read as a core dump holds it: every readable page of every process it consists of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

from tests.terminal import PATIENCE_S, Terminal

_FORMS = ("utf-8", "utf-16-le", "utf-32-le")
"""As Python, SQLite and a terminal keep a text: Latin-1 and ASCII are the same bytes in UTF-8."""


def processes(terminal: Terminal) -> list[int]:
    """The kiosk's process and all that descend from it."""
    found, todo = [], [terminal.process.pid]
    while todo:
        pid = todo.pop()
        found.append(pid)
        with suppress(OSError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                todo += map(int, (task / "children").read_text().split())
    return found


def until_renewed(terminal: Terminal, before: Iterable[int]) -> None:
    """Waits until no process of before is left but the one that was started, and the one in its place shows itself."""
    gone, deadline = set(before) - {terminal.process.pid}, monotonic() + PATIENCE_S
    while gone & set(processes(terminal)) or len(processes(terminal)) < 2:
        assert monotonic() < deadline, "the process of the visit did not end"
        sleep(0.02)
    terminal.until_quiet()


def copies(terminal: Terminal, words: Iterable[str]) -> dict[str, int]:
    """How often each of the words, none of which is in another, is in the memory of the kiosk's processes."""
    word_of = {word.encode(form): word for word in words for form in _FORMS}
    # One pass for all of them: a region has tens of megabytes.
    any_of_them = re.compile(b"|".join(map(re.escape, word_of)))
    found = dict.fromkeys(words, 0)
    for pid in processes(terminal):
        for region in _memory(pid):
            for form in any_of_them.findall(region):
                found[word_of[form]] += 1
    return found


def _memory(pid: int) -> Iterator[bytes]:
    """Every readable region but the programs' own, which are mapped from files that nobody writes."""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            addresses, rights, _, _, _, *name = line.split(maxsplit=5)
            start, end = (int(one, 16) for one in addresses.split("-"))
            # What the kernel shows of itself, and pages of a file behind its end, cannot be read.
            with suppress(OSError, OverflowError):
                if rights.startswith("r") and not any(one.endswith((".so", ".pyc")) or ".so." in one for one in name):
                    memory.seek(start)
                    yield memory.read(end - start)

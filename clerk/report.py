"""Everything a command says: data on stdout, talk on stderr, and the exit codes.

Text is for people and may change; `--json` is for programs: one document a command, one line a query in a batch.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import time
from collections.abc import Mapping
from enum import Enum, IntEnum
from pathlib import Path

from clerk.errors import (
    AlreadyHere,
    ClerkError,
    NotKept,
    NotPermitted,
    NotServed,
    PinRefused,
    SettingsError,
    StoreDataError,
)
from clerk.text import printable


class Exit(IntEnum):
    """Exit codes of every command."""

    OK = 0
    """Done."""
    NOTHING_FOUND = 1
    """Nothing found: no such member, item or line, or no match."""
    USAGE = 2
    """The command line or a setting is wrong, or it is not permitted."""
    STORE_DATA = 3
    """Store data: no pack, damaged, locked, disk full; or the night failed or was refused."""
    EXCHANGE = 4
    """The exchange with head office failed."""
    NEEDS_A_PERSON = 5
    """A night did what it could, and something waits for a person: the first line of its report says what."""
    STOPPED = 130
    """Stopped from the keyboard."""


def plain(value: object) -> object:
    """The value as JSON knows it: dataclasses become objects, sets become sorted lists."""
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    return value


def document(value: object) -> str:
    """The value as JSON on one line; what steers a terminal or hides text stands there as an escape."""
    text = json.dumps(plain(value), ensure_ascii=False)
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in text)


def data(value: object, *, as_json: bool, text: str = "") -> None:
    """One answer on stdout: the JSON document, or its text."""
    if as_json:
        print(document(value), flush=True)
    else:
        for line in text.splitlines() or [""]:
            print(printable(line))


def line(text: str) -> None:
    """One line of data on stdout, for answers that come as a stream."""
    print(text, flush=True)


def say(sentence: str) -> None:
    """A sentence to the person, on stderr. Nobody listening is no reason to leave the work half done."""
    try:
        print(f"clerk: {printable(sentence)}", file=sys.stderr, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def not_kept(done: str, error: Exception) -> str:
    """That something was done which the audit does not have, why, and what to do.

    Args:
        done: `done` or `shown`.
        error: with which writing it ended.
    """
    if isinstance(error, ClerkError):
        return f"{error.code} {done}, but it could not be kept for the audit. {error.what} {error.remedy}"
    return f"{ClerkError.code} {done}, but it could not be kept for the audit. Run `clerk check`."


def failed(error: ClerkError, *, as_json: bool) -> Exit:
    """The error with its code and remedy; gives the exit code that goes with it."""
    if as_json:
        print(document({"error": error.as_json()}), flush=True)
    say(f"{error.code} {error.what} {error.remedy}")
    return exit_of(error)


def exit_of(error: ClerkError) -> Exit:
    """The exit code of an error, by its code."""
    if error.code in ("E220", "E221", "E222", "E223", "E224", "E233"):
        return Exit.NOTHING_FOUND
    if isinstance(error, (SettingsError, NotPermitted, NotKept, PinRefused, NotServed, AlreadyHere)):
        return Exit.USAGE
    if isinstance(error, StoreDataError):
        return Exit.STORE_DATA
    return Exit.EXCHANGE if error.code.startswith("E3") else Exit.STORE_DATA


class ProgressBar:
    """Progress of a long command on stderr: a moving bar on a terminal, elsewhere a line a stage and one every while.

    Both say how many, how fast, and how long it still takes.
    """

    WIDTH = 28
    EVERY_S = 5.0
    """Between two lines of one stage where there is no terminal: a log that can be read, and shows that it lives."""

    def __init__(self, *, quiet: bool = False, every_s: float = EVERY_S) -> None:
        self._quiet = quiet
        self._live = sys.stderr.isatty()
        self._every_s = every_s
        self._stage = ""
        self._began = 0.0
        self._drawn = 0.0
        self._open = False
        self._ended = False

    def __call__(self, stage: str, done: int, total: int, unit: str = "") -> None:
        """Draws where the stage stands; `total` 0 means that its length is not known, `unit` is what is counted."""
        if self._quiet:
            return
        now = time.monotonic()
        if stage != self._stage or (self._ended and not done):
            self.close()
            self._ended = False
            self._stage, self._began, self._drawn = stage, now, 0.0 if self._live else now
            if not self._live:
                say(f"{stage} …")
        if self._ended:
            return
        finished = total > 0 and done >= total
        if self._live:
            if finished or now - self._drawn >= 0.1:
                self._drawn = now
                self._draw(done, total, unit, now - self._began)
        elif now - self._drawn >= self._every_s and not finished:
            self._drawn = now
            say(f"{stage}: {_pace(done, total, unit, now - self._began)}")
        if finished:
            self.close()
            self._ended = True

    def close(self) -> None:
        """Ends the line that is being drawn."""
        if self._open:
            self._open = False
            print(file=sys.stderr, flush=True)

    def _draw(self, done: int, total: int, unit: str, spent: float) -> None:
        filled = round(min(1.0, done / total) * self.WIDTH) if total else 0
        bar = "█" * filled + "·" * (self.WIDTH - filled)
        told = printable(f"{self._stage:<24.24} {bar} {_pace(done, total, unit, spent)}")
        print(f"\r  {told}\033[K", end="", file=sys.stderr, flush=True)
        self._open = True


def _pace(done: int, total: int, unit: str, spent: float) -> str:
    """`120,000 of 1,469,307, 61,000 a second, 22 s left`."""
    if total <= 1:
        return f"{spent:.0f} s"
    named = f" {unit}" if unit else ""
    counts = f"{done:,} of {total:,}{named}"
    if not done or spent < 0.2:
        return counts
    rate = done / spent
    fast = f"{rate:,.0f}{named} a second"
    return f"{counts}, {fast}" + (f", {(total - done) / rate:.0f} s left" if done < total else f", {spent:.1f} s")

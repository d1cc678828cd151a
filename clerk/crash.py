"""What is told of a crash: a reference, the kind of the error and lines of code; no value, for any may be a member's.

Python's own traceback prints the message of the error ("KeyError: 'Ada Lovelace'") and Textual's prints local
variables. Here neither reaches a terminal,
a log or a file.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import sys
import threading
import time
import traceback
from pathlib import Path, PurePath
from types import TracebackType

from clerk import __version__

FOLDER = "crashes"
"""Below the data folder: one small file a kind of crash, only for its owner."""

KEPT = 50
"""Files kept; the oldest go."""

_PR_SET_DUMPABLE = 4
"""Of Linux, `man 2 prctl`."""

_home: Path | None = None


def keep_in(home: Path, *, hooks: bool = True) -> None:
    """From now on crashes of this process are written down in this data folder, and none prints a value.

    Args:
        home: the data folder; nothing is written while it is not there.
        hooks: also replace Python's own for errors that nobody caught: whoever owns the process asks for that.
    """
    global _home
    _home = home
    if not hooks:
        return
    sys.excepthook = _hook
    threading.excepthook = lambda told: _hook(told.exc_type, told.exc_value, told.exc_traceback)
    sys.unraisablehook = lambda told: _hook(told.exc_type, told.exc_value, told.exc_traceback)


def no_core_dumps() -> None:
    """From now on the system writes no memory of this process to a file when it crashes, nor hands it to a program.

    Children that it forks have the same; programs that it starts do not. Nothing is done where a system has no such
    switch. The limit alone would not do: Linux does not ask it where a program takes the dumps.
    """
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def places_of(trace: TracebackType | None) -> list[str]:
    """Where it happened, outermost first: file, line, function."""
    return [f"{PurePath(f.filename).name}:{f.lineno} {f.name}" for f in traceback.extract_tb(trace)]


def reference_of(kind: type[BaseException] | None, trace: TracebackType | None) -> str:
    """The same for the same error at the same place."""
    words = " ".join([kind.__name__ if kind else "unknown", *places_of(trace)])
    return hashlib.sha256(words.encode()).hexdigest()[:8]


def keep(error: BaseException | None) -> str:
    """Writes a crash down; gives its reference.

    Effect: `crashes/REFERENCE.txt` in the data folder, as far as that can be written.
    """
    kind, trace = type(error) if error is not None else None, error.__traceback__ if error is not None else None
    reference = reference_of(kind, trace)
    if _home is None or not _home.is_dir():
        return reference
    lines = [
        f"reference {reference}",
        f"clerk {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}",
        f"at {time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}",
    ]
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        lines += ["", type(error).__qualname__, *(f"  {place}" for place in places_of(error.__traceback__))]
        error = error.__cause__ or error.__context__
    with contextlib.suppress(OSError):
        folder = _home / FOLDER
        folder.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(folder / f"{reference}.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        for old in sorted(folder.glob("*.txt"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
            old.unlink()
    return reference


def crash_text(error: BaseException | None) -> str:
    """What the terminal shows after a crash of a screen, in rows of at most 79 columns; also writes it down."""
    places = places_of(error.__traceback__ if error is not None else None)
    name = type(error).__name__ if error is not None else "unknown"
    short = " < ".join(place.partition(" ")[0] for place in reversed(places[-2:]))
    return (
        f"Clerk stopped. Reference {keep(error)}: {name[:40]}\n"
        f"at {short[:76] or 'start'}\n"
        'Everything that showed "recorded" is kept. Open the counter again with\n'
        "`clerk open`. If it stops again, run `clerk check` and pass the reference on.\n"
    )


def command_text(error: BaseException) -> str:
    """What a command says after a crash, in one line; also writes it down."""
    places = places_of(error.__traceback__)
    where = places[-1].partition(" ")[0] if places else "start"
    return (
        f"this is a fault of Clerk: reference {keep(error)}, {type(error).__name__} at {where}. "
        f"Run `clerk check`, and pass the reference on with {FOLDER}/ of the data folder: no member's data is in it."
    )


def _hook(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """An error that nobody caught, wherever it was."""
    if issubclass(kind, (KeyboardInterrupt, SystemExit)):
        return
    told = error if error is not None else kind()
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(f"clerk: {command_text(told.with_traceback(trace or told.__traceback__))}\n")

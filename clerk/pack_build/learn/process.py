"""Learning in a process of its own, while the build goes on.

Numbers go over in a pipe and JSON comes back, so that nothing of the shop lies anywhere; the memory that learning takes
goes with the process. It runs at lower priority and on one core, and ends by itself.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from clerk import worker
from clerk.memory import frugal_arrays
from clerk.model import ItemColumns
from clerk.pack_build.learn.cases import columns_of
from clerk.settings import Settings, from_tables

if TYPE_CHECKING:
    from clerk.pack_build.numbering import Numbered

_NICE = 5
"""Steps of priority given away: a build started by hand should not make the counter beside it slow."""


class LearningFailed(Exception):
    """Learning failed; the build goes on without models."""


class Learning:
    """Learning that goes on elsewhere.

    Args:
        lines: columns of the numbered lines.
        columns: the items' numbers.
        now: wall seconds.
        settings: the shop's constants.
        known: models of an earlier night that still serve.
    """

    def __init__(
        self, lines: Mapping[str, NDArray[Any]], columns: ItemColumns, now: int, settings: Settings,
        known: Mapping[str, object] | None,
    ) -> None:  # fmt: skip
        self._child = worker.Child(worker.running("clerk.pack_build.learn.process"))
        # A process that has died takes nothing; `result` says so.
        with contextlib.suppress(BrokenPipeError):
            self._child.send(_sent(lines, columns, now, settings, known))

    def result(self) -> dict[str, object]:
        """Waits for what was learned.

        Raises:
            LearningFailed: it ended without.
        """
        if self._child.stdout is None or self._child.stdout.closed:
            raise LearningFailed("it was stopped")
        text = self._child.rest()
        try:
            reply = json.loads(text)
        except ValueError as problem:
            raise LearningFailed(f"its process ended with {self._child.returncode}") from problem
        if "problem" in reply:
            raise LearningFailed(reply["problem"])
        models: dict[str, object] = reply["models"]
        return models

    def stop(self) -> None:
        """Ends it; nothing happens when it has ended."""
        self._child.end()


def learn_apart(
    shop: Numbered, columns: ItemColumns, now: int, settings: Settings, known: Mapping[str, object] | None = None
) -> Learning:
    """Begins to learn; the `learn` of a build that has other things to do meanwhile."""
    return Learning(columns_of(shop), columns, now, settings, known)


def _sent(
    lines: Mapping[str, NDArray[Any]],
    columns: ItemColumns,
    now: int,
    settings: Settings,
    known: Mapping[str, object] | None,
) -> Iterator[bytes | memoryview]:
    """The input of the process: a line of JSON with names and shapes, then the bytes of each array."""
    plain_values: dict[str, object] = {}
    arrays = [("lines", name, array) for name, array in lines.items()]
    for field in fields(ItemColumns):
        value = getattr(columns, field.name)
        if isinstance(value, np.ndarray):
            arrays.append(("columns", field.name, value))
        else:
            plain_values[field.name] = value
    shapes = [(group, name, array.dtype.str, len(array)) for group, name, array in arrays]
    head = {"now": now, "settings": asdict(settings), "columns": plain_values, "arrays": shapes, "known": known}
    yield json.dumps(head).encode() + b"\n"
    for _, _, array in arrays:
        yield np.ascontiguousarray(array).view(np.uint8).data


_Given = tuple[dict[str, NDArray[Any]], ItemColumns, int, Settings, dict[str, object] | None]


def _receive(pipe: IO[bytes]) -> _Given:
    head = json.loads(pipe.readline())
    found: dict[str, dict[str, Any]] = {"lines": {}, "columns": dict(head["columns"])}
    for group, name, kind, length in head["arrays"]:
        array = np.empty(length, dtype=kind)
        if length and pipe.readinto(array.view(np.uint8).data) != array.nbytes:  # type: ignore[attr-defined]
            raise EOFError
        found[group][name] = array
    for name in ("categories", "kinds", "audiences"):
        found["columns"][name] = tuple(found["columns"][name])
    columns, settings = ItemColumns(**found["columns"]), from_tables(head["settings"])
    return found["lines"], columns, int(head["now"]), settings, head["known"]


def main() -> None:
    """Learns from the arrays on standard input, and writes the models to standard output."""
    answer = worker.at_work(_NICE)
    frugal_arrays()
    from clerk.pack_build.learn import learn_from

    try:
        given = _receive(sys.stdin.buffer)
        worker.end_with_parent()
        reply: dict[str, object] = {"models": learn_from(*given)}
    except Exception as problem:  # whatever it is, the build gets the error and goes on
        reply = {"problem": f"{type(problem).__name__}: {problem}"}
    with contextlib.suppress(BrokenPipeError), answer:
        answer.write(json.dumps(reply).encode())


if __name__ == "__main__":
    main()

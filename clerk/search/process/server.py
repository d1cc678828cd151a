"""The search process: `python -m clerk.search.process.server HOME GENERATION`, asked over a pipe.

It exists because importing onnxruntime and FAISS in a thread freezes the keys for half a second. It runs at the
lowest sensible priority, reads one question a line from stdin, writes one answer a line to stdout, and ends when
stdin ends, which is also what happens when the counter dies.

In:  `{"id": 7, "text": "oat milk", "limit": 20}`
Out: `{"ready": true, "meaning": true, "model_id": "..."}` once, or `{"error": {...}}` and the end; then one
     `{"id": 7, "items": {...}}` or `{"id": 7, "error": {...}}` for each question.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from clerk import worker
from clerk.errors import ClerkError
from clerk.search.process.wire import content_of, line_of


def main(arguments: list[str]) -> int:
    """Serve until stdin ends; 0 then, 1 when the pack cannot be searched."""
    questions, answers = sys.stdin.buffer, worker.at_work()
    try:
        # Imported here so that the priority is lowered first.
        from clerk.pack.open import open_generation
        from clerk.pack.read import PackReader
        from clerk.search.meaning import open_item_search
        from clerk.settings import load

        home = Path(arguments[0])
        pack = open_generation(home, arguments[1])
        search = open_item_search(pack, PackReader(pack), load(home).search)
        # The first query pays for lazy parts of the libraries, and one that means nothing for how such are recognised;
        # better now than with a person waiting.
        search.search("zqxv", 1)
    except ClerkError as error:
        _write(answers, {"error": error.as_json()})
        return 1
    gc.collect()
    gc.freeze()
    problem = search.problem.as_json() if search.problem is not None else None
    _write(answers, {"ready": True, "meaning": problem is None, "model_id": search.model_id, "problem": problem})
    for line in questions:
        _write(answers, _answer(search, content_of(line)))
    return 0


def _answer(search: Any, question: Mapping[str, Any]) -> dict[str, object]:
    number = question.get("id")
    try:
        found = search.search(str(question["text"]), int(question["limit"]))
    except ClerkError as error:
        return {"id": number, "error": error.as_json()}
    return {"id": number, "items": asdict(found)}


def _write(answers: BinaryIO, content: Mapping[str, object]) -> None:
    answers.write(line_of(content))
    answers.flush()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (BrokenPipeError, KeyboardInterrupt):
        sys.exit(0)

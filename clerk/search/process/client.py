"""The counter's end of the search process: asking never waits, whatever the process does.

One thread owns the process. Only the newest question is kept: while a person types, older ones are dropped before
they are sent, and answers nobody waits for any more are not delivered.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from clerk import worker
from clerk.errors import SearchUnavailable
from clerk.model import Items
from clerk.search.process.wire import content_of, items_from_json, line_of

Done = Callable[[str, Items], None]

START_S = 60.0
"""Patience for the first line: loading takes 1 s, on a box that is swapping much more."""

ANSWER_S = 10.0
"""Patience for one answer; a process that needs longer is taken for hung and started again."""

DEATHS_IN_A_ROW = 3
"""After so many the words go on alone for `REST_S`: something is wrong that a restart does not mend."""

REST_S = 60.0
"""How long nothing is tried then."""


class _Question(NamedTuple):
    text: str
    limit: int
    done: Done


class SearchClient:
    """Asks a search process of its own, which starts with the first question.

    Args:
        home: the data folder.
        generation: the pack to search; a new night gets a new client.
        command: how the process is started; only tests give another.
    """

    def __init__(self, home: Path, generation: str, *, command: Sequence[str] | None = None) -> None:
        self._command = list(command or worker.running("clerk.search.process.server", str(home.absolute()), generation))
        self._news = threading.Condition()
        self._waiting: _Question | None = None
        self._wanted = False
        self._closed = False
        self._thread: threading.Thread | None = None
        self._newest = worker.Newest()
        self._process: worker.Child | None = None
        self._ready = False
        self._meaning = True
        self._deaths = 0
        self._rest_until = 0.0
        self._number = 0
        self.problem: SearchUnavailable | None = None
        """Why meaning is missing, when it is."""

    @property
    def state(self) -> str:
        """`ready`, `starting` or `words only`."""
        if self._closed or not self._meaning or (not self._ready and time.monotonic() < self._rest_until):
            return "words only"
        return "ready" if self._ready else "starting"

    def ask(self, text: str, limit: int, done: Done) -> None:
        """Ask and go on; a question not sent yet is replaced by this one.

        Args:
            text: the query.
            limit: rows at most.
            done: called with the query and its answer, from another thread; never called when the question became
                stale, the process cannot answer, or the client was closed.
        """
        with self._news:
            self._waiting = _Question(text, limit, done)
            self._wanted = True
            self._wake()

    def close(self) -> None:
        """End the process. Nothing is delivered afterwards, except to a `done` that is running."""
        with self._news:
            self._closed, self._waiting = True, None
            self._news.notify_all()
        self._newest.close()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=2.0)

    def _wake(self) -> None:
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._run, name="search-client", daemon=True)
            self._thread.start()
        self._news.notify_all()

    def _run(self) -> None:
        """The one thread: wait for a question, have a process, ask it, deliver."""
        try:
            while (question := self._next()) is not _CLOSED:
                if time.monotonic() < self._rest_until or not self._started():
                    continue
                if isinstance(question, _Question):
                    self._put(question)
        finally:
            self._end()

    def _next(self) -> object:
        """The newest question, or None when only a start is wanted."""
        with self._news:
            self._news.wait_for(lambda: self._closed or self._wanted)
            if self._closed:
                return _CLOSED
            question, self._waiting, self._wanted = self._waiting, None, False
            return question

    def _put(self, question: _Question) -> None:
        """Asks the process, again after a restart if it dies, and delivers the answer if it is still wanted."""
        for _ in range(2):
            answer = self._answer(question)
            if answer is not None:
                break
            if not self._started():
                return
        else:
            return
        with self._news:
            stale = self._closed or self._waiting is not None
        if "items" in answer and not stale:
            with contextlib.suppress(SearchUnavailable):
                question.done(question.text, items_from_json(answer["items"]))

    def _answer(self, question: _Question) -> Mapping[str, Any] | None:
        """The answer of the process; None when it died or hung."""
        process = self._process
        if process is None:
            return None
        self._number += 1
        line = line_of(
            {
                "id": self._number,
                "text": question.text,
                "limit": question.limit,
            }
        )
        try:
            process.send([line])
            answer = content_of(process.line(ANSWER_S))
            if answer.get("id") != self._number:
                raise SearchUnavailable("The search process answered another question.", "It is started again.")
        except (OSError, SearchUnavailable) as cause:
            self._died(cause)
            return None
        self._deaths = 0
        return answer

    def _started(self) -> bool:
        """Whether a process is ready; starts one when not."""
        if self._process is not None and self._process.poll() is None and self._ready:
            return True
        self._end()
        try:
            self._process = self._newest.start(self._command)
            if self._process is None:
                return False
            said = content_of(self._process.line(START_S))
        except (OSError, SearchUnavailable) as cause:
            self._died(cause)
            return False
        if "error" in said:
            error = said["error"]
            self._died(SearchUnavailable(str(error.get("what")), str(error.get("remedy"))), for_good=True)
            return False
        problem = said.get("problem")
        self.problem = SearchUnavailable(problem["what"], problem["remedy"]) if problem else None
        self._meaning, self._ready = bool(said.get("meaning")), True
        return True

    def _died(self, cause: Exception, *, for_good: bool = False) -> None:
        self._end()
        self._deaths += 1
        if for_good or self._deaths >= DEATHS_IN_A_ROW:
            self._rest_until = time.monotonic() + REST_S
            self._deaths = 0
        if isinstance(cause, SearchUnavailable):
            self.problem = cause
        else:
            self.problem = SearchUnavailable("The search process ended.", "It is started again by itself.")

    def _end(self) -> None:
        """Let go of the process."""
        process, self._process, self._ready = self._process, None, False
        if process is not None:
            process.end()


_CLOSED = object()
"""Says that there is no next question."""

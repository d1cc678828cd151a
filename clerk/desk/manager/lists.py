"""The list of what to prepare tomorrow, the scorecard and the nights in detail, worked out in a process of its own.

This is the counter's end of that process; the newest question wins.

Every call waits for its answer, so it is made on a thread of its own. `close`, or a newer question, ends the process
of the one before: nobody is looking at that list any more.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path

from clerk import errors, worker
from clerk.clock import Clock
from clerk.errors import ClerkError
from clerk.model import Duplicates, PrepList, Scorecard
from clerk.model.nights import NightsMore


class ListsProcess:
    """Asks for the shop's lists.

    Args:
        home: the data folder.
        clock: which day tomorrow is.
        command: how the process is started; only tests give another.
    """

    def __init__(self, home: Path, clock: Clock, *, command: Sequence[str] | None = None) -> None:
        self._home = home
        self._clock = clock
        self._command = list(command or worker.running("clerk.desk.lists_process"))
        self._newest = worker.Newest()

    def ask(self, kind: str) -> PrepList | Scorecard | NightsMore | Duplicates:
        """Waits for a list.

        Args:
            kind: `prep`, `scorecard`, `nights` or `duplicates`.

        Raises:
            ClerkError: whatever keeps the list from being made, or it was ended.
        """
        try:
            child = self._newest.start([*self._command, str(self._home.absolute()), kind, str(self._clock.now())])
        except OSError as error:
            what = f"The process that works out lists cannot be started: {error.strerror}."
            raise ClerkError(what, "Free memory, then open the list again.") from error
        if child is None:
            raise ClerkError("The counter is closing.", "Open it again.")
        try:
            # Only our own child writes to this pipe, with the code of this very installation.
            result, failure = pickle.loads(child.rest())
        except Exception as error:  # pickle raises anything when what it reads is cut off
            what = "The list was not finished."
            raise ClerkError(what, "Open it again; if that fails, run `clerk check`.") from error
        if failure is not None:
            name, what, remedy = failure
            kind_of_error = getattr(errors, name, ClerkError)
            raise kind_of_error(what, remedy)
        assert isinstance(result, PrepList | Scorecard | NightsMore | Duplicates)
        return result

    def prep(self) -> PrepList:
        """What to have ready tomorrow. Takes seconds: call it from another thread."""
        found = self.ask("prep")
        assert isinstance(found, PrepList)
        return found

    def scorecard(self) -> Scorecard:
        """How well the shop does by its members in the long run. Takes seconds, like `prep`."""
        found = self.ask("scorecard")
        assert isinstance(found, Scorecard)
        return found

    def duplicates(self) -> Duplicates:
        """Who may be one person twice. Takes seconds, like `prep`."""
        found = self.ask("duplicates")
        assert isinstance(found, Duplicates)
        return found

    def close(self) -> None:
        """Ends the process; whoever waits is told that the list was not finished."""
        self._newest.close()

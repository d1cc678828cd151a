"""The journal that a desk works with: open, or why it cannot be used now.

Whoever reads it gets the journal's own error where it cannot be read, never nothing: what cannot be read may hold that
somebody withdrew what they agreed to, or asked to be forgotten.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from clerk.clock import Clock
from clerk.errors import ClerkError, DiskFailed, DiskFull, KeyWrong, StoreLocked
from clerk.journal import Journal
from clerk.model import Acting

WAIT_S = 0.25
"""How long a read at the counter waits for another process. Where the log is safe, nobody holds a reader up but whoever
takes the whole file."""

AGAIN_S = 1.0
"""For how long a journal that could not be read is not asked again: a scan reads several times, and waits once."""

_PASSING = (StoreLocked, DiskFull, DiskFailed, KeyWrong)
"""What may be over the next time. A damaged journal needs a person, who starts Clerk again."""


class JournalInUse:
    """Opens the journal of a data folder, and goes on trying where that may help.

    Any thread may call any method.

    Args:
        home: the data folder.
        clock: gives the wall seconds of events.
        acting: who records.
        tell: takes what is wrong with the journal and needs a person.
        wait_s: how long a read waits for another process.
        tick: seconds that never go back.
    """

    def __init__(
        self,
        home: Path,
        clock: Clock,
        acting: Acting | None = None,
        tell: Callable[[ClerkError], None] = lambda error: None,
        *,
        wait_s: float = WAIT_S,
        tick: Callable[[], float] = monotonic,
    ) -> None:
        self.home = home
        self._clock = clock
        self._acting = acting or Acting()
        self._tell = tell
        self._wait_s = wait_s
        self._tick = tick
        self._hlc_floor = 0
        self._lock = threading.Lock()
        self._journal: Journal | None = None
        self._refused: ClerkError | None = None
        """Why it could not be opened."""
        self._unread: ClerkError | None = None
        """Why it could not be read the last time."""
        self._failed_at = 0.0
        self._open()

    def now(self) -> Journal:
        """The open journal.

        Raises:
            ClerkError: why it cannot be opened.
        """
        with self._lock:
            if self._journal is None and isinstance(self._refused, _PASSING) and self._is_time():
                self._open()
            if self._journal is not None:
                return self._journal
            assert self._refused is not None
            raise self._refused.with_traceback(None)

    @contextmanager
    def reading(self) -> Iterator[Journal]:
        """The open journal, to be read inside the block.

        Raises:
            ClerkError: why it cannot be read, for a moment the same without asking again.
        """
        if self._unread is not None and not self._is_time():
            raise self._unread.with_traceback(None)
        journal = self.now()
        try:
            yield journal
        except ClerkError as error:
            self._failed(error)
            raise
        self._unread = None

    def look_again(self) -> None:
        """A person scans anew: whatever could not be read is tried again at once."""
        self._failed_at = 0.0

    def is_why(self, error: ClerkError) -> bool:
        """Whether an error is the reason why the journal cannot be read."""
        return error is self._unread or error is self._refused

    def raise_floor(self, hlc: int) -> None:
        """Makes later events later than this logical clock, which comes with newer store data."""
        with self._lock:
            self._hlc_floor = max(self._hlc_floor, hlc)
            if self._journal is not None:
                self._journal.raise_floor(hlc)

    def close(self) -> None:
        """Writes what is waiting, then lets go of the file."""
        with self._lock:
            if self._journal is not None:
                self._journal.close()

    def _open(self) -> None:
        try:
            self._journal = Journal.open(
                self.home, self._clock, acting=self._acting, hlc_floor=self._hlc_floor, read_wait_s=self._wait_s
            )
        except ClerkError as error:
            self._refused = error
            self._failed(error)
        else:
            self._refused = None

    def _failed(self, error: ClerkError) -> None:
        self._unread, self._failed_at = error, self._tick()
        if not isinstance(error, _PASSING):
            self._tell(error)

    def _is_time(self) -> bool:
        return self._tick() - self._failed_at >= AGAIN_S

"""The journal that a desk works with: open, or why it cannot be used now.

Whoever reads it gets the journal's own error where it cannot be read, never nothing: what cannot be read may hold that
somebody withdrew what they agreed to, or asked to be forgotten.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from time import monotonic

from clerk.clock import Clock
from clerk.errors import ClerkError, DiskFailed, DiskFull, JournalDamaged, KeyWrong, StoreLocked
from clerk.journal import ChainReport, Journal, driver_errors
from clerk.journal.file import FILE
from clerk.model import Acting
from clerk.role import enrolled_as

WAIT_S = 0.25
"""How long a read at the counter waits for another process. Where the log is safe, nobody holds a reader up but whoever
takes the whole file."""

AGAIN_S = 1.0
"""For how long a journal that could not be read is not asked again: a scan reads several times, and waits once."""

CHECKED_AT_ONCE = 5_000
"""Events up to which the whole journal is checked before anything is read: 40 ms. A longer one is checked beside what
is shown meanwhile; commands wait for it."""

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
        self._damaged: ClerkError | None = None
        """What a check of the whole journal found: some rows can be read, and nobody knows which are missing."""
        self._failed_at = 0.0
        self._checking: threading.Thread | None = None
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
        if self._damaged is not None:
            raise self._damaged.with_traceback(None)
        if self._unread is not None and not self._is_time():
            raise self._unread.with_traceback(None)
        journal = self.now()
        try:
            yield journal
        except ClerkError as error:
            self._failed(error)
            raise
        self._unread = None

    def wait_until_checked(self) -> None:
        """For whoever says something once and ends, before the check of a long journal would. Cost: 13 µs an event."""
        if self._checking is not None:
            self._checking.join()

    def look_again(self) -> None:
        """A person scans anew: whatever could not be read is tried again at once."""
        self._failed_at = 0.0

    def is_why(self, error: ClerkError) -> bool:
        """Whether an error is the reason why the journal cannot be read."""
        return error in (self._damaged, self._unread, self._refused)

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
            self._journal = self._opened()
        except ClerkError as error:
            self._refused = error
            self._failed(error)
            return
        self._refused = None
        with suppress(ClerkError):
            if self._journal.count() <= CHECKED_AT_ONCE:
                self._check(self._journal, self._journal.verify)
            else:
                work = partial(self._check, self._journal, self._journal.verify_apart)
                self._checking = threading.Thread(target=work, name="journal check", daemon=True)
                self._checking.start()

    def _opened(self) -> Journal:
        """The journal; on a device of a head office, no other than the one it was enrolled with.

        In an empty or another one nobody withdrew anything here.

        Raises:
            ClerkError: why it cannot be opened.
        """
        enrolled = enrolled_as(self.home)
        if enrolled and not (self.home / FILE).exists():
            raise _not_enrolled("The journal that this device was enrolled with is not there.")
        journal = Journal.open(
            self.home, self._clock, acting=self._acting, hlc_floor=self._hlc_floor, read_wait_s=self._wait_s
        )
        if enrolled and journal.device != enrolled:
            journal.close()
            raise _not_enrolled("The journal here is not the one that this device was enrolled with.")
        return journal

    def _check(self, journal: Journal, verify: Callable[[], ChainReport]) -> None:
        """Finds damage that a read would pass over: a page of nothing looks as if nobody had said anything."""
        try:
            # Damage is believed when it is seen twice: another process may be at work meanwhile.
            report = verify() if verify().damage else None
        except ClerkError:
            # Whoever reads is told the same.
            return
        if report is not None and report.damage:
            self._damaged = driver_errors.damaged(journal.path, report.damage.removesuffix("."))
            self._failed(self._damaged)

    def _failed(self, error: ClerkError) -> None:
        self._unread, self._failed_at = error, self._tick()
        if not isinstance(error, _PASSING):
            self._tell(error)

    def _is_time(self) -> bool:
        return self._tick() - self._failed_at >= AGAIN_S


def _not_enrolled(what: str) -> JournalDamaged:
    return JournalDamaged(
        what,
        "Put it back from a backup, or enrol this device again (`clerk enrol`): what members withdrew here since the "
        "last night is then not known.",
    )

"""Pack refresh: new store data under a running counter is opened beside the old, and taken between two visits.

`waiting` reads one file of a few bytes; `prepare` hashes and opens the new generation on a thread of its own; `take`
then exchanges the two in an instant, when no visit is open. A generation that cannot be opened is reported once and
the data in use stays.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from clerk.desk.pack_in_use import PackInUse, PackParts
from clerk.errors import ClerkError
from clerk.pack.open import Pack, current_generation, open_generation


class PackRefresh:
    """Watches which generation is in use.

    Args:
        home: the data folder.
        pack: that is open now.
        in_use: holds what rests on it.
        parts_over: makes what rests on an opened pack; takes its time.
        tell: takes what went wrong.
    """

    def __init__(
        self,
        home: Path,
        pack: Pack,
        in_use: PackInUse,
        parts_over: Callable[[Pack], PackParts],
        tell: Callable[[ClerkError], None],
    ) -> None:
        self._home = home
        # A pack with notices stands in for one that could not be opened; that was reported, and is not tried again.
        self._looked_at = (current_generation(home) if pack.notices else None) or pack.generation
        self._in_use = in_use
        self._parts_over = parts_over
        self._tell = tell
        self._next: PackParts | None = None
        self._lock = threading.Lock()

    @property
    def is_ready(self) -> bool:
        """Whether newer data is open and not taken yet."""
        return self._next is not None

    def waiting(self) -> bool:
        """Whether another generation was put into use since. Cost: one small file."""
        name = current_generation(self._home)
        return name is not None and name != self._looked_at

    def prepare(self) -> bool:
        """Opens what is in use now beside what is open; whether there is something to take.

        Cost: one pass of sha256 over the pack; call it from another thread.
        """
        with self._lock:
            name = current_generation(self._home)
            if name is not None and name != self._looked_at:
                self._looked_at = name
                try:
                    parts = self._parts_over(open_generation(self._home, name))
                except ClerkError as error:
                    self._tell(error)
                else:
                    self.close()
                    self._next = parts
            return self._next is not None

    def take(self) -> bool:
        """Goes over to what was prepared; whether there was something. Only while no visit is open."""
        newer, self._next = self._next, None
        if newer is None:
            return False
        self._in_use.exchange(newer)
        return True

    def close(self) -> None:
        """Lets go of what was prepared and not taken."""
        parts, self._next = self._next, None
        if parts is not None:
            parts.close()

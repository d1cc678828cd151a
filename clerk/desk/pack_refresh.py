"""New store data under a running counter: noticed while nobody waits, opened beside the old, taken between visits.

`waiting` reads one file of a few bytes; `prepare` hashes and opens the new generation on a thread of its own; the
desk then exchanges the two in an instant when no visit is open. A generation that cannot be opened is told once and
the data in use stays.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from clerk.clock import Clock
from clerk.desk.counter.records import Records
from clerk.errors import ClerkError
from clerk.journal import Journal
from clerk.members.card_loading import Visiting
from clerk.members.counter_enrolled import Enrolled
from clerk.members.finding import Finding
from clerk.members.shown import Shown
from clerk.pack.open import Pack, current_generation, open_generation
from clerk.pack.read import PackReader
from clerk.privacy.wordings import wordings
from clerk.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """All of the desk that rests on one pack."""

    pack: Pack
    reader: PackReader
    visiting: Visiting
    records: Records
    finding: Finding

    def close(self) -> None:
        """Lets go of the files and of the search process."""
        self.finding.close()
        self.pack.close()


def opened(
    home: Path,
    journal: Journal | None,
    settings: Settings,
    clock: Clock,
    reading: threading.RLock,
    tell: Callable[[ClerkError], None],
    pack: Pack,
) -> Opened:
    """All that rests on a pack, warm: the first card from it is as quick as the next.

    Args:
        home: the data folder.
        journal: of this device, or None where it cannot be read.
        settings: the shop's constants.
        clock: now.
        reading: held while the pack is read.
        tell: takes what went wrong while the journal was read.
        pack: opened.
    """
    reader = PackReader(pack)
    visiting = Visiting(reader, journal, settings, clock, tell)
    visiting.warm()
    records = Records(visiting, journal, pack.generation, reading)
    records.wordings = wordings(home, settings.privacy)
    finding = Finding(home, pack, reader, Enrolled(visiting, reader.facts))
    finding.shown = Shown(visiting)
    return Opened(pack, reader, visiting, records, finding)


class Renewal:
    """Watches which generation is in use.

    Args:
        home: the data folder.
        pack: that is open now.
        made: what the desk needs over an opened pack; takes its time.
        tell: takes what went wrong.
    """

    def __init__(
        self, home: Path, pack: Pack, made: Callable[[Pack], Opened], tell: Callable[[ClerkError], None]
    ) -> None:
        self._home = home
        self.in_use = pack.generation
        """The generation that cards are made from."""
        # A pack with notices stands in for one that could not be opened; that was told, and is not tried again.
        self._looked_at = (current_generation(home) if pack.notices else None) or pack.generation
        self._made = made
        self._tell = tell
        self._next: Opened | None = None
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
                    opened = self._made(open_generation(self._home, name))
                except ClerkError as error:
                    self._tell(error)
                else:
                    self._drop()
                    self._next = opened
            return self._next is not None

    def take(self) -> Opened | None:
        """What was prepared, once."""
        opened, self._next = self._next, None
        if opened is not None:
            self.in_use = opened.pack.generation
        return opened

    def close(self) -> None:
        """Lets go of what was prepared and not taken."""
        self._drop()

    def _drop(self) -> None:
        opened, self._next = self._next, None
        if opened is not None:
            opened.close()

"""What the member's own screen may hold: words only, masked by the desk before a screen sees them.

Nothing here names a tier, a value, a note of the shop or a phone number in full, so no screen can show one.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Self

from clerk.model.members import Agreement


@dataclass(frozen=True, slots=True)
class KioskLine:
    """One thing on the first screen."""

    name: str
    detail: str = ""
    """One line: `out today, instead: House beans`, `Shelf A1`."""


@dataclass(frozen=True, slots=True)
class KioskCard:
    """What a card opens for whoever holds it: the screen behind it needs the second factor."""

    visit_id: str
    greeting: str
    """The member's name, masked."""
    usual_title: str
    usual: tuple[KioskLine, ...]
    usual_why: str
    again: tuple[KioskLine, ...]
    """What comes back at the member's own interval."""
    here: tuple[KioskLine, ...]
    """In stock for them, with its shelf."""
    silence: str = ""
    """Why nothing is named where nothing is."""


@dataclass(frozen=True, slots=True)
class KioskRefused:
    """A scan that opens nothing. Unknown, revoked and foreign codes read the same."""

    what: str
    remedy: str
    pause_s: int = 0
    """Seconds for which nothing more is read, 0 when the next scan may come."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What the process of one visit leaves to the process of the next: nothing of a member."""

    goodbye: str = ""
    """The page that is shown: `done`, `forgotten`, or empty."""
    refused: KioskRefused | None = None
    """The refusal that is shown instead."""
    unknown_at: tuple[float, ...] = ()
    """Seconds, of a clock that never goes back, at which codes opened nothing; see `KioskDesk`."""
    paused_until: float = 0.0
    """Until then nothing is read."""
    modules: tuple[str, ...] = ()
    """Names of what was imported: the next processes have it from the beginning."""

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """What `to_json` wrote."""
        said = json.loads(text)
        refused = KioskRefused(**said["refused"]) if said["refused"] else None
        return cls(said["goodbye"], refused, tuple(said["unknown_at"]), said["paused_until"], tuple(said["modules"]))


@dataclass(frozen=True, slots=True)
class KioskMonth:
    """Purchases of one calendar month."""

    month: str
    """`2026-11`."""
    words: str
    """`November 2026`."""
    visits: int
    lines: int


@dataclass(frozen=True, slots=True)
class KioskPurchase:
    """One past line."""

    line: str
    """Line reference."""
    sku: str
    name: str
    detail: str
    """Day, choices, and whether it is set aside."""
    category: str = ""
    is_here: bool = True
    """Whether the shop still sells it, so that something can be said to it."""


@dataclass(frozen=True, slots=True)
class KioskStatement:
    """One thing the member said that still counts, as they read it."""

    event_id: str
    words: str
    detail: str


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is remembered about the member; only after the second factor."""

    name: str
    phone: str
    """Its end only: the member knows the rest."""
    email: str
    """Masked."""
    usual: tuple[KioskLine, ...]
    usual_why: str
    months: tuple[KioskMonth, ...]
    """Newest first."""
    said: tuple[KioskStatement, ...]
    purposes: tuple[Agreement, ...]
    lines: int
    """Past lines that are used."""
    visits: int
    notes: tuple[str, ...] = ()
    """What is missing, in words."""

"""Associates and managers: who works here, who is signed in, and what somebody did, in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from clerk.model.events import EventKind


class StaffRole(StrEnum):
    """What somebody at a screen may do."""

    ASSOCIATE = "associate"
    MANAGER = "manager"
    KIOSK = "kiosk"
    """Nobody of the shop: a member stands before it."""


@dataclass(slots=True)
class Acting:
    """Who acts at a desk now: signing in changes the name, and the journal writes it with every event."""

    name: str = "associate"


@dataclass(frozen=True, slots=True)
class Associate:
    """Somebody who works here, without anything secret."""

    name: str
    role: StaffRole
    created: int = 0
    """Wall seconds."""
    locked_until: int = 0
    """Wall seconds until which no PIN is looked at at the counter; 0 when it is at once."""
    wrong: int = 0
    """Wrong PINs in a row at the counter since the last right one or the last lock-out."""
    new_tablets_shut: bool = False
    """Whether tablets at which they never signed in take no PIN of theirs until a manager unlocks the name."""


@dataclass(frozen=True, slots=True)
class Signed:
    """Somebody whose PIN was right."""

    name: str
    role: StaffRole


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One thing somebody did."""

    at: int
    actor: str
    """An associate's name, or `associate` (nobody had to sign in), `command`, `kiosk`."""
    kind: EventKind
    words: str
    """`opened, by scan`, `said never to K-1`, `locked out`."""
    member_id: str
    """Empty when it was about no member."""
    event_id: str
    here: bool
    """Recorded at this counter, not brought by a night."""

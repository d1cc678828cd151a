"""What a desk keeps of the visit at the counter, and what undo answers when there is nothing or not yet something."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field

from clerk.errors import ClerkError
from clerk.model import Event, VisitCard


@dataclass(slots=True)
class OpenVisit:
    """The visit at the counter."""

    visit_id: str
    member_id: str
    card: VisitCard
    first: VisitCard
    drawn: bool = False
    recorded: list[Event] = field(default_factory=list)
    """What the disk has of this visit and still counts, oldest first."""
    saving: set[Future[VisitCard]] = field(default_factory=set)
    """What is being written; until it is there, nobody can say what was last."""


def nothing() -> Future[VisitCard | None]:
    """Nothing was there to be taken back."""
    done: Future[VisitCard | None] = Future()
    done.set_result(None)
    return done


def not_renewed(error: Exception) -> ClerkError:
    """The disk has it, but the visit's next card could not be made."""
    kind = type(error) if isinstance(error, ClerkError) else ClerkError
    told = kind("Recorded, but the screen could not be renewed.", "Scan the card again.")
    told.__cause__ = error
    return told

"""What a desk keeps of the visit at the counter, and two small helpers for futures."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from clerk.model import Event, VisitCard


@dataclass(slots=True)
class OpenVisit:
    """The visit at the counter."""

    visit_id: str
    member_id: str
    card: VisitCard
    first: VisitCard
    drawn: bool = False
    answered: bool = False
    recorded: list[Event] = field(default_factory=list)


def nothing() -> Future[VisitCard | None]:
    """Nothing was there to be taken back."""
    done: Future[VisitCard | None] = Future()
    done.set_result(None)
    return done


def copy(source: Future[Any], target: Future[Any]) -> None:
    """What one future holds, for another."""
    error = source.exception()
    if error is not None:
        target.set_exception(error)
    else:
        target.set_result(source.result())

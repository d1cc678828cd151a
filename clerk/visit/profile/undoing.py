"""Which events are undone: an undo may itself be undone, in any order and at any counter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from clerk.model import Event


def undone_by(undoings: Iterable[Event]) -> set[str]:
    """Ids that some undoing takes back which is not taken back itself; undoings in a circle take nothing back."""
    target = {event.event_id: str(event.payload.get("event_id", "")) for event in undoings}
    waits = Counter(of for of in target.values() if of in target)
    settled = [one for one in target if not waits[one]]
    undone: set[str] = set()
    for one in settled:  # grows while it is read
        of = target[one]
        if one not in undone:
            undone.add(of)
        if of in target:
            waits[of] -= 1
            if not waits[of]:
                settled.append(of)
    return undone

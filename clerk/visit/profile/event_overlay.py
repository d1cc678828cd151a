"""The event overlay: events of the pack and of this counter's journal read as one history, undone ones left out.

In: events that came with the pack, events of this counter's journal. Out: those that count, each once, oldest first.
The result is the same before and after a night carried the journal to head office and back, and the same on every
device: order is (hlc, device, seq), which no counter decides alone, and an undo is followed by id, wherever and
whenever it was heard.
"""

from __future__ import annotations

from collections.abc import Sequence

from clerk.model import Event, EventKind
from clerk.visit.profile.undoing import undone_by

KEPT = frozenset((EventKind.CONSENT, EventKind.CARD, EventKind.MEMBER, EventKind.PAIR))
"""Kinds that no undo takes back: who changes their mind says so, and both words stay on record."""


def laid_over(pack: Sequence[Event], journal: Sequence[Event]) -> tuple[Event, ...]:
    """The events that count.

    Args:
        pack: events that came with the pack, in order.
        journal: events of this counter, undone ones and undoings included, in order.
    """
    return standing(merged(pack, journal))


def merged(pack: Sequence[Event], journal: Sequence[Event]) -> tuple[Event, ...]:
    """All events, each once, in order; where both have it, the pack's copy, which every device has."""
    if not pack:
        return tuple(sorted(journal, key=place))
    known = {event.event_id for event in pack}
    return tuple(sorted((*pack, *(event for event in journal if event.event_id not in known)), key=place))


def place(event: Event) -> tuple[int, str, int]:
    """Where an event stands among those of all devices."""
    return event.hlc, event.device, event.seq


def standing(events: Sequence[Event]) -> tuple[Event, ...]:
    """The events that still count, in their order: neither what was undone nor the undoing itself."""
    undone = undone_by(event for event in events if event.kind is EventKind.UNDO)
    if not undone:
        return tuple(event for event in events if event.kind is not EventKind.UNDO)
    return tuple(
        event
        for event in events
        if event.kind is not EventKind.UNDO and (event.event_id not in undone or event.kind in KEPT)
    )

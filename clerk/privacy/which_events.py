"""Which events an erasure takes: the one rule that journal, ledger, pack and counter ask.

In: what a member asked to be forgotten, where the member enrolled again, and an event's kind and place. Out: whether
the event goes, or stays without the name in it. Undoing plays no part: what was undone is still held, and an erasure
takes it like anything else.

A part (notes, purchases, contact) takes the kinds of event that it names. A kind that this version does not know stays
then, because nobody here can say which part it belongs to. With everything it goes, whatever it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from clerk.model import Event, EventKind
from clerk.privacy.erasure import WHOLE, Erasure, Erasures, Scope

REDACTED: Final = '{"redacted":true}'
"""What stands in place of a payload that was deleted: the event's hash stays, so that its chain still links."""

_DETAILS = ("given_name", "phone", "email", "birthday")
_KINDS_OF: Mapping[Scope, tuple[EventKind, ...]] = {
    Scope.NOTES: (EventKind.FACT,),
    Scope.PURCHASES: (EventKind.MARK, EventKind.STRIKE, EventKind.SHOWN, EventKind.ANSWER, EventKind.VISIT_OPENED,
                      EventKind.VISIT_ENDED),
}  # fmt: skip
"""Kinds of event that go with a part. Contact takes none: it takes the name out of an enrolment, see `loses_name`."""


@dataclass(frozen=True, slots=True)
class EventRule:
    """Decides about every event of one member."""

    erased: Sequence[Erasure] = ()
    """What the member asked to be forgotten."""
    enrolled_again: int | None = None
    """Place of the first enrolment after everything was forgotten; None without one."""
    expired: bool = False
    """Whether everything goes because the member was not here for longer than anything is kept."""

    def __bool__(self) -> bool:
        """Whether anything of the member may go at all."""
        return self.expired or bool(self.erased)

    def goes(self, kind: str, hlc: int) -> bool:
        """Whether an event goes as a whole.

        Args:
            kind: of the event, as it is written; also one that this version does not know.
            hlc: its place among the events of all devices.
        """
        if kind == EventKind.ERASED:
            # It names nobody, and without it the member would come back.
            return False
        return self.expired or any(self._takes(one, kind, hlc) for one in self.erased)

    def loses_name(self, kind: str, hlc: int) -> bool:
        """Whether an event stays, as an enrolment, but may not say any more who was enrolled."""
        return kind == EventKind.MEMBER and any(one.scope is Scope.CONTACT and hlc <= one.hlc for one in self.erased)

    def redacts(self, kind: str, hlc: int) -> bool:
        """Whether the contents of an event are deleted: it goes, or the name in it does."""
        return self.goes(kind, hlc) or self.loses_name(kind, hlc)

    def keeps_id(self, kind: str, hlc: int) -> bool:
        """Whether a redacted event keeps its member id: only a part was erased, not the member."""
        return not self.expired and not any(one.scope in WHOLE and self._takes(one, kind, hlc) for one in self.erased)

    def _takes(self, one: Erasure, kind: str, hlc: int) -> bool:
        if one.scope is Scope.ALL:
            return self.enrolled_again is None or hlc < self.enrolled_again
        return hlc <= one.hlc and (one.scope is Scope.EXPIRED or kind in _KINDS_OF.get(one.scope, ()))


_NOTHING_GOES = EventRule()


def event_rule(erasures: Erasures, member_id: str, enrolments: Iterable[int], *, expired: bool = False) -> EventRule:
    """The rule for a member's events.

    Args:
        erasures: all that are known.
        member_id: whose events.
        enrolments: places of the member's enrolments, see `enrolments`; in any order.
        expired: whether everything goes because the member was not here for so long.
    """
    erased = erasures.of(member_id)
    if not erased and not expired:
        return _NOTHING_GOES
    again = None
    if any(one.scope is Scope.ALL for one in erased):
        # An enrolment that expired in its turn enrols nobody any more: its event is emptied like all others.
        place = max(one.hlc for one in erased if one.scope in WHOLE)
        again = min((hlc for hlc in enrolments if hlc > place), default=None)
    return EventRule(erased, again, expired)


def enrolments(events: Iterable[Event]) -> list[int]:
    """Places of the enrolments among a member's events."""
    return [event.hlc for event in events if event.kind is EventKind.MEMBER and enrols(event.payload)]


def enrols(said: Mapping[str, object]) -> bool:
    """Whether an event of kind MEMBER enrols somebody, by its payload.

    A detail corrected where it was not known yet that the member is forgotten enrols nobody again. An enrolment names
    the member; one whose name was taken away says nothing at all.
    """
    return "name" in said or not any(detail in said for detail in _DETAILS)


def readable_events(erasures: Erasures, member_id: str, events: Sequence[Event]) -> tuple[Event, ...]:
    """A member's events that may still be read, in their order, wherever they are still held."""
    rule = event_rule(erasures, member_id, enrolments(events))
    if not rule:
        return tuple(events)
    kept = (event for event in events if not rule.goes(event.kind, event.hlc))
    # That somebody was enrolled stays; who it was does not.
    return tuple(replace(event, payload={}) if rule.loses_name(event.kind, event.hlc) else event for event in kept)

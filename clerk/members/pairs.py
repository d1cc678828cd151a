"""Which member ids are one person, and which were looked at and kept apart, by what managers recorded.

Such a decision is two events of kind PAIR, one of each member, that share a random name: neither names the other
member, so that an erasure of one takes its half and nothing of it stays with the other. About two members the newest
decision counts, by its place among the events of all devices, so that every device says the same in whatever order it
learned them. Nothing is moved: who is one person is read together, and after `open` everything is as before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from clerk.model import DERIVED, AgreementState, Consent, ConsentState, Event, EventKind, PairState, Purpose
from clerk.privacy.consent import consents_now
from clerk.visit.profile.enrolment import is_counter_id
from clerk.visit.profile.event_overlay import place, standing


@dataclass(frozen=True, slots=True)
class Group:
    """The ids of one person."""

    ids: tuple[str, ...]
    """The first is the one that is shown and recorded under."""
    since: Event
    """The newest event that made them one."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """What stands of all decisions."""

    groups: Mapping[str, Group] = field(default_factory=dict)
    """Member id -> its group; only of ids that are one person with another."""
    decided: Mapping[frozenset[str], PairState] = field(default_factory=dict)
    """Two ids -> the newest decision."""

    def ids(self, member_id: str) -> tuple[str, ...]:
        """Every id of this person, the one that is shown first."""
        group = self.groups.get(member_id)
        return (member_id,) if group is None else group.ids

    def first(self, member_id: str) -> str:
        """The id that this person is shown and recorded under."""
        return self.ids(member_id)[0]


def pairs_of(events: Iterable[Event]) -> Pairs:
    """What stands of these events of kind PAIR, in any order, each once or more often."""
    halves: dict[str, dict[str, Event]] = defaultdict(dict)
    for event in events:
        name = event.payload.get("pair")
        if event.kind is EventKind.PAIR and isinstance(name, str) and name and event.member_id:
            known = halves[name].get(event.member_id)
            if known is None or _order(event) > _order(known):
                halves[name][event.member_id] = event
    newest: dict[frozenset[str], Event] = {}
    for both in halves.values():
        # A half alone decides nothing: the other was not written, or its member was forgotten.
        if len(both) == 2:
            two, event = frozenset(both), max(both.values(), key=_order)
            if two not in newest or _order(event) > _order(newest[two]):
                newest[two] = event
    decided = {two: _state(event) for two, event in newest.items()}
    return Pairs(_groups({two: newest[two] for two, state in decided.items() if state is PairState.ONE}), decided)


def _order(event: Event) -> tuple[int, str, int, str]:
    return *place(event), event.event_id


def _state(event: Event) -> PairState:
    try:
        return PairState(str(event.payload.get("state", "")))
    except ValueError:
        # A newer Clerk decided something that is not known here: two ids are two persons.
        return PairState.OPEN


def _groups(one: Mapping[frozenset[str], Event]) -> dict[str, Group]:
    """Ids that are one person directly or by way of others."""
    near: dict[str, set[str]] = defaultdict(set)
    for two in one:
        first, second = two
        near[first].add(second)
        near[second].add(first)
    groups: dict[str, Group] = {}
    for member_id in near:
        if member_id in groups:
            continue
        found, waiting = {member_id}, [member_id]
        while waiting:
            more = near[waiting.pop()] - found
            found |= more
            waiting += more
        # The shop's own system knows the ids that it gave itself.
        ids = tuple(sorted(found, key=lambda each: (is_counter_id(each), each)))
        group = Group(ids, max((event for two, event in one.items() if two <= found), key=_order))
        groups |= dict.fromkeys(ids, group)
    return groups


def with_stricter(
    group: Group, told: Mapping[str, Sequence[Event]], consents_of: Callable[[str], Sequence[Consent]]
) -> tuple[Event, ...]:
    """Everything that one person told under several ids, in order, with the stricter answer about each purpose.

    Where one of the ids had said no, or had not been asked, when they became one, that counts for the person as an
    answer of that moment: only a yes from then on, at a counter that saw it, lifts it.

    Args:
        group: the ids.
        told: id -> its events that may be read, undone ones and undoings included, in order.
        consents_of: what the shop's exports say that an id agreed to.
    """
    made = group.since
    answers = []
    before = [
        consents_now(consents_of(one), standing([event for event in told[one] if place(event) < place(made)]))
        for one in group.ids
    ]
    for number, now in enumerate(before):
        for purpose in set(Purpose) - now.allowed:
            stands = now.purposes[purpose]
            state = ConsentState.NOT_ASKED if stands.state is AgreementState.NOT_ASKED else ConsentState.WITHDRAWN
            # Named after the answer, so that a later no of an export is another one, which no earlier yes has seen.
            name = f"{made.event_id}:{number}:{purpose.value}:{stands.at or 0}"
            payload = {"purpose": purpose.value, "state": state.value, "channel": stands.channel, DERIVED: True}
            answers.append(replace(made, event_id=name, kind=EventKind.CONSENT, payload=payload))
    answers.sort(key=lambda one: (one.payload["state"] == ConsentState.NOT_ASKED, one.event_id))
    events = sorted((event for those in told.values() for event in those), key=place)
    at = sum(1 for event in events if place(event) <= place(made))
    return (*events[:at], *answers, *events[at:])

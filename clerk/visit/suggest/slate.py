"""The slate: candidates that pass every gate, at most three, and for each empty place the reason.

In: candidates and the gates' context. Out: `Slate`. Within one visit the first slate holds: places never jump under the
associate's fingers, and what was answered is not replaced by another attempt.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from clerk.model import HOUSE_PICK, Gate
from clerk.phrases import count
from clerk.privacy.consent import not_agreed
from clerk.visit.habits.reading import speaks
from clerk.visit.shop import family_of, kind_of, part_of, thing_of
from clerk.visit.suggest.candidates import Candidate, HousePick
from clerk.visit.suggest.discovery import balance
from clerk.visit.suggest.gates import GateContext, closed_by

PLACES = 3
"""Places on the card: suggestions and sentences of silence always add up to it."""


_UNNAMED = frozenset({Gate.SENSITIVE, Gate.UNMENTIONED, Gate.AUDIENCE})
"""What these keep back is not even named on the card: saying what is not mentioned would mention it."""


@dataclass(frozen=True, slots=True)
class ClosedCandidate:
    """A candidate that a gate closed."""

    item_no: int
    gate: Gate
    detail: str


@dataclass(frozen=True, slots=True)
class Slate:
    """What is suggested, what the gates closed, and why places stay empty."""

    picks: tuple[Candidate, ...]
    withheld: tuple[ClosedCandidate, ...]
    silence: tuple[str, ...]


def slate(found: tuple[Candidate, ...], context: GateContext) -> Slate:
    """The best candidates that every gate lets through.

    A house pick comes last, into a place that stays empty; where it is earned it may also take the last place from a
    suggestion that is less likely to be welcome.

    Args:
        found: candidates, best first, as `fatigue.weakened` leaves them.
        context: made from the same candidates.
    """
    rules = context.reading.settings.suggest
    picks: list[Candidate] = []
    withheld: list[ClosedCandidate] = []
    places = min(rules.slots, PLACES)
    for one in found:
        if len(picks) == places:
            break
        # A number without an item cannot be named; the pack and its models are of different nights.
        if one.item_no not in context.items or one.source == HOUSE_PICK or one.score < one.needed:
            continue
        closed = closed_by(one.item_no, context) or _crowded(one, picks, context)
        if closed is None:
            picks.append(one)
        elif closed[0] not in _UNNAMED:
            withheld.append(ClosedCandidate(one.item_no, *closed))
    kept_back = tuple(held for held in withheld if held.gate is not Gate.NOT_GOOD_ENOUGH)
    house = _house_pick(found, picks, places, context, withheld)
    if house is not None:
        picks = [*picks[: places - 1], house]
    also = []
    if len(picks) == rules.slots < PLACES:
        also.append(f"The shop has chosen {count(rules.slots, 'suggestion')} a visit.")
    return Slate(tuple(picks), tuple(withheld), silence(PLACES - len(picks), kept_back, context, also))


def _house_pick(
    found: tuple[Candidate, ...],
    picks: list[Candidate],
    places: int,
    context: GateContext,
    withheld: list[ClosedCandidate],
) -> Candidate | None:
    """The one house pick of this visit, if a place is free and no gate closes it."""
    tried = [
        (one.evidence.rank, one)
        for one in found
        if isinstance(one.evidence, HousePick) and one.item_no in context.items
    ]
    left = balance(context.reading)
    if not tried or not left.is_open or not places:
        return None
    if len(picks) == places and not (left.earned and picks[-1].score < context.reading.settings.discovery.score):
        return None
    for _, one in sorted(tried, key=lambda one: one[0]):
        closed = closed_by(one.item_no, context) or _crowded(one, picks[: places - 1], context)
        if closed is None:
            return one
        if closed[0] not in _UNNAMED:
            withheld.append(ClosedCandidate(one.item_no, *closed))
    return None


def slate_as_first_shown(
    first: Collection[int], answered: Collection[int], found: tuple[Candidate, ...], context: GateContext
) -> Slate:
    """The visit's first slate without items that a gate closed since; answered items stay in place.

    Args:
        first: item_nos of the visit's first slate, in order.
        answered: those of them with an answer in this visit.
        found: candidates as of now.
        context: made from them.
    """
    by_no = {one.item_no: one for one in found}
    picks: list[Candidate] = []
    withheld: list[ClosedCandidate] = []
    for item_no in first:
        closed = None if item_no in answered else closed_by(item_no, context)
        if closed is not None:
            withheld.append(ClosedCandidate(item_no, *closed))
        elif item_no in by_no:
            picks.append(by_no[item_no])
    kept = len(picks) + sum(item_no in answered and item_no not in by_no for item_no in first)
    return Slate(tuple(picks), tuple(withheld), silence(PLACES - kept, withheld, context))


def silence(
    places: int, withheld: Sequence[ClosedCandidate], context: GateContext, also: Sequence[str] = ()
) -> tuple[str, ...]:
    """One sentence for each empty place, the most frequent reason first."""
    if places <= 0:
        return ()
    reading = context.reading
    if closed := not_agreed(reading.profile.consents):
        return (closed,) * places
    told = [*also, *_by_gate(withheld, context)]
    if reading.habits.baskets == 0:
        told.append("Nothing of their own to go by yet.")
    elif not withheld and not speaks(reading).any():
        told.append(f"Nothing comes back often enough to go by: {count(reading.habits.baskets, 'visit')} so far.")
    if told:
        last = "Nothing else is good enough."
    elif places == PLACES:
        last = "Nothing is good enough to mention."
    else:
        last = "Nothing more is good enough."
    return tuple((told + [last] * places)[:places])


def _by_gate(withheld: Sequence[ClosedCandidate], context: GateContext) -> list[str]:
    """Sentences that count what the gates closed."""
    gates: dict[Gate, list[ClosedCandidate]] = {}
    for held in withheld:
        gates.setdefault(held.gate, []).append(held)
    told = []
    for gate, several in sorted(gates.items(), key=lambda one: -len(one[1])):
        if len(several) > 1:
            told.append(f"{count(len(several), 'thing')} held back: {gate.value}.")
        else:
            item = context.items.get(several[0].item_no)
            told.append(f"{item.name if item else 'One thing'} held back: {gate.value}.")
    return told


def _crowded(one: Candidate, picks: list[Candidate], context: GateContext) -> tuple[Gate, str] | None:
    """Whether the slate holds too much of the same: a variant, the same argument, or two of an item type."""
    reading, columns, items = context.reading, context.reading.columns, context.items
    if any(items[pick.item_no].name.casefold() == items[one.item_no].name.casefold() for pick in picks):
        return Gate.THE_ITEM_ITSELF, "The same thing is suggested already, under another number."
    if any(family_of(columns, pick.item_no) == family_of(columns, one.item_no) for pick in picks):
        return Gate.THE_ITEM_ITSELF, "A variant of it is suggested already."
    if thing_of(columns, one.item_no) in {thing_of(columns, pick.item_no) for pick in picks}:
        return Gate.THE_ITEM_ITSELF, "The same thing is suggested already, in another size."
    kind = kind_of(columns, one.item_no)
    if reading.shop.says_something(kind) and any(kind_of(columns, pick.item_no) == kind for pick in picks):
        return Gate.NOT_GOOD_ENOUGH, "One of its item type is suggested already."
    # At a counter a visit holds one drink and perhaps a cake: three drinks are one idea said three times.
    part = part_of(reading.shop, one.item_no)
    if reading.shop.counter and part and any(part_of(reading.shop, pick.item_no) == part for pick in picks):
        return Gate.NOT_GOOD_ENOUGH, "Something of this part of the shop is suggested already."
    return None

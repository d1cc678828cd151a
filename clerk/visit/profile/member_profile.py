"""The member's profile: facts of the pack with every recorded event applied.

In: facts, events oldest first, the items' numbers by SKU. Out: `Profile`. The pack's arrays are never changed; a
history is copied only where a mark or a strike changes its flags.

What the member said holds whatever the clock does: a "never" recorded by a counter whose clock stood ahead is a
"never". Only line items after `now` are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from clerk.model import (
    HOUSE_PICK,
    AnswerKind,
    DiscoveryMove,
    Event,
    EventKind,
    History,
    ItemColumns,
    MemberFacts,
    Profile,
    Purpose,
)
from clerk.privacy.consent import consents_now
from clerk.privacy.readable import since
from clerk.visit.profile.event_overlay import standing as still_standing
from clerk.visit.profile.marks import with_marks

_END_OF_TIME = 1 << 62


@dataclass(slots=True)
class _Statements:
    """Answers, while events are read."""

    never_items: set[int] = field(default_factory=set)
    never_categories: set[str] = field(default_factory=set)
    has_it: dict[int, int] = field(default_factory=dict)
    not_now: dict[int, int] = field(default_factory=dict)
    took: dict[int, int] = field(default_factory=dict)
    shown_at: dict[int, list[int]] = field(default_factory=dict)
    taken_in: set[tuple[str, int]] = field(default_factory=set)
    """(visit id, item_no) of what was taken: a showing written after the answer is not one passed over."""
    facts: dict[str, list[str]] = field(default_factory=dict)


def profile(
    facts: MemberFacts,
    events: Sequence[Event],
    item_no_by_sku: Mapping[str, int],
    now: int,
    columns: ItemColumns | None = None,
) -> Profile:
    """The member's profile at a moment.

    Args:
        facts: everything the pack knows of the member.
        events: of the member, from pack and journal (`overlay.laid_over`), oldest first; undone ones may be among them.
        item_no_by_sku: for the SKUs the events name (`skus_in`); a SKU the pack does not know is passed over.
        now: wall seconds; later line items are left out.
        columns: needed to strike out the lines of a category; without it only the category itself is noted.
    """
    standing = still_standing(events)
    said = _Statements()
    for event in standing:
        _hear(said, event, item_no_by_sku)
    history, struck_categories = with_marks(_until(facts.history, now), standing, columns, item_no_by_sku)
    return Profile(
        member=facts.member,
        history=history,
        consents=consents_now(facts.consents, standing),
        never_items=frozenset(said.never_items),
        never_categories=frozenset(said.never_categories),
        has_it=said.has_it,
        not_now=said.not_now,
        shown={item_no: (len(times), max(times)) for item_no, times in said.shown_at.items()},
        took=said.took,
        struck_categories=struck_categories,
        allergens=frozenset(said.facts.get("allergen", ())),
        dislikes=tuple(dict.fromkeys(said.facts.get("dislike", ()))),
        notes=tuple(said.facts.get("note", ())),
        privileges=facts.privileges,
        shown_at={item_no: tuple(times) for item_no, times in said.shown_at.items()},
        discovery=_discovery_moves(standing, item_no_by_sku),
    )


def remembered(person: Profile) -> Profile:
    """The profile; of a member who did not agree to be remembered without anything that was bought or stated.

    Taken away here, before any rule sees it, so that no rule has to think of it.
    """
    if Purpose.REMEMBER in person.allowed:
        return person
    nothing = since(person.history, _END_OF_TIME)
    return replace(person, history=nothing, notes=(), dislikes=(), allergens=frozenset(), discovery=())


def skus_in(events: Sequence[Event]) -> tuple[str, ...]:
    """Every SKU the events name, for one look-up in the pack."""
    skus: dict[str, None] = {}
    for event in events:
        sku = event.payload.get("sku")
        if isinstance(sku, str) and sku:
            skus[sku] = None
        skus.update(dict.fromkeys(_texts(event.payload.get("skus"))))
    return tuple(skus)


def answers_in(events: Sequence[Event], visit_id: str) -> dict[str, str]:
    """SKU -> the answer given to it in this visit."""
    return {
        str(event.payload["sku"]): str(event.payload.get("answer", ""))
        for event in still_standing(events)
        if event.kind is EventKind.ANSWER and event.payload.get("visit_id") == visit_id and event.payload.get("sku")
    }


def _hear(said: _Statements, event: Event, item_nos: Mapping[str, int]) -> None:
    """Applies one event to the statements gathered so far."""
    payload = event.payload
    if event.kind is EventKind.ANSWER:
        _hear_answer(said, event, item_nos.get(str(payload.get("sku", "")), 0))
    elif event.kind is EventKind.SHOWN:
        visit_id = str(payload.get("visit_id", ""))
        for sku in _texts(payload.get("skus")):
            item_no = item_nos.get(sku, 0)
            if item_no and (visit_id, item_no) not in said.taken_in:
                said.shown_at.setdefault(item_no, []).append(event.at)
    elif event.kind is EventKind.FACT:
        text = str(payload.get("text", "")).strip()
        if text:
            said.facts.setdefault(str(payload.get("fact", "")), []).append(text)


def _hear_answer(said: _Statements, event: Event, item_no: int) -> None:
    """Adds one answer. A "never" to a category counts although the item itself may be unknown by now."""
    answer, payload = event.payload.get("answer"), event.payload
    category = str(payload.get("category", "")).strip()
    if answer == AnswerKind.NEVER and payload.get("scope") == "category" and category:
        said.never_categories.add(category)
        return
    if not item_no:
        return
    if answer == AnswerKind.NEVER:
        said.never_items.add(item_no)
    elif answer == AnswerKind.HAS_IT:
        said.has_it[item_no] = event.at
    elif answer == AnswerKind.NOT_NOW:
        said.not_now[item_no] = event.at
    elif answer == AnswerKind.TOOK:
        said.took[item_no] = event.at
        said.taken_in.add((str(payload.get("visit_id", "")), item_no))
        # A yes ends what was said against it before, except a "never", which only an undo takes back.
        said.shown_at.pop(item_no, None)
        said.not_now.pop(item_no, None)
        said.has_it.pop(item_no, None)


def _until(history: History, now: int) -> History:
    """The baskets that had happened by now; the same object where all had."""
    baskets = int(np.searchsorted(history.basket_at, now, side="right"))
    if baskets == len(history.basket_at):
        return history
    lines = int(np.searchsorted(history.basket, baskets))
    return replace(
        history,
        basket=history.basket[:lines],
        line_no=history.line_no[:lines],
        item=history.item[:lines],
        modifier_set=history.modifier_set[:lines],
        quantity=history.quantity[:lines],
        total_minor=history.total_minor[:lines],
        flags=history.flags[:lines],
        basket_at=history.basket_at[:baskets],
        basket_id=history.basket_id[:baskets],
    )


def _texts(value: object) -> tuple[str, ...]:
    """The texts of a list in a payload; anything else holds none."""
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list | tuple) else ()


def _discovery_moves(events: Sequence[Event], item_no_by_sku: Mapping[str, int]) -> tuple[DiscoveryMove, ...]:
    """What the member's events did to the allowance, oldest first.

    Args:
        events: those that still count, oldest first.
        item_no_by_sku: for the SKUs the events name.
    """
    house = {
        str(event.payload.get("visit_id", "")): str(event.payload["house"])
        for event in events
        if event.kind is EventKind.SHOWN and event.payload.get("house")
    }
    told: list[DiscoveryMove] = []
    for event in events:
        sku = str(event.payload.get("house" if event.kind is EventKind.SHOWN else "sku", ""))
        item_no = item_no_by_sku.get(sku, 0)
        if event.kind is EventKind.SHOWN and sku:
            told.append(DiscoveryMove("spent", event.at, item_no))
        elif event.kind is EventKind.ANSWER:
            answer = event.payload.get("answer")
            if answer == AnswerKind.TOOK:
                told.append(DiscoveryMove("earned", event.at, item_no))
            elif answer in (AnswerKind.NEVER, AnswerKind.NOT_NOW):
                in_visit = house.get(str(event.payload.get("visit_id", "")))
                # A visit's showings are written when it ends; until then the answer itself says what it answers.
                if event.payload.get("source") == HOUSE_PICK or (in_visit and in_visit == sku):
                    told.append(DiscoveryMove("refused", event.at, item_no))
    return tuple(told)

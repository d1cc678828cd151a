"""Numbers become the one frozen card that is drawn: names, modifiers, what is out today and what stands in for it.

In: a reading, candidates, and the names the desk has read for `needs` and `gaps`. Out: `VisitCard`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from clerk.errors import JournalDamaged
from clerk.model import (
    Consents,
    Due,
    HistoryLine,
    Item,
    ItemColumns,
    LineFlag,
    Member,
    Notice,
    Purpose,
    Suggestion,
    Usual,
    UsualState,
    VisitCard,
    Withheld,
)
from clerk.visit.habits.reading import Reading, been_here
from clerk.visit.habits.recipe import words
from clerk.visit.habits.tier import standing
from clerk.visit.habits.usual_lines import ASK, Names, counts, usual_line
from clerk.visit.shop import flagged
from clerk.visit.suggest.candidates import Candidate, HousePick
from clerk.visit.suggest.discovery import sentence
from clerk.visit.suggest.fatigue import weakened
from clerk.visit.suggest.gates import GateContext, closed_for_due, gate_context
from clerk.visit.suggest.reasons import due_line, reason
from clerk.visit.suggest.slate import PLACES, Slate, slate, slate_as_first_shown

HISTORY_LINES = 40
"""Past line items on the card: what two screens hold."""

_MARKS = (
    (int(LineFlag.RETURN), "return"),
    (int(LineFlag.GIFT), "gift"),
    (int(LineFlag.MISTAKE), "mistake"),
    (int(LineFlag.OTHER), "other"),
)
"""Plain numbers: an enum in a loop costs more than everything around it."""

_ABOUT = {
    Purpose.REMEMBER: "being remembered",
    Purpose.SUGGEST: "suggestions",
    Purpose.CONTACT: "being written to or called",
}


@dataclass(frozen=True, slots=True)
class Needs:
    """What the desk reads by number before a card can be composed."""

    items: tuple[int, ...]
    modifier_sets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """The visit that a card belongs to."""

    visit_id: str
    card_hint: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    """SKU -> answer given in this visit, from `profile.answers_in`."""
    first: VisitCard | None = None
    """The first card of this visit, once one was drawn; its suggestions hold their places."""
    tier: str = ""
    """From `standing.tier_of`."""
    privileges: tuple[str, ...] = ()
    """What the tier means today."""


def needs(reading: Reading, found: Sequence[Candidate] = (), also: Sequence[int] = ()) -> Needs:
    """The items and modifier sets to read: of the usual, last time, due, every candidate and the latest lines."""
    nos = dict.fromkeys(also)
    sets: dict[int, None] = {}
    for line in (*reading.usual.lines, *reading.usual.last_time):
        nos[line.item_no] = None
        sets[line.modifier_set_no] = None
        # Every way the member takes the item: the substitute for what is out is the one chosen most.
        sets.update(dict.fromkeys(_sets_of(reading, line.item_no)))
    if reading.change is not None:
        nos[reading.change.before_item_no] = sets[reading.change.before_set_no] = None
    nos.update((pick.item_no, None) for pick in reading.due[: reading.settings.suggest.looked_at])
    for one in found:
        nos[one.item_no] = None
        if not isinstance(one.evidence, HousePick):
            nos[one.evidence.with_no] = None
    # The house pick that was refused is named in the sentence about house picks.
    nos.update((move.item_no, None) for move in reading.profile.discovery if move.kind == "refused")
    for at in _latest_lines(reading):
        nos[int(reading.profile.history.item[at])] = None
        sets[int(reading.profile.history.modifier_set[at])] = None
    return Needs(tuple(no for no in nos if no > 0), tuple(no for no in sets if no > 0))


def compose(
    reading: Reading,
    found: tuple[Candidate, ...],
    names: Names,
    visit: Visit,
) -> VisitCard:
    """The card of one visit, as of `reading.now`.

    Args:
        reading: the member.
        found: all candidates, best first.
        names: what the desk read for `needs` and `lines.gaps`.
        visit: what the card belongs to.
    """
    found = weakened(reading, found)
    context = gate_context(reading, names.items, found)
    picks, suggestions = _suggestions(reading, found, context, names, visit)
    usual = reading.usual
    lines = tuple(usual_line(line, reading, names) for line in usual.lines if line.item_no in names.items)
    visits, last_at = been_here(reading)
    # Within a visit no new attempt is made: what its first card held says where the place for a house pick went.
    first = visit.first.suggestions if visit.first is not None else suggestions
    return VisitCard(
        visit_id=visit.visit_id,
        at=reading.now,
        member=replace(reading.profile.member, tier=visit.tier),
        card_hint=visit.card_hint,
        consents=reading.profile.consents,
        baskets=reading.habits.baskets if reading.remembers else 0,
        last_at=last_at,
        usual=Usual(
            state=usual.state,
            lines=lines,
            last_time=tuple(
                usual_line(line, reading, names) for line in usual.last_time if line.item_no in names.items
            ),
            last_at=usual.last_at,
            same_as_last=usual.same_as_last,
            why=usual.why or counts(lines),
            changed=words(reading.change, names.items, names.modifier_sets, reading.now) if reading.change else "",
        ),
        due=_due(reading, context, names),
        suggestions=suggestions,
        silence=picks.silence,
        withheld=tuple(
            Withheld(names.items[held.item_no], held.gate, held.detail)
            for held in picks.withheld
            if held.item_no in names.items
        ),
        history=tuple(_history(reading, names)),
        lines=int(_shown_lines(reading).sum()) if reading.remembers else 0,
        notes=_stated(reading) if reading.remembers else (),
        privileges=visit.privileges,
        standing=standing(reading, visit.tier),
        answers=dict(visit.answers),
        discovery=sentence(reading, found, [one.source for one in first], PLACES, names.items),
        visits=visits,
    )


ASK_ABOUT_ALLERGIES = "Ask about allergies: what was stated cannot be read."
"""First on a card while the journal cannot be read: what must not be overlooked is not known then."""

_NOT_SHOWN = (
    "Not shown, because it may have been withdrawn here: purchases, the usual, what is due, suggestions, statements, "
    "agreements, contact details."
)
_STILL_POSSIBLE = (
    "You can still call the member by name and look up items. What happens now is not recorded. "
    "Once this is mended, {} again."
)


def card_unread(visit_id: str, at: int, member: Member, why: Notice) -> VisitCard:
    """The card of a member of whom it cannot be read what was said here: the name, and what to do.

    Args:
        visit_id: the visit.
        at: now, wall seconds.
        member: the name alone.
        why: what is wrong with the journal.
    """
    # What passes is tried again at every scan; a journal that was put back is another file, opened at the next start.
    how = "start Clerk" if why.code == JournalDamaged.code else "scan the card"
    return VisitCard(
        visit_id=visit_id,
        at=at,
        member=member,
        card_hint="",
        consents=Consents.unread(),
        baskets=0,
        last_at=None,
        usual=Usual(UsualState.NOT_YET, (), (), None, same_as_last=False, why=_NOT_SHOWN),
        due=(),
        suggestions=(),
        silence=(_NOT_SHOWN,),
        notes=(ASK_ABOUT_ALLERGIES, f"{why.what} {why.remedy}", _NOT_SHOWN, _STILL_POSSIBLE.format(how)),
        unread=why,
    )


def _suggestions(
    reading: Reading, found: tuple[Candidate, ...], context: GateContext, names: Names, visit: Visit
) -> tuple[Slate, tuple[Suggestion, ...]]:
    """The slate, and its suggestions with their reasons; an answered one stays as it was shown."""

    def said(one: Candidate) -> Suggestion:
        told = reason(one, reading.habits, names.items, reading.profile.history)
        return Suggestion(names.items[one.item_no], one.score, one.source, told)

    if visit.first is None:
        picks = slate(found, context)
        return picks, tuple(said(one) for one in picks.picks)
    shown = {one.item.item_no: one for one in visit.first.suggestions}
    answered = {no for no, one in shown.items() if one.item.sku in visit.answers}
    picks = slate_as_first_shown(tuple(shown), answered, found, context)
    now_by_no = {one.item_no: one for one in picks.picks}
    kept = [
        one if no in answered else said(now_by_no[no]) for no, one in shown.items() if no in answered or no in now_by_no
    ]
    return picks, tuple(kept)


def _stated(reading: Reading) -> tuple[str, ...]:
    """What the member stated, what must not be overlooked first."""
    profile = reading.profile
    return (
        *(f"must not have: {allergen}" for allergen in sorted(profile.allergens)),
        *(f"ask again: {_ABOUT[purpose]} (a yes and a no were said)" for purpose in profile.consents.ask_again),
        *profile.notes,
        *(f"does not like: {dislike}" for dislike in profile.dislikes),
    )


def _due(reading: Reading, context: GateContext, names: Names) -> tuple[Due, ...]:
    """Due items that no statement of the member forbids."""
    told: list[Due] = []
    usual = {line.item_no for line in reading.usual.lines}
    for pick in reading.due:
        if len(told) == reading.settings.due.shown_at_most:
            break
        if pick.item_no in usual:
            # Read aloud already.
            continue
        item = names.items.get(pick.item_no)
        if item is not None and not closed_for_due(pick.item_no, context):
            told.append(
                Due(
                    item,
                    pick.state,
                    pick.every_days,
                    pick.last_days_ago,
                    pick.probability,
                    due_line(pick, reading.now),
                    _out_words(item, names.nearest.get(pick.item_no)),
                    pick.last_at,
                )
            )
    return tuple(told)


def _out_words(item: Item, stand_in: Item | None) -> str:
    """That a due item is not here today, and what is."""
    if item.is_here:
        return ""
    return f"out today → offer {stand_in.name}" if stand_in is not None else f"out today: {ASK}"


def _history(reading: Reading, names: Names) -> list[HistoryLine]:
    """The latest line items, newest first."""
    history = reading.profile.history
    told = []
    for at in _latest_lines(reading):
        item = names.items.get(int(history.item[at]))
        if item is None:
            # Of another night's numbering; a line without a name helps nobody.
            continue
        basket, flags = int(history.basket[at]), int(history.flags[at])
        told.append(
            HistoryLine(
                line=f"{history.basket_id[basket]}:{int(history.line_no[at])}",
                at=int(history.basket_at[basket]),
                item=item,
                modifiers=names.modifiers(int(history.modifier_set[at])),
                quantity=float(history.quantity[at]),
                mark=next((word for flag, word in _MARKS if flags & flag), ""),
            )
        )
    return told


def _latest_lines(reading: Reading) -> list[int]:
    """Positions of the latest lines that may be shown, newest basket first and in it as rung up.

    Not what is struck out or sensitive, and nothing at all of a member who does not want to be remembered.
    """
    if not reading.remembers:
        return []
    history = reading.profile.history
    found = np.flatnonzero(_shown_lines(reading))[-HISTORY_LINES:]
    newest_first: list[int] = found[np.lexsort((found, -history.basket[found]))].tolist()
    return newest_first


def _shown_lines(reading: Reading) -> NDArray[np.bool_]:
    """Which lines may be shown: neither struck out nor sensitive."""
    history = reading.profile.history
    shown: NDArray[np.bool_] = (history.flags & np.uint8(LineFlag.STRUCK)) == 0
    return shown & ~flagged(reading.columns, history.item, ItemColumns.SENSITIVE)


def _sets_of(reading: Reading, item_no: int) -> list[int]:
    """Modifier sets the member has taken the item with."""
    sets = reading.habits.sets
    start, end = np.searchsorted(sets.key, [item_no, item_no + 1])
    chosen: list[int] = sets.modifier_set[start:end].tolist()
    return chosen

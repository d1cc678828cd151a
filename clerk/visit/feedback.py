"""An answer, mark or statement at the counter becomes an event: checked here, written durably by the journal.

Each function gives a `Record`: the three arguments of `Journal.append`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from clerk.errors import NotKept, UnknownItem, UnknownLine, UnknownMember
from clerk.model import AnswerKind, ConsentState, Event, EventKind, History, LineMark, Purpose, Record, VisitCard
from clerk.text import clean
from clerk.visit.profile.event_overlay import standing
from clerk.visit.profile.marks import position

FACTS = ("allergen", "dislike", "note")
"""What a member may state."""

_UNDOABLE = (EventKind.ANSWER, EventKind.MARK, EventKind.STRIKE, EventKind.FACT)
"""Consents are not among them: who changes their mind says so, and both words stay on record."""

_FACT_LETTERS = 120
"""Length of a stated fact; a longer one is a story, and a counter has no room for it."""

_CARD_DIGITS = re.compile(r"(?:\d[ \t.·-]?){12,18}\d")
"""13 to 19 digits, grouped or not: the lengths of payment card numbers."""


def answer_event(
    member_id: str,
    sku: str,
    answer: AnswerKind,
    visit_id: str = "",
    *,
    category: str = "",
    at_category: bool = False,
    source: str = "",
) -> Record:
    """The member's answer to an item.

    Args:
        member_id: who said it.
        sku: the item; needed also when the answer is about its category.
        answer: what was said.
        visit_id: the open visit, empty from a command.
        category: the item's category path.
        at_category: the "never" is about the whole category.
        source: of the suggestion that is answered, empty for anything else.

    Raises:
        UnknownMember, UnknownItem: an id is empty.
        UnknownItem: never to the category of an item that has none, or another answer about a category.
    """
    _check_member(member_id)
    if not sku.strip():
        raise UnknownItem("The answer names no item.", "Name the item by its SKU.")
    payload: dict[str, object] = {"sku": sku, "answer": str(answer), "scope": "item", "visit_id": visit_id}
    if source:
        payload["source"] = source
    if at_category:
        if answer is not AnswerKind.NEVER or not category.strip():
            raise UnknownItem(
                f"{answer} cannot be said to the category of {sku}.", "Only never can, and only where there is one."
            )
        payload |= {"scope": "category", "category": category.strip()}
    return Record(EventKind.ANSWER, member_id, payload)


def mark_event(member_id: str, history: History, line: str, mark: LineMark) -> Record:
    """The event that takes a past line item out of the member's taste: gift, mistake or for someone else.

    Raises:
        UnknownLine: the member has no such line.
    """
    _check_member(member_id)
    if position(history, line) < 0:
        raise UnknownLine(f"There is no line item {line!r}.", "Take a line reference from the member's latest lines.")
    return Record(EventKind.MARK, member_id, {"line": line, "mark": str(mark)})


def strike_event(
    member_id: str,
    history: History,
    *,
    line: str = "",
    sku: str = "",
    category: str = "",
    period: tuple[int, int] | None = None,
) -> Record:
    """A line, an item, a category or a period is struck out: it counts for nothing and is shown to nobody.

    Args:
        member_id: who wants it struck out.
        history: of the member.
        line: a line reference.
        sku: every purchase of this item.
        category: every purchase in or below this category path.
        period: everything from the first wall second to the second.

    Raises:
        UnknownLine: the member has no such line, nothing is named, or the period ends before it begins.
    """
    _check_member(member_id)
    if line:
        if position(history, line) < 0:
            raise UnknownLine(
                f"There is no line item {line!r}.", "Take a line reference from the member's latest lines."
            )
        return Record(EventKind.STRIKE, member_id, {"line": line})
    for name, value in (("sku", sku.strip()), ("category", category.strip())):
        if value:
            return Record(EventKind.STRIKE, member_id, {name: value})
    if period is None or period[0] > period[1]:
        raise UnknownLine(
            "Nothing is named to strike out.", "Name a line, an item, a category, or a first and last day."
        )
    return Record(EventKind.STRIKE, member_id, {"since": period[0], "until": period[1]})


def fact_event(member_id: str, fact: str, text: str) -> Record:
    """What a member states about themselves: an allergen, a dislike, a note.

    Raises:
        NotKept: there is nothing to keep, or it holds a payment card number.
    """
    _check_member(member_id)
    kept = clean(text, _FACT_LETTERS)
    if fact not in FACTS or not kept:
        raise NotKept("There is nothing to keep.", f"Say what it is: {', '.join(FACTS)}, and the words.")
    if holds_card_number(kept):
        raise NotKept("This looks like a payment card number.", "Clerk keeps no payment data. Leave the number out.")
    return Record(EventKind.FACT, member_id, {"fact": fact, "text": kept})


def consent_event(member_id: str, purpose: Purpose, state: ConsentState, *, wording: str, basis: str) -> Record:
    """What a member agrees to, or no longer agrees to, said at the counter.

    Args:
        member_id: who said it.
        purpose: to what.
        state: given or withdrawn.
        wording: version of the words that were read out.
        basis: what the associate saw before asking, from `consent.basis_of` or the pack's generation.
    """
    _check_member(member_id)
    payload = {
        "purpose": str(purpose), "state": str(state), "wording": wording, "channel": "counter", "basis": basis,
    }  # fmt: skip
    return Record(EventKind.CONSENT, member_id, payload)


def holds_card_number(text: str) -> bool:
    """Whether 13 to 19 digits in a row, blanks and dashes apart, pass the check of payment cards (Luhn)."""
    for found in _CARD_DIGITS.finditer(text):
        digits = [int(letter) for letter in found.group() if letter.isdigit()]
        # Every length that a card has, wherever it begins: a phone number in front must not hide it.
        for size in range(13, len(digits) + 1):
            if any(_luhn(digits[start : start + size]) for start in range(len(digits) - size + 1)):
                return True
    return False


def undo_event(member_id: str, event: Event) -> Record:
    """The event no longer counts. It stays in the journal; nothing is ever removed from it."""
    _check_member(member_id)
    return Record(EventKind.UNDO, member_id, {"event_id": event.event_id})


def last_undoable(events: Sequence[Event], since: int | None = None) -> Event | None:
    """The latest answer, mark, strike or fact that still counts; only those from `since` on if given."""
    for event in reversed(standing(events)):
        if event.kind in _UNDOABLE and (since is None or event.at >= since):
            return event
    return None


def shown_event(card: VisitCard) -> Record | None:
    """The suggestions that were drawn in a visit that ended by an answer or an explicit next; None without any."""
    skus = [one.item.sku for one in card.suggestions]
    if not skus:
        return None
    house = next((one.item.sku for one in card.suggestions if one.source == "house"), "")
    payload: dict[str, object] = {"visit_id": card.visit_id, "skus": skus}
    if house:
        payload["house"] = house
    return Record(EventKind.SHOWN, card.member.member_id, payload)


def _check_member(member_id: str) -> None:
    """An event about a member names one."""
    if not member_id.strip():
        raise UnknownMember("The event names no member.", "Open the member first.")


def undoable(events: Sequence[Event], event_id: str) -> Event | None:
    """The one event, still valid, whose id begins with this text and which an undo may take back; else None."""
    found = [
        event
        for event in standing(events)
        if event.kind in _UNDOABLE and event_id and event.event_id.startswith(event_id)
    ]
    return found[0] if len(found) == 1 else None


def _luhn(digits: Sequence[int]) -> bool:
    """Whether the digits end in the right check digit (ISO/IEC 7812-1)."""
    total = sum(digits[-1::-2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return total % 10 == 0

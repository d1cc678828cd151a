"""What is said at the counter becomes an event: checked here, written durably by the journal.

Each function gives a `Record`: the three arguments of `Journal.append`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from clerk.errors import UnknownItem, UnknownLine, UnknownMember
from clerk.model import AnswerKind, Event, EventKind, History, LineMark, VisitCard
from clerk.visit.profile import without_undone
from clerk.visit.strikes import position


class Record(NamedTuple):
    """One event to be written."""

    kind: EventKind
    member_id: str
    payload: Mapping[str, object]


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
    """A past line item says nothing about the member's own taste.

    Raises:
        UnknownLine: the member has no such line.
    """
    _check_member(member_id)
    if position(history, line) < 0:
        raise UnknownLine(f"There is no line item {line!r}.", "Take a line reference from the member's latest lines.")
    return Record(EventKind.MARK, member_id, {"line": line, "mark": str(mark)})


def undo_event(member_id: str, event: Event) -> Record:
    """The event no longer counts. It stays in the journal; nothing is ever removed from it."""
    _check_member(member_id)
    return Record(EventKind.UNDO, member_id, {"event_id": event.event_id})


def last_undoable(events: Sequence[Event], since: int | None = None) -> Event | None:
    """The latest answer or mark that still counts; only those from `since` on (when the visit was opened) if given."""
    for event in reversed(without_undone(events)):
        if event.kind in (EventKind.ANSWER, EventKind.MARK) and (since is None or event.at >= since):
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

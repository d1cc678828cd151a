"""Every statement of a member that still counts, in words, so that each can be seen and taken back.

In: the member's standing events, names by SKU. Out: `Statement`, newest first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clerk.model import DERIVED, AnswerKind, Event, EventKind, LineMark, Statement
from clerk.phrases import date
from clerk.visit.profile.event_overlay import standing

_ANSWERS = {
    AnswerKind.NEVER: "never to",
    AnswerKind.NOT_NOW: "not now to",
    AnswerKind.HAS_IT: "already has",
    AnswerKind.TOOK: "took",
}
_MARKS = {
    LineMark.GIFT: "a gift",
    LineMark.MISTAKE: "a mistake",
    LineMark.OTHER: "for someone else",
}


def statements_in_words(events: Sequence[Event], names: Mapping[str, str]) -> tuple[Statement, ...]:
    """The member's statements, newest first.

    Args:
        events: of the member, oldest first.
        names: item names by SKU; a SKU without one stands for itself.
    """
    found = []
    for event in reversed(standing(events)):
        words = _words(event, names)
        if words:
            found.append(Statement(event.event_id, event.kind, event.at, words))
    return tuple(found)


def _words(event: Event, names: Mapping[str, str]) -> str:
    """One event as a person reads it; empty for events that are no statement."""
    said = {key: str(value) for key, value in event.payload.items()}
    sku = said.get("sku", "")
    name = f"{names[sku]} ({sku})" if sku in names else sku
    if event.kind is EventKind.ANSWER:
        answer = next((words for kind, words in _ANSWERS.items() if kind == said.get("answer")), "said something to")
        return f"{answer} {said['category'] if said.get('category') else name}"
    if event.kind is EventKind.MARK:
        mark = next((words for kind, words in _MARKS.items() if kind == said.get("mark")), "set aside")
        return f"line {said.get('line', '')} is {mark}"
    if event.kind is EventKind.STRIKE:
        return f"struck out: {_struck(event, name)}"
    if event.kind is EventKind.FACT:
        return f"{said.get('fact', 'said')}: {said.get('text', '')}"
    if event.kind is EventKind.CONSENT and DERIVED not in event.payload:
        verb = "agreed to" if said.get("state") == "given" else "does not agree to"
        wording = f" (wording {said['wording']})" if said.get("wording") else ""
        return f"{verb} {said.get('purpose', '')}{wording}"
    return ""


def _struck(event: Event, name: str) -> str:
    """What a strike covers."""
    payload = event.payload
    for key, words in (("line", "line {}"), ("category", "everything in {}")):
        if payload.get(key):
            return words.format(payload[key])
    if name:
        return f"every purchase of {name}"
    since, until = payload.get("since"), payload.get("until")
    if isinstance(since, int) and isinstance(until, int):
        return f"everything from {date(since)} to {date(until)}"
    return "nothing"

"""What is said becomes an event, checked."""

from __future__ import annotations

import pytest

from clerk.errors import UnknownItem, UnknownLine, UnknownMember
from clerk.model import AnswerKind, EventKind, LineMark
from clerk.visit.feedback import answer_event, last_undoable, mark_event, shown_event, undo_event
from tests.visit.build import CROISSANT, FLAT_WHITE, NOW, Counter, answered, event, history, together

PAST = history([(day, [FLAT_WHITE]) for day in range(9, 0, -1)])


def test_an_answer_names_item_scope_and_visit() -> None:
    kind, member_id, payload = answer_event("M-1", "S2", AnswerKind.NOT_NOW, "V1")
    assert (kind, member_id) == (EventKind.ANSWER, "M-1")
    assert payload == {"sku": "S2", "answer": "not-now", "scope": "item", "visit_id": "V1"}


def test_only_never_can_be_said_to_a_category() -> None:
    record = answer_event("M-1", "S2", AnswerKind.NEVER, category="Bakery", at_category=True)
    assert (record.payload["scope"], record.payload["category"]) == ("category", "Bakery")
    with pytest.raises(UnknownItem):
        answer_event("M-1", "S2", AnswerKind.TOOK, category="Bakery", at_category=True)
    with pytest.raises(UnknownItem):
        answer_event("M-1", "S2", AnswerKind.NEVER, at_category=True)


def test_an_event_without_member_item_or_line_is_refused() -> None:
    with pytest.raises(UnknownMember):
        answer_event(" ", "S2", AnswerKind.TOOK)
    with pytest.raises(UnknownItem):
        answer_event("M-1", "", AnswerKind.TOOK)
    with pytest.raises(UnknownLine):
        mark_event("M-1", PAST, "b0:7", LineMark.GIFT)
    assert mark_event("M-1", PAST, "b0:1", LineMark.GIFT).payload == {"line": "b0:1", "mark": "gift"}


def test_undo_takes_back_the_latest_answer_or_mark_of_the_visit() -> None:
    old, new = answered(CROISSANT, AnswerKind.NEVER, 5), event(EventKind.MARK, 0, line="b0:1", mark="gift")
    opened = event(EventKind.VISIT_OPENED, 0, visit_id="V1")
    assert last_undoable((old, opened, new)) is new
    undone = event(EventKind.UNDO, 0, **undo_event("M-1", new).payload)
    assert last_undoable((old, opened, new, undone)) is old
    assert last_undoable((old, opened, new, undone), since=NOW - 3600) is None


def test_showings_are_what_was_on_the_card() -> None:
    card = Counter(PAST, companions=(together(FLAT_WHITE, CROISSANT),)).card()
    record = shown_event(card)
    assert record is not None
    assert record.payload == {"visit_id": "V1", "skus": ["S2"]}
    assert shown_event(Counter(PAST).card()) is None

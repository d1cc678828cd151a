"""Reading back: what counts for a member now, and everything in order."""

from __future__ import annotations

import random
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from clerk.journal.read import effective
from clerk.model import Event, EventKind
from tests.journal.helpers import PATIENCE_S, answer, open_journal, raw


def _undo(number: int, target: int) -> Event:
    return Event(f"e{number}", EventKind.UNDO, number, "m1", "", {"event_id": f"e{target}"})


def _mark(number: int) -> Event:
    return Event(f"e{number}", EventKind.MARK, number, "m1", "", {"line": "B:1", "mark": "gift"})


def test_an_undone_event_and_its_undoing_no_longer_count(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        first, second = answer(journal, sku="A"), answer(journal, sku="B")
        journal.append(EventKind.UNDO, "m1", {"event_id": first.event_id}).result(PATIENCE_S)
        assert journal.member_events("m1") == (second,)
        assert journal.count() == 3, "nothing is removed from the journal itself"
        assert [event.kind for event in journal.events()][-1] is EventKind.UNDO


def test_undoing_an_undoing_brings_the_event_back() -> None:
    assert effective([_mark(1), _undo(2, 1), _undo(3, 2)]) == (_mark(1),)


def test_undoing_what_is_not_there_changes_nothing() -> None:
    assert effective([_mark(1), _undo(2, 9)]) == (_mark(1),)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 12)), max_size=12))
def test_what_counts_keeps_its_order_and_holds_no_undoing(deeds: list[tuple[bool, int]]) -> None:
    events = [_undo(n, target) if undoing else _mark(n) for n, (undoing, target) in enumerate(deeds)]
    counting = effective(events)
    assert [event.at for event in counting] == sorted(event.at for event in counting)
    assert all(event.kind is EventKind.MARK for event in counting)
    assert effective(counting) == counting


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 10), st.integers(0, 2)), max_size=11),
    st.randoms(use_true_random=False),
)
def test_what_counts_does_not_depend_on_the_order_in_which_devices_events_arrive(
    deeds: list[tuple[bool, int, int]], chance: random.Random
) -> None:
    """Each device's own events stay in order; between devices anything may come first."""
    by_device: dict[int, list[Event]] = {}
    for number, (undoing, target, device) in enumerate(deeds):
        by_device.setdefault(device, []).append(_undo(number, target) if undoing else _mark(number))
    orders = []
    for _ in range(3):
        waiting, order = [list(events) for events in by_device.values()], []
        while waiting := [events for events in waiting if events]:
            order.append(chance.choice(waiting).pop(0))
        orders.append(order)
    counting = [{event.event_id for event in effective(order)} for order in orders]
    assert counting[0] == counting[1] == counting[2]


def test_an_undoing_that_arrives_before_what_it_undoes_counts() -> None:
    assert effective([_undo(2, 1), _mark(1)]) == ()


def test_an_undoing_that_two_devices_undid_stays_undone() -> None:
    assert effective([_mark(1), _undo(2, 1), _undo(3, 2), _undo(4, 2)]) == (_mark(1),)
    assert effective([_mark(1), _undo(2, 1), _undo(3, 2), _undo(4, 2), _undo(5, 4)]) == (_mark(1),)


def test_undoings_in_a_circle_undo_nothing() -> None:
    assert effective([_mark(1), _undo(2, 3), _undo(3, 2), _undo(4, 1), _undo(5, 4)]) == (_mark(1),)
    assert effective([_undo(2, 3), _undo(3, 2)]) == ()


def test_a_long_row_of_undoings_is_followed_to_its_end() -> None:
    row = [_mark(0), *(_undo(n, n - 1) for n in range(1, 5001))]
    assert effective(row) == (_mark(0),)
    assert effective(row[:-1]) == ()


def test_a_member_sees_only_their_own_events(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        mine, _ = answer(journal, "m1"), answer(journal, "m10")
        assert journal.member_events("m1") == (mine,)
        assert journal.member_events("nobody") == ()


def test_events_go_on_after_those_already_seen(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        everything = [answer(journal, sku=str(n)) for n in range(5)]
        assert list(journal.events()) == everything
        assert list(journal.events(since=3)) == everything[3:]
        assert list(journal.events(since=5)) == []


def test_more_events_than_a_page_come_back_in_order(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        futures = [journal.append(EventKind.SHOWN, "", {"visit_id": str(n), "skus": []}) for n in range(2500)]
        for future in futures:
            future.result(PATIENCE_S)
        assert [event.payload["visit_id"] for event in journal.events()] == [str(n) for n in range(2500)]
        assert journal.verify().events == 2500


def test_a_member_is_read_through_the_index_without_sorting(tmp_path: Path) -> None:
    from clerk.journal import statements

    with open_journal(tmp_path) as journal:
        answer(journal)
    connection = raw(tmp_path)
    plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statements.OF_MEMBER}", ("m1",)))
    connection.close()
    assert "USING INDEX ix_events_member_id" in plan
    assert "TEMP B-TREE" not in plan


def test_kinds_of_a_newer_clerk_are_passed_over_and_said(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        known = answer(journal)
        connection = raw(tmp_path)
        connection.execute(
            "INSERT INTO events SELECT device, epoch, 2, 'x', hlc, at, utc_ms, 'greeted', 2, actor, member_id, payload,"
            " basis, hash, hash FROM events"
        )
        connection.close()
        assert journal.member_events("m1") == (known,)
        assert [notice.code for notice in journal.notices] == ["E203"]

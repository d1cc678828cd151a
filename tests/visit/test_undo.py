"""Which events still count when some are taken back, in whatever order devices hear of them."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from clerk.model import Event, EventKind, Purpose
from clerk.pack_build.member_events import TAKEN_BACK
from clerk.privacy.consent import basis_of, consents_now
from clerk.visit.profile.event_overlay import KEPT, laid_over, standing


def _undo(number: int, target: int) -> Event:
    return Event(f"e{number}", EventKind.UNDO, number, "m1", "", {"event_id": f"e{target}"})


def _mark(number: int) -> Event:
    return Event(f"e{number}", EventKind.MARK, number, "m1", "", {"line": "B:1", "mark": "gift"})


def test_undoing_an_undoing_brings_the_event_back() -> None:
    assert standing([_mark(1), _undo(2, 1), _undo(3, 2)]) == (_mark(1),)


def test_undoing_what_is_not_there_changes_nothing() -> None:
    assert standing([_mark(1), _undo(2, 9)]) == (_mark(1),)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 12)), max_size=12))
def test_what_counts_keeps_its_order_and_holds_no_undoing(deeds: list[tuple[bool, int]]) -> None:
    events = [_undo(n, target) if undoing else _mark(n) for n, (undoing, target) in enumerate(deeds)]
    counting = standing(events)
    assert [event.at for event in counting] == sorted(event.at for event in counting)
    assert all(event.kind is EventKind.MARK for event in counting)
    assert standing(counting) == counting


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
    counting = [{event.event_id for event in standing(order)} for order in orders]
    assert counting[0] == counting[1] == counting[2]


def test_an_undoing_that_arrives_before_what_it_undoes_counts() -> None:
    assert standing([_undo(2, 1), _mark(1)]) == ()


def test_an_undoing_that_two_devices_undid_stays_undone() -> None:
    assert standing([_mark(1), _undo(2, 1), _undo(3, 2), _undo(4, 2)]) == (_mark(1),)
    assert standing([_mark(1), _undo(2, 1), _undo(3, 2), _undo(4, 2), _undo(5, 4)]) == (_mark(1),)


def test_undoings_in_a_circle_undo_nothing() -> None:
    assert standing([_mark(1), _undo(2, 3), _undo(3, 2), _undo(4, 1), _undo(5, 4)]) == (_mark(1),)
    assert standing([_undo(2, 3), _undo(3, 2)]) == ()


def test_a_long_row_of_undoings_is_followed_to_its_end() -> None:
    row = [_mark(0), *(_undo(n, n - 1) for n in range(1, 5001))]
    assert standing(row) == (_mark(0),)
    assert standing(row[:-1]) == ()


def test_no_kind_that_an_undo_leaves_standing_is_left_out_of_a_pack_by_one() -> None:
    assert not KEPT.intersection(TAKEN_BACK)


def test_a_withdrawn_consent_stays_withdrawn_when_it_is_undone_wherever_it_is_asked() -> None:
    withdrawn = Event("e1", EventKind.CONSENT, 1, "m1", "", {"purpose": "suggest", "state": "withdrawn"}, 1)
    undone = _undo(2, 1)
    for pack, journal in ([(), (withdrawn, undone)], [(withdrawn,), (undone,)], [(withdrawn, undone), ()]):
        events = laid_over(pack, journal)
        assert events == (withdrawn,)
        assert Purpose.SUGGEST not in consents_now((), events).allowed
        assert basis_of(events, Purpose.SUGGEST) == "e1"
        assert consents_now((), events).allowed == consents_now((), (*pack, *journal)).allowed

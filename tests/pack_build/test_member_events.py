"""What goes into a pack of what was said, and what stays in the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clerk.clock import DAY_S
from clerk.model import EventKind
from clerk.pack.read import PackReader
from tests.pack_build.shop import NOW, build_shop, opened, write_shop

EVERY = list(EventKind)


def row(number: int, kind: str, days_ago: float = 1.0, member: str = "m1", **changed: Any) -> tuple[Any, ...]:
    """A row as head office has it."""
    payload = changed.pop("payload", {"visit_id": f"V{number}"})
    at = NOW - round(days_ago * DAY_S)
    made = {
        "device": "d1", "epoch": "e1", "seq": number, "event_id": f"id{number}", "hlc": at * 1000 << 16, "at": at,
        "utc_ms": at * 1000, "kind": kind, "schema": 1, "actor": "associate", "member_id": member,
        "payload": payload if isinstance(payload, str) else json.dumps(payload), "basis": "", "prev_hash": "0",
        "hash": "1",
    }  # fmt: skip
    return tuple({**made, **changed}.values())


@pytest.fixture
def carried(tmp_path: Path) -> Iterator[Any]:
    """Builds a pack that carries rows, and reads it."""
    readers: list[PackReader] = []

    def build(*rows: tuple[Any, ...]) -> PackReader:
        build_shop(write_shop(tmp_path / "t"), tmp_path / "home", events=rows)
        readers.append(opened(tmp_path / "home"))
        return readers[-1]

    yield build
    for one in readers:
        one.pack.close()


def ids(reader: PackReader, member: str = "m1") -> list[str]:
    return [event.event_id for event in reader.events.of_member(reader.member_no(member) or 0, member)]


def test_visits_and_showings_go_with_the_pack_as_long_as_somebody_looks_at_them(carried: Any) -> None:
    reader = carried(
        row(1, "visit-opened", 90), row(2, "visit-opened", 92), row(3, "visit-ended", 92),
        row(4, "shown", 359, payload={"visit_id": "V", "skus": ["FW"]}),
        row(5, "shown", 362, payload={"visit_id": "V", "skus": ["FW"]}),
        row(6, "shown", 3000, payload={"visit_id": "V", "skus": ["FW"], "house": "FW"}),
        row(7, "fact", 9000, payload={"fact": "note", "text": "x"}),
    )  # fmt: skip
    assert ids(reader) == ["id7", "id6", "id4", "id1"]


def test_the_pack_says_up_to_where_it_knows_what_was_said(carried: Any) -> None:
    rows = [row(1, "visit-opened", 500), row(2, "card", 2), row(7, "card", 1, epoch="e2"), row(3, "card", device="d2")]
    facts = carried(*rows).facts
    assert json.loads(facts["events_until"]) == {"d1": {"e1": 2, "e2": 7}, "d2": {"e1": 3}}
    assert int(facts["hlc_until"]) == (NOW - DAY_S) * 1000 << 16


def test_an_event_is_carried_once_however_often_it_comes(carried: Any) -> None:
    reader = carried(row(1, "mark"), row(1, "mark", seq=9, epoch="e2"), row(1, "mark"))
    assert [(event.event_id, event.seq) for event in reader.events.of_member(reader.member_no("m1") or 0, "m1")] == [
        ("id1", 1)
    ]


def test_what_was_taken_back_stays_out_and_the_undoing_goes_along(carried: Any) -> None:
    note = {"fact": "note", "text": "private"}
    reader = carried(
        row(1, "fact", 3, payload=note), row(2, "undo", 2, payload={"event_id": "id1"}),
        row(3, "fact", 3, payload=note), row(4, "undo", 2, "m2", payload={"event_id": "id3"}),
        row(5, "consent", 3, payload={"purpose": "suggest", "state": "withdrawn"}),
        row(6, "undo", 2, payload={"event_id": "id5"}),
    )  # fmt: skip
    assert sorted(ids(reader)) == ["id2", "id3", "id5", "id6"]


def test_rows_that_are_no_events_and_kinds_of_a_newer_clerk_break_nothing(carried: Any) -> None:
    bad = [
        row(1, "card", payload="[1]"), row(2, "card", payload="{"), row(3, "card", payload='{"a":NaN}'),
        row(4, "card", at="x"), row(5, "card", hlc=1 << 63), row(6, "card", event_id=""), row(7, "card")[:5],
        row(8, "card", payload='{"code":"\\ud800"}'), row(9, "card", payload={"a": {"b": 1}}),
        row(10, "card", payload="[" * 5000), row(11, "card", member="\ud800"),
    ]  # fmt: skip
    reader = carried(*bad, row(20, "prophecy", payload={"x": 1}), row(21, "card", payload={"code": "C1"}))
    assert ids(reader) == ["id21"]
    assert [event.member_id for event in reader.events.of_card("C1")] == ["m1"]
    kept = reader.pack.db.execute("SELECT kind FROM said ORDER BY event_id").fetchall()
    assert kept == [("prophecy",), ("card",)]


def test_members_the_pack_does_not_know_keep_their_events(carried: Any) -> None:
    reader = carried(row(1, "card", member="new", payload={"code": "C9", "status": "active"}), row(2, "fact"))
    assert ids(reader, "new") == ["id1"]
    assert [event.member_id for event in reader.events.of_card("C9")] == ["new"]
    everybody = reader.events.since(NOW - 9 * DAY_S, EVERY)
    assert {who: [event.event_id for event in events] for who, events in everybody.items()} == {
        "new": ["id1"],
        "m1": ["id2"],
    }


def test_a_build_without_events_carries_none(carried: Any, tmp_path: Path) -> None:
    build_shop(write_shop(tmp_path / "t"), tmp_path / "home")
    reader = opened(tmp_path / "home")
    assert (ids(reader), reader.events.house(), "hlc_until" in reader.facts) == ([], {}, False)
    reader.pack.close()


def test_tries_at_a_kiosk_stay_for_good_whatever_clock_they_were_made_by(carried: Any) -> None:
    said = ("unlock tried", "unlocked", "kiosk confirmed")
    tries = [
        row(number, "access", days_ago, payload={"what": said[number % 3]})
        for number, days_ago in enumerate((2, 2, 2, 92, 92, 92, 9000, 9000, 9000))
    ]
    reader = carried(*tries, row(50, "access", 92, payload={"what": "opened"}))
    assert sorted(ids(reader)) == [f"id{number}" for number in range(9)]

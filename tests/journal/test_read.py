"""Reading back: what counts for a member now, and everything in order."""

from __future__ import annotations

from pathlib import Path

from clerk.model import EventKind
from clerk.visit.profile.event_overlay import standing
from tests.journal.helpers import PATIENCE_S, answer, open_journal, raw


def test_an_undone_event_and_its_undoing_no_longer_count(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        first, second = answer(journal, sku="A"), answer(journal, sku="B")
        journal.append(EventKind.UNDO, "m1", {"event_id": first.event_id}).result(PATIENCE_S)
        assert standing(journal.events_of("m1")) == (second,)
        assert journal.count() == 3, "nothing is removed from the journal itself"
        assert [event.kind for event in journal.events()][-1] is EventKind.UNDO


def test_a_member_sees_only_their_own_events(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        mine, _ = answer(journal, "m1"), answer(journal, "m10")
        assert journal.events_of("m1") == (mine,)
        assert journal.events_of("nobody") == ()


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
        assert journal.events_of("m1") == (known,)
        assert [notice.code for notice in journal.notices] == ["E203"]

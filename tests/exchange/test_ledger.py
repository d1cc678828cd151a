"""The ledger takes every event once, whatever is sent how often; the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from clerk.clock import FixedClock
from clerk.errors import BundleRefused, LedgerUnavailable
from clerk.exchange.office.ledger.engine import guarded
from clerk.exchange.office.ledger.ledger import Ledger
from tests.exchange.histories import Header, Row, header, issued_again, rewritten, rows

STORE = "0412"
DEVICE = "aaaa00000001"


@pytest.fixture
def ledger(ledger_url: str, tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(ledger_url, tmp_path, FixedClock(1_800_000_000)) as opened:
        yield opened


def take(ledger: Ledger, of: list[Row]) -> str:
    return ledger.take(STORE, header(of), of).state


def ids(ledger: Ledger) -> list[object]:
    return [row[3] for row in ledger.events(STORE)]


def test_events_come_back_as_they_were_sent(ledger: Ledger) -> None:
    sent = rows(50)
    taken = ledger.take(STORE, header(sent), sent)
    assert (taken.state, taken.new, taken.again) == ("taken", 50, 0)
    assert list(ledger.events(STORE)) == sent


def test_a_ledger_in_a_file_is_for_its_owner_only(tmp_path: Path) -> None:
    Ledger.open("", tmp_path).close()
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "exchange").iterdir()} == {0}


def test_the_same_bundle_again_changes_nothing(ledger: Ledger) -> None:
    sent = rows(10)
    take(ledger, sent)
    assert take(ledger, sent) == "known"
    assert take(ledger, sent[3:7]) == "known"
    assert list(ledger.events(STORE)) == sent


def test_bundles_may_overlap(ledger: Ledger) -> None:
    sent = rows(30)
    take(ledger, sent[:20])
    taken = ledger.take(STORE, header(sent[10:]), sent[10:])
    assert (taken.state, taken.new) == ("taken", 10)
    assert list(ledger.events(STORE)) == sent


def test_a_bundle_that_came_too_early_waits_for_the_one_before_it(ledger: Ledger) -> None:
    sent = rows(30)
    late = ledger.take(STORE, header(sent[20:]), sent[20:])
    assert (late.state, late.words) == ("waiting", "events from 1 on are missing before it")
    take(ledger, sent[:20])
    assert take(ledger, sent[20:]) == "taken"
    assert len(ids(ledger)) == 30


def test_another_history_under_the_same_numbers_is_noted_and_not_taken(ledger: Ledger) -> None:
    sent = rows(20)
    take(ledger, sent)
    copied = [*sent[:15], *rows(10, after=sent[:15], mark="x")]
    assert take(ledger, copied[15:]) == "forked"
    assert take(ledger, copied[15:]) == "forked"
    assert take(ledger, copied[10:18]) == "forked"
    assert list(ledger.events(STORE)) == sent
    assert [(fork.device, fork.seq) for fork in ledger.forks(STORE)] == [(DEVICE, 18), (DEVICE, 20)]


def test_a_history_that_forks_exactly_at_the_head_is_seen(ledger: Ledger) -> None:
    sent = rows(20)
    take(ledger, sent)
    copied = rows(20, mark="x")
    copied += rows(5, after=copied, mark="x")
    assert take(ledger, copied[20:]) == "forked"


def test_events_issued_again_under_a_new_epoch_count_once(ledger: Ledger) -> None:
    sent = rows(20)
    take(ledger, sent)
    again = issued_again(sent[12:], "e0000002")
    again += rows(5, DEVICE, "e0000002", after=again)
    taken = ledger.take(STORE, header(again), again)
    assert (taken.state, taken.new, taken.again, taken.differs) == ("taken", 5, 8, 0)
    assert len(set(ids(ledger))) == len(ids(ledger)) == 25
    assert take(ledger, again[:8]) == "known"
    assert take(ledger, [*again, *rows(1, DEVICE, "e0000002", after=again)]) == "taken"


def test_an_event_that_comes_back_with_other_words_is_kept_beside_and_blocks_nothing(ledger: Ledger) -> None:
    sent = rows(5)
    take(ledger, sent)
    again = rewritten(issued_again(sent, "e0000002"), 2, payload='{"other":true}')
    taken = ledger.take(STORE, header(again), again)
    assert (taken.state, taken.again, taken.differs) == ("taken", 5, 1)
    assert list(ledger.events(STORE)) == sent


def test_an_id_used_twice_in_one_bundle_counts_once(ledger: Ledger) -> None:
    sent = rows(5)
    twice = rewritten(sent, 4, event_id=sent[1][3])
    taken = ledger.take(STORE, header(twice), twice)
    assert (taken.new, taken.again, taken.differs) == (4, 1, 1)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(lambda good: [*good[:3], *good[4:]], id="one is missing"),
        pytest.param(lambda good: [*good[:3], (*good[3][:11], '{"x":1}', *good[3][12:]), *good[4:]], id="changed"),
        pytest.param(lambda good: rewritten(good, 3, seq=9), id="number"),
        pytest.param(lambda good: rewritten(good, 3, device="bbbb"), id="another device"),
        pytest.param(lambda good: rewritten(good, 3, actor="A\0nn"), id="zero byte"),
        pytest.param(lambda good: rewritten(good, 3, actor="A\ud800"), id="half a letter"),
        pytest.param(lambda good: rewritten(good, 3, hlc=2**63), id="too large"),
        pytest.param(lambda good: rewritten(good, 3, hlc=1.5), id="no whole number"),
        pytest.param(lambda good: rewritten(good, 3, at=True), id="truth"),
        pytest.param(lambda good: rewritten(good, 3, payload=None), id="nothing"),
        pytest.param(lambda good: rewritten(good, 3, event_id="../x"), id="id"),
        pytest.param(lambda good: [good[0][:-1], *good[1:]], id="a column short"),
    ],
)
def test_a_bundle_that_does_not_hold_is_refused_as_a_whole(ledger: Ledger, broken: object) -> None:
    good = rows(8)
    with pytest.raises(BundleRefused):
        ledger.take(STORE, header(good), broken(good))  # type: ignore[operator]
    assert ids(ledger) == []
    assert take(ledger, good) == "taken"


@pytest.mark.parametrize(
    "said",
    [
        Header("../x", "e0000001", 1, 1, "0" * 64),
        Header(DEVICE, "e..1", 1, 1, "0" * 64),
        Header(DEVICE, "e0000001", 0, 0, "0" * 64),
        Header(DEVICE, "e0000001", 2, 1, "0" * 64),
        Header(DEVICE, "e0000001", 1, 2**70, "0" * 64),
        Header(DEVICE, "e0000001", 1, 1, "zz"),
        Header(DEVICE, "e0000001", 1, 1, "0" * 64),
    ],
)
def test_a_header_that_cannot_be_is_refused(ledger: Ledger, said: Header) -> None:
    with pytest.raises(BundleRefused):
        ledger.take(STORE, said, rows(1))


def test_a_device_cannot_speak_for_another_store(ledger: Ledger) -> None:
    sent = rows(5)
    take(ledger, sent)
    more = rows(5, after=sent)
    with pytest.raises(BundleRefused, match="another store"):
        ledger.take("0999", header(more), more)
    assert list(ledger.events("0999")) == []


def test_events_of_all_devices_come_in_the_order_of_their_clocks(ledger: Ledger) -> None:
    one = rows(20, "b-device", hlc=1_000, step=10)
    two = rows(20, "B_device", hlc=1_000, step=10)
    three = rows(20, "bdevice", hlc=1_005, step=7)
    for sent in (one, two, three):
        take(ledger, sent)
    expected = sorted([*one, *two, *three], key=lambda row: (row[4], row[0], row[2]))
    assert list(ledger.events(STORE)) == expected
    assert list(ledger.events(STORE, {"answer", "none"})) == expected
    assert list(ledger.events(STORE, set())) == []
    assert list(ledger.events("other")) == []


def test_clock_values_of_today_fit(ledger: Ledger) -> None:
    sent = rewritten(rows(1), 0, hlc=1_800_000_000_000 << 16, utc_ms=2**62, at=-5)
    take(ledger, sent)
    assert list(ledger.events(STORE)) == sent


def test_what_is_durable_moves_only_over_bundles_without_a_gap(ledger: Ledger) -> None:
    sent = rows(30)
    for name, part in (("a", sent[:10]), ("b", sent[10:20]), ("c", sent[20:])):
        ledger.take(STORE, header(part), part, name=name, size=1)
    assert ledger.mark_durable(STORE, DEVICE, "e0000001", "b") == 0
    assert ledger.mark_durable(STORE, DEVICE, "e0000001", "a") == 20
    head = ledger.heads(STORE)[0]
    assert (head.seq, head.durable_seq, head.durable_hash) == (30, 20, sent[19][-1])
    assert {name: known.archived for name, known in ledger.known(DEVICE, "e0000001").items()} == {
        "a": True, "b": True, "c": False,
    }  # fmt: skip
    with pytest.raises(BundleRefused):
        ledger.mark_durable(STORE, DEVICE, "e0000001", "never sent")


def test_the_ledger_names_its_devices(ledger: Ledger) -> None:
    take(ledger, rows(5))
    take(ledger, rows(3, "bbbb"))
    found = ledger.devices(STORE)
    assert [(one.device, one.store, one.last_at, one.heads[0].seq) for one in found] == [
        (DEVICE, STORE, 1_800_000_000, 5),
        ("bbbb", STORE, 1_800_000_000, 3),
    ]
    assert ledger.devices("0999") == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_events SET payload = 'x'",
        "DELETE FROM ledger_events",
        "DELETE FROM ledger_forks",
        "UPDATE ledger_again SET differs = ''",
    ],
)
def test_the_database_itself_refuses_to_change_what_was_taken(ledger: Ledger, statement: str) -> None:
    sent = rows(5)
    take(ledger, sent)
    take(ledger, rows(5, mark="x"))
    take(ledger, issued_again(sent, "e0000002"))
    with pytest.raises(DBAPIError, match="append-only"), ledger._engine.begin() as connection:
        connection.execute(text(statement))
    assert list(ledger.events(STORE)) == sent


def test_the_database_itself_refuses_a_second_row_of_an_event(ledger: Ledger) -> None:
    sent = rows(2)
    take(ledger, sent)
    columns = ", ".join(f"'{value}'" if isinstance(value, str) else str(value) for value in (STORE, *sent[0]))
    twice = f"INSERT INTO ledger_events VALUES ({columns})"
    elsewhere = twice.replace("e0000001'", "e0000009'", 1)
    for statement in (twice, elsewhere):
        with pytest.raises(DBAPIError), ledger._engine.begin() as connection:
            connection.exec_driver_sql(statement)


@pytest.mark.parametrize(
    "statement",
    ["INSERT INTO ledger_meta (name, value) VALUES (:s, NULL)", "SELECT nothing FROM nowhere WHERE x = :s"],
)
def test_no_error_of_the_database_prints_what_is_stored(ledger: Ledger, statement: str) -> None:
    """PostgreSQL would print the whole row that it refused, and SQLAlchemy every parameter."""
    secret = "Ada Lovelace is allergic"
    with pytest.raises(SQLAlchemyError) as raw, ledger._engine.begin() as connection:
        connection.execute(text(statement), {"s": secret})
    assert "parameters hidden" in str(raw.value)
    with (
        pytest.raises(LedgerUnavailable) as shown,
        guarded(),
        ledger._engine.begin() as connection,
    ):
        connection.execute(text(statement), {"s": secret})
    assert secret not in "".join(traceback.format_exception(shown.value))


def test_a_ledger_of_a_newer_clerk_is_left_alone(ledger: Ledger, ledger_url: str, tmp_path: Path) -> None:
    with ledger._engine.begin() as connection:
        connection.execute(text("UPDATE ledger_meta SET value = '99'"))
    with pytest.raises(LedgerUnavailable, match="Another version"):
        Ledger.open(ledger_url, tmp_path)


@pytest.mark.parametrize("url", ["mysql://x/y", "no address", "sqlite://", "postgresql://nobody@127.0.0.1:1/none"])
def test_a_ledger_that_cannot_be_opened_is_said_to_be(url: str, tmp_path: Path) -> None:
    with pytest.raises(LedgerUnavailable):
        Ledger.open(url, tmp_path)

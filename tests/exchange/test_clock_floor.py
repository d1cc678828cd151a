"""The clock floor: no earlier than anything known, and two days ahead of everything is a question."""

from __future__ import annotations

from pathlib import Path

import pytest
from tuf.ngclient import Updater

from clerk.clock import FixedClock, ShopClock, utc_ms
from clerk.errors import ClockWrong, ExchangeError
from clerk.exchange.between import clock_floor, keys
from clerk.exchange.between.clock_floor import Times, floor, freshness, remember, times, utc_seconds, wall_seconds
from clerk.journal import Journal
from clerk.model import EventKind
from tests.exchange.chain import DAY, clock

HOUR = 3_600


def record_now(home: Path) -> int:
    """An event at this machine's real time. Gives that time."""
    journal = Journal.open(home, ShopClock())
    try:
        journal.append(EventKind.ANSWER, "m1", {"sku": "K-1", "answer": "yes"}).result()
    finally:
        journal.close()
    return utc_ms() // 1000


def test_wall_seconds_and_utc_seconds_are_each_others_inverse() -> None:
    now = clock()
    assert wall_seconds(utc_seconds(now)) == now.now()


def test_with_nothing_known_the_machines_clock_counts(tmp_path: Path) -> None:
    assert floor(tmp_path, clock()) == utc_seconds(clock())


def test_a_clock_behind_the_newest_signed_time_is_not_believed(tmp_path: Path) -> None:
    remember(tmp_path, signed=utc_seconds(clock(3)))
    assert floor(tmp_path, clock(-400)) == utc_seconds(clock(3))
    assert floor(tmp_path, clock(5)) == utc_seconds(clock(5))


def test_a_clock_behind_the_last_event_is_not_believed(tmp_path: Path) -> None:
    at = record_now(tmp_path)
    behind = FixedClock(wall_seconds(at - 20 * HOUR))
    assert abs(floor(tmp_path, behind) - at) <= 5


def test_events_far_ahead_of_everything_else_are_a_question_for_a_manager(tmp_path: Path) -> None:
    at = record_now(tmp_path)
    right = FixedClock(wall_seconds(at - 30 * DAY))
    with pytest.raises(ClockWrong) as caught:
        floor(tmp_path, right)
    assert caught.value.code == "E307"
    assert "recording goes on" in caught.value.remedy


def test_a_manager_who_confirms_the_clock_is_believed_from_then_on(tmp_path: Path) -> None:
    at = record_now(tmp_path)
    right = FixedClock(wall_seconds(at - 30 * DAY))
    clock_floor.confirm(tmp_path, right)
    assert floor(tmp_path, right) == utc_seconds(right)
    remember(tmp_path, signed=utc_seconds(right) + 60)
    assert floor(tmp_path, right) == utc_seconds(right) + 60


def test_a_manager_cannot_confirm_away_what_head_office_signed(tmp_path: Path) -> None:
    remember(tmp_path, signed=utc_seconds(clock(3)))
    clock_floor.confirm(tmp_path, clock(-400))
    assert floor(tmp_path, clock(-400)) == utc_seconds(clock(3))


def test_a_recording_never_waits_for_the_clock(tmp_path: Path) -> None:
    remember(tmp_path, signed=utc_seconds(ShopClock()) + 4_000 * DAY)
    assert record_now(tmp_path) > 0


def test_an_expired_release_is_the_clocks_fault_only_when_nothing_known_is_near(tmp_path: Path) -> None:
    signed = utc_seconds(clock())
    with pytest.raises(ClockWrong):
        clock_floor.check_not_ahead(tmp_path, clock(10), signed)
    clock_floor.confirm(tmp_path, clock(9))
    clock_floor.check_not_ahead(tmp_path, clock(10), signed)


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'{"signed": "x"}', b"\xff", b'{"signed": null}'])
def test_a_damaged_floor_is_no_floor_and_is_written_anew(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "exchange").mkdir()
    (tmp_path / "exchange" / "clock").write_bytes(data)
    assert times(tmp_path) == Times()
    remember(tmp_path, signed=5)
    assert times(tmp_path).signed == 5


def test_what_is_remembered_never_goes_back(tmp_path: Path) -> None:
    remember(tmp_path, signed=50, fetched=40)
    remember(tmp_path, signed=30, fetched=60)
    assert times(tmp_path) == Times(signed=50, fetched=60)


def test_a_journal_that_cannot_be_read_is_no_floor(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"no database" * 500)
    assert clock_floor.last_event(tmp_path) == 0


def test_the_data_is_late_from_the_hour_the_settings_name(tmp_path: Path) -> None:
    remember(tmp_path, signed=utc_seconds(clock()), fetched=utc_seconds(clock()))
    now = clock().now()
    assert not freshness(tmp_path, now + 36 * HOUR - 1).late
    assert freshness(tmp_path, now + 36 * HOUR).late
    assert freshness(tmp_path, now + 36 * HOUR).hours == 36
    (tmp_path / "settings.toml").write_text("[exchange]\nwarn_hours = 12\n")
    assert freshness(tmp_path, now + 12 * HOUR).late
    assert freshness(tmp_path, now).signed_at == now


def test_a_machine_that_never_fetched_is_not_late(tmp_path: Path) -> None:
    assert freshness(tmp_path, clock().now()).late is False


def test_the_tuf_client_judges_by_the_time_it_is_given(tmp_path: Path) -> None:
    """The one private name of python-tuf in use: this test fails first when a new version moves it."""
    keys.make_office(tmp_path, utc_seconds(clock()))
    root = keys.office_file(tmp_path).root
    updater = Updater(str(tmp_path), "clerk://s1/", bootstrap=root)
    clock_floor.judge_by(updater, 1_000)
    assert updater._trusted_set.reference_time.timestamp() == 1_000


def test_a_tuf_client_that_takes_no_time_is_refused() -> None:
    class Changed:
        """A later version, without the name."""

    with pytest.raises(ExchangeError):
        clock_floor.judge_by(Changed(), 0)  # type: ignore[arg-type]

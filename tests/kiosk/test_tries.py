"""Tries at the second factor: how many, by what time, over which restarts and machines, and what comes after them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.cli import main
from clerk.clock import DAY_S, FixedClock
from clerk.desk import Desk
from clerk.desk.kiosk.session import KioskDesk
from clerk.errors import ClerkError, SecondFactorRefused
from clerk.journal import Journal
from clerk.model import Event, EventKind
from clerk.model.kiosk import KioskCard, KioskRefused
from clerk.report import Exit
from clerk.visit.kiosk_tries import CONFIRMED, TRIED, wrong_in_a_row, wrong_lately
from tests.kiosk.conftest import ADA, ADA_TOO, GWEN, NOW, Ticks
from tests.proof import rounds

PHONE, WRONG = "4471", "0000"
UNKNOWN = "4006381333930"


@dataclass
class Kiosk:
    """A kiosk that is started again and again, with a clock and a time of running that the test sets."""

    home: Path
    ticks: Ticks
    desk: KioskDesk
    clock: FixedClock

    def tries(self, digits: str, code: str = ADA) -> bool:
        card = self.desk.scan(code)
        return isinstance(card, KioskCard) and self.desk.unlock(card.visit_id, digits)

    def starts_again(self, at: int = NOW, after_a_power_cut: bool = False) -> None:
        self.desk.close()
        if after_a_power_cut:
            self.ticks.now = 5.0
        self.desk = KioskDesk.open(self.home, clock=FixedClock(at), tick=self.ticks)

    def runs(self, seconds: float) -> None:
        self.ticks.now += seconds


@contextmanager
def standing(home: Path) -> Iterator[Kiosk]:
    clock, ticks = FixedClock(NOW), Ticks()
    # The machine was started long ago: that is not for how long the kiosk has been running.
    ticks.now = 3.0 * DAY_S
    kiosk = Kiosk(home, ticks, KioskDesk.open(home, clock=clock, tick=ticks), clock)
    try:
        yield kiosk
    finally:
        kiosk.desk.close()


@pytest.fixture
def kiosk(home: Path) -> Iterator[Kiosk]:
    with standing(home) as made:
        yield made


def locked(kiosk: Kiosk, wrong: int = 12) -> None:
    """So many wrong tries, a day of running after every three."""
    for number in range(wrong):
        assert not kiosk.tries(WRONG)
        if number % 3 == 2:
            kiosk.runs(DAY_S + 1)


def test_three_wrong_tries_and_then_the_right_digits_open_nothing(kiosk: Kiosk) -> None:
    for _ in range(3):
        assert not kiosk.tries(WRONG)
    assert not kiosk.tries(PHONE)
    assert not kiosk.tries(PHONE, ADA_TOO), "another card of the same member has the same digits"
    assert kiosk.tries("0001", GWEN), "another member's card is not closed by it"
    kiosk.starts_again()
    assert not kiosk.tries(PHONE), "starting again gives no more tries"


def test_tries_come_back_when_the_kiosk_has_been_running_for_a_day(kiosk: Kiosk) -> None:
    for _ in range(3):
        kiosk.tries(WRONG)
    kiosk.runs(DAY_S - 60)
    assert not kiosk.tries(PHONE)
    kiosk.runs(61)
    assert kiosk.tries(PHONE)


@pytest.mark.parametrize("at", [NOW + DAY_S, NOW + 400 * DAY_S, NOW - 10_000 * DAY_S, 0])
@pytest.mark.parametrize("power_cut", [False, True])
def test_a_clock_that_is_set_gives_no_try_and_takes_none(kiosk: Kiosk, at: int, power_cut: bool) -> None:
    for _ in range(3):
        kiosk.tries(WRONG)
    kiosk.starts_again(at, power_cut)
    assert not kiosk.tries(PHONE)
    kiosk.starts_again(NOW, power_cut)
    assert not kiosk.tries(PHONE)
    kiosk.runs(DAY_S + 1)
    assert kiosk.tries(PHONE), "and nobody is locked out for ever"


def test_a_kiosk_that_is_switched_off_every_night_gives_tries_back_in_the_end(kiosk: Kiosk) -> None:
    for _ in range(3):
        kiosk.tries(WRONG)
    days = 0
    while not kiosk.tries(PHONE):
        days += 1
        assert days < 10
        for _ in range(5):
            kiosk.runs(2 * 3600)
            kiosk.tries("0001", GWEN)
        kiosk.starts_again(NOW, after_a_power_cut=True)
    assert days in (2, 3, 4)


def test_after_twelve_wrong_tries_the_card_opens_nothing_and_reads_like_an_unknown_one(kiosk: Kiosk) -> None:
    locked(kiosk)
    for code in (ADA, ADA_TOO):
        kiosk.runs(61)
        refused = kiosk.desk.scan(code)
        kiosk.runs(61)
        assert refused == kiosk.desk.scan(UNKNOWN)
        assert isinstance(refused, KioskRefused)
    kiosk.runs(1000 * DAY_S)
    assert isinstance(kiosk.desk.scan(ADA), KioskRefused), "however long somebody waits"
    kiosk.runs(61)
    paused = [isinstance(found := kiosk.desk.scan(ADA), KioskRefused) and found.pause_s for _ in range(5)]
    assert paused == [0, 0, 0, 0, 60], "and it counts as an unknown one"
    kiosk.runs(61)
    assert isinstance(kiosk.desk.scan(GWEN), KioskCard)


def test_a_right_try_begins_the_count_of_wrong_ones_anew_but_gives_none_of_the_day_back(kiosk: Kiosk) -> None:
    for digits, opens in ((WRONG, False), (PHONE, True), (WRONG, False), (PHONE, True), (WRONG, False)):
        assert kiosk.tries(digits) is opens
    assert not kiosk.tries(PHONE)
    kiosk.runs(DAY_S + 1)
    for _ in range(3):
        locked(kiosk, 10)
        kiosk.runs(DAY_S + 1)
        assert kiosk.tries(PHONE)
        kiosk.runs(DAY_S + 1)


def test_the_counter_sees_it_and_opens_the_kiosk_again_with_its_name_on_the_audit(kiosk: Kiosk) -> None:
    locked(kiosk)
    desk = Desk.open(kiosk.home, clock=FixedClock(NOW))
    try:
        card = desk.visit.open("ada")
        assert card.kiosk_tries == 12
        assert card.notes[0].startswith("kiosk closed, 12 wrong tries: ask for the end of the phone number")
        renewed = desk.visit.record(card.visit_id, desk.records.confirmed_at_counter("ada")).result(10)
        assert (renewed.kiosk_tries, renewed.notes) == (0, ())
        assert desk.visit.undo(card.visit_id).result(10) is None, "no undo takes it back"
        assert "confirmed at the counter; the kiosk opens again" in [one.words for one in desk.audit.lines()]
    finally:
        desk.close()
    assert kiosk.tries(PHONE)


def test_the_command_opens_the_kiosk_again_too(kiosk: Kiosk) -> None:
    locked(kiosk)
    at = ["--home", str(kiosk.home), "--at", "2026-03-10T09:00"]
    assert main(["kiosk", "--confirmed", "nobody", *at]) != Exit.OK
    assert not kiosk.tries(PHONE)
    assert main(["kiosk", "--confirmed", "ada", *at]) == Exit.OK
    assert kiosk.tries(PHONE)


def test_a_few_wrong_tries_do_not_trouble_the_counter(kiosk: Kiosk) -> None:
    locked(kiosk, 2)
    desk = Desk.open(kiosk.home, clock=FixedClock(NOW))
    try:
        assert desk.visit.open("ada").kiosk_tries == 0
    finally:
        desk.close()


def test_while_the_journal_cannot_be_read_nothing_opens_and_the_screen_says_so(kiosk: Kiosk) -> None:
    card = kiosk.desk.scan(ADA)
    assert isinstance(card, KioskCard)
    # Written by another process: what the kiosk has read before does not count any more.
    with Journal.open(kiosk.home, FixedClock(NOW)) as journal:
        journal.append(EventKind.ACCESS, "gwen", {"what": "opened"}).result(10)
    for name in ("journal.db", "journal.db-wal"):
        if (file := kiosk.home / name).exists():
            file.write_bytes(b"\xff" * file.stat().st_size)
    with pytest.raises(ClerkError):
        kiosk.desk.unlock(card.visit_id, PHONE)
    with pytest.raises(SecondFactorRefused):
        kiosk.desk.my_data(card.visit_id)
    for code in (ADA, GWEN):
        assert kiosk.desk.scan(code) == KioskRefused("This cannot be shown now.", "Ask at the counter.")


def test_tries_of_other_kiosks_of_the_shop_count_together(home: Path) -> None:
    said = [event(number, TRIED, device=f"kiosk-{number % 4}", ran=0) for number in range(12)]
    assert wrong_in_a_row(said) == 12
    assert wrong_lately(said, "kiosk-1", 0) == 3
    assert wrong_in_a_row([*said, event(12, CONFIRMED, device="till", ran=0)]) == 0


def event(number: int, what: str, *, device: str = "kiosk-0", ran: int | None = 0) -> Event:
    payload: dict[str, object] = {"what": what} if ran is None else {"what": what, "ran_s": ran}
    return Event(f"e{number}", EventKind.ACCESS, NOW, "ada", "kiosk", payload, number, device, number)


def test_tries_of_an_older_version_count_until_the_kiosk_has_been_running_for_a_day() -> None:
    said = [event(number, TRIED, ran=None) for number in range(3)]
    assert wrong_lately(said, "kiosk-0", DAY_S - 1) == 3
    assert wrong_lately(said, "kiosk-0", DAY_S) == 0


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("try"), st.booleans()),
        st.tuples(st.just("runs"), st.integers(0, 2 * DAY_S)),
        st.tuples(st.just("starts"), st.integers(-20_000 * DAY_S, 20_000 * DAY_S)),
        st.tuples(st.just("cut"), st.integers(-20_000 * DAY_S, 20_000 * DAY_S)),
    ),
    max_size=40,
)


@settings(max_examples=rounds(25, 2_000), deadline=None)
@given(STEPS)
def test_no_clock_and_no_restart_gives_a_fourth_wrong_try_within_a_day_or_a_thirteenth(
    kiosk_packs: Path, steps: list[tuple[str, int]]
) -> None:
    """What really passed is counted beside the kiosk; right digits never open where there is no try left."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "packs").symlink_to(kiosk_packs)
        with standing(Path(folder)) as kiosk:
            watched = Journal.open(kiosk.home, FixedClock(NOW))
            passed, looked_at, in_a_row, known = 0.0, list[float](), 0, 0
            for kind, value in steps:
                if kind == "runs":
                    kiosk.runs(value)
                    passed += value
                elif kind in ("starts", "cut"):
                    kiosk.starts_again(NOW + value, kind == "cut")
                elif kiosk.tries(PHONE if value else WRONG):
                    in_a_row = 0
                tried = sum(one.payload["what"] == TRIED for one in watched.events(0, [EventKind.ACCESS]))
                if tried > known and (kind, value) == ("try", False):
                    looked_at.append(passed)
                    in_a_row += 1
                known = tried
                assert sum(passed - at < DAY_S for at in looked_at) <= 3
                assert in_a_row <= 12
            watched.close()
            kiosk.runs(DAY_S + 1)
            assert kiosk.tries(PHONE) is (in_a_row < 12), "and nobody is locked out for ever"

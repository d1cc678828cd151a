"""Whatever comes over the network: the counter is as if nothing came, own tablets sign in, few PINs are looked at.

Random sequences of tries from strangers, known tablets and the keyboard, with clocks that are set, restarts of server
and machine. A second data folder sees only what happens at the counter, and both have to agree about it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from clerk.clock import DAY_S
from clerk.errors import NotPermitted, PinRefused
from clerk.model import StaffRole
from clerk.people import People, counter_lock, pins, tablet_pins
from clerk.people.tablet_pins import TabletPins
from clerk.serve.refused import Refused
from clerk.serve.sign_ins import SignIns
from clerk.serve.throttle import Throttle
from clerk.settings import PeopleSettings
from tests.people.clock import MovedClock
from tests.proof import record_proof, rounds

PINS = {"Maia": "4071", "Bo": "7294", "Noor": "860413", "Sam": "3805"}
MANAGERS = ("Maia", "Bo")
RULES = PeopleSettings(tries=3, lockout_s=600)
WRONG = "5555"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hashes that cost nothing, and a disk that is not waited for."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    monkeypatch.setattr(pins, "MEMORY_KIB", 8)
    monkeypatch.setattr(pins, "PASSES", 1)
    monkeypatch.setattr(pins, "NOBODY", pins.NOBODY.replace("m=47104,t=3", "m=8,t=1"))
    pins._hasher.cache_clear()
    yield
    pins._hasher.cache_clear()


class Noted(Refused):
    """Keeps whose PIN was looked at and when, in seconds of the test."""

    def __init__(self, clock: MovedClock, looked_at: list[str]) -> None:
        super().__init__(clock.now, clock.tick)
        self.looked_at = looked_at

    def note(self, address: str, name: str, *, looked_at: bool) -> None:
        super().note(address, name, looked_at=looked_at)
        if looked_at:
            self.looked_at.append(name)


class Shop:
    """A counter and a tablet server on one data folder."""

    def __init__(self, folder: Path, clock: MovedClock) -> None:
        self.folder = folder
        self.clock = clock
        self.loop = asyncio.new_event_loop()
        self.looked_at: list[str] = []
        self.counter = People(folder, clock, RULES, tick=clock.tick)
        for name, pin in PINS.items():
            self.counter.add(name, pin, StaffRole.MANAGER if name in MANAGERS else StaffRole.ASSOCIATE)
        self.serve()

    def serve(self) -> None:
        """A server that was just started."""
        tick = self.clock.tick
        noted = Noted(self.clock, self.looked_at)
        self.server = SignIns(TabletPins(self.folder, tick), Throttle(tick), noted)

    def over_network(self, name: str, pin: str, address: str, secret: str) -> tuple[str, str, float]:
        """Who was let in, the tablet's secret, and how long to wait."""
        entered, wait_s = self.loop.run_until_complete(self.server.enter(name, pin, address, secret))
        return (entered.signed.name, entered.secret, 0.0) if entered else ("", "", wait_s)


def at_counter(people: People, name: str, pin: str) -> str:
    """What somebody who types at the counter is told."""
    try:
        return people.check_pin(name, pin).name
    except PinRefused as refused:
        return refused.what


NAMES = st.sampled_from(list(PINS))
ADDRESSES = st.one_of(
    st.sampled_from(["192.0.2.1", "2001:db8::7", "127.0.0.1"]),
    st.integers(0, 9999).map(lambda n: f"10.0.{n >> 8}.{n & 255}"),
)


class Attacked(RuleBasedStateMachine):
    """Two shops with the same counter; only one of them has a network."""

    @initialize()
    def open(self) -> None:
        self.scratch = tempfile.TemporaryDirectory()
        self.clock = MovedClock()
        for name in ("served", "alone"):
            (Path(self.scratch.name) / name).mkdir()
        self.shop = Shop(Path(self.scratch.name) / "served", self.clock)
        self.alone = Shop(Path(self.scratch.name) / "alone", self.clock)
        self.tablets = {name: self.shop.over_network(name, pin, "192.168.1.9", "")[1] for name, pin in PINS.items()}
        self.passed = 0.0
        self.by_strangers: dict[str, list[float]] = {name: [] for name in PINS}
        self.in_a_row = dict.fromkeys(PINS, 0)

    def teardown(self) -> None:
        if hasattr(self, "shop"):
            self.shop.loop.close()
            self.alone.loop.close()
            self.scratch.cleanup()

    @rule(
        name=NAMES,
        address=ADDRESSES,
        secret=st.sampled_from(["", "made up"]),
        times=st.integers(1, 60),
        every=st.sampled_from([0, 1, 950]),
    )
    def strangers_guess(self, name: str, address: str, secret: str, times: int, every: int) -> None:
        for _ in range(times):
            before = len(self.shop.looked_at)
            assert self.shop.over_network(name, WRONG, address, secret)[0] == ""
            if len(self.shop.looked_at) > before:
                self.by_strangers[name].append(self.passed)
                self.in_a_row[name] += 1
            self._go_on(every)

    @rule(name=NAMES, owner=NAMES, times=st.integers(1, 15))
    def somebody_guesses_at_a_tablet_of_the_shop(self, name: str, owner: str, times: int) -> None:
        if name == owner:
            return
        before = len(self.shop.looked_at)
        for _ in range(times):
            assert self.shop.over_network(name, WRONG, "192.168.1.9", self.tablets[owner])[0] == ""
        assert len(self.shop.looked_at) - before <= tablet_pins.A_DAY

    @rule(name=NAMES, address=ADDRESSES)
    def an_own_tablet_signs_in_at_once(self, name: str, address: str) -> None:
        assert self.shop.over_network(name, PINS[name], address, self.tablets[name])[0] == name

    @rule(name=NAMES, address=ADDRESSES)
    def a_new_tablet_signs_in(self, name: str, address: str) -> None:
        if self.shop.over_network(name, PINS[name], address, "")[0]:
            self.in_a_row[name] = 0
            # It gave the oldest tablet's place away at last; the one of the test was used now.
            self.an_own_tablet_signs_in_at_once(name, address)

    @rule(name=NAMES, pin=st.sampled_from(["right", "wrong", "wrong", "wrong"]), times=st.integers(1, 5))
    def somebody_types_at_the_counter(self, name: str, pin: str, times: int) -> None:
        typed = PINS[name] if pin == "right" else WRONG
        for _ in range(times):
            told = [at_counter(one.counter, name, typed) for one in (self.shop, self.alone)]
            assert told[0] == told[1]

    @rule(name=NAMES)
    def a_manager_unlocks(self, name: str) -> None:
        for one in (self.shop, self.alone):
            one.counter.unlock(name)
        self.in_a_row[name], self.by_strangers[name] = 0, []

    @rule(name=st.sampled_from(MANAGERS), role=st.sampled_from(StaffRole))
    def a_role_changes(self, name: str, role: StaffRole) -> None:
        if role is not StaffRole.KIOSK:
            for one in (self.shop, self.alone):
                with contextlib.suppress(NotPermitted):
                    one.counter.set_role(name, role)

    @rule(seconds=st.sampled_from([1, 30, 300, 3600, DAY_S, 40 * DAY_S]))
    def time_passes(self, seconds: int) -> None:
        self._go_on(seconds)

    @rule(by=st.sampled_from([-400 * DAY_S, -7200, -1, 1, 7200, 400 * DAY_S]))
    def somebody_sets_the_clock(self, by: int) -> None:
        self.clock.at += by

    @rule()
    def the_server_is_started_again(self) -> None:
        self.shop.serve()

    @rule()
    def the_machine_is_started_again(self) -> None:
        self.clock.restart()
        self.shop.serve()

    @invariant()
    def the_counter_is_as_if_there_were_no_network(self) -> None:
        if hasattr(self, "shop"):
            told = [
                [(a.name, a.role, a.locked_until, a.wrong) for a in one.counter.everybody()]
                for one in (self.shop, self.alone)
            ]
            assert told[0] == told[1]

    @invariant()
    def never_are_all_managers_locked(self) -> None:
        if hasattr(self, "shop"):
            managers = [one for one in self.shop.counter.everybody() if one.role is StaffRole.MANAGER]
            assert min(max(one.locked_until - self.clock.at, 0) for one in managers) <= counter_lock.WAIT_AT_MOST_S

    @invariant()
    def few_pins_of_a_name_are_looked_at_for_strangers(self) -> None:
        if hasattr(self, "shop"):
            for name, at in self.by_strangers.items():
                assert self.in_a_row[name] <= tablet_pins.IN_A_ROW
                day = [one for one in at if one > self.passed - DAY_S]
                assert len(day) <= 2 * tablet_pins.A_DAY

    def _go_on(self, seconds: float) -> None:
        self.passed += seconds
        self.clock.go_on(seconds)


@pytest.mark.proof
def test_whatever_comes_over_the_network_locks_nobody_and_gives_few_guesses() -> None:
    examples = rounds(12, 300)
    run_state_machine_as_test(
        Attacked,
        settings=settings(
            max_examples=examples, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
    record_proof("random attacks over the network on the sign-in", examples)


@pytest.mark.proof
def test_ten_thousand_wrong_pins_over_the_network_lock_no_name_and_keep_no_tablet_of_the_shop_waiting(
    tmp_path: Path,
) -> None:
    clock, tries, waited = MovedClock(), rounds(2_000, 10_000), 0.0
    shop = Shop(tmp_path, clock)
    own = {name: shop.over_network(name, pin, "192.168.1.9", "")[1] for name, pin in PINS.items()}
    names = [*PINS, "Nobody Atall"]
    for number in range(tries):
        address = f"10.{number % 7}.{number >> 8 & 255}.{number & 255}"
        shop.over_network(names[number % len(names)], WRONG, address, ("", "made up")[number % 2])
        clock.go_on(0.5)
        if number % 100 == 0:
            for name, pin in PINS.items():
                entered, _, wait_s = shop.over_network(name, pin, "192.168.1.9", own[name])
                assert entered == name
                waited = max(waited, wait_s)
                assert at_counter(shop.counter, name, pin) == name
    locked = sum(one.locked_until > 0 or one.wrong > 0 for one in shop.counter.everybody())
    record_proof("wrong PINs over the network; names locked at the counter", tries, locked)
    assert locked == 0
    assert waited == 0
    assert all(shop.looked_at.count(name) <= 2 * tablet_pins.A_DAY for name in PINS)
    shop.loop.close()

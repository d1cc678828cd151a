"""Collectors that are killed anywhere, or that run at the same time, lose nothing and double nothing."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from clerk.clock import FixedClock
from clerk.exchange.between.keys import office_keys
from clerk.exchange.office.archive import Archive, restore
from clerk.exchange.office.ledger.ledger import Ledger
from tests.exchange import postgres
from tests.exchange.histories import Row, rows
from tests.exchange.offices import STORE, EnrolledDevice, OfficeHome, a_device, an_office
from tests.exchange.workers import a_worker
from tests.proof import record_proof, rounds


@pytest.fixture
def office(tmp_path: Path) -> OfficeHome:
    return an_office(tmp_path)


class Sending:
    """Devices that send a few bundles more each round."""

    def __init__(self, devices: list[EnrolledDevice]) -> None:
        self._histories: dict[str, list[Row]] = {device.id: [] for device in devices}
        self._devices = devices

    def some(self, chance: random.Random) -> None:
        """A few new bundles, some of them cut off."""
        for device in chance.sample(self._devices, chance.randint(1, len(self._devices))):
            history = self._histories[device.id]
            for _ in range(chance.randint(1, 2)):
                before = len(history)
                history += rows(chance.randint(1, 12), device.id, after=history)
                # Every bundle goes on from a random place: they overlap, and are sent more than once.
                device.send(history[max(0, before - chance.randint(0, 5)) :])

    @property
    def ids(self) -> list[object]:
        """Of every event sent so far."""
        return sorted(str(row[3]) for history in self._histories.values() for row in history)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_collector_killed_at_any_moment_loses_and_doubles_nothing(
    engine: str, office: OfficeHome, tmp_path: Path, request: pytest.FixtureRequest, clean_environment: dict[str, str]
) -> None:
    """Kill -9 of a real process, at random moments of a collection, again and again on the same ledger."""
    many = rounds(50, 2_000) if engine == "sqlite" else rounds(20, 500)
    url = "" if engine == "sqlite" else request.getfixturevalue("postgres_server").fresh()
    chance = random.Random(many)
    sending = Sending([a_device(office, tmp_path / f"till-{number}") for number in (1, 2)])
    killed, longest_s = 0, 0.08
    with a_worker(clean_environment) as collector:
        for _ in range(many):
            sending.some(chance)
            collector.collect(office, url)
            on_the_way = collector.kill_after(chance.uniform(0.002, longest_s))
            killed += on_the_way
            # On a faster machine a collection ends sooner: the next kill comes sooner too.
            longest_s = min(0.08, max(0.004, longest_s * (1.2 if on_the_way else 0.8)))
        collector.collect(office, url)
        assert collector.end() == 0
    with Ledger.open(url, office.home, FixedClock(1_800_000_000)) as ledger:
        assert sorted(str(row[3]) for row in ledger.events(STORE)) == sending.ids
        assert ledger.forks() == []
        assert all(head.seq == head.durable_seq for head in ledger.heads(STORE))
        with Ledger.open("", tmp_path / "new office") as fresh:
            restore(fresh, Archive(office.archive, office_keys(office.home).sealing), STORE)
            assert list(fresh.events(STORE)) == list(ledger.events(STORE))
    record_proof(f"kill -9 during collect into {engine}", many)
    assert killed > many // 4, "too few were killed on the way for this to prove anything"


@pytest.mark.slow
def test_a_database_that_crashes_while_it_is_collected_into_loses_and_doubles_nothing(
    office: OfficeHome, tmp_path: Path, postgres_server: postgres.Server, clean_environment: dict[str, str]
) -> None:
    """Collecting waits for the database's disk once, before anything leaves the location: then this must hold too."""
    chance = random.Random(5)
    sending = Sending([a_device(office, tmp_path / f"till-{number}") for number in (1, 2)])
    # A server of its own: the others' tests go on meanwhile.
    with postgres.running() as server, a_worker(clean_environment) as collector:
        url = server.fresh()
        for _ in range(rounds(5, 200)):
            sending.some(chance)
            collector.collect(office, url)
            collector.ended_within(chance.uniform(0.02, 0.15))
            server.crash()
            collector.end()
            server.start()
        collector.collect(office, url)
        assert collector.end() == 0
        with Ledger.open(url, office.home) as ledger:
            assert sorted(str(row[3]) for row in ledger.events(STORE)) == sending.ids
            assert ledger.forks() == []


def test_two_collectors_at_once_take_everything_once(
    office: OfficeHome, tmp_path: Path, ledger_url: str, clean_environment: dict[str, str]
) -> None:
    chance = random.Random(7)
    sending = Sending([a_device(office, tmp_path / f"till-{number}") for number in (1, 2)])
    with a_worker(clean_environment) as one, a_worker(clean_environment) as other:
        for _ in range(6):
            sending.some(chance)
            one.collect(office, ledger_url)
            other.collect(office, ledger_url)
            assert (one.end(), other.end()) == (0, 0)
    with Ledger.open(ledger_url, office.home) as ledger:
        assert sorted(str(row[3]) for row in ledger.events(STORE)) == sending.ids
        assert ledger.forks() == []

"""Days of several devices into a real PostgreSQL, with everything going wrong on the way.

Real journals in real processes that are killed, bundles that are lost, cut, late or there twice, a collector that is
killed, and packs that do not arrive. Whatever a device acknowledged is in the ledger in the end, once.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from clerk.clock import DAY_S, FixedClock
from clerk.exchange.office.ledger.ledger import Ledger
from clerk.journal import Journal
from clerk.journal import acknowledged as acks
from tests.exchange.offices import STORE, EnrolledDevice, OfficeHome, a_device, an_office
from tests.exchange.workers import Worker, a_worker
from tests.proof import rounds

_BEGIN = 1_800_000_000


class Soak:
    """What happens on each day, by chance.

    Args:
        office: of all devices.
        devices: its devices.
        worker: does what may be killed.
        url: of the ledger.
        chance: decides.
    """

    def __init__(
        self, office: OfficeHome, devices: list[EnrolledDevice], worker: Worker, url: str, chance: random.Random
    ) -> None:
        self._office, self._devices, self._worker, self._url, self._chance = office, devices, worker, url, chance
        self._late: list[tuple[str, bytes]] = []
        self._old: list[tuple[str, bytes]] = []
        self.killed = self.mishaps = 0

    def told(self, device: EnrolledDevice) -> Path:
        """Where a device's acknowledged events are noted."""
        return device.home.with_name(f"{device.home.name}.told")

    def day(self, number: int) -> None:
        """One day and its night."""
        now = _BEGIN + number * DAY_S
        for device in self._devices:
            for _ in range(3):
                self._worker.start("appending", device.home, 40, self.told(device), now)
                self.killed += self._worker.kill_after(self._chance.uniform(0.03, 0.2))
            for _ in range(self._chance.randint(1, 2)):
                self._worker.start("pushing", device.home, self._office.location.folder, now)
                self.killed += self._worker.kill_after(self._chance.uniform(0.01, 0.1))
        self._spoil()
        for _ in range(self._chance.randint(0, 2)):
            self._worker.collect(self._office, self._url)
            self.killed += self._worker.kill_after(self._chance.uniform(0.01, 0.1))
        self._worker.collect(self._office, self._url)
        assert self._worker.end() == 0
        self._tell(now)

    def last_night(self, number: int) -> None:
        """A night in which nothing goes wrong."""
        now = _BEGIN + number * DAY_S
        for name, data in self._late:
            self._office.location.durable_put(name, data)
        for _ in range(2):
            for device in self._devices:
                self._worker.start("pushing", device.home, self._office.location.folder, now)
                assert self._worker.end() == 0
            self._worker.collect(self._office, self._url)
            assert self._worker.end() == 0

    def _spoil(self) -> None:
        """What happens to bundles on their way."""
        location = self._office.location
        back, self._late = self._late, []
        for name, data in (*back, *self._chance.sample(self._old, min(2, len(self._old)))):
            location.durable_put(name, data)
            self.mishaps += 1
        for name, _ in location.list(f"{STORE}/events"):
            data, fate = location.read(name, 10**8), self._chance.random()
            self._old.append((name, data))
            if fate < 0.15:
                location.remove(name)
            elif fate < 0.3:
                location.durable_put(name, data[: self._chance.randrange(len(data))])
            elif fate < 0.45:
                location.remove(name)
                self._late.append((name, data))
            self.mishaps += fate < 0.45

    def _tell(self, now: int) -> None:
        """Acknowledgements reach some devices, which may then forget; the others have an older pack."""
        with Ledger.open(self._url, self._office.home) as ledger:
            said = ledger.acks(STORE)
        for device in self._devices:
            if self._chance.random() < 0.7:
                acks.save(device.home, said)
                self._worker.start("forgetting", device.home, now + 30 * DAY_S)
                self.killed += self._worker.kill_after(self._chance.uniform(0.01, 0.2))


@pytest.mark.slow
def test_days_of_devices_with_everything_going_wrong_lose_and_double_nothing(
    tmp_path: Path, request: pytest.FixtureRequest, clean_environment: dict[str, str]
) -> None:
    url = request.getfixturevalue("postgres_server").fresh()
    office = an_office(tmp_path)
    devices = [a_device(office, tmp_path / f"till-{number}") for number in range(rounds(2, 5))]
    days = rounds(5, 30)
    with a_worker(clean_environment) as worker:
        soak = Soak(office, devices, worker, url, random.Random(11))
        for number in range(days):
            soak.day(number)
        soak.last_night(days)
    acknowledged = [line for device in devices for line in soak.told(device).read_text().splitlines()]
    with Ledger.open(url, office.home) as ledger:
        held = [str(row[3]) for row in ledger.events(STORE)]
        assert ledger.forks() == []
        assert all(head.seq == head.durable_seq for head in ledger.heads(STORE))
    assert set(acknowledged) <= set(held), "an acknowledged event was lost"
    assert len(held) == len(set(held)), "an event was doubled"
    assert len(acknowledged) > 100
    assert soak.killed > days // 2
    assert soak.mishaps > days
    for device in devices:
        with Journal.open(device.home, FixedClock(_BEGIN)) as journal:
            assert journal.verify().ok

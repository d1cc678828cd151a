"""A push killed anywhere leaves nothing half-written, and the next one brings everything."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from clerk.exchange.between.event_bundle import open_bundle
from clerk.journal import Journal
from clerk.journal.acknowledged import Ack
from tests.exchange.parties import CLOCK, NOW, Office, Till, parties
from tests.exchange.workers import a_worker
from tests.proof import record_proof, rounds


def _whole(office: Office, till: Till) -> None:
    """Everything that bears a bundle's name is one, whoever was killed while it was written."""
    for name in office.lying(till):
        open_bundle(office.location.read(name, 10**7), till.public_key, office.sealing)


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is a POSIX word")
def test_a_push_killed_at_any_moment_loses_and_halves_nothing(
    tmp_path: Path, clean_environment: dict[str, str]
) -> None:
    """Now and then head office acknowledges a part, or has another history, so that burning is killed as well."""
    office, (till,) = parties(tmp_path)
    chance = random.Random(7)
    recorded: list[str] = []
    known = killed = 0
    many = rounds(50, 2_000)
    with a_worker(clean_environment) as worker:
        for number in range(many):
            with Journal.open(till.home, CLOCK) as journal:
                recorded += [event.event_id for event in till.record(chance.randint(1, 6))]
                epoch, last, head = journal.head()
            if number % 20 == 19:
                till.told({epoch: (Ack(last + 5, "ab" * 32), Ack(last, head))})
                known = len(recorded)
            elif number % 7 == 6:
                till.told({epoch: (Ack(last, head), Ack(last, head))})
                known = len(recorded)
            recorded += [event.event_id for event in till.record(chance.randint(1, 6))]
            worker.start("pushing", till.home, office.location.folder, NOW)
            killed += worker.kill_after(chance.uniform(0.001, 0.03))
            _whole(office, till)
    till.push()
    assert till.push().events == 0
    assert set(office.events(till)) >= set(recorded[known:]), "nothing that was not acknowledged is missing"
    with Journal.open(till.home, CLOCK) as journal:
        assert journal.verify().ok
        assert [event.event_id for event in journal.events()] == recorded
    record_proof("kill -9 during push", many)
    assert killed > many // 5

"""Devices are told of what need not be sent again, and of nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clerk.clock import FixedClock
from clerk.exchange.office.acknowledge import acknowledgements
from clerk.exchange.office.ledger.ledger import Ledger
from clerk.journal.acknowledged import Acks
from tests.exchange.histories import rows
from tests.exchange.offices import STORE, EnrolledDevice, OfficeHome, a_device, an_office

EPOCH = "e0000001"


@pytest.fixture
def office(tmp_path: Path) -> OfficeHome:
    return an_office(tmp_path)


@pytest.fixture
def till(office: OfficeHome, tmp_path: Path) -> EnrolledDevice:
    return a_device(office, tmp_path / "till-1")


@pytest.fixture
def ledger(office: OfficeHome) -> Iterator[Ledger]:
    with Ledger.open("", office.home, FixedClock(1_800_000_000)) as opened:
        yield opened


def told(office: OfficeHome, ledger: Ledger) -> Acks:
    return acknowledgements(ledger, office.location, STORE, office.archive)


def test_what_came_while_the_archive_was_away_and_is_gone_is_sent_again(
    office: OfficeHome, till: EnrolledDevice, ledger: Ledger
) -> None:
    sent = rows(20, till.id)
    till.send(sent[:10])
    office.collect(ledger)
    lost = till.send(sent[10:])
    office.collect(ledger, archive=False)
    assert told(office, ledger) == ledger.acks(STORE)  # it lies there still and goes to the archive tomorrow
    office.location.remove(lost)
    received, durable = told(office, ledger)[till.id][EPOCH]
    assert (received.seq, received) == (10, durable)
    till.send(sent[received.seq :])
    again = office.collect(ledger)
    assert (again.events, again.archived) == (0, 1)
    assert told(office, ledger) == ledger.acks(STORE)
    assert ledger.head(till.id, EPOCH).durable_seq == 20


def test_an_epoch_of_which_nothing_is_durable_is_sent_again_from_its_beginning(
    office: OfficeHome, till: EnrolledDevice, ledger: Ledger
) -> None:
    path = till.send(rows(5, till.id))
    office.collect(ledger, archive=False)
    office.location.remove(path)
    assert told(office, ledger) == {till.id: {}}


def test_without_an_archive_nothing_is_asked_for_twice(
    office: OfficeHome, till: EnrolledDevice, ledger: Ledger
) -> None:
    path = till.send(rows(5, till.id))
    office.collect(ledger, archive=False)
    office.location.remove(path)
    assert acknowledgements(ledger, office.location, STORE, None) == ledger.acks(STORE)
    assert acknowledgements(ledger, office.location, STORE, office.location) == ledger.acks(STORE)


def test_a_device_with_another_history_is_told_of_all_so_that_it_sees_it(
    office: OfficeHome, till: EnrolledDevice, ledger: Ledger
) -> None:
    """Told of less, it would send the same refused bundle every night and never begin a new epoch."""
    sent = rows(20, till.id)
    till.send(sent[:10])
    office.collect(ledger)
    lost = till.send(sent[10:])
    office.collect(ledger, archive=False)
    office.location.remove(lost)
    till.send(rows(5, till.id, after=sent[:10], mark="-other"))
    office.collect(ledger)
    assert ledger.forks(STORE)
    assert told(office, ledger)[till.id][EPOCH][0].seq == 20

"""The parts of the desk and the named fakes that stand for them at the screens' tests."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from clerk.desk.counter.enrolment import CardDesk
from clerk.desk.counter.finding import CounterFinding
from clerk.desk.counter.records import Records
from clerk.desk.counter.signing import Signing
from clerk.desk.counter.visit import CounterVisit
from clerk.desk.kiosk.my_data import MyData
from clerk.desk.kiosk.session import KioskDesk
from clerk.desk.manager.audit import AuditTrail
from clerk.desk.manager.lists import ListsProcess
from clerk.desk.manager.nights import NightsDesk
from clerk.desk.manager.status import Status
from clerk.desk.pack_refresh import PackRefresh
from tests.kiosk.fake_kiosk import FakeKiosk, FakeMyData
from tests.ui.fake_desk import FakeDesk

COUNTER = FakeDesk()
FAKES: dict[str, tuple[object, type]] = {
    "visit": (COUNTER.visit, CounterVisit),
    "records": (COUNTER.records, Records),
    "finding": (COUNTER.finding, CounterFinding),
    "cards": (COUNTER.cards, CardDesk),
    "signing": (COUNTER.signing, Signing),
    "lists": (COUNTER.lists, ListsProcess),
    "nights": (COUNTER.nights, NightsDesk),
    "refresh": (COUNTER.refresh, PackRefresh),
    "status": (COUNTER.status, Status),
    "audit": (COUNTER.audit, AuditTrail),
    "kiosk": (FakeKiosk, KioskDesk),
    "my data": (FakeMyData, MyData),
}


def asked_with(function: Any) -> dict[str, Any]:
    """Names of what a call takes, with the kind of each; defaults may differ."""
    taken = inspect.signature(function).parameters.values()
    return {one.name: one.kind for one in taken if one.name != "self"}


@pytest.mark.parametrize("part", FAKES)
def test_a_fake_takes_what_the_real_part_takes(part: str) -> None:
    fake, real = FAKES[part]
    shared = [name for name in dir(fake) if not name.startswith("_") and hasattr(real, name)]
    calls = [name for name in shared if inspect.isroutine(getattr(real, name))]
    assert calls
    for name in calls:
        assert asked_with(getattr(fake, name)) == asked_with(getattr(real, name)), f"{part}.{name}"

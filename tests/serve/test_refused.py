"""What the audit is told of refused sign-ins: all of them, in a few rows."""

from __future__ import annotations

import pytest

from clerk.desk.manager.sign_ins import LOOKED_BACK_S, refused_lately
from clerk.model import Event, EventKind
from clerk.serve.refused import ADDRESSES, FIRST_S, LAST_S, NAMED, NAMES, Payload, Refused
from clerk.visit.audited import audit_line
from tests.promises.corner import NOW
from tests.proof import rounds
from tests.serve.conftest import Watch


def event(payload: Payload, at: int = NOW) -> Event:
    return Event("e", EventKind.SIGN, at, "", "nobody", payload)


def test_an_address_gets_one_row_with_the_names_that_exist_and_no_other() -> None:
    watch = Watch()
    refused = Refused(lambda: NOW, watch)
    for number in range(214):
        refused.note("192.168.1.40", ("Ben", "Ann", "")[number % 3], looked_at=number < 12)
    assert refused.due() == []
    watch.now += FIRST_S
    (row,) = refused.due()
    words = audit_line(event(row), True).words
    assert (
        words == "214 sign-ins refused from 192.168.1.40 since 09:00, for Ann, Ben; in 12 of them the PIN was looked at"
    )
    assert refused.due(at_once=True) == []


@pytest.mark.proof
def test_a_day_of_tries_from_very_many_addresses_is_a_few_hundred_rows_and_every_try_is_in_them() -> None:
    watch = Watch()
    refused, rows, a_second = Refused(lambda: NOW, watch), [], rounds(1, 12)
    for second in range(86_400):
        watch.now += 1
        for number in range(a_second):
            refused.note(f"10.{number}.{second >> 8 & 255}.{second & 255}", f"N{second % 50}", looked_at=False)
        rows += refused.due()
        assert len(refused._by_address) <= ADDRESSES
    rows += refused.due(at_once=True)
    assert sum(int(str(row["tried"])) for row in rows) == a_second * 86_400
    assert len(rows) <= (86_400 // LAST_S + 5) * (NAMED + 1)
    assert all(len(row["names"]) <= NAMES for row in rows if isinstance(row["names"], list))


def test_after_a_quiet_time_the_next_tries_are_told_within_a_minute_again() -> None:
    watch = Watch()
    refused = Refused(lambda: NOW, watch)
    for _ in range(20):
        refused.note("192.0.2.1", "", looked_at=True)
        watch.now += LAST_S
        refused.due()
    watch.now += LAST_S
    refused.due()
    refused.note("192.0.2.1", "", looked_at=True)
    watch.now += FIRST_S
    assert len(refused.due()) == 1


def test_the_manager_is_told_by_address_with_what_came_in_a_week_added_up() -> None:
    def row(tried: int, address: str, *names: str, since: int = NOW - 600) -> Payload:
        return {"what": "refused over the network", "associate": "", "tried": tried, "looked_at": 3,
                "address": address, "since": since, "names": list(names)}  # fmt: skip

    events = [
        event(row(100, "192.0.2.1", "Ann")), event(row(114, "192.0.2.1", "Ben", since=NOW - 900)),
        event(row(5, "", "Cleo")), event(row(7, "192.0.2.4")), event(row(9, "192.0.2.3")), event(row(8, "192.0.2.5")),
        event(row(1000, "192.0.2.9"), NOW - LOOKED_BACK_S - 1), event({"what": "signed in", "associate": "Ann"}),
    ]  # fmt: skip
    told = refused_lately(events, NOW)
    assert told[0] == (
        "214 sign-ins refused from 192.0.2.1 since 08:45, for Ann, Ben; in 6 of them the PIN was looked at. "
        "Nobody is locked at the counter by it."
    )
    assert [sentence.split(" since")[0] for sentence in told[1:]] == [
        "9 sign-ins refused from 192.0.2.3", "8 sign-ins refused from 192.0.2.5",
        "12 sign-ins refused from other addresses",
    ]  # fmt: skip

"""What a manager is told of wrong PINs, at the counter and over the network."""

from __future__ import annotations

from pathlib import Path

import pytest

from clerk.clock import FixedClock, ShopClock, parse_at
from clerk.desk.manager.nights_in_detail import nights_more
from clerk.desk.manager.sign_ins import sign_ins_of
from clerk.errors import PinRefused
from clerk.journal import Journal
from clerk.model import Acting, EventKind, StaffRole
from clerk.people import People, people_file
from clerk.people.people_file import Budget
from clerk.people.tablet_pins import IN_A_ROW
from clerk.settings import PeopleSettings
from clerk.ui.screens.night_rows import night_rows
from tests.ui.shop_nights import NIGHTS

NOW = parse_at("2026-11-22T10:00")


@pytest.fixture
def people(tmp_path: Path) -> People:
    made = People(tmp_path, ShopClock(), PeopleSettings(tries=3))
    made.add("Maia", "4071", StaffRole.MANAGER)
    made.add("Noor", "860413")
    return made


def test_nothing_is_said_where_everybody_can_sign_in_and_nothing_is_written(people: People, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    assert sign_ins_of(tmp_path, NOW) == ()
    assert sorted(tmp_path.iterdir()) == before


def test_who_is_locked_out_and_whom_new_tablets_refuse_is_said_with_what_ends_it(
    people: People, tmp_path: Path
) -> None:
    for _ in range(3):
        with pytest.raises(PinRefused):
            people.check_pin("Noor", "5555")
    kept = people_file.read(tmp_path)
    kept[0].strangers = Budget(0, 0, IN_A_ROW)
    people_file.write(tmp_path, kept)
    maia, noor = sign_ins_of(tmp_path, NOW)
    assert noor.startswith("Noor is locked at the counter until ")
    assert "`clerk people unlock Maia`" in maia
    assert "The counter and their own tablets do." in maia


def test_what_was_refused_over_the_network_is_on_the_managers_screen_and_names_who_was_meant(
    people: People, tmp_path: Path
) -> None:
    row = {"what": "refused over the network", "associate": "", "tried": 300, "looked_at": 6,
           "address": "192.168.1.40", "since": NOW - 60, "names": ["Maia", "Noor"]}  # fmt: skip
    with Journal.open(tmp_path, FixedClock(NOW), acting=Acting("nobody")) as journal:
        journal.append(EventKind.SIGN, "", row).result(10)
    more = nights_more(tmp_path, NOW)
    assert more.sign_ins == (
        "300 sign-ins refused from 192.168.1.40 since 09:59, for Maia, Noor; in 6 of them the PIN was looked at. "
        "Nobody is locked at the counter by it.",
    )
    drawn = "\n".join(
        "".join(piece.text for piece in one.line) for one in night_rows(NIGHTS.with_more(more), 100, None)
    )
    assert "Signing in" in drawn
    assert "192.168.1.40" in drawn

"""How many PINs of one name are looked at over the network, and from where."""

from __future__ import annotations

from pathlib import Path

import pytest

from clerk.clock import DAY_S
from clerk.errors import PinRefused
from clerk.model import StaffRole
from clerk.people import People, people_file, pins, tablet_pins
from clerk.people.tablet_pins import A_DAY, IN_A_ROW, OWN_IN_A_ROW, TABLETS, From, TabletPins
from clerk.settings import PeopleSettings
from tests.people.clock import MovedClock

MAIA, NOOR = ("Maia", "4071"), ("Noor", "860413")


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def people(tmp_path: Path, clock: MovedClock, cheap: None) -> People:
    made = People(tmp_path, clock, PeopleSettings(), tick=clock.tick)
    made.add(*MAIA, StaffRole.MANAGER)
    made.add(*NOOR)
    return made


@pytest.fixture
def tablets(tmp_path: Path, clock: MovedClock, people: People) -> TabletPins:
    return TabletPins(tmp_path, clock.tick)


def looked_at(tablets: TabletPins, name: str = "Noor", secret: str = "", times: int = 100) -> int:
    """How many of so many wrong PINs were looked at."""
    found = 0
    for _ in range(times):
        try:
            assert tablets.check(name, "5555", secret) is None
        except PinRefused:
            found += 1
    return found


def entered(tablets: TabletPins, who: tuple[str, str], secret: str = "") -> str:
    """The tablet's secret after a right PIN."""
    found = tablets.check(*who, secret)
    assert found is not None
    assert found.signed.name == who[0]
    return found.secret


@pytest.mark.parametrize("name", ["Noor", "Nobody Atall"])
def test_strangers_get_ten_tries_a_day_at_a_name_whether_it_exists_or_not(
    tablets: TabletPins, clock: MovedClock, name: str
) -> None:
    assert looked_at(tablets, name) == A_DAY
    clock.go_on(DAY_S // A_DAY)
    assert looked_at(tablets, name) == 1
    clock.go_on(30 * DAY_S)
    assert looked_at(tablets, name) == A_DAY, "what was not used does not add up"


def test_after_fifty_wrong_ones_in_a_row_no_new_tablet_gets_a_try_until_a_manager_unlocks_the_name(
    tablets: TabletPins, people: People, clock: MovedClock
) -> None:
    own = entered(tablets, NOOR)
    found = 0
    for _ in range(20):
        found += looked_at(tablets)
        clock.go_on(DAY_S)
    assert found == IN_A_ROW
    assert tablets.check(*NOOR, "") is None
    assert people.find("Noor").new_tablets_shut
    assert not people.find("Maia").new_tablets_shut
    assert entered(tablets, NOOR, own) == own
    assert people.check_pin(*NOOR).name == "Noor"
    assert tablets.check(*NOOR, "") is None, "neither of these opens it again"
    people.unlock("Noor")
    assert entered(tablets, NOOR)


def test_a_right_pin_at_a_new_tablet_ends_the_row(tablets: TabletPins, clock: MovedClock) -> None:
    for _ in range(3 * IN_A_ROW // A_DAY):
        assert looked_at(tablets, times=A_DAY - 1) == A_DAY - 1
        entered(tablets, NOOR)
        clock.go_on(DAY_S)


def test_neither_a_restart_nor_a_clock_that_is_set_gives_a_try_for_nothing(
    tablets: TabletPins, clock: MovedClock, tmp_path: Path
) -> None:
    assert looked_at(tablets) == A_DAY
    clock.at += 400 * DAY_S
    assert looked_at(TabletPins(tmp_path, clock.tick)) == 0
    clock.restart()
    assert looked_at(TabletPins(tmp_path, clock.tick)) == 0
    clock.go_on(DAY_S // A_DAY)
    assert looked_at(TabletPins(tmp_path, clock.tick)) == 1


def test_what_strangers_use_up_is_neither_a_colleagues_tablet_nor_ones_own(tablets: TabletPins) -> None:
    noors, maias = entered(tablets, NOOR), entered(tablets, MAIA)
    assert looked_at(tablets) == A_DAY
    assert tablets.comes_from("Noor", noors) is From.OWN
    assert tablets.comes_from("Noor", maias) is From.COLLEAGUES
    assert tablets.comes_from("Noor", "made up") is From.STRANGERS
    assert entered(tablets, NOOR, noors) == noors
    assert entered(tablets, NOOR, maias) == maias
    assert tablets.comes_from("Noor", maias) is From.OWN


def test_who_has_many_tablets_of_their_own_gets_no_more_tries_at_a_colleagues_name(tablets: TabletPins) -> None:
    mine = [entered(tablets, NOOR) for _ in range(8)]
    assert sum(looked_at(tablets, "Maia", secret) for secret in mine) == A_DAY


def test_ten_wrong_ones_in_a_row_at_ones_own_tablet_make_it_one_of_colleagues(tablets: TabletPins) -> None:
    own = entered(tablets, NOOR)
    assert looked_at(tablets, secret=own) == OWN_IN_A_ROW + A_DAY
    assert tablets.comes_from("Noor", own) is From.COLLEAGUES


def test_a_new_pin_forgets_the_tablets_of_the_name_and_of_no_other(tablets: TabletPins, people: People) -> None:
    shared = entered(tablets, NOOR, entered(tablets, MAIA))
    people.set_pin("Noor", "970524")
    assert tablets.comes_from("Noor", shared) is From.COLLEAGUES
    assert tablets.comes_from("Maia", shared) is From.OWN


def test_tablets_and_names_that_do_not_exist_take_a_bounded_room(
    tablets: TabletPins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tablet_pins, "NOBODIES", 9)
    secrets = [entered(tablets, NOOR) for _ in range(TABLETS + 3)]
    kept = next(one for one in people_file.read(tmp_path) if one.name == "Noor")
    assert len(kept.tablets) == TABLETS
    assert tablets.comes_from("Noor", secrets[0]) is From.STRANGERS
    assert tablets.comes_from("Noor", secrets[-1]) is From.OWN
    for number in range(tablet_pins.NOBODIES + 5):
        looked_at(tablets, f"N{number}", times=1)
    assert len(tablets._nobodies) == tablet_pins.NOBODIES


def test_a_try_counts_even_when_the_process_dies_while_the_pin_is_looked_at(
    tablets: TabletPins, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(kept: str, pin: str) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pins, "matches", killed)
        for _ in range(A_DAY):
            with pytest.raises(KeyboardInterrupt):
                tablets.check(*NOOR, "")
    assert tablets.check(*NOOR, "") is None


@pytest.mark.parametrize("tries", ['{"Noor": 1}', '{"Noor": {}}', "[]", '{"Noor": {"locked_s": "x"}}'])
def test_tries_that_cannot_be_read_let_nobody_in(
    tablets: TabletPins, people: People, tmp_path: Path, tries: str
) -> None:
    path = tmp_path / people_file.FILE
    text = path.read_text()
    path.write_text(text[: text.index('"tries"')] + f'"tries": {tries}}}')
    with pytest.raises(Exception, match="cannot be read"):
        people.check_pin(*NOOR)
    with pytest.raises(Exception, match="cannot be read"):
        tablets.check(*NOOR, "")

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk.clock import parse_at
from clerk.errors import DiskFailed, NotPermitted, PinRefused, SettingsError
from clerk.model import Signed, StaffRole
from clerk.people import People, counter_lock, people_file, pins
from clerk.settings import PeopleSettings
from tests.people.clock import MovedClock

SETTINGS = PeopleSettings(tries=3, lockout_s=60)


pytestmark = pytest.mark.usefixtures("cheap")


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


def all_of(people: People) -> dict[str, int]:
    """Seconds that each name has to wait at the counter."""
    return {one.name: one.locked_until for one in people.everybody()}


@pytest.fixture
def people(tmp_path: Path, clock: MovedClock) -> People:
    made = People(tmp_path, clock, SETTINGS, tick=clock.tick)
    made.add("Maia", "4071")
    made.add("Noor", "860413")
    return made


def wrong(people: People, name: str = "Noor", times: int = 1) -> list[str]:
    said = []
    for _ in range(times):
        with pytest.raises(PinRefused) as refused:
            people.check_pin(name, "5555")
        said.append(refused.value.what)
    return said


def test_a_right_pin_says_who_and_in_which_role(people: People) -> None:
    assert people.check_pin("maia", "4071") == Signed("Maia", StaffRole.MANAGER)
    assert people.check_pin("Noor", "860413") == Signed("Noor", StaffRole.ASSOCIATE)


def test_an_unknown_name_and_a_wrong_pin_get_the_same_words(people: People) -> None:
    assert wrong(people, "Nobody Here") == wrong(people, "Noor")


def test_what_was_refused_is_told_for_the_audit_without_what_was_typed(
    people: People, tmp_path: Path, clock: MovedClock
) -> None:
    told: list[tuple[str, str]] = []
    people = People(tmp_path, clock, SETTINGS, lambda what, name: told.append((what, name)), clock.tick)
    wrong(people, "noor", times=4)
    wrong(people, "4071")
    assert told == [("wrong PIN", "Noor")] * 2 + [("locked out", "Noor"), ("wrong PIN", "")], "three were looked at"


def test_too_many_wrong_pins_lock_out_and_the_right_one_does_not_help_then(people: People, clock: MovedClock) -> None:
    assert "locked until" in wrong(people, times=3)[-1]
    with pytest.raises(PinRefused, match="locked until"):
        people.check_pin("Noor", "860413")
    assert people.check_pin("Maia", "4071").name == "Maia"
    clock.go_on(60)
    assert people.check_pin("Noor", "860413").name == "Noor"


def test_each_lock_out_is_twice_as_long_until_a_right_pin_and_never_beyond_a_day(
    people: People, clock: MovedClock
) -> None:
    lengths = []
    for _ in range(13):
        wrong(people, times=3)
        lengths.append(people.find("Noor").locked_until - clock.at)
        clock.go_on(lengths[-1])
    assert lengths[:4] == [60, 120, 240, 480]
    assert lengths[-1] == 86_400
    people.check_pin("Noor", "860413")
    wrong(people, times=3)
    assert people.find("Noor").locked_until - clock.at == 60


def test_a_lock_out_outlives_the_process(people: People, tmp_path: Path, clock: MovedClock) -> None:
    wrong(people, times=3)
    again = People(tmp_path, clock, SETTINGS, tick=clock.tick)
    with pytest.raises(PinRefused, match="locked until"):
        again.check_pin("Noor", "860413")


@pytest.mark.parametrize("set_to", ["2020-01-01T00:00", "2026-11-22T11:59", "2031-01-01T00:00"])
def test_a_wall_clock_that_is_set_neither_ends_nor_lengthens_a_lock_out(
    people: People, clock: MovedClock, set_to: str
) -> None:
    wrong(people, times=3)
    clock.at = parse_at(set_to)
    with pytest.raises(PinRefused, match="locked until"):
        people.check_pin("Noor", "860413")
    assert people.find("Noor").locked_until == clock.at + 60
    clock.ticked += 60
    assert people.check_pin("Noor", "860413").name == "Noor"


@pytest.mark.parametrize("set_to", ["2020-01-01T00:00", "2026-11-22T12:00:10"])
def test_over_a_restart_a_lock_out_is_never_longer_than_it_was_at_first(
    people: People, clock: MovedClock, set_to: str
) -> None:
    wrong(people, times=3)
    clock.restart()
    clock.at = parse_at(set_to)
    with pytest.raises(PinRefused, match="locked until"):
        people.check_pin("Noor", "860413")
    clock.ticked += 60
    assert people.check_pin("Noor", "860413").name == "Noor"


def test_the_last_manager_only_waits_and_never_longer_than_five_minutes(people: People, clock: MovedClock) -> None:
    waits = []
    for _ in range(SETTINGS.tries + 11 * counter_lock.LONGER_EVERY):
        wrong(people, "Maia")
        waits.append(people.find("Maia").locked_until - clock.at if people.find("Maia").locked_until else 0)
        clock.go_on(waits[-1])
    assert waits[:9] == [0, 0, 1, 2, 4, 8, 16, 30, 30]
    assert waits[SETTINGS.tries + counter_lock.LONGER_EVERY] == 60
    assert max(waits) == waits[-1] == counter_lock.WAIT_AT_MOST_S
    assert people.check_pin("Maia", "4071").name == "Maia"
    assert people.find("Maia").wrong == 0


def test_while_the_last_manager_waits_the_right_pin_waits_too_and_no_try_is_counted(
    people: People, clock: MovedClock
) -> None:
    assert "wait 1 second" in wrong(people, "Maia", times=3)[-1]
    with pytest.raises(PinRefused, match="wait 1 second"):
        people.check_pin("Maia", "4071")
    assert people.find("Maia").wrong == 3
    clock.go_on(1)
    assert people.check_pin("Maia", "4071").name == "Maia"


def test_of_two_managers_one_is_locked_out_and_the_other_only_waits(people: People, clock: MovedClock) -> None:
    people.set_role("Noor", StaffRole.MANAGER)
    assert "locked until" in wrong(people, "Maia", times=3)[-1]
    assert "wait 1 second" in wrong(people, "Noor", times=3)[-1]
    clock.go_on(1)
    assert people.check_pin("Noor", "860413").name == "Noor"


def test_a_locked_manager_who_becomes_the_last_one_waits_five_minutes_at_most(
    people: People, clock: MovedClock, tmp_path: Path
) -> None:
    people = People(tmp_path, clock, PeopleSettings(tries=3, lockout_s=7200), tick=clock.tick)
    people.set_role("Noor", StaffRole.MANAGER)
    wrong(people, "Maia", times=3)
    people.set_role("Noor", StaffRole.ASSOCIATE)
    assert people.find("Maia").locked_until - clock.at == counter_lock.WAIT_AT_MOST_S
    clock.go_on(counter_lock.WAIT_AT_MOST_S)
    assert people.check_pin("Maia", "4071").name == "Maia"


def test_a_file_of_an_earlier_version_is_read_and_its_locks_hold_except_of_all_managers(
    people: People, tmp_path: Path, clock: MovedClock
) -> None:
    path = tmp_path / people_file.FILE
    before = json.loads(path.read_text())
    del before["tries"]
    for one in before["people"]:
        one["lockouts"], one["locked_until"] = 3, clock.at + 2400
    path.write_text(json.dumps(before))
    assert all_of(people) == {"Maia": 0, "Noor": clock.at + 2400}
    assert people.check_pin("Maia", "4071").name == "Maia"
    with pytest.raises(PinRefused, match="locked until"):
        people.check_pin("Noor", "860413")
    clock.at -= 86_400 * 365
    clock.ticked += 2400
    assert people.check_pin("Noor", "860413").name == "Noor"


def test_an_earlier_version_reads_the_people_of_this_one(people: People, tmp_path: Path) -> None:
    wrong(people, times=3)
    known = {"name", "role", "pin", "created", "wrong", "lockouts", "locked_until"}
    assert all(one.keys() == known for one in json.loads((tmp_path / people_file.FILE).read_text())["people"])


def test_a_try_counts_even_when_the_process_dies_while_the_pin_is_looked_at(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(kept: str, pin: str) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(pins, "matches", killed)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            people.check_pin("Noor", "860413")
    assert people.find("Noor").wrong == 2


def test_a_right_pin_forgets_the_wrong_ones(people: People) -> None:
    wrong(people, times=2)
    people.check_pin("Noor", "860413")
    wrong(people, times=2)
    assert people.check_pin("Noor", "860413").name == "Noor"


def test_a_manager_ends_a_lock_out_by_unlocking_or_with_a_new_pin(people: People) -> None:
    wrong(people, times=3)
    people.unlock("Noor")
    assert people.check_pin("Noor", "860413").name == "Noor"
    wrong(people, times=3)
    people.set_pin("Noor", "970524")
    assert people.check_pin("Noor", "970524").name == "Noor"


def test_the_last_manager_is_neither_removed_nor_demoted(people: People) -> None:
    with pytest.raises(NotPermitted):
        people.remove("Maia")
    with pytest.raises(NotPermitted):
        people.set_role("Maia", StaffRole.ASSOCIATE)
    people.set_role("Noor", StaffRole.MANAGER)
    people.remove("Maia")
    assert [one.name for one in people.everybody()] == ["Noor"]


def test_names_are_taken_however_they_are_written(people: People) -> None:
    for name in ("noor", " NOOR ", "N\u200boor"):
        with pytest.raises(SettingsError):
            people.add(name, "4071")


def test_an_old_hash_is_renewed_by_the_next_right_pin(
    people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pins, "PASSES", 2)
    pins._hasher.cache_clear()
    assert people.check_pin("Noor", "860413").name == "Noor"
    kept = {one.name: one.pin for one in people_file.read(tmp_path)}
    assert "t=2" in kept["Noor"]
    assert "t=1" in kept["Maia"]
    assert people.check_pin("Noor", "860413").name == "Noor"


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"version": 2, "people": []}', '{"version": 1, "people": [{"name": 1}]}', "\udcff"]
)
def test_a_list_that_cannot_be_read_lets_nobody_in_and_is_not_overwritten(
    people: People, tmp_path: Path, text: str
) -> None:
    path = tmp_path / people_file.FILE
    path.write_bytes(text.encode(errors="surrogateescape"))
    assert people.must_sign_in
    with pytest.raises(DiskFailed):
        people.check_pin("Maia", "4071")
    with pytest.raises(DiskFailed):
        people.add("Third", "4071")
    assert path.read_bytes() == text.encode(errors="surrogateescape")


def test_nothing_secret_and_nothing_half_written_is_left_beside_the_file(people: People, tmp_path: Path) -> None:
    assert sorted(one.name for one in tmp_path.iterdir()) == [".people.lock", "people.json"]
    assert (tmp_path / "people.json").stat().st_mode & 0o777 == 0o600
    kept = json.loads((tmp_path / "people.json").read_text())["people"]
    assert all(one["pin"].startswith("$argon2id$") for one in kept)


def test_threads_at_several_counters_get_no_try_for_nothing(people: People, tmp_path: Path, clock: MovedClock) -> None:
    said: list[str] = []

    def tries() -> None:
        own = People(tmp_path, clock, SETTINGS, tick=clock.tick)
        said.extend(wrong(own, times=4))

    threads = [threading.Thread(target=tries) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum("not right" in one for one in said) <= SETTINGS.tries - 1
    assert [one.lockouts for one in people_file.read(tmp_path) if one.name == "Noor"] == [1]


def test_processes_adding_people_at_once_lose_nobody(tmp_path: Path, project: Path) -> None:
    code = (
        "import sys; from pathlib import Path; "
        "from clerk.clock import ShopClock; from clerk.people import People, pins; "
        "pins.MEMORY_KIB = 8; pins.PASSES = 1; p = People.open(Path(sys.argv[1]), ShopClock());"
        "[p.add(f'{sys.argv[2]} {n}', '4071') for n in range(10)]"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name], cwd=project) for name in ("A", "B", "C")
    ]
    assert [one.wait(60) for one in running] == [0, 0, 0]
    found = People(tmp_path, MovedClock(), SETTINGS).everybody()
    assert len(found) == 30
    assert sum(one.role is StaffRole.MANAGER for one in found) == 1


@given(st.text(alphabet="0123456789", min_size=4, max_size=8))
def test_what_is_refused_as_easy_is_few(pin: str) -> None:
    steps = {(int(b) - int(a)) % 10 for a, b in itertools.pairwise(pin)}
    if len(steps) == 1 and steps <= {0, 1, 9}:
        assert pins.is_easy(pin)


def test_of_all_four_digit_pins_more_than_nine_in_ten_may_be_used() -> None:
    easy = sum(pins.is_easy(f"{number:04}") for number in range(10_000))
    assert 200 < easy < 700


def test_the_hash_for_unknown_names_costs_what_a_real_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    pins._hasher.cache_clear()
    assert not pins.is_outdated(pins.NOBODY)

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clerk.clock import FixedClock
from clerk.journal import Journal
from clerk.model import EventKind, PrepLine, PrepList
from clerk.outlook.all_members import everybody
from clerk.outlook.demand import SETS, Sum, taken
from clerk.outlook.prep import MEMBERS_ONLY, prep_list
from tests.outlook.shops import CAFE_MEMBERS, DAYS, ITEMS, MONDAY, NOON, cafe, cafe_lines, installed, line, write
from tests.outlook.test_forecast import on
from tests.visit.build import FLAT_WHITE, OAT, SCONE, columns, history

TUESDAY = on(DAYS + 1)


def prep(home: Path, day: int = TUESDAY) -> PrepList:
    with everybody(home) as people:
        return prep_list(people, day, NOON)


def row(found: PrepList, sku: str, option: str = "") -> PrepLine:
    return next(one for one in found.lines if one.sku == sku and option in "".join(str(part) for part in one.modifiers))


@pytest.fixture(scope="module")
def tuesday(cafe_home: Path) -> PrepList:
    return prep(cafe_home)


def test_expected_quantities_are_those_of_the_members_who_come(tuesday: PrepList) -> None:
    # Four daily people with a flat white each, two of them with oat milk; two weekly ones with two scones each.
    assert row(tuesday, "FW", "Oat").expected == pytest.approx(1.8, abs=0.7)
    assert row(tuesday, "FW", "Whole").expected == pytest.approx(1.8, abs=0.7)
    assert row(tuesday, "SCONE").expected == pytest.approx(2 * row(tuesday, "TEA").expected, rel=0.05)
    assert row(tuesday, "FW", "Oat").members == 2


def test_each_line_lies_between_low_and_high_and_the_most_expected_is_first(tuesday: PrepList) -> None:
    assert tuesday.lines
    assert all(one.low <= one.expected <= one.high + 1 for one in tuesday.lines)
    expected = [one.expected for one in tuesday.lines]
    assert expected == sorted(expected, reverse=True)
    assert tuesday.visits_low <= tuesday.visits <= tuesday.visits_high


def test_it_says_that_it_counts_members_only(tuesday: PrepList) -> None:
    assert MEMBERS_ONLY in tuesday.notes


def test_it_says_how_such_lists_did_on_past_days(tuesday: PrepList) -> None:
    assert "lay between low and high" in tuesday.checked


def test_a_weekday_expects_its_own_people(cafe_home: Path) -> None:
    sunday = prep(cafe_home, on(DAYS + 6))
    assert sunday.visits < 0.5 * prep(cafe_home).visits


def test_stock_below_what_is_expected_of_the_item_is_short(tmp_path: Path) -> None:
    stock = [{"sku": "FW", "on_hand": 1}, {"sku": "SCONE", "on_hand": 40}]
    found = prep(installed(cafe(tmp_path / "t", stock=stock), tmp_path / "home"))
    assert row(found, "FW", "Oat").short
    assert row(found, "FW", "Oat").on_hand == 1
    assert not row(found, "SCONE").short
    assert (row(found, "TEA").on_hand, row(found, "TEA").short) == (None, False)


def test_what_is_not_sold_any_more_is_not_prepared(tmp_path: Path) -> None:
    tables = write(tmp_path / "t", items=ITEMS[1:], members=CAFE_MEMBERS, lines=cafe_lines())
    assert "FW" not in {one.sku for one in prep(installed(tables, tmp_path / "home")).lines}


def test_the_day_itself_and_later_is_not_looked_at(tmp_path: Path) -> None:
    later = [line(f"x{n}", "D0", "KETTLE", f"{MONDAY.replace(month=6, day=23)}T09:00:00", 50) for n in range(9)]
    plain = prep(installed(cafe(tmp_path / "a"), tmp_path / "home-a"))
    ahead = prep(installed(cafe(tmp_path / "b", [*cafe_lines(), *later]), tmp_path / "home-b"))
    assert "KETTLE" not in {one.sku for one in ahead.lines}
    assert row(ahead, "SCONE").expected == pytest.approx(row(plain, "SCONE").expected, rel=0.2)


def test_one_absurd_quantity_does_not_fill_the_store_room(tmp_path: Path) -> None:
    odd = [line("odd", "W1", "SCONE", "2026-06-02T15:05:00", 9_000, modifiers="")]
    found = prep(installed(cafe(tmp_path / "t", [*cafe_lines(), *odd]), tmp_path / "home"))
    assert row(found, "SCONE").expected < 12


def test_dates_without_times_are_enough(tmp_path: Path) -> None:
    found = prep(installed(cafe(tmp_path / "t", cafe_lines(times=False)), tmp_path / "home"))
    assert row(found, "FW", "Oat").expected == pytest.approx(1.8, abs=0.7)


def test_old_store_data_expects_next_to_nobody_and_says_how_old_it_is(cafe_home: Path) -> None:
    with everybody(cafe_home) as people:
        found = prep_list(people, on(DAYS + 900), on(DAYS + 899))
    assert found.visits < 0.5
    assert any("ends 901 days before" in note for note in found.notes)


def test_lines_struck_out_prepare_nothing(tmp_path: Path) -> None:
    home = installed(cafe(tmp_path / "t"), tmp_path / "home")
    with Journal.open(home, FixedClock(NOON)) as journal:
        for who in ("D0", "D1"):
            journal.append(EventKind.STRIKE, who, {"since": on(0, 0), "until": on(DAYS)}).result(10)
    found = prep(home)
    assert not [one for one in found.lines if "Oat" in "".join(map(str, one.modifiers))]


@pytest.mark.parametrize("lines", [[], [line("b", "M", "TEA", "2026-06-20")]])
def test_a_shop_with_next_to_nothing_gets_an_empty_list_and_no_promise(tmp_path: Path, lines: list[object]) -> None:
    tables = {"items": ITEMS, "members": CAFE_MEMBERS, **({"lines": lines} if lines else {})}
    found = prep(installed(write(tmp_path / "t", **tables), tmp_path / "home"))  # type: ignore[arg-type]
    assert found.lines == ()
    assert found.checked.startswith("Not checked")


def test_quantities_are_those_of_a_purchase_split_by_the_way_it_is_made() -> None:
    past = history([(3.0, [(FLAT_WHITE, OAT, 2.0), SCONE]), (2.0, [(FLAT_WHITE, OAT, 2.0)]), (1.0, [FLAT_WHITE])])
    from clerk.visit.habits.member_habits import habits
    from tests.visit.build import NOW

    amounts = taken(past, habits(past, columns(), NOW, 1.0), at_most=99)
    told = {(int(key) // SETS, int(key) % SETS): mean for key, mean in zip(amounts.key, amounts.mean, strict=True)}
    assert told[FLAT_WHITE, OAT] == pytest.approx(4 / 3)
    assert told[FLAT_WHITE, 0] == pytest.approx(1 / 3)
    assert told[SCONE, 0] == 1.0


def test_sums_by_key_do_not_depend_on_how_they_were_added() -> None:
    random = np.random.default_rng(2)
    total, keys, values = Sum(1), [], []
    for _ in range(60):
        key, value = random.integers(0, 500, 900), random.random(900)
        total.add(key, value)
        keys.append(key)
        values.append(value)
    key, sums = total.total()
    assert np.array_equal(key, np.unique(np.concatenate(keys)))
    assert np.allclose(sums[:, 0], np.bincount(np.concatenate(keys), weights=np.concatenate(values)))

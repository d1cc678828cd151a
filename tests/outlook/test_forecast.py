from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from clerk.clock import FixedClock, from_datetime
from clerk.errors import JournalDamaged
from clerk.journal import Journal
from clerk.members.journal_in_use import JournalInUse
from clerk.model import EventKind
from clerk.outlook.all_members import Everybody, everybody
from clerk.outlook.day import day_forecast, day_predictions
from clerk.outlook.visits import OneVisit, VisitCounts, predicted
from clerk.outlook.visits_file import Predictions
from clerk.pack.open import open_pack
from clerk.pack.read import PackReader
from clerk.settings import Settings
from clerk.visit.habits.member_habits import habits
from clerk.visit.habits.next_items import forecast, newcomers
from tests.outlook.shops import CAFE_MEMBERS, ITEMS, NOON, cafe, cafe_lines, installed, line, members, write

TOP = 4


def on(day: int, hour: int = 12) -> int:
    return from_datetime(datetime(2026, 3, 2, hour)) + day * 86_400


def told(home: Path, rows: list[tuple[str, int]], top: int = TOP) -> tuple[Predictions, VisitCounts]:
    visits = pl.DataFrame(rows, schema={"member_id": pl.String, "at": pl.Int64}, orient="row")
    how = VisitCounts()
    with everybody(home) as people:
        pieces = list(predicted(people, visits, top, how, lambda _, __: None))
    whole = Predictions.none()
    for piece in pieces:
        for name in ("customer_id", "rank", "item_id", "p", "at"):
            getattr(whole, name).extend(getattr(piece, name))
    return whole, how


def of(rows: Predictions, member_id: str) -> list[str]:
    return [sku for who, sku in zip(rows.customer_id, rows.item_id, strict=True) if who == member_id]


def test_a_forecast_is_the_counters_own_function_on_the_same_lines(cafe_home: Path) -> None:
    with everybody(cafe_home) as people:
        for number in people.numbers().tolist()[:6]:
            facts = people.facts(number)
            at = on(90)
            history = people.profile(facts, at - 1).history
            known = habits(history, people.columns, at - 1, people.shop.decay)
            fresh = newcomers(people.columns)
            there = forecast(history, known, people.columns, people.stats, people.next_model, TOP, fresh)
            here = OneVisit(people).next_items(facts.member.member_id, at, TOP)
            assert here is not None
            assert np.array_equal(here.item_nos[: len(there.item_nos)], there.item_nos)
            assert np.array_equal(here.p[: len(there.p)], there.p)


def test_each_visit_gets_its_items_ranked_from_one_with_chances_that_fall(cafe_home: Path) -> None:
    rows, how = told(cafe_home, [("D0", NOON), ("W1", NOON)])
    assert how.visits == 2
    assert of(rows, "D0")[0] == "FW"
    assert set(of(rows, "W1")[:2]) == {"TEA", "SCONE"}
    assert rows.rank[:3] == [1, 2, 3]
    for member in ("D0", "W1"):
        p = [p for who, p in zip(rows.customer_id, rows.p, strict=True) if who == member]
        assert p == sorted(p, reverse=True)
        assert all(0 < one <= 1 for one in p)


def test_lines_from_the_time_of_the_visit_on_are_not_looked_at(tmp_path: Path) -> None:
    known = [row for row in cafe_lines() if str(row["sold_at"]) < "2026-05-01"]
    later = [row for row in cafe_lines() if str(row["sold_at"]) >= "2026-05-01"]
    changed = [{**row, "sku": "KETTLE"} for row in later]
    at = from_datetime(datetime(2026, 5, 1, 8))
    answers = []
    for name, rows in (("same", later), ("changed", changed)):
        home = installed(cafe(tmp_path / name / "tables", known + rows), tmp_path / name / "home")
        with everybody(home) as people:
            found = OneVisit(people).next_items("D0", at, 1)
            assert found is not None
            history = people.past(people.facts(people.reader.member_no("D0") or 0), at - 1)
            answers.append((history.basket_at.tolist(), OneVisit(people).skus(found)))
    assert answers[0] == answers[1]
    assert max(answers[0][0]) < at


def test_a_visit_at_the_very_second_of_a_basket_does_not_see_that_basket(cafe_home: Path) -> None:
    with everybody(cafe_home) as people:
        facts = people.facts(people.reader.member_no("D0") or 0)
        at = int(facts.history.basket_at[5])
        assert len(people.past(facts, at - 1).basket_at) == 5


def test_unknown_members_are_reported_and_the_rest_goes_on(cafe_home: Path) -> None:
    rows, how = told(cafe_home, [("nobody", NOON), ("D0", NOON), ("nobody", NOON + 1)])
    assert how.unknown == ["nobody"]
    assert set(rows.customer_id) == {"D0"}


def test_a_member_without_a_past_gets_what_is_bought_most_at_that_time_of_day(cafe_home: Path) -> None:
    morning, how = told(cafe_home, [("NEW", on(100, 8))])
    afternoon, _ = told(cafe_home, [("NEW", on(100, 15))])
    assert how.without_past == 1
    assert morning.item_id[0] == "FW"
    assert afternoon.item_id[0] in ("TEA", "SCONE")


def test_before_the_first_visit_nothing_of_the_member_is_known(cafe_home: Path) -> None:
    _, how = told(cafe_home, [("D0", on(0, 1))])
    assert how.without_past == 1


def test_without_times_of_day_all_hours_are_alike(tmp_path: Path) -> None:
    home = installed(cafe(tmp_path / "t", cafe_lines(times=False)), tmp_path / "home")
    morning, _ = told(home, [("NEW", on(100, 8)), ("D0", on(100, 12))])
    evening, _ = told(home, [("NEW", on(100, 20))])
    assert of(morning, "NEW") == evening.item_id
    assert of(morning, "D0")[0] == "FW"
    with everybody(home) as people:
        assert not people.has_times
        assert day_forecast(people, on(113), NOON, 2).visits


def test_only_the_required_columns_are_enough(tmp_path: Path) -> None:
    lines = [line(f"b{n}", "M1", "A" if n % 3 else "B", f"2026-06-{n + 1:02}") for n in range(20)]
    lines.append(line("one", "M2", "B", "2026-06-03"))
    tables = write(tmp_path / "t", items=[{"sku": "A", "name": "A"}], members=members("M1", "M2"), lines=lines)
    home = installed(tables, tmp_path / "home")
    rows, _ = told(home, [("M1", NOON), ("M2", NOON)])
    assert of(rows, "M1")[:2] == ["A", "B"]
    assert of(rows, "M2")[0] == "B"
    with everybody(home) as people:
        found = day_forecast(people, on(113), NOON, 2)
        assert "too few visits" in found.visits_by
        assert found.visits[0].member_id == "M1"


def test_returns_absurd_quantities_and_future_lines_break_nothing(tmp_path: Path) -> None:
    odd = [
        line("r1", "D0", "KETTLE", "2026-05-01", -3, modifiers=""),
        line("r2", "D1", "TEA", "2026-05-02", 90_000, modifiers=""),
        line("r3", "D2", "TEA", "2031-01-01T09:00:00", 1, modifiers=""),
    ]
    home = installed(cafe(tmp_path / "t", cafe_lines() + odd), tmp_path / "home")
    rows, _ = told(home, [("D0", NOON), ("D1", NOON), ("D2", NOON)])
    assert [of(rows, who)[0] for who in ("D0", "D1", "D2")] == ["FW"] * 3
    with everybody(home) as people:
        found = day_forecast(people, on(113), NOON, 2)
        assert 0 < found.expected < len(CAFE_MEMBERS)


def test_a_shop_without_lines_expects_nobody_and_says_nothing_foolish(tmp_path: Path) -> None:
    home = installed(write(tmp_path / "t", items=ITEMS, members=CAFE_MEMBERS), tmp_path / "home")
    rows, how = told(home, [("D0", NOON)])
    assert (rows.rank, how.without_past) == ([], 1)
    with everybody(home) as people:
        found = day_forecast(people, on(113), NOON, 2)
        assert (found.expected, found.visits) == (0, ())


def test_what_the_member_struck_out_is_not_forecast(tmp_path: Path) -> None:
    home = installed(cafe(tmp_path / "t"), tmp_path / "home")
    with Journal.open(home, FixedClock(NOON)) as journal:
        journal.append(EventKind.STRIKE, "D0", {"since": on(0), "until": on(200)}).result(10)
    rows, how = told(home, [("D0", NOON), ("D1", NOON)])
    assert how.without_past == 1
    assert of(rows, "D1")[0] == "FW"
    with everybody(home) as people:
        chances = {one.member_id: one.p for one in day_forecast(people, on(113), NOON, 1).visits}
        assert chances.get("D0", 0) < chances["D1"] / 3


@pytest.mark.parametrize("purpose", ["remember", "suggest"])
def test_no_gate_governs_a_forecast_but_without_consent_nobody_has_a_past(tmp_path: Path, purpose: str) -> None:
    home = installed(cafe(tmp_path / "t"), tmp_path / "home")
    said = {"purpose": purpose, "state": "withdrawn", "wording": "", "channel": "", "basis": ""}
    never = {"sku": "FW", "answer": "never", "scope": "item"}
    with Journal.open(home, FixedClock(NOON)) as journal:
        journal.append(EventKind.ANSWER, "D0", never)
        journal.append(EventKind.CONSENT, "D0", said).result(10)
    with everybody(home) as people:
        one_visit = OneVisit(people)
        found = one_visit.next_items("D0", NOON, 1)
    assert found is not None
    assert one_visit.without_past


def test_a_day_lists_the_likeliest_first_with_their_rhythm_and_items(cafe_home: Path) -> None:
    with everybody(cafe_home) as people:
        found = day_forecast(people, on(113), NOON, 3)
    assert [one.p for one in found.visits] == sorted((one.p for one in found.visits), reverse=True)
    # A Tuesday: those of the weekday, and those of every day.
    assert {one.member_id for one in found.visits[:6]} == {"W1", "W7", "D0", "D1", "D2", "D3"}
    assert "mostly on Tuesdays" in found.visits[0].why
    daily = next(one for one in found.visits if one.member_id == "D1")
    assert daily.items[0].name == "Flat white"
    assert found.low <= found.expected <= found.high


def test_a_sensitive_item_is_never_named_beside_a_member(tmp_path: Path) -> None:
    items = [{**row, "sensitive": "1" if row["sku"] == "FW" else "0"} for row in ITEMS]
    tables = write(tmp_path / "t", items=items, members=CAFE_MEMBERS, lines=cafe_lines())
    home = installed(tables, tmp_path / "home")
    with everybody(home) as people:
        day = day_forecast(people, on(113), NOON, 5)
        assert "FW" not in {item.sku for visit in day.visits for item in visit.items}
        assert "FW" in day_predictions(people, on(113), NOON, 5).item_id


def test_the_file_of_a_day_has_every_member_and_chances_of_that_day(cafe_home: Path) -> None:
    with everybody(cafe_home) as people:
        rows = day_predictions(people, on(113), NOON, 2)
        day = day_forecast(people, on(113), NOON, 2)
    assert set(rows.customer_id) == {str(row["member_id"]) for row in CAFE_MEMBERS}
    chance = {visit.member_id: visit.p * visit.items[0].p for visit in day.visits}
    first = {who: p for who, p, rank in zip(rows.customer_id, rows.p, rows.rank, strict=True) if rank == 1}
    assert first["D1"] == pytest.approx(chance["D1"], abs=1e-3)


def test_a_day_known_to_the_data_is_looked_at_from_its_own_midnight(cafe_home: Path) -> None:
    with everybody(cafe_home) as people:
        found = day_forecast(people, on(60), NOON, 1)
    assert found.as_of == on(60, 0) - 1
    assert any("knows this day already" in note for note in found.notes)


def test_a_list_ends_when_the_journal_cannot_be_read_any_more(tmp_path: Path) -> None:
    """Without it nobody's strike-outs and withdrawals could be respected."""
    home = installed(cafe(tmp_path / "t"), tmp_path / "home")
    pack = open_pack(home)
    journal = JournalInUse(home, FixedClock(NOON))
    people = Everybody(PackReader(pack), journal, Settings())
    assert people.may_name(1)
    journal.close()
    # Closed, it opens the file again at the next read.
    (home / "journal.db").write_bytes(b"no journal at all" * 999)
    with pytest.raises(JournalDamaged):
        people.may_name(1)
    pack.close()

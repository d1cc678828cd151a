from __future__ import annotations

from pathlib import Path

import pytest

from clerk.clock import DAY_S, FixedClock
from clerk.desk import Desk
from clerk.journal import Journal
from clerk.model import Event, EventKind, Measure, Scorecard, VisitCard
from clerk.outlook.all_members import everybody
from clerk.outlook.scorecard import Moment, scorecard
from clerk.outlook.weeks import Tally, Weeks, gap
from tests.outlook.shops import CAFE_MEMBERS, ITEMS, NOON, cafe, cafe_lines, installed, line, write
from tests.outlook.test_forecast import on

ENOUGH = 12


def card(home: Path, now: int = NOON, weeks: int = ENOUGH) -> Scorecard:
    moment = Moment(now)
    desk = Desk.open(home, clock=moment)

    def at(member_id: str, when: int) -> VisitCard:
        moment.at = when
        return desk.visit.open(member_id, "command")

    try:
        with everybody(home) as people:
            return scorecard(people, now, at, weeks)
    finally:
        desk.close()


def measure(found: Scorecard, name: str) -> Measure:
    return next(one for one in found.measures if one.name == name)


@pytest.fixture(scope="module")
def quiet(cafe_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Scorecard:
    """The café's, before anything was recorded."""
    home = tmp_path_factory.mktemp("quiet")
    (home / "packs").symlink_to(cafe_home / "packs")
    return card(home)


def said(*events: tuple[EventKind, str, int, dict[str, object]], tmp_path: Path, cafe_home: Path) -> Scorecard:
    """The café's, after these were recorded."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "packs").symlink_to(cafe_home / "packs")
    for kind, member_id, at, payload in events:
        with Journal.open(home, FixedClock(at)) as journal:
            journal.append(kind, member_id, payload).result(10)
    return card(home)


def shown(visit: str, *skus: str, house: str = "") -> tuple[EventKind, str, int, dict[str, object]]:
    payload: dict[str, object] = {"visit_id": visit, "skus": list(skus)}
    return EventKind.SHOWN, "D0", NOON - DAY_S, {**payload, "house": house} if house else payload


def answered(visit: str, sku: str, answer: str, source: str = "") -> tuple[EventKind, str, int, dict[str, object]]:
    payload: dict[str, object] = {"sku": sku, "answer": answer, "scope": "item", "visit_id": visit}
    return EventKind.ANSWER, "D0", NOON - DAY_S, {**payload, "source": source} if source else payload


def test_who_comes_every_week_returns_and_the_latest_weeks_are_still_open(quiet: Scorecard) -> None:
    returns = measure(quiet, "Return visits")
    assert returns.value == 1.0
    assert [point.value for point in returns.trend[-4:]] == [None] * 4
    assert returns.trend[0].of >= 10


def test_who_stays_away_counts_as_not_returned(tmp_path: Path) -> None:
    lines = [row for row in cafe_lines() if str(row["member_id"]) != "D0" or str(row["sold_at"]) < "2026-04-20"]
    returns = measure(card(installed(cafe(tmp_path / "t", lines), tmp_path / "home")), "Return visits")
    gone = [point for point in returns.trend if point.value is not None and point.value < 1]
    assert len(gone) == 1
    assert gone[0].week <= on(47, 0) < gone[0].week + 7 * DAY_S


def test_the_usual_is_held_against_what_was_bought_then(quiet: Scorecard) -> None:
    usual = measure(quiet, "The usual, right")
    assert usual.value is not None
    assert usual.value > 0.95
    assert usual.better == "higher"
    assert len(usual.trend) == ENOUGH


def test_a_usual_that_stopped_being_true_is_said_less_or_lowers_it(tmp_path: Path, quiet: Scorecard) -> None:
    lines = [{**row, "sku": "TEA"} if n % 3 == 0 else row for n, row in enumerate(cafe_lines())]
    home = installed(cafe(tmp_path / "t", lines), tmp_path / "home")
    found = card(home)
    usual, often = measure(found, "The usual, right"), measure(found, "Often, right")
    assert usual.of < measure(quiet, "The usual, right").of
    assert often.value is not None
    assert often.value < 0.9


def test_before_anything_is_recorded_it_says_so_and_invents_nothing(quiet: Scorecard) -> None:
    for name in ("Said never", "Discoveries accepted", "Places left empty"):
        assert (measure(quiet, name).value, measure(quiet, name).of) == (None, 0)
    assert any("Nothing was recorded" in note for note in quiet.notes)


def test_never_is_counted_of_suggestions_shown(cafe_home: Path, tmp_path: Path) -> None:
    found = said(
        shown("v1", "TEA", "SCONE"), answered("v1", "TEA", "never", "company"), shown("v2", "KETTLE", "TEA"),
        # Said of one's own accord: no suggestion was bad.
        answered("", "KETTLE", "never"),
        tmp_path=tmp_path, cafe_home=cafe_home,
    )  # fmt: skip
    never = measure(found, "Said never")
    assert (never.value, never.of, never.better) == (0.25, 4, "lower")
    assert never.trend[-1].value == 0.25


def test_discoveries_are_house_picks_and_accepted_when_taken(cafe_home: Path, tmp_path: Path) -> None:
    found = said(
        shown("v1", "TEA", "KETTLE", house="KETTLE"), answered("v1", "KETTLE", "took", "house"),
        shown("v2", "KETTLE", house="KETTLE"), answered("v1", "TEA", "took", "company"),
        tmp_path=tmp_path, cafe_home=cafe_home,
    )  # fmt: skip
    discoveries = measure(found, "Discoveries accepted")
    assert (discoveries.value, discoveries.of) == (0.5, 2)


def test_an_answer_taken_back_does_not_count(cafe_home: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "packs").symlink_to(cafe_home / "packs")
    with Journal.open(home, FixedClock(NOON - DAY_S)) as journal:
        journal.append(*shown("v1", "TEA")[:2], shown("v1", "TEA")[3]).result(10)
        never = answered("v1", "TEA", "never", "company")
        event: Event = journal.append(*never[:2], never[3]).result(10)
        journal.append(EventKind.UNDO, "D0", {"event_id": event.event_id}).result(10)
    assert measure(card(home), "Said never").value == 0.0


def test_places_left_empty_are_counted_of_visits_that_ended(cafe_home: Path, tmp_path: Path) -> None:
    ended = [(EventKind.VISIT_ENDED, "D0", NOON - DAY_S, {"visit_id": f"v{n}", "how": "next"}) for n in (1, 2)]
    found = said(shown("v1", "TEA"), *ended, tmp_path=tmp_path, cafe_home=cafe_home)
    assert measure(found, "Places left empty").value == pytest.approx(5 / 6)


def test_what_is_withheld_is_what_the_cards_withhold(tmp_path: Path) -> None:
    stock = [{"sku": "TEA", "on_hand": 0}, {"sku": "SCONE", "on_hand": 0}]
    tables = cafe(tmp_path / "t", stock=stock)
    (tables / "store.toml").write_text('house = ["TEA"]\n', encoding="utf-8")
    home = installed(tables, tmp_path / "home")
    found = card(home)
    desk = Desk.open(home, clock=FixedClock(NOON))
    kept = [one for row in CAFE_MEMBERS for one in desk.visit.open(str(row["member_id"]), "command").withheld]
    desk.close()
    assert kept
    assert {one.gate for one in found.withheld} == {str(one.gate) for one in kept}
    assert "seen in the last week" in found.withheld_from


@pytest.mark.parametrize("lines", [[], [line("b", "M", "TEA", "2026-06-20")]])
def test_a_shop_with_next_to_nothing_gets_a_scorecard_of_dashes(tmp_path: Path, lines: list[object]) -> None:
    tables = {"items": ITEMS, "members": CAFE_MEMBERS, **({"lines": lines} if lines else {})}
    found = card(installed(write(tmp_path / "t", **tables), tmp_path / "home"))  # type: ignore[arg-type]
    assert {one.value for one in found.measures} == {None}
    assert all(one.says for one in found.measures)


def test_nothing_ranks_by_the_next_sale(quiet: Scorecard) -> None:
    words = " ".join(one.name + one.says for one in quiet.measures).casefold()
    assert not [word for word in ("conversion", "revenue", "sales", "turnover") if word in words]


def test_only_as_many_weeks_as_asked_for(cafe_home: Path) -> None:
    found = card(cafe_home, weeks=3)
    assert {len(one.trend) for one in found.measures} == {3}


def test_weeks_hold_seven_days_each_and_nothing_else() -> None:
    weeks = Weeks(end=700, count=3)
    assert [weeks.of(day) for day in (678, 679, 685, 686, 699, 700)] == [-1, 0, 0, 1, 2, -1]
    assert weeks.starts() == [679, 686, 693]


def test_a_gap_is_the_distance_between_what_was_promised_and_what_came() -> None:
    promised, happened = Tally(Weeks(14, 2)), Tally(Weeks(14, 2))
    for day, chance, came in ((0, 0.5, 1.0), (1, 0.7, 0.0), (8, 0.4, 0.0)):
        promised.add(day, chance)
        happened.add(day, came)
    told = gap("Due", promised, happened, "says", "none")
    assert told.value == pytest.approx(abs(1.6 - 1) / 3)
    assert [point.value for point in told.trend] == [pytest.approx(0.1), pytest.approx(0.4)]

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from clerk.clock import DAY_S, FixedClock
from clerk.intake import canonical_tables
from clerk.intake.checks.tables import check
from clerk.intake.report import BuildReport
from clerk.model import ItemColumns
from clerk.model.learned import MODEL_NAMES, STATES, ModelState
from clerk.pack_build.build import build_checked
from clerk.pack_build.numbering import Numbered
from clerk.settings import Settings, load
from clerk.visit.habits.hazard import FACTS
from tests.pack_build.shop import LINES, NOW, opened, write_shop


class Learner:
    """Counts how often it was asked, and says so in what it learned."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(
        self, shop: Numbered, columns: ItemColumns, now: int, settings: Settings, known: Any = None
    ) -> Mapping[str, object]:
        if known is not None:
            return {**known, "stats": {"data_until": now}}
        self.asked += 1
        return {"due": {"names": list(FACTS), "asked": self.asked}, "stats": {"data_until": 1}}


class Elsewhere:
    """Learning that goes on elsewhere and ends as it is told to."""

    def __init__(self, problem: Exception | None = None) -> None:
        self.problem = problem
        self.stopped = False

    def __call__(self, *_: object) -> Elsewhere:
        return self

    def result(self) -> Mapping[str, object]:
        if self.problem is not None:
            raise self.problem
        return {"due": {"weights": [2.5]}}

    def stop(self) -> None:
        self.stopped = True


def night(tmp_path: Path, learn: Any, *, days: int = 0, lines: list[Any] | None = None) -> BuildReport:
    """A build of a shop's checked tables, `days` after the first."""
    folder, home = write_shop(tmp_path / "f", lines=lines or LINES), tmp_path / "h"
    report, clock = BuildReport("f"), FixedClock(NOW + days * DAY_S)
    sources, store = canonical_tables.read_folder(folder), canonical_tables.read_store(folder)
    checked = check(sources, store, report, load(home).pack, clock.now(), home, "q")
    return build_checked(checked, home, source="f", clock=clock, learn=learn, report=report, facts={"books": "v1"})


def test_young_models_serve_on_and_are_learned_anew_after_their_days(tmp_path: Path) -> None:
    learn = Learner()
    told = [night(tmp_path, learn, days=days).learning for days in (0, 3, 6, 7)]
    assert learn.asked == 2
    assert told[0] == "habits of the shop learned tonight, learned anew in 7 days"
    assert told[1] == "habits of the shop learned 3 days ago, learned anew in 4 days"
    assert told[2] == "habits of the shop learned 6 days ago, learned anew in 1 day"
    assert told[3] == told[0]


def test_models_that_serve_on_are_handed_in_and_brought_to_tonight(tmp_path: Path) -> None:
    night(tmp_path, Learner())
    night(tmp_path, Learner(), days=1)
    reader = opened(tmp_path / "h")
    assert reader.models["stats"] == {"data_until": int(reader.facts["built_at"])}
    assert reader.facts["books"] == "v1"


def test_a_shop_that_grew_by_more_than_a_tenth_is_learned_anew(tmp_path: Path) -> None:
    learn = Learner()
    night(tmp_path, learn)
    night(tmp_path, learn, days=1, lines=[*LINES, ("b9", "m2", "CR", "2026-01-04T08:00", "1")])
    assert learn.asked == 2


def test_another_store_in_the_same_home_learns_from_its_own_past(tmp_path: Path) -> None:
    learn = Learner()
    night(tmp_path, learn)
    (tmp_path / "f" / "store.toml").write_text('store = "The other one"\n')
    night(tmp_path, learn, days=1)
    assert learn.asked == 2


def test_models_that_look_at_other_things_than_this_version_are_learned_anew(tmp_path: Path) -> None:
    night(tmp_path, lambda *_: {"due": {"names": ["something else"]}, "stats": {}})
    learn = Learner()
    night(tmp_path, learn, days=1)
    assert learn.asked == 1


def test_a_clock_that_went_back_learns_anew(tmp_path: Path) -> None:
    learn = Learner()
    night(tmp_path, learn, days=5)
    night(tmp_path, learn, days=1)
    assert learn.asked == 2


def test_what_is_learned_elsewhere_travels_in_the_pack(tmp_path: Path) -> None:
    learn = Elsewhere()
    report = night(tmp_path, learn)
    assert opened(tmp_path / "h").models == {"due": {"weights": [2.5]}}
    assert (report.notices, learn.stopped) == ([], True)


def test_learning_that_fails_elsewhere_is_told_and_does_not_stop_the_night(tmp_path: Path) -> None:
    report = night(tmp_path, Elsewhere(ZeroDivisionError("nothing to divide")))
    assert report.generation
    assert [notice.code for notice in report.notices] == ["E200"]
    assert "learned_at" not in opened(tmp_path / "h").facts


def failed(name: str) -> dict[str, object]:
    """What a night brings where this model alone broke off."""
    return {"stats": {"data_until": 1}, STATES: {name: asdict(ModelState(why="ValueError: odd", failed=True))}}


def test_where_a_model_fails_the_one_learned_before_stays_in_use_and_says_so(tmp_path: Path) -> None:
    night(tmp_path, Learner())
    report = night(tmp_path, lambda *_: failed("due"), days=7)
    due = opened(tmp_path / "h").models["due"]
    assert isinstance(due, dict)
    assert due["asked"] == 1
    assert report.not_learned == {
        "due": "Due is not learned: ValueError: odd; the one learned on 1 Feb 2026 stays in use"
    }
    assert report.not_learned["due"] in report.text()
    again = night(tmp_path, lambda *_: failed("due"), days=14)
    assert again.not_learned == report.not_learned
    assert night(tmp_path, Learner(), days=15).not_learned == {}


def test_a_model_of_another_store_does_not_stay_in_use(tmp_path: Path) -> None:
    night(tmp_path, Learner())
    (tmp_path / "f" / "store.toml").write_text('store = "The other one"\n')
    report = night(tmp_path, lambda *_: failed("due"), days=1)
    assert report.not_learned == {"due": "Due is not learned: ValueError: odd"}
    assert "due" not in opened(tmp_path / "h").models


def test_where_learning_fails_as_a_whole_everything_learned_before_stays_in_use(tmp_path: Path) -> None:
    night(tmp_path, Learner())
    report = night(tmp_path, Elsewhere(ZeroDivisionError("nothing to divide")), days=7)
    assert "due" in opened(tmp_path / "h").models
    assert set(report.not_learned) == set(MODEL_NAMES)
    assert [name for name, said in report.not_learned.items() if "stays in use" in said] == ["due"]


def test_a_model_that_failed_is_tried_again_the_next_night(tmp_path: Path) -> None:
    night(tmp_path, lambda *_: {**failed("value"), "due": {"names": list(FACTS)}})
    learn = Learner()
    night(tmp_path, learn, days=1)
    assert learn.asked == 1


def test_a_model_that_had_too_little_waits_for_its_days(tmp_path: Path) -> None:
    states = {
        name: asdict(ModelState(why="3 of the 50 needed members" if name == "value" else "")) for name in MODEL_NAMES
    }
    night(tmp_path, lambda *_: {"due": {"names": list(FACTS)}, STATES: states})
    learn = Learner()
    report = night(tmp_path, learn, days=1)
    assert learn.asked == 0
    assert report.not_learned == {"value": "Member value is not learned: 3 of the 50 needed members"}


def test_learning_is_stopped_when_the_build_fails(tmp_path: Path) -> None:
    learn = Elsewhere()

    def fail(progress: Any) -> None:
        if progress.stage == "indexing words":
            raise KeyboardInterrupt

    folder, home = write_shop(tmp_path / "f"), tmp_path / "h"
    report = BuildReport("f")
    sources, store = canonical_tables.read_folder(folder), canonical_tables.read_store(folder)
    checked = check(sources, store, report, load(home).pack, NOW, home, "q")
    with pytest.raises(KeyboardInterrupt):
        build_checked(checked, home, source="f", clock=FixedClock(NOW), learn=learn, progress=fail)
    assert learn.stopped

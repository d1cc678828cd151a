"""When things come back, when the usual may be said, and what speaks where nothing could be learned."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk.clock import DAY_S
from clerk.model.learned import MODEL_NAMES, STATES, states_of
from clerk.pack_build.learn import learn
from clerk.pack_build.learn.attempt import TooLittle
from clerk.pack_build.learn.cases import members
from clerk.pack_build.learn.due import HORIZON_DAYS, _level, bought_between, bought_within, learn_due, recentred
from clerk.pack_build.learn.usual import NEVER, USUAL_HOLDS, learn_usual
from clerk.settings import Settings
from clerk.visit.habits.features import shop_stats
from clerk.visit.habits.hazard import FACTS, HazardModel, hazard_features, hazard_model, repeated
from clerk.visit.habits.member_habits import habits
from clerk.visit.habits.usual import VISITS_FROM, place_of, sure_share, usual_rule, visits_weighed
from clerk.visit.shop import shop_of
from tests.pack_build.learn.shops import START, MadeShop, cafe, grocery, made
from tests.visit import build
from tests.visit.build import FLAT_WHITE, NOW, history


def _hazard(shop: MadeShop) -> tuple[dict[str, object], HazardModel]:
    rhythm = shop_of(shop.columns, Settings())
    stats = shop_stats(shop.columns, rhythm, shop.until)
    histories = [one.history for one in members(shop.shop, shop.until)]
    told = learn_due(histories, shop.columns, rhythm, stats, shop.until)
    model = hazard_model(json.loads(json.dumps(told)), stats)
    assert model is not None
    return told, model


def test_chances_of_coming_back_hold_on_a_day_not_learned_from() -> None:
    shop = grocery(members=400)
    _, model = _hazard(shop)
    rhythm = shop_of(shop.columns, Settings())
    day = shop.until - 21 * DAY_S
    promised, came = [], []
    for one in members(shop.shop, shop.until):
        known = habits(one.history, shop.columns, day)
        rows = repeated(known)
        promised.append(model.probabilities(known, shop.columns, rhythm, rows, HORIZON_DAYS))
        whole = habits(one.history, shop.columns, shop.until)
        came.append(bought_within(known.items.key[rows], whole, day, HORIZON_DAYS))
    p, y = np.concatenate(promised), np.concatenate(came)
    assert p.mean() == pytest.approx(y.mean(), rel=0.1)
    assert y[p > 0.7].mean() > 0.6
    assert y[p < 0.1].mean() < 0.15


def test_a_longer_horizon_is_likelier() -> None:
    shop = grocery(members=400)
    _, model = _hazard(shop)
    one = next(iter(members(shop.shop, shop.until)))
    known = habits(one.history, shop.columns, shop.until)
    rows = repeated(known)
    rhythm = shop_of(shop.columns, Settings())
    week, fortnight, month = (model.probabilities(known, shop.columns, rhythm, rows, days) for days in (7, 14, 28))
    assert (week < fortnight).all()
    assert (fortnight < month).all()
    assert ((week >= 0) & (month <= 1)).all()


def test_a_thing_bought_twice_on_one_day_has_no_interval_yet() -> None:
    past = history([(5.0, [FLAT_WHITE]), (5.1, [FLAT_WHITE])])
    assert not len(repeated(habits(past, build.columns(), NOW)))


def test_few_repeats_learn_no_hazard() -> None:
    shop = grocery(members=10, days=60)
    rhythm = shop_of(shop.columns, Settings())
    stats = shop_stats(shop.columns, rhythm, shop.until)
    histories = [one.history for one in members(shop.shop, shop.until)]
    with pytest.raises(TooLittle, match="of the 2,000 needed pairs"):
        learn_due(histories, shop.columns, rhythm, stats, shop.until)


def _slowing(members_in_all: int) -> tuple[MadeShop, int]:
    """Members who take some of six things a visit and come less often from some day on; and that day."""
    chance = np.random.default_rng(8)
    change = START + 150 * DAY_S
    lines: list[tuple[int, int, int, int]] = []
    for member in range(1, members_in_all + 1):
        day = chance.exponential(10.0)
        while day < 210:
            at = START + int(day) * DAY_S
            lines += [(member, at, int(item), 250) for item in np.flatnonzero(chance.random(6) < 0.5) + 1]
            day += chance.exponential(10.0 if day < 150 else 25.0) + 0.5
    return made(lines, items=6), change


def _later(shop: MadeShop, now: int, told: Mapping[str, object]) -> tuple[float, float]:
    """Mean of what is said of the two weeks after a day, and of what was."""
    rhythm = shop_of(shop.columns, Settings())
    model = hazard_model(told, shop_stats(shop.columns, rhythm, now))
    assert model is not None
    said, was = [], []
    for one in members(shop.shop, shop.until):
        known = habits(one.history, shop.columns, now)
        rows = repeated(known)
        said.append(model.probabilities(known, shop.columns, rhythm, rows, HORIZON_DAYS))
        whole = habits(one.history, shop.columns, shop.until)
        was.append(bought_within(known.items.key[rows], whole, now, HORIZON_DAYS))
    return float(np.concatenate(said).mean()), float(np.concatenate(was).mean())


def test_what_is_said_follows_the_latest_days_while_the_weights_stay() -> None:
    shop, change = _slowing(600)
    rhythm = shop_of(shop.columns, Settings())
    stats = shop_stats(shop.columns, rhythm, change)
    then = [one.history for one in members(shop.shop, change)]
    told = learn_due(then, shop.columns, rhythm, stats, change)
    now = change + 40 * DAY_S
    until_now = [one.history for one in members(shop.shop, now)]
    tonight = recentred(told, until_now, shop.columns, rhythm, stats, now)
    assert tonight["weight"] == told["weight"]
    said, was = _later(shop, now, told)
    assert abs(said - was) > 0.05
    said, was = _later(shop, now, tonight)
    assert said == pytest.approx(was, abs=0.03)


@given(st.lists(st.tuples(st.floats(-30, 30), st.booleans()), min_size=1, max_size=60), st.floats(-8, 8))
def test_chances_are_brought_to_promise_as_much_as_was_bought(pairs: list[tuple[float, bool]], start: float) -> None:
    """But for one case of doubt, which keeps a shop where nothing was bought from promising nothing for ever."""
    said, y = np.array([pair[0] + start for pair in pairs]), np.array([pair[1] for pair in pairs])
    level = _level(said, y, np.ones(len(y)))
    assert np.isfinite(level)
    assert float((1 / (1 + np.exp(-said - level))).sum()) == pytest.approx(float(y.sum()) - level, abs=0.01)


def test_a_few_members_hardly_move_what_is_said() -> None:
    shop, change = _slowing(600)
    rhythm = shop_of(shop.columns, Settings())
    stats = shop_stats(shop.columns, rhythm, change)
    told = learn_due([one.history for one in members(shop.shop, change)], shop.columns, rhythm, stats, change)
    now = change + 40 * DAY_S
    few = [one.history for one in members(shop.shop, now)][:2]
    offsets = [float(str(recentred(told, some, shop.columns, rhythm, stats, now)["offset"]))
               for some in (few, [one.history for one in members(shop.shop, now)])]  # fmt: skip
    assert abs(offsets[0]) < abs(offsets[1]) / 2


def test_who_stands_at_the_counter_is_told_the_chance_of_those_who_came() -> None:
    shop = grocery(members=400)
    told, unaware = _hazard(shop)
    rhythm = shop_of(shop.columns, Settings())
    here = hazard_model(told, unaware.stats, here=True)
    assert here is not None
    said: dict[str, list[np.ndarray]] = {"here": [], "unaware": [], "was": []}
    for one in members(shop.shop, shop.until):
        whole = habits(one.history, shop.columns, shop.until)
        at = int(whole.basket_at[-4])
        known = habits(one.history, shop.columns, at - 1)
        rows = repeated(known)
        said["here"].append(here.probabilities(known, shop.columns, rhythm, rows, HORIZON_DAYS))
        said["unaware"].append(unaware.probabilities(known, shop.columns, rhythm, rows, HORIZON_DAYS))
        until = at + HORIZON_DAYS * DAY_S
        said["was"].append(bought_between(known.items.key[rows], whole, at - 1, until))
    p, q, y = (np.concatenate(said[name]) for name in ("here", "unaware", "was"))
    assert p.mean() == pytest.approx(y.mean(), abs=0.03)
    assert abs(q.mean() - y.mean()) > abs(p.mean() - y.mean())
    assert y[p > 0.7].mean() == pytest.approx(p[p > 0.7].mean(), abs=0.05)


def test_a_hazard_that_an_older_version_learned_from_fewer_facts_is_read() -> None:
    fewer = [name for name in FACTS if not name.startswith("visit_")]
    told = {"names": fewer, "horizon_days": 14, "mean": [0.0] * len(fewer), "scale": [1.0] * len(fewer),
            "weight": [0.1] * len(fewer), "bias": -1.0}  # fmt: skip
    columns = build.columns()
    rhythm = shop_of(columns, Settings())
    model = hazard_model(told, shop_stats(columns, rhythm, NOW))
    assert model is not None
    assert hazard_model(told, model.stats, here=True) is None
    known = habits(history([(20.0, [FLAT_WHITE]), (10.0, [FLAT_WHITE])]), columns, NOW)
    rows = repeated(known)
    facts = hazard_features(known, columns, rhythm, model.stats, 14, rows)
    seen = facts[:, [place for place, name in enumerate(FACTS) if name in fewer]]
    wanted = 1 / (1 + np.exp(1.0 - 0.1 * seen.sum(axis=1)))
    assert model.probabilities(known, columns, rhythm, rows, 14) == pytest.approx(wanted)


@pytest.mark.parametrize(
    "change",
    [
        {"names": []},
        {"names": ["?"] * len(FACTS)},
        {"offset": float("nan")},
        {"horizon_days": 0},
        {"mean": [1.0]},
        {"bias": "x"},
    ],
)
def test_a_hazard_of_another_version_is_no_model(change: dict[str, object]) -> None:
    told = {
        "names": list(FACTS), "horizon_days": 14, "mean": [0.0] * len(FACTS), "scale": [1.0] * len(FACTS),
        "weight": [0.1] * len(FACTS), "bias": -1.0,
    }  # fmt: skip
    stats = shop_stats(build.columns(), shop_of(build.columns(), Settings()), NOW)
    assert hazard_model(told, stats) is not None
    assert hazard_model(told | change, stats) is None
    assert hazard_model(None, stats) is None


def _usual(shop: MadeShop) -> dict[str, object]:
    histories = [one.history for one in members(shop.shop, shop.until)]
    return learn_usual(histories, shop.columns, shop_of(shop.columns, Settings()))


def test_where_members_are_faithful_the_usual_is_said_early() -> None:
    told = _usual(cafe(faithful=0.97))
    rule = usual_rule(shop_of(cafe(faithful=0.97).columns, Settings()), Settings(), told)
    assert rule.usual[-1] <= 0.7


def test_where_nothing_repeats_the_usual_is_never_said() -> None:
    told = _usual(cafe(members=150, visits=30, faithful=0.2))
    assert told["usual"] == [NEVER] * len(VISITS_FROM)


def test_the_promise_holds_on_visits_after_those_learned_from() -> None:
    shop = cafe(members=150, visits=40, faithful=(0.95, 0.4))
    half = START + 63 * DAY_S
    rhythm = shop_of(shop.columns, Settings())
    past = [one.history for one in members(shop.shop, half)]
    told = learn_usual(past, shop.columns, rhythm)
    rule = usual_rule(rhythm, Settings(), told)
    right = named = 0
    for one in members(shop.shop, shop.until):
        for at in one.history.basket_at[one.history.basket_at > half].tolist():
            known = habits(one.history, shop.columns, at - 1, rule.decay or rhythm.decay)
            sure = sure_share(known.items.share, visits_weighed(known.baskets, known.decay), rule.doubt)
            usual = known.items.key[sure >= rule.usual[int(place_of(known.baskets))]]
            bought = one.history.item[one.history.basket_at[one.history.basket] == at]
            named += len(usual)
            right += int(np.isin(usual, bought).sum())
    assert named > 100
    assert right / named > USUAL_HOLDS - 0.06


def test_what_does_not_hold_after_three_visits_is_not_said_after_three() -> None:
    """Everybody tries something thrice, and only half of them keep to it."""
    rng = np.random.default_rng(4)
    lines = []
    for member in range(1, 201):
        keeps, tried = member % 2 == 0, int(rng.integers(1, 9))
        for visit in range(30):
            item_no = tried if visit < 3 or keeps else int(rng.integers(1, 9))
            lines.append((member, START + visit * 3 * DAY_S, item_no, 300))
    told = _usual(made(lines))
    rule = usual_rule(shop_of(made(lines).columns, Settings()), Settings(), told)
    three, ten = (sure_share(1.0, visits_weighed(visits, rule.decay or 0.8), rule.doubt) for visits in (3, 10))
    assert three < rule.usual[0]
    assert ten >= rule.usual[2]


def test_learned_thresholds_are_those_the_counter_uses() -> None:
    told = _usual(cafe(faithful=0.97))
    columns = cafe(faithful=0.97).columns
    told["usual"] = [2.0, 0.875, 0.8125, 0.8125]
    assert usual_rule(shop_of(columns, Settings()), Settings(), told).usual == (2.0, 0.875, 0.8125, 0.8125)


def test_a_few_visits_learn_no_usual() -> None:
    with pytest.raises(TooLittle, match="of the 200 needed visits"):
        _usual(cafe(members=5, visits=25, faithful=1.0))


@pytest.mark.slow
def test_everything_learned_is_json_and_what_is_not_says_what_is_lacking() -> None:
    shop = grocery(members=300)
    told = learn(shop.shop, shop.columns, shop.until)
    assert json.loads(json.dumps(told)) == told
    # Members here take to hardly anything new.
    assert set(told) == {"stats", STATES, *MODEL_NAMES} - {"suggest"}
    said = {name: state.sentence(name) for name, state in states_of(told).items()}
    assert said.pop("suggest").startswith("What to mention is not learned: ")
    assert set(said.values()) == {""}
    few = grocery(members=5, days=30)
    nothing = learn(few.shop, few.columns, few.until)
    assert set(nothing) == {"stats", STATES}
    states = states_of(nothing)
    assert set(states) == set(MODEL_NAMES)
    assert states["value"].sentence("value") == (
        "Member value is not learned: 5 of the 200 needed members with a purchase"
    )


def test_lines_after_now_teach_nothing() -> None:
    shop = grocery(members=120)
    now = shop.until - 40 * DAY_S
    future = made([(1, START, 1, 100), (1, START + 10 * DAY_S, 1, 100)])
    assert learn(future.shop, future.columns, START - 1) == {}
    assert all(one.history.basket_at.max() <= now for one in members(shop.shop, now))


def test_of_a_large_shop_the_same_sample_is_looked_at_every_night() -> None:
    shop = grocery(members=40)
    chosen = [[one.member_no for one in members(shop.shop, shop.until, 10)] for _ in range(2)]
    assert chosen[0] == chosen[1]
    assert len(chosen[0]) == 10

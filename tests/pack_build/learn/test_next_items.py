"""What a member takes next: facts, ranking, fallbacks, and what is learned."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.clock import DAY_S
from clerk.model import ItemColumns
from clerk.pack_build.learn.attempt import TooLittle
from clerk.pack_build.learn.cases import members, visits
from clerk.pack_build.learn.next_items import BASKETS, baskets_each, learn_next
from clerk.settings import Settings
from clerk.visit.habits.features import FEATURES, ShopStats, pair_features, shop_stats
from clerk.visit.habits.member_habits import habits
from clerk.visit.habits.next_items import NEW_FEATURES, NextModel, forecast, newcomers, next_model
from clerk.visit.shop import shop_of
from tests.pack_build.learn.shops import MadeShop, grocery
from tests.visit import build
from tests.visit.build import BEANS, CROISSANT, FLAT_WHITE, NOW, history


def _stats(columns: ItemColumns) -> ShopStats:
    return shop_stats(columns, shop_of(columns, Settings()), NOW)


def _learned(shop: MadeShop) -> tuple[dict[str, object], NextModel, ShopStats]:
    rhythm = shop_of(shop.columns, Settings())
    stats = shop_stats(shop.columns, rhythm, shop.until)
    told = learn_next([one.history for one in members(shop.shop, shop.until)], shop.columns, stats, rhythm.decay)
    model = next_model(json.loads(json.dumps(told)))
    assert model is not None
    return told, model, stats


def test_every_fact_can_be_said_and_is_finite() -> None:
    past = history([(30, [FLAT_WHITE, CROISSANT]), (20, [FLAT_WHITE]), (1, [FLAT_WHITE, BEANS])])
    columns = build.columns()
    table = pair_features(past, habits(past, columns, NOW), columns, _stats(columns))
    assert table.names == tuple(FEATURES)
    assert table.x.shape == (3, len(FEATURES))
    assert np.isfinite(table.x).all()
    assert all(len(sentence) > 10 for sentence in (*FEATURES.values(), *NEW_FEATURES.values()))


def test_the_members_own_purchases_do_not_count_among_those_of_others() -> None:
    """Whether the item statistics hold this member's lines or not, the facts about others are the same."""
    past = history([(30, [BEANS]), (20, [BEANS]), (10, [BEANS, FLAT_WHITE])])
    without = build.columns()
    names = ("buyers", "repeat_buyers", "baskets", "recent_baskets", "later_baskets", "gaps", "gap_log_sum")
    more = {name: getattr(without, name).copy() for name in names}
    more["buyers"][[BEANS, FLAT_WHITE]] += 1
    more["repeat_buyers"][BEANS] += 1
    more["baskets"][BEANS] += 3
    more["baskets"][FLAT_WHITE] += 1
    more["recent_baskets"][BEANS] += 2
    more["recent_baskets"][FLAT_WHITE] += 1
    more["later_baskets"][BEANS] += 2
    more["gaps"][BEANS] += 2
    more["gap_log_sum"][BEANS] += 2 * np.log(10.0)
    columns = replace(without, **more)
    stats = _stats(without)
    known = habits(past, columns, NOW)
    order = list(FEATURES)
    at = [order.index(name) for name in ("item_repeat", "item_again", "item_rising", "turn")]
    found = pair_features(past, known, columns, stats).x[:, at]
    empty = habits(history([]), without, NOW)
    assert len(pair_features(past, empty, without, stats).item_nos) == 0
    others = np.log((400 + 0.2) / (2000 + 10))
    assert np.allclose(found[:, 0], others)
    assert np.allclose(found[:, 1], np.log(60.5 / 105))


def test_the_basket_to_be_predicted_does_not_show_in_the_facts() -> None:
    """In training the columns already hold the label basket; with the whole history as `own` it is taken out again."""
    shop = grocery(members=20)
    rhythm = shop_of(shop.columns, Settings())
    stats = shop_stats(shop.columns, rhythm, shop.until)
    one = next(iter(members(shop.shop, shop.until)))
    last = int(visits(one.history)[-1])
    before = habits(one.history, shop.columns, last - 1)
    whole = habits(one.history, shop.columns, shop.until)
    table = pair_features(one.history, before, shop.columns, stats, whole)
    lines = one.history.basket_at[one.history.basket] == last
    taken = np.unique(one.history.item[lines])
    columns = replace(shop.columns, baskets=shop.columns.baskets.copy())
    # An item bought by nobody else is all zero, label or not.
    others = columns.baskets[table.item_nos] - whole.items.baskets[whole.items.rows_of(table.item_nos)]
    assert (others >= 0).all()
    assert len(taken)


def test_dates_without_times_leave_the_hour_out() -> None:
    past = history([(days + 10 / 24, [FLAT_WHITE]) for days in (30, 20, 10)])
    assert len({int(at) % DAY_S for at in past.basket_at}) == 1
    columns = build.columns()
    table = pair_features(past, habits(past, columns, NOW), columns, _stats(columns))
    later = pair_features(past, habits(past, columns, NOW + 6 * 3600), columns, _stats(columns))
    hour = list(FEATURES).index("moment")
    assert table.x[0, hour] == pytest.approx(later.x[0, hour], abs=0.05)


def test_without_categories_their_columns_are_zero() -> None:
    none = np.zeros_like(build.columns().kind)
    columns = build.columns(kind=none, category=none, kinds=("",), categories=("",))
    past = history([(30, [FLAT_WHITE, CROISSANT]), (20, [FLAT_WHITE])])
    table = pair_features(past, habits(past, columns, NOW), columns, _stats(columns))
    at = [number for number, name in enumerate(FEATURES) if name.startswith(("kind", "aisle"))]
    assert len(at) == 5
    assert not table.x[:, at].any()


def test_without_a_model_the_more_frequent_item_comes_first_and_popularity_breaks_ties() -> None:
    popular = build.columns()
    popular.baskets[CROISSANT] = 900
    past = history([(30, [FLAT_WHITE, CROISSANT, BEANS]), (20, [FLAT_WHITE])])
    found = forecast(past, habits(past, popular, NOW), popular, _stats(popular), None, 10)
    assert found.item_nos[:3].tolist() == [FLAT_WHITE, CROISSANT, BEANS]
    assert (np.diff(found.p) <= 0).all()


def test_a_member_without_a_past_is_told_what_everybody_buys() -> None:
    columns = build.columns()
    columns.recent_baskets[CROISSANT] = 400
    empty = history([])
    for model in (None, _MODEL):
        found = forecast(empty, habits(empty, columns, NOW), columns, _stats(columns), model, 3)
        assert found.item_nos[0] == CROISSANT
        assert len(found.item_nos) == 3


def test_what_is_no_longer_sold_is_no_newcomer() -> None:
    columns = build.columns()
    columns.flags[BEANS] |= columns.GONE
    assert BEANS not in newcomers(columns)
    assert 0 not in newcomers(columns)


def test_what_was_learned_beats_frequency_where_things_have_an_interval() -> None:
    shop = grocery()
    _, model, stats = _learned(shop)
    hits = np.zeros(2)
    for one in members(shop.shop, shop.until):
        moment = int(visits(one.history)[-1])
        known = habits(one.history, shop.columns, moment - 1)
        taken = one.history.item[one.history.basket_at[one.history.basket] == moment]
        for at, ranker in enumerate((model, None)):
            found = forecast(one.history, known, shop.columns, stats, ranker, 3)
            hits[at] += np.isin(found.item_nos, taken).sum()
    assert hits[0] > 1.05 * hits[1]


def test_chances_sum_to_what_is_bought() -> None:
    shop = grocery()
    _, model, stats = _learned(shop)
    promised = bought = 0.0
    for one in members(shop.shop, shop.until):
        moment = int(visits(one.history)[-2])
        known = habits(one.history, shop.columns, moment - 1)
        found = forecast(one.history, known, shop.columns, stats, model, 1_000)
        taken = one.history.item[one.history.basket_at[one.history.basket] == moment]
        promised += float(found.p.sum())
        bought += float(np.isin(found.item_nos, taken).sum())
    assert promised == pytest.approx(bought, rel=0.15)


def test_where_there_are_many_members_each_gives_fewer_baskets_to_learn_from() -> None:
    assert baskets_each(0) == baskets_each(1_000) == BASKETS
    each = [baskets_each(members) for members in range(0, 100_000, 100)]
    assert each == sorted(each, reverse=True)
    assert each[-1] == 2


@pytest.mark.parametrize("times", [True, False])
def test_the_same_shop_learns_the_same_every_night(times: bool) -> None:
    shop = grocery(members=50, times=times)
    assert json.dumps(_learned(shop)[0]) == json.dumps(_learned(shop)[0])


def test_too_few_purchases_learn_nothing() -> None:
    shop = grocery(members=6, days=40)
    stats = shop_stats(shop.columns, shop_of(shop.columns, Settings()), shop.until)
    with pytest.raises(TooLittle, match="of the 200 needed purchases"):
        learn_next([one.history for one in members(shop.shop, shop.until)], shop.columns, stats, 0.9)


@pytest.mark.parametrize(
    "change",
    [
        {"names": ["share"]}, {"mean": [0.0]}, {"scale": [0.0] * len(FEATURES)}, {"stages": []}, {"stages": "none"},
        {"calibration": [0, 0, 0]}, {"calibration": [float("nan"), 1, 0]}, {"mean": [float("nan")] * len(FEATURES)},
    ],
)  # fmt: skip
def test_a_model_of_another_shop_or_version_is_no_model(change: dict[str, object]) -> None:
    told = dict(_TOLD)
    assert next_model(told) is not None
    assert next_model(told | change) is None


@pytest.mark.parametrize("broken", [None, [], "weights", 3, {}])
def test_what_is_no_model_is_none(broken: object) -> None:
    assert next_model(broken) is None


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-5, 400), st.lists(st.integers(1, 40), min_size=1, max_size=6)), min_size=1, max_size=12
    ),
    st.integers(0, 15),
)
def test_a_forecast_names_each_item_once_likeliest_first(visits_made: list[build.Bought], top: int) -> None:
    """Also of items the columns do not know and of visits that lie in the future."""
    columns = build.columns()
    past = history(visits_made)
    found = forecast(past, habits(past, columns, NOW), columns, _stats(columns), _MODEL, top)
    assert len(found.item_nos) == len(set(found.item_nos.tolist())) <= top
    assert (found.item_nos > 0).all()
    assert np.isfinite(found.p).all()
    assert ((found.p >= 0) & (found.p <= 1)).all()


def test_twenty_thousand_lines_are_forecast_like_one() -> None:
    columns = build.columns()
    for past in (history([(1, [FLAT_WHITE])]), history([(days / 10, range(1, 12)) for days in range(1, 1_820)])):
        found = forecast(past, habits(past, columns, NOW), columns, _stats(columns), _MODEL, 5)
        assert len(found.item_nos) == 5


_TOLD, _MODEL, _ = _learned(grocery(members=60))

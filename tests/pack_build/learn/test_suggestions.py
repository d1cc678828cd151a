"""The chances of new things: learned where there is enough, kept from reaching too many, the same every night."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.clock import DAY_S
from clerk.pack_build.learn.attempt import TooLittle
from clerk.pack_build.learn.cases import columns_of, members
from clerk.pack_build.learn.suggestions import cut_offs, learn_suggestions
from clerk.settings import Settings
from clerk.visit.habits.features import shop_stats
from clerk.visit.habits.member_habits import habits
from clerk.visit.habits.news import chances, news, news_model, pair_facts, speaking
from clerk.visit.shop import shop_of
from tests.pack_build.learn.shops import START, MadeShop, made

GROUPS, OF_GROUP = 6, 10


def circles(people: int = 240, days: int = 330, seed: int = 4) -> MadeShop:
    """Members of six circles who keep trying things that their circle likes, now and then something else."""
    chance = np.random.default_rng(seed)
    lines = []
    for member in range(1, people + 1):
        circle = member % GROUPS
        own = chance.permutation(OF_GROUP) + 1 + circle * OF_GROUP
        known = 2
        for day in range(int(chance.integers(0, 7)), days, 7):
            taken = {int(own[one]) for one in range(known) if chance.random() < 0.6}
            known = min(OF_GROUP, known + int(chance.random() < 0.12))
            if chance.random() < 0.05:
                taken.add(int(chance.integers(1, GROUPS * OF_GROUP + 1)))
            lines += [(member, START + day * DAY_S, item, 300) for item in taken]
    return made(lines, categories=[f"Food > Shelf {item} > Kind {item}" for item in range(GROUPS * OF_GROUP)])


def learned(shop: MadeShop, rules: Settings | None = None) -> dict[str, Any]:
    rules = rules or Settings()
    lines = columns_of(shop.shop)
    histories = (one.history for one in members(shop.shop, shop.until))
    return learn_suggestions(lines, histories, shop.columns, shop_of(shop.columns, rules), rules, shop.until)


@pytest.fixture(scope="module")
def shop() -> MadeShop:
    return circles()


def heard(shop: MadeShop, model: Any, rules: Settings) -> tuple[Counter[int], int, int]:
    """How many members hear of each item, how many hear anything, and how many there are."""
    of_shop, stats = shop_of(shop.columns, rules), shop_stats(shop.columns, shop_of(shop.columns, rules), shop.until)
    pairs = pair_facts(shop.columns, of_shop, rules)
    by_number = {f"S{number}": number for number in range(1, len(shop.columns.buyers))}
    made_model = news_model({**model, "kept_for": {f"S{no}": p for no, p in model["kept_for_nos"].items()}}, by_number)
    assert made_model is not None
    counted: Counter[int] = Counter()
    speaks = people = 0
    for member in members(shop.shop, shop.until):
        mine = habits(member.history, shop.columns, shop.until, of_shop.decay)
        people += 1
        found = news(mine, speaking(mine, shop.columns, rules), shop.columns, of_shop, stats, pairs)
        if found is None:
            continue
        p = chances(found, made_model)
        said = [
            int(no)
            for no, chance in zip(found.item_nos, p, strict=True)
            if chance >= max(made_model.least, made_model.kept_for.get(int(no), 0.0))
        ]
        counted.update(said)
        speaks += bool(said)
    return counted, speaks, people


def test_what_a_circle_likes_is_likelier_than_what_others_do(shop: MadeShop) -> None:
    model = learned(shop)
    assert model["bought"] >= 100
    rules = Settings()
    of_shop, stats = shop_of(shop.columns, rules), shop_stats(shop.columns, shop_of(shop.columns, rules), shop.until)
    pairs = pair_facts(shop.columns, of_shop, rules)
    fitted = news_model({**model, "kept_for": {}}, {})
    assert fitted is not None
    own, others = [], []
    for member in members(shop.shop, shop.until):
        mine = habits(member.history, shop.columns, shop.until, of_shop.decay)
        found = news(mine, speaking(mine, shop.columns, rules), shop.columns, of_shop, stats, pairs)
        if found is not None:
            inside = (found.item_nos - 1) // OF_GROUP == member.member_no % GROUPS
            p = chances(found, fitted)
            own += p[inside].tolist()
            others += p[~inside].tolist()
    assert np.mean(own) > 3 * np.mean(others)


@pytest.mark.parametrize("part", [0.02, 0.05, 0.2])
def test_no_item_reaches_more_members_than_it_may_and_about_the_wanted_part_hears_something(
    shop: MadeShop, part: float
) -> None:
    rules = Settings()
    rules = replace(rules, suggest=replace(rules.suggest, heard_by_at_most=part, chance_from=0.001))
    counted, speaks, people = heard(shop, learned(shop, rules), rules)
    assert max(counted.values()) <= max(1, part * people)
    assert speaks <= 0.55 * people


def test_too_little_to_learn_from_is_said_and_nothing_is_learned() -> None:
    with pytest.raises(TooLittle, match="needed members"):
        learned(circles(people=30))
    with pytest.raises(TooLittle):
        learned(circles(days=100))


def test_the_same_shop_gives_the_same_chances(shop: MadeShop) -> None:
    assert learned(shop) == learned(shop)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 5), st.sampled_from([0.01, 0.03, 0.2, 0.2, 0.5, 0.9])), max_size=60),
    st.integers(1, 8),
)
def test_above_its_own_chance_an_item_reaches_no_more_than_allowed(pairs: list[tuple[int, float]], most: int) -> None:
    item, p = np.array([one[0] for one in pairs], dtype=np.int64), np.array([one[1] for one in pairs])
    found = cut_offs(item, p, most, 0.03)
    for number in range(1, 6):
        likely = p[(item == number) & (p >= 0.03)]
        assert (likely >= found.get(number, 0.0)).sum() <= most
        # Not kept from more than is needed: with those who are equally likely it would be too many.
        if number in found:
            assert (likely >= np.nextafter(found[number], 0)).sum() > most

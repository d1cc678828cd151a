"""What is news to a member: never what they had, never what stands for it, and the reason is counted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.clock import DAY_S
from clerk.model import EventKind
from clerk.pack_build.neighbours import with_neighbours
from clerk.visit.habits.features import shop_stats
from clerk.visit.habits.news import FACTS, NewsModel, news, pair_facts, replaces
from clerk.visit.habits.next_items import Weights
from clerk.visit.habits.reading import Models, speaks
from clerk.visit.shop import shop_of
from tests.pack_build.test_neighbours import ITEMS, SHOPS, columns_of, plainly, purchases_of
from tests.visit.build import NOW, Counter, event, history, skus, together

LEVEL = np.zeros(len(FACTS))


def models(columns: Any, settings_: Any, *, bias: float = 0.0, least: float = 0.0, kept_for: Any = None) -> Models:
    """Every new thing has one chance; 0.5 unless the bias says otherwise."""
    weights = Weights(LEVEL, LEVEL + 1, LEVEL, bias)
    shop = shop_of(columns, settings_)
    pairs = pair_facts(columns, shop, settings_)
    return Models(suggest=NewsModel(weights, least, kept_for or {}), stats=shop_stats(columns, shop, NOW), pairs=pairs)


def counter(baskets: Any, visits: Any, *events: Any, **more: Any) -> tuple[Counter, Any]:
    """A counter in a shop of these baskets, and the shop's purchases."""
    purchases = purchases_of(baskets)
    columns = with_neighbours(columns_of(purchases), purchases)
    made = Counter(history(visits), list(events), columns=columns)
    return replace(made, models=models(columns, made.settings, **more)), purchases


VISITS = st.lists(
    st.tuples(st.integers(1, 60), st.sets(st.integers(1, ITEMS - 1), min_size=1, max_size=4).map(sorted)), max_size=12
)


@settings(max_examples=200, deadline=None)
@given(SHOPS.map(lambda baskets: baskets * 3), VISITS)
def test_news_is_never_what_the_member_has_nor_what_stands_for_it(baskets: Any, visits: Any) -> None:
    made, purchases = counter(baskets, visits)
    reading = made.read()
    may = speaks(reading)
    stats = reading.models.stats
    assert stats is not None
    pairs = pair_facts(reading.columns, reading.shop, reading.settings)
    found = news(reading.habits, may, reading.columns, reading.shop, stats, pairs)
    both, together_in = plainly(purchases)
    had = {item for _, things in visits for item in things}
    columns, habit = reading.columns, set(reading.habits.items.key[may].tolist())
    for row in range(len(found) if found is not None else 0):
        assert found is not None
        item, because = int(found.item_nos[row]), int(found.because[row])
        assert item not in had
        assert columns.family[item] not in {columns.family[one] for one in had}
        assert columns.kind[item] not in {columns.kind[one] for one in habit}
        assert not columns.flags[item] & 2
        assert because in habit
        # What is said was counted, both halves over the same members and the same baskets.
        assert int(found.both[row]) == both[because, item]
        assert int(found.of[row]) == len(
            {m for m, i in zip(purchases.member, purchases.item, strict=True) if i == because}
        )
        assert int(found.together[row]) == together_in[because, item]
        assert int(found.of_baskets[row]) == int((purchases.item == because).sum())
        for own in habit:
            if both[own, item] >= 5:
                pair = np.array([own]), np.array([item]), np.array([together_in[own, item]])
                assert not replaces(columns, reading.shop, *pair, reading.settings.suggest.instead_expected)[0]


COMPANY = [(member, {1, 2, 8} if member % 2 else {5, 7}) for member in range(1, 31)] * 4
"""Who buys flat whites buys croissants and juice with them."""
OFTEN = [(day, [1]) for day in range(40, 0, -2)]


def test_the_reason_is_counted_and_a_chance_says_that_nobody_spoke() -> None:
    made, _ = counter(COMPANY, OFTEN)
    one = made.card().suggestions[0]
    assert one.item.sku == "S2"
    assert one.reason.line == "Bought with Flat white in 60 of 60 visits here"
    assert "Chance that it is bought within 90 days when nobody mentions it: 50%." in one.reason.evidence
    # The same people, but never in one basket: owners speak.
    apart = [(member, {item}) for member in range(1, 31) if member % 2 for item in (1, 2)] * 4
    made, _ = counter([*apart, *((member, {5}) for member in range(2, 31, 2))], OFTEN)
    (said,) = made.card().suggestions
    assert said.reason.line == "15 of 15 members who bought Flat white also bought it"
    assert said.source == "owners"


def test_what_one_buys_instead_is_not_news() -> None:
    """Filter coffee is of the same part of the shop and hardly ever in one basket with a flat white."""
    baskets = [(member, {item, 2}) for member in range(1, 31) for item in (1, 9) if member % 2] * 6
    baskets += [(member, {5}) for member in range(2, 31, 2)]
    made, _ = counter(baskets, OFTEN)
    assert skus(made.card()) == ["S2"]


def test_another_size_of_what_was_bought_is_not_news_though_nothing_ties_them() -> None:
    made, _ = counter(COMPANY, [*OFTEN, (60, [8])])
    assert skus(made.card()) == ["S2"]
    thing = np.arange(len(made.columns.family), dtype=np.int32)
    thing[2] = 11
    thing[11] = 11
    assert skus(replace(made, columns=replace(made.columns, thing=thing)).card()) == ["S2"]
    once = replace(made, past=history([*OFTEN, (60, [11]), (70, [11])]), columns=replace(made.columns, thing=thing))
    assert skus(once.card()) == ["S8"]
    assert once.why(2).line.endswith("The same thing in another size than the member buys.")


@pytest.mark.parametrize("of_one_name", range(2, 12))
def test_a_name_that_many_items_share_is_a_sort_and_no_size(of_one_name: int) -> None:
    made, _ = counter(COMPANY, [*OFTEN, (60, [11]), (70, [11])])
    thing = np.arange(len(made.columns.family), dtype=np.int32)
    # All of one name, among them what they bought twice and what would be news.
    thing[[11, 2, *[no for no in range(3, 11) if no != 8]][:of_one_name]] = 2
    shop = replace(made, columns=replace(made.columns, thing=thing)).read().shop
    assert bool(shop.sizes[11] == shop.sizes[2]) == (int((thing == 2).sum()) <= 8)


def test_below_its_chance_nothing_is_said_and_no_place_is_filled() -> None:
    made, _ = counter(COMPANY, OFTEN, least=0.6)
    card = made.card()
    assert card.suggestions == ()
    assert card.silence[0] == "Nothing is good enough to mention."
    assert made.why(2).line == "Not suggested: not good enough. Its score is too low: 0.50, needed 0.60."


def test_what_is_kept_for_likelier_members_is_not_said_and_why_says_so() -> None:
    made, _ = counter(COMPANY, OFTEN, kept_for={2: 0.7})
    assert "S2" not in skus(made.card())
    assert made.why(2).line.endswith("Kept for members likelier to want it: 0.50 here, 0.70 with them.")


@settings(max_examples=40, deadline=None)
@given(SHOPS.map(lambda baskets: baskets * 3), VISITS, st.floats(0.05, 0.5))
def test_passed_over_suggestions_fade_into_silence(baskets: Any, visits: Any, least: float) -> None:
    """Visit after visit everything is ignored: what is said stays above the threshold, and in the end nothing is."""
    made, _ = counter(baskets, visits, least=least)
    shown: list[Any] = []
    for visit in range(40):
        made = replace(made, events=shown, now=NOW + visit * 3600)
        card = made.card(visit_id=f"V{visit}")
        assert all(one.score >= least for one in card.suggestions if one.source != "house")
        assert len(card.suggestions) + len(card.silence) == 3
        if not card.suggestions:
            break
        shown = [*shown, event(EventKind.SHOWN, -visit * 3600 / DAY_S, visit_id=f"V{visit}", skus=skus(card))]
    assert card.suggestions == ()


def test_what_the_shop_says_goes_together_is_mentioned_and_rests_when_passed_over() -> None:
    class Shop(Counter):
        def found(self, also: int = 0) -> Any:
            from clerk.visit.suggest.candidates import candidates

            return candidates(self.read(), (), (), {1: (2, 3)})

    made = Shop(history(OFTEN))
    (first, second) = made.card().suggestions
    assert first.reason.line == "Goes with Flat white, which they bought 20 times"
    assert (first.item.sku, second.item.sku, first.source) == ("S2", "S3", "goes-with")
    over = [event(EventKind.SHOWN, 0.1 * n, visit_id=f"V{n}", skus=["S2"]) for n in range(1, 4)]
    assert skus(Shop(history(OFTEN), over).card()) == ["S3"]
    assert skus(Shop(history([*OFTEN, (50, [2])])).card()) == ["S3"]


def test_company_without_learned_chances_is_never_bought_before() -> None:
    made = Counter(history([*OFTEN, (50, [2])]), companions=(together(1, 2), together(1, 3, both=50)))
    assert skus(made.card()) == ["S3"]

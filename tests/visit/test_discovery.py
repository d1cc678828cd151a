"""House picks: earned, spent, closed by one bad reaction, never in the way of the member's own."""

from __future__ import annotations

from collections import Counter as Counted
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from clerk.model import AnswerKind, EventKind, Gate
from clerk.settings import Settings
from clerk.visit.suggest.candidates import candidates
from clerk.visit.suggest.discovery import balance, house_picks, offers
from tests.visit.build import (
    BEANS,
    CROISSANT,
    FLAT_WHITE,
    GENMAICHA,
    JUICE,
    KETTLE,
    PLASTERS,
    SCONE,
    SENCHA,
    Counter,
    answered,
    columns,
    event,
    facts,
    history,
    item,
    skus,
    together,
)  # fmt: skip

REGULAR = [(41, [BEANS]), *[(day, [FLAT_WHITE]) for day in range(40, 0, -2)]]
"""With something of the provisions, once, so that the shop's Sencha is not far from what they buy."""


class Shop(Counter):
    """A counter whose shop has chosen Sencha."""

    chosen: tuple[int, ...] = (SENCHA,)
    exposed: dict[int, int]

    def found(self, also: int = 0) -> Any:
        read = self.read()
        made = house_picks(read, offers(self.columns, self.chosen, self.settings), getattr(self, "exposed", {}))
        return candidates(read, self.companions, made)


def shop(*events: Any, visits: Any = REGULAR, **more: Any) -> Shop:
    return Shop(history(visits), list(events), **more)


def house_shown(days_ago: float, number: int = SENCHA, visit_id: str = "") -> Any:
    visit = visit_id or f"V{days_ago}"
    return event(EventKind.SHOWN, days_ago, visit_id=visit, skus=[f"S{number}"], house=f"S{number}")


def test_a_house_pick_fills_an_empty_place_last_and_says_what_it_is() -> None:
    card = shop(companions=(together(FLAT_WHITE, CROISSANT),)).card()
    assert [one.source for one in card.suggestions] == ["company", "house"]
    assert card.suggestions[-1].reason.line == "House pick: chosen by the shop"
    assert card.discovery == "House picks: 1 left, everybody starts with one; today's spends one."


THREE = (together(FLAT_WHITE, SCONE), together(FLAT_WHITE, JUICE, both=50), together(FLAT_WHITE, KETTLE, both=40))


def test_a_house_pick_never_replaces_a_suggestion_of_their_own() -> None:
    card = shop(answered(GENMAICHA, AnswerKind.TOOK, 30), companions=THREE).card()
    assert [one.source for one in card.suggestions] == ["company"] * 3
    assert card.discovery.endswith("today their own come first.")


def test_an_earned_house_pick_takes_the_last_place_from_what_is_less_likely() -> None:
    own = {"companions": (*THREE[:2], together(FLAT_WHITE, KETTLE, both=20))}
    assert "house" not in [one.source for one in shop(**own).card().suggestions]
    earned = shop(answered(GENMAICHA, AnswerKind.TOOK, 30), **own).card()
    assert [one.source for one in earned.suggestions] == ["company", "company", "house"]
    assert "earned by suggestions taken" in earned.discovery


def test_a_house_pick_is_near_what_the_member_buys() -> None:
    assert skus(shop(visits=REGULAR[1:]).card()) == []
    assert skus(shop().card()) == [f"S{SENCHA}"]


def test_a_showing_spends_the_credit_and_a_suggestion_taken_earns_another() -> None:
    spent = shop(house_shown(10, GENMAICHA))
    assert skus(spent.card()) == []
    assert spent.card().discovery == "House picks rest: none is left, and the next suggestion taken earns one."
    earned = shop(house_shown(10, GENMAICHA), answered(CROISSANT, AnswerKind.TOOK, 5))
    assert skus(earned.card()) == [f"S{SENCHA}"]


def test_credits_are_capped() -> None:
    many = shop(*[answered(CROISSANT, AnswerKind.TOOK, day) for day in range(20, 0, -1)])
    assert balance(many.read()).credit == Settings().discovery.most


@pytest.mark.parametrize("answer", [AnswerKind.NOT_NOW, AnswerKind.NEVER])
def test_one_bad_reaction_closes_house_picks_for_a_long_time(answer: AnswerKind) -> None:
    def asked(days_ago: float) -> Shop:
        said = answered(GENMAICHA, answer, days_ago, "V9")
        took = [answered(CROISSANT, AnswerKind.TOOK, days_ago + more) for more in (1, 2)]
        return shop(*reversed(took), said, house_shown(days_ago, GENMAICHA, "V9"))

    closed = asked(100).card()
    assert skus(closed) == []
    assert closed.discovery.startswith("House picks are closed until ")
    assert "said no to Genmaicha 14 weeks ago" in closed.discovery
    assert skus(asked(181).card()) == [f"S{SENCHA}"]


def test_a_second_refusal_closes_for_longer_than_the_first() -> None:
    def closed_days(*days_ago: float) -> float:
        said = [answered(GENMAICHA, AnswerKind.NOT_NOW, day, source="house") for day in days_ago]
        read = shop(*said).read()
        return (balance(read).closed_until - read.now) / 86_400

    assert closed_days(1.0) == pytest.approx(179, abs=1)
    assert closed_days(1.5, 1.0) > closed_days(1.0) + 80


def test_a_refusal_counts_at_once_before_the_visit_has_ended() -> None:
    made = shop(answered(SENCHA, AnswerKind.NOT_NOW, 0.0, "V1", source="house"))
    first = shop().card()
    card = made.card("V1", first)
    assert card.answers == {f"S{SENCHA}": "not-now"}
    assert card.discovery.startswith("House picks are closed until ")


def test_a_no_to_a_suggestion_of_their_own_does_not_close_house_picks() -> None:
    made = shop(answered(CROISSANT, AnswerKind.NEVER, 5, source="company"))
    assert skus(made.card()) == [f"S{SENCHA}"]


def test_a_pick_is_shown_to_one_member_only_so_often() -> None:
    took = [answered(CROISSANT, AnswerKind.TOOK, day) for day in (300, 299, 298)]
    made = shop(*took, house_shown(250), house_shown(200))
    why = made.why(SENCHA)
    assert not why.suggested
    assert why.line == f"Not suggested: {Gate.BUDGET}. Shown to this member as a house pick 2 times already."


def test_a_pick_is_shown_at_one_counter_only_so_often() -> None:
    made = shop()
    made.exposed = {SENCHA: 60}
    assert skus(made.card()) == []
    assert "Shown here 60 times in 7 days already." in made.why(SENCHA).line


def test_every_gate_holds_for_house_picks_too() -> None:
    never = shop(answered(SENCHA, AnswerKind.NEVER, 400))
    assert skus(never.card()) == []
    allergic = shop(event(EventKind.FACT, fact="allergen", text="tea"))
    assert skus(allergic.card()) == []
    gone = shop(items={no: item(no, **({"on_hand": 0} if no == SENCHA else {})) for no in range(1, 12)})
    assert skus(gone.card()) == []
    assert Gate.NOT_HERE in [held.gate for held in gone.card().withheld]


def test_what_is_rising_is_offered_with_its_true_count() -> None:
    many = columns()
    recent = many.recent_baskets.copy()
    recent[[GENMAICHA, KETTLE, PLASTERS]] = 200
    made = shop(columns=replace(many, recent_baskets=recent))
    made.chosen = ()
    (pick,) = made.card().suggestions
    assert (pick.item.item_no, pick.source) == (GENMAICHA, "house")
    assert pick.reason.line == "House pick: rising, in 200 baskets of the latest four weeks"


def test_nothing_rises_in_a_shop_that_has_just_opened() -> None:
    young = replace(columns(), recent_baskets=columns().baskets)
    assert offers(young, (), Settings()) == ()


def test_a_habit_is_no_house_pick() -> None:
    visits = [*REGULAR, *[(20 + step, [SENCHA]) for step in range(3)]]
    assert "house" not in [one.source for one in shop(visits=visits).card().suggestions]


def test_each_member_has_one_pick_a_week_and_every_pick_its_share() -> None:
    made = offers(columns(), (SENCHA, GENMAICHA, SCONE, JUICE), Settings())
    read = shop(visits=[(45, [CROISSANT]), *REGULAR]).read()
    picks = Counted()
    for number in range(400):
        member = replace(read.profile.member, member_id=f"M-{number}")
        theirs = replace(read, profile=replace(read.profile, member=member))
        (pick,) = house_picks(theirs, made)
        picks[pick.item_no] += 1
    assert set(picks) == {SENCHA, GENMAICHA, SCONE, JUICE}
    assert max(picks.values()) < 150


def test_whom_their_pick_does_not_suit_hears_of_no_other() -> None:
    made = offers(columns(), (SENCHA, GENMAICHA, SCONE, JUICE), Settings())
    read = shop(visits=REGULAR[1:]).read()
    silent = 0
    for number in range(100):
        member = replace(read.profile.member, member_id=f"M-{number}")
        silent += not house_picks(replace(read, profile=replace(read.profile, member=member)), made)
    assert 0 < silent < 100


def test_without_agreement_nothing_is_said_of_house_picks() -> None:
    made = shop(event(EventKind.CONSENT, 1, purpose="suggest", state="withdrawn"))
    assert (skus(made.card()), made.card().discovery) == ([], "")


def test_nobody_is_new_to_the_first_credit() -> None:
    made = Shop(facts(history([])).history, [])
    assert skus(made.card()) == [f"S{SENCHA}"]
    assert np.isclose(made.card().suggestions[0].score, Settings().discovery.score)

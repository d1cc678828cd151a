"""The slate and its gates, by name; why and why not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.model import AnswerKind, EventKind, Gate, LineFlag
from clerk.settings import Settings, from_tables
from clerk.visit.habits.reading import company_seeds
from clerk.visit.suggest.gates import GATES, gate_context, may_stand_in
from tests.visit.build import (
    BEANS,
    BEANS_BIG,
    CROISSANT,
    FILTER,
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
    history,
    item,
    skus,
    together,
)  # fmt: skip

REGULAR = [(day, [FLAT_WHITE]) for day in range(40, 0, -2)]


def counter(*events: Any, visits: Any = REGULAR, **more: Any) -> Counter:
    more.setdefault("companions", (together(FLAT_WHITE, CROISSANT),))
    return Counter(history(visits, more.pop("flags", None)), list(events), **more)


def gate_of(made: Counter, number: int) -> Gate | None:
    """The first closed gate for an item, and that the slate agrees with it."""
    why = made.why(number)
    closed = [gate for gate, through, _ in why.gates if not through]
    assert (item(number).sku in skus(made.card())) == why.suggested
    assert not (closed and why.suggested)
    assert why.line.startswith("Suggested because:" if why.suggested else ("Not suggested:", "Under due:"))
    return closed[0] if closed else None


def test_what_goes_with_a_habit_is_suggested_with_the_real_counts() -> None:
    made = counter()
    (suggestion,) = made.card().suggestions
    assert (suggestion.item.item_no, suggestion.source) == (CROISSANT, "company")
    assert suggestion.reason.line == "Bought with Flat white in 60 of 200 visits here"
    assert suggestion.reason.evidence[0].startswith("Bought Flat white in 20 of 20 visits, first ")
    assert made.why(CROISSANT).line == "Suggested because: bought with Flat white in 60 of 200 visits here."


def test_what_is_due_stands_under_due_and_is_not_said_again() -> None:
    made = counter(visits=[*REGULAR, *[(14 + 12 * step, [BEANS]) for step in range(6)]])
    card = made.card()
    assert [one.item.item_no for one in card.due] == [BEANS]
    assert skus(card) == ["S2"]
    why = made.why(BEANS)
    assert not why.suggested
    assert why.line == "Under due: buys it about every 12 days, last 14 days ago."
    assert "Chance of a purchase within 14 days: " in why.evidence[-1]


def test_what_stands_in_for_what_is_due_is_said_there_and_not_again() -> None:
    visits = [*REGULAR, *[(14 + 12 * step, [BEANS]) for step in range(6)]]
    items = {no: item(no, on_hand=0 if no == BEANS else None) for no in range(1, 12)}
    on_hand = columns().on_hand.copy()
    on_hand[BEANS] = 0
    out = {"visits": visits, "items": items, "columns": columns(on_hand=on_hand), "companions": ()}
    offered = counter(nearest=item(GENMAICHA), **out).card()
    assert offered.due[0].note == "out today → offer Genmaicha"
    assert skus(offered) == []
    assert may_stand_in(GENMAICHA, BEANS, gate_context(counter(**out).read(), items, ()))
    never = counter(answered(GENMAICHA, AnswerKind.NEVER), **out)
    assert not may_stand_in(GENMAICHA, BEANS, gate_context(never.read(), items, ()))
    assert never.card().due[0].note == "out today: ask what they would like instead"


def test_gate_said_never() -> None:
    assert gate_of(counter(answered(CROISSANT, AnswerKind.NEVER)), CROISSANT) is Gate.NEVER


def test_gate_said_never_to_the_category() -> None:
    never = answered(SCONE, AnswerKind.NEVER, scope="category", category="Bakery")
    assert gate_of(counter(never), CROISSANT) is Gate.NEVER_CATEGORY


def test_gate_not_here_today() -> None:
    items = {no: item(no) for no in range(1, 12)} | {CROISSANT: item(CROISSANT, on_hand=0)}
    assert gate_of(counter(items=items), CROISSANT) is Gate.NOT_HERE
    uncounted = {no: item(no) for no in range(1, 12)}
    assert gate_of(counter(items=uncounted), CROISSANT) is None


def test_gate_the_item_itself_and_its_variants() -> None:
    visits = [(day, [BEANS]) for day in range(40, 0, -2)]
    made = counter(visits=visits, companions=(together(BEANS, BEANS_BIG), together(BEANS, BEANS)))
    assert made.found() == ()
    assert gate_of(made, BEANS_BIG) is Gate.THE_ITEM_ITSELF
    assert gate_of(made, BEANS) is Gate.THE_ITEM_ITSELF


def test_gate_just_bought() -> None:
    assert gate_of(counter(visits=[*REGULAR, (0.5, [FLAT_WHITE, CROISSANT])]), CROISSANT) is Gate.JUST_BOUGHT


def test_gate_durable_at_rest_also_for_another_of_its_type() -> None:
    made = counter(visits=[*REGULAR, (300, [KETTLE])], companions=(together(FLAT_WHITE, KETTLE),))
    assert gate_of(made, KETTLE) is Gate.DURABLE_AT_REST
    long_ago = counter(visits=[*REGULAR, (900, [KETTLE])], companions=(together(FLAT_WHITE, KETTLE),))
    assert gate_of(long_ago, KETTLE) is Gate.ONE_OFF


def test_gate_already_has_it() -> None:
    assert gate_of(counter(answered(CROISSANT, AnswerKind.HAS_IT, 20)), CROISSANT) is Gate.HAS_IT
    assert gate_of(counter(answered(CROISSANT, AnswerKind.HAS_IT, 400)), CROISSANT) is None
    kettle = (together(FLAT_WHITE, KETTLE),)
    assert gate_of(counter(answered(KETTLE, AnswerKind.HAS_IT, 4000), companions=kettle), KETTLE) is Gate.HAS_IT


def test_gate_not_now_is_about_this_week() -> None:
    assert gate_of(counter(answered(CROISSANT, AnswerKind.NOT_NOW, 3)), CROISSANT) is Gate.NOT_NOW
    assert gate_of(counter(answered(CROISSANT, AnswerKind.NOT_NOW, 30)), CROISSANT) is None


def shown(times: int, days_ago: float) -> list[Any]:
    return [event(EventKind.SHOWN, days_ago, visit_id=f"V{one}", skus=["S2"]) for one in range(times)]


def test_gate_shown_and_passed_over_fades_stops_and_recovers() -> None:
    scores = [counter(*shown(times, 0)).card().suggestions[0].score for times in (0, 1, 2)]
    assert scores[0] > scores[1] > scores[2]
    assert scores[1] == pytest.approx(scores[0] * np.exp(-0.3))
    assert gate_of(counter(*shown(5, 0)), CROISSANT) is Gate.IGNORED
    assert gate_of(counter(*shown(5, 90)), CROISSANT) is None


def test_what_was_bought_after_the_last_showing_was_not_passed_over() -> None:
    visits = [(step, [FLAT_WHITE]) for step in range(8, 0, -1)] + [(9, [FLAT_WHITE, CROISSANT])]
    made = counter(*shown(9, 10), visits=visits)
    assert Gate.IGNORED not in [gate for gate, through, _ in made.why(CROISSANT).gates if not through]


def test_gate_gift_mistake_or_for_someone_else() -> None:
    gift = counter(event(EventKind.MARK, line="b0:1", mark="gift"), visits=[(60, [CROISSANT]), *REGULAR])
    assert gate_of(gift, CROISSANT) is Gate.NOT_TASTE


def test_gate_bought_only_once() -> None:
    assert gate_of(counter(visits=[(60, [CROISSANT]), *REGULAR]), CROISSANT) is Gate.ONE_OFF


def test_nothing_is_drawn_from_a_one_off() -> None:
    made = counter(visits=[*REGULAR, (0.5, [SENCHA])])
    assert SENCHA not in company_seeds(made.read())


def test_gate_allergen_by_the_items_list_and_by_its_name() -> None:
    nuts = {no: item(no) for no in range(1, 12)} | {CROISSANT: item(CROISSANT, allergens=("Gluten",))}
    gluten = event(EventKind.FACT, fact="allergen", text="gluten")
    almonds = event(EventKind.FACT, fact="allergen", text="almonds")
    assert gate_of(counter(gluten, items=nuts), CROISSANT) is Gate.ALLERGEN
    assert gate_of(counter(almonds), CROISSANT) is Gate.ALLERGEN


def test_gate_the_member_dislikes_it() -> None:
    assert gate_of(counter(event(EventKind.FACT, fact="dislike", text="Croissants")), CROISSANT) is Gate.DISLIKED


def test_gate_sensitive() -> None:
    assert gate_of(counter(companions=(together(FLAT_WHITE, PLASTERS),)), PLASTERS) is Gate.SENSITIVE


def test_gate_age_restricted_until_such_a_thing_was_bought_here() -> None:
    flags = columns().flags.copy()
    flags[[JUICE, SCONE]] = 4
    aged = columns(flags=flags)
    made = counter(columns=aged, companions=(together(FLAT_WHITE, JUICE),))
    assert gate_of(made, JUICE) is Gate.SENSITIVE
    another = counter(columns=aged, companions=(together(FLAT_WHITE, JUICE),), visits=[*REGULAR, (50, [SCONE])])
    assert gate_of(another, JUICE) is Gate.SENSITIVE, "of another kind: who buys the one is not told of the other"
    alike = columns(flags=flags, kind=np.where(np.arange(12) == SCONE, aged.kind[JUICE], aged.kind).astype(np.int32))
    known = counter(columns=alike, companions=(together(FLAT_WHITE, JUICE),), visits=[*REGULAR, (50, [SCONE])])
    assert gate_of(known, JUICE) is None


def test_gate_purpose_not_agreed_to() -> None:
    made = counter(event(EventKind.CONSENT, purpose="suggest", state="withdrawn"))
    assert gate_of(made, CROISSANT) is Gate.NO_OPT_IN
    assert made.card().silence == ("Has said no to suggestions.",) * 3
    assert made.card().usual.lines


def test_gate_struck_out() -> None:
    assert gate_of(counter(event(EventKind.STRIKE, category="Bakery")), CROISSANT) is Gate.STRUCK_OUT
    line = counter(visits=[(60, [CROISSANT]), *REGULAR], flags={"b0:1": LineFlag.STRUCK})
    assert gate_of(line, CROISSANT) is Gate.STRUCK_OUT


def test_gate_not_good_enough() -> None:
    weak = counter(companions=(together(FLAT_WHITE, CROISSANT, both=10, of=200),))
    assert gate_of(weak, CROISSANT) is Gate.NOT_GOOD_ENOUGH
    made = counter()
    assert gate_of(made, JUICE) is Gate.NOT_GOOD_ENOUGH
    assert made.why(JUICE).line == "Not suggested: there is no reason to mention it."


def test_company_goes_with_the_usual_and_does_not_replace_it() -> None:
    assert counter(companions=(together(FLAT_WHITE, FILTER),)).found() == ()


def test_company_is_of_another_item_type_than_the_member_buys_already() -> None:
    visits = [*REGULAR, *[(60 + step, [SCONE]) for step in range(6)]]
    assert counter(visits=visits).found() == ()
    assert [one.item_no for one in counter().found()] == [CROISSANT]


def test_another_number_of_the_same_name_is_the_item_itself() -> None:
    items = {no: item(no) for no in range(1, 12)} | {JUICE: replace(item(JUICE), name="flat WHITE")}
    made = counter(items=items, companions=(together(FLAT_WHITE, JUICE),))
    assert gate_of(made, JUICE) is Gate.THE_ITEM_ITSELF
    twice = {no: item(no) for no in range(1, 12)} | {JUICE: replace(item(JUICE), name="Almond croissant")}
    both = (together(FLAT_WHITE, CROISSANT), together(FLAT_WHITE, JUICE, both=50))
    assert skus(counter(items=twice, companions=both).card()) == ["S2"]


def test_two_purchases_in_a_hundred_visits_speak_for_nothing() -> None:
    many = [(300 - day, [FLAT_WHITE]) for day in range(100)]
    made = counter(visits=[*many, (250.5, [SENCHA]), (240.5, [SENCHA])])
    assert company_seeds(made.read()) == (FLAT_WHITE,)


def test_chance_companions_and_mere_bestsellers_are_no_company() -> None:
    few, dull = together(FLAT_WHITE, CROISSANT, both=4, of=5), together(FLAT_WHITE, JUICE, lift=1.0)
    assert counter(companions=(few, dull)).found() == ()


def test_every_gate_is_in_the_one_table() -> None:
    assert sorted(gate.name for gate, _, _ in GATES) == sorted(gate.name for gate in Gate)


def test_never_two_of_one_family() -> None:
    made = counter(companions=(together(FLAT_WHITE, BEANS), together(FLAT_WHITE, BEANS_BIG)))
    assert len(made.card().suggestions) == 1
    assert made.card().withheld[0].gate is Gate.THE_ITEM_ITSELF


def test_a_never_to_one_weakens_its_item_type() -> None:
    free, refused = counter(), counter(answered(SCONE, AnswerKind.NEVER))
    assert refused.card().suggestions[0].score == pytest.approx(free.card().suggestions[0].score / 2)


def test_never_two_of_an_item_type_and_at_a_counter_one_of_a_part_of_the_shop() -> None:
    both = (together(FLAT_WHITE, SCONE), together(FLAT_WHITE, CROISSANT, both=50))
    made = counter(companions=both)
    assert skus(made.card()) == ["S11"]
    assert made.card().withheld[0].detail == "One of its item type is suggested already."
    assert made.why(CROISSANT).line.startswith(
        "Not suggested: it is bought with a habit, but the places went to likelier things."
    )
    provisions = (together(FLAT_WHITE, SENCHA), together(FLAT_WHITE, BEANS, both=50))
    assert skus(counter(companions=provisions).card()) == ["S5"]
    grocery = columns(total_baskets=400)
    assert skus(counter(companions=provisions, columns=grocery).card()) == ["S5", "S3"]


def test_within_a_visit_places_hold_and_an_answer_is_not_replaced_by_another_attempt() -> None:
    often = ((CROISSANT, 60), (JUICE, 50), (KETTLE, 40), (SENCHA, 30))
    both = tuple(together(FLAT_WHITE, other, both=times) for other, times in often)
    before = counter(companions=both)
    first = before.card()
    assert skus(first) == ["S2", "S8", "S6"]
    for answer in AnswerKind:
        after = counter(answered(JUICE, answer, 0, visit_id="V1"), companions=both)
        second = after.card(first=first)
        assert skus(second) == ["S2", "S8", "S6"]
        assert second.answers == {"S8": str(answer)}
        assert "S8" not in skus(after.card(visit_id="V2")) or answer is AnswerKind.TOOK


def test_a_never_to_the_category_clears_the_others_of_it_within_the_visit() -> None:
    both = (together(FLAT_WHITE, CROISSANT), together(FLAT_WHITE, JUICE, both=50))
    first = counter(companions=both).card()
    assert skus(first) == ["S2", "S8"]
    never = answered(JUICE, AnswerKind.NEVER, 0, visit_id="V1", scope="category", category="Bakery")
    second = counter(never, companions=both).card(first=first)
    assert skus(second) == ["S8"]
    assert len(second.silence) == 2
    assert second.silence[0] == "Almond croissant held back: said never to the category."


def test_silence_says_why() -> None:
    assert counter(visits=[], companions=()).card().silence[0] == "Nothing of their own to go by yet."
    assert counter(visits=REGULAR[:1], companions=()).card().silence[0].startswith("Nothing comes back often enough")
    held = counter(answered(CROISSANT, AnswerKind.NEVER)).card()
    assert held.silence[0] == "Almond croissant held back: said never."
    assert held.withheld[0].detail == "Said never to it."


def test_a_candidate_without_an_item_is_passed_over() -> None:
    made = counter(companions=(together(FLAT_WHITE, 4000),))
    assert made.card().suggestions == ()


numbers = st.integers(1, 11)
visits_of = st.lists(st.tuples(st.integers(-2, 200), st.lists(numbers, min_size=1, max_size=5)), max_size=25)
answers_of = st.lists(st.tuples(numbers, st.sampled_from(list(AnswerKind)), st.integers(0, 60)), max_size=6)
counts = st.integers(0, 200)
rows_of = st.lists(st.builds(together, numbers, st.integers(1, 14), counts, counts, st.floats(0, 9)), max_size=12)


@given(visits_of, answers_of, rows_of, st.sets(numbers, max_size=3))
@settings(deadline=None, max_examples=150)
def test_laws_of_the_slate(visits: Any, answers: Any, rows: Any, out: set[int]) -> None:
    """Nothing said never, nothing that is out, no doubles, three places in all, and `why` agrees with the card."""
    items = {no: item(no, on_hand=0 if no in out else None) for no in range(1, 12)}
    events = [answered(number, answer, days) for number, answer, days in answers]
    made = counter(*events, visits=visits, companions=tuple(rows), items=items)
    card = made.card()
    never = {number for number, answer, _ in answers if answer is AnswerKind.NEVER}
    shown_nos = [one.item.item_no for one in card.suggestions]
    assert not never & set(shown_nos)
    assert not never & {one.item.item_no for one in card.due}
    assert not out & set(shown_nos)
    assert PLASTERS not in shown_nos
    assert len(set(shown_nos)) == len(shown_nos)
    assert not {BEANS, BEANS_BIG} <= set(shown_nos)
    assert len(card.suggestions) + len(card.silence) == 3
    assert all(card.silence)
    for number in range(1, 12):
        assert made.why(number).suggested == (number in shown_nos)


def test_a_future_line_does_not_change_the_card() -> None:
    assert counter().card() == counter(visits=[*REGULAR, (-1, [SENCHA, CROISSANT])]).card()


def test_fewer_places_are_the_shops_choice_and_said_so() -> None:
    one = from_tables({"suggest": {"slots": 1}})
    both = (together(FLAT_WHITE, CROISSANT), together(FLAT_WHITE, JUICE))
    made = counter(companions=both, settings=one).card()
    assert len(made.suggestions) == 1
    assert made.silence[0] == "The shop has chosen 1 suggestion a visit."
    assert Settings().suggest.slots == 3


def test_a_habit_that_was_given_up_speaks_for_nothing() -> None:
    croissants = [(day, [FLAT_WHITE, CROISSANT]) for day in range(120, 80, -2)]
    since = [(day, [FLAT_WHITE]) for day in range(78, 0, -2)]
    made = counter(visits=[*croissants, *since], companions=())
    assert CROISSANT not in company_seeds(made.read())
    # Who stayed away altogether has given up nothing.
    away = counter(visits=croissants, companions=())
    assert CROISSANT in company_seeds(away.read())

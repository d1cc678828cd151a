"""What a member says about what is used, kept and permitted: checked, worded, taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk.errors import NotKept, UnknownLine
from clerk.model import AnswerKind, ConsentState, Event, EventKind, Gate, Purpose
from clerk.privacy.consent import basis_of, consents_now
from clerk.visit.feedback import (
    Record,
    consent_event,
    fact_event,
    holds_card_number,
    last_undoable,
    strike_event,
    undoable,
)
from clerk.visit.habits.usual_lines import forbidden
from clerk.visit.profile.statements import statements_in_words
from clerk.visit.suggest.gates import closed_by, gate_context
from tests.visit.build import BEANS, CROISSANT, FLAT_WHITE, NOW, Counter, answered, event, history, item, skus, together

PAST = history([(day, [FLAT_WHITE]) for day in range(20, 0, -2)])


def as_event(record: Record, days_ago: float = 0.0) -> Event:
    return event(record.kind, days_ago, **record.payload)


def test_a_strike_names_one_thing() -> None:
    assert strike_event("M", PAST, line="b0:1").payload == {"line": "b0:1"}
    assert strike_event("M", PAST, sku="S1").payload == {"sku": "S1"}
    assert strike_event("M", PAST, category="Bakery").payload == {"category": "Bakery"}
    assert strike_event("M", PAST, period=(1, 2)).payload == {"since": 1, "until": 2}
    for nothing in ({}, {"line": "b0:99"}, {"line": "x"}, {"period": (2, 1)}):
        with pytest.raises(UnknownLine):
            strike_event("M", PAST, **nothing)


def test_do_not_use_this_silences_what_rested_on_it() -> None:
    made = Counter(PAST, companions=(together(FLAT_WHITE, CROISSANT),))
    (suggestion,) = made.card().suggestions
    assert suggestion.reason.rests_on == "S1"
    assert suggestion.reason.lines == ("b9:1", "b8:1", "b7:1")
    assert "Newest: b9:1, b8:1, b7:1." in suggestion.reason.evidence
    made.events.append(as_event(strike_event("M-1", PAST, sku=suggestion.reason.rests_on)))
    card = made.card()
    assert (skus(card), card.usual.lines, card.history, card.baskets) == ([], (), (), 0)
    made.events.append(event(EventKind.UNDO, event_id=made.events[-1].event_id))
    assert skus(made.card()) == ["S2"]


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1111",
        "pays with 5500-0000-0000-0004",
        "3782 822463 10005",
        "id 12 4111111111111111",
        "6011.0009.9013.9424",
    ],
)
def test_a_payment_card_number_is_never_kept(text: str) -> None:
    with pytest.raises(NotKept) as refused:
        fact_event("M", "note", text)
    assert refused.value.code == "E226"
    assert not any(digit in str(refused.value).replace("E226", "") for digit in "0123456789")


@given(st.text(alphabet="0123456789 -", max_size=40))
def test_texts_without_thirteen_digits_are_no_card_numbers(text: str) -> None:
    if sum(letter.isdigit() for letter in text) < 13:
        assert not holds_card_number(text)


def test_ordinary_statements_are_kept_clean() -> None:
    assert fact_event("M", "note", " prefers\tthe window \u202e ").payload == {
        "fact": "note",
        "text": "prefers the window",
    }
    assert fact_event("M", "note", "phone +44 20 7946 0018, after 17:30").payload["fact"] == "note"
    for fact, text in (("note", "  \u200b "), ("secret", "x")):
        with pytest.raises(NotKept):
            fact_event("M", fact, text)


def test_what_is_stated_stands_on_the_card_what_must_not_be_overlooked_first() -> None:
    facts = [("dislike", "cinnamon"), ("note", "by the window"), ("allergen", "milk")]
    made = Counter(PAST, [event(EventKind.FACT, fact=fact, text=text) for fact, text in facts])
    assert made.card().notes == ("must not have: milk", "by the window", "does not like: cinnamon")


def test_the_usual_warns_of_a_stated_allergen() -> None:
    made = Counter(PAST, [event(EventKind.FACT, fact="allergen", text="white")])
    assert made.card().usual.lines[0].missing == ("its name says white.",)


def test_an_opt_in_after_an_opt_out_names_it() -> None:
    out = as_event(consent_event("M", Purpose.SUGGEST, ConsentState.WITHDRAWN, wording="1", basis="G1"), 2)
    blind = as_event(consent_event("M", Purpose.SUGGEST, ConsentState.GIVEN, wording="1", basis="G1"), 1)
    assert Purpose.SUGGEST not in consents_now((), [out, blind]).allowed
    basis = basis_of([out], Purpose.SUGGEST)
    seen = as_event(consent_event("M", Purpose.SUGGEST, ConsentState.GIVEN, wording="1", basis=basis), 1)
    assert Purpose.SUGGEST in consents_now((), [out, seen]).allowed
    assert basis_of([out, seen], Purpose.SUGGEST) == ""


def test_everything_said_can_be_seen_and_taken_back() -> None:
    events: list[Any] = [
        answered(BEANS, AnswerKind.NEVER, 6),
        event(EventKind.MARK, 5, line="b0:1", mark="gift"),
        event(EventKind.STRIKE, 4, category="Bakery"),
        event(EventKind.STRIKE, 3.5, sku="S1"),
        event(EventKind.STRIKE, 3.2, since=NOW - 86_400, until=NOW),
        event(EventKind.FACT, 3, fact="allergen", text="nuts"),
        event(EventKind.CONSENT, 2, purpose="contact", state="withdrawn", wording="2026-11"),
        event(EventKind.SHOWN, 1, skus=["S1"], visit_id="V"),
        answered(CROISSANT, AnswerKind.NEVER, 1, scope="category", category="Bakery"),
    ]
    words = [one.words for one in statements_in_words(events, {"S3": "House beans", "S1": "Flat white"})]
    assert words == [
        "never to Bakery",
        "does not agree to contact (wording 2026-11)",
        "allergen: nuts",
        "struck out: everything from 3 Oct 2024 to 4 Oct 2024",
        "struck out: every purchase of Flat white (S1)",
        "struck out: everything in Bakery",
        "line b0:1 is a gift",
        "never to House beans (S3)",
    ]
    for wanted in (events[8], events[5], events[4], events[3], events[2], events[1], events[0]):
        last = last_undoable(events)
        assert last is wanted
        events.append(event(EventKind.UNDO, event_id=last.event_id))
    assert last_undoable(events) is None
    assert [one.kind for one in statements_in_words(events, {})] == [EventKind.CONSENT]


def test_one_of_many_is_taken_back_by_the_beginning_of_its_id() -> None:
    events = [Event(f"abc-{n}", EventKind.FACT, NOW, "M", "a", {"fact": "note", "text": "x"}) for n in range(2)]
    assert undoable(events, "abc-1") is events[1]
    assert undoable(events, "abc") is None
    assert undoable(events, "") is None


def test_a_visit_is_counted_whatever_its_marks_and_a_struck_one_is_not() -> None:
    made = Counter(PAST)
    assert (made.card().visits, made.card().baskets) == (10, 10)
    made.events.append(event(EventKind.MARK, line="b9:1", mark="gift"))
    assert (made.card().visits, made.card().baskets, made.card().last_at) == (10, 9, int(PAST.basket_at[9]))
    made.events.append(event(EventKind.STRIKE, line="b9:1"))
    assert (made.card().visits, made.card().last_at) == (9, int(PAST.basket_at[8]))


def test_nobody_is_counted_who_is_not_remembered() -> None:
    made = Counter(PAST, [event(EventKind.CONSENT, purpose="remember", state="withdrawn", wording="1")])
    assert (made.card().visits, made.card().last_at) == (0, None)


@pytest.mark.parametrize(("fact", "gate"), [("allergen", Gate.ALLERGEN), ("dislike", Gate.DISLIKED)])
def test_an_item_of_unknown_facts_is_kept_back_from_who_stated_something(fact: str, gate: Gate) -> None:
    read = Counter(PAST, [event(EventKind.FACT, fact=fact, text="sesame")]).read()
    closed = closed_by(CROISSANT, gate_context(read, {}, ()))
    assert closed is not None
    assert closed[0] is gate
    assert closed_by(CROISSANT, gate_context(Counter(PAST).read(), {}, ()))[0] is Gate.NOT_GOOD_ENOUGH  # type: ignore[index]


@pytest.mark.parametrize(
    ("said", "contains", "words"),
    [
        ("Dairy", "Milk", "Contains milk, and Dairy is stated."),
        ("lactose", "milk", "Contains milk, and lactose is stated."),
        ("nuts", "Hazelnuts", "Contains hazelnut, and nuts is stated."),
        ("hazelnut", "Tree nuts", "Contains nut, and hazelnut is stated."),
        ("wheat", "gluten", "Contains gluten, and wheat is stated."),
        ("soya", "Soy", "Contains soy, and soya is stated."),
        ("milk", "Milk", "Contains milk."),
    ],
)
def test_an_allergen_is_known_by_its_other_names(said: str, contains: str, words: str) -> None:
    assert forbidden(replace(item(FLAT_WHITE), allergens=(contains,)), (), [said]) == (words,)


def test_an_allergen_of_another_kind_holds_nothing_back() -> None:
    assert forbidden(replace(item(FLAT_WHITE), allergens=("almond",)), (), ["hazelnut", "fish"]) == ()
    assert forbidden(replace(item(FLAT_WHITE), name="Coconut water"), (), ["nuts"]) == ()


def test_why_never_says_that_nothing_is_in_an_item_of_which_nothing_was_filled_in() -> None:
    made = Counter(PAST, [event(EventKind.FACT, fact="allergen", text="sesame")])
    told = next(words for gate, _, words in made.why(CROISSANT).gates if gate is Gate.ALLERGEN)
    assert told == "Not stated what is in it, and the member must not have: sesame."
    own = Counter(history([(day, [CROISSANT]) for day in range(9, 0, -1)]), made.events)
    told = next(words for gate, _, words in own.why(CROISSANT).gates if gate is Gate.ALLERGEN)
    assert told.startswith("The shop filled in no allergens for it")
    assert told.endswith("items name only what the shop filled in.")

"""Whom things are for, and diets that people keep to: what is not said, on which evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.model import EventKind, Gate, Item, ItemColumns, Trait, UsualState
from clerk.visit.habits.diets import kept_diets, lower_bound, outside_diets, same_sort
from clerk.visit.suggest.gates import GATES, closed_by, gate_context, may_stand_in
from tests.visit.build import (
    BEANS,
    CROISSANT,
    FILTER,
    FLAT_WHITE,
    GENMAICHA,
    OAT,
    SCONE,
    SENCHA,
    WHOLE,
    Bought,
    Counter,
    columns,
    event,
    history,
    item,
    skus,
    together,
)  # fmt: skip

MILK_DRINK = Trait.MILK | Trait.MILK_CHOICE
VEGAN = Trait.VEGAN | Trait.VEGETARIAN
ANIMAL = Trait.MILK | Trait.EGG


def shop(
    *, sets: dict[int, Trait] | None = None, audience: dict[int, str] | None = None, **traits: Trait
) -> ItemColumns:
    """The shop of `build`, with traits by item (`i1=...`), traits of modifier sets, and whom items are for."""
    made = columns()
    of_item, of_set = np.zeros_like(made.traits), np.zeros_like(made.set_traits)
    for name, bits in traits.items():
        of_item[int(name[1:])] = int(bits)
    for number, bits in (sets or {}).items():
        of_set[number] = int(bits)
    names = ("", *sorted(set((audience or {}).values())))
    whom = np.array([names.index((audience or {}).get(number, "")) for number in range(len(of_item))], dtype=np.int32)
    return replace(made, traits=of_item, set_traits=of_set, audience=whom, audiences=names)


MILKY = shop(
    sets={OAT: Trait.PLANT_MILK, WHOLE: MILK_DRINK},
    i1=MILK_DRINK | Trait.CAN_PLANT_MILK,  # flat white
    i9=MILK_DRINK,  # a coffee that only comes with milk
    i2=Trait.MILK,  # croissant
    i11=Trait.MILK,  # scone
    i7=Trait.MILK,
)


def gate(visits: Sequence[Bought], number: int, of: ItemColumns = MILKY, **more: Any) -> tuple[Gate, str] | None:
    """The first closed gate apart from whether there is a reason to mention it."""
    context = gate_context(
        Counter(history(visits), columns=of, **more).read(), {no: item(no) for no in range(1, 12)}, ()
    )
    closed = closed_by(number, context)
    return None if closed is None or closed[0] is Gate.NOT_GOOD_ENOUGH else closed


OAT_DAILY: list[Bought] = [(day, [(FLAT_WHITE, OAT)]) for day in range(40, 0, -2)]


def test_milk_is_not_mentioned_to_whom_takes_plant_milk() -> None:
    closed = gate(OAT_DAILY, FILTER)
    assert closed == (Gate.DIET, "It has milk in it; took plant milk in 20 of the last 20 choices between it and milk.")


def test_what_can_be_had_with_plant_milk_is_mentioned_to_them() -> None:
    of = shop(sets={OAT: Trait.PLANT_MILK}, i1=MILK_DRINK | Trait.CAN_PLANT_MILK, i9=MILK_DRINK | Trait.CAN_PLANT_MILK)
    assert gate(OAT_DAILY, FILTER, of) is None


def test_who_buys_food_with_milk_again_and_again_is_told_of_food_with_milk_but_not_of_milk() -> None:
    visits = [*OAT_DAILY, *[(day, [CROISSANT]) for day in range(39, 3, -6)]]
    assert gate(visits, SCONE) is None
    assert gate(visits, FILTER) is not None
    assert gate(OAT_DAILY, SCONE) is not None
    assert gate([*OAT_DAILY, (5, [CROISSANT])], SCONE) is not None, "once is not again and again"


def test_what_somebody_buys_again_and_again_is_never_outside_their_diet() -> None:
    visits = [*OAT_DAILY, (15, [FILTER]), (31, [FILTER])]
    context = gate_context(Counter(history(visits), columns=MILKY).read(), {}, ())
    assert next(closes(FILTER, context) for gate, closes, _ in GATES if gate is Gate.DIET) is None


@pytest.mark.parametrize(
    ("oat", "whole", "keeps"), [(1, 0, False), (2, 0, True), (5, 5, False), (15, 3, True), (11, 9, False)]
)
def test_a_choice_is_kept_to_where_a_lower_bound_says_mostly(oat: int, whole: int, keeps: bool) -> None:
    visits = [(100 - day, [(FLAT_WHITE, OAT)]) for day in range(oat)]
    visits += [(200 - day, [(FLAT_WHITE, WHOLE)]) for day in range(whole)]
    found = kept_diets(Counter(history(visits), columns=MILKY).read())
    assert bool(found) is keeps


def test_a_thing_without_milk_bought_for_itself_is_no_choice_of_milk() -> None:
    bread = shop(sets={OAT: Trait.PLANT_MILK, WHOLE: MILK_DRINK}, i5=Trait.LACTOSE_FREE)
    assert kept_diets(Counter(history([(day, [5]) for day in range(1, 40, 2)]), columns=bread).read()) == ()


def test_who_changed_to_oat_keeps_to_oat_whatever_they_took_for_years() -> None:
    visits = [(400 - day, [(FLAT_WHITE, WHOLE)]) for day in range(0, 300, 2)]
    visits += [(50 - day, [(FLAT_WHITE, OAT)]) for day in range(0, 40, 2)]
    assert [one.diet.name for one in kept_diets(Counter(history(visits), columns=MILKY).read())] == [
        "plant milk", "lactose-free"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("of_it", "has", "choice"),
    [
        (Trait.DECAF, Trait.CAFFEINE, Trait.CAFFEINE_CHOICE),
        (Trait.SUGAR_FREE, Trait.SUGAR, Trait.SUGAR_CHOICE),
        (Trait.ALCOHOL_FREE, Trait.ALCOHOL, Trait.ALCOHOL_CHOICE),
        (Trait.LACTOSE_FREE | MILK_DRINK, Trait.MILK, Trait.MILK_CHOICE),
    ],
)
def test_other_choices_are_kept_to_in_the_same_way(of_it: Trait, has: Trait, choice: Trait) -> None:
    of = shop(sets={OAT: of_it}, i1=has | choice, i9=has | choice)
    assert outside(OAT_DAILY, FILTER, of)
    assert not outside([*OAT_DAILY, *[(day, [(FLAT_WHITE, 0)]) for day in range(39, 0, -2)]], FILTER, of)


def outside(visits: Sequence[Bought], number: int, of: ItemColumns) -> bool:
    read = Counter(history(visits), columns=of).read()
    return outside_diets(number, kept_diets(read), read) is not None


def test_a_whole_diet_needs_more_than_what_anybody_buys() -> None:
    of = shop(i2=VEGAN, i11=ANIMAL, i5=VEGAN, i10=VEGAN)
    bakery = [(day, [CROISSANT]) for day in range(40, 0, -8)]
    tea = [(day, [SENCHA]) for day in range(39, 0, -2)]
    assert not outside(tea, SCONE, of), "in that kind there is nothing else"
    rare = replace(of, baskets=np.where(np.arange(12) == CROISSANT, 20, of.baskets).astype(np.int32))
    assert outside(bakery, SCONE, rare), "hardly anybody buys only this one of the bakery"
    assert not outside(bakery[:2], SCONE, rare), "twice may be chance"
    assert not outside([*bakery, (3, [SCONE]), (5, [SCONE]), (7, [SCONE])], SCONE, rare)
    common = replace(of, baskets=np.where(np.arange(12) == SCONE, 5, of.baskets).astype(np.int32))
    assert not outside(bakery, SCONE, common), "nearly everybody buys only this one of the bakery"


def test_things_for_children_or_pets_are_mentioned_to_whom_bought_of_them_and_the_answer_says_how_often() -> None:
    of = shop(audience={CROISSANT: "children", SCONE: "children; pets", BEANS: "pets"})
    regular = [(day, [FLAT_WHITE]) for day in range(40, 0, -2)]
    assert gate(regular, CROISSANT, of) == (Gate.AUDIENCE, "For children, and such things were bought in no basket.")
    once = [*regular, (3, [SCONE])]
    assert gate(once, CROISSANT, of) == (Gate.AUDIENCE, "For children, and such things were bought in 1 basket.")
    twice = [*once, (33, [SCONE])]
    assert gate(twice, CROISSANT, of) is None
    told = {gate: words for gate, _, words in Counter(history(twice), columns=of).why(CROISSANT).gates}
    assert told[Gate.AUDIENCE] == "For children; such things were bought in 2 baskets."
    gifts = {f"b{number}:1": 2 for number in range(60)}
    marked = Counter(history([(9, [CROISSANT]), (8, [CROISSANT])], gifts), columns=of).read()
    assert closed_by(SCONE, gate_context(marked, {SCONE: item(SCONE)}, ())) is not None, "gifts are no taste"


def test_what_is_no_thing_to_mention_is_in_no_usual_not_due_and_never_suggested() -> None:
    flags = columns().flags.copy()
    flags[[CROISSANT, BEANS]] = ItemColumns.UNMENTIONED
    of = columns(flags=flags)
    visits = [(day, [FLAT_WHITE, CROISSANT, *([BEANS] if day % 12 == 2 else [])]) for day in range(62, 0, -2)]
    card = Counter(history(visits), columns=of, companions=(together(FLAT_WHITE, CROISSANT),)).card()
    assert card.usual.state is UsualState.USUAL
    assert {line.item.item_no for line in (*card.usual.lines, *card.usual.last_time)} == {FLAT_WHITE}
    assert {one.item.item_no for one in card.due} <= {FLAT_WHITE}
    assert not {"S2", "S3"} & set(skus(card))
    assert all(one.item.item_no not in (CROISSANT, BEANS) for one in card.withheld), "not even named"
    assert gate(visits, CROISSANT, of) == (Gate.UNMENTIONED, "A deposit, a fee, a thing without a name or the like.")


def test_alcohol_is_mentioned_only_to_whom_bought_of_its_kind_even_where_no_shop_says_for_adults() -> None:
    of = shop(i5=Trait.ALCOHOL, i10=Trait.ALCOHOL)
    assert gate([(day, [FLAT_WHITE]) for day in range(9)], GENMAICHA, of) == (
        Gate.SENSITIVE, "With alcohol, and never bought one of its kind here."
    )  # fmt: skip
    assert gate([(day * 9, [SENCHA]) for day in range(5, 9)], GENMAICHA, of) is None


TRAITS = st.builds(lambda bits: Trait(bits), st.integers(0, (1 << 22) - 1))
PURCHASES = st.lists(
    st.tuples(st.integers(1, 11), st.integers(0, 3)), min_size=0, max_size=25
).map(lambda things: [(float(len(things) - at), [thing]) for at, thing in enumerate(things)])  # fmt: skip
WHOM = st.dictionaries(st.integers(1, 11), st.sampled_from(["children", "pets", "children; pets"]), max_size=5)


@st.composite
def shops(draw: st.DrawFn) -> ItemColumns:
    """Any traits and audiences of the items."""
    made = shop(audience=draw(WHOM), **{f"i{no}": draw(TRAITS) for no in draw(st.sets(st.integers(1, 11), max_size=6))})
    sets = np.array([0, *(int(draw(TRAITS)) for _ in range(3))], dtype=np.int32)
    return replace(made, set_traits=sets)


@settings(max_examples=100, deadline=None)
@given(PURCHASES, shops())
def test_no_suggestion_and_no_stand_in_crosses_an_audience_or_a_kept_diet(
    visits: list[Bought], of: ItemColumns
) -> None:
    companions = tuple(together(one, other) for one in range(1, 12) for other in range(1, 12) if one != other)
    made = Counter(history(visits), columns=of, companions=companions)
    read, items = made.read(), {no: item(no, audience=_whom(of, no)) for no in range(1, 12)}
    kept, context = kept_diets(read), gate_context(read, items, ())
    baskets: dict[int, set[int]] = {}
    for at in np.flatnonzero(read.habits.taste).tolist():
        baskets.setdefault(int(read.profile.history.item[at]), set()).add(int(read.profile.history.basket[at]))

    def crosses(number: int) -> bool:
        own = len(baskets.get(number, ())) >= 2
        whom = set(_whom(of, number))
        bought = set().union(*(held for no, held in baskets.items() if whom & set(_whom(of, no))))
        for_others = bool(whom) and len(bought) < 2
        traits = Trait(int(of.traits[number]))
        plain_outside = any(
            traits & one.diet.outside and not traits & (one.diet.is_of | one.diet.can)
            and one.diet.outside != Trait.MILK and not traits & Trait.CAN_PLANT_MILK
            for one in kept
        )  # fmt: skip
        milk = any(one.diet.name == "plant milk" for one in kept) and bool(traits & Trait.MILK_CHOICE)
        milk = milk and bool(traits & Trait.MILK) and not traits & (Trait.PLANT_MILK | Trait.CAN_PLANT_MILK)
        return for_others or (not own and (plain_outside or milk))

    for one in made.card().suggestions:
        assert not crosses(one.item.item_no)
    for out in range(1, 12):
        for near in range(1, 12):
            if near != out and may_stand_in(near, out, context):
                assert not crosses(near)
                assert set(items[near].audience) == set(items[out].audience)
                assert same_sort(Trait(int(of.traits[out])), Trait(int(of.traits[near])))


def _whom(of: ItemColumns, number: int) -> tuple[str, ...]:
    name = of.audiences[int(of.audience[number])]
    return tuple(name.split("; ")) if name else ()


ALLERGENS = st.sampled_from(["milk", "nuts", "gluten", "sesame"])


@settings(max_examples=100, deadline=None)
@given(PURCHASES, ALLERGENS, st.lists(st.one_of(st.none(), st.sets(ALLERGENS, max_size=2)), min_size=11, max_size=11))
def test_what_is_not_known_never_passes_as_known_where_an_allergen_was_stated(
    visits: list[Bought], allergen: str, stated: list[set[str] | None]
) -> None:
    items = {
        no: item(no, name=f"Thing {no}", allergens=tuple(sorted(said or ())), no_allergens=said == set())
        for no, said in enumerate(stated, start=1)
    }
    companions = tuple(together(one, other) for one in range(1, 12) for other in range(1, 12) if one != other)
    said = [event(EventKind.FACT, fact="allergen", text=allergen)]
    made = Counter(history(visits), said, items=items, companions=companions)
    own = {int(number) for number in made.past.item}

    def is_safe(one: Item) -> bool:
        return allergen not in one.allergens and (one.allergens_stated or one.durable or one.item_no in own)

    assert all(is_safe(one.item) for one in made.card().suggestions)
    context = gate_context(made.read(), items, ())
    for out in range(1, 12):
        for near in range(1, 12):
            if near != out and may_stand_in(near, out, context):
                assert is_safe(items[near])
    for number in range(1, 12):
        told = next(words for gate, _, words in made.why(number).gates if gate is Gate.ALLERGEN)
        assert items[number].allergens_stated or "not stated" in told.lower() or "filled in no" in told


@given(TRAITS, TRAITS)
def test_a_thing_stands_in_for_itself_and_plant_milk_never_for_milk_nor_the_other_way_round(
    one: Trait, other: Trait
) -> None:
    assert same_sort(one, one) or (one & Trait.MILK_CHOICE and not one & Trait.MILK)
    if same_sort(one, other):
        assert not (one & Trait.IS & ~other & ~(Trait.PLANT_MILK | Trait.LACTOSE_FREE))
        assert not (other & Trait.PLANT_MILK and not one & Trait.PLANT_MILK)
        if one & Trait.PLANT_MILK:
            assert other & (Trait.PLANT_MILK | Trait.CAN_PLANT_MILK)


@given(st.integers(0, 40), st.integers(0, 40))
def test_a_lower_bound_is_below_the_share_and_grows_with_what_is_seen(times: int, more: int) -> None:
    of = times + more
    bound = lower_bound(times, of)
    assert 0.0 <= bound <= (times / of if of else 0.0) + 1e-12
    assert lower_bound(2 * times, 2 * of) >= bound - 1e-12

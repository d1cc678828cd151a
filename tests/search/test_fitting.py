"""Whether an item fits: stated, not known, or not; nothing that is not stated passes."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk.model import Item
from clerk.search.fitting import Fit, facts_of, fit, suits, without
from clerk.search.question import understood
from clerk.search.vocabulary import Phrases, vocabulary

CHEMIST = Path(__file__).parents[2] / "benchmarks" / "questions" / "chemist_items.csv"
THINGS = vocabulary().things
DIETS = vocabulary().diets


def item(name: str = "Thing", description: str = "", **stated: object) -> Item:
    return Item(1, "S", name, description, **stated)  # type: ignore[arg-type]


def level(found: Item, question: str) -> Fit:
    return fit(found, understood(question), "GBP")[0]


def chemist() -> list[Item]:
    """The items of another trade."""
    with CHEMIST.open(newline="", encoding="utf-8") as file:
        return [
            Item(
                number, row["sku"], row["name"], row["description"], row["category"], row["brand"],
                price_minor=round(float(row["price"]) * 100),
                allergens=tuple(one for one in row["allergens"].split("; ") if one not in ("", "none")),
                no_allergens=row["allergens"] == "none",
                diets=tuple(one for one in row["diets"].split("; ") if one),
            )
            for number, row in enumerate(csv.DictReader(file), 1)
        ]  # fmt: skip


any_item = st.sampled_from(chemist())
any_thing = st.sampled_from(sorted(THINGS))
allergen = st.sampled_from(sorted(name for name, thing in THINGS.items() if thing.allergen))


@given(any_item, allergen)
def test_what_a_shop_states_to_be_in_it_is_never_shown_without_it(found: Item, name: str) -> None:
    """Whatever else its name, text and diets say."""
    told = Item(
        **{**{slot: getattr(found, slot) for slot in Item.__slots__}, "allergens": (name,), "no_allergens": False}
    )
    assert without(facts_of(told), THINGS[name]).fit is Fit.NOT


@given(any_item, any_thing)
def test_nothing_passes_of_which_nothing_is_stated(found: Item, name: str) -> None:
    bare = item("Thing", "")
    assert without(facts_of(bare), THINGS[name]).fit is Fit.UNKNOWN
    told = without(facts_of(found), THINGS[name])
    assert (told.note != "") == (told.fit is Fit.UNKNOWN)


@given(st.sampled_from(sorted(DIETS)))
def test_no_diet_passes_of_which_nothing_is_stated(name: str) -> None:
    assert suits(facts_of(item()), DIETS[name]).fit is Fit.UNKNOWN
    assert suits(facts_of(item(no_allergens=True)), DIETS[name]).fit is Fit.UNKNOWN


@given(any_item, allergen)
def test_a_description_alone_never_makes_an_allergen_safe(found: Item, name: str) -> None:
    word = {"lactose": "lactose"}.get(name, name)
    told = item("Thing", f"Made without {word}. Contains no {word}, {word}-free and free of {word}.")
    assert without(facts_of(told), THINGS[name]).fit is not Fit.STATED


@given(any_item, st.sampled_from(sorted(THINGS)), st.sampled_from(("", "With ", "May contain ", "Traces of ")))
def test_what_the_text_names_is_not_passed(found: Item, name: str, before: str) -> None:
    word = {"sweet": "sweet"}.get(name, name)
    told = item(found.name, f"{before}{word}.")
    assert without(facts_of(told), THINGS[name]).fit is not Fit.STATED or found.diets


@pytest.mark.parametrize(
    ("found", "question", "expected"),
    [
        (item("Latte", "Espresso and steamed milk."), "without milk", Fit.NOT),
        (item("Latte", "Espresso and steamed milk.", allergens=("milk",)), "without milk", Fit.NOT),
        (item("Americano", "Room for milk on request.", no_allergens=True), "without milk", Fit.UNKNOWN),
        (item("Americano", "Espresso and hot water.", no_allergens=True), "without milk", Fit.STATED),
        (item("Loaf", "", allergens=("gluten",)), "without milk", Fit.STATED),
        (item("Loaf", "", allergens=("E472",)), "without milk", Fit.UNKNOWN),
        (item("Loaf", "", allergens=("Weizen",)), "gluten free", Fit.NOT),
        (item("Bar", "", allergens=("may contain nuts",)), "no nuts", Fit.NOT),
        (item("Oat milk"), "without milk", Fit.UNKNOWN),
        (item("Oat milk", no_allergens=True), "without milk", Fit.STATED),
        (item("Gluten-free granola", "Oats and seeds."), "gluten free", Fit.STATED),
        (item("Loaf", "This loaf is not gluten-free."), "gluten free", Fit.NOT),
        (item("Earl Grey", "Best without milk.", no_allergens=True), "without milk", Fit.UNKNOWN),
        (item("Syrup", "Burnt sugar syrup without milk."), "without milk", Fit.UNKNOWN),
        (item("Ginger beer", "No alcohol."), "alcohol-free", Fit.STATED),
        (item("Stout", age_restricted=True), "alcohol-free", Fit.NOT),
        (item("Decaf beans", "With the caffeine removed."), "without caffeine", Fit.UNKNOWN),
        (item("Hot chocolate", "Contains a little caffeine from the cocoa."), "without caffeine", Fit.NOT),
        (item("Milk", allergens=("milk",), diets=("lactose-free",)), "lactose free", Fit.STATED),
        (item("Milk", allergens=("milk",), diets=("lactose-free",)), "without milk", Fit.NOT),
        (item("Yaourt sans lactose"), "without milk", Fit.UNKNOWN),
        (item("Yaourt sans lactose"), "sans lactose", Fit.STATED),
        (item("Yogur", "0 % materia grasa"), "sin grasa", Fit.STATED),
        (item("Cake", allergens=("milk",), diets=("vegan",)), "vegan", Fit.NOT),
        (item("Bar", diets=("vegan",)), "vegetarian", Fit.STATED),
        (item("Bar", "Not suitable for vegans."), "vegan", Fit.NOT),
        (item("Toast", "With honey."), "vegan", Fit.NOT),
        (item("Cheddar", allergens=("milk",)), "without cheese", Fit.UNKNOWN),
        (item("Cheese toast"), "without cheese", Fit.NOT),
        (item("Roll", allergens=("gluten",)), "without cheese", Fit.STATED),
        (item("Pan", "Without a lid."), "without palm oil", Fit.UNKNOWN),
        (item("Vollmilch"), "without milk", Fit.NOT),
        (item("Laktosefreie Milch"), "lactose free", Fit.STATED),
        (item("Pan", price_minor=1000), "under 10", Fit.NOT),
        (item("Pan", price_minor=1000), "up to 10", Fit.STATED),
        (item("Pan"), "under 10", Fit.UNKNOWN),
        (item("Pan", on_hand=0), "pan in stock", Fit.NOT),
    ],
)  # fmt: skip
def test_how_an_item_stands_to_a_question(found: Item, question: str, expected: Fit) -> None:
    assert level(found, question) is expected


def test_a_variant_holds_what_the_thing_holds_that_it_is_a_variant_of() -> None:
    small = item("Granola", "Oats baked with honey.")
    kilo = item("Granola, 1 kg", "For families.", variant_of="S")
    assert fit(kilo, understood("vegan"), "GBP")[0] is Fit.UNKNOWN
    assert fit(kilo, understood("vegan"), "GBP", small)[0] is Fit.NOT


def test_what_is_not_known_is_said() -> None:
    assert fit(item("Loaf"), understood("no nuts, vegan, under 5"), "GBP") == (
        Fit.UNKNOWN, "nuts: not stated · vegan: not stated · price: not stated",
    )  # fmt: skip


@given(st.lists(st.text(alphabet="abcdefg é-", min_size=1, max_size=12), max_size=6), st.text(max_size=40))
def test_looking_up_phrases_breaks_at_nothing(phrases: list[str], text: str) -> None:
    known = Phrases((phrase, phrase) for phrase in phrases)
    words = tuple(text.split()) or ("x",)
    for place in range(len(words)):
        known.at(words, place)


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("Vegan Feta Block", "vegan cheese"), ("Vegan Feta Block", "vegan"), ("Veganer Käse", "veganer Käse"),
        ("Crème de nuit végane", "crème végane"), ("Queso vegano", "queso vegano"), ("Vegetarian Salami", "vegetarian"),
    ],
)  # fmt: skip
def test_a_claim_in_its_own_name_counts_over_a_word_that_mostly_holds_it(name: str, question: str) -> None:
    assert level(item(name), question) is Fit.STATED
    assert level(item(name, allergens=("milk",)), "vegan") is Fit.NOT
    assert level(item(name, "Not vegan."), "vegan") is Fit.NOT


@pytest.mark.parametrize(
    "name", ["Vegan Burger with Cheese", "Vegan Wrap & Feta", "Vegan Milk Chocolate", "Non-vegan Feta",
             "Veganer Burger mit Käse",
             "Burger végane et fromage", "Hamburguesa vegana con queso"]
)  # fmt: skip
def test_a_claim_beside_something_else_does_not_count_over_it(name: str) -> None:
    assert level(item(name), "vegan") is Fit.NOT


@pytest.mark.parametrize(
    "name", ["Lactose Free Milk 1 l", "Laktosefreie Milch", "Lait sans lactose", "Leche sin lactosa"]
)
def test_milk_without_lactose_states_milk_and_has_no_lactose(name: str) -> None:
    found = item(name, allergens=("milk",))
    assert level(found, "lactose free milk") is Fit.STATED
    assert level(found, "without milk") is Fit.NOT
    assert level(item(name, allergens=("lactose",)), "lactose free milk") is Fit.NOT

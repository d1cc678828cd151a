"""What names and categories say of an item, in several languages, and what they do not say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk.languages.item_words import item_words
from clerk.model import Trait

WORDS = item_words()


@pytest.mark.parametrize(
    ("name", "category", "whom"),
    [
        ("Babyccino", "Drinks", ("children",)),
        ("Kids' hot chocolate", "Drinks", ("children",)),
        ("Children’s book", "", ("children",)),
        ("Diapers, size 4", "Drugstore > Baby & Toddler", ("children",)),
        ("Kinderkakao", "Getränke", ("children",)),
        ("Kinderkeks Dino", "", ("children",)),
        ("Kindertee Fenchel", "Getränke > Tee", ("children",)),
        ("Bärchen", "Backwaren > Kindergebäck", ("children",)),
        ("Kinderschokolade", "", ()),
        ("Kinder Bueno", "", ()),
        ("Dog Rose", "Garden > Plants", ()),
        ("Biberon 250 ml", "", ("children",)),
        ("Pañales talla 4", "", ("children",)),
        ("おもちゃの車", "", ("children",)),
        ("Dry food, chicken, 2 kg", "Dog foods", ("pets",)),
        ("Puppy treats", "", ("pets",)),
        ("Hundefutter Rind", "", ("pets",)),
        ("Croquettes", "Chien", ("pets",)),
        ("猫用おやつ", "", ("pets",)),
        ("Ball", "Dog and cat toys", ("pets",)),
        ("Hot dog", "Snacks", ()),
        ("Baby spinach, 200 g", "Vegetables", ()),
        ("Baby carrots", "Produce", ()),
        ("Catfish fillet", "Fish", ()),
        ("Kidney beans", "Tins", ()),
        ("Water, 1 litre PET bottle", "Drinks", ()),
        ("ペットボトル 緑茶", "飲料", ()),
        ("Langues de chat", "Biscuits", ()),
        ("Doggedly good granola", "", ()),
    ],
)
def test_whom_an_item_is_for_by_its_words(name: str, category: str, whom: tuple[str, ...]) -> None:
    assert WORDS.audience(name, category) == whom


@pytest.mark.parametrize(
    "name",
    ["Tip", "TIP", "Gratuity", "Gift Card - $25.00", "Gift card 25", "Shipping Protection", "Carrier bag", "Misc",
     "Bottle deposit", "Delivery fee", "Miscellaneous", "Coupon", "Donation", "Custom Amount", "Trinkgeld", "Pfand",
     "Gutschein", "Geschenkkarte 50 €", "Pourboire", "Carte cadeau", "Propina", "Tarjeta regalo", "レジ袋",
     "Becherpfand", "Flaschenpfand 0,25", "Pfand Mehrwegbecher", "Pfandbon", "Mehrweg-Pfandrückgabe", "Papiertüte",
     "Frühstücksgutschein", "Lieferpauschale", "Premium Diesel", "Red Diesel", "LPG Autogas", "Pallet Deposit",
     "Gas Bottle Deposit", "Unknown Item", "Till Adjustment", "Call-out charge", "Click & Collect Fee", "Sac kraft",
     "Divers", "Article divers", "Consigne flacon", "Acompte commande", "Avoir client", "Bag for Life", "Corkage",
     "Donation - Dogs Trust", "Bon d'achat 10 €", "Keg Deposit Refund", "Honoraires de dispensation",
     "ギフトカード", "チップ", "10452", "---", "Item 1004712", "Service charge (10%)"],
)  # fmt: skip
def test_what_is_no_thing_to_mention(name: str) -> None:
    assert WORDS.is_unmentioned("S1", name, "")


@pytest.mark.parametrize(
    "name",
    ["Asparagus tips", "Breakfast tea, 50 bags", "Canvas tote bag", "Tea bags", "Gift set", "Greeting card", "Ham",
     "Fee tail ale", "Yoghurt, deposit included", "Misc-match socks", "7 Up", "Essential oil", "Tipsy trifle", "Bonbon",
     "Sachet", "お茶", "Service plate", "Bag of apples", "Diesel jeans", "Montre Diesel", "Bag of coffee", "Tote bag",
     "Depth Charge", "Fitbit Charge 6", "Red Dead Redemption", "Sac plastique congélation",
     "Schultüte", "Eistüte", "Wundertüte", "Dinner service", "Quarkbällchen-Tüte", "Coffee", "Toffee",
     "Rechargeable lamp", "Bottle", "Sac à dos", "Salade d'hiver", "Unknown Pleasures poster", "Pfannkuchen"],
)  # fmt: skip
def test_what_only_sounds_like_it_may_be_mentioned(name: str) -> None:
    assert not WORDS.is_unmentioned("S1", name, "Shop > Things")


def test_an_item_without_a_name_is_called_by_its_number_and_not_mentioned() -> None:
    assert WORDS.is_unmentioned("D-10452", "D-10452", "Drinks")
    assert WORDS.is_unmentioned("10452", "10452", "Drinks")
    assert not WORDS.is_unmentioned("Latte", "Latte", "Drinks"), "a shop whose numbers are names"
    assert not WORDS.is_unmentioned("7UP", "7 Up", "Drinks")
    assert WORDS.is_unmentioned("X", "Regular unleaded", "Fuel")


@pytest.mark.parametrize(
    ("name", "category", "allergens", "diets", "has", "has_not"),
    [
        ("Latte", "Coffee", "", (), Trait.MILK | Trait.CAFFEINE, Trait.PLANT_MILK),
        ("Oat latte", "Coffee", "", (), Trait.PLANT_MILK, Trait.MILK),
        ("Oat latte", "Coffee", "milk", (), Trait.MILK, Trait.PLANT_MILK),
        ("Hazelnut latte", "Coffee", "", (), Trait.MILK, Trait.PLANT_MILK),
        ("Hazelnut milk chocolate", "Sweets", "", (), Trait.MILK, Trait.PLANT_MILK),
        ("Hafermilch 1 l", "", "", (), Trait.PLANT_MILK, Trait.MILK),
        ("Lait d'avoine", "", "", (), Trait.PLANT_MILK, Trait.MILK),
        ("豆乳 1L", "", "", (), Trait.PLANT_MILK, Trait.MILK),
        ("Whole milk, 1 litre", "Fridge", "", (), Trait.MILK | Trait.MILK_CHOICE, Trait.PLANT_MILK),
        ("2% milk", "Dairy", "", (), Trait.MILK_CHOICE, Trait.PLANT_MILK),
        ("Milk chocolate", "Sweets", "", (), Trait.MILK, Trait.MILK_CHOICE),
        ("Peanut butter", "", "", (), Trait(0), Trait.MILK),
        ("Butter croissant", "", "", (), Trait.MILK | Trait.GLUTEN, Trait(0)),
        ("Butter croissant", "", "none", (), Trait(0), Trait.MILK | Trait.GLUTEN),
        ("Croissant", "", "gluten; milk", (), Trait.MILK | Trait.GLUTEN, Trait(0)),
        ("Olive oil", "Pasta, oil and sauces", "", (), Trait(0), Trait.GLUTEN),
        ("Decaf beans", "Coffee beans", "", (), Trait.DECAF, Trait.CAFFEINE),
        ("House beans", "Coffee beans", "", ("decaf",), Trait.DECAF, Trait.CAFFEINE),
        ("Hot chocolate", "Drinks > Without coffee", "", (), Trait(0), Trait.CAFFEINE),
        ("Crème de nuit végane", "", "", (), Trait.VEGAN, Trait.MILK),
        ("Vegan cheese", "", "", (), Trait.VEGAN | Trait.VEGETARIAN, Trait.MILK),
        ("Alkoholfreies Bier", "", "", (), Trait.ALCOHOL_FREE, Trait.ALCOHOL),
        ("Bier alkoholfrei", "", "", (), Trait.ALCOHOL_FREE, Trait.ALCOHOL),
        ("Ginger beer", "", "", (), Trait(0), Trait.ALCOHOL),
        ("Coffee stout", "Beer", "", (), Trait.ALCOHOL, Trait(0)),
        ("White wine vinegar", "", "", (), Trait(0), Trait.ALCOHOL),
        ("Sugar-free vanilla syrup", "", "", (), Trait.SUGAR_FREE, Trait.SUGAR),
        ("Gluten-free bread", "", "", (), Trait.GLUTEN_FREE, Trait.GLUTEN),
        ("Night Train", "Wines, Beers & Spirits > Red", "", (), Trait.ALCOHOL, Trait(0)),
        ("Hauswein 1", "Bier und Wein", "", (), Trait.ALCOHOL, Trait(0)),
        ("Nosecco", "Wines, Beers & Spirits > Low & No", "", (), Trait.ALCOHOL_FREE, Trait.ALCOHOL),
        ("Crisps", "Beer, Wine & Snacks", "", (), Trait(0), Trait.ALCOHOL),
        ("Chamomile 20", "Coffee & Tea", "", (), Trait(0), Trait.CAFFEINE),
        ("Pint", "Milk, Cream & Butter", "", (), Trait.MILK, Trait(0)),
        ("Lager 0.0% 4 Pack", "", "", (), Trait.ALCOHOL_FREE, Trait.ALCOHOL),
        ("Weizenbier 0,0 %", "", "", (), Trait.ALCOHOL_FREE, Trait.ALCOHOL),
        ("Dealcoholised Merlot", "", "", (), Trait.ALCOHOL_FREE, Trait.ALCOHOL),
        ("Nosecco", "", "", (), Trait.ALCOHOL_FREE, Trait.ALCOHOL),
        ("Zero Proof Gin", "", "", (), Trait.ALCOHOL_FREE, Trait.ALCOHOL),
        ("Pils 0,33", "", "", (), Trait.ALCOHOL, Trait.ALCOHOL_FREE),
        ("IPA 440 ml", "", "", (), Trait.ALCOHOL, Trait(0)),
        ("Dry Cider 500 ml", "", "", (), Trait.ALCOHOL, Trait(0)),
        ("Apple cider vinegar", "", "", (), Trait(0), Trait.ALCOHOL),
        ("Malbec Reserva", "", "", (), Trait.ALCOHOL, Trait(0)),
        ("Scotch eggs", "", "", (), Trait(0), Trait.ALCOHOL),
        ("Bourbon vanilla", "", "", (), Trait(0), Trait.ALCOHOL),
        ("Beer Battered Cod", "", "", (), Trait(0), Trait.ALCOHOL),
        ("Cola Zero 6 x 330", "", "", (), Trait.SUGAR_FREE, Trait.SUGAR),
        ("Coconut Yoghurt", "", "", (), Trait.PLANT_MILK, Trait.MILK),
        ("Sojajoghurt", "", "", (), Trait.PLANT_MILK, Trait.MILK),
        ("Ham sandwich", "", "", (), Trait.MEAT | Trait.GLUTEN, Trait(0)),
    ],
)  # fmt: skip
def test_what_is_in_an_item_and_what_it_is(
    name: str, category: str, allergens: str, diets: tuple[str, ...], has: Trait, has_not: Trait
) -> None:
    found = WORDS.traits(name, category, allergens, diets)
    assert found & has == has
    assert not found & has_not


@pytest.mark.parametrize(
    ("name", "other", "by_number", "one_sort"),
    [
        ("Pipettes chat x6", "Vermifuge petit chien", True, False),
        ("Dog food, chicken", "Cat food, chicken", True, False),
        ("Puppy food", "Dog food", True, False),
        ("Stage 1 Formula 800 g", "Stage 2 Formula 800 g", True, False),
        ("Size 4 Nappies", "Size 5 Nappies", True, False),
        ("Stage 1 Formula 800 g", "Stage 1 Formula 400 g", True, True),
        ("Dog food 2 kg", "Dog food 12 kg", True, True),
        ("Barolo 2019", "Barolo 2020", False, True),
    ],
)
def test_what_is_for_one_animal_and_one_age(name: str, other: str, by_number: bool, one_sort: bool) -> None:
    assert WORDS.of_one_sort(name, "", other, "", by_number=by_number) == one_sort


@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(["", "none", "milk", "gluten; milk"]))
def test_any_text_is_read_and_what_a_shop_states_decides_about_milk(name: str, category: str, allergens: str) -> None:
    found = WORDS.traits(name, category, allergens, ())
    if allergens:
        assert bool(found & Trait.MILK) == ("milk" in allergens)
    assert (
        WORDS.audience(name.upper(), "") == WORDS.audience(name.upper().lower(), "") or name.lower() != name.casefold()
    )
    WORDS.is_unmentioned("S", name, category)
    WORDS.option_traits(category, name)

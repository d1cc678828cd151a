"""What the night settles of items: whom they are for, whether to mention them, what they can be had as."""

from __future__ import annotations

from pathlib import Path

from clerk.model import Item, ItemColumns, Trait
from clerk.pack.read import PackReader
from tests.pack_build.shop import build_shop, opened, write_shop, write_table

COLUMNS = ("sku", "name", "category", "allergens", "audience", "mention", "diets")
ITEMS = [
    ("BABY", "Babyccino", "Drinks", "", "", "", ""),
    ("BABY-ALL", "Baby-face mug", "Tableware", "", "everybody", "", ""),
    ("PLAIN", "Rubber ring", "Toys", "", "pets", "", ""),
    ("TIP", "Tip", "Other", "", "", "", ""),
    ("TIP-SOLD", "Tip", "Books", "", "", "yes", ""),
    ("HUSH", "Kettle", "Homeware", "", "", "no", ""),
    ("77", "", "Homeware", "", "", "", ""),
    ("FW", "Flat white", "Drinks > Coffee", "milk", "", "", ""),
    ("ESP", "Espresso", "Drinks > Coffee", "none", "", "", ""),
    ("CAKE", "Cream cake", "Bakery", "gluten; milk", "", "", ""),
    ("SOY", "Soya drink", "Fridge > Milk", "soya", "", "", ""),
    ("MILK", "Mountain pint", "Fridge > Milk", "milk", "", "", ""),
    ("DECAF", "Evening beans", "Beans", "none", "", "", "decaf"),
    ("BEANS", "Morning coffee beans", "Beans", "none", "", "", ""),
    ("OATS", "Oat drink", "Dairy & Chilled", "", "", "", ""),
    ("BRIE", "Brie", "Dairy & Chilled", "", "", "", ""),
    ("COCO", "Coconut yoghurt", "Dairy & Chilled", "", "", "", ""),
    ("WHOLE", "Whole milk 1 l", "Dairy & Chilled", "", "", "", ""),
    ("SHAKE", "Banana milkshake", "Dairy & Chilled", "", "", "", ""),
    ("RED", "House red", "Wines, Beers & Spirits > Red", "", "", "", ""),
]
MODIFIERS = [
    ("", "Drinks > Coffee", "Milk", "Oat", "yes"),
    ("", "Drinks > Coffee", "Milk", "Whole", "yes"),
    ("", "Drinks > Coffee", "Milk", "Lactose-free", "no"),
    ("CAKE", "", "Extras", "Cream", "yes"),
]
LINES = [
    ("b1", "m1", "FW", "2026-01-02T08:00", "1", "Milk=Oat; Size=Large"),
    ("b2", "m1", "GONE-7", "2026-01-03T08:00", "1", ""),
]


def built(tmp_path: Path) -> tuple[PackReader, dict[str, Item], list[str]]:
    folder = write_shop(tmp_path / "f", items=[], lines=LINES, line_columns=("modifiers",))
    write_table(folder, "items", COLUMNS, ITEMS)
    write_table(folder, "modifiers", ("sku", "category", "group", "option", "available"), MODIFIERS)
    report = build_shop(folder, tmp_path / "h")
    reader = opened(tmp_path / "h")
    return reader, {item.sku: item for item in reader.items(range(1, 30)).values()}, report.fallbacks


def test_words_stand_in_where_the_shop_states_nothing_and_the_report_counts_them(tmp_path: Path) -> None:
    reader, items, told = built(tmp_path)
    assert {sku: item.audience for sku, item in items.items() if item.audience} == {
        "BABY": ("children",), "PLAIN": ("pets",)
    }  # fmt: skip
    assert {sku for sku, item in items.items() if not item.mention} == {"TIP", "HUSH", "77", "GONE-7"}
    assert "by their words, as the shop does not say: 1 item for children alone" in told
    assert "by their words, as the shop does not say: 3 items not things to mention" in told
    columns = reader.columns
    unmentioned = {sku for sku, item in items.items() if columns.flags[item.item_no] & ItemColumns.UNMENTIONED}
    assert unmentioned == {"TIP", "HUSH", "77", "GONE-7"}


def test_what_an_item_is_and_can_be_had_as_goes_by_statements_words_and_options(tmp_path: Path) -> None:
    reader, items, _ = built(tmp_path)
    traits = {sku: Trait(int(reader.columns.traits[item.item_no])) for sku, item in items.items()}
    drink = Trait.MILK | Trait.CAFFEINE | Trait.MILK_CHOICE | Trait.CAN_PLANT_MILK
    assert traits["FW"] == drink, "no lactose-free milk is here today"
    assert not traits["ESP"] & (Trait.MILK | Trait.MILK_CHOICE)
    assert traits["CAKE"] & Trait.MILK
    assert not traits["CAKE"] & (Trait.MILK_CHOICE | Trait.CAN_PLANT_MILK)
    assert traits["SOY"] & Trait.PLANT_MILK
    assert not traits["SOY"] & Trait.MILK
    assert traits["MILK"] & Trait.MILK_CHOICE, "beside plant drinks of its kind"
    assert traits["DECAF"] & Trait.DECAF
    assert not traits["DECAF"] & Trait.CAFFEINE
    assert traits["BEANS"] & Trait.CAFFEINE_CHOICE
    choices = {sku for sku in ("OATS", "BRIE", "COCO", "WHOLE", "SHAKE") if traits[sku] & Trait.MILK_CHOICE}
    assert choices == {"WHOLE", "SHAKE"}, "a cheese beside an oat drink was no choice"
    assert traits["RED"] & Trait.ALCOHOL, "all of the list has it"


def test_options_as_they_were_sold_have_traits_too(tmp_path: Path) -> None:
    reader, _, _ = built(tmp_path)
    number = reader.member_no("m1")
    assert number is not None
    sets = reader.member_facts(number).history.modifier_set.tolist()
    assert [Trait(int(reader.columns.set_traits[each])) for each in sets] == [Trait.PLANT_MILK, Trait(0)]
    assert {one.option: one.traits for one in reader.modifier_sets(sets)[sets[0]]} == {
        "Oat": Trait.PLANT_MILK, "Large": Trait(0)
    }  # fmt: skip

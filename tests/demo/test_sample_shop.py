"""The committed source files of the sample store."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

import pytest

from clerk.demo.sample_store import source_folder

Rows = list[dict[str, str]]


def rows(name: str) -> Rows:
    with (source_folder() / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def items() -> Rows:
    return rows("items.csv")


def test_the_shop_has_about_a_hundred_and_twenty_items_no_two_alike(items: Rows) -> None:
    assert 115 <= len(items) <= 135
    for column in ("sku", "name", "description"):
        assert len({row[column] for row in items}) == len(items)


def test_every_description_is_one_to_three_plain_sentences(items: Rows) -> None:
    for row in items:
        text = row["description"]
        assert 30 <= len(text) <= 300, row["sku"]
        assert text.endswith("."), row["sku"]
        assert 1 <= text.count(". ") + 1 <= 3, row["sku"]
        assert not set(text) & set("!<>*"), row["sku"]


def test_every_gtin_has_a_right_check_digit_and_a_prefix_kept_for_use_inside_a_shop(items: Rows) -> None:
    gtins = [row["gtin"] for row in items if row["gtin"]]
    assert len(gtins) == len(set(gtins)) > 80
    for gtin in gtins:
        assert len(gtin) == 13
        assert gtin.startswith("2")
        assert sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(gtin)) % 10 == 0


def test_an_item_type_is_shared_by_several_items(items: Rows) -> None:
    kinds: dict[str, int] = {}
    for row in items:
        assert row["category"].count(" > ") >= 2, row["sku"]
        kind = row["category"].rpartition(" > ")[2]
        kinds[kind] = kinds.get(kind, 0) + 1
    assert sum(number for number in kinds.values() if number > 1) > 0.9 * len(items)


def test_variants_name_an_item_of_the_same_type(items: Rows) -> None:
    by_sku = {row["sku"]: row for row in items}
    variants = [row for row in items if row["variant_of"]]
    assert len(variants) >= 5
    for row in variants:
        assert by_sku[row["variant_of"]]["category"] == row["category"]
        assert not by_sku[row["variant_of"]]["variant_of"]


def test_the_shop_has_durable_sensitive_and_restricted_goods(items: Rows) -> None:
    assert sum(row["durable"] == "yes" for row in items) >= 10
    assert sum(row["sensitive"] == "yes" for row in items) >= 5
    assert sum(row["age_restricted"] == "yes" for row in items) >= 1
    assert {"milk", "gluten", "nuts"} <= {name for row in items for name in row["allergens"].split("; ")}


def test_milk_is_named_as_an_allergen_of_every_drink_that_is_made_with_it(items: Rows) -> None:
    for row in items:
        if row["category"].endswith("Coffee with milk"):
            assert row["allergens"] == "milk", row["sku"]


def test_stock_counts_known_items_once_and_some_are_out_today(items: Rows) -> None:
    stock = rows("stock.csv")
    assert len({row["sku"] for row in stock}) == len(stock)
    assert {row["sku"] for row in stock} <= {row["sku"] for row in items}
    assert 5 <= sum(row["on_hand"] == "0" for row in stock) <= 15
    assert all(row["shelf"] for row in stock)


def test_modifiers_belong_to_categories_and_items_that_exist(items: Rows) -> None:
    skus, categories = ({row[column] for row in items} for column in ("sku", "category"))
    modifiers = rows("modifiers.csv")
    for row in modifiers:
        assert (row["sku"] in skus) != (row["category"] in categories), row
        assert not set(row["group"] + row["option"]) & set(";="), row
    assert {"Size", "Milk", "Strength", "Syrup", "Temperature", "Extras"} <= {row["group"] for row in modifiers}


def test_some_choices_are_out_today_but_never_a_whole_group() -> None:
    modifiers = rows("modifiers.csv")
    out = [row for row in modifiers if row["available"] == "no"]
    assert {(row["group"], row["option"]) for row in out} == {("Milk", "Coconut"), ("Syrup", "Gingerbread")}
    left = {(row["category"], row["group"]) for row in modifiers if row["available"] == "yes"}
    assert {(row["category"], row["group"]) for row in out} <= left


def test_house_picks_and_tiers_are_known(items: Rows) -> None:
    shop = tomllib.loads((source_folder() / "store.toml").read_text(encoding="utf-8"))
    assert set(shop["house"]) <= {row["sku"] for row in items if row["sensitive"] == "no"}
    assert set(shop["tiers"]) == {row["tier"] for row in rows("privileges.csv")}


def test_the_source_files_are_found_beside_the_package_in_a_checkout(project: Path) -> None:
    assert source_folder() == project / "store_data" / "sample"

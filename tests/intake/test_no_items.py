"""What is no item is never a taste: one rule for every source, by name, category, the shop's own list."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.intake.canonical_tables import Source
from clerk.intake.checks.no_items import RULE, NoItems, without_no_items
from clerk.languages.item_words import item_words

HERE = Path(__file__).parent


def names(file: str) -> list[str]:
    return (HERE / file).read_text(encoding="utf-8").splitlines()


NO_ITEMS, ITEMS = names("names_of_no_items.txt"), names("names_of_items.txt")


def test_there_are_hundreds_of_names_both_ways() -> None:
    assert len(NO_ITEMS) > 250
    assert len(ITEMS) > 200


def test_a_tip_a_gift_card_a_fee_is_no_item() -> None:
    assert [name for name in NO_ITEMS if not item_words().is_no_item(name)] == []


def test_a_thing_with_such_a_word_in_its_name_is_an_item() -> None:
    assert [name for name in ITEMS if item_words().is_no_item(name)] == []


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(NO_ITEMS), st.sampled_from(["upper", "title", "casefold"]), st.integers(0, 999))
def test_letter_case_brackets_and_a_price_change_nothing(name: str, form: str, price: int) -> None:
    written = getattr(name, form)()
    # "SS" is another letter than "ß".
    if "ß" not in name and "º" not in name:
        assert item_words().is_no_item(f" {written} ({price},50 €)")
        assert item_words().is_no_item(f"{written} {price}")


def frame(*rows: tuple[str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["sku", "item_name", "item_category"], orient="row")


def items(*rows: tuple[str, str, str, bool | None]) -> pl.DataFrame:
    kinds = {"sku": pl.String, "name": pl.String, "category": pl.String, "mention": pl.Boolean}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def test_the_name_is_that_of_the_line_of_the_table_of_items_or_the_sku_itself() -> None:
    rule = NoItems({}, items(("9", "Tip", "", None), ("TIP", "Tip Top Bread", "", None), ("7", "Bun", "", None)))
    lines = frame(
        ("9", "", ""), ("TIP", "", ""), ("gift-card-25", "", ""), ("7", "", ""), ("8", "Tip", ""), ("x", "Mug", "Tips")
    )
    assert rule.among(lines).to_list() == [True, False, True, False, True, True]
    assert rule.among(lines.select("sku")).to_list() == [True, False, True, False, False, False]


def test_a_shop_names_its_own_and_an_item_to_mention_is_an_item() -> None:
    rule = NoItems({"no_items": ["Stempelkarte", "Z9"]}, items(("1", "Gift card", "", True), ("2", "Tip", "", False)))
    lines = frame(("1", "Gift card", ""), ("2", "", ""), ("3", "STEMPELKARTE", ""), ("z9", "Bun", ""), ("4", "Bun", ""))
    assert rule.among(lines).to_list() == [False, True, True, True, False]


def test_rows_of_no_items_are_counted_and_nothing_else_of_them_is_asked() -> None:
    bad = {"row": 2, "basket_id": "", "sku": "", "item_name": "Tip", "sold_at": "never"}
    good = {"row": 3, "basket_id": "B", "sku": "S", "item_name": "Mug", "sold_at": "2026-11-01"}
    source = Source("lines", "f.csv", pl.DataFrame([bad, good]))
    left = NoItems({}).without(source, source)
    assert left.frame["row"].to_list() == [3]
    assert source.left_out == {RULE: 1}


def test_what_came_in_before_the_rule_leaves_the_next_pack() -> None:
    lines = pl.DataFrame({"sku": ["tip", "mug", "g"], "milli": [1000, 1000, 1000]})
    tables = {"lines": lines, "items": items(("g", "Gift card", "", None), ("mug", "Mug", "", None))}
    assert without_no_items(tables, {}) == 2
    assert tables["lines"]["sku"].to_list() == ["mug"]


def test_the_list_is_the_only_place(tmp_path: Path) -> None:
    systems = Path("clerk/intake/systems")
    told = [file for file in systems.rglob("*.py") if "gift card" in file.read_text(encoding="utf-8").lower()]
    assert [file.name for file in told] == ["products.py"], "only the shop's own column Gift card is read elsewhere"

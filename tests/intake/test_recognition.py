"""Files are known by their headers, in any order and spelling; tables of our own by their name too."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk.intake.files.recognition import recognise
from clerk.intake.layouts import layouts
from tests.intake.export_headers import HEADERS
from tests.intake.exports import read_any

LAYOUT_OF = {
    "shopify_customers": "Shopify customers",
    "shopify_customers_older": "Shopify customers",
    "shopify_orders": "Shopify orders",
    "shopify_products_new": "Shopify products",
    "shopify_products": "Shopify products",
    "shopify_inventory": "Shopify inventory",
    "square_customers": "Square customers",
    "square_items": "Square item sales",
    "square_transactions": "Square transactions",
    "square_catalog": "Square catalog",
}


def layout_of(path: Path, header: str) -> str:
    path.write_text(header + "\n", encoding="utf-8")
    found = recognise(path)
    return found.layout if found else ""


@pytest.mark.parametrize("name", list(HEADERS))
def test_every_header_of_the_field_notes_is_recognised(tmp_path: Path, name: str) -> None:
    assert layout_of(tmp_path / "export.csv", HEADERS[name]) == LAYOUT_OF[name]


@pytest.mark.parametrize("name", list(HEADERS))
def test_a_header_is_recognised_backwards_and_in_any_spelling(tmp_path: Path, name: str) -> None:
    names = [f" {text.upper().replace(' ', '_')} " for text in reversed(HEADERS[name].split(","))]
    assert layout_of(tmp_path / "lines.csv", ";".join(names)) == LAYOUT_OF[name]


@given(st.randoms(use_true_random=False), st.sampled_from(sorted(HEADERS)))
def test_the_order_of_columns_says_nothing(chance: object, name: str) -> None:
    names = HEADERS[name].split(",")
    chance.shuffle(names)  # type: ignore[attr-defined]
    best = max((one for one in layouts() if one.places(names)), key=lambda one: len(one.required))
    assert best.name == LAYOUT_OF[name]


@pytest.mark.parametrize("count", [5, 25])
def test_further_columns_do_no_harm(tmp_path: Path, count: int) -> None:
    header = HEADERS["shopify_orders"] + "".join(f",Metafield {number}" for number in range(count))
    assert layout_of(tmp_path / "o.csv", header) == "Shopify orders"


@pytest.mark.parametrize(
    "gone",
    [
        ("Employee", "Location", "Device ID", "Outstanding Balance"),
        ("Phone", "Receipt Number", "Duties", "Payment ID", "Payment References", "Tax 5 Value"),
    ],
)
def test_older_orders_without_newer_columns_are_orders(tmp_path: Path, gone: tuple[str, ...]) -> None:
    names = [name for name in HEADERS["shopify_orders"].split(",") if name not in gone]
    renamed = {"Cancelled at": "Canceled at", "Lineitem sku": "Lineitem SKU", "Fulfilled at": "Fulfillment Date"}
    header = ",".join(renamed.get(name, name) for name in names)
    assert layout_of(tmp_path / "o.csv", header) == "Shopify orders"


@pytest.mark.parametrize("columns", [33, 24, 21])
def test_item_sales_with_fewer_columns_are_item_sales(tmp_path: Path, columns: int) -> None:
    wanted = "Date,Time,Time Zone,Category,Item,Qty,Price Point Name,SKU,Modifiers Applied,Gross Sales,Discounts,"
    wanted += "Net Sales,Tax,Transaction ID,Payment ID,Device Name,Notes,Details,Event Type,Location,Dining Option"
    names = HEADERS["square_items"].split(",")
    kept = wanted.split(",") + [name for name in names if name not in wanted.split(",")]
    assert layout_of(tmp_path / "items.csv", ",".join(kept[:columns])) == "Square item sales"


def test_a_file_called_like_a_table_but_with_squares_header_is_squares(tmp_path: Path) -> None:
    assert layout_of(tmp_path / "items-2026-07-18.csv", HEADERS["square_items"]) == "Square item sales"


def test_a_table_of_our_own_needs_its_name_and_its_columns(tmp_path: Path) -> None:
    header = "basket_id,member_id,sku,sold_at,quantity"
    assert layout_of(tmp_path / "lines-2026-11-20.csv", header) == "Clerk lines"
    assert layout_of(tmp_path / "report.csv", header) == ""
    assert layout_of(tmp_path / "lines.csv", "basket_id,member_id,sku") == ""
    assert layout_of(tmp_path / "modifiers.csv", "group,option") == ""
    assert layout_of(tmp_path / "modifiers.csv", "group,option,sku") == "Clerk modifiers"


def test_a_parquet_table_is_known_by_its_schema(tmp_path: Path) -> None:
    path = tmp_path / "items.parquet"
    pl.DataFrame({"sku": ["A"], "name": ["One"]}).write_parquet(path)
    found = recognise(path)
    assert found is not None
    assert (found.layout, found.tables, found.is_parquet) == ("Clerk items", ("items",), True)


def test_any_other_header_is_nobodys(tmp_path: Path) -> None:
    assert layout_of(tmp_path / "x.csv", "a,b,c") == ""
    assert layout_of(tmp_path / "y.csv", "Name,Email,Total") == ""


def test_a_table_of_our_own_may_name_its_columns_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    path.write_text("Receipt-ID,CustomerID,item_code,sold_at,qty\n1,M1,A,2026-01-01,2\n")
    made = read_any(path)
    assert isinstance(made, dict)
    assert made["lines"].frame.rows() == [(2, "1", "M1", "A", "2026-01-01", "2")]

"""Square's exports: money and refunds, modifiers, zones, locations; card columns go nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from clerk.intake.context import Context
from clerk.intake.customer_matching import KnownMembers
from clerk.intake.layouts import zones
from clerk.intake.quarantine import Quarantine
from clerk.intake.report import BuildReport
from clerk.intake.systems.square.sales import Grouping
from tests.intake.exports import column, converted, everything, write_export

STORE = {"timezone": "America/New_York", "location": "Quay", "store_id": "q"}


def sale(**told: object) -> dict[str, object]:
    return {
        "Date": "2026-07-18", "Time": "12:59:30", "Time Zone": "Eastern Time (US & Canada)", "Item": "Latte",
        "Qty": "1.0", "Price Point Name": "Regular", "Gross Sales": "$8.00", "Net Sales": "$7.20",
        "Transaction ID": "T1", "Event Type": "Payment", "Location": "Quay", "Customer ID": "C1", **told,
    }  # fmt: skip


def person(**told: object) -> dict[str, object]:
    return {"Square Customer ID": "C1", "First Name": "Ada", "Last Name": "Brandt", "Instant Profile": "No", **told}


def sales(tmp_path: Path, *rows: dict[str, object], **options: Any) -> Any:
    path = write_export(tmp_path / "items.csv", "square_items", *rows)
    return converted(path, store=options.get("store", STORE), known=options.get("known"))


def grouping(**options: Any) -> Grouping:
    known = KnownMembers(groups=options.get("books", {}))
    return Grouping(Context(options.get("store", {}), known, sets=options.get("sets", [])))


def test_a_line_says_who_what_when_and_for_how_much(tmp_path: Path) -> None:
    made = sales(tmp_path, sale(**{"Modifiers Applied": "Oat Milk, Extra Shot", "Price Point Name": "Large"}))["lines"]
    assert made.frame.to_dicts() == [
        {
            "row": 2, "member_id": "C1", "sku": "latte", "sold_at": "2026-07-18 12:59:30", "channel": "",
            "modifiers": "Milk=Oat Milk; Shots=Extra Shot; Size=Large", "basket_id": "T1", "quantity": "1.0",
            "unit_price": "8.0", "line_total": "7.2", "kind": "sale", "store_id": "q", "line_no": "1",
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    "told", [{"Event Type": "Refund"}, {"Qty": "-1.0"}, {"Net Sales": "-$7.20", "Gross Sales": "($8.00)"}]
)
def test_a_refund_is_a_return(tmp_path: Path, told: dict[str, object]) -> None:
    made = sales(tmp_path, sale(**told))["lines"]
    assert (column(made, "kind"), column(made, "quantity")) == (["return"], ["1.0"])


CARD = {"Card Brand": "MasterMarvel", "PAN Suffix": "8361"}


@pytest.mark.parametrize(
    "bad", ["", "2026-07-18,12:59:30,torn row,MasterMarvel,8361", '2026-07-18,"torn MasterMarvel 8361']
)
def test_card_brand_and_digits_are_neither_kept_nor_set_aside(tmp_path: Path, bad: str) -> None:
    items = write_export(tmp_path / "items.csv", "square_items", sale(**CARD), sale(Qty="many", **CARD))
    paid = write_export(tmp_path / "t.csv", "square_transactions", {"Transaction ID": "T1", "Card": "$9.99", **CARD})
    for path in (items, paid):
        path.write_text(path.read_text() + bad + "\n")
    made = converted(items, paid, store=STORE)
    report = BuildReport("test")
    quarantine = Quarantine(report, share=1, rows_from=1)
    for source in made.values():
        quarantine.arrived(source)
    lines = made["lines"]
    quarantine.sift(lines, lines.frame.select("row", "quantity"), [(pl.col("quantity") == "many", "no number")])
    quarantine.write(tmp_path, "n")
    said = everything(made) + str(report) + (tmp_path / "quarantine/n/rows.csv").read_text()
    assert "MasterMarvel" not in said
    assert "8361" not in said


def test_rails_names_of_zones_are_iana_zones() -> None:
    for name in zones().values():
        ZoneInfo(name)
    assert zones()["Eastern Time (US & Canada)"] == "America/New_York"


def test_a_sale_in_another_zone_is_told_in_the_stores(tmp_path: Path) -> None:
    rows = [sale(), sale(**{"Time Zone": "Pacific Time (US & Canada)"}), sale(**{"Time Zone": "Nowhere"})]
    assert column(sales(tmp_path, *rows)["lines"], "sold_at") == [
        "2026-07-18 12:59:30", "2026-07-18 15:59:30", "2026-07-18 12:59:30",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "clock", "read"),
    [
        ("7/18/26", "1:05:00 PM", "2026-07-18 13:05:00"), ("18/07/2026", "08:00", "2026-07-18 08:00:00"),
        ("2026-07-18", "", "2026-07-18"), ("soon", "12:00:00", "soon 12:00:00"),
    ],
)  # fmt: skip
def test_dates_are_read_in_each_form_and_left_as_written_otherwise(
    tmp_path: Path, day: str, clock: str, read: str
) -> None:
    assert column(sales(tmp_path, sale(Date=day, Time=clock))["lines"], "sold_at") == [read]


@pytest.mark.parametrize(
    ("applied", "modifiers"),
    [
        ("Oat Milk", "Milk=Oat Milk"),
        ("Milk: Oat, Extra Shot", "Milk=Oat; Shots=Extra Shot"),
        ("Oat Milk ($0.50), Extra Hot", "Choice=Extra Hot; Milk=Oat Milk"),
        ("2 x Extra Shot", "Shots=Extra Shot; Shots=Extra Shot"),
        ("Vanilla, Caramel", "Syrup=Caramel; Syrup=Vanilla"),
        ("No foam; A=B", "Choice=No foam  A B"),
        ("", ""),
    ],
)
def test_modifiers_applied_become_modifiers_and_options_of_one_group_all_survive(applied: str, modifiers: str) -> None:
    assert grouping().modifiers(applied, "Regular", "") == modifiers


def test_the_group_comes_from_the_store_then_the_books_then_the_catalogs_sets() -> None:
    assert grouping(sets=["Foams"]).group("Dry Foam") == "Foams"
    assert grouping(sets=["Foams"], books={"dry foam": "Choice"}).group("Dry Foam") == "Choice"
    store = {"modifier_groups": {"Top": ["Dry Foam"]}}
    assert grouping(store=store, books={"dry foam": "Choice"}).group("Dry Foam") == "Top"


def test_the_size_is_left_out_where_the_items_name_says_it() -> None:
    assert grouping().modifiers("", "Large", "Latte, Large") == ""
    assert grouping().modifiers("", "Large", "Latte") == "Size=Large"


def test_amounts_without_an_item_are_left_out_and_counted(tmp_path: Path) -> None:
    nothing = sale(Item="Custom Amount", **{"Itemization Type": "Custom Amount"})
    named = [sale(Item=name) for name in ("Tip", "Service Charge 10%", "Asparagus tips")]
    made = sales(tmp_path, sale(), nothing, *named)
    assert column(made["lines"], "sku") == ["latte", "asparagus-tips"]
    assert any("3 lines are no items (tips, gift cards, fees): left out" in sentence for sentence in made.notices)


def test_transactions_tell_who_bought_where_the_sales_do_not(tmp_path: Path) -> None:
    gone = ["Customer ID", "Customer Reference ID", "Customer Name"]
    items = write_export(tmp_path / "i.csv", "square_items", sale(), sale(**{"Transaction ID": "T2"}), without=gone)
    paid = write_export(tmp_path / "t.csv", "square_transactions", {"Transaction ID": "T1", "Customer ID": "C9"})
    assert column(converted(items, paid)["lines"], "member_id") == ["C9", ""]


def test_customers_give_members_with_both_their_numbers_as_cards(tmp_path: Path) -> None:
    people = write_export(tmp_path / "c.csv", "square_customers", person(**{"Reference ID": "'2001"}))
    items = write_export(
        tmp_path / "i.csv", "square_items", sale(**{"Customer ID": "", "Customer Reference ID": "2001"})
    )
    made = converted(people, items)
    assert made["cards"].frame.select("code", "member_id").rows() == [("C1", "C1"), ("2001", "C1")]
    assert column(made["lines"], "member_id") == ["C1"]


def test_an_instant_profile_has_agreed_to_nothing(tmp_path: Path) -> None:
    row = person(**{"Instant Profile": "Yes", "Email Subscription Status": "subscribed"})
    made = converted(write_export(tmp_path / "c.csv", "square_customers", row))["consents"]
    assert sorted(made.frame.select("purpose", "state").rows()) == [
        ("contact", "not-asked"), ("remember", "not-asked"), ("suggest", "not-asked"),
    ]  # fmt: skip


@pytest.mark.parametrize(("word", "state"), [("subscribed", "given"), ("Unsubscribed", "withdrawn"), ("", "not-asked")])
def test_the_subscription_is_the_consent_to_contact(tmp_path: Path, word: str, state: str) -> None:
    row = person(**{"Email Subscription Status": word})
    made = converted(write_export(tmp_path / "c.csv", "square_customers", row))["consents"]
    assert made.frame.select("purpose", "state").rows() == [("contact", state)]


def catalog(tmp_path: Path, header: str, *rows: str) -> Path:
    path = tmp_path / "catalog.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


WIDE = (
    "Reference Handle,Token,Item Name,Variation Name,SKU,Description,Categories,Price,Archived,"
    "Enabled Quay,Current Quantity Quay,Price Quay,Enabled Mill,Current Quantity Mill,Price Mill,"
    "Modifier Set - Milk"
)


def test_the_catalog_gives_items_with_the_price_and_stock_of_our_location(tmp_path: Path) -> None:
    path = catalog(
        tmp_path, WIDE, "#l,T1,Latte,Small,,Good,Coffee,3.00,N,Y,,3.50,Y,9,4,Y",
        "#l,T2,Latte,Large,,,Coffee,4,N,Y,,,Y,,,Y",
        "#b,T3,Bun,Regular,BUN,,Pastry,2.00,N,Y,5,2.20,Y,9,3,N", "#o,T4,Old,Regular,OLD,,,1,Y,Y,5,,Y,9,,N",
    )  # fmt: skip
    made = converted(path, store=STORE)
    assert made["items"].frame.select("sku", "name", "price", "category").rows() == [
        ("latte", "Latte", "3.50", "Coffee"), ("BUN", "Bun", "2.20", "Pastry"),
    ]  # fmt: skip
    assert made["stock"].frame.select("sku", "on_hand").rows() == [("BUN", "5")]


def test_stock_of_several_locations_and_none_named_is_not_counted(tmp_path: Path) -> None:
    made = converted(catalog(tmp_path, WIDE, "#b,T3,Bun,Regular,BUN,,Pastry,2.00,N,Y,5,2.20,Y,9,3,N"))
    assert "stock" not in made
    assert column(made["items"], "price") == ["2.00"]
    assert any("not counted" in sentence for sentence in made.notices)


def test_variations_with_skus_are_items_of_their_own_together(tmp_path: Path) -> None:
    header = "Token,Item Name,Variation Name,SKU,Price"
    path = catalog(tmp_path, header, "T1,Shirt,S,SH-S,20", "T2,Shirt,M,SH-M,20")
    items = write_export(
        tmp_path / "i.csv", "square_items", sale(Item="Shirt", SKU="SH-M", **{"Price Point Name": "M"})
    )
    made = converted(path, items)
    assert made["items"].frame.select("sku", "name", "variant_of").rows() == [
        ("SH-S", "Shirt, S", "shirt"), ("SH-M", "Shirt, M", "shirt"),
    ]  # fmt: skip
    assert column(made["lines"], "modifiers") == [""]

"""Shopify's exports with their habits: first rows only, apostrophes, BOM, refunds, locations, missing SKUs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.intake.checks.no_items import RULE, NoItems
from clerk.intake.customer_matching import KnownMembers
from clerk.intake.systems.shopify.refunds import Part, brought_back
from tests.intake.exports import column, converted, everything, write_export

STORE = {"timezone": "Europe/Paris", "location": "Rue Haute", "store_id": "7"}


def customer(**told: object) -> dict[str, object]:
    return {
        "Customer ID": "'700", "First Name": "Ada", "Last Name": "'t Hooft", "Email": "Ada@mail.example",
        "Accepts Email Marketing": "yes", "Phone": "'+31612345678", "Total Orders": "3", **told,
    }  # fmt: skip


def order(name: str = "#1001", **told: object) -> dict[str, object]:
    return {
        "Name": name, "Email": "ada@mail.example", "Financial Status": "paid",
        "Created at": "2025-10-07 09:50:26 +0200",
        "Lineitem quantity": "2", "Lineitem name": "Sencha - 50 g", "Lineitem price": "9.50", "Lineitem sku": "SEN-50",
        "Total": "19.00", "Lineitem discount": "1.00", **told,
    }  # fmt: skip


def further(name: str = "#1001", **told: object) -> dict[str, object]:
    return {
        "Name": name, "Lineitem quantity": "1", "Lineitem name": "Teapot", "Lineitem price": "34", **told,
    }  # fmt: skip


def known() -> KnownMembers:
    made = KnownMembers()
    made.add([("M1", "ada@mail.example", "+31612345678")])
    return made


def lines(tmp_path: Path, *rows: dict[str, object], **options: Any) -> Any:
    path = write_export(tmp_path / "orders.csv", "shopify_orders", *rows)
    return converted(path, store=options.get("store", STORE), known=options.get("known", known()))


def test_tips_gift_cards_and_fees_are_no_items(tmp_path: Path) -> None:
    rows = [further(**{"Lineitem name": name}) for name in ("Tip", "Gift Card - $25.00", "Trinkgeld")]
    protected = further(**{"Lineitem name": "Shipping Protection", "Lineitem sku": "ROUTEINS10"})
    made = lines(tmp_path, order(), *rows, protected, further())
    whole = made["lines"]
    assert column(NoItems({}).without(whole, whole), "sku") == ["SEN-50", "teapot"]
    assert whole.left_out == {RULE: 4}
    assert column(made["items"], "name") == ["Sencha - 50 g", "Teapot"]


def test_a_gift_card_of_the_shops_own_name_is_told_by_its_column(tmp_path: Path) -> None:
    rows = [HANDLE | {"Title": "Pier Voucher Fun", "Gift Card": "true"}, HANDLE | {"Handle": "b", "Gift Card": "false"}]
    made = converted(write_export(tmp_path / "p.csv", "shopify_products", *rows))
    assert column(made["items"], "category") == ["Gift cards", "Food > Tea > Green tea"]


@pytest.mark.parametrize("layout", ["shopify_customers", "shopify_customers_older"])
def test_both_layouts_of_customers_give_members(tmp_path: Path, layout: str) -> None:
    path = write_export(tmp_path / "c.csv", layout, customer())
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    made = converted(path)
    assert made["members"].frame.select("row", "member_id", "name", "email", "phone").rows() == [
        (2, "700", "Ada 't Hooft", "Ada@mail.example", "+31612345678")
    ]
    assert made["cards"].frame.select("code", "member_id").rows() == [("700", "700")]


def test_older_customers_without_an_id_get_one_that_shows_no_address(tmp_path: Path) -> None:
    rows = [customer(), customer(Email="", Phone=""), customer(Email="bo@mail.example")]
    path = write_export(tmp_path / "c.csv", "shopify_customers_older", *rows, without=["Customer ID"])
    one, nobody, other = column(converted(path)["members"], "member_id")
    assert one.startswith("SH")
    assert "ada" not in one.lower()
    assert one != other
    assert nobody == ""


def test_a_birthday_metafield_is_the_birthday(tmp_path: Path) -> None:
    row = customer() | {"Fecha de nacimiento (customer.metafields.facts.birth_date)": "1990-05-17"}
    made = converted(write_export(tmp_path / "c.csv", "shopify_customers", row))
    assert column(made["members"], "birthday") == ["1990-05-17"]


def test_yes_to_marketing_is_an_opt_in_and_no_is_nothing_asked(tmp_path: Path) -> None:
    no = customer(**{"Customer ID": "701", "Email": "b@x.example", "Phone": "", "Accepts Email Marketing": "no"})
    sms = no | {"Customer ID": "702", "Email": "c@x.example", "Accepts SMS Marketing": "yes"}
    made = converted(write_export(tmp_path / "c.csv", "shopify_customers", customer(), no, sms))["consents"]
    assert column(made, "state") == ["given", "not-asked", "given"]
    assert column(made, "channel") == ["e-mail", "e-mail", "messages"]
    assert set(column(made, "purpose")) == {"contact"}


def test_a_no_after_a_yes_withdraws_and_the_same_yes_is_not_said_again(tmp_path: Path) -> None:
    path = write_export(tmp_path / "c.csv", "shopify_customers", customer())
    assert "consents" not in converted(path, known=KnownMembers(contact={"700": "given"}))
    write_export(path, "shopify_customers", customer(**{"Accepts Email Marketing": "no"}))
    made = converted(path, known=KnownMembers(contact={"700": "given"}))
    assert column(made["consents"], "state") == ["withdrawn"]


def test_notes_tags_and_addresses_go_nowhere(tmp_path: Path) -> None:
    row = customer(Note="paid with 4111 1111 1111 1111", Tags="vip", Zip="'1234AB", **{"Default Address Zip": "9999"})
    out = everything(converted(write_export(tmp_path / "c.csv", "shopify_customers", row)))
    assert "4111" not in out
    assert "vip" not in out
    assert "9999" not in out


def test_order_fields_are_filled_down_from_the_first_row(tmp_path: Path) -> None:
    made = lines(tmp_path, order(), further(), order("#1002", Email=""))["lines"]
    assert made.frame.select("row", "basket_id", "member_id", "sold_at", "line_no").rows() == [
        (2, "#1001", "M1", "2025-10-07 09:50:26", "1"),
        (3, "#1001", "M1", "2025-10-07 09:50:26", "2"),
        (4, "#1002", "", "2025-10-07 09:50:26", "1"),
    ]


def test_a_time_with_offset_becomes_the_stores_wall_time(tmp_path: Path) -> None:
    made = lines(tmp_path, order(**{"Created at": "2025-10-07 09:50:26 -0400"}))["lines"]
    assert column(made, "sold_at") == ["2025-10-07 15:50:26"]
    unzoned = lines(tmp_path, order(**{"Created at": "2025-10-07 09:50:26 -0400"}), store={})["lines"]
    assert column(unzoned, "sold_at") == ["2025-10-07 09:50:26"]


def test_the_line_total_is_what_was_paid_after_the_discount(tmp_path: Path) -> None:
    assert column(lines(tmp_path, order())["lines"], "line_total") == ["18.0"]


def test_a_line_without_sku_is_called_by_its_name_as_the_product_is(tmp_path: Path) -> None:
    product = {"Handle": "sencha", "Title": "Sencha", "Option1 Value": "50 g", "Variant Price": "9.50"}
    products = write_export(tmp_path / "p.csv", "shopify_products", product)
    orders = write_export(tmp_path / "o.csv", "shopify_orders", order(**{"Lineitem sku": ""}))
    made = converted(products, orders, known=known())
    assert column(made["items"], "sku") == column(made["lines"], "sku") == ["sencha-50-g"]


def test_a_member_is_found_by_phone_where_the_order_has_no_e_mail(tmp_path: Path) -> None:
    made = lines(
        tmp_path, order(Email="", Phone="'+31 6 1234 5678"), order("#2", Email="", **{"Billing Phone": "0612345678"})
    )
    assert column(made["lines"], "member_id") == ["M1", "M1"]


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"Cancelled at": "2025-10-08 09:00:00 +0200"}, "none"),
        ({"Financial Status": "voided"}, "none"),
        ({"Financial Status": "expired"}, "none"),
        ({"Financial Status": "pending"}, "none"),
        ({"Financial Status": "authorized"}, "none"),
        ({"Financial Status": "pending", "Fulfillment Status": "fulfilled"}, "sale"),
        ({"Financial Status": "authorized", "Source": "pos"}, "sale"),
        ({"Financial Status": "voided", "Source": "pos"}, "none"),
        ({"Financial Status": "partially_paid"}, "sale"),
        ({"Financial Status": ""}, "sale"),
        ({"Payment Method": "bogus"}, "none"),
        ({"Name": "#D12"}, "none"),
        ({"Lineitem quantity": "0"}, "none"),
    ],
)
def test_bought_is_what_was_paid_or_handed_over(tmp_path: Path, told: dict[str, object], kind: str) -> None:
    made = lines(tmp_path, order(**{"Source": "web", **told}))
    assert column(made["lines"], "kind") == [kind]


def test_an_order_that_was_not_bought_goes_whole_and_an_edited_one_by_the_line(tmp_path: Path) -> None:
    off = {"Cancelled at": "2025-10-08 09:00:00 +0200"}
    made = lines(tmp_path, order("#1", **off), further("#1"), order("#2"), further("#2", **{"Lineitem quantity": "0"}))
    assert made["lines"].frame.select("basket_id", "sku", "kind").rows() == [
        ("#1", "", "none"), ("#1", "", "none"), ("#2", "SEN-50", "sale"), ("#2", "teapot", "none"),
    ]  # fmt: skip
    assert "orders.csv: 1 order was cancelled or never paid: left out" in made.notices


def test_an_order_refunded_whole_is_a_sale_and_its_return(tmp_path: Path) -> None:
    made = lines(tmp_path, order(**{"Financial Status": "refunded", "Refunded Amount": "19.00"}), further())
    assert made["lines"].frame.select("row", "kind", "quantity").rows() == [
        (2, "sale", "2"), (2, "return", "2.0"), (3, "sale", "1"), (3, "return", "1.0"),
    ]  # fmt: skip
    assert made["lines"].frame["line_no"].n_unique() == 4


@pytest.mark.parametrize(
    ("refunded", "back"),
    [
        ("34.00", {"teapot": 1.0}),
        ("9.00", {"SEN-50": 1.0}),
        ("18.00", {"SEN-50": 2.0}),
        ("43.00", {"SEN-50": 1.0, "teapot": 1.0}),
        ("5.00", {}),
        ("2.00", None),
    ],
)
def test_a_partial_refund_brings_back_what_alone_makes_up_its_amount(
    tmp_path: Path, refunded: str, back: dict[str, float] | None
) -> None:
    told = {"Refunded Amount": refunded, "Total": "57.00", "Subtotal": "52.00", "Shipping": "5.00", "Taxes": "0"}
    made = lines(tmp_path, order(**told), further())
    returned = made["lines"].frame.filter(pl.col("kind") == "return")
    assert dict(returned.select("sku", pl.col("quantity").cast(pl.Float64)).iter_rows()) == (back or {})
    assert any("does not say which" in sentence for sentence in made.notices) == (back is None)


def test_two_things_at_one_price_are_not_told_apart(tmp_path: Path) -> None:
    made = lines(tmp_path, order(**{"Refunded Amount": "34.00", "Total": "90"}), further(), further(
        **{"Lineitem name": "Bowl"}))  # fmt: skip
    assert "return" not in column(made["lines"], "kind")


def test_what_was_taken_out_of_an_order_explains_its_refund(tmp_path: Path) -> None:
    made = lines(
        tmp_path, order(**{"Refunded Amount": "34.00", "Total": "18.00"}),
        further(**{"Lineitem quantity": "0"}),
    )  # fmt: skip
    assert column(made["lines"], "kind") == ["sale", "none"]
    assert not any("does not say which" in sentence for sentence in made.notices)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 9_999)), min_size=1, max_size=4, unique_by=lambda one: one[1]),
    st.data(),
)
def test_what_a_refund_brings_back_is_never_more_than_was_bought_and_makes_up_the_amount(
    bought: list[tuple[int, int]], data: st.DataObject
) -> None:
    parts = [Part(str(at), price, pieces) for at, (pieces, price) in enumerate(bought)]
    chosen = {part.key: data.draw(st.integers(0, part.pieces)) for part in parts}
    cents = sum(part.cents * chosen[part.key] for part in parts)
    found = brought_back(parts, cents)
    if found is not None:
        assert all(found.get(part.key, 0) <= part.pieces for part in parts)
        assert sum(part.cents * found.get(part.key, 0) for part in parts) == cents
        # Where it is told, it is what was chosen: no other choice makes up the amount.
        assert found == {key: pieces for key, pieces in chosen.items() if pieces}


def test_a_price_in_another_currency_is_not_the_items(tmp_path: Path) -> None:
    yen = {"Currency": "JPY", "Lineitem price": "1900"}
    made = lines(tmp_path, order(Currency="EUR"), order("#2", **yen), store={**STORE, "currency": "EUR"})
    assert column(made["lines"], "currency") == ["EUR", "JPY"]
    assert column(made["items"], "price") == ["9.50"]


def test_orders_at_another_location_are_of_another_store(tmp_path: Path) -> None:
    made = lines(tmp_path, order(Location="Rue Haute"), order("#2", Location="Gare"), order("#3"))
    assert column(made["lines"], "store_id") == ["7", "Gare", ""]


def test_items_are_known_from_orders_only_while_nothing_else_lists_them(tmp_path: Path) -> None:
    assert column(lines(tmp_path, order())["items"], "name") == ["Sencha - 50 g"]
    full = known()
    full.items["SEN-50"] = "Sencha"
    assert "items" not in lines(tmp_path, order(), known=full)


def test_a_torn_row_keeps_its_place_and_costs_no_other(tmp_path: Path) -> None:
    path = write_export(tmp_path / "orders.csv", "shopify_orders", order(), order("#2"))
    text = path.read_text().splitlines()
    path.write_text("\n".join([text[0], text[1], '#9,"torn', text[2]]) + "\n")
    made = converted(path, known=known())["lines"]
    assert column(made, "row") == [2, 4]
    assert [number for number, _, _ in made.broken] == [3]


NEW = {
    "Title": "Sencha", "URL handle": "sencha", "Description": "<p>Green</p>", "Vendor": "Pier", "Status": "Active",
    "Product category": "Food > Tea", "Type": "Green tea", "SKU": "SEN-50", "Barcode": "'4006381333931",
    "Option1 name": "Size", "Option1 value": "50 g", "Price": "9.50",
}  # fmt: skip
HANDLE = {
    "Handle": "sencha", "Title": "Sencha", "Body (HTML)": "<p>Green</p>", "Vendor": "Pier", "Status": "active",
    "Product Category": "Food > Tea", "Type": "Green tea", "Variant SKU": "SEN-50", "Variant Barcode": "'4006381333931",
    "Option1 Name": "Size", "Option1 Value": "50 g", "Variant Price": "9.50",
}  # fmt: skip


@pytest.mark.parametrize(
    ("layout", "first", "second"),
    [
        (
            "shopify_products_new",
            NEW,
            {"URL handle": "sencha", "SKU": "SEN-100", "Option1 value": "100 g", "Price": "17"},
        ),
        (
            "shopify_products",
            HANDLE,
            {"Handle": "sencha", "Variant SKU": "SEN-100", "Option1 Value": "100 g", "Variant Price": "17"},
        ),
    ],
)
def test_both_layouts_of_products_give_an_item_a_variant(
    tmp_path: Path, layout: str, first: dict[str, object], second: dict[str, object]
) -> None:
    handle = next(name for name in second if "andle" in name)
    picture = {handle: "sencha", "Image position": "2"}
    made = converted(write_export(tmp_path / "p.csv", layout, first, second, picture))["items"]
    assert made.frame.select("row", "sku", "name", "gtin", "brand", "price", "category", "variant_of").rows() == [
        (2, "SEN-50", "Sencha - 50 g", "4006381333931", "Pier", "9.50", "Food > Tea > Green tea", "sencha"),
        (3, "SEN-100", "Sencha - 100 g", "", "Pier", "17", "Food > Tea > Green tea", "sencha"),
    ]


def test_drafts_and_archived_products_are_not_offered(tmp_path: Path) -> None:
    made = converted(write_export(tmp_path / "p.csv", "shopify_products", HANDLE | {"Status": "archived"}))
    assert made["items"].rows == 0
    assert made["items"].left_out == {"drafts and archived variants: not offered": 1}


def stock_row(location: str, count: str, **told: str) -> dict[str, object]:
    return {
        "Handle": "sencha", "Title": "Sencha", "Option1 Value": "50 g", "SKU": "SEN-50", "Location": location,
        "Bin name": "B2", "On hand (current)": count, **told,
    }  # fmt: skip


def test_stock_is_that_of_the_stores_own_location(tmp_path: Path) -> None:
    path = write_export(tmp_path / "i.csv", "shopify_inventory", stock_row("Gare", "9"), stock_row("rue haute", "4"))
    assert converted(path, store=STORE)["stock"].frame.rows() == [(3, "SEN-50", "4", "B2")]


def test_stock_of_several_locations_and_none_named_is_not_counted(tmp_path: Path) -> None:
    path = write_export(tmp_path / "i.csv", "shopify_inventory", stock_row("Gare", "9"), stock_row("Rue Haute", "4"))
    made = converted(path)
    assert "stock" not in made
    assert "not counted" in made.notices[0]
    assert "Gare, Rue Haute" in made.notices[0]


def test_stock_of_the_only_location_is_ours_and_the_older_form_is_read(tmp_path: Path) -> None:
    header = "Handle,Title,Option1 Name,Option1 Value,SKU,Location,Incoming,Unavailable,Committed,Available,On hand"
    path = tmp_path / "i.csv"
    path.write_text(
        f"{header}\nsencha,Sencha,Size,50 g,-,Gare,0,0,0,3,5\npot,Pot,,Default Title,,Gare,,,,,not stocked\n"
    )
    made = converted(path)
    assert made["stock"].frame.select("sku", "on_hand").rows() == [("sencha-50-g", "5")]
    assert made["stock"].left_out == {"variants that are not stocked here": 1}

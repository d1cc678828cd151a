from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clerk.cli import main
from clerk.commands.pull import TOKEN
from clerk.errors import SettingsError, SystemRefused
from clerk.pull.api import Api
from clerk.pull.shopify import Shopify
from clerk.pull.square import Square
from clerk.pull.work import Pulled, pull
from tests.pull.fakes import Fake, FakeShopify, FakeSquare

NOW = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)


def money(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount}}


def line(name: str, price: str = "12.00", quantity: int = 1, current: int | None = None) -> dict[str, Any]:
    return {
        "name": name, "sku": name.upper(), "vendor": "Pier", "quantity": quantity,
        "currentQuantity": quantity if current is None else current,
        "originalUnitPriceSet": money(price), "totalDiscountSet": money("0.00"),
    }  # fmt: skip


def order(number: int, *lines: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/Order/{number}", "name": f"#{number}", "email": "ada@example.com", "phone": None,
        "createdAt": f"2026-11-{number % 28 + 1:02d}T09:00:00Z", "updatedAt": "2026-11-01T00:00:00+00:00",
        "cancelledAt": None, "test": False, "sourceName": "pos", "displayFinancialStatus": "PAID",
        "currencyCode": "GBP", "totalPriceSet": money("12.00"), "totalRefundedSet": money("0.00"),
        "billingAddress": None, "shippingAddress": None, "retailLocation": {"name": "Pier"},
        "lineItems": {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": list(lines or [line("Mug")])},
        **changed,
    }  # fmt: skip


def customer(number: int) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/Customer/{number}", "firstName": "Ada", "lastName": "Brandt", "numberOfOrders": "3",
        "taxExempt": False, "amountSpent": {"amount": "36.00"}, "updatedAt": "2026-11-01T00:00:00+00:00",
        "defaultEmailAddress": {"emailAddress": "ada@example.com", "marketingState": "SUBSCRIBED"},
        "defaultPhoneNumber": None, "defaultAddress": None,
    }  # fmt: skip


@pytest.fixture
def shopify() -> Iterator[FakeShopify]:
    fake = FakeShopify()
    fake.customers = [customer(7001)]
    fake.orders = [order(number) for number in range(1001, 1009)]
    with fake.serving():
        yield fake


@pytest.fixture
def square() -> Iterator[FakeSquare]:
    fake = FakeSquare()
    fake.objects = [
        {"type": "CATEGORY", "id": "C1", "category_data": {"name": "Coffee"}},
        {"type": "ITEM", "id": "I1", "item_data": {"name": "Latte", "categories": [{"id": "C1"}], "variations": [
            {"id": "V1", "item_variation_data": {"name": "Small", "sku": "LAT-S",
                                                 "price_money": {"amount": 420, "currency": "USD"}}}]}},
    ]  # fmt: skip
    fake.customers = [{"id": "SQ1", "given_name": "Ada", "family_name": "Brandt", "email_address": "ada@example.com"}]
    fake.orders = [square_order(number) for number in range(1, 8)]
    with fake.serving():
        yield fake


def square_order(number: int, **changed: Any) -> dict[str, Any]:
    paid = {"amount": 470, "currency": "USD"}
    return {
        "id": f"O{number}", "location_id": "L1", "state": "COMPLETED", "customer_id": "SQ1",
        "closed_at": f"2026-11-{number:02d}T03:30:00Z", "created_at": f"2026-11-{number:02d}T03:29:00Z",
        "updated_at": "2026-11-20T00:00:00+00:00",
        "line_items": [{"name": "Latte", "variation_name": "Small", "catalog_object_id": "V1", "quantity": "1",
                        "modifiers": [{"name": "Oat milk"}, {"name": "Shot", "quantity": "2"}],
                        "item_type": "ITEM", "gross_sales_money": paid, "total_money": paid}],
        **changed,
    }  # fmt: skip


def pulled(home: Path, fake: Fake, now: datetime = NOW, token: str = Fake.token) -> Pulled:
    waits: list[float] = []
    if isinstance(fake, FakeShopify):
        api = Api(fake.address, {"X-Shopify-Access-Token": token}, wait_s=0.0)
        return pull(home, "shopify", fake.address, Shopify(api, waits.append).resources, now, quiet_s=120)
    api = Api(fake.address, {"Authorization": f"Bearer {token}"}, wait_s=0.0)
    return pull(home, "square", fake.address, Square(api).resources, now, quiet_s=120)


def rows(home: Path, name: str) -> list[dict[str, str]]:
    [path] = (home / "inbox").glob(f"*-{name}-*.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_page_comes_into_one_file_that_the_night_takes_in(
    tmp_path: Path, shopify: FakeShopify, capsys: pytest.CaptureFixture[str]
) -> None:
    done = pulled(tmp_path, shopify)
    assert done.rows == {"customers": 1, "orders": 8}
    assert [row["Name"] for row in rows(tmp_path, "orders")] == [f"#{number}" for number in range(1001, 1009)]
    assert main(["nightly", "--home", str(tmp_path), "--no-meaning", "--quiet"]) == 0
    assert main(["show", "7001", "--home", str(tmp_path), "--at", "2026-11-29"]) == 0
    assert "Mug" in capsys.readouterr().out


def test_square_goes_from_its_orders_to_the_usual_with_its_modifiers(
    tmp_path: Path, square: FakeSquare, capsys: pytest.CaptureFixture[str]
) -> None:
    pulled(tmp_path, square)
    first = rows(tmp_path, "items")[0]
    assert (first["Date"], first["Time"]) == ("2026-10-31", "23:30:00"), "the wall time of the location"
    assert (first["SKU"], first["Category"], first["Modifiers Applied"]) == ("LAT-S", "Coffee", "Oat milk, 2 x Shot")
    (tmp_path / "store.toml").write_text('timezone = "America/New_York"\n')
    assert main(["nightly", "--home", str(tmp_path), "--no-meaning", "--quiet"]) == 0
    capsys.readouterr()
    assert main(["show", "SQ1", "--home", str(tmp_path), "--at", "2026-11-08"]) == 0
    usual = next(text for text in capsys.readouterr().out.splitlines() if "1 × Latte" in text).lower()
    assert "oat milk" in usual
    assert "shot" in usual


@pytest.mark.parametrize("cut_after", range(1, 8))
@pytest.mark.parametrize("system", ["shopify", "square"])
def test_a_pull_that_is_cut_off_goes_on_and_brings_each_row_once(
    tmp_path: Path, system: str, cut_after: int, request: pytest.FixtureRequest
) -> None:
    fake: Fake = request.getfixturevalue(system)
    whole = pulled(tmp_path / "whole", fake).rows
    fake.asked.clear()
    fake.trouble = lambda asked: (404, {}, {"errors": [{"code": "NOT_FOUND"}]}) if asked > cut_after else None
    home = tmp_path / "cut"
    try:
        pulled(home, fake)
    except SystemRefused:
        assert not list((home / "inbox").glob("*")), "nothing half comes into the inbox"
        # A page that was written, but not yet noted, is fetched again.
        for part in (home / "pull" / system).glob("*.csv"):
            part.write_bytes(part.read_bytes() + b"half a row")
        fake.trouble = lambda _: None
        assert pulled(home, fake, LATER).rows == whole
    for name in whole:
        assert rows(home, name) == rows(tmp_path / "whole", name)


def test_the_next_pull_asks_only_for_what_changed_since(tmp_path: Path, shopify: FakeShopify) -> None:
    pulled(tmp_path, shopify)
    assert pulled(tmp_path, shopify, LATER).files == ()
    shopify.orders.append(order(1009, updatedAt="2026-11-30T02:55:00+00:00"))
    assert pulled(tmp_path, shopify, LATER).rows["orders"] == 1


def test_a_budget_that_is_used_up_is_waited_for_and_a_page_that_is_too_large_is_halved(
    tmp_path: Path, shopify: FakeShopify
) -> None:
    cost = {"requestedQueryCost": 120, "throttleStatus": {"currentlyAvailable": 20, "restoreRate": 50}}
    throttled = {"errors": [{"extensions": {"code": "THROTTLED"}}], "extensions": {"cost": cost}}
    shopify.trouble = lambda asked: (200, {}, throttled) if asked in (1, 3) else None
    shopify.cost_at_most = 50
    waits: list[float] = []
    api = Api(shopify.address, {"X-Shopify-Access-Token": shopify.token})
    done = pull(tmp_path, "shopify", "a", Shopify(api, waits.append).resources, NOW, quiet_s=0)
    assert done.rows["orders"] == 8
    assert waits == [2.0, 2.0]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_system_that_is_busy_is_asked_again(tmp_path: Path, square: FakeSquare, status: int) -> None:
    square.trouble = lambda asked: (status, {"Retry-After": "0"}, {}) if asked % 2 else None
    assert pulled(tmp_path, square).rows["items"] == 7


def test_a_token_that_may_not_read_something_is_told_so(
    tmp_path: Path, shopify: FakeShopify, square: FakeSquare
) -> None:
    shopify.scopes = frozenset({"read_orders"})
    with pytest.raises(SystemRefused, match="it lacks `read_customers` access scope"):
        pulled(tmp_path, shopify)
    square.scopes = square.scopes - {"ORDERS_READ"}
    with pytest.raises(SystemRefused, match="it lacks ORDERS_READ"):
        pulled(tmp_path, square)
    for fake in (shopify, square):
        with pytest.raises(SystemRefused, match="does not accept the token"):
            pulled(tmp_path, fake, token="another")


def test_an_answer_that_is_no_json_or_leads_elsewhere_is_refused(tmp_path: Path, square: FakeSquare) -> None:
    square.trouble = lambda _: (200, {}, b"<html>sign in to this wireless network</html>")
    with pytest.raises(SystemRefused, match="not in JSON"):
        pulled(tmp_path, square)
    square.trouble = lambda _: (302, {"Location": "http://127.0.0.1:1/elsewhere"}, {})
    with pytest.raises(SystemRefused):
        pulled(tmp_path, square)
    with pytest.raises(SystemRefused, match="could not be asked"):
        Api("http://127.0.0.1:1", {}, wait_s=0.0).ask("/")


@pytest.mark.parametrize("address", ["http://shop.example", "shop.example", "file:///etc", "https://"])
def test_a_token_is_sent_over_https_only(address: str) -> None:
    with pytest.raises(SettingsError):
        Api(address, {})


def test_what_was_paid_back_in_part_is_taken_off_its_line(tmp_path: Path, shopify: FakeShopify) -> None:
    partly = [line("Mug"), line("Bowl", quantity=2, current=0)]
    shopify.orders = [
        order(1, *partly, displayFinancialStatus="PARTIALLY_REFUNDED", totalRefundedSet=money("24.00")),
        order(2, displayFinancialStatus="REFUNDED", totalRefundedSet=money("12.00")),
        order(3, test=True),
    ]
    pulled(tmp_path, shopify)
    told = [(one["Name"], one["Lineitem name"], one["Lineitem quantity"]) for one in rows(tmp_path, "orders")]
    assert told == [("#1", "Mug", "1"), ("#1", "Bowl", "0"), ("#2", "Mug", "1")]
    assert [one["Refunded Amount"] for one in rows(tmp_path, "orders")] == ["", "", "12.00"]


def test_an_order_longer_than_a_page_comes_whole(tmp_path: Path, shopify: FakeShopify) -> None:
    long = order(1, line("Mug"))
    long["lineItems"]["pageInfo"] = {"hasNextPage": True, "endCursor": "1"}
    long["more"] = {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": [line("Bowl")]}
    shopify.orders = [long]
    pulled(tmp_path, shopify)
    assert [one["Lineitem name"] for one in rows(tmp_path, "orders")] == ["Mug", "Bowl"]


def test_square_says_what_was_brought_back_and_what_was_cancelled(tmp_path: Path, square: FakeSquare) -> None:
    back = {"name": "Latte", "catalog_object_id": "V1", "quantity": "1",
            "gross_return_money": {"amount": 470, "currency": "USD"}}  # fmt: skip
    square.orders = [
        square_order(1, line_items=[], returns=[{"source_order_id": "O9", "return_line_items": [back]}]),
        square_order(2, state="CANCELED"),
    ]
    pulled(tmp_path, square)
    told = [(one["Event Type"], one["Qty"], one["Gross Sales"]) for one in rows(tmp_path, "items")]
    assert told == [("Refund", "-1", "-4.70"), ("Payment", "0", "4.70")]


def test_many_locations_are_asked_ten_at_a_time(tmp_path: Path, square: FakeSquare) -> None:
    square.locations = tuple({"id": f"L{n}", "name": f"Shop {n}", "timezone": "UTC"} for n in range(1, 24))
    square.orders = [square_order(number, location_id=f"L{number * 3}") for number in range(1, 8)]
    assert pulled(tmp_path, square).rows["items"] == 7
    asked = [question["location_ids"] for path, _, question in square.asked if path.startswith("/v2/orders")]
    assert max(map(len, asked)) == 10


def test_nothing_is_pulled_unless_settings_permit_it_and_a_token_is_there(
    tmp_path: Path, shopify: FakeShopify, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pull", "shopify", "--home", str(tmp_path)]) == 2
    assert "does not permit it" in capsys.readouterr().err
    (tmp_path / "settings.toml").write_text(f'[pull]\nshopify = "{shopify.address}"\n')
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    assert main(["pull", "shopify", "--home", str(tmp_path)]) == 2
    assert shopify.asked == []
    monkeypatch.setenv(TOKEN, shopify.token)
    assert main(["pull", "shopify", "--home", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["rows"] == {"customers": 1, "orders": 8}
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert shopify.token.encode() not in written

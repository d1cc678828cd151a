"""Square's catalog, customers and orders over its interface, as the files that its own export buttons make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from clerk.phrases import minor_digits
from clerk.pull.api import Api, cell, inside
from clerk.pull.work import Page, Resource, Row

VERSION: Final = "2025-10-16"
"""Of the interface, sent with every question."""
_LOCATIONS_AT_ONCE = 10

CATALOG: Final = (
    "Token", "Item Name", "Variation Name", "SKU", "Description", "Category", "GTIN", "Price", "Archived", "Item Type",
)  # fmt: skip
CUSTOMERS: Final = (
    "Reference ID", "First Name", "Last Name", "Email Address", "Phone Number", "Nickname", "Birthday",
    "Creation Source", "Square Customer ID", "Email Subscription Status", "Instant Profile",
)  # fmt: skip
ITEMS: Final = (
    "Date", "Time", "Time Zone", "Category", "Item", "Qty", "Price Point Name", "SKU", "Modifiers Applied",
    "Gross Sales", "Discounts", "Net Sales", "Transaction ID", "Event Type", "Location", "Customer ID",
    "Itemization Type", "Currency",
)  # fmt: skip
_ITEM_TYPES = {"CUSTOM_AMOUNT": "Custom Amount", "GIFT_CARD": "Gift Card"}


class Square:
    """One merchant's catalog, customers and orders.

    Args:
        api: with the token in its headers.
    """

    def __init__(self, api: Api) -> None:
        self._api = api
        self._locations: dict[str, tuple[str, str]] = {}
        self._variations: dict[str, tuple[str, str]] = {}
        self._categories: dict[str, str] = {}

    def resources(self, since: str) -> Sequence[Resource]:
        """The catalog first: orders name a variation, and the catalog its SKU."""
        return (
            Resource("catalog", CATALOG, self._catalog, resumable=False),
            Resource("customers", CUSTOMERS, lambda cursor: self._customers(cursor, since)),
            Resource("items", ITEMS, lambda cursor: self._orders(cursor, since)),
        )

    def _catalog(self, cursor: str) -> Page:
        asked = urlencode({"types": "CATEGORY,ITEM", **({"cursor": cursor} if cursor else {})})
        answer = self._ask(f"/v2/catalog/list?{asked}", None, "ITEMS_READ")
        rows: list[Row] = []
        objects = answer.get("objects") or []
        for one in objects:
            if one["type"] == "CATEGORY":
                self._categories[one["id"]] = cell(inside(one, "category_data", "name"))
        for one in objects:
            if one["type"] == "ITEM":
                rows += self._variations_of(one)
        return Page(rows, cell(answer.get("cursor")))

    def _variations_of(self, item: Mapping[str, Any]) -> list[Row]:
        data = item["item_data"]
        named = [data.get("reporting_category") or {}, *(data.get("categories") or [])]
        ids = [one["id"] for one in named if one.get("id")] or [cell(data.get("category_id"))]
        category = next((self._categories[one] for one in ids if one in self._categories), "")
        rows: list[Row] = []
        for one in data.get("variations") or []:
            variation = one["item_variation_data"]
            self._variations[one["id"]] = (cell(variation.get("sku")), category)
            rows.append((
                one["id"], cell(data.get("name")), cell(variation.get("name")), cell(variation.get("sku")),
                cell(data.get("description_plaintext") or data.get("description")), category,
                cell(variation.get("upc")), _money(variation.get("price_money")),
                "Y" if data.get("is_archived") else "N", cell(data.get("product_type")).replace("_", " ").title(),
            ))  # fmt: skip
        return rows

    def _customers(self, cursor: str, since: str) -> Page:
        question: dict[str, Any] = {"limit": 100, "query": {"sort": {"field": "CREATED_AT", "order": "ASC"}}}
        if since:
            question["query"]["filter"] = {"updated_at": {"start_at": since}}
        if cursor:
            question["cursor"] = cursor
        answer = self._ask("/v2/customers/search", question, "CUSTOMERS_READ")
        return Page([_customer(one) for one in answer.get("customers") or []], cell(answer.get("cursor")))

    def _orders(self, cursor: str, since: str) -> Page:
        """A page of some locations' orders; the cursor says which locations, and where in them."""
        locations = list(self._known_locations())
        chunk, _, inner = (cursor or "0:").partition(":")
        first = int(chunk) * _LOCATIONS_AT_ONCE
        question: dict[str, Any] = {
            "location_ids": locations[first : first + _LOCATIONS_AT_ONCE],
            "limit": 500,
            "query": {
                "filter": {"state_filter": {"states": ["COMPLETED", "CANCELED"]}},
                "sort": {"sort_field": "UPDATED_AT", "sort_order": "ASC"},
            },
        }
        if since:
            question["query"]["filter"]["date_time_filter"] = {"updated_at": {"start_at": since}}
        if inner:
            question["cursor"] = inner
        if not question["location_ids"]:
            return Page([])
        answer = self._ask("/v2/orders/search", question, "ORDERS_READ")
        rows = [row for order in answer.get("orders") or [] for row in self._order(order)]
        following = cell(answer.get("cursor"))
        more = first + _LOCATIONS_AT_ONCE < len(locations)
        return Page(rows, f"{chunk}:{following}" if following else f"{int(chunk) + 1}:" if more else "")

    def _known_locations(self) -> dict[str, tuple[str, str]]:
        """Location id -> its name and time zone."""
        if not self._locations:
            answer = self._ask("/v2/locations", None, "MERCHANT_PROFILE_READ")
            self._locations = {
                one["id"]: (cell(one.get("name")), cell(one.get("timezone")) or "UTC")
                for one in answer.get("locations") or []
            }
        return self._locations

    def _order(self, order: Mapping[str, Any]) -> list[Row]:
        """A row a line, and a row a line that was brought back; a cancelled order has pieces of none."""
        name, zone = self._known_locations().get(order["location_id"], ("", "UTC"))
        moment = datetime.fromisoformat(cell(order.get("closed_at") or order["created_at"]).replace("Z", "+00:00"))
        at = moment.astimezone(ZoneInfo(zone))
        tenders = order.get("tenders") or []
        payers = [cell(one.get("customer_id")) for one in tenders if one.get("customer_id")]
        customer = cell(order.get("customer_id")) or (payers[0] if payers else "")
        cancelled = order.get("state") == "CANCELED"
        lines = [(line, "Payment", 1) for line in order.get("line_items") or []]
        for brought in order.get("returns") or []:
            lines += [(line, "Refund", -1) for line in brought.get("return_line_items") or []]
        rows: list[Row] = []
        for line, event, sign in lines:
            sku, category = self._variations.get(cell(line.get("catalog_object_id")), ("", ""))
            gross = line.get("gross_sales_money") or line.get("gross_return_money")
            discount, net = _money(line.get("total_discount_money"), -sign), _money(line.get("total_money"), sign)
            rows.append((
                f"{at:%Y-%m-%d}", f"{at:%H:%M:%S}", zone, category, cell(line.get("name")),
                "0" if cancelled else ("-" if sign < 0 else "") + cell(line.get("quantity")),
                cell(line.get("variation_name")), sku, _modifiers(line), _money(gross, sign),
                discount, net, order["id"], event, name, customer,
                _ITEM_TYPES.get(cell(line.get("item_type")), "Physical Good"), cell((gross or {}).get("currency")),
            ))  # fmt: skip
        return rows

    def _ask(self, path: str, question: Mapping[str, Any] | None, permission: str) -> Mapping[str, Any]:
        """The answer.

        Raises:
            SystemRefused: the token is not accepted or may not read this, or the system cannot be asked.
        """
        status, answer = self._api.ask(path, question)
        errors = answer.get("errors") or [] if isinstance(answer, dict) else []
        codes = {cell(one.get("code")) for one in errors if isinstance(one, dict)}
        if codes & {"INSUFFICIENT_SCOPES", "FORBIDDEN"} or status == 403:
            raise self._api.permission_lacks("square", permission)
        if status == 401:
            raise self._api.token_refused("square")
        if status != 200 or errors or not isinstance(answer, dict):
            raise self._api.unreachable(f"it answered {status}: {', '.join(sorted(codes)) or 'no reason'}")
        return answer


def _customer(one: Mapping[str, Any]) -> Row:
    unsubscribed = bool(inside(one, "preferences", "email_unsubscribed"))
    return (
        cell(one.get("reference_id")), cell(one.get("given_name")), cell(one.get("family_name")),
        cell(one.get("email_address")), cell(one.get("phone_number")), cell(one.get("nickname")),
        cell(one.get("birthday")), cell(one.get("creation_source")).replace("_", " ").title(), one["id"],
        "Unsubscribed" if unsubscribed else "",
        "Yes" if one.get("creation_source") == "INSTANT_PROFILE" else "No",
    )  # fmt: skip


def _modifiers(line: Mapping[str, Any]) -> str:
    """`Oat milk, 2 x Extra shot`, as the export writes them."""
    found = []
    for one in line.get("modifiers") or line.get("return_modifiers") or []:
        times = cell(one.get("quantity"))
        found.append(f"{times} x {one['name']}" if times not in ("", "1") else cell(one.get("name")))
    return ", ".join(name for name in found if name)


def _money(money: Mapping[str, Any] | None, sign: int = 1) -> str:
    """An amount in the smallest unit of its currency, as a decimal number."""
    if not money or money.get("amount") is None:
        return ""
    digits = minor_digits(cell(money.get("currency")))
    return f"{sign * int(money['amount']) / 10**digits:.{digits}f}"

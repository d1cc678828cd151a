"""Shopify's customers and orders over its GraphQL Admin interface, as the files that its own export buttons make."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from clerk.pull.api import Api, cell, inside
from clerk.pull.work import Page, Resource, Row

VERSION: Final = "2025-10"
"""Of the interface. Shopify answers a version for a year, and then with the oldest that it still has."""
_ORDERS_A_PAGE, _CUSTOMERS_A_PAGE, _LINES_A_PAGE = 40, 200, 50
_WAITS_AT_MOST = 30

CUSTOMERS: Final = (
    "Customer ID", "First Name", "Last Name", "Email", "Accepts Email Marketing", "Phone", "Default Address Phone",
    "Total Spent", "Total Orders", "Tax Exempt",
)  # fmt: skip
ORDERS: Final = (
    "Name", "Email", "Financial Status", "Currency", "Total", "Created at", "Lineitem quantity", "Lineitem name",
    "Lineitem price", "Lineitem sku", "Lineitem discount", "Billing Name", "Billing Phone", "Shipping Phone",
    "Cancelled at", "Refunded Amount", "Vendor", "Source", "Phone", "Location",
)  # fmt: skip

_LINES = """
pageInfo { hasNextPage endCursor }
nodes {
  name sku vendor quantity currentQuantity
  originalUnitPriceSet { shopMoney { amount } }
  totalDiscountSet { shopMoney { amount } }
}
"""
_ORDERS_QUESTION = f"""
query ($first: Int!, $after: String, $query: String) {{
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{
      id name email phone createdAt cancelledAt test sourceName displayFinancialStatus currencyCode
      totalPriceSet {{ shopMoney {{ amount }} }}
      totalRefundedSet {{ shopMoney {{ amount }} }}
      billingAddress {{ name phone }}
      shippingAddress {{ phone }}
      retailLocation {{ name }}
      lineItems(first: {_LINES_A_PAGE}) {{ {_LINES} }}
    }}
  }}
}}
"""
_MORE_LINES = f"""
query ($id: ID!, $after: String) {{
  order(id: $id) {{ lineItems(first: {_LINES_A_PAGE}, after: $after) {{ {_LINES} }} }}
}}
"""
_CUSTOMERS_QUESTION = """
query ($first: Int!, $after: String, $query: String) {
  customers(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id firstName lastName numberOfOrders taxExempt
      amountSpent { amount }
      defaultEmailAddress { emailAddress marketingState }
      defaultPhoneNumber { phoneNumber }
      defaultAddress { phone }
    }
  }
}
"""


class Shopify:
    """One shop's customers and orders.

    Args:
        api: with the token in its headers.
        sleep: waits so many seconds.
    """

    def __init__(self, api: Api, sleep: Callable[[float], None] = time.sleep) -> None:
        self._api = api
        self._sleep = sleep
        self._size = {"orders": _ORDERS_A_PAGE, "customers": _CUSTOMERS_A_PAGE}

    def resources(self, since: str) -> Sequence[Resource]:
        """Customers first, since orders are matched with them."""
        changed = f"updated_at:>='{since}'" if since else None
        return (
            Resource("customers", CUSTOMERS, lambda cursor: self._customers(cursor, changed)),
            Resource("orders", ORDERS, lambda cursor: self._orders(cursor, changed)),
        )

    def _customers(self, cursor: str, changed: str | None) -> Page:
        found, following = self._page("customers", _CUSTOMERS_QUESTION, cursor, changed)
        return Page([_customer(one) for one in found], following)

    def _orders(self, cursor: str, changed: str | None) -> Page:
        found, following = self._page("orders", _ORDERS_QUESTION, cursor, changed)
        rows: list[Row] = []
        for order in found:
            if not order.get("test"):
                rows += _order(order, self._lines(order))
        return Page(rows, following)

    def _lines(self, order: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Every line of an order, also of one that is longer than a page."""
        part = order["lineItems"]
        lines = list(part["nodes"])
        while part["pageInfo"]["hasNextPage"]:
            variables = {"id": order["id"], "after": part["pageInfo"]["endCursor"]}
            part = self._ask(_MORE_LINES, variables)["order"]["lineItems"]
            lines += part["nodes"]
        return lines

    def _page(
        self, name: str, question: str, cursor: str, changed: str | None
    ) -> tuple[list[Mapping[str, Any]], str]:  # fmt: skip
        while True:
            variables = {"first": self._size[name], "after": cursor or None, "query": changed}
            try:
                page = self._ask(question, variables)[name]
            except _TooCostlyError:
                if self._size[name] == 1:
                    raise self._api.unreachable("one row costs more than it permits") from None
                self._size[name] //= 2
                continue
            following = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else ""
            return page["nodes"], following

    def _ask(self, question: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        """The data of an answer, after as many waits as the system's budget asks for.

        Raises:
            SystemRefused: the token is not accepted or may not read this, or the system cannot be asked.
        """
        for _ in range(_WAITS_AT_MOST):
            status, answer = self._api.ask(
                f"/admin/api/{VERSION}/graphql.json", {"query": question, "variables": variables}
            )
            if status in (401, 403):
                raise self._api.token_refused("shopify")
            if status != 200 or not isinstance(answer, dict):
                raise self._api.unreachable(f"it answered {status}")
            errors = answer.get("errors") or []
            codes = {str(inside(one, "extensions", "code") or "") for one in errors if isinstance(one, dict)}
            if "THROTTLED" in codes:
                self._sleep(_wait(answer))
            elif "MAX_COST_EXCEEDED" in codes:
                raise _TooCostlyError
            elif "ACCESS_DENIED" in codes:
                needed = next((inside(one, "extensions", "requiredAccess") for one in errors), None)
                raise self._api.permission_lacks("shopify", str(needed or "access to orders and customers"))
            elif errors or not isinstance(answer.get("data"), dict):
                raise self._api.unreachable(f"it refused the question: {str(errors)[:200]}")
            else:
                data: Mapping[str, Any] = answer["data"]
                return data
        raise self._api.unreachable("it asks to wait again and again")


class _TooCostlyError(Exception):
    """A page is larger than the system answers at once."""


def _wait(answer: Mapping[str, Any]) -> float:
    """Seconds until the question can be paid for."""
    cost = inside(answer, "extensions", "cost") or {}
    status = cost.get("throttleStatus") or {}
    lacks = float(cost.get("requestedQueryCost") or 100) - float(status.get("currentlyAvailable") or 0)
    return min(60.0, max(1.0, lacks / float(status.get("restoreRate") or 50)))


def _customer(one: Mapping[str, Any]) -> Row:
    agreed = inside(one, "defaultEmailAddress", "marketingState") == "SUBSCRIBED"
    return (
        _number(one["id"]), cell(one.get("firstName")), cell(one.get("lastName")),
        cell(inside(one, "defaultEmailAddress", "emailAddress")), "yes" if agreed else "no",
        cell(inside(one, "defaultPhoneNumber", "phoneNumber")), cell(inside(one, "defaultAddress", "phone")),
        cell(inside(one, "amountSpent", "amount")), cell(one.get("numberOfOrders")),
        "yes" if one.get("taxExempt") else "no",
    )  # fmt: skip


def _order(order: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> list[Row]:
    """A row a line. What was paid back in part is taken off its line, which the export button's file cannot say."""
    status = cell(order.get("displayFinancialStatus")).lower()
    part = status == "partially_refunded"
    return [
        (
            cell(order["name"]), cell(order.get("email")), "paid" if part else status,
            cell(order.get("currencyCode")), cell(inside(order, "totalPriceSet", "shopMoney", "amount")),
            cell(order.get("createdAt")), cell(line["currentQuantity" if part else "quantity"]), cell(line["name"]),
            cell(inside(line, "originalUnitPriceSet", "shopMoney", "amount")), cell(line.get("sku")),
            cell(inside(line, "totalDiscountSet", "shopMoney", "amount")),
            cell(inside(order, "billingAddress", "name")), cell(inside(order, "billingAddress", "phone")),
            cell(inside(order, "shippingAddress", "phone")), cell(order.get("cancelledAt")),
            "" if part else cell(inside(order, "totalRefundedSet", "shopMoney", "amount")),
            cell(line.get("vendor")), cell(order.get("sourceName")), cell(order.get("phone")),
            cell(inside(order, "retailLocation", "name")),
        )
        for line in lines
    ]  # fmt: skip


def _number(identity: str) -> str:
    """`gid://shopify/Customer/7001` is 7001, as exports write it."""
    return identity.rsplit("/", 1)[-1]

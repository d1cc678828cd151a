"""Stand-ins for Shopify and Square on this machine, which answer as their published interfaces say."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, dict[str, str], Any]


class Fake:
    """A server with orders and customers.

    Attributes:
        address: where it listens.
        asked: what came in, oldest first: (path, headers, question).
        trouble: called before each answer with how many questions there were; its answer comes instead.
    """

    token = "a-good-token"

    def __init__(self) -> None:
        self.address = ""
        self.asked: list[tuple[str, dict[str, str], Any]] = []
        self.trouble: Callable[[int], Answer | None] = lambda _: None
        self.orders: list[dict[str, Any]] = []
        self.customers: list[dict[str, Any]] = []

    def answer(self, path: str, headers: dict[str, str], question: Any) -> Answer:
        raise NotImplementedError

    @contextmanager
    def serving(self) -> Iterator[Fake]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                self._reply(json.loads(self.rfile.read(length) or b"{}"))

            def do_GET(self) -> None:
                self._reply(None)

            def _reply(self, question: Any) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                fake.asked.append((self.path, headers, question))
                status, more, body = fake.trouble(len(fake.asked)) or fake.answer(self.path, headers, question)
                text = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                for name, value in {**more, "Content-Length": str(len(text))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                return

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        self.address = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class FakeShopify(Fake):
    """Answers pages of at most `page` rows, whatever was asked for, and counts what a question costs."""

    page = 3
    cost_at_most = 1000
    scopes = frozenset({"read_orders", "read_customers"})

    def answer(self, path: str, headers: dict[str, str], question: Any) -> Answer:
        if headers.get("x-shopify-access-token") != self.token:
            return 401, {}, {"errors": "[API] Invalid API key or access token"}
        asked, variables = question["query"], question["variables"]
        if "order(id:" in asked:
            order = next(one for one in self.orders if one["id"] == variables["id"])
            return 200, {}, {"data": {"order": {"lineItems": order["more"]}}}
        name = "orders" if "orders(" in asked else "customers"
        if f"read_{name}" not in self.scopes:
            needed = {"code": "ACCESS_DENIED", "requiredAccess": f"`read_{name}` access scope."}
            return 200, {}, {"data": {name: None}, "errors": [{"message": "Access denied", "extensions": needed}]}
        if variables["first"] * 10 > self.cost_at_most:
            return 200, {}, {"errors": [{"message": "too much", "extensions": {"code": "MAX_COST_EXCEEDED"}}]}
        rows = getattr(self, name)
        if variables.get("query"):
            since = variables["query"].split("'")[1]
            rows = [one for one in rows if one["updatedAt"] >= since]
        start = int(variables.get("after") or 0)
        end = min(start + min(self.page, variables["first"]), len(rows))
        more = {"hasNextPage": end < len(rows), "endCursor": str(end)}
        return 200, {}, {"data": {name: {"pageInfo": more, "nodes": rows[start:end]}}}


class FakeSquare(Fake):
    """Answers pages of at most `page` rows."""

    page = 3
    scopes = frozenset({"ORDERS_READ", "CUSTOMERS_READ", "ITEMS_READ", "MERCHANT_PROFILE_READ"})
    locations = ({"id": "L1", "name": "Quay Street", "timezone": "America/New_York"},)

    def __init__(self) -> None:
        super().__init__()
        self.objects: list[dict[str, Any]] = []

    def answer(self, path: str, headers: dict[str, str], question: Any) -> Answer:
        if headers.get("authorization") != f"Bearer {self.token}":
            return 401, {}, {"errors": [{"category": "AUTHENTICATION_ERROR", "code": "UNAUTHORIZED"}]}
        for beginning, scope, name, rows in (
            ("/v2/locations", "MERCHANT_PROFILE_READ", "locations", list(self.locations)),
            ("/v2/catalog/list", "ITEMS_READ", "objects", self.objects),
            ("/v2/customers/search", "CUSTOMERS_READ", "customers", self.customers),
            ("/v2/orders/search", "ORDERS_READ", "orders", self.orders),
        ):
            if path.startswith(beginning):
                if scope not in self.scopes:
                    return 403, {}, {"errors": [{"category": "AUTHENTICATION_ERROR", "code": "INSUFFICIENT_SCOPES"}]}
                return 200, {}, self._page(name, rows, path, question)
        return 404, {}, {"errors": [{"code": "NOT_FOUND"}]}

    def _page(self, name: str, rows: list[dict[str, Any]], path: str, question: Any) -> dict[str, Any]:
        if name == "orders":
            rows = [one for one in rows if one["location_id"] in question["location_ids"]]
            after = question["query"]["filter"].get("date_time_filter", {}).get("updated_at", {}).get("start_at", "")
            rows = [one for one in rows if one.get("updated_at", "9") >= after]
        cursor = (question or {}).get("cursor") or path.partition("cursor=")[2]
        start = int(cursor or 0)
        end = start + (len(rows) if name == "locations" else self.page)
        return {name: rows[start:end], **({"cursor": str(end)} if end < len(rows) else {})}

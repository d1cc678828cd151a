"""A pack with a bit of everything, built once for all tests that only read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clerk.pack.read import PackReader
from clerk.pack.search import PackSearch
from embeddings import WeightlessEncoder
from tests.pack_build.shop import build_shop, opened, write_table

MEMBERS = [
    ("m1", "Ada Lovelace", "Ada", "+43 664 1234471", "ada.byron@example.org", "Gold"),
    ("m2", "Grace Hopper", "", "0664 7770001", "grace@example.org", ""),
    ("m3", "Adelheid Löwenstein-Groß", "", "", "", ""),
    ("m4", "Sinéad O'Connor", "", "", "", ""),
    ("X99", "Ada Zweite", "", "", "", ""),
    ("m6", "", "", "", "", ""),
]
ITEMS = [
    (
        "FW",
        "Flat white",
        "Drinks > Coffee",
        "Espresso with <b>velvet</b> milk",
        "3.20",
        "4006381333931",
        "",
        "",
        "",
        "",
        "",
        "CH;KT",
        "",
    ),
    ("FW-L", "Flat white large", "Drinks > Coffee", "", "3.90", "", "FW", "", "Everybody", "", "", "", ""),
    (
        "CH",
        "Chocolate bar",
        "Sweets",
        "",
        "2.50",
        "0012345678905",
        "",
        "milk, nuts",
        "Children",
        "Vegetarian, Gluten Free",
        "",
        "",
        "EN-gb",
    ),
    ("KT", "Kettle", "Homeware", "", "49", "", "", "None", "pets; children", "", "no", "", "german"),
]
LINES = [
    ("b1", "m1", "FW", "2026-01-02T08:00", "1", "3.20", "Milk=Oat; Size=Large", ""),
    ("b1", "m1", "CH", "2026-01-02T08:00", "2", "5.00", "", "yes"),
    ("b2", "m1", "FW", "2026-01-05T08:00", "1", "3.20", "Size=Large; Milk=Oat", ""),
    ("b3", "m2", "CH", "2025-12-20T09:00", "1", "2.50", "", ""),
    ("b4", "m3", "OLD", "2026-01-20T09:00", "1", "", "", ""),
    ("b5", "X99", "FW", "2026-01-10T09:00", "1", "", "Extra shot", ""),
]


def write_everything(folder: Path) -> Path:
    """The canonical folder behind the pack."""
    write_table(folder, "members", ("member_id", "name", "given_name", "phone", "email", "tier"), MEMBERS)
    write_table(
        folder,
        "items",
        (
            "sku",
            "name",
            "category",
            "description",
            "price",
            "gtin",
            "variant_of",
            "allergens",
            "audience",
            "diets",
            "mention",
            "goes_with",
            "language",
        ),
        ITEMS,
    )
    write_table(
        folder,
        "lines",
        ("basket_id", "member_id", "sku", "sold_at", "quantity", "line_total", "modifiers", "gift"),
        LINES,
    )
    write_table(
        folder,
        "cards",
        ("code", "member_id", "status", "issued_at"),
        [
            ("bcdf ghjk lnpr stvx bcdf ghjk", "m1", "", "2025-01-01"),
            ("4711", "m1", "active", ""),
            ("4711", "m2", "active", ""),
            ("4712", "m2", "lost", ""),
        ],
    )
    write_table(folder, "stock", ("sku", "on_hand", "shelf"), [("FW", 5, "Bar"), ("CH", 0, "S2"), ("FW", 2, "Back")])
    write_table(
        folder,
        "modifiers",
        ("sku", "category", "group", "option", "price", "available"),
        [
            ("", "Drinks", "Milk", "Oat", "0.40", "no"),
            ("", "Drinks", "Milk", "Whole", "", ""),
            ("FW", "", "Size", "Large", "0.70", "yes"),
            ("", "Sweets", "Wrap", "Paper", "", ""),
        ],
    )
    write_table(
        folder,
        "consents",
        ("member_id", "purpose", "state", "at", "by"),
        [("m1", "contact", "given", "2025-05-01", "web"), ("m1", "contact", "withdrawn", "2025-06-01", "till")],
    )
    write_table(
        folder,
        "privileges",
        ("tier", "text", "until"),
        [("Gold", "A pastry on the house", ""), ("Gold", "Long gone", "2024-01-01"), ("Silver", "A smile", "")],
    )
    (folder / "store.toml").write_text(
        'store = "Test"\nstore_id = "S1"\ncurrency = "EUR"\ndemo_member = "m1"\nhouse = ["KT"]\n', encoding="utf-8"
    )
    return folder


@pytest.fixture(scope="session")
def whole_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder nobody may write to."""
    base = tmp_path_factory.mktemp("whole")
    build_shop(write_everything(base / "folder"), base / "home", encoder=WeightlessEncoder(16))
    return base / "home"


@pytest.fixture
def reader(whole_home: Path) -> Iterator[PackReader]:
    """A reader of the pack."""
    made = opened(whole_home)
    yield made
    made.pack.close()


@pytest.fixture
def search(reader: PackReader) -> PackSearch:
    """Word searches over the pack."""
    return PackSearch(reader)

"""A small shop with cards and phone numbers, built once; every test has a journal of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clerk.clock import DAY_S, FixedClock, parse_at, to_datetime
from clerk.desk.kiosk.session import KioskDesk
from tests.kiosk.fake_kiosk import code_of
from tests.pack_build.shop import build_shop, write_table

NOW = parse_at("2026-03-10T09:00")
MEMBERS = [
    ("ada", "Ada Lovelace", "Ada", "+43 664 1234471", "ada@example.org", "Gold"),
    ("ben", "Ben Okri", "Ben", "", "", ""),
    ("gwen", "Gwen Stefansdóttir", "Gwen", "0664 777 0001", "", ""),
]
CARDS = [
    (code_of(1), "ada", "active"),
    (code_of(5), "ada", "active"),
    (code_of(2), "ben", "active"),
    (code_of(3), "gwen", "active"),
    (code_of(4), "ben", "lost"),
    ("4006381333931777", "gwen", "active"),
    ("471147114711", "ada", "active"),
    ("471147114711", "ben", "active"),
]
ADA, BEN, GWEN, LOST, ADA_TOO = code_of(1), code_of(2), code_of(3), code_of(4), code_of(5)
ITEMS = [
    ("FW", "Flat white", "Drinks > Coffee", "3.60", "5000000000017", "", "milk"),
    ("BEANS", "House beans 250 g", "Provisions > Beans", "9.50", "5000000000024", "", ""),
    ("ALMOND", "Almond croissant", "Bakery > Croissants", "2.80", "", "", "almond; gluten"),
    ("PLASTERS", "Blister plasters", "Care > Feet", "4.00", "", "yes", ""),
    ("SENCHA", "Sencha", "Provisions > Tea", "8.00", "", "", ""),
]


@pytest.fixture(scope="session")
def kiosk_packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Last night's build."""
    folder = tmp_path_factory.mktemp("kiosk")
    tables = folder / "tables"
    write_table(tables, "members", ("member_id", "name", "given_name", "phone", "email", "tier"), MEMBERS)
    columns = ("sku", "name", "category", "price", "gtin", "sensitive", "allergens")
    write_table(tables, "items", columns, ITEMS)
    write_table(tables, "cards", ("code", "member_id", "status"), CARDS)
    rows = []
    for who, sku, days, times, choices in (
        ("ada", "FW", 2, 20, "Milk=Oat"),
        ("ada", "ALMOND", 2, 20, ""),
        ("ada", "BEANS", 12, 5, ""),
        ("gwen", "PLASTERS", 9, 3, ""),
        ("gwen", "FW", 3, 12, ""),
    ):
        for number in range(times):
            at = to_datetime(NOW - (2 + days * number) * DAY_S).isoformat(sep="T")
            rows.append((f"{who}-{days}-{number}", who, sku, at, "1", choices))
    write_table(tables, "lines", ("basket_id", "member_id", "sku", "sold_at", "quantity", "modifiers"), rows)
    write_table(tables, "stock", ("sku", "on_hand", "shelf"), [(one[0], 9, "A1") for one in ITEMS])
    write_table(tables, "modifiers", ("category", "group", "option", "available"), [("Drinks", "Milk", "Oat", "yes")])
    agreed = [("ada", "contact"), *((one[0], "suggest") for one in MEMBERS)]
    consents = [(who, purpose, "given", "2025-05-01", "counter") for who, purpose in agreed]
    write_table(tables, "consents", ("member_id", "purpose", "state", "at", "channel"), consents)
    (tables / "store.toml").write_text(
        'store = "Corner"\nstore_id = "1"\ncurrency = "EUR"\nhouse = ["SENCHA"]\ntiers = ["Gold"]\n', encoding="utf-8"
    )
    build_shop(tables, folder / "home", clock=FixedClock(NOW))
    return folder / "home" / "packs"


@pytest.fixture
def home(kiosk_packs: Path, tmp_path: Path) -> Path:
    """A data folder with a journal of its own."""
    made = tmp_path / "kiosk-home"
    made.mkdir()
    (made / "packs").symlink_to(kiosk_packs)
    return made


class Ticks:
    """Seconds that only the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def desk(home: Path, ticks: Ticks) -> Iterator[KioskDesk]:
    """The kiosk's desk with nothing said yet."""
    made = KioskDesk.open(home, clock=FixedClock(NOW), tick=ticks)
    yield made
    made.close()

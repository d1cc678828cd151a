"""A small shop, built the whole way, with an encoder of a few kilobytes."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from clerk.clock import FixedClock
from clerk.pack_build.build import build
from embeddings import open_bundle
from tests.embeddings.tiny import write_bundle

AT = 1_700_000_000

ITEMS = [
    ("A1", "Oat milk", "Dairy > Milk", "4006381333931", ""),
    ("A2", "Soy milk", "Dairy > Milk", "", ""),
    ("B1", "Coffee", "Drinks", "", "black"),
    ("B2", "Latte", "Drinks", "", ""),
    ("B3", "Latte", "Drinks", "", ""),
    ("C1", "Rye loaf", "Bread", "", ""),
    ("D1", "Red shoe", "Shoes", "", ""),
    ("D2", "Blue shoe", "Shoes", "", ""),
    ("E1", "Cake", "Sweet", "", ""),
]
STOCK = {"A1": 3, "A2": 0, "B1": 5, "B2": 0, "B3": 2, "D1": 0, "D2": 1}
"""C1 and E1 were never counted."""


def write_folder(folder: Path) -> None:
    """The canonical folder."""
    folder.mkdir()
    with (folder / "items.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("sku", "name", "category", "gtin", "description"), *ITEMS])
    with (folder / "stock.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("sku", "on_hand"), *STOCK.items()])


def build_shop(home: Path, folder: Path, *, encoder: bool = True) -> None:
    """Effect: installs a pack."""
    write_folder(folder)
    home.mkdir()
    if encoder:
        write_bundle(home / "encoder")
    build(folder, home, clock=FixedClock(AT), encoder=open_bundle(home / "encoder") if encoder else None)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder with one pack."""
    build_shop(tmp_path / "home", tmp_path / "folder")
    return tmp_path / "home"

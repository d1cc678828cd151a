"""What can stand in for an item that is out: the same thing in another size, or else one of its sort."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clerk.members.items import Nearest
from tests.pack_build.shop import build_shop, opened, write_shop, write_table

COLUMNS = ("sku", "name", "category", "variant_of")
ITEMS = [
    ("MILK-1", "Whole Milk 1 l", "Dairy & Chilled", ""),
    ("MILK-2", "Whole Milk 2 l", "Dairy & Chilled", ""),
    ("PARM", "Parmigiano 150 g", "Dairy & Chilled", ""),
    ("BEANS", "House Beans 250 g", "Coffee", ""),
    ("BEANS-1K", "The large bag", "Coffee", "BEANS"),
    ("DARK", "Night Beans", "Coffee", ""),
    ("FILTER", "Paper filters", "Coffee", ""),
    ("OIL", "Olive Oil", "Grocery", ""),
    ("CIDER", "Dry Cider", "Drinks > Craft", ""),
    ("ALE", "Pale Ale", "Drinks > Craft", ""),
    ("STOUT", "Oat Stout", "Drinks > Craft", ""),
    ("BITTER", "Brown Ale", "Drinks > Craft", ""),
]
LINES = [("b1", "m1", "MILK-1", "2026-01-02T08:00", "1")]


class WithVectors:
    """A pack whose texts are all as close as told."""

    def __init__(self, reader: Any, closeness: float) -> None:
        self._reader = reader
        self.columns = reader.columns
        self.vectors = np.full((len(reader.columns.kind), 1), closeness**0.5)

    def item_nos(self, skus: Any) -> Any:
        return self._reader.item_nos(skus)

    def items(self, numbers: Any) -> Any:
        return self._reader.items(numbers)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Any:
    at: Path = tmp_path_factory.mktemp("stand_in")
    folder = write_shop(at / "f", items=[], lines=LINES)
    write_table(folder, "items", COLUMNS, ITEMS)
    build_shop(folder, at / "h")
    return opened(at / "h")


def offered(reader: Any, sku: str, narrow: bool = True) -> list[str]:
    number = reader.item_nos([sku])[sku]
    return [item.sku for item in Nearest(reader).like(number, 0.5, narrow=lambda _: narrow)]


def test_the_same_thing_in_another_size_or_variant_comes_first(reader: Any) -> None:
    for pack in (reader, WithVectors(reader, 0.6)):
        assert offered(pack, "MILK-1") == ["MILK-2"]
        assert offered(pack, "BEANS") == ["BEANS-1K", "DARK"]


def test_nothing_stands_in_that_merely_lies_beside_it(reader: Any) -> None:
    for pack in (reader, WithVectors(reader, 0.9)):
        assert offered(pack, "PARM") == []
        assert offered(pack, "OIL") == []
        assert offered(pack, "STOUT") == []
        assert offered(pack, "ALE") == ["BITTER"]


def test_texts_have_to_be_close_also_in_one_type_and_a_type_narrow_where_texts_say_nothing(reader: Any) -> None:
    assert offered(WithVectors(reader, 0.4), "ALE") == []
    assert offered(reader, "ALE", narrow=False) == []
    assert offered(WithVectors(reader, 0.9), "ALE", narrow=False) == ["BITTER"]
    assert offered(reader, "MILK-1", narrow=False) == ["MILK-2"]

"""How an item becomes one vector."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from embeddings import ItemText, Matrix, WeightlessEncoder, item_vectors, text_hash
from embeddings.errors import DimensionMismatch


class CountingEncoder(WeightlessEncoder):
    """Remembers every text it was given."""

    def __init__(self) -> None:
        super().__init__(32)
        self.read: list[str] = []

    def encode(self, texts: Sequence[str]) -> Matrix:
        self.read.extend(texts)
        return super().encode(texts)


class ShortEncoder(WeightlessEncoder):
    """Gives fewer numbers than it promises."""

    def encode(self, texts: Sequence[str]) -> Matrix:
        return super().encode(texts)[:, :-1]


def test_an_item_is_the_mean_of_its_name_and_its_name_with_the_rest() -> None:
    encoder = WeightlessEncoder(64)
    row = item_vectors(encoder, [ItemText("Oat milk", "Dairy > Milk", "One litre")])[0]
    name, whole = encoder.encode(["Oat milk", "Oat milk | Dairy > Milk. One litre"])
    expected = name + whole
    assert np.allclose(row, expected / np.linalg.norm(expected), atol=1e-6)


def test_an_item_with_only_a_name_is_its_name() -> None:
    encoder = CountingEncoder()
    row = item_vectors(encoder, [ItemText("Oat milk")])[0]
    assert encoder.read == ["Oat milk"]
    assert np.allclose(row, encoder.encode(["Oat milk"])[0])


def test_equal_texts_are_read_once_and_still_give_a_row_each() -> None:
    encoder = CountingEncoder()
    rows = item_vectors(encoder, [ItemText("Oat milk", "Milk")] * 3 + [ItemText("Rye loaf", "Bread")])
    assert len(encoder.read) == 4
    assert np.array_equal(rows[0], rows[2])
    assert not np.array_equal(rows[0], rows[3])


def test_the_hash_follows_what_the_encoder_reads() -> None:
    item = ItemText("Oat milk", "Milk", "x" * 300)
    assert text_hash(item) == text_hash(item._replace(description="x" * 300 + " never read"))
    others = {text_hash(item._replace(name="Soy milk")), text_hash(item._replace(category="Drinks")), text_hash(item)}
    assert len(others) == 3


def test_progress_ends_at_the_whole() -> None:
    told: list[tuple[int, int]] = []
    item_vectors(WeightlessEncoder(16), [ItemText("a"), ItemText("b", "c")], lambda *seen: told.append(seen))
    assert told[-1] == (3, 3)


def test_an_encoder_that_breaks_its_promise_is_refused() -> None:
    with pytest.raises(DimensionMismatch):
        item_vectors(ShortEncoder(16), [ItemText("Oat milk")])


def test_no_items_give_no_rows() -> None:
    assert item_vectors(WeightlessEncoder(16), []).shape == (0, 16)

"""How an item becomes one vector: the mean of two short texts.

`name` alone is best for titles that say everything, `name | category. description` for titles that do not; the
mean of the two unit vectors is the only recipe near the best on both judged sets (benchmarks/search_quality.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from embeddings.encoder import Encoder, Matrix, unit_rows
from embeddings.errors import DimensionMismatch

ITEM_RECIPE = 1
"""Version of `item_texts`; part of `text_hash`, so that a new recipe embeds everything again."""

DESCRIPTION_CHARS = 300
"""Marketing prose after this hurts: NDCG@10 on long descriptions falls."""

_SLICE = 4096
"""Texts a call of the encoder, so that progress is told a few times a minute."""


class ItemText(NamedTuple):
    """What of an item is read for meaning."""

    name: str
    category: str = ""
    description: str = ""


def item_texts(text: ItemText) -> tuple[str, str]:
    """The two texts whose vectors are averaged; they are equal when there is only a name."""
    name = text.name.strip()
    rest = ". ".join(part for part in (text.category.strip(), text.description.strip()[:DESCRIPTION_CHARS]) if part)
    return name, f"{name} | {rest}" if rest else name


def text_hash(text: ItemText) -> str:
    """Hash of what the encoder would read, with the recipe's version: equal hashes need no new vector."""
    parts = (str(ITEM_RECIPE), *item_texts(text))
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def item_vectors(
    encoder: Encoder, texts: Sequence[ItemText], progress: Callable[[int, int], None] | None = None
) -> Matrix:
    """One unit vector an item, in the order given.

    Args:
        encoder: what turns a text into a vector.
        texts: the items; equal texts are encoded once and still give one row each.
        progress: told (texts encoded, texts to encode) from time to time.

    Cost: two short encodes for each different item; about 1,000 names a second on two cores.
    """
    number_of: dict[str, int] = {}
    pairs = np.empty((len(texts), 2), dtype=np.int64)
    for row, text in enumerate(texts):
        for side, wording in enumerate(item_texts(text)):
            pairs[row, side] = number_of.setdefault(wording, len(number_of))
    vectors = _encode_all(encoder, list(number_of), progress)
    return unit_rows(vectors[pairs[:, 0]] + vectors[pairs[:, 1]])


def _encode_all(encoder: Encoder, wordings: list[str], progress: Callable[[int, int], None] | None) -> Matrix:
    """Every different text encoded, shortest first so that a slice holds texts of about one length."""
    out = np.zeros((len(wordings), encoder.dim), dtype=np.float32)
    order = sorted(range(len(wordings)), key=lambda number: len(wordings[number]))
    for start in range(0, len(order), _SLICE):
        numbers = order[start : start + _SLICE]
        part = encoder.encode([wordings[number] for number in numbers])
        if part.shape != (len(numbers), encoder.dim):
            raise DimensionMismatch(
                f"The encoder gave {part.shape} for {len(numbers)} texts.", "Prepare the encoder again."
            )
        out[numbers] = part
        if progress is not None:
            progress(start + len(numbers), len(order))
    return out

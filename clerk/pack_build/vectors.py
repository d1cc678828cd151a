"""Vectors of items: made anew only where the text is new, stored by item_no, with the index over them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clerk.errors import PackDamaged
from clerk.languages import known_language
from clerk.pack.manifest import sha256_of
from clerk.pack.open import ENCODER, INDEX, VECTORS
from clerk.search import words
from clerk.search.words import WordText
from embeddings import Encoder, Index, ItemText, item_vectors, text_hash


def write_vectors(
    building: Path, items: pl.DataFrame, encoder: Encoder, known: Mapping[str, NDArray[np.float32]], files: Path | None,
    progress: Callable[[int, int], None],
) -> tuple[dict[str, Any], int]:  # fmt: skip
    """Vectors, index and encoder of a pack being built.

    Args:
        building: the pack's folder.
        items: numbered.
        encoder: makes vectors.
        known: hash of a text -> its vector by this encoder.
        files: folder of the prepared encoder, copied into the pack; None where it needs none.
        progress: called with texts done and texts in all.

    Returns:
        What the manifest says of encoder and index, and how many items had a text new to the encoder.

    Effect: writes `vectors.npy`, `items.faiss` and `encoder/` into `building`.
    """
    texts = [
        ItemText(name, category, description)
        for name, category, description in items.select("name", "category", "description").iter_rows()
    ]
    # An item known from lines only is called by its SKU, and a SKU means nothing.
    meant = [number for number, gone in enumerate(items["gone"].to_list(), start=1) if not gone]
    hashes = {number: text_hash(texts[number - 1]) for number in meant}
    vectors = np.zeros((len(texts) + 1, encoder.dim), dtype=np.float32)
    fresh: dict[str, int] = {}
    for number in meant:
        if (vector := known.get(hashes[number])) is not None:
            vectors[number] = vector
        else:
            fresh.setdefault(hashes[number], number)
    new = [number for number in meant if hashes[number] in fresh]
    if fresh:
        made = item_vectors(encoder, [texts[number - 1] for number in fresh.values()], progress)
        row_of = {text: row for row, text in enumerate(fresh)}
        for number in new:
            vectors[number] = made[row_of[hashes[number]]]
    np.save(building / VECTORS, vectors, allow_pickle=False)
    ids = np.array(meant, dtype=np.int64)
    record = Index.build(vectors[ids], ids, encoder.model_id).save(building / INDEX)
    if files is not None:
        _copy(files, building / ENCODER)
    about_encoder = {"model_id": encoder.model_id, "dim": encoder.dim, "bundled": files is not None}
    return {"encoder": about_encoder, "index": record.as_json()}, len(new)


def write_words(building: Path, items: pl.DataFrame, languages: tuple[str, ...]) -> None:
    """Effect: writes the word index of the items still sold into a pack being built.

    Args:
        building: the pack's folder.
        items: numbered.
        languages: the store's; an item may have its own.
    """
    sold = items.filter(~pl.col("gone")).select("item_no", "name", "brand", "category", "description", "language")
    words.build(
        building,
        [WordText(no, f"{name} {brand}", category, text, known_language(own))
         for no, name, brand, category, text, own in sold.iter_rows()],
        languages,
    )  # fmt: skip


def _copy(files: Path, to: Path) -> None:
    """The prepared encoder travels in the pack."""
    to.mkdir()
    for path in sorted(files.iterdir()):
        if path.is_file():
            shutil.copyfile(path, to / path.name)
            if sha256_of(path) != sha256_of(to / path.name):
                raise PackDamaged(f"{path.name} of the encoder was not copied whole.", "Run the build again.")

"""Vectors of items: made anew only where the text is new, stored by item_no, with the index over them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clerk.errors import PackDamaged, PackForeign
from clerk.pack.manifest import sha256_of
from clerk.pack.open import DATABASE, ENCODER, INDEX, PACKS, VECTORS, current_generation, damaged, read_manifest
from clerk.pack.read import texts_of
from clerk.search import words
from clerk.search.words import WordText
from embeddings import Encoder, Index, ItemText, item_vectors, text_hash

Matrix = NDArray[np.float32]

BUNDLE = "encoder"
"""Folder in the data folder with the prepared encoder, copied into every pack."""


def write_meaning(
    building: Path, home: Path, items: pl.DataFrame, encoder: Encoder, progress: Callable[[int, int], None]
) -> tuple[dict[str, Any], int]:
    """Vectors, index and encoder of a pack being built.

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
    known = _known(home, encoder)
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
    bundled = _copy_bundle(home, building, encoder)
    told = {"model_id": encoder.model_id, "dim": encoder.dim, "bundled": bundled}
    return {"encoder": told, "index": record.as_json()}, len(new)


def write_words(building: Path, items: pl.DataFrame) -> None:
    """Effect: writes the word index of the items still sold into a pack being built."""
    sold = items.filter(~pl.col("gone")).select("item_no", "name", "brand", "category", "description")
    words.build(
        building,
        [WordText(no, f"{name} {brand}", category, text) for no, name, brand, category, text in sold.iter_rows()],
    )


def _known(home: Path, encoder: Encoder) -> dict[str, NDArray[np.float32]]:
    """Vectors of the pack in use by hash of their text; empty when it is damaged or has another encoder's."""
    name = current_generation(home)
    if name is None:
        return {}
    folder = home / PACKS / name
    try:
        manifest = read_manifest(folder)
        if manifest.get("encoder", {}).get("model_id") != encoder.model_id:
            return {}
        if damaged(folder, manifest, (DATABASE, VECTORS)):
            return {}
        vectors: Matrix = np.load(folder / VECTORS, mmap_mode="r", allow_pickle=False)
        texts = texts_of(home, name)
    except (PackDamaged, PackForeign, OSError, ValueError):
        return {}
    return {text_hash(ItemText(*text)): vectors[number] for number, *text in texts if number < len(vectors)}


def _copy_bundle(home: Path, building: Path, encoder: Encoder) -> bool:
    """Whether the prepared encoder travels in the pack; the weightless one needs no files."""
    bundle = home / BUNDLE
    manifest = bundle / "manifest.json"
    if not manifest.exists() or encoder.model_id.startswith("weightless"):
        return False
    (building / ENCODER).mkdir()
    for path in sorted(bundle.iterdir()):
        if path.is_file():
            shutil.copyfile(path, building / ENCODER / path.name)
            if sha256_of(path) != sha256_of(building / ENCODER / path.name):
                raise PackDamaged(f"{path.name} of the encoder was not copied whole.", "Run the build again.")
    return True

"""Text to vector to nearest ids. Knows nothing of shops; light to import, heavy parts load when first used."""

from __future__ import annotations

from pathlib import Path

from embeddings.encoder import Encoder, Matrix, WeightlessEncoder
from embeddings.errors import EmbeddingsError
from embeddings.index import Allowed, Index, IndexRecord, Nearest
from embeddings.manifest import ENGLISH_SOURCE, MANIFEST, MODEL, TOKENIZER, BundleManifest, read_manifest, verify_bundle
from embeddings.recipe import ITEM_RECIPE, ItemText, item_vectors, text_hash


def open_bundle(folder: Path, *, workers: int = 1) -> Encoder:
    """The encoder of a bundle, after every hash of its manifest has held.

    Args:
        folder: what `prepare` wrote.
        workers: batches encoded at the same time; 1 for queries, the number of cores for a night.

    Raises:
        BundleMissing: there is no bundle.
        BundleDamaged: a file has other bytes than its manifest says.

    Cost: 0.2 s.
    """
    from embeddings.errors import DimensionMismatch
    from embeddings.onnx import OnnxEncoder

    manifest = verify_bundle(folder)
    encoder = OnnxEncoder(
        folder / MODEL, folder / TOKENIZER, manifest.model_id, max_tokens=manifest.max_tokens, workers=workers,
        sure=manifest.sure,
    )  # fmt: skip
    if encoder.dim != manifest.dim:
        raise DimensionMismatch(
            f"The model gives {encoder.dim} numbers, its manifest says {manifest.dim}.",
            "Prepare it again with `python -m embeddings prepare`.",
        )
    return encoder


__all__ = [
    "Encoder",
    "Matrix",
    "WeightlessEncoder",
    "EmbeddingsError",
    "Allowed",
    "Index",
    "IndexRecord",
    "Nearest",
    "BundleManifest",
    "ENGLISH_SOURCE",
    "MANIFEST",
    "read_manifest",
    "verify_bundle",
    "ITEM_RECIPE",
    "ItemText",
    "item_vectors",
    "text_hash",
    "open_bundle",
]

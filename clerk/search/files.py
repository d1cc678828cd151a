"""What search needs of a pack on disk: written by the night, opened (after its hashes held) by whoever searches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clerk.errors import SearchUnavailable
from clerk.pack.open import ENCODER, INDEX, Pack, damaged
from clerk.search.words import FILE as WORDS
from clerk.search.words import WordIndex, WordText
from embeddings import Encoder, Index, IndexRecord, open_bundle
from embeddings.errors import EmbeddingsError

SECTION = "search"
"""Key of the pack's manifest under which `write_search_files` is remembered."""

_REMEDY = "Run `clerk build` again; until then the words typed are searched as they are."


@dataclass(frozen=True, slots=True, eq=False)
class Meaning:
    """What a search by meaning needs; both come from the same model."""

    encoder: Encoder
    index: Index


def write_search_files(
    folder: Path, texts: Sequence[WordText], vectors: NDArray[np.float32] | None, model_id: str = ""
) -> dict[str, object]:
    """Make the word index and, where there are vectors, the vector index of a pack.

    Args:
        folder: of the pack being built.
        texts: every item that may be found.
        vectors: unit rows by item_no; rows of zeros are items without text and are left out.
        model_id: of the encoder that made the vectors.

    Returns:
        What the pack's manifest must hold under `SECTION`.

    Effect: writes `words.npz` and `items.faiss` into the folder.
    """
    WordIndex.build(texts).save(folder / WORDS)
    if vectors is None:
        return {"index": None}
    nos = np.flatnonzero(np.einsum("ij,ij->i", vectors, vectors) > 0.5)
    index = Index.build(np.asarray(vectors[nos], dtype=np.float32), nos, model_id)
    return {"index": index.save(folder / INDEX).as_json()}


def open_words(pack: Pack) -> WordIndex:
    """The word index of a pack.

    Raises:
        SearchUnavailable: the pack has none, or its hash does not hold.
    """
    _check(pack, [WORDS])
    return WordIndex.open(pack.folder / WORDS)


def open_meaning(pack: Pack) -> Meaning:
    """Encoder and vector index of a pack.

    Raises:
        SearchUnavailable: the pack has none, a hash does not hold, or they are of different models.
    """
    record = _record(pack)
    names = [name for name in pack.manifest["files"] if name.startswith(f"{ENCODER}/")]
    if not names:
        raise SearchUnavailable("This store data holds no query encoder.", "Prepare one and run `clerk build` again.")
    _check(pack, [INDEX, *names])
    try:
        encoder = open_bundle(pack.folder / ENCODER)
        index = Index.open(pack.folder / INDEX, record, dim=encoder.dim)
    except EmbeddingsError as cause:
        raise SearchUnavailable(cause.what, _REMEDY) from cause
    if encoder.model_id != index.model_id:
        raise SearchUnavailable("The item vectors were made by another encoder.", _REMEDY)
    return Meaning(encoder, index)


def _record(pack: Pack) -> IndexRecord:
    section: Any = pack.manifest.get(SECTION)
    content = section.get("index") if isinstance(section, dict) else None
    if not isinstance(content, dict):
        raise SearchUnavailable("This store data holds no item vectors.", "Prepare an encoder and run `clerk build`.")
    try:
        return IndexRecord.from_json(content)
    except EmbeddingsError as cause:
        raise SearchUnavailable(cause.what, _REMEDY) from cause


def _check(pack: Pack, names: list[str]) -> None:
    missing = [name for name in names if name not in pack.manifest["files"]]
    if missing:
        raise SearchUnavailable(f"This store data holds no {missing[0]}.", _REMEDY)
    if problems := damaged(pack.folder, pack.manifest, names):
        raise SearchUnavailable(f"Search files are damaged: {problems[0]}.", _REMEDY)

"""Nearest vectors to a vector: FAISS, inner product, exact up to 50,000 rows and 8 bits a number above.

A file is opened only after its sha256 holds, and then mapped, not read: open in under a millisecond. A mapped
index must never be added to (FAISS aborts the process), so an index is built once and has no way to grow.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Matrix
from embeddings.errors import DimensionMismatch, IndexDamaged
from embeddings.manifest import sha256_of

SQ8_FROM = 50_000
"""Rows from which 8 bits a number pay: half the time, a quarter of the memory, recall@10 0.993."""

Ids = NDArray[np.int64]


class Nearest(NamedTuple):
    """What one query found, best first."""

    ids: Ids
    closeness: NDArray[np.float32]
    """Cosine; approximate to about 0.005 from `SQ8_FROM` rows on."""


@dataclass(frozen=True, slots=True)
class IndexRecord:
    """What must be known before an index file may be opened; whoever carries the file keeps this beside it."""

    sha256: str
    dim: int
    rows: int
    model_id: str
    kind: str
    """`flat` or `sq8`."""

    def as_json(self) -> dict[str, object]:
        """For a manifest."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> IndexRecord:
        """Back from a manifest.

        Raises:
            IndexDamaged: a field is missing or of the wrong kind.
        """
        try:
            return cls(
                str(content["sha256"]),
                int(content["dim"]),
                int(content["rows"]),
                str(content["model_id"]),
                str(content["kind"]),
            )
        except (KeyError, TypeError, ValueError) as cause:
            raise IndexDamaged("The record of the index is incomplete.", "Build the store data again.") from cause


class Allowed:
    """A set of ids a search is limited to, kept as bits.

    Args:
        ids: non-negative, in any order.
    """

    def __init__(self, ids: NDArray[np.integer]) -> None:
        faiss = _faiss()
        size = int(ids.max()) + 1 if len(ids) else 1
        flags = np.zeros(size, dtype=np.bool_)
        flags[ids] = True
        self.count = int(flags.sum())
        # The selector points into these bytes without owning them.
        self._bits = np.packbits(flags, bitorder="little")
        # Its size is in bytes, not in ids; with more it reads beyond the end.
        self.selector = faiss.IDSelectorBitmap(len(self._bits), faiss.swig_ptr(self._bits))


class Index:
    """Vectors by id, searched by cosine. Made by `build` or `open`."""

    def __init__(self, inner: Any, model_id: str, kind: str) -> None:
        self._inner = inner
        self.model_id = model_id
        self.kind = kind

    @classmethod
    def build(cls, vectors: Matrix, ids: NDArray[np.integer], model_id: str, *, kind: str | None = None) -> Index:
        """An index in memory.

        Args:
            vectors: unit rows.
            ids: one for each row; equal vectors under two ids are both kept.
            model_id: of the encoder that made the vectors.
            kind: `flat` or `sq8`; chosen by size when left out.

        Raises:
            DimensionMismatch: not as many ids as rows, or vectors that are no matrix.
        """
        faiss = _faiss()
        if vectors.ndim != 2 or len(vectors) != len(ids):
            raise DimensionMismatch(f"{vectors.shape} vectors for {len(ids)} ids.", "Build the store data again.")
        kind = kind or ("flat" if len(vectors) < SQ8_FROM else "sq8")
        rows = np.ascontiguousarray(vectors, dtype=np.float32)
        if kind == "flat":
            flat: Any = faiss.IndexFlatIP(rows.shape[1])
        else:
            flat = faiss.IndexScalarQuantizer(rows.shape[1], faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
            flat.train(rows)
        inner = faiss.IndexIDMap2(flat)
        inner.add_with_ids(rows, np.ascontiguousarray(ids, dtype=np.int64))
        # The wrapper does not own what it wraps: keep both alive together.
        inner.own_fields = True
        flat.this.disown()
        return cls(inner, model_id, kind)

    def save(self, path: Path) -> IndexRecord:
        """Write the file as a whole or not at all.

        Effect: writes `path`, by way of a temporary file beside it.
        """
        faiss = _faiss()
        partial = path.with_name(path.name + ".partial")
        faiss.write_index(self._inner, str(partial))
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(path)
        return IndexRecord(sha256_of(path), self.dim, self.rows, self.model_id, self.kind)

    @classmethod
    def open(cls, path: Path, record: IndexRecord, *, dim: int | None = None) -> Index:
        """Map a file for searching, after its hash has held.

        Args:
            path: what `save` wrote.
            record: what `save` returned.
            dim: length of the vectors it will be asked with, when known.

        Raises:
            IndexDamaged: the file is missing, has other bytes, or is not the index the record speaks of.
            DimensionMismatch: it was built from vectors of another length than `dim`.
        """
        if dim is not None and dim != record.dim:
            raise DimensionMismatch(
                f"The index holds vectors of {record.dim} numbers, the encoder gives {dim}.",
                "Build the store data again with this encoder.",
            )
        try:
            holds = sha256_of(path) == record.sha256
        except OSError as cause:
            raise _damaged(f"{path.name} is missing.") from cause
        if not holds:
            raise _damaged(f"{path.name} has other bytes than its record says.")
        faiss = _faiss()
        try:
            inner = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as cause:
            raise _damaged(f"{path.name} is no index.") from cause
        if inner.d != record.dim or inner.ntotal != record.rows:
            raise _damaged(f"{path.name} is not the index its record speaks of.")
        return cls(inner, record.model_id, record.kind)

    @property
    def dim(self) -> int:
        """Length of the vectors."""
        return int(self._inner.d)

    @property
    def rows(self) -> int:
        """How many vectors it holds."""
        return int(self._inner.ntotal)

    def search(self, vector: NDArray[np.floating], k: int, allowed: Allowed | None = None) -> Nearest:
        """The nearest ids to one vector, best first.

        Args:
            vector: unit length.
            k: how many; fewer come back when fewer are there or allowed.
            allowed: only these ids.

        Raises:
            DimensionMismatch: the vector comes from another encoder.

        Cost: about 4 ms at 90,000 rows, on one thread.
        """
        faiss = _faiss()
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
        if query.shape[1] != self.dim:
            raise DimensionMismatch(
                f"The index holds vectors of {self.dim} numbers, the query has {query.shape[1]}.",
                "Build the store data again with this encoder.",
            )
        k = min(k, self.rows if allowed is None else allowed.count)
        if k <= 0:
            return Nearest(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
        if allowed is None:
            closeness, ids = self._inner.search(query, k)
        else:
            closeness, ids = self._inner.search(query, k, params=faiss.SearchParameters(sel=allowed.selector))
        found = ids[0] >= 0
        return Nearest(ids[0][found], closeness[0][found])


@cache
def _faiss() -> Any:
    """The library, on one thread: a single query gains nothing from two, and they spin while they wait."""
    import faiss

    faiss.omp_set_num_threads(1)
    return faiss


def _damaged(what: str) -> IndexDamaged:
    return IndexDamaged(what, "Build the store data again; until then search goes by words.")

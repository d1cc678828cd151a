"""The index against plain numpy, and what it refuses to open."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings import Allowed, Index, IndexRecord
from embeddings.encoder import unit_rows
from embeddings.errors import DimensionMismatch, IndexDamaged


def rows_of(count: int, dim: int = 24, seed: int = 5) -> np.ndarray:
    return unit_rows(np.random.default_rng(seed).standard_normal((count, dim)))


def by_force(rows: np.ndarray, ids: np.ndarray, query: np.ndarray, k: int, allowed: np.ndarray) -> list[int]:
    closeness = np.where(np.isin(ids, allowed), rows @ query, -9.0)
    return ids[np.argsort(-closeness)[: min(k, len(allowed))]].tolist()


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 300), st.integers(1, 60), st.integers(0, 10_000), st.floats(0, 1))
def test_the_nearest_are_those_of_brute_force_with_and_without_a_filter(n: int, k: int, seed: int, part: float) -> None:
    rows, chance = rows_of(n, seed=seed), np.random.default_rng(seed)
    ids = chance.permutation(n * 3)[:n].astype(np.int64) + 1
    index, query = Index.build(rows, ids, "m"), rows_of(1, seed=seed + 1)[0]
    assert index.search(query, k).ids.tolist() == by_force(rows, ids, query, k, ids)
    here = ids[chance.random(n) < part]
    assert index.search(query, k, Allowed(here)).ids.tolist() == by_force(rows, ids, query, k, here)


def test_two_items_with_the_same_text_are_both_kept() -> None:
    rows = rows_of(10)
    rows[7] = rows[2]
    index = Index.build(rows, np.arange(1, 11), "m")
    assert set(index.search(rows[2], 2).ids.tolist()) == {3, 8}


def test_closeness_is_the_cosine() -> None:
    rows = rows_of(50)
    found = Index.build(rows, np.arange(50), "m").search(rows[0], 50)
    assert np.allclose(found.closeness, rows[found.ids] @ rows[0], atol=1e-6)


def test_eight_bits_keep_the_nearest() -> None:
    rows = rows_of(2000, dim=64)
    exact, small = (Index.build(rows, np.arange(2000), "m", kind=kind) for kind in ("flat", "sq8"))
    kept = [len({*exact.search(row, 10).ids.tolist()} & {*small.search(row, 10).ids.tolist()}) for row in rows[:100]]
    assert np.mean(kept) >= 9.5


@pytest.mark.parametrize("kind", ["flat", "sq8"])
def test_a_saved_index_answers_the_same_from_the_mapped_file(tmp_path: Path, kind: str) -> None:
    rows, ids = rows_of(500), np.arange(1, 501)
    built = Index.build(rows, ids, "m", kind=kind)
    record = built.save(tmp_path / "items.faiss")
    opened = Index.open(tmp_path / "items.faiss", IndexRecord.from_json(record.as_json()), dim=24)
    here = Allowed(ids[::3])
    for row in rows[:20]:
        assert opened.search(row, 10).ids.tolist() == built.search(row, 10).ids.tolist()
        assert opened.search(row, 10, here).ids.tolist() == built.search(row, 10, here).ids.tolist()
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix) == ["items.faiss"]


@pytest.mark.parametrize("place", [0, 100, -1])
def test_one_flipped_bit_is_refused_before_the_file_is_parsed(tmp_path: Path, place: int) -> None:
    record = Index.build(rows_of(50), np.arange(50), "m").save(tmp_path / "items.faiss")
    content = bytearray((tmp_path / "items.faiss").read_bytes())
    content[place] ^= 1
    (tmp_path / "items.faiss").write_bytes(content)
    with pytest.raises(IndexDamaged):
        Index.open(tmp_path / "items.faiss", record)


def test_a_missing_file_and_an_incomplete_record_are_refused(tmp_path: Path) -> None:
    record = Index.build(rows_of(5), np.arange(5), "m").save(tmp_path / "items.faiss")
    (tmp_path / "items.faiss").unlink()
    with pytest.raises(IndexDamaged):
        Index.open(tmp_path / "items.faiss", record)
    with pytest.raises(IndexDamaged):
        IndexRecord.from_json({"sha256": "x"})


def test_a_record_of_another_index_is_refused(tmp_path: Path) -> None:
    record = Index.build(rows_of(5), np.arange(5), "m").save(tmp_path / "items.faiss")
    with pytest.raises(IndexDamaged):
        Index.open(tmp_path / "items.faiss", replace(record, rows=6))


def test_vectors_of_another_length_are_refused(tmp_path: Path) -> None:
    index = Index.build(rows_of(5), np.arange(5), "m")
    record = index.save(tmp_path / "items.faiss")
    with pytest.raises(DimensionMismatch):
        index.search(np.ones(7, dtype=np.float32), 3)
    with pytest.raises(DimensionMismatch):
        Index.open(tmp_path / "items.faiss", record, dim=384)
    with pytest.raises(DimensionMismatch):
        Index.build(rows_of(5), np.arange(4), "m")


def test_nothing_allowed_and_nothing_held_find_nothing() -> None:
    none = np.empty(0, dtype=np.int64)
    query = rows_of(1)[0]
    assert len(Index.build(rows_of(5), np.arange(5), "m").search(query, 3, Allowed(none)).ids) == 0
    assert len(Index.build(np.empty((0, 24), dtype=np.float32), none, "m").search(query, 3).ids) == 0

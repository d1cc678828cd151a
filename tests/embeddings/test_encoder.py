"""The encoder that needs no weights, and the one that reads a bundle."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings import WeightlessEncoder, open_bundle
from tests.embeddings.tiny import WORDS, word_vectors, write_bundle


@given(st.lists(st.text(max_size=40), max_size=5))
def test_every_text_becomes_a_unit_row(texts: list[str]) -> None:
    rows = WeightlessEncoder(64).encode(texts)
    assert rows.shape == (len(texts), 64)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_a_slip_of_spelling_stays_nearer_than_another_word() -> None:
    right, slip, other = WeightlessEncoder().encode(["cappuccino", "capuccino", "screwdriver"])
    assert right @ slip > 0.4
    assert abs(right @ other) < 0.2


def test_case_and_accents_do_not_count() -> None:
    first, second = WeightlessEncoder().encode(["Crème Brûlée", "creme brulee"])
    assert first @ second == pytest.approx(1.0)


def test_the_same_text_gives_the_same_numbers_in_another_process(clean_environment: dict[str, str]) -> None:
    code = "from embeddings import WeightlessEncoder as W; print(W(32).encode(['oat milk']).tobytes().hex())"
    said = subprocess.run(
        [sys.executable, "-c", code], env=clean_environment, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == WeightlessEncoder(32).encode(["oat milk"]).tobytes().hex()


def test_a_bundle_gives_the_mean_of_its_words_without_padding(tmp_path: Path) -> None:
    write_bundle(tmp_path / "bundle")
    row = open_bundle(tmp_path / "bundle").encode(["oat milk"])[0]
    expected = word_vectors()[[WORDS.index(word) for word in ("[CLS]", "oat", "milk")]].mean(axis=0)
    assert np.allclose(row, expected / np.linalg.norm(expected), atol=1e-6)


@pytest.mark.parametrize("workers", [1, 2])
def test_order_and_company_of_texts_do_not_change_their_vectors(tmp_path: Path, workers: int) -> None:
    write_bundle(tmp_path / "bundle")
    encoder = open_bundle(tmp_path / "bundle", workers=workers)
    chance = np.random.default_rng(1)
    texts = [" ".join(chance.choice(WORDS[3:], chance.integers(1, 12))) for _ in range(70)]
    together = encoder.encode(texts)
    alone = np.vstack([encoder.encode([text]) for text in texts])
    assert np.allclose(together, alone, atol=1e-6)


def test_a_long_text_is_cut_and_not_refused(tmp_path: Path) -> None:
    write_bundle(tmp_path / "bundle", max_tokens=4)
    encoder = open_bundle(tmp_path / "bundle")
    cut, same = encoder.encode(["oat milk tea " + "bread " * 500, "oat milk tea"])
    assert np.allclose(cut, same, atol=1e-6)


def test_no_text_gives_no_row(tmp_path: Path) -> None:
    write_bundle(tmp_path / "bundle")
    assert open_bundle(tmp_path / "bundle").encode([]).shape == (0, 16)

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from clerk.clock import FixedClock
from clerk.pack.open import PACKS, current_manifest
from embeddings import Matrix, WeightlessEncoder, open_bundle
from tests.embeddings.tiny import write_bundle
from tests.pack_build.shop import NOW, build_shop, opened, write_shop

ITEMS = [("A", "Green tea", "Tea"), ("B", "Green tea", "Tea"), ("C", "Black tea", "Tea")]


class CountingEncoder(WeightlessEncoder):
    """Remembers every text it was given."""

    def __init__(self, dim: int = 16) -> None:
        super().__init__(dim)
        self.texts: list[str] = []

    def encode(self, texts: Sequence[str]) -> Matrix:
        self.texts += texts
        return super().encode(texts)


def test_equal_texts_are_embedded_once_and_every_item_has_its_vector(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    report = build_shop(write_shop(tmp_path / "f", items=ITEMS, lines=[]), tmp_path / "h", encoder=encoder)
    assert len(encoder.texts) == len(set(encoder.texts)) == 4
    assert report.embedded == 3
    reader = opened(tmp_path / "h")
    vectors = reader.vectors
    assert vectors is not None
    numbers = reader.item_nos(["A", "B", "C"])
    assert np.array_equal(vectors[numbers["A"]], vectors[numbers["B"]])
    assert not np.array_equal(vectors[numbers["A"]], vectors[numbers["C"]])


def test_an_unchanged_text_is_never_embedded_again_even_when_items_are_numbered_anew(tmp_path: Path) -> None:
    folder, home = tmp_path / "f", tmp_path / "h"
    write_shop(folder, items=ITEMS, lines=[("b1", "m1", "A", "2026-01-01T08:00", "1")])
    build_shop(folder, home, encoder=CountingEncoder())
    first = opened(home)
    items = [*ITEMS[:2], ("C", "Black tea, smoked", "Tea"), ("D", "Rooibos", "Tea")]
    write_shop(folder, items=items, lines=[("b1", "m1", "D", "2026-01-01T08:00", "1")])
    encoder = CountingEncoder()
    report = build_shop(folder, home, clock=FixedClock(NOW + 60), encoder=encoder)
    assert report.embedded == 2
    assert not any("Green" in text for text in encoder.texts)
    second = opened(home)
    assert first.vectors is not None
    assert second.vectors is not None
    old, new = first.item_nos(["A"])["A"], second.item_nos(["A"])["A"]
    assert old != new
    assert np.array_equal(first.vectors[old], second.vectors[new])


def test_another_encoder_embeds_everything_again(tmp_path: Path) -> None:
    folder, home = write_shop(tmp_path / "f", items=ITEMS, lines=[]), tmp_path / "h"
    build_shop(folder, home, encoder=CountingEncoder(16))
    report = build_shop(folder, home, clock=FixedClock(NOW + 60), encoder=CountingEncoder(24))
    assert report.embedded == 3


def test_damaged_vectors_of_last_night_are_not_taken_over(tmp_path: Path) -> None:
    folder, home = write_shop(tmp_path / "f", items=ITEMS, lines=[]), tmp_path / "h"
    name = build_shop(folder, home, encoder=CountingEncoder()).generation
    path = home / PACKS / name / "vectors.npy"
    path.write_bytes(path.read_bytes()[:-4] + b"\x00\x01\x02\x03")
    assert build_shop(folder, home, clock=FixedClock(NOW + 60), encoder=CountingEncoder()).embedded == 3


class BrokenEncoder(WeightlessEncoder):
    """Gives vectors of another length than it says."""

    def encode(self, texts: Sequence[str]) -> Matrix:
        return super().encode(texts)[:, :-1]


def test_an_encoder_that_fails_is_told_and_the_shop_searches_by_words(tmp_path: Path) -> None:
    report = build_shop(write_shop(tmp_path / "f"), tmp_path / "h", encoder=BrokenEncoder(16))
    assert [notice.code for notice in report.notices] == ["E400"]
    assert opened(tmp_path / "h").vectors is None


def test_without_an_encoder_there_are_no_vectors_and_search_is_by_words(tmp_path: Path) -> None:
    build_shop(write_shop(tmp_path / "f"), tmp_path / "h")
    assert opened(tmp_path / "h").vectors is None
    manifest = current_manifest(tmp_path / "h")
    assert manifest is not None
    assert "encoder" not in manifest


def test_the_manifest_says_which_model_made_the_vectors(tmp_path: Path) -> None:
    build_shop(write_shop(tmp_path / "f"), tmp_path / "h", encoder=WeightlessEncoder(16))
    manifest = current_manifest(tmp_path / "h")
    assert manifest is not None
    assert manifest["encoder"] == {"model_id": "weightless-16/r1", "dim": 16, "bundled": False}
    assert manifest["index"]["rows"] == 3


def test_a_pack_takes_the_encoder_along_from_wherever_it_was_prepared(tmp_path: Path) -> None:
    """An office prepares one for several stores, each with a data folder of its own."""
    prepared = write_bundle(tmp_path / "office" / "encoder")
    build_shop(write_shop(tmp_path / "f"), tmp_path / "h", encoder=open_bundle(tmp_path / "office" / "encoder"))
    manifest = current_manifest(tmp_path / "h")
    assert manifest is not None
    assert (manifest["encoder"]["model_id"], manifest["encoder"]["bundled"]) == (prepared.model_id, True)
    assert "encoder/model.onnx" in manifest["files"]


def test_the_encoder_is_asked_for_by_the_languages_of_store_and_items(tmp_path: Path) -> None:
    folder, asked = write_shop(tmp_path / "f"), []
    (folder / "store.toml").write_text('language = "de"\n')
    rows = list(csv.reader((folder / "items.csv").read_text().splitlines()))
    with (folder / "items.csv").open("w", newline="") as file:
        csv.writer(file).writerows([[*rows[0], "language"], *([*row, "ja-JP"] for row in rows[1:])])

    def encoder(languages: tuple[str, ...]) -> WeightlessEncoder:
        asked.append(languages)
        return WeightlessEncoder(16)

    build_shop(folder, tmp_path / "h", encoder=encoder)
    assert asked == [("de", "ja")]
    assert opened(tmp_path / "h").facts["languages"] == "de,ja"

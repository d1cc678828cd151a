"""A whole encoder bundle of a few kilobytes: one vector a word, so that a test can say what a text must become."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from tokenizers.normalizers import Lowercase

from embeddings.manifest import MODEL, TOKENIZER, BundleManifest, sha256_of

DIM = 16
WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "oat",
    "milk",
    "soy",
    "latte",
    "coffee",
    "tea",
    "bread",
    "rye",
    "loaf",
    "shoe",
    "red",
    "blue",
    "cake",
]


def word_vectors(seed: int = 3) -> np.ndarray:
    """One row a word; `coffee` and `latte` lie close together, as do `bread` and `loaf`."""
    table = np.random.default_rng(seed).standard_normal((len(WORDS), DIM)).astype(np.float32)
    for word, other in (("latte", "coffee"), ("loaf", "bread")):
        table[WORDS.index(word)] = table[WORDS.index(other)] * 0.9 + table[WORDS.index(word)] * 0.1
    return table


def write_bundle(
    folder: Path, *, seed: int = 3, max_tokens: int = 32, source: str = "made by a test"
) -> BundleManifest:
    """Effect: writes model, tokenizer and manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "sequence"])
    mask = helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["batch", "sequence"])
    hidden = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["batch", "sequence", DIM])
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])],
        "tiny",
        [ids, mask],
        [hidden],
        [numpy_helper.from_array(word_vectors(seed), "table")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(folder / MODEL))
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A", special_tokens=[("[CLS]", 2)])
    # As MiniLM's own file does: padded to 128, which the encoder must undo.
    tokenizer.enable_padding(length=128)
    tokenizer.save(str(folder / TOKENIZER))
    files = {name: sha256_of(folder / name) for name in (MODEL, TOKENIZER)}
    manifest = BundleManifest("tiny", DIM, max_tokens, files, "MIT", source)
    manifest.write(folder)
    return manifest

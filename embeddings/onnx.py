"""An encoder from `model.onnx` and `tokenizer.json`: onnxruntime and tokenizers, no torch.

Loads in about 0.2 s and 100 MB, 0.9 ms a query. Every worker runs whole batches on one thread: threads inside one
run spin at barriers and a busy core then costs both.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.encoder import Matrix, unit_rows
from embeddings.errors import BundleDamaged, ModelUnusable

MAX_TOKENS = 256
"""What all-MiniLM-L6-v2 was trained to read; two short item texts never come near it."""

_BATCH = 16
"""Best of 8-64 when sorted by length: larger ones fall out of the cache."""

_SLICE = 2048
"""Texts tokenised at once: bounds the memory of a big night."""


class OnnxEncoder:
    """Mean pooling over the last hidden state, or the sentence as the model itself gives it; rows of unit length.

    Args:
        model: the ONNX file; inputs `input_ids`, `attention_mask` and, if it has it, `token_type_ids`.
        tokenizer: the tokenizer file of the same model.
        model_id: name, hash and recipe.
        max_tokens: longer texts are cut.
        workers: batches run at the same time, one thread each.
        sure: closeness from which the nearest text is surely meant, of the manifest.
    """

    def __init__(
        self, model: Path, tokenizer: Path, model_id: str, *, max_tokens: int = MAX_TOKENS, workers: int = 1,
        sure: float = 0.0,
    ) -> None:  # fmt: skip
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
            self._tokenizer = Tokenizer.from_file(str(tokenizer))
        except Exception as cause:  # both libraries raise their own types, Tokenizer a bare Exception
            raise BundleDamaged(f"{model.name} or {tokenizer.name} cannot be read.", "Prepare it again.") from cause
        # The file of MiniLM pads every text to 128 tokens: "red shoes" would cost 32 times its four.
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens)
        names = (self._tokenizer.token_to_id(name) for name in ("<unk>", "[UNK]", "<UNK>"))
        self._unknown = {number for number in names if number is not None}
        self._inputs = {value.name for value in self._session.get_inputs()}
        shape = self._session.get_outputs()[0].shape
        # Three axes are words to be pooled, two are whole texts.
        if (
            not {"input_ids", "attention_mask"} <= self._inputs
            or len(shape) not in (2, 3)
            or type(shape[-1]) is not int
        ):
            raise ModelUnusable(f"{model.name} is no sentence encoder.", "Prepare it with `python -m embeddings`.")
        self._dim = int(shape[-1])
        self._model_id = model_id
        self._folder = model.parent
        self._sure = sure
        self._workers = max(1, workers)

    @property
    def model_id(self) -> str:
        """Name, hash and recipe."""
        return self._model_id

    @property
    def dim(self) -> int:
        """Length of every vector."""
        return self._dim

    @property
    def folder(self) -> Path:
        """The bundle it was read from."""
        return self._folder

    @property
    def sure(self) -> float:
        """Closeness from which the nearest text is surely meant."""
        return self._sure

    def spelling(self, text: str) -> float:
        """Letters a piece of the tokenizer; 0 where it knows none of them."""
        encoded = self._tokenizer.encode(text, add_special_tokens=False)
        marks = zip(encoded.ids, encoded.tokens, encoded.offsets, strict=True)
        # The mark that stands for a blank is no piece of a word, wherever the tokenizer says it stands.
        pieces = [
            number
            for number, piece, (start, end) in marks
            if piece != "▁" and any(sign.isalnum() for sign in text[start:end])
        ]
        if not pieces or all(number in self._unknown for number in pieces):
            return 0.0
        return sum(sign.isalnum() for sign in text) / len(pieces)

    def encode(self, texts: Sequence[str]) -> Matrix:
        """One unit row a text, in the order given."""
        if len(texts) <= _BATCH:
            return self._encode_slice(list(texts), None) if texts else np.zeros((0, self._dim), dtype=np.float32)
        out = np.empty((len(texts), self._dim), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        with ThreadPoolExecutor(self._workers, thread_name_prefix="encode") as pool:
            for start in range(0, len(order), _SLICE):
                numbers = order[start : start + _SLICE]
                out[numbers] = self._encode_slice([texts[number] for number in numbers], pool)
        return out

    def _encode_slice(self, texts: list[str], pool: ThreadPoolExecutor | None) -> Matrix:
        """Tokenise, sort by token count, run in batches, put back in order."""
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(texts)]
        order = sorted(range(len(tokens)), key=lambda number: len(tokens[number]))
        batches = [order[start : start + _BATCH] for start in range(0, len(order), _BATCH)]
        # The longest first: a worker that gets one last would leave the others idle.
        batches.reverse()
        runs = [[tokens[number] for number in batch] for batch in batches]
        pooled = map(self._pooled, runs) if pool is None else pool.map(self._pooled, runs)
        out = np.empty((len(texts), self._dim), dtype=np.float32)
        for batch, rows in zip(batches, pooled, strict=True):
            out[batch] = rows
        return unit_rows(out)

    def _pooled(self, batch: list[list[int]]) -> Matrix:
        """Each text as the model gives it, or the mean of its last hidden state over the real tokens."""
        width = max(len(ids) for ids in batch)
        ids = np.zeros((len(batch), width), dtype=np.int64)
        mask = np.zeros((len(batch), width), dtype=np.int64)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        feed: dict[str, Any] = {"input_ids": ids, "attention_mask": mask}
        if "token_type_ids" in self._inputs:
            feed["token_type_ids"] = np.zeros_like(ids)
        hidden: Matrix = self._session.run(None, feed)[0]
        if hidden.ndim == 2:
            return hidden
        weights = mask[:, :, None].astype(np.float32)
        total: Matrix = (hidden * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9)
        return total

"""A local SentenceTransformer folder to ONNX, with torch. Stands at the bench (extra `[model]`), never at the counter.

Its own vectors of the probe texts are the reference that the small model is then held against.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.encoder import Matrix
from embeddings.errors import ExtraMissing, ModelUnusable
from embeddings.manifest import TOKENIZER

OPSET = 17
"""Read by every onnxruntime since 1.12."""


@dataclass(frozen=True, slots=True, eq=False)
class Exported:
    """What came out of a SentenceTransformer folder."""

    name: str
    onnx: Path
    tokenizer: Path
    max_tokens: int
    reference: Matrix
    """Unit rows of the probe texts, by the model itself."""
    licence: str
    source: str


def export(folder: Path, work: Path, probe: Sequence[str], talk: Callable[[str], None]) -> Exported:
    """Load the folder, take reference vectors, export its transformer.

    Args:
        folder: as `SentenceTransformer.save` writes it, with `tokenizer.json`.
        work: where temporary files may be written.
        probe: texts to take reference vectors of.
        talk: told each step.

    Raises:
        ExtraMissing: torch or sentence-transformers is not installed.
        ModelUnusable: no such folder, no fast tokenizer, or another pooling than the mean.

    Effect: writes an ONNX file into `work`; sets `HF_HUB_OFFLINE`, since a folder must be enough.
    """
    # Where a folder has no tokenizer of its own the libraries would ask a hub; a shop has no line to one.
    os.environ["HF_HUB_OFFLINE"] = "1"
    if not (folder / "modules.json").is_file() or not (folder / TOKENIZER).is_file():
        raise ModelUnusable(
            f"{folder.name} is no SentenceTransformer folder.", "It needs modules.json and tokenizer.json in it."
        )
    talk("Loading torch and sentence-transformers.")
    try:
        import torch
        from sentence_transformers import SentenceTransformer
    except ImportError:
        raise ExtraMissing("sentence-transformers is not installed.", "Install the extra `[model]`.") from None
    talk("Taking reference vectors and exporting to ONNX.")
    target = work / "exported.onnx"
    with _quiet():
        try:
            model = SentenceTransformer(str(folder), device="cpu")
        except (OSError, ValueError, KeyError, RuntimeError) as cause:
            raise ModelUnusable(f"{folder.name} cannot be loaded.", "Check that the folder is complete.") from cause
        _check_shape(model, folder)
        vectors = model.encode(list(probe), batch_size=16, normalize_embeddings=True, show_progress_bar=False)
        _write_onnx(torch, model[0].auto_model.eval(), target)
    reference = np.asarray(vectors, dtype=np.float32)
    max_tokens = int(model.max_seq_length or 256)
    licence = _licence(folder)
    name = _name(folder)
    return Exported(
        name, target, folder / TOKENIZER, max_tokens, reference, licence, f"SentenceTransformer folder {name}"
    )


def _check_shape(model: Any, folder: Path) -> None:
    """Only transformer, mean pooling and scaling: what `OnnxEncoder` does after the transformer."""
    kinds = [type(module).__name__ for module in model]
    pooling = model[1] if len(kinds) > 1 else None
    mode = getattr(pooling, "pooling_mode", None) or getattr(pooling, "get_pooling_mode_str", lambda: "")()
    if (
        kinds[:2] != ["Transformer", "Pooling"]
        or mode not in ("mean", ("mean",), ["mean"])
        or kinds[2:] not in ([], ["Normalize"])
    ):
        raise ModelUnusable(
            f"{folder.name} is built of {', '.join(kinds)} with pooling {mode!r}.",
            "Use a model with a transformer and mean pooling.",
        )


def _write_onnx(torch: Any, transformer: Any, target: Path) -> None:
    """Trace the transformer with free batch and length."""

    class LastHidden(torch.nn.Module):  # type: ignore[misc]
        """The one output that pooling needs."""

        def __init__(self) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
            """Last hidden state."""
            extra = {"token_type_ids": token_type_ids} if has_types else {}
            return self.transformer(input_ids=input_ids, attention_mask=attention_mask, **extra).last_hidden_state

    has_types = getattr(transformer.config, "type_vocab_size", 0) > 1
    ids = torch.ones((2, 8), dtype=torch.int64)
    names = ["input_ids", "attention_mask", "token_type_ids"]
    free = {0: "batch", 1: "sequence"}
    with torch.no_grad():
        torch.onnx.export(
            LastHidden(),
            (ids, torch.ones_like(ids), torch.zeros_like(ids)),
            str(target),
            input_names=names,
            output_names=["last_hidden_state"],
            dynamic_axes=dict.fromkeys([*names, "last_hidden_state"], free),
            opset_version=OPSET,
            dynamo=False,
        )


def _name(folder: Path) -> str:
    """The folder's own name, or its package's when it is just called `model`."""
    name = folder.resolve().name
    if name == "model":
        name = folder.resolve().parent.name.replace("_", "-").removeprefix("gt-")
    return "all-MiniLM-L6-v2" if name == "all-minilm-l6-v2" else name


def _licence(folder: Path) -> str:
    """What the model card's front matter states."""
    card = folder / "README.md"
    lines = card.read_text(encoding="utf-8", errors="replace").splitlines()[:60] if card.is_file() else []
    stated = [line.partition(":")[2].strip() for line in lines if line.startswith("license:")]
    return stated[0] if stated and stated[0] else "not stated"


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the libraries' progress bars and deprecation notes off the terminal."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stderr(io.StringIO()),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)

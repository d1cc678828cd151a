"""Text in, unit vectors out: what an encoder is, and one that needs no weights.

`WeightlessEncoder` hashes words and character n-grams. It knows nothing of meaning, but it forgives spelling,
needs no file, gives the same numbers on every machine, and so stands in where no model was prepared.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
"""float32, shape (n, dim); rows of unit length."""

_WORD = re.compile(r"\w+")
_WORD_WEIGHT = 0.6
"""Beside its letters, which together weigh 1: with more, a slip of spelling would cost nearly everything."""


@runtime_checkable
class Encoder(Protocol):
    """Turns texts into unit vectors."""

    @property
    def model_id(self) -> str:
        """Name, hash and recipe; vectors of two ids must never be compared."""

    @property
    def dim(self) -> int:
        """Length of every vector."""

    @property
    def folder(self) -> Path | None:
        """The bundle it was read from; None where it needs no file."""

    @property
    def sure(self) -> float:
        """Closeness from which the nearest text is surely meant; a nearest one below counts for less, by this part."""

    def spelling(self, text: str) -> float:
        """Letters a piece the model takes the text apart into; 0 where it knows none of them.

        Words have two and more, mere letters fewer.
        """

    def encode(self, texts: Sequence[str]) -> Matrix:
        """One unit row a text, in the order given."""


class WeightlessEncoder:
    """Hashed words and character n-grams, no weights.

    Args:
        dim: length of the vectors, 8 or more.
    """

    def __init__(self, dim: int = 256) -> None:
        if dim < 8:
            raise ValueError("A weightless encoder needs 8 dimensions or more.")
        self._dim = dim

    @property
    def model_id(self) -> str:
        """Changes whenever the features change."""
        return f"weightless-{self._dim}/r1"

    @property
    def dim(self) -> int:
        """Length of every vector."""
        return self._dim

    @property
    def folder(self) -> None:
        """It needs no file."""
        return None

    @property
    def sure(self) -> float:
        """The nearest always counts whole."""
        return 0.0

    def spelling(self, text: str) -> float:
        """It was taught no words, and takes each letter as it is."""
        return 1.0

    def encode(self, texts: Sequence[str]) -> Matrix:
        """One unit row a text; a text without a word gets the first axis."""
        rows = np.zeros((len(texts), self._dim), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for feature, weight in _features(text):
                digest = crc32(feature.encode())
                row[digest % self._dim] += weight if digest & 0x80000000 else -weight
        return unit_rows(rows)


def unit_rows(rows: NDArray[np.floating]) -> Matrix:
    """The rows scaled to unit length; a row of zeros becomes the first axis."""
    out = np.array(rows, dtype=np.float32, order="C")
    lengths = np.linalg.norm(out, axis=1)
    nothing = ~(lengths > 1e-12)
    if nothing.any():
        out[nothing] = 0.0
        out[nothing, 0] = 1.0
        lengths[nothing] = 1.0
    out /= lengths[:, None]
    return out


def _features(text: str) -> list[tuple[str, float]]:
    """Words, and the 3- to 5-grams of each word between bounds, with their weights."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    found: list[tuple[str, float]] = []
    for word in _WORD.findall(plain):
        found.append((f"w {word}", _WORD_WEIGHT))
        bounded = f"<{word}>"
        grams = {bounded[i : i + n] for n in (3, 4, 5) for i in range(len(bounded) - n + 1)}
        found.extend((f"g {gram}", 1.0 / len(grams) ** 0.5) for gram in sorted(grams))
    return found

"""Two rankings made one: `0.4 words / best words + 0.6 closeness / best closeness` over the union of both. Pure.

The weights come from the settings; between 0.3 and 0.6 for words the judged sets hardly differ. Rank fusion (RRF) is
as good on one and worse on the other, because it forgets how much better the first hit is than the second.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int32]
Scores = NDArray[np.float32]


class Fused(NamedTuple):
    """Items of both rankings, best first."""

    nos: Numbers
    scores: Scores
    by_words: NDArray[np.bool_]
    """Whether each is among the word hits."""
    by_meaning: NDArray[np.bool_]
    """Whether each is among the nearest."""


def candidates(word_nos: Numbers, near_nos: Numbers) -> Numbers:
    """Every item of either ranking once, in order of number."""
    return np.union1d(word_nos, near_nos).astype(np.int32)


def fuse(
    nos: Numbers,
    closeness: Scores,
    word_nos: Numbers,
    word_scores: Scores,
    near_nos: Numbers,
    *,
    words_weight: float,
    meaning_weight: float,
) -> Fused:
    """Rank the candidates by both.

    Args:
        nos: `candidates` of the two rankings.
        closeness: exact cosine of each candidate, aligned with `nos`.
        word_nos: word hits, a subset of `nos`.
        word_scores: aligned with `word_nos`, higher is better.
        near_nos: nearest by meaning, a subset of `nos`.
        words_weight: part of the words.
        meaning_weight: part of the closeness.

    Returns:
        All candidates; equal scores in order of number.
    """
    words = np.zeros(len(nos), dtype=np.float32)
    words[np.searchsorted(nos, word_nos)] = _of_best(word_scores)
    scores = np.float32(words_weight) * words + np.float32(meaning_weight) * _of_best(closeness)
    order = np.lexsort((nos, -scores))
    return Fused(nos[order], scores[order], np.isin(nos, word_nos)[order], np.isin(nos, near_nos)[order])


def _of_best(scores: Scores) -> Scores:
    """Scores as a part of the best one; what is not above zero counts as nothing."""
    best = float(scores.max()) if len(scores) else 0.0
    if best <= 0:
        return np.zeros(len(scores), dtype=np.float32)
    return (np.maximum(scores, 0) / np.float32(best)).astype(np.float32)

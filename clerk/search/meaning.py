"""Items by words and meaning, fused, in the process that asks.

A code (SKU or GTIN) comes first. Where the pack has no encoder, or it is damaged, words alone answer.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from clerk.errors import SearchUnavailable
from clerk.model import ItemHit, Items
from clerk.pack.open import Pack
from clerk.pack.read import PackReader
from clerk.search.files import open_meaning, open_words
from clerk.search.fuse import Fused, candidates, fuse
from clerk.search.words import WordHits, WordIndex
from clerk.settings import SearchSettings
from embeddings import Allowed, Encoder, Index

LONGEST = 300
"""Characters of a query that are read; a pasted page must not cost a second."""


class ItemSearch:
    """Hybrid search over one pack. Made by `open_item_search`, or of its parts.

    Args:
        reader: rows, codes, stock and vectors of the pack.
        words: its word index.
        encoder: of queries; nothing means words alone.
        index: of the pack's vectors, by the same model as `encoder`.
        settings: weights of both in the fused score, and how many hits of each are fused.
    """

    def __init__(
        self,
        reader: PackReader,
        words: WordIndex,
        encoder: Encoder | None = None,
        index: Index | None = None,
        *,
        settings: SearchSettings | None = None,
    ) -> None:
        if (encoder is None) != (index is None):
            raise ValueError("Encoder and index go together.")
        if encoder is not None and index is not None and encoder.model_id != index.model_id:
            raise SearchUnavailable("The item vectors were made by another encoder.", "Run `clerk build` again.")
        self._reader, self._words = reader, words
        self._encoder, self._index = encoder, index
        self._settings = settings or SearchSettings()
        self.problem: SearchUnavailable | None = None
        """Why words alone answer, when they do."""

    @property
    def model_id(self) -> str:
        """Of the query encoder, or empty when words alone answer."""
        return self._encoder.model_id if self._encoder is not None else ""

    def search(self, text: str, limit: int = 20, here_only: bool = False) -> Items:
        """Items for a query, best first.

        Args:
            text: what a shopper asked for, in any words; spelling mistakes are forgiven.
            limit: rows at most.
            here_only: only items that are here, or were never counted.

        Cost: 6 ms at 90,000 items.
        """
        text = text[:LONGEST].strip()
        if not text or limit < 1:
            return Items((), 0, False)
        depth = max(self._settings.union, limit)
        here = self._here if here_only else None
        by_code = [no for no in self._reader.item_nos_by_code(text) if here is None or here[no]]
        hits = self._words.search(text, depth, here)
        ranked = self._with_meaning(text, hits, depth, here_only)
        shown = self._rows(by_code, ranked, limit)
        known = sum(1 for no in by_code if no not in hits.nos)
        return Items(shown, max(hits.total + known, len(by_code)), self._encoder is not None)

    def _with_meaning(self, text: str, hits: WordHits, depth: int, here_only: bool) -> Fused:
        if self._encoder is None or self._index is None:
            best = hits.scores[0] if len(hits.scores) else np.float32(1)
            every = np.ones(len(hits.nos), dtype=np.bool_)
            return Fused(hits.nos, hits.scores / best, every, ~every)
        query = self._encoder.encode([text])[0]
        near = self._index.search(query, depth, self._allowed if here_only else None)
        near_nos = near.ids.astype(np.int32)
        nos = candidates(hits.nos, near_nos)
        return fuse(
            nos,
            self._closeness(nos, query),
            hits.nos,
            hits.scores,
            near_nos,
            words_weight=self._settings.words_weight,
            meaning_weight=self._settings.meaning_weight,
        )

    def _closeness(self, nos: NDArray[np.int32], query: NDArray[np.float32]) -> NDArray[np.float32]:
        """Exact cosine of each item, since the index of a large shop is only nearly exact."""
        vectors = self._reader.vectors
        if vectors is None:
            raise SearchUnavailable("This store data holds no item vectors.", "Run `clerk build` again.")
        exact: NDArray[np.float32] = np.asarray(vectors[nos], dtype=np.float32) @ query
        return exact

    def _rows(self, by_code: list[int], ranked: Fused, limit: int) -> tuple[ItemHit, ...]:
        """Items of the first numbers; scores stay within 0 and 1."""
        found = dict.fromkeys(by_code[:limit], (1.0, "words"))
        for no, score, by_words, by_meaning in zip(*(part.tolist() for part in ranked), strict=True):
            if len(found) >= limit:
                break
            by = "both" if by_words and by_meaning else "words" if by_words else "meaning"
            found.setdefault(no, (min(max(score, 0.0), 1.0), by))
        items = self._reader.items(list(found))
        return tuple(ItemHit(items[no], score, by) for no, (score, by) in found.items() if no in items)

    @cached_property
    def _here(self) -> NDArray[np.bool_]:
        """Whether each item_no is here, or was never counted; row 0 is nobody's."""
        here: NDArray[np.bool_] = self._reader.columns.on_hand != 0
        here[0] = False
        return here

    @cached_property
    def _allowed(self) -> Allowed:
        return Allowed(np.flatnonzero(self._here))


def open_item_search(pack: Pack, reader: PackReader, settings: SearchSettings | None = None) -> ItemSearch:
    """Item search over a pack; by words alone, with the reason in `problem`, where its vectors cannot be used.

    Raises:
        SearchUnavailable: the word index is damaged.

    Cost: 0.3 s, and the import of onnxruntime and faiss.
    """
    words = open_words(pack, reader)
    try:
        meaning = open_meaning(pack)
    except SearchUnavailable as problem:
        search = ItemSearch(reader, words, settings=settings)
        search.problem = problem
        return search
    return ItemSearch(reader, words, meaning.encoder, meaning.index, settings=settings)

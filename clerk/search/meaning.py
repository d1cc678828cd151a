"""Items by words and meaning, two rankings made one, in the process that asks.

A code (SKU or GTIN) comes first. Where the pack has no encoder, or it is damaged, words alone answer. The search files
of a pack are opened only after their hashes were checked.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clerk.errors import SearchUnavailable
from clerk.languages import known_language, languages_of
from clerk.model import Item, ItemColumns, ItemHit, Items
from clerk.pack.open import ENCODER, INDEX, Pack, damaged
from clerk.pack.read import PackReader
from clerk.search.words import FILE as WORDS
from clerk.search.words import WordHits, WordIndex, WordText
from clerk.settings import SearchSettings
from embeddings import Allowed, Encoder, Index, IndexRecord, open_bundle
from embeddings.errors import EmbeddingsError

LONGEST = 300
"""Characters of a query that are read; a pasted page must not cost a second."""


_REMEDY = "Run `clerk build` again; until then the words typed are searched as they are."

Numbers = NDArray[np.int32]

Scores = NDArray[np.float32]


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
            sure=self._encoder.sure,
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


@dataclass(frozen=True, slots=True, eq=False)
class Meaning:
    """What a search by meaning needs; both come from the same model."""

    encoder: Encoder
    index: Index


def open_words(pack: Pack, reader: PackReader) -> WordIndex:
    """The word index of a pack; made now from its items when it came without, or with words made by other rules.

    Raises:
        SearchUnavailable: its hash does not hold.

    Cost: 20 ms; 3 s where it has to be made for 90,000 items, at every start until the next night.
    """
    if WORDS in pack.manifest["files"]:
        _check(pack, [WORDS])
        if (index := WordIndex.open(pack.folder / WORDS)) is not None:
            return index
    sold = (reader.columns.flags & ItemColumns.GONE) == 0
    items = reader.items(range(1, len(sold)))
    texts = [word_text(item) for no, item in sorted(items.items()) if sold[no]]
    return WordIndex.build(texts, languages_of(json.loads(reader.facts.get("store.language", "null"))))


def word_text(item: Item) -> WordText:
    """The text of an item that is searched by words; the brand counts as part of the name."""
    return WordText(
        item.item_no, f"{item.name} {item.brand}", item.category, item.description, known_language(item.language)
    )


def open_meaning(pack: Pack) -> Meaning:
    """Encoder and vector index of a pack.

    Raises:
        SearchUnavailable: the pack has none, a hash does not hold, or they are of different models.
    """
    record = _record(pack)
    names = [name for name in pack.manifest["files"] if name.startswith(f"{ENCODER}/")]
    if not names:
        raise SearchUnavailable("This store data holds no query encoder.", "Prepare one and run `clerk build` again.")
    _check(pack, [INDEX, *names])
    try:
        encoder = open_bundle(pack.folder / ENCODER)
        index = Index.open(pack.folder / INDEX, record, dim=encoder.dim)
    except EmbeddingsError as cause:
        raise SearchUnavailable(cause.what, _REMEDY) from cause
    if encoder.model_id != index.model_id:
        raise SearchUnavailable("The item vectors were made by another encoder.", _REMEDY)
    return Meaning(encoder, index)


def _record(pack: Pack) -> IndexRecord:
    content: Any = pack.manifest.get("index")
    if not isinstance(content, dict):
        raise SearchUnavailable("This store data holds no item vectors.", "Prepare an encoder and run `clerk build`.")
    try:
        return IndexRecord.from_json(content)
    except EmbeddingsError as cause:
        raise SearchUnavailable(cause.what, _REMEDY) from cause


def _check(pack: Pack, names: list[str]) -> None:
    missing = [name for name in names if name not in pack.manifest["files"]]
    if missing:
        raise SearchUnavailable(f"This store data holds no {missing[0]}.", _REMEDY)
    if problems := damaged(pack.folder, pack.manifest, names):
        raise SearchUnavailable(f"Search files are damaged: {problems[0]}.", _REMEDY)


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
    sure: float = 0.0,
) -> Fused:
    """Ranks by `words / best words` and `closeness / best closeness`, each times its weight, over both rankings.

    Between 0.3 and 0.6 for words the judged sets hardly differ. Rank fusion (RRF) is as good on one and worse on the
    other, because it forgets how much better the first hit is than the second.

    Args:
        nos: `candidates` of the two rankings.
        closeness: exact cosine of each candidate, aligned with `nos`.
        word_nos: word hits, a subset of `nos`.
        word_scores: aligned with `word_nos`, higher is better.
        near_nos: nearest by meaning, a subset of `nos`.
        words_weight: part of the words.
        meaning_weight: part of the closeness.
        sure: closeness that the best one has to have to count whole.

    Returns:
        All candidates; equal scores in order of number.
    """
    words = np.zeros(len(nos), dtype=np.float32)
    words[np.searchsorted(nos, word_nos)] = _of_best(word_scores)
    scores = np.float32(words_weight) * words + np.float32(meaning_weight) * _of_best(closeness, sure)
    order = np.lexsort((nos, -scores))
    return Fused(nos[order], scores[order], np.isin(nos, word_nos)[order], np.isin(nos, near_nos)[order])


def _of_best(scores: Scores, at_least: float = 0.0) -> Scores:
    """Scores as a part of the best one, or of what it should at least be; what is not above zero counts as nothing."""
    best = max(float(scores.max()), at_least) if len(scores) else 0.0
    if best <= 0:
        return np.zeros(len(scores), dtype=np.float32)
    return (np.maximum(scores, 0) / np.float32(best)).astype(np.float32)

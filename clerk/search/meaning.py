"""Items by words and meaning, two rankings made one, in the process that asks.

A code (SKU or GTIN) comes first. Where the pack has no encoder, or it is damaged, words alone answer. The search files
of a pack are opened only after their hashes were checked.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, replace
from functools import cached_property
from string import ascii_lowercase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clerk.errors import SearchUnavailable
from clerk.languages import ENGLISH, is_unspaced, known_language, languages_of, words_of
from clerk.model import Item, ItemColumns, ItemHit, Items
from clerk.pack.open import ENCODER, INDEX, Pack, damaged
from clerk.pack.read import PackReader
from clerk.search.discretion import FOREIGN, gives_way, is_called, may_be_listed, naming_words
from clerk.search.fits import Fits, Levels, bases_of
from clerk.search.fitting import GIFT, Fit, fit, is_gift, remark_on, said
from clerk.search.fusing import Fused, Numbers, Scores, candidates, fuse
from clerk.search.qualities import BY_ITS_NAME, asked_alone, nature
from clerk.search.question import LONGEST, Question, understood
from clerk.search.vocabulary import Quality, common_form, forms_of, vocabulary
from clerk.search.words import FILE as WORDS
from clerk.search.words import WordHits, WordIndex, WordText
from clerk.settings import SearchSettings
from embeddings import Allowed, Encoder, Index, IndexRecord, Nearest, open_bundle
from embeddings.errors import EmbeddingsError

RELEVANT = 0.5
"""Part of the best score in the whole shop below which something is no answer to a question with conditions: without
milk, the spread that is nearest to "cheese" is none."""

WORTH_ASKING = 0.7
"""The same for what is not stated to fit, beside something that is: only then is it worth looking at the pack."""

KNOWN = 0.5
"""Part of a question, its words weighted by how rare they are, that one item has to hold for it to be understood."""

PARTLY = 0.2
"""The same where the nearest item is nearer than any is to half of all meaningless texts."""

READABLE = 2.05
"""Letters a piece from which a text is words: 98 in 100 of the questions in four languages have as many, 1 in 12 of the
texts of mere letters."""

OPPOSITE, NEITHER = 0.7, 0.85
"""What is left of the score of something cold, and of something neither cold nor hot, where something hot is asked for:
meaning takes opposites for alike."""

FAR = 0.1
"""What is left of the score of what is cold by its name or kind, where something hot is asked for."""

OUT = 0.95
"""What is left of the score of an item that is out: among equals the one that is here comes first."""

NOT_UNDERSTOOD = "Not understood: nothing here is called so or comes near it. Try another word for it."
"""Said instead of listing what happens to be nearest."""

_LOOKED_AT = 500
"""Items that hold a word, and whose names are looked at to tell whether it is theirs."""

_MOST_BOUGHT = 2000
"""Items read to tell their nature; those bought most have the lowest numbers."""

NOT_HEARD = "Not understood: it is not clear what must not be in it. Ask as in “cake without nuts”."
"""Said to a question that denies something, where it was not understood what: a list would look safe."""

_ENOUGH = 40
"""Nearest items that are enough for an answer: twice the rows of a screen."""

_ALLOWED_AT_MOST = 16
"""Sets of conditions whose items are kept; 0.2 MB each at 90,000 items."""

_NONSENSE_TEXTS = 40
_NONSENSE_BELOW = 0.95
"""Part of the meaningless texts that are recognised as such by how near they come."""

_REMEDY = "Run `clerk build` again; until then the words typed are searched as they are."


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
        self._fits = Fits(reader, words)
        self._allowed_by: dict[tuple[Question, bool], _Allowed] = {}
        self._nature: dict[str, dict[int, int]] = {}
        """By name of a quality and item_no: for the items that were found so far."""
        self.problem: SearchUnavailable | None = None
        """Why words alone answer, when they do."""

    @property
    def model_id(self) -> str:
        """Of the query encoder, or empty when words alone answer."""
        return self._encoder.model_id if self._encoder is not None else ""

    def search(self, text: str, limit: int = 20, here_only: bool = False) -> Items:
        """Items for a question, best first; those of which it is not known whether they fit stand last, with a note.

        Args:
            text: what a shopper asked for, in any words; spelling mistakes are forgiven.
            limit: rows at most.
            here_only: only items that are here, or were never counted.

        Cost: 6 ms at 90,000 items; 12 ms with conditions.
        """
        text = text[:LONGEST].strip()
        if not text or limit < 1:
            return Items((), 0, False)
        by_code = self._reader.item_nos_by_code(text)
        question = Question(text, text) if by_code else understood(text)
        if question.unheard:
            return self._answer(question, (), 0, NOT_HEARD)
        allowed = self._allowed(question, here_only, [*by_code, *self._named_outright(question)])
        keep, levels = (allowed.keep, allowed.levels) if allowed is not None else (None, self._every)
        if question.gift and not any(keep is None or keep[no] for no in self._gifts):
            # Nothing here is made for it: then the word is one like any other.
            question = replace(question, rest=question.meant or text, gift=False)
        if (quality := asked_alone(question)) is not None and not question.is_plain:
            found = self._of_quality(question, quality, keep, levels)
            if len(found.nos):
                return self._arranged(question, found, levels, limit)
        if not question.rest:
            return self._everything(question, keep, levels, limit)
        depth = max(self._settings.union, limit)
        asked = self._asked(question, depth, allowed if question.is_plain else None)
        if not by_code and not self._is_understood(asked, question):
            return self._answer(question, (), 0, NOT_UNDERSTOOD)
        found, total = self._ranked(asked, question, depth, None if question.is_plain else allowed)
        if question.is_plain:
            coded = [no for no in by_code if not here_only or keep is None or keep[no]]
            known = sum(1 for no in coded if no not in found.nos[found.by_words])
            return self._answer(question, self._rows(coded, found, limit), max(total + known, len(coded)))
        whole, _ = self._ranked(asked, question, depth, None)
        best = float(whole.scores.max(initial=0.0))
        stated = (levels[found.nos] == Fit.STATED) & (found.scores >= RELEVANT * best)
        least = WORTH_ASKING if stated.any() else RELEVANT
        unknown = (levels[found.nos] == Fit.UNKNOWN) & (found.scores >= least * best)
        return self._arranged(question, found.where(stated | unknown), levels, limit)

    def _everything(self, question: Question, keep: NDArray[np.bool_] | None, levels: Levels, limit: int) -> Items:
        """All that is stated to fit, when nothing else is asked: the most bought first, which have the low numbers."""
        spoken_of = (self._reader.columns.flags & ItemColumns.UNMENTIONED) == 0
        fits = (levels == Fit.STATED) & spoken_of & (True if keep is None else keep)
        if question.gift:
            fits &= np.isin(np.arange(len(fits)), self._gifts)
        nos = np.flatnonzero(fits).astype(np.int32)
        every = np.ones(len(nos), dtype=np.bool_)
        return self._arranged(question, Fused(nos, every.astype(np.float32), every, ~every), levels, limit)

    def _of_quality(
        self, question: Question, quality: Quality, keep: NDArray[np.bool_] | None, levels: Levels
    ) -> Fused:
        """What is stated to fit and is warm, where something warm is all that is asked: the most bought first."""
        spoken_of = (self._reader.columns.flags & ItemColumns.UNMENTIONED) == 0
        fits = np.flatnonzero((levels == Fit.STATED) & spoken_of & (True if keep is None else keep))
        likely = fits[:_MOST_BOUGHT].tolist()
        natures = self._natures(likely, quality)
        order = sorted((-how, no) for no, how in zip(likely, natures, strict=True) if how > 0)
        nos = np.array([no for _, no in order], dtype=np.int32)
        every = np.ones(len(nos), dtype=np.bool_)
        return Fused(nos, np.array([-how / BY_ITS_NAME for how, _ in order], dtype=np.float32), every, ~every)

    def _natures(self, nos: list[int], quality: Quality) -> list[int]:
        """The nature of each item, kept once it was told. Cost: 0.05 ms an item, the first time."""
        kept = self._nature.setdefault(quality.name, {})
        items = self._reader.items([no for no in nos if no not in kept])
        kept.update((no, nature(item, quality)) for no, item in items.items())
        return [kept.get(no, 0) for no in nos]

    @cached_property
    def _gifts(self) -> Numbers:
        """Items made to be given away, by their name or category."""
        held = self._words.holding(vocabulary().gift_words)
        sold = held[(self._reader.columns.flags[held] & (ItemColumns.SENSITIVE | ItemColumns.UNMENTIONED)) == 0]
        items = self._reader.items(sold[:_MOST_BOUGHT].tolist())
        return np.array(sorted(no for no, item in items.items() if is_gift(item)), dtype=np.int32)

    def _arranged(self, question: Question, found: Fused, levels: Levels, limit: int) -> Items:
        """The answer to a question with conditions: by price where that was asked, what is stated to fit first."""
        order = np.arange(len(found.nos))
        if question.order:
            prices = self._reader.columns.price_minor[found.nos]
            dear = np.where(prices < 0, np.iinfo(np.int64).max, prices if question.order == "cheap" else -prices)
            order = np.argsort(dear, kind="stable")
        else:
            if not question.rest:
                order = np.argsort(~self._fits.states_it(question)[found.nos], kind="stable")
            # Not where the cheapest is asked: that may well be the children's.
            order = order[np.argsort(self._behind(question, found)[order], kind="stable")]
        order = order[np.argsort(-levels[found.nos[order]], kind="stable")]
        rows = self._rows([], found.where(order), limit, question)
        stated = int((levels[found.nos] == Fit.STATED).sum())
        remark = remark_on(question, self._currency, stated, len(found.nos) - stated)
        return self._answer(question, rows, len(found.nos), remark)

    def _behind(self, question: Question, found: Fused) -> NDArray[np.bool_]:
        """Whether each is for somebody alone of whom the question does not speak."""
        behind = np.zeros(len(found.nos), dtype=np.bool_)
        foreign = np.flatnonzero(self._reader.columns.audience[found.nos])[:_MOST_BOUGHT]
        items = self._reader.items(found.nos[foreign].tolist())
        behind[foreign] = [no in items and gives_way(items[no], question) for no in found.nos[foreign].tolist()]
        return behind

    def _answer(self, question: Question, rows: tuple[ItemHit, ...], total: int, remark: str = "") -> Items:
        return Items(rows, total, self._encoder is not None, said(question, self._currency), remark)

    def _asked(self, question: Question, depth: int, allowed: _Allowed | None) -> _Asked:
        """What the words of a question find, without its conditions: the measure for what those leave of it."""
        keep, ids = (allowed.keep, allowed.ids) if allowed is not None else (None, None)
        hits = self._words.search(question.rest, depth, keep, question.aside)
        if self._encoder is None or self._index is None:
            return _Asked(hits, None, None)
        if self._encoder.spelling(question.meant) == 0:
            # Signs that the model does not know mean something else to it every time.
            return _Asked(hits, None, None)
        query = self._encoder.encode([question.meant])[0]
        return _Asked(hits, query, self._index.search(query, depth, ids))

    def _is_understood(self, asked: _Asked, question: Question) -> bool:
        """Whether the words are known or read like words, or the nearest item is nearer than any is to letters."""
        known = float(asked.hits.coverage.max(initial=0.0))
        if known > KNOWN:
            return True
        if asked.query is None:
            return len(asked.hits.nos) > 0
        # Closeness alone tells honest words of many languages from mere letters too seldom; their spelling does.
        if self._words.languages != (ENGLISH,) and self._reads_like_words(question.meant):
            return True
        middle, nearly_all = self._nonsense
        return asked.closest >= nearly_all or (known > PARTLY and asked.closest >= middle)

    def _reads_like_words(self, text: str) -> bool:
        """Whether the text is spelled in pieces of words; in scripts without an alphabet every text is."""
        if any(map(is_unspaced, words_of(text))):
            return True
        return self._encoder is not None and self._encoder.spelling(text) >= READABLE

    @cached_property
    def _nonsense(self) -> tuple[float, float]:
        """How near an item of this shop comes to half of all texts without a meaning, and to nearly all of them.

        By shop and encoder between .2 and .5, so that it is measured here. Cost: 0.1 s, once.
        """
        if self._encoder is None or self._index is None:
            return 0.0, 0.0
        chance = random.Random(0)
        texts = [
            "".join(chance.choices(ascii_lowercase + " ", k=chance.randint(4, 20))) for _ in range(_NONSENSE_TEXTS)
        ]
        nearest = [self._index.search(vector, 1).closeness for vector in self._encoder.encode(texts)]
        found = [float(one[0]) for one in nearest if len(one)] or [0.0]
        return float(np.quantile(found, 0.5)), float(np.quantile(found, _NONSENSE_BELOW))

    def _ranked(self, asked: _Asked, question: Question, depth: int, allowed: _Allowed | None) -> tuple[Fused, int]:
        """Items of both rankings that may be found, and how many match by words."""
        hits = asked.hits
        if allowed is not None:
            hits = self._words.search(question.rest, depth, allowed.keep, question.aside)
        parts = _of_best(hits.scores, asked.hits.scores) * hits.coverage
        if asked.query is None or asked.near is None or self._index is None:
            every = np.ones(len(hits.nos), dtype=np.bool_)
            order = np.argsort(-parts, kind="stable")
            found = Fused(hits.nos[order], parts[order], every, ~every)
        else:
            near = asked.near
            near_nos = near.ids.astype(np.int32)
            if allowed is not None:
                # The nearest that may be found are among the nearest of all, where enough of those are left.
                near_nos = near_nos[allowed.keep[near_nos]]
                if len(near_nos) < _ENOUGH:
                    near_nos = self._index.search(asked.query, depth, allowed.ids).ids.astype(np.int32)
            nos = candidates(hits.nos, near_nos)
            sure = self._encoder.sure if self._encoder is not None else 0.0
            closeness = _of_best(self._closeness(nos, asked.query), asked.near.closeness, sure)
            weights = self._settings
            found = fuse(
                nos, closeness, hits.nos, parts, near_nos,
                words_weight=weights.words_weight, meaning_weight=weights.meaning_weight,
            )  # fmt: skip
        return self._lowered(found, question), hits.total

    def _lowered(self, found: Fused, question: Question) -> Fused:
        """Items of the opposite quality, and those that are out, give way to others that are as good."""
        factor = np.where(self._reader.columns.on_hand[found.nos] == 0, np.float32(OUT), np.float32(1))
        known = vocabulary().qualities
        for name in question.qualities:
            if known[name].kinds_known:
                natures = np.array(self._natures(found.nos.tolist(), known[name]), dtype=np.int8)
                factor = factor * np.choose(np.sign(natures) + 1, (FAR, NEITHER, 1))
                continue
            own, other = (self._words.holding(_spellings(known[one].words)) for one in (name, known[name].against))
            has_own, has_other = np.isin(found.nos, own), np.isin(found.nos, other)
            factor = factor * np.where(has_own, 1, np.where(has_other, OPPOSITE, NEITHER)).astype(np.float32)
        if question.is_plain:
            factor = np.where(self._behind(question, found), factor * np.float32(FOREIGN), factor)
        factor = factor.astype(np.float32)
        if question.gift:
            bonus = GIFT * np.isin(found.nos, self._gifts)
            return self._sorted(found, found.scores * factor + bonus.astype(np.float32))
        return self._sorted(found, found.scores * factor)

    def _sorted(self, found: Fused, scores: Scores) -> Fused:
        return found._replace(scores=scores).where(np.lexsort((found.nos, -scores)))

    def _closeness(self, nos: NDArray[np.int32], query: NDArray[np.float32]) -> NDArray[np.float32]:
        """Exact cosine of each item, since the index of a large shop is only nearly exact."""
        vectors = self._reader.vectors
        if vectors is None:
            raise SearchUnavailable("This store data holds no item vectors.", "Run `clerk build` again.")
        exact: NDArray[np.float32] = np.asarray(vectors[nos], dtype=np.float32) @ query
        return exact

    def _rows(
        self, by_code: list[int], ranked: Fused, limit: int, question: Question | None = None
    ) -> tuple[ItemHit, ...]:
        """Items of the first numbers, with what is not known about them; scores stay within 0 and 1."""
        found = dict.fromkeys(by_code[:limit], (1.0, "words"))
        for no, score, by_words, by_meaning in zip(*(part.tolist() for part in ranked), strict=True):
            if len(found) >= limit:
                break
            by = "both" if by_words and by_meaning else "words" if by_words else "meaning"
            found.setdefault(no, (min(max(score, 0.0), 1.0), by))
        items = self._reader.items(list(found))
        fits = self._fits_of(items, question) if question is not None else {}
        return tuple(
            ItemHit(items[no], score, by, fits[no][1] if no in fits else "")
            for no, (score, by) in found.items()
            if no in items and (no not in fits or fits[no][0] is not Fit.NOT)
        )

    def _fits_of(self, items: dict[int, Item], question: Question) -> dict[int, tuple[Fit, str]]:
        """How each item that is shown stands to a question, read once more by itself, and what is not known of it."""
        bases = bases_of(self._reader, items)
        return {no: fit(item, question, self._currency, bases.get(no)) for no, item in items.items()}

    @cached_property
    def _here(self) -> NDArray[np.bool_]:
        """Whether each item_no is here, or was never counted; row 0 is nobody's."""
        here: NDArray[np.bool_] = self._reader.columns.on_hand != 0
        here[0] = False
        return here

    def _allowed(self, question: Question, here_only: bool, named: list[int]) -> _Allowed | None:
        """What may be found at all; None for everything. Kept, since a question is asked again with each letter.

        Args:
            question: with or without conditions.
            here_only: only items that are here.
            named: sensitive items that may be found, since the question names them.
        """
        if question.is_plain and not here_only and not len(self._sensitive):
            return None
        conditions = replace(question, rest="", meant="", aside=frozenset(), order="", qualities=(), gift=False)
        kept = self._allowed_by.get((conditions, here_only))
        if kept is None:
            levels = self._fits.of(question, self._currency)
            keep = (levels > Fit.NOT) & self._here if here_only else levels > Fit.NOT
            keep[self._sensitive] = False
            kept = _Allowed(levels, keep, Allowed(np.flatnonzero(keep)))
            if len(self._allowed_by) >= _ALLOWED_AT_MOST:
                self._allowed_by.clear()
            self._allowed_by[conditions, here_only] = kept
        added = [no for no in named if kept.levels[no] > Fit.NOT and (self._here[no] or not here_only)]
        if not added:
            return kept
        keep = kept.keep.copy()
        keep[added] = True
        return _Allowed(kept.levels, keep, Allowed(np.flatnonzero(keep)))

    def _named_outright(self, question: Question) -> list[int]:
        """Sensitive items that a question names, in words by which nothing else is called."""
        words = naming_words(question) if len(self._sensitive) else frozenset()
        if not words:
            return []
        held = self._sensitive
        for word in words:
            held = np.intersect1d(held, self._words.holding(forms_of(word)))
        items = self._reader.items(held[:_LOOKED_AT].tolist())
        return [no for no, item in items.items() if may_be_listed(item, words, self._is_common)]

    def _is_common(self, word: str) -> bool:
        """Whether items that are not sensitive are called so."""
        others = np.setdiff1d(self._words.holding(forms_of(word)), self._sensitive)
        return any(is_called(item, [word]) for item in self._reader.items(others[:_LOOKED_AT].tolist()).values())

    @cached_property
    def _sensitive(self) -> Numbers:
        return np.flatnonzero(self._reader.columns.flags & ItemColumns.SENSITIVE).astype(np.int32)

    @cached_property
    def _every(self) -> Levels:
        return np.full(len(self._here), np.int8(Fit.STATED))

    @cached_property
    def _currency(self) -> str:
        return self._reader.facts.get("currency", "")


def open_item_search(pack: Pack, reader: PackReader, settings: SearchSettings) -> ItemSearch:
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


@dataclass(frozen=True, eq=False)
class _Allowed:
    """What may be found with the conditions of a question."""

    levels: Levels
    keep: NDArray[np.bool_]
    """Whether each item_no may be found."""
    ids: Allowed
    """The same for the index."""


@dataclass(frozen=True)
class _Asked:
    """What the words of a question find without its conditions."""

    hits: WordHits
    query: Scores | None
    """Its vector; None where words alone answer."""
    near: Nearest | None

    @property
    def closest(self) -> float:
        """Cosine of the nearest item."""
        return float(self.near.closeness[0]) if self.near is not None and len(self.near.closeness) else 0.0


def _of_best(scores: Scores, of: Scores, sure: float = 0.0) -> Scores:
    """Scores as a part of the best one of a ranking, or of what it should at least be; below zero counts as nothing."""
    best = max(float(of.max()), sure) if len(of) else 0.0
    if best <= 0:
        return np.zeros(len(scores), dtype=np.float32)
    return (np.maximum(scores, 0) / np.float32(best)).astype(np.float32)


def _spellings(words: tuple[str, ...]) -> list[str]:
    return [form for word in words for form in forms_of(common_form(word))]

"""Searching the pack by words: members by name, phone or id, items by name, category or description.

Always the whole database, never a preloaded part of it; rows are capped and the true total stands beside them.
Members come in order of recency, which is the order of their row numbers, so a cap is the ranking and costs nothing.
"""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from clerk import languages
from clerk.clock import to_datetime
from clerk.model import MemberHit, Members
from clerk.pack import statements as sql
from clerk.pack.name_index import NameIndex, words_of
from clerk.pack.open import NAMES
from clerk.pack.read import PackReader
from clerk.phone import country_in, digits_of, is_found_by, tail_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COUNTED_EXACTLY = 10_000
"""Members found by digits that are counted; beyond, the total says "at least" (`Members.at_least`)."""

OR_BELOW = 30
"""Items found by all words below which more is looked for (evidence: search 1)."""

WORDS_AT_MOST = 12
"""Words of a query that are looked at."""

_PHONE_LIKE = re.compile(r"[+\d][\d\s()./-]*")
_LONGEST = 300
"""Characters of a query that are read."""
_SAME_TAIL_AT_MOST = 1000
"""Members looked at whose numbers end alike."""
_HINT_DIGITS = 4


class ItemWords(NamedTuple):
    """Items found by words, best first."""

    hits: list[tuple[int, float]]
    """item_no and a score that is comparable within one answer only, higher is better."""
    total: int


class PackSearch:
    """Word searches over one opened pack.

    Args:
        reader: of the same pack; used for rows and facts.
    """

    def __init__(self, reader: PackReader) -> None:
        self._reader = reader
        self._db = reader.pack.db

    def members(self, text: str, limit: int = 20) -> Members:
        """Members whose name, phone, id or e-mail begins with what was typed, most recently seen first.

        Words may come in any order and be unfinished. Fewer than `limit` are filled up with names that hold the
        words somewhere inside, and only when nothing at all was found is the spelling corrected.
        """
        text = text[:_LONGEST].split("@")[0]
        if _PHONE_LIKE.fullmatch(text.strip()):
            return self._by_number(text, limit)
        words = words_of(text)[:WORDS_AT_MOST]
        if not words:
            return Members((), 0)
        names = self._names
        found = names.beginning(words)
        if len(found) == 0 or any(letter.isdigit() for letter in text):
            found = _then(found, self._by_code(words))
        if len(found) < limit and all(len(word) > 2 or not word.isascii() for word in words):
            found = _then(found, names.holding(words))
        if len(found):
            return self._shown(found[:limit].tolist(), len(found))
        better = names.respelt(words)
        if better is None:
            return Members((), 0)
        found = names.beginning(better)
        return self._shown(found[:limit].tolist(), len(found), " ".join(better))

    def of(self, member_nos: list[int]) -> Members:
        """These members, most recently seen first."""
        return self._shown(sorted(member_nos), len(member_nos))

    def item_words(self, text: str, limit: int) -> ItemWords:
        """Items by words, while they are being typed or complete.

        A SKU or GTIN comes first. All words first, the last one also as a beginning; any word when that finds nothing.
        """
        exact = list(self._reader.item_nos_by_code(text.strip()))
        words = languages.words_of(text)[:WORDS_AT_MOST]
        meaning = [word for word in words if not languages.is_stop_word(word, self._languages)] or words
        if not meaning:
            return ItemWords([(no, 1.0) for no in exact[:limit]], len(exact))
        each = [self._forms(word) for word in meaning]
        hits, total = self._ranked(" AND ".join(each), limit)
        if total < OR_BELOW:
            hits, total = self._with_starts(hits, total, self._pieces(words), limit)
        if not hits and len(each) > 1:
            hits, total = self._ranked(" OR ".join(each), limit)
        if exact:
            top = 1.0 + max((score for _, score in hits), default=0.0)
            known = set(exact)
            total += sum(1 for no in exact if no not in {hit[0] for hit in hits})
            hits = [(no, top) for no in exact] + [hit for hit in hits if hit[0] not in known]
        return ItemWords(hits[:limit], max(total, len(hits[:limit])))

    def _forms(self, word: str) -> str:
        """What an item must hold for a word: one of its forms, or every piece of a run without blanks."""
        if not languages.is_unspaced(word) or "languages" not in self._reader.facts:
            return "(" + " OR ".join(map(_quoted, languages.table_terms(word, self._languages))) + ")"
        # As it is said: an item in the other spelling holds those pieces too.
        spoken = languages.said(word, self._languages)
        return "(" + " AND ".join(map(_quoted, languages.pieces_of(spoken))) + ")"

    def _pieces(self, words: list[str]) -> list[str]:
        """The words as they stand in the table of beginnings."""
        if "languages" not in self._reader.facts:
            # An earlier version kept runs without blanks whole.
            return words
        return languages.typed(" ".join(words), self._languages).split()

    @cached_property
    def _languages(self) -> tuple[str, ...]:
        """Of the shop; English where an earlier version built the pack."""
        return languages.languages_of(self._reader.facts.get("languages"))

    def _ranked(self, match: str, limit: int) -> tuple[list[tuple[int, float]], int]:
        hits = [(int(no), float(score)) for no, score in self._rows(sql.ITEM_WORDS, match, limit)]
        total = len(hits) if len(hits) < limit else int(self._rows(sql.ITEM_WORDS_COUNT, match)[0][0])
        return hits, total

    def _with_starts(
        self, hits: list[tuple[int, float]], total: int, words: list[str], limit: int
    ) -> tuple[list[tuple[int, float]], int]:
        """Items whose words begin with the last word added, the most bought first, below what was ranked."""
        match = _typed(words)
        known = {no for no, _ in hits}
        lowest = min((score for _, score in hits), default=1.0)
        more = [int(no) for (no,) in self._rows(sql.ITEM_STARTS, match, limit) if int(no) not in known]
        hits = hits + [(no, lowest * 0.5 / (1 + rank / 10)) for rank, no in enumerate(more)]
        count = int(self._rows(sql.ITEM_STARTS_COUNT, match)[0][0]) if more else 0
        return hits, max(total, count, len(hits))

    def _by_number(self, text: str, limit: int) -> Members:
        """Phone numbers that begin or end with the digits or are the same number, and ids that begin with them."""
        digits, tail = digits_of(text), tail_of(text)
        found = [no for (no,) in self._rows(sql.MEMBER_WORDS, _quoted(digits) + "*", COUNTED_EXACTLY + 1)]
        if len(digits) > len(tail):
            # Stored in another way than typed (+43664... for 0664...): the tail is indexed, the rest must agree.
            country = country_in(self._reader.facts)
            rows = self._members([no for (no,) in self._rows(sql.MEMBER_WORDS, _quoted(tail), _SAME_TAIL_AT_MOST)])
            found = sorted({*found, *(row[0] for row in rows if is_found_by(row[3], text, country))})
        at_least = len(found) > COUNTED_EXACTLY
        return self._shown(found[:limit], min(len(found), COUNTED_EXACTLY), at_least=at_least)

    def _by_code(self, words: list[str]) -> NDArray[np.int32]:
        """Members by id or by the name in their e-mail address."""
        import numpy as np

        found = self._rows(sql.MEMBER_WORDS, _typed(words), COUNTED_EXACTLY)
        return np.array([no for (no,) in found], dtype=np.int32)

    @cached_property
    def _names(self) -> NameIndex:
        """Loaded with the first letter typed."""
        return NameIndex.load(self._reader.pack.folder / NAMES, self._reader.pack.key)

    def _shown(self, found: list[int], total: int, corrected: str = "", *, at_least: bool = False) -> Members:
        order = {no: rank for rank, no in enumerate(found)}
        rows = sorted(self._members(found), key=lambda row: order[row[0]])
        hits = tuple(MemberHit(row[1], row[2], self._hint(row[3], row[4])) for row in rows)
        return Members(hits, total, corrected, at_least)

    def _hint(self, phone: str, last_at: int | None) -> str:
        """A hint that distinguishes members of the same name; at most the end of a phone number."""
        digits = digits_of(phone)
        parts = [f"····{digits[-_HINT_DIGITS:]}"] if len(digits) > _HINT_DIGITS + 1 else []
        if last_at is None:
            return ", ".join([*parts, "never here"])
        moment = to_datetime(last_at)
        built = to_datetime(int(self._reader.facts.get("built_at", "0")))
        year = "" if moment.year == built.year else f" {moment.year}"
        return ", ".join([*parts, f"last here {moment.day} {moment:%b}{year}"])

    def _members(self, nos: list[int]) -> list[Any]:
        return self._rows(sql.MEMBER_ROWS, json.dumps(nos))

    def _rows(self, statement: str, *values: object) -> list[Any]:
        return self._db.execute(statement, values).fetchall()


def _then(first: NDArray[np.int32], more: NDArray[np.int32]) -> NDArray[np.int32]:
    """Joins two lists of hits without repeats, the first list first."""
    import numpy as np

    return np.concatenate([first, more[~np.isin(more, first)]])


def _quoted(word: str) -> str:
    """A word as an FTS5 string, so that nothing in it is an operator."""
    return '"' + word.replace('"', "") + '"'


def _typed(words: list[str]) -> str:
    """All words, the last one possibly unfinished."""
    return " AND ".join([*map(_quoted, words[:-1]), _quoted(words[-1]) + "*"])

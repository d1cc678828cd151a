"""Searching the pack by words: members by name, phone or id, items by name, category or description.

Always the whole database, never a preloaded part of it; rows are capped and the true total stands beside them.
Members come in order of recency, which is the order of their row numbers, so a cap is the ranking and costs nothing.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from clerk.clock import to_datetime
from clerk.model import MemberHit, Members
from clerk.pack import statements as sql
from clerk.pack.names import NameDictionary, folded
from clerk.pack.read import PackReader

COUNTED_EXACTLY = 10_000
"""Members counted one by one; beyond, the total says "at least" (`Members.at_least`)."""

OR_BELOW = 30
"""Items found by all words below which any of the words will do (evidence: search 1)."""

WORDS_AT_MOST = 12
"""Words of a query that are looked at."""

STOP_WORDS = frozenset((
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "from", "has", "have", "i", "in", "is", "it", "its",
    "me", "my", "no", "not", "of", "on", "or", "our", "so", "some", "that", "the", "their", "this", "to", "we", "what",
    "when", "which", "who", "with", "you", "your",
))  # fmt: skip
"""English words that say nothing about an item; dropping them halves the slowest queries (evidence: search 4.4)."""

_WORD = re.compile(r"\w+")
_PHONE_LIKE = re.compile(r"[+\d][\d\s()./-]*")
_TAIL = 6
"""Digits of the longest indexed phone tail."""
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
        self._names: NameDictionary | None = None

    def members(self, text: str, limit: int = 20) -> Members:
        """Members whose name, phone, id or e-mail begins with what was typed, most recently seen first.

        Words may come in any order and be unfinished. Fewer than `limit` are filled up with names that
        hold a fragment of three letters or more, and only when nothing at all was found is the spelling corrected.
        """
        text = text.split("@")[0]
        words = _words(text)
        if not words:
            return Members((), 0)
        if _PHONE_LIKE.fullmatch(text.strip()):
            return self._by_number("".join(c for c in text if c.isdigit()), limit)
        found = self._by_words(words)
        found = self._with_fragments(found, words, limit)
        corrected = ""
        if not found:
            if (better := self._spelling().corrected(words, self._is_known)) is None:
                return Members((), 0)
            corrected = " ".join(better)
            found = self._by_words(better)
        return self._shown(found, limit, corrected)

    def item_words(self, text: str, limit: int) -> ItemWords:
        """Items by words, while they are being typed or complete.

        A SKU or GTIN comes first. All words first, the last one also as a beginning; any word when that finds few.
        """
        exact = list(self._reader.item_nos_by_code(text.strip()))
        words = _words(text)
        meaning = [word for word in words if word not in STOP_WORDS] or words
        if not meaning:
            return ItemWords([(no, 1.0) for no in exact[:limit]], len(exact))
        hits, total = self._ranked(_all_of(meaning), limit)
        if total < OR_BELOW:
            hits, total = self._with_starts(hits, total, words, limit)
        if total < OR_BELOW and len(meaning) > 1:
            wider, wider_total = self._ranked(" OR ".join(map(_quoted, meaning)), limit)
            known = {no for no, _ in hits}
            hits += [hit for hit in wider if hit[0] not in known]
            total = max(total, wider_total)
        if exact:
            top = 1.0 + max((score for _, score in hits), default=0.0)
            known = set(exact)
            total += sum(1 for no in exact if no not in {hit[0] for hit in hits})
            hits = [(no, top) for no in exact] + [hit for hit in hits if hit[0] not in known]
        return ItemWords(hits[:limit], max(total, len(hits[:limit])))

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

    def _by_words(self, words: list[str]) -> list[int]:
        return [no for (no,) in self._rows(sql.MEMBER_WORDS, _begun(words), COUNTED_EXACTLY + 1)]

    def _by_number(self, digits: str, limit: int) -> Members:
        """Phone numbers that begin or end with the digits, and ids that begin with them."""
        found = self._by_words([digits])
        bare = digits.lstrip("0")
        if not found and len(bare) > _TAIL:
            # Told with another prefix than stored (0664... for +43664...): the tail finds it, the rest must agree.
            rows = self._members([no for (no,) in self._rows(sql.MEMBER_WORDS, _quoted(bare[-_TAIL:]), 1000)])
            found = [row[0] for row in rows if _digits(row[3]).endswith(bare)]
        return self._shown(found, limit, "")

    def _with_fragments(self, found: list[int], words: list[str], limit: int) -> list[int]:
        """Members whose name holds every word somewhere inside, below those where a word begins with it."""
        if len(found) >= limit or any(len(word) < 3 for word in words):
            return found
        parts = {word[at : at + 3] for word in words for at in range(len(word) - 2)}
        match = " AND ".join(map(_quoted, sorted(parts)))
        rows = self._members([no for (no,) in self._rows(sql.MEMBER_FRAGMENTS, match, 1000)])
        known = set(found)
        return found + [row[0] for row in rows if row[0] not in known and all(word in folded(row[2]) for word in words)]

    def _is_known(self, word: str, unfinished: bool) -> bool:
        match = _quoted(word) + ("*" if unfinished else "")
        return bool(self._rows(sql.MEMBER_WORDS, match, 1))

    def _spelling(self) -> NameDictionary:
        if self._names is None:
            self._names = NameDictionary(self._rows(sql.NAME_TOKENS))
        return self._names

    def _shown(self, found: list[int], limit: int, corrected: str) -> Members:
        at_least = len(found) > COUNTED_EXACTLY
        order = {no: rank for rank, no in enumerate(found[:limit])}
        rows = sorted(self._members(list(order)), key=lambda row: order[row[0]])
        hits = tuple(MemberHit(row[1], row[2], self._hint(row[3], row[4])) for row in rows)
        return Members(hits, COUNTED_EXACTLY if at_least else len(found), corrected, at_least)

    def _hint(self, phone: str, last_at: int | None) -> str:
        """What tells two of the same name apart; never more than the end of a phone number."""
        digits = _digits(phone)
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


def _words(text: str) -> list[str]:
    """Words as the indexes know them: no accents, no case, no punctuation."""
    return [part for word in _WORD.findall(folded(text)) for part in word.split("_") if part][:WORDS_AT_MOST]


def _quoted(word: str) -> str:
    """A word as an FTS5 string, so that nothing in it is an operator."""
    return '"' + word.replace('"', "") + '"'


def _typed(words: list[str]) -> str:
    """All words, the last one possibly unfinished."""
    return " AND ".join([*map(_quoted, words[:-1]), _quoted(words[-1]) + "*"])


def _begun(words: list[str]) -> str:
    """All words, each possibly unfinished: `a lov` is Ada Lovelace."""
    return " AND ".join(_quoted(word) + "*" for word in words)


def _all_of(words: list[str]) -> str:
    return " AND ".join(map(_quoted, words))


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())

"""The words a text is searched by, in the languages of a shop."""

from __future__ import annotations

from clerk.languages.folding import plain
from clerk.languages.known import ENGLISH, LANGUAGES, known_language, languages_of, shop_languages
from clerk.languages.words import (
    PART,
    SPELLINGS,
    has_parts,
    indexed,
    is_stop_word,
    is_unspaced,
    other_spellings,
    parts_of,
    pieces_of,
    rules_of,
    said,
    stem,
    table_terms,
    terms_of,
    typed,
    words_of,
)

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "languages_of",
    "known_language",
    "shop_languages",
    "plain",
    "words_of",
    "terms_of",
    "stem",
    "said",
    "other_spellings",
    "is_unspaced",
    "pieces_of",
    "is_stop_word",
    "parts_of",
    "has_parts",
    "PART",
    "SPELLINGS",
    "indexed",
    "typed",
    "table_terms",
    "rules_of",
]

"""Whether an item is of its own nature warm or cold, by its name, its category and its text. Pure."""

from __future__ import annotations

from functools import lru_cache

from clerk.model import Item
from clerk.search.discretion import naming_words
from clerk.search.question import Question
from clerk.search.vocabulary import Phrases, Quality, Words, compared, pieces_of, vocabulary

OPPOSITE, NEITHER, BY_ITS_TEXT, BY_ITS_NAME = -1, 0, 1, 2


@lru_cache(maxsize=2_048)
def nature(item: Item, quality: Quality) -> int:
    """How an item stands to a quality: the opposite, neither, so by its text, or so by its name or kind.

    A word in its name or category counts before what such things mostly are, so that an iced tea is cold.
    """
    other = vocabulary().qualities[quality.against]
    called = _words(f"{item.name} . {item.category.replace('>', '.')}")
    kind = _words(f"{item.name} . {item.category.rsplit(' > ', 1)[-1]}")
    for own, opposite, words in ((quality.named, other.named, called), (quality.kinds, other.kinds, kind)):
        if _stands(own, words):
            return BY_ITS_NAME
        if _stands(opposite, words):
            return OPPOSITE
    return BY_ITS_TEXT if _stands(quality.named, _words(item.description)) else NEITHER


def asked_alone(question: Question) -> Quality | None:
    """The quality that is all a question asks for beside its conditions: "something warm without caffeine"."""
    known = vocabulary()
    if question.gift:
        return None
    for name in question.qualities:
        quality = known.qualities[name]
        if quality.kinds_known and all(quality.named.at((word,), 0) for word in naming_words(question)):
            return quality
    return None


def _stands(phrases: Phrases, words: Words) -> bool:
    return any(phrases.at(words, place) is not None for place in range(len(words)))


def _words(text: str) -> Words:
    return compared(pieces_of(text))

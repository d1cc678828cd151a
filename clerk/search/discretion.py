"""What is not listed to whoever did not ask for it, and what gives way to others.

A sensitive item is listed only where the words of the question are its own name; a present, a price or nearness of
meaning never brings it. What is for children or pets alone stands behind the rest, unless it was asked for. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from clerk.languages import LANGUAGES, is_stop_word, is_unspaced, plain
from clerk.languages.item_words import item_words
from clerk.model import Item
from clerk.search.question import Question
from clerk.search.vocabulary import Words, compared, pieces_of, vocabulary

FOREIGN = 0.6
"""What is left of the score of what is for children or pets alone, where the question does not speak of them."""


def naming_words(question: Question) -> frozenset[str]:
    """The words of a question that may name an item: without conditions, what it is for, and words that say nothing.

    None where something to give away is asked for.
    """
    if question.gift:
        return frozenset()
    known = vocabulary()
    return frozenset(
        word
        for piece, word in _pairs(question.rest)
        if plain(piece) not in question.aside
        and known.anything.at((word,), 0) is None
        and known.dangling.at((word,), 0) is None
        and not is_stop_word(plain(piece), LANGUAGES)
    )


def may_be_listed(item: Item, words: Collection[str], is_common: Callable[[str], bool]) -> bool:
    """Whether an item may stand in an answer that no code asked for.

    Args:
        item: any.
        words: those of the question, by `naming_words`.
        is_common: whether items that are not sensitive are called by this word as well: the tea of a "sleep tea".
    """
    if not item.sensitive:
        return True
    return is_called(item, words) and not all(is_common(word) or word.isdigit() for word in words)


def is_called(item: Item, words: Collection[str]) -> bool:
    """Whether every one of these words, and at least one, stands in an item's name."""
    name = _words(item.name)
    together = plain(item.name)
    return bool(words) and all(word in name or (is_unspaced(word) and word in together) for word in words)


def audiences_of(question: Question) -> frozenset[str]:
    """Whom a question speaks of: the children of "something for my little boy and his kid sister"."""
    return frozenset(item_words().audience(question.rest, "")) | frozenset(_words(question.rest))


def gives_way(item: Item, question: Question) -> bool:
    """Whether an item is for somebody alone of whom a question does not speak, and is not what it names."""
    if not item.audience or audiences_of(question).intersection(
        word for one in item.audience for word in (one.casefold(), *_words(one))
    ):
        return False
    asked = _words(question.rest)
    # "Kids' hot chocolate" is not what is asked for by "hot chocolate".
    return not all(word in asked for word in _words(item.name) if word[0].isalpha())


def _words(text: str) -> Words:
    return tuple(word for _, word in _pairs(text))


def _pairs(text: str) -> list[tuple[str, str]]:
    pieces = pieces_of(text)
    return [(piece, word) for piece, word in zip(pieces, compared(pieces), strict=True) if word[0].isalnum()]

"""A text becomes the words it is searched by, in the languages of a shop.

The same function makes the words of items at night and of questions at the counter, so that both always meet.
Case, accents, width of letters and the two kana never count; endings fall away by the language's own rules; scripts
that write no blanks between words are cut into pairs of characters; and parts of words find compounds
(`Hafermilch` and `Haferdrink`) where the language builds them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from clerk.languages.folding import plain
from clerk.languages.known import ENGLISH, LANGUAGES, Language

VERSION = 2
"""Of what this module makes of a text."""

SPELLINGS = Path(__file__).parent / "spellings"
"""A file a language: on a line the words that are one thing, as regions name it and scripts write it."""

PART = 4
"""Letters of a part of a word. With 3 every word shares parts with every other, with 5 short words have none."""


def rules_of(languages: Iterable[str]) -> str:
    """What words of these languages are made by, as a hash: words made by other rules must not be compared."""
    parts = [str(VERSION), str(PART)]
    for language in languages:
        rules = LANGUAGES[language]
        parts += [language, rules.stemmer, repr(rules.letters), repr(sorted(_spellings(language).items()))]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def words_of(text: str) -> list[str]:
    """Folded words in order, codes and numbers included; a run of a script without blanks is one word."""
    return _WORD.findall(plain(text))


def is_unspaced(word: str) -> bool:
    """Whether the word is a run of a script that writes no blanks between words."""
    return _UNSPACED.match(word) is not None


def pieces_of(run: str) -> list[str]:
    """Pairs of characters of such a run, and its Chinese characters one by one: each means something alone."""
    if len(run) == 1:
        return [run]
    pairs = [run[place : place + 2] for place in range(len(run) - 1)]
    return pairs + [letter for letter in run if _HAN.match(letter)]


def said(run: str, languages: Iterable[str]) -> str:
    """A run as it is said, where the shop's language writes words in several ways: `豆腐` is `とうふ`."""
    for language in languages:
        spellings = _spellings(language)
        if spellings and not LANGUAGES[language].stemmer:
            longest = max(map(len, spellings))
            run = _longest_first(run, spellings, longest)
    return run


def _longest_first(run: str, spellings: Mapping[str, str], longest: int) -> str:
    found, at = [], 0
    while at < len(run):
        size = next((n for n in range(min(longest, len(run) - at), 0, -1) if run[at : at + n] in spellings), 0)
        found.append(spellings[run[at : at + size]] if size else run[at])
        at += size or 1
    return "".join(found)


def terms_of(word: str, languages: Sequence[str]) -> list[str]:
    """What a folded word counts as in each of the languages, without repeats; the first language's first."""
    if is_unspaced(word):
        return run_terms(word, languages)
    return list(dict.fromkeys(stem(word, language) for language in languages))


def run_terms(run: str, languages: Sequence[str]) -> list[str]:
    """Pieces of a run without blanks as it is written and as it is said, without repeats."""
    spoken = said(run, languages)
    return list(dict.fromkeys(pieces_of(run) + (pieces_of(spoken) if spoken != run else [])))


def indexed(text: str, languages: Sequence[str]) -> str:
    """A text for the pack's own word table, whose tokenizer parts it at blanks and takes English endings off."""
    if text.isascii() and tuple(languages) == (ENGLISH,):
        return text
    return " ".join(term for word in words_of(text) for term in table_terms(word, languages))


def typed(text: str, languages: Sequence[str]) -> str:
    """A text for the table of beginnings: its folded words, and the pieces of runs without blanks."""
    if text.isascii():
        return text
    return " ".join(
        piece for word in words_of(text) for piece in (run_terms(word, languages) if is_unspaced(word) else [word])
    )


def table_terms(word: str, languages: Sequence[str]) -> list[str]:
    """What a folded word counts as in the pack's own word table, which itself takes English endings off."""
    if is_unspaced(word):
        return run_terms(word, languages)
    return list(dict.fromkeys(word if language == ENGLISH else stem(word, language) for language in languages))


def parts_of(word: str) -> list[str]:
    """Runs of `PART` letters of a folded word with its beginning and end marked; empty where it has none worth it."""
    if len(word) < PART or not word.isalpha() or is_unspaced(word):
        return []
    bounded = f"{_EDGE}{word}{_EDGE}"
    return list(dict.fromkeys(bounded[place : place + PART] for place in range(len(bounded) - PART + 1)))


def is_stop_word(word: str, languages: Iterable[str]) -> bool:
    """Whether a folded word says nothing about an item in any of the languages."""
    return any(word in LANGUAGES[language].stop_words for language in languages)


def has_parts(languages: Iterable[str]) -> bool:
    """Whether parts of words are searched: everywhere but in a shop that speaks English alone.

    English writes its compounds with blanks and types no accents; there parts would only cost room and time.
    """
    return any(language != ENGLISH for language in languages)


@lru_cache(maxsize=100_000)
def stem(word: str, language: str) -> str:
    """The folded word without its ending; one with digits or under three letters as it is."""
    rules = LANGUAGES[language]
    if len(word) < 3 or not word.isalpha() or (language == ENGLISH and not word.isascii()):
        return word
    stemmed = _stemmed(word, rules)
    return _spellings(language).get(stemmed, stemmed)


def _stemmed(word: str, rules: Language) -> str:
    for letters, counts_as in rules.letters:
        word = re.sub(letters, counts_as, word)
    # Folded again: a stemmer may put its own letters in.
    return plain(_stemmer(rules.stemmer).stemWord(word)) if rules.stemmer else word


def other_spellings(language: str) -> Mapping[str, str]:
    """Other spelling or name of a thing -> the one it counts as, both without their endings."""
    return _spellings(language)


@cache
def _spellings(language: str) -> Mapping[str, str]:
    """Other spelling or name of a thing -> the one it counts as, both stemmed; empty where none are known."""
    path = SPELLINGS / f"{language}.txt"
    if not path.is_file():
        return {}
    rules, found = LANGUAGES[language], {}
    for line in path.read_text(encoding="utf-8").splitlines():
        forms = [_stemmed(plain(word), rules) for word in line.split()] if not line.startswith("#") else []
        found.update({form: forms[0] for form in forms[1:] if form != forms[0]})
    return found


@lru_cache(maxsize=8)
def _stemmer(name: str) -> Any:
    # Imported with the first word: who only asks for this module's constants does not wait for it.
    from Stemmer import Stemmer

    # Without a memory of its own: `stem` remembers.
    return Stemmer(name, 0)


_EDGE = "\x1f"

_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]+"
)
"""Thai, Lao, Burmese, Khmer, Chinese, Japanese; and Korean, which writes endings onto its words."""

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")

_WORD = re.compile(
    f"{_UNSPACED.pattern}|(?:(?!{_UNSPACED.pattern.removesuffix('+')})[^\\W_\u0964\u0965]"
    "|[\u0900-\u0963\u0966-\u0dff\u064b-\u0652])+"
)
"""Indian scripts write vowels as marks, which Python does not count as letters of a word."""

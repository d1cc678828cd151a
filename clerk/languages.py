"""A text becomes the words it is searched by, in the languages of a shop.

The same function makes the words of items at night and of questions at the counter, so that both always meet.
Case, accents, width of letters and the two kana never count; endings fall away by the language's own rules; scripts
that write no blanks between words are cut into pairs of characters; and parts of words find compounds
(`Hafermilch` and `Haferdrink`) where the language builds them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

ENGLISH = "en"
"""What a shop that says nothing speaks."""

RULES = 2
"""Version of what this module makes of a text; kept with a word index, which is made anew under another."""

SPELLINGS = Path(__file__).parent / "spellings"
"""A file a language: on a line the words that are one thing, as regions name it and scripts write it."""

PART = 4
"""Letters of a part of a word. With 3 every word shares parts with every other, with 5 short words have none."""


@dataclass(frozen=True, slots=True)
class Language:
    """How one language is searched by words."""

    stemmer: str = ""
    """Name of its Snowball algorithm; empty where there is none, and words stay whole."""
    stop_words: frozenset[str] = frozenset()
    """Words that say nothing about an item, folded; empty lets rarity alone decide."""
    letters: Sequence[tuple[str, str]] = ()
    """Spellings that are one: what is typed, what it counts as. Applied to folded words, in order."""


def languages_of(stated: object) -> tuple[str, ...]:
    """Languages a shop states, as two letters each, English where it states none.

    Args:
        stated: `language` of `store.toml`: `"de"`, `"de-AT"`, `"de, en"` or a list of such.
    """
    parts = stated if isinstance(stated, (list, tuple)) else [stated]
    codes = [code for part in parts if isinstance(part, str) for code in re.findall(r"[a-z]{2,}", part.lower())]
    # Of `de-AT` the country says nothing about words; nor do three letters that nobody listed.
    kept = [code for code in codes if code in LANGUAGES]
    return tuple(dict.fromkeys(kept)) or (ENGLISH,)


def known_language(stated: str) -> str:
    """The two letters of a language that is known here, or empty: an item may state any."""
    code = stated.strip().lower()[:2]
    return code if code in LANGUAGES else ""


def shop_languages(of_store: Sequence[str], of_items: Iterable[str]) -> tuple[str, ...]:
    """Every language a question may be asked in: the store's, then those that items state, in order."""
    return tuple(dict.fromkeys([*of_store, *sorted({code for each in of_items if (code := known_language(each))})]))


def plain(text: str) -> str:
    """The text as it is compared: lower case, without accents, full width as half, katakana as hiragana.

    Marks that carry sound in their script stay (`が` is not `か`). Folding twice changes nothing.
    """
    lower = text.casefold()
    if lower.isascii():
        return lower
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", lower).casefold())
    kept = "".join(letter for letter in apart if not _accent(letter))
    return unicodedata.normalize("NFC", kept.translate(_LETTERS).casefold())


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

_ACCENTS = (("\u0300", "\u036f"), ("\u0591", "\u05c7"), ("\u064b", "\u065f"), ("\u0670", "\u0670"))
"""Marks that people leave out when they type: Latin, Greek and Cyrillic accents, Hebrew points, Arabic vowels."""

_LETTERS: dict[int, int | str] = {
    **{
        ord(letter): typed
        for letter, typed in zip("ßøđłæœıþð", ("ss", "o", "d", "l", "ae", "oe", "i", "th", "d"), strict=True)
    },
    **{code: code - 0x60 for code in range(0x30A1, 0x30F7)},
}
"""Letters that Unicode does not take apart and people type without; and katakana as hiragana."""


def _accent(letter: str) -> bool:
    return any(first <= letter <= last for first, last in _ACCENTS) or unicodedata.category(letter) in ("Me", "Cf")


def _set(words: str) -> frozenset[str]:
    return frozenset(plain(word) for word in words.split())


LANGUAGES: Mapping[str, Language] = {
    ENGLISH: Language(
        # `english` finds as well on the judged sets; `porter` also lets `dvds` meet `dvd`.
        "porter",
        _set(
            "a an and are as at be but by for from has have i in is it its me my no not of on or our so some that the "
            "their this to we what when which who with you your"
        ),
    ),
    "de": Language(
        "german",
        _set(
            "aber als am an auch auf aus bei beim da das dass dem den der des die dir doch du ein eine einem einen "
            "einer eines er es etwas euch fuer für gibt habe haben habt hat ich ihr im in ins irgendwas ist ja kann "
            "kein keine man mein meine mich mir mit möchte nach nicht noch nur oder ohne sein sich sie sind so um und "
            "uns vom von was wenn wie wir zu zum zur haben"
        ),
        # ä, ö and ü typed on a foreign keyboard, save where `ue` belongs to a diphthong or to `qu`.
        (("ae", "a"), ("oe", "o"), (r"(?<![aeq])ue", "u")),
    ),
    "es": Language(
        "spanish",
        _set(
            "a al algo algún alguna algunas algunos aquí como con de del desde dos el ella en es esa ese eso esta este "
            "esto hay la las le les lo los más me mi mis muy no nos o para pero por porque que quiero se sin su sus te "
            "tienen tiene tu un una unas unos y ya yo"
        ),
    ),
    "fr": Language(
        "french",
        _set(
            "a au aux avec avez ce ces cet cette chose dans de des du elle en est et eu il ils j je l la le les leur "
            "lui ma mais me mes moi mon ne nos notre nous on ou où par pas pour qu que quelque quelques qui sa sans se "
            "ses son sur ta te tes ton tu un une vos votre vous d n s c t m y"
        ),
    ),
    "it": Language(
        "italian",
        _set(
            "a ai al alla alle anche avete c che chi ci come con d da dal dalla dei del della delle di e ed è gli ha "
            "ho i il in io l la le lo ma mi nel nella non o per più qualcosa quello questa questo se senza si sono su "
            "sul un una uno vorrei"
        ),
    ),
    "nl": Language(
        "dutch",
        _set(
            "aan als bij dat de deze die dit een en er geen heb hebben het iets ik in is je kan maar me met mijn naar "
            "niet nog of om ook op te tot uit van voor was wat we wie wil zijn zonder"
        ),
    ),
    "pt": Language(
        "portuguese",
        _set(
            "a ao aos algo as com como da das de do dos e é em esse esta este eu há isso isto la mais mas me meu minha "
            "na nas não no nos o os ou para pela pelo por que quero se sem seu sua são tem um uma uns você"
        ),
    ),
    "sv": Language(
        "swedish", _set("att av de den det en ett för har i inte jag med men något och om på som till utan är")
    ),
    "da": Language(
        "danish", _set("af at de den der det du en er et for har i ikke jeg med noget og om på som til uden")
    ),
    "no": Language("norwegian", _set("av at de den det en er et for har i ikke jeg med noe og om på som til uten")),
    "fi": Language("finnish", _set("ei en että ja jotain kun minä mitä mutta on se tai")),
    "hu": Language("hungarian", _set("a az és egy hogy is kell meg mi nem nincs valami van")),
    "ro": Language("romanian", _set("ce cu de din fără în la nu o pe pentru și un unei")),
    "tr": Language("turkish", _set("bir bu da de için ile mi ne ve ya")),
    "ru": Language("russian", _set("а без в во для до и из или к как на не но о от по с со то у что я")),
    "el": Language("greek", _set("από για δεν ή και με να ο η το του της τα χωρίς")),
    "ar": Language("arabic"),
    "hi": Language("hindi"),
    "ca": Language("catalan", _set("a al amb de del el els en i la les o per que sense un una")),
    "pl": Language("polish", _set("bez czy dla do i jak jest na nie o od po się to w z za że")),
    "cs": Language("czech", _set("a bez do i je na nebo o od po pro s se v z za že")),
    "ja": Language(""),
    "zh": Language(""),
    "ko": Language(""),
    "th": Language(""),
}
"""By the two letters of the language."""

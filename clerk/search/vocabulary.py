"""The words by which a question is understood, read from one file a language in `language/`.

All languages count at once: who asks "ohne Milch" in an English shop must not be shown milk. A file is data; what its
lists mean stands in `en.toml`.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from clerk.languages import plain

FOLDER = Path(__file__).with_name("language")

Words = tuple[str, ...]
"""Words in order, folded and in the form that `common_form` gives them."""

_PIECE = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[£$€%]|[.,;:!?&/+()-]")
_CONTRACTED = re.compile(r"(?<=\w)'(?=(?:t|s|re|ll|ve|m)\b)", re.IGNORECASE)
_PLURAL_FROM = 4
_OES_FROM = 5
"""`tomatoes` lose two letters, `shoes` one."""


def pieces_of(text: str) -> list[str]:
    """Words, numbers and signs in order, as written; `don't` is one word, `d'avoine` two."""
    return _PIECE.findall(_CONTRACTED.sub("", unicodedata.normalize("NFC", text).replace("’", "'")))


def compared(pieces: Iterable[str]) -> Words:
    """Pieces of a text in the form in which they are compared."""
    return tuple(common_form(plain(piece) or piece) for piece in pieces)


@lru_cache(maxsize=50_000)
def common_form(word: str) -> str:
    """The word without the ending of a plural, so that `nuts` is `nut`, and `berries` what `berry` is.

    Less is taken off than for ranking: `creamy` is no cream and `nutty` holds no nut.
    """
    if len(word) < _PLURAL_FROM or not word.isascii():
        return word
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        takes_e = word.endswith(("ches", "shes", "sses", "xes")) or (word.endswith("oes") and len(word) > _OES_FROM)
        word = word[:-2] if takes_e else word[:-1]
    # `berries` and `berry` become what `cookies` and `cookie` are.
    return word[:-1] + "ie" if word.endswith("y") and word[-2] not in "aeiou" else word


def forms_of(common: str) -> tuple[str, ...]:
    """The spellings whose common form this is, for looking them up in an index of words as written."""
    if len(common) < _PLURAL_FROM - 1:
        return (common,)
    ending = (f"{common[:-2]}y",) if common.endswith("ie") else ()
    return (common, f"{common}s", f"{common}es", *ending)


def words_in(text: str) -> Words:
    """The words of a list entry, or of a text, as they are compared."""
    pieces = compared(pieces_of(text.replace("*", "")))
    return tuple(piece for piece in pieces if piece[0].isalnum() or piece in "£$€%") or pieces


class Phrases:
    """A set of phrases that is looked up at a place in a text; the longest one there wins.

    Args:
        entries: phrase -> what it means. One written `*milch*` is found inside a word, `*tee` at the end of one.
    """

    def __init__(self, entries: Iterable[tuple[str, str]]) -> None:
        self._by_first: dict[str, list[tuple[Words, str]]] = {}
        self._inside: list[tuple[str, str, bool, bool]] = []
        for phrase, meaning in entries:
            words = words_in(phrase)
            if phrase.startswith("*") or phrase.endswith("*"):
                self._inside.append(("".join(words), meaning, phrase.startswith("*"), phrase.endswith("*")))
            elif words:
                self._by_first.setdefault(words[0], []).append((words, meaning))
        self._inside.sort(key=lambda entry: -len(entry[0]))
        for known in self._by_first.values():
            known.sort(key=lambda entry: -len(entry[0]))

    def at(self, words: Words, place: int) -> tuple[int, str] | None:
        """How many words the phrase that begins here takes, and its meaning; None when there is none.

        Args:
            words: in their common form; signs may stand among them and end a phrase, a hyphen does not.
            place: where to look.
        """
        for phrase, meaning in self._by_first.get(words[place], ()):
            end = place
            for word in phrase:
                if end > place and end < len(words) and words[end] == "-":
                    end += 1
                if end >= len(words) or words[end] != word:
                    break
                end += 1
            else:
                return end - place, meaning
        return self.inside(words[place])

    def exactly(self, word: str) -> str | None:
        """Meaning of the phrase that is this one word; None when there is none."""
        return next((meaning for phrase, meaning in self._by_first.get(word, ()) if len(phrase) == 1), None)

    def inside(self, word: str) -> tuple[int, str] | None:
        """As `at`, for what is found inside a word."""
        return next(((1, meaning) for _, _, meaning in self.parts_of(word)), None)

    def parts_of(self, word: str) -> Iterator[tuple[int, int, str]]:
        """Begin, end and meaning of everything that is found inside a word, the longest first."""
        for part, meaning, may_follow, may_go_on in self._inside:
            begin = word.find(part)
            while begin >= 0:
                end = begin + len(part)
                if (begin == 0 or may_follow) and (end == len(word) or may_go_on):
                    yield begin, end, meaning
                begin = word.find(part, begin + 1)

    def last_words(self) -> Iterator[str]:
        """The last word of each phrase: where none of them stands, no phrase does. Parts of words keep their stars."""
        yield from (phrase[-1] for known in self._by_first.values() for phrase, _ in known)
        yield from (f"*{part}*" for part, *_ in self._inside)


@dataclass(frozen=True, eq=False)
class Thing:
    """Something that a question may want nothing of: milk, nuts, caffeine, or any word that stands in no list."""

    name: str
    words: Phrases
    """The thing itself."""
    holds: Phrases
    """What has it in it."""
    exceptions: Phrases
    """What is called so and has none of it: coconut milk."""
    alone: Phrases
    """One word that says there is none."""
    traces: Phrases
    """What has nearly none."""
    diets: frozenset[str] = frozenset()
    """The shop's statements that there is none."""
    allergen: bool = False
    """Whether a stated list of allergens that leaves it out says there is none."""
    nearly: tuple[str, ...] = ()
    """Names of narrower things: what is stated without lactose may be asked about by who wants no milk."""
    adults_only: bool = False
    """Whether what is sold to adults only counts as holding it."""
    said: str = ""
    """The condition in words."""
    part_of: str = ""
    """The wider thing, when the word asked for is one of those it stands in: cheese, of milk."""


@dataclass(frozen=True, eq=False)
class Diet:
    """A way to eat that an item has to be stated to suit: vegan, halal."""

    name: str
    claims: Phrases
    """What a name or description says of what suits it."""
    by: frozenset[str]
    """The shop's statements that satisfy it."""
    without: tuple[str, ...]
    """Names of the things that rule it out."""


@dataclass(frozen=True, eq=False)
class Quality:
    """One of two qualities that exclude each other: hot, cold."""

    name: str
    words: tuple[str, ...]
    against: str
    """Name of the other."""
    named: Phrases
    """The same words, to be found in a text."""
    kinds: Phrases
    """What is so by its nature: a tea is hot unless it is called iced."""
    kinds_known: bool = False
    """Whether there are such kinds: of sweet and strong there are none."""


_NONE = Phrases(())


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Every list of every language, ready to be looked up."""

    without: Phrases
    free: Phrases
    free_inside: Phrases
    """The same inside a word that also names the thing: `milchfrei`."""
    negation: Phrases
    """Words that deny something: where one is left over, it is not known what, and nothing may be listed as safe."""
    filler: Phrases
    also: Phrases
    also_in_text: Phrases
    ends: Phrases
    dangling: Phrases
    """Words that say nothing at the end of what is left of a question."""
    idiom: Phrases
    anything: Phrases
    here: Phrases
    beside: Phrases
    """Meaning: `kept` where the verb says what kind of thing it is, otherwise `left`."""
    occasion: Phrases
    weather: Phrases
    gift: Phrases
    """Words that say a thing is to be given away, and in a name or category that it is made for that."""
    gift_words: tuple[str, ...]
    """The same as they stand in the lists."""
    quality: Phrases
    """Meaning: the name of a quality."""
    weather_asks: Phrases
    """A quality of the weather; meaning: the quality that it asks for."""
    qualities: Mapping[str, Quality]
    price: Phrases
    """Meanings `under`, `most` (that much at most), `over`, `least`, `between`, `to`, `cheap`, `dear`."""
    price_no: Phrases
    """Turns a bound around that follows it: "nothing over 5" is up to 5."""
    price_is: Phrases
    """May stand between the two: "doesn't cost more than 5"."""
    price_after: Phrases
    """A bound after its amount, meanings `most` and `least`: "5 or less"."""
    currency: Phrases
    """Meaning: the code of a currency, or `part` for its hundredth."""
    measure: Phrases
    things: Mapping[str, Thing]
    diets: Mapping[str, Diet]
    named: Phrases
    """Meanings `thing NAME`, `part NAME` (of that thing), `not NAME`. Apart from the next two, so that no longer phrase
    hides them: "vegan cheese" asks for something vegan."""
    alone: Phrases
    """Meaning: the name of a thing."""
    diet_words: Phrases
    """Meaning: the name of a diet."""
    known_allergens: Phrases
    """Words that a list of allergens is understood by."""

    def thing_called(self, phrase: str, part_of: str = "") -> Thing:
        """A thing that stands in no list, or only as a part of one: known by its word alone."""
        wider = self.things.get(part_of)
        exceptions = wider.exceptions if wider is not None else _NONE
        words = Phrases([(phrase, "")])
        return Thing(phrase, words, _NONE, exceptions, _NONE, _NONE, said=f"without {phrase}", part_of=part_of)


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The lists of every file in `language/`, read once. Cost: 15 ms."""
    files = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml"))]

    def every(name: str, area: str = "") -> Phrases:
        tables = [file.get(area, {}) if area else file for file in files]
        return Phrases((entry, "") for table in tables for entry in table.get(name, ()))

    prices = [file.get("price", {}) for file in files]
    kinds = ("under", "most", "over", "least", "between", "to", "cheap", "dear")
    things = _merged(file.get("thing", ()) for file in files)
    diets = _merged(file.get("diet", ()) for file in files)
    qualities = _merged(file.get("quality", ()) for file in files)
    return Vocabulary(
        without=every("without"), free=every("free"), free_inside=every("free_inside"), negation=every("negation"),
        filler=every("filler"),
        also=every("also"), also_in_text=every("also_in_text"), ends=every("ends"), dangling=every("dangling"),
        idiom=every("idiom"), anything=every("anything"),
        here=every("here", "stock"),
        beside=Phrases(_beside(files)), occasion=every("begins", "occasion"),
        weather=every("weather", "occasion"),
        gift=every("gift", "occasion"),
        gift_words=tuple(word for file in files for word in file.get("occasion", {}).get("gift", ())),
        quality=Phrases((word, name) for name, entry in qualities.items() for word in entry["words"]),
        weather_asks=Phrases((word, name) for name, entry in qualities.items() for word in entry.get("weather", ())),
        qualities={name: _quality(name, entry) for name, entry in qualities.items()},
        price=Phrases((entry, kind) for price in prices for kind in kinds for entry in price.get(kind, ())),
        price_no=every("no", "price"), price_is=every("is", "price"),
        price_after=Phrases(
            (entry, kind) for price in prices for kind in ("most", "least") for entry in price.get(f"{kind}_after", ())
        ),
        currency=Phrases(_currencies(prices)),
        measure=Phrases((entry, "") for price in prices for entry in price.get("measure", {}).get("words", ())),
        things={name: _thing(name, entry, things) for name, entry in things.items()},
        diets={name: _diet(name, entry) for name, entry in diets.items()},
        named=Phrases(_named(things)),
        alone=Phrases((phrase, name) for name, entry in things.items() for phrase in entry.get("alone", ())),
        diet_words=Phrases((phrase, name) for name, entry in diets.items() for phrase in entry.get("words", ())),
        known_allergens=Phrases(_known_allergens(things)),
    )  # fmt: skip


def _merged(files: Iterable[Iterable[Mapping[str, Any]]]) -> dict[str, dict[str, Any]]:
    """One entry a name: lists of all languages joined."""
    found: dict[str, dict[str, Any]] = {}
    for entries in files:
        for entry in entries:
            known = found.setdefault(entry["name"], {})
            for key, value in entry.items():
                known[key] = [*known.get(key, ()), *value] if isinstance(value, list) else value
    return found


def _thing(name: str, entry: Mapping[str, Any], things: Mapping[str, Mapping[str, Any]]) -> Thing:
    like = [things[other] for other in entry.get("like", ())]

    def listed(key: str) -> Phrases:
        return Phrases((phrase, "") for phrase in entry.get(key, ()))

    holds = [
        *entry.get("holds", ()),
        *(word for one in like for key in ("words", "holds") for word in one.get(key, ())),
    ]
    exceptions = [*entry.get("not", ()), *(word for one in like for word in one.get("not", ()))]
    return Thing(
        name,
        words=listed("words"),
        holds=Phrases((phrase, "") for phrase in holds),
        exceptions=Phrases((phrase, "") for phrase in exceptions),
        alone=listed("alone"),
        traces=listed("traces"),
        diets=frozenset(entry.get("diets", ())),
        allergen=bool(entry.get("allergen")),
        nearly=tuple(entry.get("nearly", ())),
        adults_only=bool(entry.get("adults_only")),
        said=str(entry.get("said", f"without {name}")),
    )


def _diet(name: str, entry: Mapping[str, Any]) -> Diet:
    claims = [*entry.get("words", ()), *entry.get("claims", ())]
    return Diet(
        name,
        Phrases((phrase, "") for phrase in claims),
        frozenset(entry.get("by", ())),
        tuple(entry.get("without", ())),
    )


def _quality(name: str, entry: Mapping[str, Any]) -> Quality:
    words, kinds = tuple(entry["words"]), tuple(entry.get("kinds", ()))
    named, by_nature = Phrases((word, "") for word in words), Phrases((kind, "") for kind in kinds)
    return Quality(name, words, entry["against"], named, by_nature, bool(kinds))


def _named(things: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """What a word of a question may name. Of one word in several lists the first stands: a thing before its parts."""
    seen: set[Words] = set()
    kinds = (("thing", "words"), ("not", "not"), ("part", "holds"))
    for kind, key in kinds:
        for name, entry in things.items():
            for phrase in entry.get(key, ()):
                if (words := words_in(phrase)) not in seen:
                    seen.add(words)
                    yield phrase, f"{kind} {name}"


def _known_allergens(things: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for entry in things.values():
        if entry.get("allergen"):
            yield from ((phrase, "") for key in ("words", "holds", "not") for phrase in entry.get(key, ()))


def _beside(files: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for file in files:
        yield from ((entry, kind) for kind in ("kept", "left") for entry in file.get("beside", {}).get(kind, ()))


def _currencies(prices: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for price in prices:
        for code, words in price.get("currency", {}).items():
            yield from ((word, code) for word in words)
        yield from ((word, "part") for word in price.get("part", ()))

"""What the words of an item's name and category say: whom it is for, whether to mention it, what is in it.

The words stand in `item_words.toml`. They are looked at once a night, and at the counter for the options of an item.
What a shop states itself comes before them.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from clerk.model import Trait

_WORD = re.compile(r"\w+")
_JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_PRICE_OR_REMARK = re.compile(r"\s*(?:\s[-–]\s.*|\(.*|[$€£¥]?\d+(?:[.,]\d+)?\s*[$€£¥%]?)$")
_AFTER_DASH = re.compile(r"(?:\s[-–—|/]|[-–—]\s|:)\s*\S.*$")
_BRACKETS = re.compile(r"[\[(].*?(?:[\])]|$)")
_HYPHEN = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")
_YEN = re.compile(r"\d+円?")
_NUMBER = re.compile(r"x?\d+(?:[.,]\d+)*(?:[a-z]{0,3}|円)|x")
_LISTS = re.compile(r"[,&/+、]|\b(?:and|or|und|oder|et|ou|y|e|o)\b", re.IGNORECASE)
_MEASURED = re.compile(r"(?:\d+\s*x\s*)?\d+(?:[.,]\d+)?\s*(?:k?g|[mc]?l|lb|oz|pc|pack|tabs)\b|\bx\s*\d+|\d+\s*x\b")
_CODE = re.compile(r"(?=.*[\d\-_/.])\S+")

_CONTAINS = {
    "milk": Trait.MILK, "egg": Trait.EGG, "meat": Trait.MEAT, "honey": Trait.HONEY, "gluten": Trait.GLUTEN,
    "caffeine": Trait.CAFFEINE, "sugar": Trait.SUGAR, "alcohol": Trait.ALCOHOL,
}  # fmt: skip
_IS = {
    "plant-milk": Trait.PLANT_MILK, "lactose-free": Trait.LACTOSE_FREE, "decaf": Trait.DECAF,
    "sugar-free": Trait.SUGAR_FREE, "alcohol-free": Trait.ALCOHOL_FREE, "gluten-free": Trait.GLUTEN_FREE,
    "vegetarian": Trait.VEGETARIAN, "vegan": Trait.VEGAN | Trait.VEGETARIAN, "dairy-free": Trait(0),
}  # fmt: skip
_TAKES_AWAY = (
    ("plant-milk", Trait.MILK), ("dairy-free", Trait.MILK), ("decaf", Trait.CAFFEINE), ("sugar-free", Trait.SUGAR),
    ("alcohol-free", Trait.ALCOHOL), ("gluten-free", Trait.GLUTEN), ("vegetarian", Trait.MEAT),
    ("vegan", Trait.MILK | Trait.EGG | Trait.MEAT | Trait.HONEY),
)  # fmt: skip
_BY_ALLERGENS = Trait.MILK | Trait.EGG | Trait.GLUTEN
"""What a shop that fills in allergens would name."""


_REMEMBERED = 4_096
"""Texts whose phrases are remembered: levels of categories come again and again."""


class ItemWords:
    """The lists of words.

    Args:
        lists: as in `item_words.toml`.
    """

    def __init__(self, lists: Mapping[str, Any]) -> None:
        self._milk = {name: frozenset(_stems(" ".join(words))) for name, words in lists["milk"].items()}
        milk, unmentioned = lists["milk"], lists["unmentioned"]
        plants = [f"{plant} {drink}" for plant in milk["plants"] for drink in milk["drinks"]]
        plants += [f"{plant} {coffee}" for plant in milk["plants-alone"] for coffee in milk["coffees"]]
        made = lists["of-plants"]
        of_plants = [f"{plant} {thing}" for plant in made["plants"] for thing in made["things"]] + made["phrases"]
        contains = {name: words for name, words in lists["contains"].items() if name != "allergens"}
        self._phrases = _Phrases(
            [(f"audience {name}", words) for name, words in lists["audience"].items() if "-" not in name]
            + [("unmentioned", unmentioned["words"])]
            + [("nothing", lists["nothing"]["phrases"])]
            + [*contains.items(), *lists["is"].items(), ("plant-milk", plants)]
            + [("plant-milk", of_plants), ("dairy-free", of_plants)]
        )
        self._last, self._first, self._but = (
            frozenset(_plainly(word) for word in unmentioned[which]) for which in ("last", "first", "but")
        )
        self._ends = tuple(_plainly(word) for word in unmentioned["ends"])
        self._begin = tuple(lists["audience"]["children-begin"])
        self._begin_but = frozenset(lists["audience"]["children-but"])
        self._drunk = _Phrases([("drunk", milk["drunk"])])
        self._drunk_levels = frozenset(_plainly(level) for level in milk["drunk-levels"])
        self._sorts = _Phrases(lists["sorts"].items())
        self._says_little = frozenset(_stems(" ".join(lists["says-little"]["words"])))
        self._allergens = _Phrases(
            [(name, [*words, *lists["contains"][name]]) for name, words in lists["contains"]["allergens"].items()]
        )
        self._no_items = _NoItems(lists["no-item"])
        self._no_names = frozenset(_plainly(name) for name in unmentioned["names"])
        self._no_levels = frozenset(_plainly(level) for level in unmentioned["levels"])

    def audience(self, name: str, category: str) -> tuple[str, ...]:
        """Whom alone an item is for, by its words; nobody in particular is empty."""
        labels = self._phrases.labels((name, *category.split(" > ")))
        found = {label.removeprefix("audience ") for label in labels if label.startswith("audience ")}
        words = (word for text in (name, *category.split(" > ")) for word in _stems(text))
        if any(self._is_compound(word) for word in words):
            found.add("children")
        return tuple(sorted(found))

    def is_no_item(self, name: str, category: str = "") -> bool:
        """Whether a name, or a level of its category, says that it is no item at all: a tip, a fee, a gift card.

        Args:
            name: as people say it.
            category: the path, or the kind of line that a till states.
        """
        return self._no_items.says(name) or any(self._no_items.is_level(one) for one in category.split(" > "))

    def is_unmentioned(self, sku: str, name: str, category: str) -> bool:
        """Whether nobody would mention the item: no item, no name, or of a category of such."""
        if not any(letter.isalpha() for letter in name) or (name == sku and _CODE.fullmatch(name)):
            return True
        levels = category.split(" > ")
        if self.is_no_item(name, category) or _without_remark(name) in self._no_names:
            return True
        if self._is_rung_up_only(_without_remark(name)):
            return True
        return "unmentioned" in self._phrases.labels((name,)) or any(_plainly(one) in self._no_levels for one in levels)

    def traits(self, name: str, category: str, allergens: str, diets: Iterable[str]) -> Trait:
        """What is in an item and what it is.

        Args:
            name: as people say it.
            category: the path.
            allergens: as stated, `none` for none; where this is empty, words say what is in it.
            diets: as stated.
        """
        labels = self._phrases.labels((name,)) | self._phrases.labels(diets)
        for level in category.split(" > "):
            labels |= self._labels_of_level(level)
        found = _united(_CONTAINS, labels)
        stated = _united(_CONTAINS, self._allergens.labels(allergens.split("; ")))
        if allergens:
            found = (found & ~_BY_ALLERGENS) | stated
        if stated & Trait.MILK:
            # With milk in it, an oat latte is one with oats in it, and nothing is vegan.
            labels -= {"plant-milk", "dairy-free", "vegan"}
        found = _taken_away(found, labels) | _united(_IS, labels) | stated
        last = category.split(" > ")[-1]
        if found & Trait.MILK and any(self._is_milk_itself(text) for text in (name.split(",")[0], last)):
            found |= Trait.MILK_CHOICE
        return found

    def is_drunk(self, name: str, category: str) -> bool:
        """Whether a thing is a drink, by its name or a level of its category."""
        if "drunk" in self._drunk.labels((name,)):
            return True
        levels = category.split(" > ")
        parts = ([_plainly(part) for part in _LISTS.split(level) if part.strip()] for level in levels)
        return any(level and self._drunk_levels.issuperset(level) for level in parts)

    def _labels_of_level(self, level: str) -> set[str]:
        """What a level says of each of its items: "Pasta, oil and sauces" nothing, "Wines and beers" alcohol."""
        parts = [part for part in _LISTS.split(level) if part.strip()]
        return set.intersection(*(self._phrases.labels((part,)) for part in parts)) if parts else set()

    def of_one_sort(self, name: str, category: str, other: str, other_category: str, *, by_number: bool) -> bool:
        """Whether two things are for one animal and one age, as far as their words say.

        Args:
            name: of the one.
            category: of the one, the path.
            other: name of the other.
            other_category: of the other.
            by_number: a number without a measure says for whom it is, as in "Stage 1" or "Size 4".
        """
        if self._sorts.labels((name, category)) != self._sorts.labels((other, other_category)):
            return False
        return not by_number or _bare_numbers(name) == _bare_numbers(other)

    def share_a_word(self, name: str, other: str) -> bool:
        """Whether two names share a word that says what they are: two beers, two soaps."""
        said, also = (
            {word for word in _stems(each) if len(word) > 2 and not any(map(str.isdigit, word))} - self._says_little
            for each in (name, other)
        )
        return bool(said & also)

    def option_traits(self, group: str, option: str) -> Trait:
        """What an option adds to an item, and what it makes of it: oat of the group milk makes it one of plant milk."""
        words = _stems(option)
        of_milk = bool(self._milk["groups"].intersection(_stems(group))) or any(
            part in group for part in self._milk["groups"] if _JAPANESE.search(part)
        )
        labels = self._phrases.labels((option,) if of_milk else (option, group))
        found = _united(_IS, labels)
        if words and words[0] in self._milk["without"]:
            return found
        plants = self._milk["plants" if of_milk else "plants-alone"]
        is_plant = bool(plants.intersection(words)) if of_milk else bool(words) and plants.issuperset(words)
        is_plant = is_plant or "plant-milk" in labels
        is_plant = is_plant or (of_milk and any(part in option for part in plants if _JAPANESE.search(part)))
        if is_plant:
            return (found | Trait.PLANT_MILK) & ~Trait.MILK_CHOICE
        if of_milk or self._is_milk_itself(option):
            return found | Trait.MILK | Trait.MILK_CHOICE
        return _taken_away(_united(_CONTAINS, labels), labels) | found

    def _is_compound(self, word: str) -> bool:
        """Whether a word begins as what is for children does: "Kinderkeks", and not "Kinder" alone."""
        begins = any(word.startswith(one) and len(word) > len(one) + 2 for one in self._begin)
        return begins and word not in self._begin_but

    def _is_rung_up_only(self, name: str) -> bool:
        """Whether the first or the last word of a name says that it is a deposit, a fee or the like."""
        words = name.split()
        if not words or any(f" {but} " in f" {name} " for but in self._but):
            return False
        return words[-1] in self._last or words[0] in self._first or words[-1].endswith(self._ends)

    def _is_milk_itself(self, text: str) -> bool:
        words = {word for word in _stems(_MEASURED.sub(" ", text.casefold())) if not word.isdigit()}
        return bool(words & self._milk["groups"]) and words <= (self._milk["itself"] | self._milk["groups"])


@cache
def item_words() -> ItemWords:
    """The lists that come with Clerk."""
    return ItemWords(
        tomllib.loads(resources.files("clerk.languages").joinpath("item_words.toml").read_text(encoding="utf-8"))
    )


class _NoItems:
    """Tells what is no item at all by its name.

    Args:
        lists: `no-item` of `item_words.toml`.
    """

    def __init__(self, lists: Mapping[str, Any]) -> None:
        beside = frozenset(_stems(" ".join(lists["beside"])))
        self._said = [
            (
                {_stems(name) for name in group["names"]},
                beside | frozenset(_stems(" ".join([*group["beside"], *group["names"]]))),
            )
            for group in lists["said"]
        ]
        self._words = [_stems(phrase) for phrase in lists["words"]]
        self._things = frozenset(_plainly(thing) for thing in lists["things"])
        self._begins = [_stems(phrase) for phrase in lists["begins"]]
        self._ends = tuple(end for end in map(_plainly, lists["ends"]) if not _JAPANESE.search(end))
        self._but = frozenset(_plainly(word) for word in lists["but"])
        self._levels = frozenset(_plainly(level) for level in lists["levels"])
        phrases = [*self._words, *self._begins, *(name for names, _ in self._said for name in names)]
        self._firsts = frozenset(phrase[0] for phrase in phrases)
        # Japanese writes no blanks: a name ends so, or is it whole.
        whole = (name for names, _ in self._said for (name, *more) in names if not more)
        self._japanese = frozenset(name for name in whole if _JAPANESE.search(name))
        self._japanese_ends = tuple(end for end in lists["ends"] if _JAPANESE.search(end))

    def is_level(self, text: str) -> bool:
        """Whether a level of a category says it of everything in it."""
        return _plainly(text.replace("_", " ")) in self._levels

    def says(self, name: str) -> bool:
        """Whether a name says it."""
        text = name if name.isascii() else unicodedata.normalize("NFKC", name)
        if not self._may_say(text):
            return False
        bare = _BRACKETS.sub(" ", _AFTER_DASH.sub("", text))
        words = _counted_out(bare) or _counted_out(text)
        if not words:
            return False
        if any(words[: len(phrase)] == phrase for phrase in self._begins) or self._holds(words):
            return True
        if _JAPANESE.search(bare) and (run := "".join(_YEN.sub("", word) for word in words)):
            return run in self._japanese or run.endswith(self._japanese_ends)
        joined = _counted_out(_HYPHEN.sub("", bare))
        return any(
            self._is_nothing_but(words, names, beside) or self._is_compound(joined, beside)
            for names, beside in self._said
        )

    def _may_say(self, text: str) -> bool:
        """Whether any word of the lists is there at all: most names hold none, and need no closer look."""
        words = _stems(text.replace("_", " "))
        if not self._firsts.isdisjoint(words) or _JAPANESE.search(text):
            return True
        return any(word.endswith(self._ends) for word in words)

    def _holds(self, words: tuple[str, ...]) -> bool:
        """Whether a phrase stands anywhere, and is not what a thing is for: "Gift card", not "Gift card holder"."""
        for phrase in self._words:
            if _JAPANESE.search(phrase[0]):
                found = next((word for word in words if phrase[0] in word), None)
                if found and found.partition(phrase[0])[2] not in self._things:
                    return True
                continue
            for at in range(len(words) - len(phrase) + 1):
                if words[at : at + len(phrase)] == phrase and self._things.isdisjoint(words[at + len(phrase) :][:1]):
                    return True
        return False

    def _is_nothing_but(self, words: tuple[str, ...], names: set[tuple[str, ...]], beside: frozenset[str]) -> bool:
        """Whether the words are one of the names and what may stand beside it."""
        for name in names:
            for at in range(len(words) - len(name) + 1):
                if words[at : at + len(name)] == name and beside.issuperset(words[:at] + words[at + len(name) :]):
                    return True
        return False

    def _is_compound(self, words: tuple[str, ...], beside: frozenset[str]) -> bool:
        """Whether one word ends as such a name does, and the others are what may stand beside it."""
        ending = [word for word in words if word.endswith(self._ends) and word not in self._but]
        return len(ending) == 1 and beside.issuperset(word for word in words if word != ending[0])


class _Phrases:
    """Finds phrases in texts: at each place the longest, and what it covers says nothing else.

    Args:
        lists: label, phrases of it.
    """

    def __init__(self, lists: Iterable[tuple[str, Iterable[str]]]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], set[str]]]] = {}
        self._anywhere: dict[str, set[str]] = {}
        known: dict[tuple[str, ...], set[str]] = {}
        for label, phrases in lists:
            for phrase in phrases:
                if _JAPANESE.search(phrase):
                    self._anywhere.setdefault(phrase, set()).add(label)
                else:
                    known.setdefault(_stems(phrase), set()).add(label)
        for words, labels in sorted(known.items(), key=lambda one: -len(one[0])):
            self._by_first.setdefault(words[0], []).append((words, labels))
        self._longest_first = sorted(self._anywhere, key=len, reverse=True)
        self._labels = lru_cache(_REMEMBERED)(self._find)

    def labels(self, texts: Iterable[str]) -> set[str]:
        """Labels of every phrase that stands in one of the texts."""
        found: set[str] = set()
        for text in texts:
            found |= self._labels(text)
        return found

    def _find(self, text: str) -> frozenset[str]:
        found: set[str] = set()
        words = _stems(text)
        at = 0
        while at < len(words):
            for phrase, labels in self._by_first.get(words[at], ()):
                if words[at : at + len(phrase)] == phrase:
                    found |= labels
                    at += len(phrase) - 1
                    break
            at += 1
        if _JAPANESE.search(text):
            for part in self._longest_first:
                if part in text:
                    found |= self._anywhere[part]
                    text = text.replace(part, " ")
        return frozenset(found)


def _bare_numbers(name: str) -> set[str]:
    return set(re.findall(r"\d+", _MEASURED.sub(" ", name.casefold())))


def _stems(text: str) -> tuple[str, ...]:
    """Words in small letters, without `s` at the end."""
    words = _WORD.findall(text.casefold())
    return tuple(
        word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word for word in words
    )


def _plainly(text: str) -> str:
    return " ".join(_stems(text))


def plain_name(name: str) -> str:
    """A name for comparison: small letters, one blank between words, no `s` at their ends."""
    return _plainly(name)


def _without_remark(name: str) -> str:
    return _plainly(_PRICE_OR_REMARK.sub("", name) or name)


def _counted_out(text: str) -> tuple[str, ...]:
    """The stems of a text without its numbers, prices and per cents."""
    return tuple(word for word in _stems(text.replace("_", " ")) if not _NUMBER.fullmatch(word))


def _united(traits: Mapping[str, Trait], labels: Iterable[str]) -> Trait:
    found = Trait(0)
    for label in labels:
        found |= traits.get(label, Trait(0))
    return found


def _taken_away(found: Trait, labels: Iterable[str]) -> Trait:
    for label, away in _TAKES_AWAY:
        if label in labels:
            found &= ~away
    return found

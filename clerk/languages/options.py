"""What is chosen on an item, in words: the one place for card, kiosk, lists and reasons.

An option is named with its group where that is needed to understand it ("oat milk", "decaf shots"), alone where it is
not. An option about which nothing is known is named alone; a size is named first.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from importlib import resources

from clerk.model import Modifier

SIZE = "Size"
"""Group of an option that is a size, where the source names none."""

_WORD = re.compile(r"\d+(?:[.,/]\d+)?|[^\W\d_]+")
_NO_BLANKS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\u0e00-\u0eff]")
_SUFFIX = "サイズ"
_SHORT = 2
"""Letters of a size that is a sign, not a word: `M`, `XL`."""


def spoken(modifiers: Sequence[Modifier]) -> str:
    """`large, oat milk`: options as an associate says them, sizes first."""
    return ", ".join(_lower(_named(one)) for one in sorted(modifiers, key=lambda one: not _chooses_size(one)))


def group_of(group: str, option: str) -> str:
    """The group of an option, empty where nothing is known of it; a size is told by its form.

    Args:
        group: as the source names it, or empty.
        option: what was chosen.
    """
    if group and group.casefold() not in _lists()["neutral"]:
        return group
    return SIZE if is_size(option) else ""


def plain_set(text: str) -> str:
    """A set of modifiers, `Group=option; Group=option`, with `group_of` for each group, in order."""
    parts = []
    for part in text.split("; "):
        group, equals, option = part.partition("=")
        if not equals:
            group, option = "", group
        known = group_of(group.strip(), option.strip())
        parts.append(f"{known}={option.strip()}" if known else option.strip())
    return "; ".join(sorted(parts))


@lru_cache(4_096)
def is_size(option: str) -> bool:
    """Whether an option is a size by its form: `12oz`, `0.3 l`, `XL`, `pequeño`, `Grande (16 oz)`."""
    lists = _lists()
    words = _WORD.findall(option.casefold().replace(_SUFFIX, f" {_SUFFIX} "))
    measured = said = False
    for at, word in enumerate(words):
        if word[0].isdigit():
            follows = words[at + 1] if at + 1 < len(words) else ""
            if follows not in lists["units"]:
                return False
            measured = True
        elif word in lists["sizes"]:
            said = said or word not in lists["sizes-alone-say-nothing"]
        elif word not in lists["units"] or not measured:
            return False
    return said or measured


def _lower(text: str) -> str:
    """In lower case, but for a size of one letter or two: a small `l` is read as a stroke."""
    return text if len(text) <= _SHORT and is_size(text) else text.lower()


def _named(modifier: Modifier) -> str:
    group, option = modifier.group, modifier.option
    if not group_of(group, option) or " " in option or _NO_BLANKS.search(option) or _chooses_size(modifier):
        return option
    return option if group.casefold() == option.casefold() else f"{option} {group}"


def _chooses_size(modifier: Modifier) -> bool:
    return group_of(modifier.group, modifier.option).casefold() in _lists()["size-groups"]


@cache
def _lists() -> dict[str, frozenset[str]]:
    file = resources.files("clerk.languages").joinpath("option_words.toml")
    lists: dict[str, Iterable[str]] = tomllib.loads(file.read_text(encoding="utf-8"))
    return {name: frozenset(words) for name, words in lists.items()}

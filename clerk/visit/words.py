"""Whether an item's name or category says a word: for stated dislikes and allergens, which are words too."""

from __future__ import annotations

import re

from clerk.model import Item

_WORD = re.compile(r"\w+")


def named_in(stated: str, item: Item) -> bool:
    """Whether all words of what was stated stand in the item's name or category, singular or plural."""
    wanted = _stems(stated)
    return bool(wanted) and wanted <= _stems(f"{item.name} {item.category}")


def _stems(text: str) -> set[str]:
    """Words in small letters without a plural ending."""
    return {_stem(word) for word in _WORD.findall(text.casefold())}


def _stem(word: str) -> str:
    """The word without `s`: enough for "hazelnuts" to meet "hazelnut"; a wrong stem only has to be the same twice."""
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word

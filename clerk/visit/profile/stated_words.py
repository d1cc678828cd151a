"""Whether an item's name or category contains a word that a member stated as a dislike or an allergen."""

from __future__ import annotations

import re

from clerk.model import Item

_WORD = re.compile(r"\w+")

_ALLERGENS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("milk", "dairy", "lactose"), ("butter", "cheese", "cream", "yoghurt", "yogurt", "whey", "casein")),
    (
        ("nut",),
        ("almond", "hazelnut", "walnut", "pecan", "cashew", "pistachio", "macadamia", "praline", "marzipan", "peanut"),
    ),
    (("peanut", "groundnut"), ()),
    (("gluten",), ("wheat", "spelt", "rye", "barley", "oat")),
    (("soya", "soy", "soja"), ("tofu", "edamame", "miso")),
    (("sesame",), ("tahini",)),
    (("shellfish", "crustacean"), ("prawn", "shrimp", "crab", "lobster")),
    (("sulphite", "sulfite"), ()),
)
"""What an allergen is also called: words for the whole of it, and words for one kind of it.

After Annex II of Regulation (EU) No 1169/2011 and what people say at a counter. Too many rather than too few: a word
here keeps an item back.
"""


def named_in(stated: str, item: Item) -> bool:
    """Whether all words of what was stated stand in the item's name or category, singular or plural."""
    wanted = _stems(stated)
    return bool(wanted) and wanted <= _stems(f"{item.name} {item.category}")


def says(text: str, word: str) -> bool:
    """Whether all words of `word` stand in the text, singular or plural."""
    wanted = _stems(word)
    return bool(wanted) and wanted <= _stems(text)


def also_called(allergen: str) -> tuple[str, ...]:
    """Other words for a stated allergen: every kind of it, or the whole that it is one kind of."""
    found: dict[str, None] = {}
    for whole, kinds in _ALLERGENS:
        if any(says(allergen, word) for word in whole):
            found.update(dict.fromkeys((*whole, *kinds)))
        elif any(says(allergen, word) for word in kinds):
            found.update(dict.fromkeys((*whole, *(word for word in kinds if says(allergen, word)))))
    return tuple(word for word in found if word != allergen)


def _stems(text: str) -> set[str]:
    """Words in small letters without a plural ending."""
    return {_stem(word) for word in _WORD.findall(text.casefold())}


def _stem(word: str) -> str:
    """The word without `s`: enough for "hazelnuts" to meet "hazelnut"; a wrong stem only has to be the same twice."""
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word

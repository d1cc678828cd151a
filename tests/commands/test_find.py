"""How the text of `clerk find` counts what it lists."""

from __future__ import annotations

from clerk.commands.find import _text
from clerk.model import Item, ItemHit, Items


def _hits(*by: str) -> tuple[ItemHit, ...]:
    return tuple(ItemHit(Item(n + 1, f"S{n}", f"Thing {n}"), 0.5, one) for n, one in enumerate(by))


def test_rows_by_words_and_by_meaning_are_counted_apart_and_add_up() -> None:
    found = Items(_hits("both", "meaning", "meaning"), total=1, meaning=True)
    lines = _text(found, "EUR", 0).splitlines()
    assert lines[0] == "3 found: 1 by words, 2 by meaning"
    assert len(lines) == 4


def test_words_alone_are_counted_in_the_whole_shop() -> None:
    assert _text(Items(_hits("words"), total=1200, meaning=False), "EUR", 0).startswith("1,200 found by words\n")
    assert _text(Items(_hits("both"), total=1, meaning=True), "EUR", 0).startswith("1 found by words, ordered by")

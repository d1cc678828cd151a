"""How the text of `clerk find` counts what it lists."""

from __future__ import annotations

from dataclasses import replace

from clerk.commands.find import _text
from clerk.model import Item, ItemHit, Items


def _hits(*by: str) -> tuple[ItemHit, ...]:
    return tuple(ItemHit(Item(n + 1, f"S{n}", f"Thing {n}"), 0.5, one) for n, one in enumerate(by))


def test_rows_by_words_and_by_meaning_are_counted_apart_and_add_up() -> None:
    found = Items(_hits("both", "meaning", "meaning"), total=1, meaning=True)
    lines = _text(found, "EUR", 0).splitlines()
    assert lines[0] == "1 found by words, 2 more by meaning"
    assert len(lines) == 4


def test_words_alone_are_counted_in_the_whole_shop() -> None:
    assert _text(Items(_hits("words"), total=1200, meaning=False), "EUR", 0).startswith("1 of 1,200 found by words\n")
    assert _text(Items(_hits("both"), total=1, meaning=True), "EUR", 0).startswith("1 found by words\n")


def test_an_answer_says_what_was_understood_and_sets_apart_what_is_not_stated() -> None:
    stated, unknown = _hits("both", "both")
    hits = (stated, replace(unknown, note="milk: not stated"))
    lines = _text(Items(hits, 5, True, ("without milk", "under 10.00 EUR")), "EUR", 0).splitlines()
    assert lines[0] == "without milk · under 10.00 EUR: 2 of 5 found"
    assert lines[1].startswith("S0")
    assert lines[2] == "Not stated, ask before you offer it:"
    assert lines[3].endswith("(milk: not stated)")


def test_what_is_not_understood_is_said_in_place_of_rows() -> None:
    assert _text(Items((), 0, True, (), "Not understood: nothing."), "EUR", 0) == "Not understood: nothing."

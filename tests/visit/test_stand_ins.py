"""What stands in for an option or an item that is out: one of the same sort, or the card says ask."""

from __future__ import annotations

from typing import Any

import pytest

from clerk.languages.item_words import item_words
from clerk.model import EventKind, Modifier
from tests.visit.build import CROISSANT, FLAT_WHITE, MODIFIERS, OAT, WHOLE, Counter, event, history

REGULAR = [(day, [(FLAT_WHITE, OAT), CROISSANT]) for day in range(20, 0, -2)]


def made(group: str, option: str, available: bool = True) -> Modifier:
    """An option with what its words say of it, as the pack reads it."""
    return Modifier(group, option, available=available, traits=item_words().option_traits(group, option))


def usual_of(visits: Any, **more: Any) -> Any:
    return Counter(history(visits), **more).card().usual


def test_the_part_that_is_out_is_named_with_the_members_own_second_choice() -> None:
    out = {OAT: (made("Milk", "Oat milk", available=False),), WHOLE: (made("Milk", "Almond"),)}
    visits = [*REGULAR, (50, [(FLAT_WHITE, WHOLE)])]
    line = usual_of(visits, modifiers=out, choices=(made("Milk", "Soy"),)).lines[0]
    assert (line.missing, line.instead) == (("Oat milk is out",), "Almond")
    line = usual_of(REGULAR, modifiers=out, choices=(made("Size", "Large"), made("Milk", "Soy"))).lines[0]
    assert line.instead == "Soy"
    line = usual_of(REGULAR, modifiers=out).lines[0]
    assert (line.missing, line.instead) == (("Oat milk is out: ask what they would like instead",), "")


@pytest.mark.parametrize(
    ("group", "out", "offered", "instead"),
    [
        ("Milk", "Coconut", ("Whole", "Semi-skimmed", "Lactose-free", "Oat"), "Oat"),
        ("Milk", "Coconut", ("Whole", "Semi-skimmed", "Lactose-free"), ""),
        ("Milk", "Whole", ("Oat", "Semi-skimmed"), "Semi-skimmed"),
        ("Milk", "Whole", ("Oat", "Soya"), ""),
        ("Milk", "Lactose-free", ("Whole", "Semi-skimmed"), ""),
        ("Milch", "Hafer", ("Vollmilch", "Soja"), "Soja"),
        ("Lait", "Avoine", ("Entier", "Amande"), "Amande"),
        ("Leche", "Avena", ("Entera", "Coco"), "Coco"),
        ("ミルク", "オーツ", ("牛乳", "アーモンド"), "アーモンド"),
        ("Choice", "Oat milk", ("Whole milk", "Soy milk"), "Soy milk"),
        ("Syrup", "Sugar-free vanilla", ("Vanilla", "Caramel"), ""),
        ("Syrup", "Sugar-free vanilla", ("Vanilla", "Sugar-free hazelnut"), "Sugar-free hazelnut"),
        ("Syrup", "Gingerbread", ("Sugar-free vanilla", "Caramel"), "Caramel"),
        ("Strength", "Decaf", ("Extra shot", "Half-caf", "Ristretto"), ""),
        ("Extras", "Whipped cream", ("Cinnamon", "Extra shot"), ""),
        ("Extras", "Cinnamon", ("Marshmallows",), ""),
    ],
)
def test_an_option_that_is_out_is_replaced_by_one_of_its_sort_or_the_card_says_ask(
    group: str, out: str, offered: tuple[str, ...], instead: str
) -> None:
    taken = {OAT: (made(group, out, available=False),)}
    line = usual_of(REGULAR, modifiers=taken, choices=tuple(made(group, each) for each in offered)).lines[0]
    assert line.instead == instead
    assert line.missing == (f"{out} is out" if instead else f"{out} is out: ask what they would like instead",)


def test_an_option_with_what_the_member_must_not_have_is_not_offered_instead() -> None:
    nuts = [event(EventKind.FACT, fact="allergen", text="nuts")]
    taken = {OAT: (made("Milk", "Oat", available=False),)}
    choices = (made("Milk", "Almond"), made("Milk", "Soya"))
    counter = Counter(history(REGULAR), nuts, modifiers={**MODIFIERS, **taken}, choices=choices)
    assert counter.card().usual.lines[0].instead == "Soya"

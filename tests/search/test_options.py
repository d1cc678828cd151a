"""What is chosen on an item, in words: unknown options alone, sizes by their form and first, groups where needed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk.languages.options import SIZE, group_of, is_size, plain_set, spoken
from clerk.model import Modifier


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ([("Choice", "12oz"), ("Milk", "Oat Milk")], "12oz, oat milk"),
        ([("Milk", "Oat"), ("Size", "Large")], "large, oat milk"),
        ([("Choice", "Strawberry"), ("Choice", "16oz")], "16oz, strawberry"),
        ([("", "Extra Hot")], "extra hot"),
        ([("Modificateurs", "Avoine"), ("Taille", "Grand")], "grand, avoine"),
        ([("Roast", "Medium")], "medium roast"),
        ([("Decaf", "decaf")], "decaf"),
        ([("Milk", "オーツミルク"), ("サイズ", "L")], "L, オーツミルク"),
        ([("Sugar", "50%")], "50% sugar"),
        ([], ""),
    ],
)
def test_options_are_said_as_a_barista_says_them(told: list[tuple[str, str]], words: str) -> None:
    assert spoken([Modifier(*one) for one in told]) == words


@pytest.mark.parametrize(
    "option",
    ["12oz", "12 oz", "16-oz", "0.3 l", "0,3l", "250 ml", "250ml", "S", "M", "XL", "xxl", "Small", "Large (16oz)",
     "klein",
     "Groß", "petit", "Grande", "pequeño", "Tall", "Venti 20 oz", "Lサイズ", "大", "Extra Large", "8 inch", "1/2 pint",
     "500 g", "Mittel (0,4 l)", "médio"],
)  # fmt: skip
def test_a_size_is_told_by_its_form(option: str) -> None:
    assert is_size(option)
    assert group_of("", option) == group_of("Choice", option) == SIZE


@pytest.mark.parametrize(
    "option",
    ["Oat Milk", "Strawberry", "Extra", "2 shots", "12", "2% milk", "Half sweet", "Large pearls", "No ice", "Hot", "",
     "Casa Grande syrup", "50%", "Short ribs", "ホット", "L-theanine", "Extra shot", "Kids"],
)  # fmt: skip
def test_what_is_no_size_has_no_group(option: str) -> None:
    assert not is_size(option)
    assert group_of("Choice", option) == ""


def test_a_set_of_an_earlier_night_is_the_same_as_tonights() -> None:
    assert (
        plain_set("Choice=12oz; Milk=Oat Milk") == plain_set("Milk=Oat Milk; Size=12oz") == "Milk=Oat Milk; Size=12oz"
    )
    assert plain_set("Choice=Extra Hot") == plain_set("Extra Hot") == "Extra Hot"
    assert plain_set("") == ""


@given(st.lists(st.tuples(st.sampled_from(["", "Choice", "Milk", "Size"]), st.text("abcö 12", min_size=1, max_size=8)),
                max_size=4))  # fmt: skip
def test_a_plain_set_stays_as_it_is_and_no_neutral_group_is_ever_said(told: list[tuple[str, str]]) -> None:
    text = "; ".join(sorted(f"{group}={option.strip()}" if group else option.strip() for group, option in told))
    once = plain_set(text)
    assert plain_set(once) == once
    assert "choice" not in spoken([Modifier(group, option) for group, option in told])


def test_a_size_of_one_letter_stays_readable() -> None:
    assert spoken([Modifier("Milk", "OATLY"), Modifier("Size", "L")]) == "L, oatly milk"
    assert spoken([Modifier("サイズ", "XL")]) == "XL"


def test_a_group_that_says_nothing_is_not_said() -> None:
    for group in ("Variante", "Variant", "Extra", "Aggiunte", "Zusatz", "バリエーション"):
        assert spoken([Modifier(group, "Integrale")]) == "integrale"

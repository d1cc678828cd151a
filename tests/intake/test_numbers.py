"""Numbers in the ways of many countries: what is written in a provable column comes back exactly, and never as 0."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clerk.intake.checks.numbers import decimals, proof


def read(*texts: str | None, mark: str | None = None, otherwise: str = ".") -> list[Decimal | None]:
    made = decimals(pl.Series(texts, dtype=pl.String), mark, otherwise=otherwise)
    return [None if text is None else Decimal(text) for text in made]


def _grouped(whole: str, mark: str) -> str:
    head = len(whole) % 3 or 3
    return mark.join([whole[:head], *(whole[at : at + 3] for at in range(head, len(whole), 3))])


def _indian(whole: str, mark: str) -> str:
    if len(whole) <= 3:
        return whole
    front, last = whole[:-3], whole[-3:]
    head = len(front) % 2 or 2
    return mark.join([front[:head], *(front[at : at + 2] for at in range(head, len(front), 2)), last])


def _style(
    decimal: str, group: str, shape: str = "{}", grouped: Callable[[str, str], str] = _grouped, minus: str = "-{}"
) -> Callable[[Decimal], str]:
    def written(amount: Decimal) -> str:
        whole, part = f"{abs(amount):.2f}".split(".")
        text = shape.format(grouped(whole, group) + decimal + part)
        return minus.format(text) if amount < 0 else text

    return written


STYLES = {
    "plain": _style(".", ""),
    "en-US": _style(".", ",", "${}"),
    "en-US books": _style(".", ",", "${}", minus="({})"),
    "en-GB after": _style(".", ",", "{} GBP"),
    "de-DE": _style(",", ".", "{} €"),
    "de-AT": _style(",", "\u00a0", "€ {}", minus="\u2212{}"),
    "de-CH": _style(".", "’", "CHF {}"),
    "de-CH franken": _style(".", "'", "Fr. {}", minus="{}-"),
    "fr-FR": _style(",", "\u202f", "{} €", minus="–{}"),
    "es-CO": _style(",", ".", "$ {}", minus="- {}"),
    "pt-BR": _style(",", ".", "R$ {}", minus="-{}"),
    "es-PE": _style(".", ",", "S/. {}"),
    "en-IN": _style(".", ",", "₹ {}", grouped=_indian),
    "en-IN rupees": _style(".", ",", "Rs. {}", grouped=_indian),
    "nb-NO": _style(",", " ", "kr. {}"),
    "sv-SE": _style(",", "\u00a0", "{} kr"),
    "pl-PL": _style(",", "\u00a0", "{} zł"),
    "ar-EG": lambda amount: _style("٫", "٬", "{} ج.م.")(amount).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
    "ja full width": lambda amount: f"￥{_style('.', ',')(amount)}".translate(
        str.maketrans("0123456789.,-", "０１２３４５６７８９．，－")
    ),
}

amounts = st.decimals(-9_999_999, 9_999_999, places=2, allow_nan=False)


@pytest.mark.parametrize("name", STYLES)
@settings(max_examples=8)
@given(st.lists(amounts, min_size=1, max_size=40))
@example([Decimal("1250.00"), Decimal("-0.05")])
def test_every_amount_in_every_countrys_writing_comes_back(name: str, written: list[Decimal]) -> None:
    assert read(*map(STYLES[name], written)) == written


@pytest.mark.parametrize("name", STYLES)
@settings(max_examples=8)
@given(st.lists(st.integers(-999_999, 999_999), min_size=1, max_size=40), amounts)
def test_whole_amounts_are_settled_by_one_row_that_has_a_decimal_mark(
    name: str, whole: list[int], settling: Decimal
) -> None:  # fmt: skip
    def written(amount: int) -> str:
        return re.sub(r"[.,٫．](?:00|٠٠|００)(?=\D*$)", "", STYLES[name](Decimal(amount)))

    texts = [*map(written, whole), STYLES[name](settling)]
    assert read(*texts) == [*map(Decimal, whole), settling]


@settings(max_examples=40)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=30))
@example(["Fr. 12.50.1"])
@example(["٣" * 1_000_000, "1," * 1_000_000])
@example(["0x10", "1/2", "½", "12 for 3", "5%", "1 2 3", "#REF!", "٫", "-", "()", "1,2,3.4.5"])
def test_nothing_without_a_digit_other_than_0_is_anything_and_nothing_with_one_is_0(texts: list[str]) -> None:
    for text, number in zip(texts, read(*texts), strict=True):
        digits = {str(int(letter)) for letter in text if letter.isdecimal()}
        if number is not None:
            assert digits
            assert (number == 0) == (digits == {"0"})


@settings(max_examples=30)
@given(st.lists(st.text("0123456789.,' -()€kr", max_size=10), max_size=20))
def test_what_was_read_is_read_the_same_by_any_column(texts: list[str]) -> None:
    once = decimals(pl.Series(texts, dtype=pl.String))
    for beside in ("1.234,5", "1,234.5", "1,250", "1.250"):
        again = decimals(pl.concat([once, pl.Series([beside])]), otherwise=",")[: len(texts)]
        assert [x and Decimal(x) for x in again] == [x and Decimal(x) for x in once]


@settings(max_examples=10)
@given(st.permutations(["12,50", "1.250", "0,5", "1.234,50", "7"]))
def test_the_order_of_rows_does_not_matter(texts: list[str]) -> None:
    values = {"12,50": "12.50", "1.250": "1250", "0,5": "0.5", "1.234,50": "1234.50", "7": "7"}
    assert read(*texts) == [Decimal(values[text]) for text in texts]


@pytest.mark.parametrize(
    ("texts", "mark"),
    [(["0,250"], ","), (["1.234,50"], ","), (["12.5"], "."), (["1,234,567"], "."), (["1.234.567"], ","),
     (["1'234,567"], ","), (["1,250", "7", "abc", ""], None),
     (["0,250", "0.250"], None), (["0,5", *(f"{n}.5" for n in range(20))], ".")],
)  # fmt: skip
def test_a_column_proves_its_decimal_mark(texts: list[str], mark: str | None) -> None:
    assert proof(pl.Series(texts)).mark == mark


def test_both_marks_in_one_column_are_each_what_they_prove_to_be() -> None:
    assert read("0.250", "0,250", "1,250") == [Decimal("0.25"), Decimal("0.25"), Decimal("1.25")]


def test_what_nothing_settles_is_counted_and_decided_from_outside() -> None:
    assert read("1,250", "2.500") == [Decimal(1250), Decimal("2.5")]
    assert read("1,250", "2.500", otherwise=",") == [Decimal("1.25"), Decimal(2500)]
    assert read("1,250", "2.500", otherwise="") == [Decimal(1250), Decimal(2500)]
    assert proof(pl.Series(["1,250", "2.500", "1,250"])).undecided == 3
    assert proof(pl.Series(["1,250", "2.50"])).undecided == 0


def test_a_stated_mark_reads_nothing_that_contradicts_it() -> None:
    assert read("12,50", "1.250", "12.50", "1,234.5", mark=",") == [Decimal("12.50"), Decimal(1250), None, None]
    assert read("12.50", "1,250", "12,50", mark=".") == [Decimal("12.50"), Decimal(1250), None]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("▲¥3,850", "-3850"), ("\\620", "620"),
        ("12,-", "12"), ("45,- kr", "45"), ("12.--", "12"), ("-.5", "-0.5"), ("$.50", "0.5"), ("Fr.5", "5"),
        ("-$12.00", "-12"),
        ("+3", "3"), ("'3", "3"), ("12.00-", "-12"), ("($3.00)", "-3"), ("$(3.00)", "-3"), ("$-0.50", "-0.5"),
        ("1.5E+3", "1500"), ("2,5e-1", "0.25"), ("0.250 kg", "0.25"), ("3 pcs", "3"), ("2 Stück", "2"),
        ("12,50 €/kg", "12.5"), ("S/ 12.50", "12.5"), ("د.إ. 12.50", "12.5"), ("1 234 567,8", "1234567.8"),
        ("12.", "12"), ("$ USD 3", "3"), ("AUD$ 3", "3"), ("3,50 € EUR", "3.5"),
    ],
)  # fmt: skip
def test_odd_ways_of_writing_an_amount(text: str, number: str) -> None:
    assert read(text) == [Decimal(number)]


@pytest.mark.parametrize(
    "text",
    ["", "abc", "n/a", "12abc", "about 12", "12 13", "12/13", "5%", "#####", "1.2.3", "1,2,3", "--5", "5 or 6", "1 23",
     "50¢", "50p", "12k",
     "$"],
)  # fmt: skip
def test_what_is_no_amount_is_null(text: str) -> None:
    assert read(text) == [None]

"""What is no identifier, and when two card codes are one card."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk.identifiers.card_codes import card_form
from clerk.identifiers.damaged import EXPONENT, are_strangers, damage
from clerk.intake.checks.damaged import damages

DAMAGED = [
    "4.47701E+11", "4,47701E+11", "4E+11", "4.47701e+011", "'4.47701E+11", "#####", "#N/A", "#REF!", "#WERT!", "#NAME?",
    "#NV", "00000", "0", "n/a", "N/A", "none", "NULL", "-", "--", "...", "unknown", "(unknown)", "Test", "keine",
    "999999999", "９９９９９９９９９", "非会員", "Laufkunde",
]  # fmt: skip
GOOD = [
    "1234567890", "12 3456 7890", "4001234567890", "P3",
    "0003", "12E4", "7E3", "NA12", "Nora", "#1001", "test7", "1111",
    "12345678", "K-0", "x1",
]  # fmt: skip
PHONES = ["0000000000", "+1 555 555 5555", "(123) 456-7890", "0123456789", "555555", "+44 0000000000"]
GOOD_PHONES = ["+44 774 768 867", "0774768867", "073-090-7665", "+49 30 5000000", "0800 000 111", "22 33 44 55"]
ADDRESSES = [
    "noreply@shop.example", "No-Reply@shop.example", "none@none.com", "no@email.com", "test@x.org", "a@a.com", "na@na",
    "n/a",
]  # fmt: skip
GOOD_ADDRESSES = ["ann@example.com", "norah@mail.org", "tess.t@mail.org", "info@shop.example", "bo@b.example"]


@pytest.mark.parametrize("text", DAMAGED)
@pytest.mark.parametrize("kind", ["id", "phone", "email"])
def test_what_a_spreadsheet_or_a_form_leaves_is_damaged_in_every_column(text: str, kind: str) -> None:
    assert damage(text, kind)
    assert damages(pl.Series([text, "", "P3", text]), kind)[0] == damage(text, kind)


@pytest.mark.parametrize("text", GOOD)
def test_an_id_that_somebody_may_have_is_good(text: str) -> None:
    assert damage(text) == ""


def test_numbers_and_addresses_that_nobody_has_are_damaged_and_others_are_not() -> None:
    assert [text for text in PHONES if not damage(text, "phone")] == []
    assert [text for text in GOOD_PHONES if damage(text, "phone")] == []
    assert [text for text in ADDRESSES if not damage(text, "email")] == []
    assert [text for text in GOOD_ADDRESSES if damage(text, "email")] == []


TEXTS = st.one_of(
    st.sampled_from([*DAMAGED, *GOOD, *PHONES, *GOOD_PHONES, *ADDRESSES, *GOOD_ADDRESSES, ""]),
    st.text(alphabet="0123456789eE+-.,#@ abnoN/x'", max_size=14),
    st.text(max_size=8),
)


@given(st.lists(TEXTS, max_size=12), st.sampled_from(["id", "phone", "email"]))
def test_a_column_is_judged_as_its_cells_are(texts: list[str], kind: str) -> None:
    assert damages(pl.Series(texts, dtype=pl.String), kind).to_list() == [damage(text, kind) for text in texts]


@given(st.integers(0, 10**15), st.integers(0, 6), st.sampled_from([".", ","]), st.sampled_from(["E+", "e+", " E+ "]))
def test_no_long_number_survives_a_spreadsheet(number: int, decimals: int, mark: str, exponent: str) -> None:
    mantissa, power = f"{number:.{decimals}e}".replace(".", mark).split("e+")
    assert damage(mantissa + exponent + power) == EXPONENT


CODES = st.from_regex(r"[A-J1-9][A-J0-9]{0,19}", fullmatch=True)
SPELLINGS = st.lists(st.sampled_from(["", "", " ", "-", ".", "\u2011", "_", "\u00a0"]), min_size=20, max_size=20)
FRAMES = st.sampled_from([("", ""), ("*", "*"), (";", "?"), ("%", "?"), ("'", ""), (" ", "\r")])


@given(CODES, SPELLINGS, FRAMES, st.booleans(), st.booleans())
def test_any_spelling_of_a_card_is_the_same_card(
    code: str, gaps: list[str], frame: tuple[str, str], small: bool, wide: bool
) -> None:
    spelt = "".join(letter + gap for letter, gap in zip(code, gaps, strict=False))
    spelt = spelt.lower() if small else spelt
    if wide:
        spelt = "".join(chr(ord(one) + 0xFEE0) if one.isascii() and one.isalnum() else one for one in spelt)
    assert card_form(frame[0] + spelt + frame[1]) == card_form(code) == code


def test_leading_zeros_and_links_keep_what_tells_them_apart() -> None:
    assert card_form("00420017") != card_form("420017")
    assert card_form("https://shop.example/c/1-23") != card_form("https://shop.example/c/12-3")


def test_upc_a_ean_13_and_gtin_14_of_one_number_are_one_card_and_other_zeros_tell_two_apart() -> None:
    assert {card_form(code) for code in ("036000291452", "0036000291452", "00036000291452")} == {"036000291452"}
    assert card_form("036000291453") != card_form("0036000291453")
    assert card_form("05901234123457") == card_form("5901234123457")


def test_a_household_shares_an_address_and_four_names_are_no_household() -> None:
    assert not are_strangers({"Ann One", "ann  one", "One, Ann", "Bo One", ""})
    assert are_strangers({"Ann One", "Bo Two", "Cy Three", "Di Four"})

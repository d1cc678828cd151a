"""Card codes: every wrong letter, every two wrong letters and every swap are noticed, and nothing else is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk.cards import code as cards

ids = st.binary(min_size=10, max_size=10)


def _difference_check(places: list[tuple[int, int]]) -> int:
    """What the check letters must change by when these letters (place, bits changed) of the id do: CRC is linear."""
    changed = sum(bits << (4 * (19 - place)) for place, bits in places)
    one = cards.encode(changed.to_bytes(10, "big"))
    none = cards.encode(bytes(10))
    values = [cards.ALPHABET.index(a) ^ cards.ALPHABET.index(b) for a, b in zip(one[20:], none[20:], strict=True)]
    return int("".join(f"{value:x}" for value in values), 16)


@given(ids)
def test_every_id_makes_a_valid_code_of_24_safe_letters(id_bytes: bytes) -> None:
    code = cards.encode(id_bytes)
    assert len(code) == 24
    assert set(code) <= set("BCDFGHJKLNPRSTVX")
    assert cards.check(code)


@given(ids)
def test_a_code_is_accepted_as_people_and_scanners_write_it(id_bytes: bytes) -> None:
    code = cards.encode(id_bytes)
    assert cards.is_own(cards.grouped(code).lower())
    assert cards.is_own(f" {cards.grouped(code).replace(' ', '-')}\n")
    assert cards.normalise(cards.grouped(code)) == code


def test_every_single_and_every_double_letter_error_is_found() -> None:
    """The check is linear over bits, so proving it for the difference proves it for all 2^80 codes."""
    single = {(place, bits): _difference_check([(place, bits)]) for place in range(20) for bits in range(1, 16)}
    in_check = [bits << (4 * place) for place in range(4) for bits in range(1, 16)]
    assert 0 not in single.values(), "one wrong letter of the id changes the check"
    assert not set(single.values()) & set(in_check), "one wrong letter of the id and one of the check do not cancel"
    assert len(set(single.values())) == len(single), "two wrong letters of the id do not cancel"


@given(ids, st.integers(0, 22))
def test_two_letters_that_changed_places_are_found(id_bytes: bytes, place: int) -> None:
    code = cards.encode(id_bytes)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert cards.check(swapped) == (swapped == code)


@pytest.mark.parametrize("letter", cards.ALPHABET)
def test_a_code_of_one_repeated_letter_is_no_code(letter: str) -> None:
    assert not cards.check(letter * 24)


def test_random_letters_pass_about_once_in_65536() -> None:
    """The check finds errors and is no signature: guessing an id that exists is what cannot be done."""
    assert cards.check(cards.encode(b"0123456789"))
    valid = sum(cards.check("BCDFGHJKLNPRSTVXBCDF" + "".join(four)) for four in _all_four_letters())
    assert valid == 1


def _all_four_letters() -> list[tuple[str, ...]]:
    from itertools import product

    return list(product(cards.ALPHABET, repeat=4))


def test_no_two_new_codes_are_alike() -> None:
    codes = {cards.new_code() for _ in range(2000)}
    assert len(codes) == 2000
    assert all(cards.check(code) for code in codes)


def test_a_cut_or_misread_code_looks_own_and_is_not() -> None:
    code = cards.encode(b"clerk-code")
    wrong = ("B" if code[5] != "B" else "C").join((code[:5], code[6:]))
    for half_read in (code[:12], code[:-1], code[1:], code + code[:3], wrong, cards.grouped(code)[:20]):
        assert cards.looks_own(half_read)
        assert not cards.is_own(half_read)
    assert not cards.looks_own(code)


@pytest.mark.parametrize(
    "text", ["", "Smith", "4006381333931", "https://x.example/1", "BCDFG", "ADA LOVELACE", "\x1b[A"]
)
def test_names_numbers_and_addresses_do_not_look_like_our_codes(text: str) -> None:
    assert not cards.looks_own(text)
    assert not cards.is_own(text)


@given(st.text(max_size=60))
def test_any_text_is_judged_without_an_error(text: str) -> None:
    assert not (cards.is_own(text) and cards.looks_own(text))
    cards.grouped(text)
    cards.tail(text)


def test_the_end_of_a_code_tells_cards_apart_without_copying_one() -> None:
    assert cards.tail("TGKF XCJV HRRK NTXX KXHV DPCT") == "····DPCT"
    assert cards.tail("0004471") == "····4471"
    assert cards.tail("") == ""


def test_an_id_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="10 bytes"):
        cards.encode(b"short")

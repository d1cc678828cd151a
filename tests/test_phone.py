"""One rule says when two phone numbers are the same, whoever asks: orders, tombstones, search, masks."""

from __future__ import annotations

import subprocess
import sys

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.intake.customer_matching import KnownMembers
from clerk.phone import country_in, country_of, digits_of, is_found_by, read, same
from clerk.privacy.erasure import asked_forms, kept_forms

COUNTRIES = ("NO", "GB", "AT", "DE", "FR", "SE", "NL", "US", "HU", "IT")
SEPARATORS = (" ", ".", "-", "/", "")


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, phonenumbers.PhoneNumber]:
    """A country, and a number that exists there."""
    country = draw(st.sampled_from(COUNTRIES))
    example = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    assert example is not None
    kept = phonenumbers.national_significant_number(example)
    end = draw(st.integers(0, 9999))
    found = phonenumbers.parse(f"+{example.country_code}{kept[:-4]}{end:04}")
    return country, found


def ways(country: str, number: phonenumbers.PhoneNumber) -> list[str]:
    """Every way in which a shop of the country writes a number."""
    national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    digits, bare = str(number.country_code), phonenumbers.national_significant_number(number)
    written = [national, f"+{digits}{bare}", f"00{digits}{bare}", f"'+{digits} {bare}"]
    written += [one.join(national.split()) for one in SEPARATORS]
    # In Italy the zero belongs to the number: with it, it is another one.
    return written if country == "IT" else [*written, f"+{digits} (0){bare}"]


@settings(deadline=None)
@given(numbers())
def test_every_way_of_writing_a_number_is_one_number_one_tombstone_one_match_and_is_found(
    made: tuple[str, phonenumbers.PhoneNumber],
) -> None:
    country, number = made
    written = ways(country, number)
    assert len({kept_forms("phone", one, country) for one in written}) == 1
    for stored in written:
        known = KnownMembers(country=country)
        known.add([("A", "", stored)])
        for other in written:
            assert same(stored, other, country)
            assert is_found_by(stored, other, country)
            assert known.by_phone(other) == "A"
            assert set(kept_forms("phone", stored, country)) & set(asked_forms("phone", other, country))


@settings(deadline=None)
@given(numbers(), numbers())
def test_two_numbers_are_never_the_same(
    one: tuple[str, phonenumbers.PhoneNumber], other: tuple[str, phonenumbers.PhoneNumber]
) -> None:
    country = one[0]
    first = phonenumbers.format_number(one[1], phonenumbers.PhoneNumberFormat.E164)
    second = phonenumbers.format_number(other[1], phonenumbers.PhoneNumberFormat.E164)
    if first == second:
        return
    for written in ways(country, one[1]):
        assert not same(written, second, country)
        assert not set(kept_forms("phone", written, country)[:1]) & set(asked_forms("phone", second, country))


@pytest.mark.parametrize("typed", ["+44774768867", "0044774768867", "0774768867", "+44 (0)774 768 867", "774768867"])
@pytest.mark.parametrize("country", ["GB", ""])
def test_a_number_stored_without_its_country_is_found_with_it(typed: str, country: str) -> None:
    assert is_found_by("0774768867", typed, country)


def test_the_end_of_a_number_finds_it() -> None:
    assert is_found_by("+47 22 33 44 55", "4455", "NO")
    assert not is_found_by("+47 22 33 44 55", "4456", "NO")


def test_a_spreadsheets_exponent_is_no_number() -> None:
    rounded = "4.47747E+11"
    assert read(rounded) is None
    assert digits_of(rounded) == ""
    assert not same(rounded, rounded, "GB")
    known = KnownMembers()
    known.add([("A", "", rounded)])
    assert known.by_phone(rounded) is None


def test_two_extensions_are_two_numbers_and_do_not_stand_in_for_the_end() -> None:
    assert not same("22334455 ext. 12", "22334455 x13", "NO")
    assert same("22334455 ext. 12", "+4722334455;ext=12", "NO")
    assert digits_of("22334455 #12") == "22334455"


def test_without_a_country_short_numbers_are_compared_with_their_own_kind_only() -> None:
    assert same("223 344", "223344")
    assert not same("+298 223344", "223344")
    assert same("+47 22334455", "22334455")
    assert not same("+47 22334455", "+46 22334455")


def test_the_country_is_read_as_people_write_it() -> None:
    assert [country_of(text) for text in ("no", "UK", "Norway", 47)] == ["NO", "GB", "", ""]
    assert [country_in({"store.country": text}) for text in ('"NO"', "{", "3")] == ["NO", "", ""]


def test_digits_and_masks_load_no_table_of_countries() -> None:
    code = (
        "import sys, clerk.desk.desk, clerk.phone as p; p.digits_of('+4722334455'); "
        "p.is_found_by('+4722334455', '4455'); sys.exit('phonenumbers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

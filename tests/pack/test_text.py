from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk.text import MARKS_AT_MOST, clean, clean_long, printable, unmarked


@pytest.mark.parametrize(
    ("dirty", "harmless"),
    [
        ("Ann\x1b]52;c;aGk=\x07Lee", "Ann]52;c;aGk=Lee"),
        ("A\u202eevil\u202c B", "Aevil B"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("two\n\tlines\x85here", "two lines here"),
        ("a" + "\u0301" * 300 + "b", "á\u0301\u0301b"),
        ("\u0301lead", "lead"),
        ("\ue000private\U000e0041tag", "privatetag"),
        ("\u3164\u3164", ""),
        ("  many   blanks \u00a0 ", "many blanks"),
        ("e\u200b\u0301", "é"),
        ("[bold]Bob[/]", "[bold]Bob[/]"),
        ("Zoë 張 Ωmega", "Zoë 張 Ωmega"),
    ],
)
def test_names_from_outside_are_made_harmless(dirty: str, harmless: str) -> None:
    assert clean(dirty) == harmless


@given(st.text(max_size=200), st.integers(1, 100))
def test_cleaning_twice_is_cleaning_once_and_leaves_nothing_that_steers(text: str, limit: int) -> None:
    once = clean(text, limit)
    assert clean(once, limit) == once
    assert len(once) <= limit
    assert "  " not in once
    assert once == once.strip()
    marks = 0
    for letter in once:
        category = unicodedata.category(letter)
        assert category not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
        marks = marks + 1 if category in ("Mn", "Me") else 0
        assert marks <= MARKS_AT_MOST


@given(st.text(max_size=200))
def test_what_is_drawn_holds_no_control_and_keeps_its_blanks(text: str) -> None:
    drawn = printable(text)
    assert printable(drawn) == drawn
    assert not any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn") for letter in drawn)
    assert printable("a  b") == "a  b"


@given(st.text(alphabet="abc xyz", max_size=50))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


def test_a_description_has_room_for_a_paragraph_and_no_more() -> None:
    assert len(clean_long("word " * 1000)) <= 2000


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>One</p><p>Two&nbsp;&amp; three</p>", "One Two & three"),
        ("<script>alert(1)</script>Safe<style>p{}</style>", "Safe"),
        ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
        ("broken <b>tag", "broken tag"),
        ("no markup", "no markup"),
    ],
)
def test_descriptions_lose_their_markup(html: str, words: str) -> None:
    assert clean_long(unmarked(html)) == words

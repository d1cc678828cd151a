from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.model import Modifier, UsualState, VisitCard
from clerk.ui.drawing.lines import Line, Piece, Role, cut, fit, spread, width_of, window, wrapped
from clerk.ui.screens.member_lines import State, draw, modifier_words, rows_of
from tests.ui.people import ada_card, agreed_to, ben_card, hostile_card

CARDS = [ada_card(), ben_card(), hostile_card()]


def text(lines: list[Line]) -> str:
    return "\n".join("".join(piece.text for piece in line).rstrip() for line in lines)


@settings(max_examples=60)
@given(st.sampled_from(CARDS), st.integers(40, 200), st.integers(5, 60), st.integers(-1, 40))
def test_a_card_fits_every_size(card: object, width: int, height: int, picked: int) -> None:
    lines = draw(card, State(picked, {}, "EUR"), width, height)  # type: ignore[arg-type]
    assert len(lines) <= height
    assert all(width_of(fit(line, width)) == width for line in lines)


@pytest.mark.parametrize("size", [(80, 21), (110, 27), (60, 21)])
def test_the_essentials_are_on_the_smallest_screen(size: tuple[int, int]) -> None:
    seen = text(draw(ada_card(), State(3, {}, "EUR"), *size))
    for words in (
        "Ada Lovelace",
        "····JRRX",
        "no peanuts",
        "Flat white, large, oat milk",
        "oat milk is out",
        "soy milk",
        "● overdue",
        "Hazelnut oat latte",
        "like the Flat white",
        "teapot",
        "Nothing else",
    ):
        assert words in seen, words


def test_wide_screens_put_the_usual_beside_the_suggestions() -> None:
    rows = text(draw(ada_card(), State(), 110, 27)).splitlines()
    assert any("Usual" in row and "Worth mentioning" in row for row in rows)
    assert not any(
        "Usual" in row and "Worth mentioning" in row for row in text(draw(ada_card(), State(), 99, 27)).splitlines()
    )


def test_the_picked_row_is_known_without_its_colour() -> None:
    lines = draw(ada_card(), State(3, {}, "EUR"), 80, 21)
    picked = [line for line in lines if any(piece.role is Role.PICKED for piece in line)]
    assert len(picked) == 1
    assert text(picked).startswith("▸ Hazelnut oat latte")


def test_one_reason_for_several_empty_places_is_said_once() -> None:
    assert text(draw(ben_card(), State(), 80, 21)).count("Not asked yet about suggestions") == 1


@pytest.mark.parametrize("size", [(50, 14), (80, 24), (110, 30)])
def test_the_usual_is_readable_to_the_last_modifier(size: tuple[int, int]) -> None:
    card = ada_card()
    choices = tuple(Modifier("", word) for word in ("Oat milk", "Regular", "Extra shot", "Half vanilla", "No lid"))
    line = replace(card.usual.lines[0], modifiers=choices)
    rows = draw(replace(card, usual=replace(card.usual, lines=(line,)), due=()), State(0), *size)
    said = " ".join(piece.text.strip() for row in rows for piece in row if piece.hit == "row:0")
    assert "Flat white, oat milk, regular, extra shot, half vanilla, no lid" in said
    assert all(width_of(row) <= size[0] for row in rows)


@pytest.mark.parametrize("size", [(50, 10), (50, 14), (80, 8), (110, 9)])
@pytest.mark.parametrize("card", CARDS)
def test_the_picked_row_is_always_drawn(card: VisitCard, size: tuple[int, int]) -> None:
    for picked in range(len(rows_of(card))):
        lines = draw(card, State(picked), *size)
        assert len(lines) <= size[1]
        assert any(piece.hit == f"row:{picked}" for line in lines for piece in line), picked


def test_the_header_is_true_of_who_is_not_remembered_and_of_who_was_never_here() -> None:
    card = replace(ada_card(), last_at=None, visits=0)
    assert "no visits on record" in text(draw(card, State(), 80, 21))
    forgotten = text(draw(replace(card, consents=agreed_to()), State(), 80, 21))
    assert "not remembered here" in forgotten
    assert "visits" not in forgotten.splitlines()[0]


def test_a_price_without_room_beside_the_name_stands_below_it() -> None:
    card = ada_card()
    item = replace(card.suggestions[0].item, shelf="B12 window side", price_minor=98765)
    first = replace(card.suggestions[0], item=item)
    for size in ((80, 24), (110, 30)):
        assert "987.65" in text(draw(replace(card, suggestions=(first,)), State(-1, {}, "EUR"), *size))


def test_no_usual_names_the_rule() -> None:
    seen = text(draw(ben_card(), State(), 80, 21))
    assert "No usual yet: 2 visits. Shown from 3." in seen
    assert "– Not asked yet about suggestions: ^G shows what to read out." in seen
    assert "── Due · not shown" in seen


def test_often_is_not_called_the_usual() -> None:
    card = ada_card()
    seen = text(draw(replace(card, usual=replace(card.usual, state=UsualState.OFTEN)), State(), 80, 21))
    assert "── Often · " in seen
    assert "── Usual" not in seen


def test_as_last_time_is_told_apart_from_the_usual() -> None:
    card = ada_card()
    assert "As last time (12 Nov): 2 × Flat white" in text(draw(card, State(), 80, 21))
    same = replace(card, usual=replace(card.usual, same_as_last=True))
    assert "As last time, on 12 Nov." in text(draw(same, State(), 80, 21))


def test_the_picked_past_line_is_always_in_view() -> None:
    card = ada_card()
    for picked in range(len(rows_of(card))):
        assert "▸" in text(draw(card, State(picked), 80, 21))


def full_card(usual_rows: int) -> VisitCard:
    """A card on which nothing is empty."""
    card = ada_card()
    usual = replace(
        card.usual,
        lines=(card.usual.lines[1],) * usual_rows,
        changed="Flat white, large, oat milk, extra shot, half vanilla: since 8 Jun, before with whole milk",
    )
    return replace(
        card,
        usual=usual,
        due=card.due * 3,
        suggestions=card.suggestions[:1] * 3,
        silence=(),
        discovery="House picks: 1 left.",
        standing="Gold, slipping: usually here every 9 days, last here 41 days ago",
    )


@pytest.mark.parametrize("usual_rows", [1, 2, 3])
def test_a_past_line_stays_in_view_on_a_card_that_has_everything(usual_rows: int) -> None:
    card = full_card(usual_rows)
    for picked in range(len(rows_of(card))):
        assert "▸" in text(draw(card, State(picked), 80, 21))


def test_what_may_be_left_out_gives_way_to_past_lines() -> None:
    assert "House picks: 1 left." in text(draw(full_card(2), State(), 80, 21))
    assert "House picks: 1 left." not in text(draw(full_card(4), State(), 80, 21))
    assert "Before" in text(draw(full_card(3), State(), 80, 21))


@pytest.mark.parametrize("own", ["Gold", ""])
def test_a_tier_is_said_quietly_and_who_stays_away_aloud(own: str) -> None:
    card = replace(ada_card(), member=replace(ada_card().member, tier=own))
    calm = text(draw(replace(card, standing="Gold"), State(), 80, 21)).splitlines()
    assert "Gold" in calm[0]
    assert not any("! Gold" in row for row in calm)
    away = replace(card, standing="Gold, slipping: usually here every 9 days, last here 41 days ago", notes=())
    rows = text(draw(away, State(), 80, 21)).splitlines()
    assert "Gold" in rows[0]
    assert rows[1].startswith(" ! slipping: usually here every 9 days, last here 41 days ago")


def test_fields_that_are_empty_take_no_rows() -> None:
    card = ada_card()
    filled = replace(card, discovery="House picks: 1 left.", usual=replace(card.usual, changed="Flat white: changed"))
    empty, full = (text(draw(each, State(), 80, 21)).partition("── Before")[0].count("\n") for each in (card, filled))
    assert full - empty == 2


def test_a_changed_recipe_that_is_too_long_keeps_its_news() -> None:
    card = ada_card()
    long = replace(
        card.usual, changed="Flat white, large, oat milk, extra shot, half vanilla: since 8 Jun, before with whole milk"
    )
    assert "Flat white: since 8 Jun, before with whole milk" in text(draw(replace(card, usual=long), State(), 80, 21))


def test_modifiers_are_said_as_people_say_them() -> None:
    said = modifier_words(
        (Modifier("Milk", "Oat"), Modifier("Size", "Large"), Modifier("Syrup", "Half vanilla"), Modifier("", "Decaf"))
    )
    assert said == "large, oat milk, half vanilla, decaf"


@given(st.text(max_size=200), st.integers(1, 60), st.integers(1, 5))
def test_wrapping_never_exceeds_its_cells_or_rows(words: str, cells: int, rows: int) -> None:
    broken = wrapped(words, cells, rows)
    assert len(broken) <= rows


@given(st.text(st.characters(whitelist_categories=["L", "N", "Zs"]), max_size=80), st.integers(0, 50))
def test_cutting_never_exceeds_its_cells(words: str, cells: int) -> None:
    assert width_of((Piece(cut(words, cells)),)) <= cells


@given(st.integers(0, 60), st.integers(0, 59), st.integers(1, 20))
def test_a_window_holds_the_picked_row(count: int, picked: int, rows: int) -> None:
    seen = window(count, min(picked, max(count - 1, 0)), rows)
    assert len(seen) == min(count, rows)
    assert not count or min(picked, count - 1) in seen


def test_the_right_part_of_a_row_stands_at_the_edge() -> None:
    line = spread((Piece("left " * 20),), (Piece("right"),), 40)
    assert width_of(line) == 40
    assert "".join(piece.text for piece in line).endswith(" right")

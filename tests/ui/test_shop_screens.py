from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk.errors import PackDamaged
from clerk.ui.drawing.lines import fit, width_of
from clerk.ui.drawing.sparkline import BARS, NOTHING, sparkline
from clerk.ui.screens.lists import PrepView, ScorecardView, value_words
from tests.glass import counter
from tests.ui.fake_desk import FakeDesk
from tests.ui.people import ADA_CODE, CROISSANT
from tests.ui.shop_lists import HOSTILE_PREP, HOSTILE_SCORECARD, PREP, SCORECARD


def slow_desk() -> FakeDesk:
    """A desk that works on a list until the test lets it finish."""
    desk = FakeDesk()
    desk.worked_out.clear()
    return desk


async def test_the_prep_list_says_what_is_expected_how_sure_that_is_and_what_is_short() -> None:
    async with counter() as glass:
        await glass.press("ctrl+l")
        await glass.see("Prep list · Monday 23 November · 41 members expected, 33 to 49")
        row = next(row for row in glass.text.splitlines() if CROISSANT.name in row)
        assert row.strip("▸ ").split() == ["Almond", "croissant", "9.1", "6", "to", "13", "!", "short:", "6", "here"]
        assert glass.has("Everything else together: 23 pieces.")


async def test_what_runs_short_is_seen_first() -> None:
    async with counter() as glass:
        await glass.press("ctrl+l")
        await glass.see("Almond croissant")
        names = [row.strip("▸ ").split("  ")[0] for row in glass.text.splitlines()[3:7]]
        assert names == [
            "Almond croissant",
            "Filter papers no. 2, 100",
            "Flat white, large, oat milk",
            "Espresso beans 250 g",
        ]


async def test_the_scorecard_shows_each_measure_with_its_trend() -> None:
    async with counter() as glass:
        await glass.press("ctrl+r")
        await glass.see("Return visits")
        row = next(row for row in glass.text.splitlines() if "Return visits" in row)
        assert "63 % of 412" in row
        assert set(row) & set(BARS)
        assert glass.has("67 % at last. Higher is better.")
        assert glass.has("41 suggestions, 12 members")


async def test_the_start_screen_leads_to_both_with_arrows_and_enter() -> None:
    async with counter() as glass:
        await glass.press("down")
        assert glass.has("▸ Prep list for tomorrow")
        await glass.press("enter")
        await glass.see("Almond croissant")
        await glass.press("escape", "down", "enter")
        await glass.see("Return visits")


async def test_a_stray_enter_on_the_start_screen_opens_nothing() -> None:
    async with counter() as glass:
        await glass.press("enter")
        assert glass.has("Scan a member's card.")
        await glass.press("down", "up", "enter")
        assert glass.has("Scan a member's card.")
        assert not [call for call in glass.desk.calls if call[0] == "prep"]


async def test_what_is_picked_stays_picked_when_the_status_is_read_again() -> None:
    async with counter() as glass:
        await glass.press("down", "down")
        glass.app._tick()
        await glass.settle()
        assert glass.has("▸ Scorecard")


async def test_enter_on_a_row_of_the_prep_list_opens_the_item() -> None:
    async with counter() as glass:
        await glass.press("ctrl+l")
        await glass.see("Almond croissant")
        await glass.press("down", "up", "enter")
        await glass.see("SKU BK-07")
        await glass.press("escape")
        await glass.see("▸ Almond croissant")


async def test_while_a_list_is_worked_out_the_screen_says_so() -> None:
    desk = slow_desk()
    async with counter(desk) as glass:
        await glass.press("ctrl+r")
        await glass.see("Being worked out")
        desk.worked_out.set()
        await glass.see("Return visits")
        assert not glass.has("Being worked out")


async def test_a_scan_while_a_list_is_worked_out_opens_the_member_and_the_list_is_dropped() -> None:
    desk = slow_desk()
    async with counter(desk) as glass:
        await glass.press("ctrl+l")
        await glass.scan(ADA_CODE)
        await glass.see("Worth mentioning")
        desk.worked_out.set()
        await glass.settle()
        assert glass.has("Worth mentioning")
        assert not glass.has("Prep list ·")


async def test_a_list_that_was_left_and_opened_again_shows_the_new_one() -> None:
    desk = slow_desk()
    async with counter(desk) as glass:
        await glass.press("ctrl+l", "escape", "ctrl+l")
        desk.worked_out.set()
        await glass.see("Almond croissant")
        assert [call for call in desk.calls if call == ("prep",)] == [("prep",)] * 2


async def test_a_list_that_comes_under_help_is_there_when_help_is_closed() -> None:
    desk = slow_desk()
    async with counter(desk) as glass:
        await glass.press("ctrl+l", "f1")
        desk.worked_out.set()
        await glass.settle()
        await glass.press("escape")
        await glass.see("Almond croissant")


@pytest.mark.parametrize("key", ["ctrl+l", "ctrl+r"])
async def test_a_list_that_cannot_be_made_says_why_on_its_screen(key: str) -> None:
    desk = FakeDesk()
    desk.shop_screen_fails = PackDamaged("The store data is damaged.", "Run `clerk check`.")
    async with counter(desk) as glass:
        await glass.press(key)
        await glass.see("The store data is damaged.")
        assert glass.has(PackDamaged.code)


async def test_a_failure_nobody_foresaw_is_drawn_without_its_details() -> None:
    desk = FakeDesk()
    desk.shop_screen_fails = ValueError("Ada Lovelace, +44 20 7946 0000")
    async with counter(desk) as glass:
        await glass.press("ctrl+l")
        await glass.see("It could not be worked out.")
        assert not glass.has("7946")
        assert glass.app.is_running


async def test_the_palette_has_both_under_the_shop() -> None:
    async with counter() as glass:
        await glass.press("ctrl+p")
        await glass.until(lambda: len(glass.app.screen_stack) == 2, "the palette")
        await glass.see("shop: Prep list")
        await glass.see("shop: Scorecard")


async def test_an_empty_prep_list_names_the_rule() -> None:
    desk = FakeDesk()
    desk.prep_list = replace(PREP, lines=())
    async with counter(desk) as glass:
        await glass.press("ctrl+l")
        await glass.see("Nothing to have ready")
        await glass.press("down", "enter")
        assert glass.has("Nothing to have ready")


def test_an_empty_scorecard_says_from_when_it_counts() -> None:
    view = ScorecardView()
    view.came(replace(SCORECARD, measures=(), withheld=()))
    words = "\n".join("".join(piece.text for piece in row) for row in view.draw(80, 21))
    assert "Nothing to measure yet" in words
    assert "Nothing was kept back" in words


@given(st.integers(40, 200), st.integers(5, 50), st.booleans())
def test_the_shops_lists_fit_every_size(width: int, height: int, hostile: bool) -> None:
    prep, score = PrepView(), ScorecardView()
    prep.came(HOSTILE_PREP if hostile else PREP)
    score.came(HOSTILE_SCORECARD if hostile else SCORECARD)
    for lines in (prep.draw(width, height), score.draw(width, height)):
        assert len(lines) <= height
        assert all(width_of(fit(line, width)) == width for line in lines)


@given(st.lists(st.none() | st.floats(0, 1e6), max_size=60), st.integers(0, 30))
def test_a_trend_has_one_letter_a_week(values: list[float | None], cells: int) -> None:
    drawn = sparkline(values, cells)
    assert len(drawn) == min(len(values), cells)
    assert set(drawn) <= {*BARS, NOTHING}


def test_a_week_without_cases_is_not_a_week_of_nothing() -> None:
    assert sparkline((0.0, None, 1.0), 8) == "▁·█"
    assert sparkline((0.0, 0.0), 8) == "▁▁"


def test_values_are_said_in_their_unit() -> None:
    assert [value_words(*each) for each in ((0.631, "share"), (0.041, "share"), (1204, "count"), (0.021, "gap"))] == [
        "63 %",
        "4.1 %",
        "1,204",
        "2.1 points",
    ]
    assert value_words(None, "share") == "–"

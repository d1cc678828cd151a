"""The manager's screen: what is drawn, what opens, and how one goes back to older store data."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.clock import DAY_S
from clerk.errors import PackDamaged
from clerk.model.nights import Nights, NightsMore
from clerk.ui.counter.messages import ShopScreenAsked
from clerk.ui.drawing.lines import Line, fit, width_of
from clerk.ui.screens.night_detail import detail_of
from clerk.ui.screens.nights import READING, NightsView
from tests.glass import counter
from tests.ui.fake_desk import FakeDesk
from tests.ui.people import ADA_CODE
from tests.ui.shop_nights import (
    ASKING,
    FAILED,
    HOSTILE_NIGHTS,
    HOSTILE_ROWS,
    MORE,
    NIGHTS,
    NONE_YET,
    OFFICE,
    OLDER,
    FakeNights,
)

LAST_ROW = ["down"] * 9


def text(lines: list[Line]) -> str:
    return "\n".join("".join(piece.text for piece in line).rstrip() for line in lines)


async def test_going_back_is_named_asked_once_and_drawn() -> None:
    async with counter() as glass:
        await glass.press("ctrl+n", *LAST_ROW, "ctrl+z")
        assert glass.has("^Z again: go back to the data of 21 Nov 03:31")
        assert not glass.desk.nights.calls
        glass.desk.refresh.prepared = OLDER
        await glass.press("ctrl+z")
        await glass.see("✓ Done: go back to the data of 21 Nov 03:31")
        assert glass.desk.nights.calls == [("go_to", OLDER)]
        assert ("take_newer", OLDER) in glass.desk.calls
        assert glass.has("data from 04:10 yesterday")


@pytest.mark.parametrize("key", ["escape", "up", "enter", "f6", "ctrl+l"])
async def test_any_other_key_between_the_two_presses_means_no(key: str) -> None:
    async with counter() as glass:
        await glass.press("ctrl+n", *LAST_ROW, "ctrl+z", key, "ctrl+z")
        assert not glass.desk.nights.calls


async def test_the_data_in_use_has_no_deed() -> None:
    async with counter() as glass:
        await glass.press("ctrl+n", *LAST_ROW, "up", "ctrl+z", "ctrl+z")
        assert not glass.desk.nights.calls


async def test_a_scan_between_the_two_presses_opens_the_member_and_changes_no_data() -> None:
    async with counter() as glass:
        await glass.press("ctrl+n", *LAST_ROW, "ctrl+z")
        await glass.scan(ADA_CODE)
        await glass.press("ctrl+z")
        assert glass.has("Ada Lovelace")
        assert not glass.desk.nights.calls


async def test_data_that_is_damaged_is_refused_and_the_one_in_use_stays() -> None:
    async with counter() as glass:
        glass.desk.nights.fails = PackDamaged("That store data is damaged.", "Pick another one that is listed.")
        await glass.press("ctrl+n", *LAST_ROW, "ctrl+z", "ctrl+z")
        await glass.see("E202 That store data is damaged.")
        assert glass.has("data from 04:10 today")


async def test_newer_data_waits_for_the_end_of_the_visit() -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        glass.desk.refresh.newer = "20261123T033002-aaaaaa"
        glass.app._tick()
        await glass.until(lambda: bool(glass.desk.refresh.prepared), "prepared")
        await glass.settle()
        assert not [call for call in glass.desk.calls if call[0] == "take_newer"]
        await glass.press("f10")
        assert ("take_newer", "20261123T033002-aaaaaa") in glass.desk.calls
        assert glass.has("data from 04:10 yesterday")


async def test_newer_data_is_taken_at_once_where_nobody_stands() -> None:
    async with counter() as glass:
        glass.desk.refresh.newer = "20261123T033002-aaaaaa"
        glass.app._tick()
        await glass.see("data from 04:10 yesterday")


async def test_what_takes_a_moment_is_missing_with_its_reason_and_the_rest_is_there() -> None:
    desk = FakeDesk()
    desk.nights.more_fails = PackDamaged("The ledger cannot be read.", "Run `clerk check`.")
    async with counter(desk) as glass:
        await glass.press("ctrl+n")
        await glass.see("The ledger cannot be read.")
        assert glass.has("orders_export.csv")
        assert glass.has("✓ in use")


async def test_enter_on_the_start_screen_opens_the_nights() -> None:
    async with counter() as glass:
        await glass.press("down", "down", "down", "enter")
        await glass.see("Last night")


async def test_old_data_is_said_in_the_header_and_on_the_start_screen() -> None:
    desk = FakeDesk()
    desk.shop = replace(desk.shop, stale=True, built_at=desk.shop.built_at - 2 * DAY_S)
    async with counter(desk) as glass:
        assert glass.has("! data from 2 days ago")
        assert glass.has("! No newer data came since 20 Nov 2026.")


async def test_a_list_that_came_after_all_takes_its_failure_off_the_screen() -> None:
    desk = FakeDesk()
    desk.nights.more_fails = PackDamaged("The ledger cannot be read.", "Run `clerk check`.")
    async with counter(desk) as glass:
        await glass.press("ctrl+n")
        await glass.see("The ledger cannot be read.")
        desk.nights.more_fails = None
        view = glass.app.counter.front.view
        assert isinstance(view, NightsView)
        glass.app.post_message(ShopScreenAsked(view))
        await glass.until(lambda: not glass.has("The ledger cannot be read."), "gone")


def test_no_night_yet_says_what_to_do() -> None:
    drawn = text(NightsView(NONE_YET).draw(80, 21))
    assert "No night yet: put exports into /srv/clerk/inbox and run `clerk nightly`." in drawn


def test_a_failed_night_says_code_what_and_remedy() -> None:
    drawn = text(NightsView(FAILED).draw(80, 21))
    assert "✗ kept the data from before" in drawn
    assert "E210" in drawn
    assert "Correct the export" in drawn
    assert "reserve in use: free some space" in drawn


def test_reading_is_said_only_while_it_lasts() -> None:
    view = NightsView(NIGHTS)
    view.slow = True
    assert READING in text(view.draw(110, 30))
    view.came(MORE)
    assert READING not in text(view.draw(110, 30))


def test_tills_that_wait_to_be_accepted_are_named_with_what_to_compare() -> None:
    view = NightsView(replace(NIGHTS, role="office"))
    assert "Tills to be accepted" not in text(view.draw(110, 80))
    view.came(ASKING)
    drawn = text(view.draw(110, 80))
    assert "Till 4 · 0412 · asks since" in drawn
    assert "3f1c 88a0 17de 0b52 9c4d e6a1 2277 5b10" in drawn
    assert "clerk office accept 77ff66ee55dd" in drawn
    assert "with another key than the one accepted before" in drawn


def test_what_was_picked_stays_picked_when_the_rest_comes() -> None:
    view = NightsView(NIGHTS)
    view.move(8)
    before = view.picked()
    view.came(OFFICE)
    assert view.picked() == before


@settings(deadline=None)
@given(st.integers(40, 200), st.integers(5, 50), st.integers(0, 20), st.sampled_from([NIGHTS, HOSTILE_NIGHTS, FAILED]))
def test_the_nights_fit_every_size(width: int, height: int, steps: int, found: Nights) -> None:
    view = NightsView(found)
    view.came(OFFICE if found is FAILED else MORE if found is NIGHTS else of_itself(found))
    view.move(steps)
    lines = view.draw(width, height)
    assert len(lines) <= height
    assert all(width_of(fit(line, width)) == width for line in lines)
    if height > 12 and (row := view.picked()) is not None:
        assert "▸" in text(lines)
        nights = FakeNights()
        nights.kept = HOSTILE_ROWS
        detail = detail_of(found, row, nights)
        drawn = detail.draw(width, height) if detail is not None else []
        assert len(drawn) <= height
        shown = text([*lines, *drawn])
        assert "\x1b" not in shown
        assert "\u202e" not in shown


def of_itself(found: Nights) -> NightsMore:
    return NightsMore(found.inbox, found.set_aside, waiting=found.waiting)

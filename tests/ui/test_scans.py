from __future__ import annotations

import pytest
from textual import events

from tests.glass import CounterGlass, counter
from tests.ui.fake_desk import FakeDesk
from tests.ui.people import ADA_CODE, BEANS, BEN_CODE

SCREENS: dict[str, list[str]] = {
    "home": [],
    "home with typed text": ["type:love"],
    "member": ["f4"],
    "member, past line picked": ["f4", "pagedown"],
    "member, mark being chosen": ["f4", "pagedown", "f9"],
    "find members, empty": ["f2"],
    "find members, typed": ["f2", "type:ada"],
    "find items, typed": ["f3", "type:filter"],
    "item": ["f3", "type:filter", "enter"],
    "item in a visit": ["f4", "up", "enter"],
    "why": ["f4", "enter"],
    "help": ["f1"],
    "statements": ["f4", "f11"],
    "prep list": ["ctrl+l"],
    "scorecard": ["ctrl+r"],
    "close asked": ["f12"],
    "palette with its own focused input": ["ctrl+p"],
}
"""Every screen and every place typed letters could go."""


async def go(glass: CounterGlass, steps: list[str]) -> None:
    for step in steps:
        if step.startswith("type:"):
            await glass.type(step[5:])
        else:
            await glass.press(step)
    if steps == ["ctrl+p"]:
        await glass.until(lambda: len(glass.app.screen_stack) == 2, "the palette")


def written(desk: FakeDesk) -> list[tuple[object, ...]]:
    return [call for call in desk.calls if call[0] in ("answer", "mark", "strike", "undo", "take_back")]


@pytest.mark.parametrize("screen", SCREENS)
async def test_a_scan_is_taken_on_every_screen(screen: str) -> None:
    async with counter() as glass:
        await go(glass, SCREENS[screen])
        await glass.scan(BEN_CODE)
        await glass.see("Ben Okri")
        assert not glass.has("Ada Lovelace")
        assert BEN_CODE not in glass.text
        assert glass.app.counter.prompt.text == ""
        assert len(glass.app.screen_stack) == 1
        assert [call for call in glass.desk.calls if call[0] == "scan"][-1] == ("scan", BEN_CODE)
        assert written(glass.desk) == []


@pytest.mark.parametrize("screen", SCREENS)
async def test_control_bytes_inside_a_scan_press_nothing(screen: str) -> None:
    async with counter() as glass:
        await go(glass, SCREENS[screen])
        hostile = "".join(
            letter + control for letter, control in zip(BEN_CODE, "\x11\x10\x03\x1a\x1b\x08\x0c" * 4, strict=False)
        )
        await glass.scan(hostile)
        await glass.see("Ben Okri")
        assert glass.app.is_running
        assert written(glass.desk) == []


async def test_a_scan_in_the_middle_of_typing_leaves_no_letters_behind() -> None:
    async with counter() as glass:
        await glass.press("f2")
        await glass.type("ad")
        await glass.scan(ADA_CODE)
        await glass.see("Worth mentioning")
        await glass.press("f2")
        assert not glass.has(ADA_CODE[:4])


async def test_a_slow_scanner_is_answered_and_its_letters_are_taken_back() -> None:
    async with counter() as glass:
        await glass.press("f2")
        await glass.type("ad" + BEN_CODE)
        assert glass.has(BEN_CODE)
        await glass.press("enter")
        await glass.see("Ben Okri")
        assert not glass.has(BEN_CODE)


async def test_two_scans_in_a_row_show_the_second_member_and_nothing_of_the_first() -> None:
    async with counter() as glass:
        glass.send(ADA_CODE)
        glass.send(BEN_CODE, "tab")
        await glass.see("Ben Okri")
        await glass.settle()
        assert not glass.has("Ada")
        assert not glass.has("teapot")


async def test_a_scan_before_the_store_data_is_open_is_kept_and_answered() -> None:
    class Slow(FakeDesk):
        """Sees a card scanned while it is being opened."""

    desk = Slow()
    async with counter(desk) as glass:
        fresh = type(glass.app)(lambda: desk)
        fresh.counter.burst(BEN_CODE)
        assert [call for call in desk.calls if call[0] == "scan"] == []
        fresh.counter.opened(desk)
        assert ("scan", BEN_CODE) in desk.calls


async def test_a_pasted_code_is_a_scan_and_other_pasted_text_is_typing() -> None:
    async with counter() as glass:
        glass.app.post_message(events.Paste(f"\n  {BEN_CODE}\nsecond line"))
        await glass.see("Ben Okri")
        await glass.press("f2")
        glass.app.post_message(events.Paste("love\x1b\x07lace"))
        await glass.see("lovelace")


async def test_a_half_read_card_opens_nobody_and_drops_the_card_before() -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        await glass.see("Ada Lovelace")
        await glass.scan(BEN_CODE[:15])
        await glass.see("E223")
        assert not glass.has("teapot")
        assert ("end_visit", "scan") in glass.desk.calls


async def test_an_unknown_code_says_so_with_a_code_and_a_remedy() -> None:
    async with counter() as glass:
        await glass.scan("9780201379624")
        await glass.see("E220")
        assert glass.has("Ask for the name")


async def test_an_item_code_shows_the_item_and_keeps_the_visit() -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        await glass.scan(BEANS.gtin)
        await glass.see("For this member")
        await glass.press("escape")
        await glass.see("Worth mentioning")


async def test_several_matches_are_offered_by_name() -> None:
    async with counter() as glass:
        await glass.scan("0042")
        await glass.see("Several members match")
        assert glass.has("Ada Lovelace")
        assert glass.has("Cleo")


async def test_words_at_machine_speed_are_searched_for_not_scanned() -> None:
    async with counter() as glass:
        await glass.scan("lovelace")
        await glass.see("Find a member")
        await glass.see("Ada Lovelace")
        assert not [call for call in glass.desk.calls if call[0] == "scan"]


@pytest.mark.parametrize("screen", SCREENS)
async def test_no_printable_key_and_no_enter_changes_data(screen: str) -> None:
    async with counter() as glass:
        await go(glass, SCREENS[screen])
        for letter in "aZ5 /?'n":
            await glass.type(letter)
        await glass.press("enter", "tab", "up", "down", "enter")
        assert written(glass.desk) == []


@pytest.mark.parametrize("name", ["ctrl+q", "ctrl+c", "f12"])
async def test_closing_asks_first_and_escape_stays(name: str) -> None:
    async with counter() as glass:
        await glass.press(name)
        await glass.see("Close the counter?")
        await glass.press("escape")
        assert not glass.has("Close the counter?")
        assert glass.app.is_running
        await glass.press(name)
        assert not glass.desk.closed


async def test_closing_twice_closes_the_desk() -> None:
    async with counter() as glass:
        await glass.press("f12")
        glass.key("f12")
        await glass.until(lambda: glass.desk.closed, "closed")


async def test_a_tap_on_the_bottom_line_is_its_key() -> None:
    async with counter() as glass:
        row = glass.text.splitlines()[-1]
        await glass.pilot.click(offset=(row.index("Sample card"), 23))
        await glass.see("Ada Lovelace   card")


def test_every_screen_of_the_counter_is_in_these_tests() -> None:
    seen = {name.split(",")[0].split(" ")[0] for name in SCREENS}
    assert {"home", "member", "find", "item", "why", "help", "statements", "prep", "scorecard"} <= seen

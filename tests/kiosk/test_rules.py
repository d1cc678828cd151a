"""What the kiosk does with scans, keys, taps and time."""

from __future__ import annotations

import pytest

from clerk.ui.kiosk.app import NOTICE_S
from tests.glass import kiosk
from tests.kiosk.fake_kiosk import ADA_CODE, FakeKiosk, code_of

OPEN = ["1", "4", "4", "7", "1"]


@pytest.mark.parametrize("suffix", ["enter", "tab", "ctrl+j"])
async def test_a_card_opens_its_masked_screen(suffix: str) -> None:
    async with kiosk() as glass:
        await glass.scan(ADA_CODE, suffix)
        assert glass.has("Hello A*** L.")
        assert glass.has("oat milk is out → instead: soy milk")


@pytest.mark.slow
async def test_a_new_scan_ends_the_last_visit_at_once_on_any_page() -> None:
    async with kiosk() as glass:
        for keys in ([], ["1"], ["1", "4", "4"], OPEN, [*OPEN, "5"], [*OPEN, "3", "1", "1"], [*OPEN, "1", "1", "0"]):
            await glass.scan(code_of(70))
            await glass.press(*keys)
            await glass.scan(code_of(71))
            assert glass.has("Qz71zQ")
            assert not glass.has("Qz70zQ")


async def test_a_code_that_opens_nothing_ends_the_last_visit_too() -> None:
    async with kiosk() as glass:
        await glass.scan(code_of(70))
        await glass.scan("4006381333931")
        assert glass.has("This code opens nothing here.")
        assert glass.desk.ended == ["scan"]
        await glass.pass_s(NOTICE_S)
        assert glass.has("Scan your card")


@pytest.mark.parametrize("key", ["0", "enter"])
async def test_done_is_one_key_away(key: str) -> None:
    async with kiosk() as glass:
        for keys in ([], [*OPEN, "1", "8"], [*OPEN, "2"], [*OPEN, "5"], [*OPEN, "7", "1"]):
            await glass.scan(ADA_CODE)
            await glass.press(*keys, key)
            assert glass.has("Your screen is closed.")
        assert set(glass.desk.ended) == {"done"}
        assert not glass.desk.deeds


async def test_every_button_can_be_tapped() -> None:
    async with kiosk() as glass:
        await glass.scan(ADA_CODE)
        await glass.tap("What we remember about you")
        for digit in ("│ 4 ", "│ 4 ", "│ 7 ", "│ 1 "):
            await glass.tap(digit)
        assert glass.has("Ada Lindqvist")
        await glass.tap("What you agreed to")
        await glass.tap("│ 2 ")
        assert glass.has("mention a thing or two")
        await glass.tap("No, not any more")
        assert glass.desk.deeds == ["agree suggest False"]
        await glass.tap("I'm done")
        assert glass.has("Your screen is closed.")


async def test_the_pad_is_left_by_a_tap() -> None:
    async with kiosk() as glass:
        await glass.scan(ADA_CODE)
        await glass.press("1", "0")
        assert glass.has("● ○ ○ ○")
        await glass.tap("I'm done")
        assert glass.has("Your screen is closed.")


async def test_the_second_enter_of_a_scanner_does_not_end_the_visit() -> None:
    async with kiosk() as glass:
        for letter in ADA_CODE:
            glass.key(letter)
        glass.key("enter")
        await glass.settle()
        await glass.press("enter")
        assert glass.has("Hello A*** L.")


async def test_the_enter_after_the_fourth_digit_does_not_end_the_visit() -> None:
    async with kiosk() as glass:
        for keys in ([*OPEN, "enter"], [*OPEN, "1", "8"]):
            await glass.scan(ADA_CODE)
            await glass.press(*keys)
            assert glass.has("What we remember about you")
            await glass.press("enter")
            assert glass.has("Your screen is closed.")
        await glass.scan(ADA_CODE)
        await glass.press("1")
        assert not glass.has("OK"), "nothing is offered that is not needed"
        await glass.press("4", "4", "7")
        glass.desk.answers.clear()
        glass.key("1")
        await glass.see("One moment, please")
        glass.app._press("enter")
        glass.desk.answers.set()
        await glass.see("Ada Lindqvist")
        await glass.press("enter")
        assert glass.has("Ada Lindqvist"), "also where it was pressed twice"
        await glass.press("enter")
        assert glass.has("Your screen is closed.")


async def test_letters_and_function_keys_mean_nothing() -> None:
    async with kiosk() as glass:
        await glass.scan(ADA_CODE)
        before = glass.text
        await glass.press("a", "f1", "f10", "f12", "ctrl+c", "ctrl+q", "ctrl+p", "ctrl+z", "tab", "up", "down", "left")
        assert glass.text == before
        assert glass.app.is_running


async def test_digits_at_machine_speed_press_no_button() -> None:
    async with kiosk(FakeKiosk(sample=True)) as glass:
        for digit in "1114471":
            glass.key(digit)
        await glass.settle()
        assert glass.has("Scan your card")
        assert not glass.desk.scanned


async def test_the_warning_shows_nobody_and_a_touch_stays() -> None:
    async with kiosk() as glass:
        await glass.scan(code_of(70))
        await glass.press(*OPEN)
        for _ in range(10):
            await glass.pass_s(41)
            assert glass.has("Are you still there?")
            assert not glass.has("Qz70zQ")
            await glass.press("7")
            assert glass.has("What we remember about you")
        assert not glass.desk.ended
        await glass.pass_s(41)
        await glass.tap("Touch it anywhere")
        assert glass.has("What we remember about you")
        await glass.pass_s(41)
        await glass.tap("I'm done")
        assert glass.has("Scan your card")


async def test_the_warning_lasts_at_least_twenty_seconds_and_then_everything_is_cleared() -> None:
    async with kiosk() as glass:
        await glass.scan(code_of(70))
        await glass.pass_s(38.5)
        assert glass.has("Are you still there?")
        await glass.pass_s(19)
        assert glass.has("Are you still there?")
        await glass.pass_s(1)
        assert glass.has("Scan your card")
        assert glass.desk.ended == ["timeout"]


async def test_what_comes_after_the_visit_has_ended_is_dropped() -> None:
    async with kiosk() as glass:
        await glass.scan(code_of(70))
        await glass.press("1", "4", "4", "7")
        glass.desk.answers.clear()
        glass.key("1")
        await glass.see("One moment, please")
        glass.app._scan(code_of(71))
        glass.desk.answers.set()
        await glass.settle()
        assert glass.has("Hello A*** L. Qz71zQ")


async def test_while_a_try_is_looked_at_nothing_else_is_pressed() -> None:
    async with kiosk() as glass:
        await glass.scan(ADA_CODE)
        await glass.press("1", "4", "4", "7")
        glass.desk.answers.clear()
        glass.key("1")
        await glass.see("One moment, please")
        for digit in "444":
            glass.app._press(digit)
        glass.desk.answers.set()
        await glass.settle()
        assert glass.has("Ada Lindqvist")


async def test_too_many_unknown_codes_pause_the_kiosk() -> None:
    async with kiosk(FakeKiosk(bad_scans=1)) as glass:
        await glass.scan("4006381333931")
        assert glass.has("Too many codes that open nothing.")
        await glass.pass_s(NOTICE_S + 1)
        assert glass.has("Too many codes that open nothing.")
        await glass.pass_s(60)
        assert glass.has("Scan your card")


async def test_every_deed_reaches_the_desk_and_says_so() -> None:
    deeds = {
        ("1", "1", *"0664123", "enter"): "phone 0664123",
        ("1", "2"): "correction asked",
        ("3", "1", "1", "1"): "strike b0:1",
        ("3", "1", "2", "2"): "gift b1:1",
        ("3", "1", "1", "3"): "strike Drinks > Coffee",
        ("3", "1", "1", "4"): "never FW",
        ("3", "1", "7", "2", "1"): "strike b5:1",
        ("3", "1", "6", "1"): "strike 2026-11",
        ("3", "7", "1", "6", "1"): "strike 2026-07",
        ("4", "1", "1"): "take back e1",
        ("5", "1", "1"): "agree remember False",
        ("5", "3", "1"): "agree contact True",
        ("6", "1"): "copy asked",
        ("7", "1", "1"): "forget",
    }
    async with kiosk() as glass:
        for keys, deed in deeds.items():
            await glass.scan(ADA_CODE)
            await glass.press(*OPEN, *keys)
            await glass.until(lambda: bool(glass.desk.deeds), "the desk")
            assert glass.desk.deeds.pop() == deed
            assert not glass.desk.deeds
            assert glass.has("✓") or deed == "forget"


async def test_nothing_is_deleted_by_one_press() -> None:
    async with kiosk() as glass:
        for keys in (("7",), ("7", "1"), ("3", "1", "6"), ("4", "1"), ("5", "1")):
            await glass.scan(ADA_CODE)
            await glass.press(*OPEN, *keys, "8")
            assert not glass.desk.deeds


async def test_a_kiosk_without_store_data_says_so_and_stays() -> None:
    from clerk.errors import NoPack
    from clerk.ui.kiosk.app import KioskApp

    def nothing() -> FakeKiosk:
        raise NoPack("No store data.", "Build it.")

    app = KioskApp(nothing)
    async with app.run_test() as pilot:
        await pilot.pause()
        assert app.kiosk.is_closed
        app._scan(ADA_CODE)
        await pilot.pause()
        assert app.is_running

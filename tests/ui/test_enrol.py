"""Enrolling somebody at the counter: typed, a blank card scanned, recorded by its own key only."""

from __future__ import annotations

from concurrent.futures import Future

from clerk.errors import DiskFull, NotKept
from tests.glass import CounterGlass, counter
from tests.ui.fake_cards import BLANK_CODE
from tests.ui.fake_desk import FakeDesk
from tests.ui.people import ADA_CODE


def joins(glass: CounterGlass) -> list[tuple[str, ...]]:
    return [call[1:] for call in glass.desk.calls if call[0] == "join"]


async def test_a_new_member_is_enrolled_with_a_blank_card_and_opened() -> None:
    async with counter() as glass:
        await glass.press("ctrl+e")
        assert glass.has("A new member")
        await glass.type("Nora")
        await glass.press("enter")
        await glass.type("0660 12")
        await glass.scan(BLANK_CODE)
        assert glass.has(f"····{BLANK_CODE[-4:]}, read")
        assert joins(glass) == [], "neither Enter nor a scan records anything"
        await glass.press("ctrl+e")
        await glass.see("Recorded: enrolled")
        assert joins(glass) == [("Nora", "0660 12", BLANK_CODE)]
        assert glass.has("Ben"), "the new member's visit is open"
        await glass.press("escape")
        assert not glass.has("A new member")


async def test_without_a_name_nothing_is_recorded_and_without_a_card_one_is_made() -> None:
    async with counter() as glass:
        await glass.press("ctrl+e", "down", "ctrl+e")
        assert glass.has("Type the name first")
        assert joins(glass) == []
        await glass.type("Nora")
        await glass.press("ctrl+e")
        await glass.see("Recorded: enrolled")
        assert joins(glass) == [("Nora", "", "")]


async def test_a_members_card_opens_the_member_while_somebody_is_being_enrolled() -> None:
    async with counter() as glass:
        await glass.press("ctrl+e")
        await glass.type("Nora")
        await glass.scan(ADA_CODE)
        assert glass.has("Ada")
        assert not glass.has("Nora")
        assert joins(glass) == []


async def test_what_is_refused_or_failed_stays_typed_and_is_told() -> None:
    desk = FakeDesk()
    async with counter(desk) as glass:
        await glass.press("ctrl+e")
        await glass.type("Nora")
        desk.cards.refuses = NotKept("This is no phone number.", "Leave it out.")
        await glass.press("ctrl+e")
        await glass.see("E226")
        assert glass.has("Nora")
        desk.cards.refuses, desk.cards.held = None, list[Future[str]]()
        await glass.press("escape", "ctrl+e", "ctrl+e")
        assert len(desk.cards.held) == 1, "once, however often the key is pressed"
        assert glass.has("saving")
        desk.cards.held[0].set_exception(DiskFull("The disk is full.", "Free some space."))
        await glass.see("E205")
        assert glass.has("Nora")
        assert not glass.has("Recorded")


async def test_a_name_that_was_typed_is_gone_after_going_back_and_when_nobody_comes_back() -> None:
    async with counter() as glass:
        await glass.press("ctrl+e")
        await glass.type("Nora")
        glass.app._idle_s = -1
        glass.app._tick()
        await glass.settle()
        assert not glass.has("Nora")

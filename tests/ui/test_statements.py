from __future__ import annotations

import pytest

from clerk.errors import StoreLocked
from clerk.model import LineMark
from tests.glass import CounterGlass, counter
from tests.ui.fake_desk import FakeDesk
from tests.ui.people import ADA, ADA_CODE, BEN_CODE, FLAT_WHITE
from tests.ui.shop_lists import SAID


def written(glass: CounterGlass) -> list[tuple[object, ...]]:
    return [call for call in glass.desk.calls if call[0] in ("answer", "mark", "strike", "undo", "take_back")]


def resting() -> FakeDesk:
    """A desk whose evidence for the latte rests on purchases."""
    desk = FakeDesk()
    desk.rests = True
    return desk


@pytest.mark.parametrize("key", ["f11", "ctrl+y"])
async def test_what_a_member_said_is_listed(key: str) -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        await glass.press(key)
        assert glass.has("What Ada Lovelace said · 4, newest first")
        for one in SAID:
            assert glass.has(one.words)


async def test_the_picked_statement_is_taken_back_after_one_question() -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        await glass.press("f11", "down", "ctrl+z")
        assert glass.has("^Z again takes back: struck out: line B880:1")
        assert written(glass) == []
        await glass.press("ctrl+z")
        await glass.see("✓ Taken back: struck out")
        assert written(glass) == [("take_back", ADA.member_id, "e-3")]
        assert glass.has("3, newest first")


async def test_moving_on_drops_the_question_about_the_row_before() -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        await glass.press("f11", "ctrl+z", "down", "ctrl+z")
        assert glass.has("^Z again takes back: struck out")
        assert written(glass) == []


async def test_a_consent_is_changed_by_word_and_not_taken_back() -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        await glass.press("f11", "pagedown", "ctrl+z", "ctrl+z")
        assert glass.has("An agreement is changed by asking again: ^G.")
        assert written(glass) == []


async def test_nobody_who_said_nothing_is_shown_an_empty_list() -> None:
    desk = FakeDesk()
    desk.statements = []
    async with counter(desk) as glass:
        await glass.scan(BEN_CODE)
        await glass.press("f11", "down", "ctrl+z")
        assert glass.has("nothing on record")
        assert written(glass) == []


async def test_a_list_that_cannot_be_read_says_why() -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        glass.desk.fail_with = StoreLocked("The store data is locked.", "Try again in a minute.")
        await glass.press("f11")
        assert glass.has("E204")
        assert glass.has("Worth mentioning")


async def test_without_a_visit_there_is_nothing_said_to_list() -> None:
    async with counter() as glass:
        await glass.press("f11")
        assert glass.has("F11 works when a visit is open.")


async def test_undo_on_the_card_still_means_the_latest_answer() -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        await glass.press("f5", "f11", "escape", "ctrl+z")
        await glass.see("✓ Taken back")
        assert ("undo", ADA.member_id) in glass.desk.calls


async def test_one_purchase_behind_a_reason_is_set_aside() -> None:
    async with counter(resting()) as glass:
        await glass.scan(ADA_CODE)
        await glass.press("enter", "down", "f9", "right", "f9")
        await glass.see("✓ Recorded: mistake")
        assert written(glass) == [("mark", ADA.member_id, "B900:1", LineMark.MISTAKE)]
        assert glass.has("Worth mentioning")


async def test_one_purchase_behind_a_reason_is_struck_out() -> None:
    async with counter(resting()) as glass:
        await glass.scan(ADA_CODE)
        await glass.press("enter", "down", "down", "down", "f9", "left")
        assert glass.has("▸ line B777:1")
        assert glass.has("◂ strike out ▸")
        await glass.press("f9")
        await glass.see("✓ Recorded: strike out")
        assert written(glass) == [("strike", ADA.member_id, "B777:1")]


async def test_escape_drops_the_mark_being_chosen_and_keeps_the_evidence() -> None:
    async with counter(resting()) as glass:
        await glass.scan(ADA_CODE)
        await glass.press("enter", "down", "f9", "escape")
        assert not glass.has("◂")
        assert glass.has("Gates")
        assert written(glass) == []


async def test_picking_another_row_takes_back_the_question_about_all_purchases() -> None:
    async with counter(resting()) as glass:
        await glass.scan(ADA_CODE)
        await glass.press("enter", "f9", "down", "up", "f9")
        assert glass.has("F9 again")
        assert written(glass) == []


async def test_enter_on_one_purchase_opens_its_item() -> None:
    async with counter(resting()) as glass:
        await glass.scan(ADA_CODE)
        await glass.press("enter", "down", "enter")
        assert ("item", FLAT_WHITE.sku) in glass.desk.calls


async def test_beyond_the_last_purchase_the_evidence_scrolls_and_comes_back() -> None:
    async with counter(resting()) as glass:
        await glass.scan(ADA_CODE)
        await glass.press("enter", *["down"] * 15)
        assert not glass.has("like the Flat white")
        await glass.press(*["up"] * 20)
        assert glass.has("▸ every purchase behind this")

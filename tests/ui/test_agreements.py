"""What a member agrees to, changed at the counter: the words are seen first, and a no is as easy as a yes."""

from __future__ import annotations

import pytest

from clerk.errors import DiskFull, StoreLocked
from clerk.model import ConsentState, Purpose
from clerk.privacy.wordings import WORDS
from tests.glass import CounterGlass, counter
from tests.ui.fake_desk import FakeDesk
from tests.ui.people import ADA, ADA_CODE, BEN_CODE


def recorded(glass: CounterGlass) -> list[tuple[object, ...]]:
    return [call[2:] for call in glass.desk.calls if call[0] == "consent"]


@pytest.mark.parametrize(
    ("rows", "purpose", "state", "said"),
    [
        (0, Purpose.REMEMBER, ConsentState.WITHDRAWN, "✓ Recorded: Remember me · no longer agreed"),
        (2, Purpose.CONTACT, ConsentState.GIVEN, "✓ Recorded: Contact me · agreed"),
    ],
)
async def test_a_no_takes_the_same_two_presses_as_a_yes(
    rows: int, purpose: Purpose, state: ConsentState, said: str
) -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        await glass.press("ctrl+g", *["down"] * rows)
        assert WORDS[purpose].split(",")[0] in glass.text
        await glass.press("ctrl+g")
        assert glass.has("^G again records")
        assert recorded(glass) == []
        await glass.press("ctrl+g")
        await glass.see(said)
        assert recorded(glass) == [(purpose, state)]


async def test_a_key_that_is_held_down_records_once() -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        await glass.press(*["ctrl+g"] * 9)
        assert recorded(glass) == [(Purpose.REMEMBER, ConsentState.WITHDRAWN)]
        await glass.press("down", "up", "ctrl+g", "ctrl+g")
        assert recorded(glass)[1:] == [(Purpose.REMEMBER, ConsentState.GIVEN)]


async def test_moving_on_drops_what_was_asked_about_the_row_before() -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        await glass.press("ctrl+g", "ctrl+g", "down", "ctrl+g")
        assert glass.has("Suggest to me · no longer agreed")
        assert recorded(glass) == []


async def test_enter_and_a_scan_record_nothing_and_the_next_member_is_asked_anew() -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        await glass.press("ctrl+g", "ctrl+g", "enter")
        await glass.scan(BEN_CODE)
        await glass.press("ctrl+g", "ctrl+g")
        assert recorded(glass) == []
        assert not glass.has(ADA.name)


async def test_it_counts_only_when_the_disk_has_it() -> None:
    async with counter(FakeDesk(at_once=False)) as glass:
        await glass.scan(ADA_CODE)
        await glass.press("ctrl+g", "ctrl+g", "ctrl+g")
        assert glass.has("saving")
        assert not glass.has("✓ Recorded")
        glass.desk.finish(DiskFull("The disk is full.", "Free some space."))
        await glass.see("E205")
        assert not glass.has("✓ Recorded")


async def test_agreements_that_cannot_be_read_say_why_and_without_a_visit_there_are_none() -> None:
    async with counter() as glass:
        await glass.press("ctrl+g")
        assert glass.has("^G works when a visit is open.")
        await glass.scan(ADA_CODE)
        glass.desk.fail_with = StoreLocked("The store data is locked.", "Try again in a minute.")
        await glass.press("ctrl+g")
        assert glass.has("E204")

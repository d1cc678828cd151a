"""What a member agrees to, changed at the counter: the words are seen first, and a no is as easy as a yes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clerk.errors import DiskFull, StoreLocked
from clerk.model import AgreementState, ConsentState, Purpose
from clerk.privacy.wordings import WORDS
from tests.glass import CounterGlass, counter
from tests.ui.fake_desk import FakeDesk
from tests.ui.people import ADA, ADA_CODE, BEN_CODE


def recorded(glass: CounterGlass) -> list[tuple[object, ...]]:
    return [call[2:] for call in glass.desk.calls if call[0] == "consent"]


@pytest.mark.parametrize(
    ("rows", "purpose", "state", "said"),
    [
        (0, Purpose.REMEMBER, ConsentState.WITHDRAWN, "✓ Recorded: Remember me · not agreed"),
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


async def test_who_is_asked_and_says_no_is_not_asked_again() -> None:
    async with counter() as glass:
        await glass.scan(ADA_CODE)
        await glass.press("ctrl+g", "down", "down", "ctrl+g")
        assert glass.has("(F7 records a no)")
        await glass.press("up", "down", "f7")
        assert glass.has("F7 again records: Contact me · said no")
        assert recorded(glass) == []
        await glass.press("f7")
        await glass.see("✓ Recorded: Contact me · not agreed")
        assert recorded(glass) == [(Purpose.CONTACT, ConsentState.WITHDRAWN)]
        assert glass.has("✗ said no")
        await glass.press("up", "down", "ctrl+g", "f7")
        assert len(recorded(glass)) == 1, "F7 changes nothing where an answer is on record"


async def test_the_question_about_suggestions_is_picked_where_it_is_open() -> None:
    async with counter() as glass:
        glass.desk.agreed = [
            replace(one, state=AgreementState.NOT_ASKED) if one.purpose is Purpose.SUGGEST else one
            for one in glass.desk.agreed
        ]
        await glass.scan(ADA_CODE)
        await glass.press("ctrl+g", "ctrl+g", "ctrl+g")
        await glass.see("✓ Recorded: Suggest to me · agreed")


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

"""The list of members who may be here twice: each decision is asked once, written, and can be taken back."""

from __future__ import annotations

import pytest

from clerk.errors import DiskFull
from clerk.model import PairState
from tests.glass import CounterGlass, counter
from tests.ui.fake_desk import FakeDesk
from tests.ui.people import ADA_CODE


def decided(glass: CounterGlass) -> list[tuple[object, ...]]:
    return [call[1:] for call in glass.desk.calls if call[0] == "decided"]


async def opened(glass: CounterGlass) -> None:
    await glass.press("ctrl+n", *["down"] * 40, "enter")
    await glass.see("Ada Lovelace · Ada Lovelance")


@pytest.mark.parametrize(("key", "state", "words"), [
    ("f5", PairState.ONE, "one person"), ("f7", PairState.APART, "two persons"),
])  # fmt: skip
async def test_a_decision_is_asked_once_written_and_off_the_list_until_it_is_taken_back(
    key: str, state: PairState, words: str
) -> None:
    async with counter() as glass:
        await opened(glass)
        assert glass.has("2 to decide")
        await glass.press(key)
        assert glass.has(f"{key.upper()} again records: Ada Lovelace and Ada Lovelance: {words}")
        assert decided(glass) == []
        await glass.press(key)
        await glass.see(f"✓ Recorded: Ada Lovelace and Ada Lovelance: {words}")
        assert decided(glass) == [("M-0001", "M-0011", state)]
        assert glass.has("1 to decide")
        await glass.press("ctrl+z")
        await glass.see("2 to decide")
        assert decided(glass)[1:] == [("M-0001", "M-0011", PairState.OPEN)]


async def test_another_row_or_another_key_asks_again() -> None:
    async with counter() as glass:
        await opened(glass)
        await glass.press("f5", "f7", "down", "f7", "up", "f5")
        assert decided(glass) == []


async def test_what_the_disk_did_not_take_stays_on_the_list() -> None:
    async with counter(FakeDesk(at_once=False)) as glass:
        await opened(glass)
        await glass.press("f5", "f5")
        assert not glass.has("Recorded")
        for future, _ in glass.desk.pending:
            future.set_exception(DiskFull("The disk is full.", "Free space."))
        await glass.see("E205")
        assert glass.has("2 to decide")


async def test_back_leads_to_the_nights_and_a_scan_opens_its_member_from_the_list() -> None:
    async with counter() as glass:
        await opened(glass)
        await glass.press("escape")
        assert glass.has("Members who may be one person twice")
        await opened(glass)
        await glass.scan(ADA_CODE)
        await glass.see("Worth mentioning")

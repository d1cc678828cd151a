"""A printed code is a keyboard in somebody else's hands: nothing in it is ever a key."""

from __future__ import annotations

import random

import pytest

from tests.glass import CounterGlass, counter
from tests.hostile.scanner import Scanner
from tests.hostile.texts import hostile_scan
from tests.proof import record_proof, rounds
from tests.ui.people import ADA_CODE, BEN_CODE
from tests.ui.test_scans import SCREENS, go

WRITES = ("answer", "mark", "strike", "undo", "take_back", "note", "contact", "take_newer")
ACTIONS = ("sign", *WRITES)


def _deeds(glass: CounterGlass) -> list[object]:
    return [call for call in glass.desk.calls if call[0] in ACTIONS]


@pytest.mark.parametrize("screen", SCREENS)
async def test_nothing_in_a_scan_is_a_key_and_the_next_card_opens(screen: str) -> None:
    chance = random.Random(screen)
    many = rounds(340, 100_000) // len(SCREENS) + 1
    async with counter() as glass:
        scanner, theme = Scanner(glass.app), glass.app.theme
        for number in range(many):
            await glass.app._heard(glass.app._reader.look(scanner.now))
            if number % 20 == 0:
                await _reset(glass)
                await go(glass, SCREENS[screen])
            before = len(glass.app.screen_stack)
            sent = hostile_scan(chance, BEN_CODE)
            await scanner.scan(sent)
            assert _deeds(glass) == [], repr(sent)
            assert not glass.desk.closed, repr(sent)
            assert glass.app._exit is False, repr(sent)
            assert len(glass.app.screen_stack) <= before, repr(sent)
            assert glass.app.theme == theme, repr(sent)
            glass.desk.calls.clear()
            await scanner.scan(ADA_CODE + "\r")
            assert ("scan", ADA_CODE) in glass.desk.calls, repr(sent)
            assert len(glass.app.screen_stack) == 1
            glass.desk.calls.clear()
    record_proof("hostile scans", many)


async def _reset(glass: CounterGlass) -> None:
    await glass.press("escape", "escape", "escape")
    glass.desk.calls.clear()

"""After a visit nothing of the last person remains: on the glass, in widgets, in buffers, in any cache."""

from __future__ import annotations

import random

from tests.glass import KioskGlass, kiosk
from tests.kiosk.fake_kiosk import DIGITS, code_of, mark_of
from tests.kiosk.remains import caches, settled, where
from tests.proof import record_proof, rounds

KEYS = "12345678"


async def test_nothing_of_the_last_person_remains_over_random_pairs_of_visits() -> None:
    pairs, lost = rounds(30, 10_000), 0
    chance = random.Random(5)
    with settled() as known:
        async with kiosk() as glass:
            for number in range(pairs):
                first, second = 1000 + 2 * number, 1001 + 2 * number
                seen = await visit(glass, first, chance)
                assert mark_of(first) in seen
                await leave(glass, second, chance)
                left = [*where(glass.app, [mark_of(first), code_of(first)], [glass, glass.desk], [*known, *caches()])]
                if mark_of(first) in glass.text or left:
                    lost += 1
                    raise AssertionError((number, glass.text, left[:5]))
    record_proof("nothing of the last person remains at the kiosk", pairs, lost)


async def test_the_search_finds_what_a_visit_holds() -> None:
    async with kiosk() as glass:
        await glass.scan(code_of(1000))
        for digit in ("1", *DIGITS):
            glass.app._press(digit)
        await glass.settle()
        held = where(glass.app.kiosk, [mark_of(1000)], [glass.desk])
        assert any("Ada Lindqvist" in text for text in held)
        assert any("Hello" in text or "Ada" in text for text in where(glass.app._glass, [mark_of(1000)], [glass.desk]))


async def visit(glass: KioskGlass, number: int, chance: random.Random) -> str:
    """One person does something; what was on the glass first."""
    put(glass, code_of(number))
    await glass.settle()
    seen = glass.text
    if chance.random() < 0.7:
        for digit in ("1", *DIGITS):
            glass.app._press(digit)
        await glass.settle()
        for _ in range(chance.randrange(6)):
            glass.app._press(chance.choice(KEYS))
            await glass.settle()
    elif chance.random() < 0.5:
        glass.app._press("1")
        glass.app._press("4")
        await glass.settle()
    return seen


async def leave(glass: KioskGlass, other: int, chance: random.Random) -> None:
    """One of the ways in which a visit ends."""
    how = chance.randrange(4)
    if how == 0:
        put(glass, code_of(other))
    elif how == 1:
        glass.clock.now += 61
        glass.app._tick()
    elif how == 2:
        glass.app._press("done")
    else:
        put(glass, "4006381333931")
    await glass.settle()


def put(glass: KioskGlass, code: str) -> None:
    """A scan, and the moment after it."""
    for letter in code:
        glass.key(letter)
    glass.key("enter")

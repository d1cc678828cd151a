"""Fingers: large buttons in place of the bottom line, rows that are hit although they were missed, no double taps."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk.ui.drawing import touch_bar
from clerk.ui.drawing.lines import Piece, say, width_of
from clerk.ui.input.actions import ACTIONS, BY_ID
from tests.glass import NARROW, CounterGlass, counter
from tests.ui import test_goldens as goldens
from tests.ui.fake_desk import FakeDesk
from tests.ui.people import ADA_CODE
from tests.ui.staff import NOOR, PINS, FakeSigning

PORTRAIT, LANDSCAPE = (85, 46), (113, 34)
"""A tablet of 768 by 1024 pixels in the page's font, as tests/serve/test_chromium.py finds it."""

FOLDER = Path(__file__).parent / "goldens" / "touch"
EVERYTHING = frozenset(action.id for action in ACTIONS)
SIZES = st.tuples(st.integers(20, 200), st.integers(10, 80))


def touched(
    size: tuple[int, int] = PORTRAIT, hold_s: float = 0.0, desk: FakeDesk | None = None
) -> AbstractAsyncContextManager[CounterGlass]:
    return counter(desk, size, hold_s=hold_s, touch=True)


async def tap(glass: CounterGlass, words: str, beside: int = 0, below: int = 0) -> None:
    """A finger on the middle of some words, or so many cells beside or below it."""
    rows = glass.text.splitlines()
    row = next(number for number, line in enumerate(rows) if words in line)
    await glass.pilot.click(offset=(rows[row].index(words) + len(words) // 2 + beside, row + below))
    await glass.settle()


@pytest.mark.parametrize("size", [PORTRAIT, LANDSCAPE, NARROW], ids=["portrait", "landscape", "80x24"])
@pytest.mark.parametrize("screen", ["home", "member", "member-marking", "find-items", "why"])
async def test_the_screen_under_a_finger_is_as_agreed(screen: str, size: tuple[int, int]) -> None:
    async with touched(size) as glass:
        for step in goldens.SCREENS[screen]:
            kind, _, what = step.partition(":")
            await (glass.scan(what) if kind == "scan" else glass.type(what) if kind == "type" else glass.press(step))
        goldens.agreed(f"touch/{screen}-{size[0]}x{size[1]}", glass.text)


async def test_a_finger_answers_and_the_key_stands_on_the_button() -> None:
    async with touched() as glass:
        await glass.scan(ADA_CODE)
        assert glass.has("╭─ F5 ──")
        await tap(glass, "Took it")
        await glass.see("✓ took it, recorded")
        assert [call[0] for call in glass.desk.calls].count("answer") == 1


async def test_a_bounce_of_never_asks_for_nothing_more() -> None:
    async with touched(hold_s=0.12) as glass:
        await glass.scan(ADA_CODE)
        await tap(glass, "Never")
        await tap(glass, "Never")
        assert [call[0] for call in glass.desk.calls].count("answer") == 1
        assert not glass.has("F7 again")


async def test_the_whole_height_of_a_button_counts() -> None:
    for below in (-1, 0, 1):
        async with touched() as glass:
            await glass.scan(ADA_CODE)
            await tap(glass, "Not now", below=below)
            await glass.see("✓ not now, recorded")


async def test_a_mark_is_chosen_without_arrow_keys() -> None:
    async with touched() as glass:
        await glass.scan(ADA_CODE)
        await glass.press("down", "down", "f9")
        assert glass.has("◂ gift ▸")
        await tap(glass, "Other")
        assert glass.has("◂ strike out ▸")
        await tap(glass, "Back")
        assert not glass.has("◂ strike out ▸")


async def test_a_pin_is_typed_with_a_finger() -> None:
    desk = FakeDesk(signing=FakeSigning(NOOR))
    async with touched(desk=desk) as glass:
        assert glass.has("Sign in")
        await tap(glass, NOOR.name)
        for digit in PINS[NOOR.name]:
            await tap(glass, f" {digit} ")
        await tap(glass, "⌫")
        await tap(glass, f" {PINS[NOOR.name][-1]} ")
        assert not glass.has(PINS[NOOR.name]), "dots only"
        await tap(glass, "╭─ Enter", below=1)
        await glass.see("is signed in")


async def test_what_esc_clears_a_finger_clears() -> None:
    async with touched() as glass:
        assert not glass.has("Back")
        await glass.type("ad")
        assert glass.has("Look up: ad")
        await tap(glass, "Back")
        assert not glass.has("Look up: ad")


async def test_a_tablet_that_is_turned_is_laid_out_anew() -> None:
    async with touched(PORTRAIT) as glass:
        await glass.scan(ADA_CODE)
        await glass.pilot.resize_terminal(*LANDSCAPE)
        await glass.settle()
        rows = glass.text.splitlines()
        assert any("Usual" in row and "Worth mentioning" in row for row in rows)
        assert any("Took it" in row for row in rows[-6:])


async def test_without_fingers_there_is_the_bottom_line() -> None:
    async with counter(size=PORTRAIT) as glass:
        assert not glass.has("╭─ F1")
        assert glass.text.splitlines()[-1].startswith(" F1 Help")


@given(SIZES, st.frozensets(st.sampled_from(sorted(EVERYTHING))), st.booleans())
def test_the_bar_fills_its_rows_and_every_button_is_three_high(
    size: tuple[int, int], applies: frozenset[str], locked: bool
) -> None:
    width, height = size
    lines = touch_bar.bar(applies, "Why", width, height, touch_bar.DIGITS if locked else ())
    assert len(lines) % touch_bar.ROWS == 0
    assert len(lines) <= max(height // 2, touch_bar.ROWS)
    for line in lines:
        assert width_of(line) == width
    for start in range(0, len(lines), touch_bar.ROWS):
        block = lines[start : start + touch_bar.ROWS]
        hits = [[piece.hit for piece in line if piece.hit] for line in block]
        assert set(hits[0]) == set(hits[1]) == set(hits[2])
        assert all(hit.partition(":")[2] in BY_ID for hit in hits[0] if hit.startswith("do:"))


@given(SIZES)
def test_there_is_always_a_way_back_and_to_everything_else_on_a_tablet(size: tuple[int, int]) -> None:
    width, height = max(size[0], 80), max(size[1], 24)
    hits = {piece.hit for line in touch_bar.bar(EVERYTHING, "Why", width, height) for piece in line}
    assert {"do:took", "do:not-now", "do:never", "do:next"} <= hits
    if height >= 30:
        assert {"do:back", "do:palette"} <= hits


def test_a_finger_that_misses_a_row_by_one_picks_it_and_never_runs_an_action() -> None:
    row = (Piece("  "), Piece("Flat white", hit="row:3"), Piece("      3.60"))
    key = (Piece("F5", hit="do:took"), Piece(" "))
    lines = [say("Usual"), row, say("   like the latte"), say("nothing"), key]
    assert touch_bar.reached(lines, 40, 1) == "row:3"
    assert touch_bar.reached(lines, 5, 0) == "row:3"
    assert touch_bar.reached(lines, 5, 2) == "row:3"
    assert touch_bar.reached(lines, 5, 3) == ""
    assert touch_bar.reached(lines, 2, 4) == ""
    assert touch_bar.reached(lines, 5, 99) == ""


def test_only_actions_bounce() -> None:
    taps = touch_bar.Taps()
    assert not taps.bounces("do:never", 10.0)
    assert taps.bounces("do:never", 10.2)
    assert not taps.bounces("do:never", 11.0)
    assert not taps.bounces("type:5", 11.1)
    assert not taps.bounces("type:5", 11.15)
    assert not taps.bounces("row:1", 11.2)
    assert not taps.bounces("row:1", 11.25)

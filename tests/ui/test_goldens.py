"""Whole screens as text. `CLERK_GOLDENS=update pytest tests/ui/test_goldens.py` writes them anew; read the diff."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from clerk.clock import DAY_S
from clerk.errors import DiskFull, NoPack
from tests.glass import NARROW, WIDE, counter
from tests.ui.fake_cards import BLANK_CODE
from tests.ui.fake_desk import FakeDesk
from tests.ui.people import ADA_CODE, BEN_CODE
from tests.ui.shop_nights import FAILED, MORE, NONE_YET, OFFICE

FOLDER = Path(__file__).parent / "goldens"
UPDATE = os.environ.get("CLERK_GOLDENS") == "update"
ADA, BEN = f"scan:{ADA_CODE}", f"scan:{BEN_CODE}"

SCREENS: dict[str, list[str]] = {
    "home": [],
    "home-typed": ["type:cleo"],
    "home-unknown-card": ["scan:9780201379624"],
    "home-half-read": [f"scan:{ADA_CODE[:15]}"],
    "home-close": ["f12"],
    "member": [ADA],
    "member-new": [BEN],
    "member-recorded": [ADA, "f5", "down", "f7"],
    "member-marking": [ADA, "down", "down", "f9"],
    "find-members-empty": ["f2"],
    "find-members": ["f2", "type:a"],
    "find-members-nothing": ["f2", "type:zzz"],
    "find-items": ["f3", "type:filter"],
    "item": ["f3", "type:no. 2", "enter"],
    "item-in-a-visit": [ADA, "down", "down", "enter", "down"],
    "why": [ADA, "enter"],
    "statements": [ADA, "f11", "down"],
    "prep": ["ctrl+l", "down"],
    "scorecard": ["down", "down", "enter"],
    "nights": ["ctrl+n", "down"],
    "nights-rows": ["ctrl+n", *["down"] * 5, "enter"],
    "nights-file": ["ctrl+n", "enter"],
    "nights-back": ["ctrl+n", *["down"] * 9, "ctrl+z"],
    "agreements": [ADA, "ctrl+g"],
    "agreements-asked": [ADA, "ctrl+g", "down", "down", "ctrl+g"],
    "enrol": ["ctrl+e", "type:Nora Ünal", "down", "type:0660 12", f"scan:{BLANK_CODE}"],
    "help": [ADA, "f1"],
}


@pytest.mark.parametrize("theme", ["clerk-dark", "clerk-light"])
@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "110x30"])
@pytest.mark.parametrize("screen", SCREENS)
async def test_the_screen_is_as_agreed(screen: str, size: tuple[int, int], theme: str) -> None:
    async with counter(size=size) as glass:
        if theme == "clerk-light":
            await glass.press("ctrl+t")
        for step in SCREENS[screen]:
            kind, _, what = step.partition(":")
            await (glass.scan(what) if kind == "scan" else glass.type(what) if kind == "type" else glass.press(step))
        if screen in ("prep", "scorecard"):
            await glass.see("expected" if screen == "prep" else "Kept back")
        if screen == "nights":
            await glass.see("no date (2)")
        agreed(f"{screen}-{size[0]}x{size[1]}", glass.text)


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "110x30"])
async def test_the_failed_states_are_as_agreed(size: tuple[int, int]) -> None:
    async with counter(FakeDesk(at_once=False), size) as glass:
        await glass.scan(ADA_CODE)
        await glass.press("f7")
        agreed(f"member-saving-{size[0]}x{size[1]}", glass.text)
        glass.desk.finish(
            DiskFull("The disk is full; the answer was not recorded.", "Free some space, then try again.")
        )
        await glass.settle()
        agreed(f"member-failed-{size[0]}x{size[1]}", glass.text)
    rests = FakeDesk()
    rests.rests = True
    async with counter(rests, size) as glass:
        await glass.scan(ADA_CODE)
        await glass.press("enter", "down", "f9")
        agreed(f"why-marking-{size[0]}x{size[1]}", glass.text)
    desk = FakeDesk()
    desk.worked_out.clear()
    async with counter(desk, size) as glass:
        await glass.press("ctrl+l")
        await glass.see("Being worked out")
        agreed(f"prep-slow-{size[0]}x{size[1]}", glass.text)
        desk.shop_screen_fails = DiskFull("The disk is full.", "Free some space, then open the list again.")
        desk.worked_out.set()
        await glass.see("E205")
        agreed(f"prep-failed-{size[0]}x{size[1]}", glass.text)
    no_pack = NoPack("No store data is installed in this folder.", "Run `clerk build --shop sample`.")
    async with counter(size=size, fails=no_pack) as glass:
        agreed(f"trouble-{size[0]}x{size[1]}", glass.text)


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "110x30"])
async def test_the_nights_are_as_agreed_when_there_is_none_when_it_failed_and_at_an_office(
    size: tuple[int, int],
) -> None:
    for name, found, more in (
        ("nights-empty", NONE_YET, replace(MORE, inbox=(), set_aside=())),
        ("nights-failed", FAILED, MORE),
        ("nights-office", FAILED, OFFICE),
    ):
        desk = FakeDesk()
        desk.nights.found, desk.nights.rest = found, more
        if name == "nights-failed":
            said = "Last night, 03:30 today, brought no new data (E210)."
            desk.shop = replace(desk.shop, stale=True, night=said, built_at=desk.shop.built_at - 2 * DAY_S)
        async with counter(desk, size) as glass:
            if name == "nights-failed":
                agreed(f"home-night-failed-{size[0]}x{size[1]}", glass.text)
            await glass.press("ctrl+n")
            await glass.settle()
            if name == "nights-office":
                await glass.see("Till 3")
                await glass.press(*["down"] * 6)
            agreed(f"{name}-{size[0]}x{size[1]}", glass.text)


def test_no_golden_is_left_over() -> None:
    known = {"nights-empty", "nights-failed", "nights-office", "home-night-failed"}
    known |= {*SCREENS, "member-saving", "member-failed", "trouble", "why-marking", "prep-slow", "prep-failed"}
    # Drawn by test_sign_in.
    known |= {"sign-in", "sign-in-pin", "sign-in-refused", "signed-in", "contact", "note", "audit"}
    assert {path.stem.rpartition("-")[0] for path in FOLDER.glob("*.txt")} == known


def agreed(name: str, text: str) -> None:
    """Compares with the golden, or writes it when asked to."""
    path = FOLDER / f"{name}.txt"
    if UPDATE:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")

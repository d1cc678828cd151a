"""Whole screens of the kiosk as text. `CLERK_GOLDENS=update pytest tests/kiosk/test_goldens.py` writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.glass import NARROW, WIDE, kiosk
from tests.kiosk.fake_kiosk import ADA_CODE, FakeKiosk

FOLDER = Path(__file__).parent / "goldens"
UPDATE = os.environ.get("CLERK_GOLDENS") == "update"
OPEN = ["1", "4", "4", "7", "1"]

SCREENS: dict[str, list[str]] = {
    "idle": [],
    "greeting": ["scan"],
    "unlock": ["scan", "1", "4"],
    "unlock-refused": ["scan", "1", "1", "2", "3", "4"],
    "remembered": ["scan", *OPEN],
    "details": ["scan", *OPEN, "1"],
    "phone": ["scan", *OPEN, "1", "1", "0", "6"],
    "usual": ["scan", *OPEN, "2"],
    "months": ["scan", *OPEN, "3"],
    "month": ["scan", *OPEN, "3", "1"],
    "purchase": ["scan", *OPEN, "3", "1", "1"],
    "struck": ["scan", *OPEN, "3", "1", "1", "1"],
    "strike-month": ["scan", *OPEN, "3", "1", "6"],
    "said": ["scan", *OPEN, "4"],
    "take-back": ["scan", *OPEN, "4", "1"],
    "purposes": ["scan", *OPEN, "5", "3", "1"],
    "purpose": ["scan", *OPEN, "5", "2"],
    "copy": ["scan", *OPEN, "6"],
    "forget": ["scan", *OPEN, "7"],
    "forget-surely": ["scan", *OPEN, "7", "1"],
    "forgotten": ["scan", *OPEN, "7", "1", "1"],
    "warning": ["scan", "wait:45"],
    "goodbye": ["scan", "0"],
    "error": ["scan:4006381333931"],
}


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "110x30"])
@pytest.mark.parametrize("screen", SCREENS)
async def test_the_screen_is_as_agreed(screen: str, size: tuple[int, int]) -> None:
    async with kiosk(size=size) as glass:
        for step in SCREENS[screen]:
            kind, _, what = step.partition(":")
            if kind == "scan":
                await glass.scan(what or ADA_CODE)
            elif kind == "wait":
                await glass.pass_s(float(what))
            else:
                await glass.press(step)
        agreed(f"{screen}-{size[0]}x{size[1]}", glass.text)


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "110x30"])
async def test_the_pause_the_failure_and_the_sample_are_as_agreed(size: tuple[int, int]) -> None:
    async with kiosk(FakeKiosk(sample=True, bad_scans=1), size) as glass:
        agreed(f"idle-sample-{size[0]}x{size[1]}", glass.text)
        await glass.scan("4006381333931")
        agreed(f"pause-{size[0]}x{size[1]}", glass.text)
    desk = FakeKiosk()
    desk.fails = True
    async with kiosk(desk, size) as glass:
        await glass.scan(ADA_CODE)
        await glass.press(*OPEN, "5", "1", "1")
        agreed(f"failed-{size[0]}x{size[1]}", glass.text)


def test_no_golden_is_left_over() -> None:
    known = {*SCREENS, "idle-sample", "pause", "failed"}
    assert {path.stem.rpartition("-")[0] for path in FOLDER.glob("*.txt")} == known


def agreed(name: str, text: str) -> None:
    """Compares with the golden, or writes it when asked to."""
    path = FOLDER / f"{name}.txt"
    if UPDATE:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")

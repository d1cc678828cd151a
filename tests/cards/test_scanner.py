"""The scanner set-up page: each way in which a scan goes wrong is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk.cards.code import ALPHABET, check, encode, grouped
from clerk.cards.qr import terminal_rows
from clerk.cards.scanner_check import _LAYOUTS, _QWERTY, TEST_CODE, Finding, judge, layout_of
from clerk.ui.counter.scanner_setup import ScannerPage

GOLDENS = Path(__file__).parent / "goldens"
OTHER = encode(b"other-card")


def under(layout: str, text: str = TEST_CODE) -> str:
    return text.lower().translate(str.maketrans(_QWERTY, _LAYOUTS[layout]))


SCANS: list[tuple[str, str, list[float], Finding]] = [
    (TEST_CODE, "enter", [2.0] * 23, Finding.EXACT),
    (TEST_CODE, "tab", [], Finding.EXACT),
    (grouped(TEST_CODE), "enter", [], Finding.EXACT),
    (TEST_CODE.lower(), "enter", [2.0] * 23, Finding.LOWER_CASE),
    (f"]Q1{TEST_CODE}", "enter", [], Finding.AIM_PREFIX),
    (TEST_CODE, "enter", [45.0] * 23, Finding.SLOW),
    (TEST_CODE, "", [2.0] * 23, Finding.NO_SUFFIX),
    (under("Russian").upper(), "enter", [], Finding.LAYOUT),
    (under("Greek"), "enter", [], Finding.LAYOUT),
    (f"$${TEST_CODE}", "enter", [], Finding.EXTRA),
    (f"{TEST_CODE}#END", "enter", [], Finding.EXTRA),
    (TEST_CODE * 2, "enter", [], Finding.DOUBLED),
    ("".join(2 * one for one in TEST_CODE), "enter", [], Finding.DOUBLED),
    (TEST_CODE[:15], "enter", [], Finding.MISSING),
    (TEST_CODE[::2], "enter", [], Finding.MISSING),
    (TEST_CODE[::3], "enter", [], Finding.UNKNOWN),
    (TEST_CODE[:7] + TEST_CODE[9:], "enter", [], Finding.MISSING),
    (OTHER, "enter", [], Finding.OTHER_CARD),
    ("4006381333931", "enter", [], Finding.UNKNOWN),
    ("", "enter", [], Finding.NOTHING),
    ("\x1b\x07", "enter", [], Finding.NOTHING),
]


@pytest.mark.parametrize(("arrived", "suffix", "gaps", "finding"), SCANS)
def test_a_scan_is_judged(arrived: str, suffix: str, gaps: list[float], finding: Finding) -> None:
    verdict = judge(arrived, suffix, gaps)
    assert verdict.finding is finding
    assert verdict.says.endswith(".")
    assert verdict.remedy.endswith(".")
    assert verdict.is_fine == (finding in (Finding.EXACT, Finding.LOWER_CASE, Finding.AIM_PREFIX, Finding.SLOW))


def test_the_known_card_holds_every_letter_and_passes_its_check() -> None:
    assert check(TEST_CODE)
    assert set(TEST_CODE) == set(ALPHABET)


@pytest.mark.parametrize("name", _LAYOUTS)
def test_a_layout_is_named_by_what_it_makes_of_the_card(name: str) -> None:
    assert len(_LAYOUTS[name]) == len(_QWERTY) == 16
    assert layout_of(under(name)) == name
    assert judge(under(name), "enter").finding is Finding.LAYOUT
    assert name in judge(under(name).upper(), "enter").says


@given(st.permutations("abcdefghijklmnop"))
def test_any_exchange_of_letters_is_a_layout(letters: list[str]) -> None:
    arrived = TEST_CODE.lower().translate(str.maketrans(_QWERTY, "".join(letters)))
    assert judge(arrived, "enter").finding is Finding.LAYOUT


@given(st.text(max_size=80))
def test_nothing_but_the_card_is_taken_for_it(text: str) -> None:
    verdict = judge(text, "enter")
    assert not verdict.is_fine
    assert not any(ord(letter) < 32 for letter in verdict.says)


class Hand:
    """A clock that goes on as far as it is told."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        self.at += 0.002
        return self.at


def _judged(arrived: str, suffix: str, gaps: list[float]) -> tuple[bool, str, str]:
    verdict = judge(arrived, suffix, gaps)
    return verdict.is_fine, verdict.says, verdict.remedy


def _page() -> ScannerPage:
    return ScannerPage(terminal_rows(TEST_CODE), grouped(TEST_CODE), _judged, Hand(), quiet_s=600)


def _text(page: ScannerPage) -> str:
    strips = page.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips) + "\n"


@pytest.mark.parametrize(("name", "scan"), [("exact", TEST_CODE), ("layout", under("Greek")), ("start", "")])
async def test_the_page_is_as_agreed(name: str, scan: str) -> None:
    page = _page()
    async with page.run_test(size=(80, 24)) as pilot:
        if scan:
            await pilot.press(*scan, "enter")
        await pilot.pause()
        golden = GOLDENS / f"scanner-{name}.txt"
        if os.environ.get("CLERK_GOLDENS") == "update":
            golden.parent.mkdir(exist_ok=True)
            golden.write_text(_text(page), encoding="utf-8")
        assert _text(page) == golden.read_text(encoding="utf-8")


async def test_control_keys_in_a_scan_do_nothing_and_an_escape_of_its_own_ends_the_page() -> None:
    page = _page()
    async with page.run_test() as pilot:
        await pilot.press(TEST_CODE[0], "ctrl+q", "ctrl+p", "escape", "f12", *TEST_CODE[1:], "tab")
        assert page.scans == 1
        assert page.fine
        assert page.is_running
        await pilot.press("escape")
    assert not page.is_running


async def test_a_scan_without_its_suffix_key_is_judged_when_it_stops() -> None:
    page = _page()
    async with page.run_test() as pilot:
        await pilot.press(*TEST_CODE)
        page._end("")
        await pilot.pause()
        assert not page.fine
        assert "no key ended" in _text(page)
        await pilot.press("enter")
    assert not page.is_running

"""Scans as they really arrive: whatever is before, behind and between the letters, the same member opens."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from tests.glass import counter
from tests.hostile.scanner import Scanner
from tests.hostile.test_scans import _deeds
from tests.hostile.texts import hostile_scan
from tests.proof import record_proof, rounds
from tests.terminal import on_a_terminal
from tests.ui.fake_desk import HOSTILE_CODE
from tests.ui.people import ADA_CODE, BEANS, BEN_CODE
from tests.ui.test_scans import SCREENS, go

SUFFIXES = ("\r", "\t", "\n", "\r\n", "\t\r", "\r\r")
DRESSES = ("{}", "]Q1{}", "]Q3{}", " {} ", "  {}", "\x02{}\x03", "\x1d{}", "\x1b[200~{}\x1b[201~")
SPEEDS = (0.0, 0.002, 0.012, 0.03)
SLOW = (0.06, 0.1, 0.2)
"""Seconds between two letters over Bluetooth: as a person types."""


def _opened(desk: object) -> list[str]:
    calls = desk.calls  # type: ignore[attr-defined]
    return [
        "".join(letter for letter in str(call[1]) if letter.isalpha()).upper()[-24:]
        for call in calls
        if call[0] == "scan"
    ]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("dress", DRESSES)
async def test_whatever_a_scanner_adds_the_card_opens(suffix: str, dress: str) -> None:
    async with counter() as glass:
        scanner = Scanner(glass.app)
        for gap_s in SPEEDS:
            for code in (BEN_CODE, BEN_CODE.lower()):
                glass.desk.calls.clear()
                await scanner.scan(dress.format(code) + suffix, gap_s if gap_s < 0.015 else 0.012)
                assert _opened(glass.desk) == [BEN_CODE], (gap_s, code)
                await scanner.scan("\x1b")
        assert _deeds(glass) == []


@pytest.mark.parametrize("screen", SCREENS)
async def test_a_slow_scanner_is_understood_on_every_screen(screen: str) -> None:
    chance = random.Random(screen)
    async with counter() as glass:
        await go(glass, SCREENS[screen])
        scanner = Scanner(glass.app)
        for suffix in ("\r", "\t"):
            for letter in BEN_CODE:
                await scanner.scan(letter, 0.0, chance.uniform(SLOW[0], SLOW[-1]))
            await scanner.scan(suffix)
            assert _opened(glass.desk)[-1:] == [BEN_CODE]
            assert len(glass.app.screen_stack) == 1
            assert glass.app.counter.prompt.text == ""
        assert _deeds(glass) == []
        assert not glass.desk.closed


@pytest.mark.parametrize("gap_s", SPEEDS[:3])
async def test_scans_without_a_pause_are_scans_each(gap_s: float) -> None:
    async with counter() as glass:
        await Scanner(glass.app).scan(f"{ADA_CODE}\r{BEN_CODE}\t{ADA_CODE}\n{BEN_CODE}\r\n", gap_s)
        assert _opened(glass.desk) == [ADA_CODE, BEN_CODE, ADA_CODE, BEN_CODE]
        await glass.see("Ben Okri")
        assert not glass.has("Ada")


@pytest.mark.parametrize("before", ["\x1b", "\x1b[15~", "\x1b[24~", "\x11", "\x10", "\x1b[M !!", "\x1b[<0;2;24M"])
async def test_a_code_that_begins_with_a_key_records_nothing(before: str) -> None:
    async with counter() as glass:
        scanner = Scanner(glass.app)
        await scanner.scan(ADA_CODE + "\r")
        glass.desk.calls.clear()
        for sent in (before + "ab", before + "12345678", before + BEANS.gtin + "\r", before * 2 + "x\r", "x" + before):
            await scanner.scan(sent)
            assert _deeds(glass) == [], repr(sent)
            assert not glass.desk.closed, repr(sent)
            assert len(glass.app.screen_stack) == 1, repr(sent)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_on_a_real_terminal_no_scan_closes_the_counter_or_keeps_the_next_from_opening(
    project: Path, clean_environment: dict[str, str]
) -> None:
    chance, many = random.Random(9), rounds(12, 1_500)
    with on_a_terminal(project, clean_environment, "tests.ui.try_counter") as terminal:
        # A card scanned while it starts is answered.
        terminal.send(BEN_CODE.encode() + b"\r")
        assert b"Okri" in terminal.read_until(b"Okri")
        for number in range(many):
            sent = hostile_scan(chance, HOSTILE_CODE).encode("utf-8", "replace")
            if number % 5 == 0:
                sent = (
                    chance.choice(
                        (b"\x1b[200~NEVER ENDS", b"\xff\xfe\x80BCDF", b"\x1b[48;1;1;1;1t", b"\x1b[M#\xff\xff")
                    )
                    + sent
                )
            terminal.send(sent)
            terminal.quiet(0.25)
            ours, name = ((BEN_CODE, b"Okri"), (ADA_CODE, b"Lovelace"))[number % 2]
            if number % 5 == 0:
                terminal.quiet(1.3)
            terminal.send(ours.encode() + b"\r")
            assert name in terminal.read_until(name), sent
            assert terminal.process.poll() is None
    record_proof("hostile scans on a real terminal", many)

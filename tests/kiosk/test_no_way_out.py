"""No key, scan, paste, mouse report or sequence leaves the kiosk, and the next scan is right."""

from __future__ import annotations

import random
import signal
from pathlib import Path

import pytest
from textual import events

from clerk.ui.input.terminal import CalmParser
from clerk.ui.kiosk.app import KioskApp
from tests.glass import KioskGlass, kiosk
from tests.kiosk.fake_kiosk import ADA_CODE, FakeKiosk, code_of, mark_of
from tests.kiosk.hostile import FIXED, made_up
from tests.kiosk.remains import settled
from tests.proof import record_proof, rounds
from tests.terminal import Terminal, on_a_terminal

DEEDS = ("forget", "strike", "agree", "phone", "never", "gift")


def feed(glass: KioskGlass, data: bytes) -> None:
    """The bytes as the terminal's parser makes events of them."""
    parser = CalmParser()
    for event in (*parser.feed(data.decode("utf-8", "replace")), *parser.feed("")):
        glass.app.post_message(event)


@pytest.mark.slow
async def test_hostile_sequences_leave_the_kiosk_alive_and_the_next_scan_right() -> None:
    sequences = rounds(500, 100_000)
    chance = random.Random(11)
    with settled():
        lost = await _let_loose(sequences, chance)
    record_proof("hostile sequences at the kiosk", sequences, lost)


async def _let_loose(sequences: int, chance: random.Random) -> int:
    """Sends them, a scan after every few; how many scans were not answered rightly."""
    lost = 0
    async with kiosk() as glass:
        for start in range(0, sequences, 8):
            await scan(glass, code_of(5000 + start))
            for number in range(start, min(start + 8, sequences)):
                feed(glass, FIXED[number] if number < len(FIXED) else made_up(chance))
                if number % 2:
                    await glass.settle()
            # Later than a burst is held: a scan in the middle of a flood would be a part of it.
            await glass.settle()
            await scan(glass, code_of(200_000 + start))
            is_sound = glass.app.is_running and len(glass.app.screen_stack) == 1 and not glass.app.return_code
            is_sound = is_sound and mark_of(200_000 + start) in glass.text
            lost += not is_sound
            assert is_sound, (start, glass.text)
        assert not glass.desk.deeds, "the second factor was never given"
    return lost


async def scan(glass: KioskGlass, code: str) -> None:
    for letter in (*code, "enter"):
        glass.key(letter)
    await glass.settle()
    glass.clock.now += 2


async def test_a_machine_typing_on_the_members_pages_does_nothing() -> None:
    async with kiosk() as glass:
        await glass.scan(ADA_CODE)
        await glass.press("1", "4", "4", "7", "1")
        before = glass.text
        for data in (b"1" * 3000, b"711", b"\x1b[200~711 quit\x1b[201~", b"7171717171"):
            feed(glass, data)
            await glass.settle()
        assert glass.text == before
        assert not glass.desk.deeds


async def test_no_action_can_be_run_and_nothing_is_bound() -> None:
    async with kiosk() as glass:
        for action in ("quit", "app.quit", "suspend_process", "command_palette", "screenshot", "help_quit", "bell"):
            assert not await glass.app.run_action(action)
        assert not glass.app._bindings.key_to_bindings
        assert not KioskApp.ENABLE_COMMAND_PALETTE
        assert not glass.app.use_command_palette
        assert glass.app.is_running


async def test_a_paste_is_read_up_to_its_first_line_and_only_as_a_code() -> None:
    async with kiosk() as glass:
        for text in ("quit", ":!sh\nexit", "Ada Lovelace", "\x1b[H", ""):
            glass.app.post_message(events.Paste(text))
            await glass.settle()
            assert glass.has("Scan your card")
        assert not glass.desk.scanned
        glass.app.post_message(events.Paste(f"\n{ADA_CODE}\nrm -rf"))
        await glass.settle()
        assert glass.has("Hello A*** L.")
        glass.app.post_message(events.Paste("4" * 100_000))
        await glass.settle()
        assert max(map(len, glass.desk.scanned)) <= 512


@pytest.mark.slow
def test_on_a_real_terminal_nothing_ends_it_and_the_next_scan_is_right(
    project: Path, clean_environment: dict[str, str], kiosk_packs: Path, tmp_path: Path
) -> None:
    chance = random.Random(3)
    (tmp_path / "packs").symlink_to(kiosk_packs)
    (tmp_path / "settings.toml").write_text("[kiosk]\nbad_scans = 100\npause_s = 5\n", encoding="utf-8")
    words = ("clerk", "kiosk", "--home", str(tmp_path), "--at", "2026-03-10T09:00")
    with on_a_terminal(project, clean_environment, *words) as terminal:
        terminal.see("Scan your card")
        sequences = [*FIXED, *(made_up(chance) for _ in range(rounds(40, 2000)))]
        for start in range(0, len(sequences), 16):
            for data in sequences[start : start + 16]:
                terminal.send(data)
            terminal.until_quiet()
            if any(len(data) > 1000 or b"200~" in data for data in sequences[start : start + 16]):
                # A flood is worked off, and a paste that never ends is ended.
                terminal.quiet(1.6)
            terminal.scan(ADA_CODE)
            terminal.see("Hello A*** L.")
            assert terminal.is_alive
            terminal.send(b"0")
            terminal.see("Your screen is closed.")
        storm(terminal, chance)
        assert terminal.ends() == 0
    record_proof("hostile sequences at the kiosk's terminal", len(sequences))
    for left in (b"\x1b]52", b"Traceback", b"Clerk stopped"):
        assert left not in terminal.out


def storm(terminal: Terminal, chance: random.Random) -> None:
    """The window is pulled about, signals of the keyboard come, and the kiosk is as it was."""
    for _ in range(40):
        terminal.resize(chance.randrange(1, 60), chance.randrange(1, 200))
    for name in ("SIGINT", "SIGQUIT", "SIGTSTP"):
        terminal.process.send_signal(getattr(signal, name))
    terminal.resize(24, 80)
    terminal.until_quiet()
    terminal.scan(ADA_CODE)
    terminal.see("What we remember about you")
    assert terminal.is_alive
    assert b"\x1b[3J" in terminal.out, "what had scrolled away is still there"
    # A sequence that claims another size is not believed.
    terminal.send(b"\x1b[48;1;1;1;1t")
    terminal.send(b"0")
    terminal.see("Your screen is closed.")


def test_the_fake_desk_is_asked_like_the_real_one() -> None:
    from clerk.desk.kiosk.session import KioskDesk

    named = {name for name in dir(FakeKiosk) if not name.startswith("_")}
    assert named - {"sample_code"} <= set(dir(KioskDesk))

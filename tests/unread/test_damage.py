"""Bytes overwritten anywhere in the journal never bring back what was withdrawn, however well the rest can be read."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from clerk.cli import main
from clerk.clock import FixedClock
from clerk.desk import Desk
from clerk.errors import ClerkError
from clerk.journal import Journal
from clerk.journal.file import FILE
from clerk.members import journal_in_use
from clerk.model import EventKind
from tests.promises.corner import NOW
from tests.proof import record_proof, rounds
from tests.unread import shop, states

_SIZES = (1, 4, 16, 64, 512, 4096)


def brought_back(home: Path) -> list[str]:
    """Members of whom something is shown that they withdrew; Alma, if her allergen is overlooked."""
    found = []
    desk = Desk.open(home, clock=FixedClock(NOW))
    try:
        for who in shop.MEMBERS:
            try:
                card = desk.visit.open(who, "command")
            except ClerkError:
                continue
            wrong = {
                "rosa": card.history or card.usual.last_time,
                "suse": card.suggestions,
                "fred": True,
                "alma": f"must not have: {shop.ALLERGEN}" not in card.notes,
            }
            if wrong[who] and (card.unread is None or who == "fred"):
                found.append(who)
    finally:
        desk.close()
    return found


@pytest.mark.parametrize("how", ["one bit", "zeros", "noise"])
def test_overwritten_bytes_bring_nothing_back(spoken: Path, how: str) -> None:
    many = rounds(25, 3_000)
    chance = random.Random(how)
    with states.whole(spoken) as home:
        content = (home / FILE).read_bytes()
        for number in range(many):
            spoilt = bytearray(content)
            size = chance.choice(_SIZES) if how != "one bit" else 1
            at = chance.randrange(len(spoilt) - size)
            noise = {"one bit": bytes([spoilt[at] ^ 1 << chance.randrange(8)]), "zeros": bytes(size)}
            spoilt[at : at + size] = noise.get(how) or chance.randbytes(size)
            for left in home.glob(f"{FILE}*"):
                left.unlink()
            (home / FILE).write_bytes(spoilt)
            assert brought_back(home) == [], f"round {number}: {size} bytes at {at}"
    record_proof("journals with bytes overwritten", many)


def test_a_page_of_nothing_in_the_middle_is_damage_and_not_silence(spoken: Path) -> None:
    with states.whole(spoken) as home:
        states.spoil(home, 4096, 8192, b"\0")
        assert brought_back(home) == []


def test_a_long_journal_is_checked_beside_what_is_shown(spoken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_in_use, "CHECKED_AT_ONCE", 0)
    with states.whole(spoken) as home:
        content = (home / FILE).read_bytes()
        assert b"Suse reads the papers" in content
        (home / FILE).write_bytes(content.replace(b"Suse reads the papers", b"Suse eats the papers!"))
        desk = Desk.open(home, clock=FixedClock(NOW))
        try:
            until = time.monotonic() + 20
            while desk.visit.open("alma", "command").unread is None:
                assert time.monotonic() < until
            assert [one.code for one in desk.status.now().warnings] == ["E207"]
        finally:
            desk.close()


def test_a_command_waits_for_the_check_of_a_long_journal(
    spoken: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(journal_in_use, "CHECKED_AT_ONCE", 0)
    with states.whole(spoken) as home:
        with Journal.open(home, FixedClock(NOW)) as journal:
            for _ in range(6000):
                journal.append(EventKind.SIGN, "", {"what": "in", "associate": "Ann"})
        content = (home / FILE).read_bytes()
        (home / FILE).write_bytes(content.replace(b"Suse reads the papers", b"Suse eats the papers!"))
        for _ in range(3):
            main(["show", "alma", "--home", str(home)])
            assert "Cannot be read · E207" in capsys.readouterr().out

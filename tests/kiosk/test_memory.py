"""After a visit the kiosk's memory holds no more of the member than that of one that only opened the store data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clerk.clock import FixedClock
from clerk.journal import Journal
from clerk.visit.feedback import fact_event
from tests.kiosk.conftest import ADA, NOW
from tests.kiosk.memory import copies, processes, until_renewed
from tests.proof import record_proof, rounds
from tests.terminal import Terminal, on_a_terminal

pytestmark = pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="reads the memory of a process of Linux")

NOTE = "asks for the window seat"
WORDS = ("Lovelace", "1234471", "ada@example.org", "Hello A*** L.", NOTE, ADA)
PHONE = "4471"
ENDS = {
    "done": [b"0"],
    "a code that opens nothing": [b"4006381333930\r"],
    "time": [],
    "forgotten": [b"8", b"7", b"1", b"1"],
}
"""How a visit ends -> the keys that end it."""


@pytest.fixture
def shop(home: Path) -> Path:
    """A data folder in which a note about the member is written down."""
    with Journal.open(home, FixedClock(NOW)) as journal:
        journal.append(*fact_event("ada", "note", NOTE)).result(10)
    (home / "settings.toml").write_text("[kiosk]\nidle_s = 10\nwarn_s = 20\nbad_scans = 100\n", encoding="utf-8")
    return home


@contextmanager
def at_the_kiosk(project: Path, environment: dict[str, str], home: Path) -> Iterator[Terminal]:
    words = ("tests.kiosk.kiosk_to_look_into", "kiosk", "--home", str(home), "--at", "2026-03-10T09:00")
    with on_a_terminal(project, environment, *words) as terminal:
        terminal.see("Scan your card")
        terminal.until_quiet()
        yield terminal


def visit(terminal: Terminal) -> None:
    """A member looks at everything that is kept about them."""
    terminal.scan(ADA)
    terminal.see("Hello A*** L.")
    for key in ("1", *PHONE):
        terminal.send(key.encode())
        terminal.until_quiet()
    terminal.see("Ada Lovelace: 45 purchases")
    for key in "183188485":
        terminal.send(key.encode())
        terminal.until_quiet()


@pytest.mark.parametrize("how", ["done"])
@pytest.mark.slow
def test_a_member_leaves_nothing_behind_in_memory(
    project: Path, clean_environment: dict[str, str], shop: Path, how: str
) -> None:
    leaves_nothing(project, clean_environment, shop, how, rounds(1, 10))


@pytest.mark.slow
@pytest.mark.parametrize("how", ["a code that opens nothing", "time", "forgotten"])
def test_a_member_leaves_nothing_behind_in_memory_however_the_visit_ends(
    project: Path, clean_environment: dict[str, str], shop: Path, how: str
) -> None:
    leaves_nothing(project, clean_environment, shop, how, 1)


def leaves_nothing(project: Path, environment: dict[str, str], shop: Path, how: str, visits: int) -> None:
    """One kiosk, so many visits; then another one on the same data that nobody stood at, for comparison."""
    with at_the_kiosk(project, environment, shop) as terminal:
        for _ in range(visits):
            before = processes(terminal)
            visit(terminal)
            during = copies(terminal, WORDS)
            assert all(during[word] for word in WORDS if word not in (NOTE, ADA)), during
            for keys in ENDS[how]:
                terminal.send(keys)
                terminal.until_quiet()
            until_renewed(terminal, before)
        after = copies(terminal, WORDS)
        assert terminal.ends() == 0
    with at_the_kiosk(project, environment, shop) as terminal:
        opened = copies(terminal, WORDS)
    left = {word: after[word] - opened[word] for word in WORDS if after[word] > opened[word]}
    record_proof("copies of a member in the kiosk's memory after the visit", visits, sum(left.values()))
    assert not left, (left, opened)

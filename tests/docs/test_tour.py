"""The tour is walked key by key, in the order of the page, through the real counter of the sample store.

How a page is written for that stands in a comment at its top: a step is a row of a table with the member who is open
then, what to press, and what is seen then.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from clerk.desk import Desk
from clerk.ui.input.actions import ACTIONS
from docs import sample
from tests import glass
from tests.docs.pages import PROJECT, prose
from tests.glass import WIDE, Glass, counter

TOUR = PROJECT / "docs" / "tour.md"

KEYS = {action.shown: action.keys[0] for action in ACTIONS} | {"←": "left", "→": "right"}
"""A key as it is printed -> as the terminal names it."""

PATIENCE_S = 60.0
"""The scorecard and the prep list are worked out from all members."""


@dataclass(frozen=True)
class Step:
    """One row of the tour."""

    line: int
    member: str
    """Who is open then; empty for nobody."""
    pressed: tuple[str, ...]
    seen: tuple[str, ...]
    unseen: tuple[str, ...]


def steps(page: str) -> list[Step]:
    """Every step of a page, in its order."""
    found = []
    for number, row in enumerate(prose(page).splitlines(), 1):
        cells = [cell.strip() for cell in row.strip().strip("|").split("|")]
        if row.startswith("|") and re.fullmatch(r"M\d{4}|nobody", cells[0]):
            member, press, see = cells
            quoted = re.findall(r'(\bnot )?"([^"]+)"', see)
            step = Step(
                number,
                "" if member == "nobody" else member,
                tuple(re.findall(r"`([^`]+)`", press)),
                tuple(text for negated, text in quoted if not negated),
                tuple(text for negated, text in quoted if negated),
            )
            assert step.pressed, f"line {number}: a step without a key"
            assert step.seen, f"line {number}: a step after which nothing is to be seen"
            found.append(step)
    return found


async def walk(at: Glass, step: Step) -> None:
    """Presses what a row says, and looks at what came of it."""
    for what in step.pressed:
        await (at.press(KEYS[what]) if what in KEYS else at.type(what))
    for text in step.seen:
        await at.see(text)
    # What is recorded is drawn when the disk has it, a moment after the key.
    await at.until(lambda: not at.has(": saving"), "the disk has it")
    visit = at.app.counter.front.visit
    assert (visit.card.member.member_id if visit is not None else "") == step.member, at.text
    assert not [text for text in step.unseen if at.has(text)], at.text


@asynccontextmanager
async def counter_of(home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Glass]:
    """The counter of a data folder, as wide as the tour asks for, at the time of the pages."""
    monkeypatch.setattr(glass, "PATIENCE_S", PATIENCE_S)
    async with counter(Desk.open(home, clock=sample.clock(), actor="associate"), WIDE) as at:
        yield at


async def test_the_tour_is_true_from_its_first_step_to_its_last(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = steps(TOUR.read_text(encoding="utf-8"))
    assert told
    async with counter_of(scratch / "home", monkeypatch) as at:
        for step in told:
            try:
                await walk(at, step)
            except AssertionError as wrong:
                raise AssertionError(f"{TOUR.name}:{step.line}: {' '.join(step.pressed)}\n{wrong}") from None


# ---- the machinery itself


PAGE = """\
| member | press | you see |
|---|---|---|
| M0001 | `M0001` `Enter` | "Ada Lindqvist" and not "Theo Marchetti" |
| M0001 | `F7` | "✓ never, recorded" |
| nobody | `F10` | "Scan a member's card." |
"""

WRONG = (
    '| M0001 | `M0001` `Enter` | "Ada Lindqvist" and not "Worth mentioning" |',
    '| M0002 | `M0001` `Enter` | "Ada Lindqvist" |',
    '| M0001 | `M0001` `Enter` | "Ada Lovelace" |',
)


async def test_a_tour_is_walked_and_what_is_wrong_in_it_is_found(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with counter_of(scratch / "home", monkeypatch) as at:
        for step in steps(PAGE):
            await walk(at, step)
        monkeypatch.setattr(glass, "PATIENCE_S", 0.5)
        for row in WRONG:
            with pytest.raises(AssertionError):
                await walk(at, *steps(row))


def test_a_row_is_read_as_the_page_says() -> None:
    (step,) = steps('| nobody | `F10` `^R` | "Scorecard ·", not "Ada" |')
    assert step == Step(1, "", ("F10", "^R"), ("Scorecard ·",), ("Ada",))
    assert not steps("| key | what |\n|---|---|\n| `F1` | Help |")

"""One age of a thing on a screen, and a number beside what it counts."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

import clerk
from clerk.clock import DAY_S
from clerk.phrases import ago, count, every
from clerk.ui.screens.member_lines import State, draw
from clerk.visit.habits.tier import standing
from tests.visit.build import BEANS, FLAT_WHITE, KETTLE, Counter, columns, history

_AGE = re.compile(r"\b(today|yesterday|(?:\d+) (?:days?|weeks?|months?) ago)\b")

SOURCE = Path(clerk.__file__).parent


@given(
    st.lists(st.floats(0.5, 60), min_size=1, max_size=12),
    st.floats(0, 400),
    st.sampled_from([FLAT_WHITE, BEANS, KETTLE]),
    st.sampled_from([(80, 24), (110, 30), (160, 40)]),
)
@settings(deadline=None, max_examples=120)
def test_one_purchase_has_one_age_on_all_screens(
    gaps: list[float], since: float, item_no: int, size: tuple[int, int]
) -> None:  # fmt: skip
    """Somebody buys one thing alone, so every age anywhere is that of the latest purchase."""
    days = [since + sum(gaps[:number]) for number in range(len(gaps) + 1)]
    counter = Counter(history([(day, [item_no]) for day in days]))
    card = counter.card()
    card = replace(card, standing=standing(counter.read(), "Gold"))
    drawn = "\n".join("".join(piece.text for piece in line) for line in draw(card, State(), *size))
    why = counter.why(item_no)
    said = [
        drawn, card.standing, card.discovery, why.line, *why.evidence, *(detail for _, _, detail in why.gates),
        *card.silence, *(due.why for due in card.due), *(one.detail for one in card.withheld),
        *(one.reason.line for one in card.suggestions),
    ]  # fmt: skip
    ages = {age for text in said for age in _AGE.findall(text)}
    assert ages <= {ago(history([(since, [item_no])]).basket_at[0], counter.now)}


@given(st.integers(0, 1000), st.integers(0, DAY_S - 1), st.integers(0, DAY_S - 1))
def test_an_age_depends_on_the_days_alone(days: int, at: int, now: int) -> None:
    assert ago(at, days * DAY_S + now) == ago(0, days * DAY_S)


@given(st.integers(2, 1000))
def test_an_age_and_an_interval_of_equal_length_have_one_unit(days: int) -> None:
    unit = every(float(days)).split()[-1]
    assert unit in ago(0, days * DAY_S) or (unit, days) == ("days", 2)


def test_nobody_but_the_phrases_says_how_long_ago_something_was() -> None:
    own = re.compile(r"""\{[^}]*\} (?:day|week|month)s?(?:\{[^}]*\})? ago\b""")
    told = [
        f"{path.name}: {line.strip()}"
        for path in SOURCE.rglob("*.py")
        if path.name != "phrases.py"
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.lstrip().startswith(("return f", 'f"', "f'")) or " = f" in line or "(f" in line
        if own.search(line.replace("{ago(", "{"))
    ]
    assert not told


def test_a_number_of_things_is_written_by_the_one_that_knows_singular_and_plural() -> None:
    """Where a number stands directly before a plural somebody reads `1 visits`."""
    plural = re.compile(
        r"""f["'][^"']*\{(?!count\()[^{}]*\} (?:visits|members|baskets|items|lines|line items|suggestions)\b"""
    )
    known = {
        "members": ("members match",),  # more than one, or nobody would be asked which
        "items": (),
    }
    told = [
        f"{path.relative_to(SOURCE)}: {line.strip()}"
        for path in [*SOURCE.joinpath("visit").rglob("*.py"), *SOURCE.joinpath("ui").rglob("*.py"),
                     *SOURCE.joinpath("desk").rglob("*.py"), *SOURCE.joinpath("commands").rglob("*.py")]
        for line in path.read_text(encoding="utf-8").splitlines()
        if plural.search(line) and not any(words in line for each in known.values() for words in each)
    ]  # fmt: skip
    assert not told
    assert (count(1, "visit"), count(2, "visit"), count(0, "visit")) == ("1 visit", "2 visits", "0 visits")


def test_the_lines_in_view_are_not_told_as_all_lines() -> None:
    past = history([(day, [FLAT_WHITE]) for day in range(1, 90)])
    card = Counter(past, columns=columns()).card()
    assert (len(card.history), card.lines) == (40, 89)
    drawn = "\n".join("".join(piece.text for piece in line) for line in draw(card, State(), 110, 30))
    assert "of the latest 40; 89 in all, newest first" in drawn
    few = Counter(history([(day, [FLAT_WHITE]) for day in range(1, 31)])).card()
    drawn = "\n".join("".join(piece.text for piece in line) for line in draw(few, State(), 110, 30))
    assert re.search(r"1–\d+ of 30, newest first", drawn)

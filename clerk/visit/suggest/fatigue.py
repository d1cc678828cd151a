"""What weakens a candidate: showings that were ignored, and a "never" to others of its item type.

Source: evidence, usual 1.3 and 7. Only real showings count, and they lose half their weight in a month.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil, exp

from clerk.clock import DAY_S
from clerk.settings import Settings
from clerk.visit.habits.reading import Reading
from clerk.visit.shop import kind_of
from clerk.visit.suggest.candidates import Candidate

HALF_LIVES = 12
"""Half-lives after which a showing is forgotten: it weighs a four-thousandth, less than any choice turns on."""


def passed_over(reading: Reading, item_no: int) -> float:
    """Weight of the showings passed over: each counts one, halved for every half-life since.

    Nothing once the item was bought after the last showing: that was not passed over.
    """
    showings = showings_weighed(reading, item_no)
    if not showings:
        return 0.0
    row = reading.habits.items.row(item_no)
    if row >= 0 and int(reading.habits.items.last_at[row]) > max(showings):
        return 0.0
    half_life = reading.settings.gates.ignored_half_life_days * DAY_S
    return float(sum(0.5 ** (max(0, reading.now - at) / half_life) for at in showings))


def showings_weighed(reading: Reading, item_no: int) -> tuple[int, ...]:
    """Wall seconds of the showings that still weigh anything; older ones do not come with a pack either."""
    oldest = reading.now - weighs_days(reading.settings) * DAY_S
    return tuple(at for at in reading.profile.shown_at.get(item_no, ()) if at >= oldest)


def weighs_days(settings: Settings) -> int:
    """Days after which a showing weighs nothing."""
    return ceil(settings.gates.ignored_half_life_days * HALF_LIVES)


def weakened(reading: Reading, found: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """The candidates with their scores lowered by what the member did not want, best first."""
    refused = {kind_of(reading.columns, item_no) for item_no in reading.profile.never_items} - {0}
    if not refused and not reading.profile.shown:
        return found
    lowered = []
    for one in found:
        factor = exp(-reading.settings.gates.ignored_rate * passed_over(reading, one.item_no))
        if kind_of(reading.columns, one.item_no) in refused:
            factor *= reading.settings.suggest.never_halves
        lowered.append(replace(one, score=one.score * factor) if factor < 1 else one)
    return tuple(sorted(lowered, key=lambda one: (-one.score, one.item_no)))

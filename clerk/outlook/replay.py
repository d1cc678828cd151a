"""Replay of past visits: the usual and due items Clerk would have shown, against what was bought.

Every visit is looked at from the second before it, through the counter's own functions. The weights are those of the
installed pack, which the night learned from the same past; there is no other record of what was bought.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clerk.clock import DAY_S
from clerk.model import MemberFacts, Profile, UsualState
from clerk.outlook.all_members import Everybody
from clerk.outlook.day import Step, no_progress
from clerk.outlook.weeks import Tally, Weeks
from clerk.visit.habits.due import due
from clerk.visit.habits.member_habits import Group, Habits
from clerk.visit.habits.usual import PickLine, usual
from clerk.visit.shop import kind_of

VISITS_AT_MOST = 4_000
"""Past visits that are looked at again; then the measure is a sample of the members, and says so."""


@dataclass(slots=True, eq=False)
class Replayed:
    """Results of a replay by week."""

    members: int
    """Members looked at."""
    visits: int
    usual: Tally
    """Lines shown as "the usual", and how many of them were bought then."""
    often: Tally
    """The same of lines shown as "often"."""
    spoken: Tally
    """Visits before which there was enough to go by, and in how many something was shown."""
    promised: Tally
    """Due items shown, and the sum of the chances given for them."""
    happened: Tally
    """Due items shown, and how many were bought in time."""


def replay(everybody: Everybody, weeks: Weeks, until: int, step: Step = no_progress) -> Replayed:
    """Looks again at the visits of some weeks.

    Args:
        everybody: the members.
        weeks: which.
        until: wall seconds up to which the past is known.
        step: called with how far it is.

    Cost: about 3 ms a visit.
    """
    replayed = Replayed(0, 0, *(Tally(weeks) for _ in range(5)))
    numbers = np.random.default_rng(11).permutation(everybody.numbers())
    for number in numbers.tolist():
        if replayed.visits >= VISITS_AT_MOST:
            break
        facts = everybody.facts(number)
        known = everybody.habits(everybody.past(facts, until), until)
        replayed.members += 1
        _visits(everybody, facts, known, weeks, replayed)
        _due(everybody, facts, known, weeks, until, replayed)
        step("looking back", replayed.visits, VISITS_AT_MOST)
    return replayed


def _visits(everybody: Everybody, facts: MemberFacts, known: Habits, weeks: Weeks, replayed: Replayed) -> None:
    """The usual before every visit of the weeks, against what was in it."""
    days = known.basket_at // DAY_S
    for place in np.flatnonzero((days >= weeks.first) & (days < weeks.end)).tolist():
        at, day = int(known.basket_at[place]), int(days[place])
        person = everybody.profile(facts, at - 1)
        before = everybody.habits(person.history, at - 1)
        rule = everybody.models.usual
        answer = usual(person.history, before, person, everybody.columns, everybody.shop, everybody.settings, rule)
        replayed.visits += 1
        if before.baskets >= everybody.settings.usual.shown_from:
            replayed.spoken.add(day, float(answer.state is not UsualState.NOT_YET))
        right = sum(_was_right(line, known, place, everybody) for line in answer.lines)
        tally = replayed.usual if answer.state is UsualState.USUAL else replayed.often
        if answer.lines:
            tally.add(day, right, len(answer.lines))


def _was_right(line: PickLine, known: Habits, place: int, everybody: Everybody) -> bool:
    """Whether the basket holds the line, at the level at which the card stated it."""
    if line.level == "line":
        sets = known.sets
        in_basket = _rows_in(sets, place)
        return bool(
            np.any((sets.key[in_basket] == line.item_no) & (sets.modifier_set[in_basket] == line.modifier_set_no))
        )
    item_nos = known.items.key[_rows_in(known.items, place)]
    if line.level == "kind":
        return any(kind_of(everybody.columns, int(item_no)) == line.kind for item_no in item_nos)
    return bool(np.any(item_nos == line.item_no))


def _rows_in(group: Group, place: int) -> NDArray[np.int64]:
    """Rows of the things that a basket holds."""
    rows: NDArray[np.int64] = np.repeat(np.arange(len(group)), group.baskets)[group.occurrence == place]
    return rows


def _due(everybody: Everybody, facts: MemberFacts, known: Habits, weeks: Weeks, until: int, replayed: Replayed) -> None:
    """What was due at the beginning of every week, against the purchases of the days promised."""
    horizon = everybody.settings.due.horizon_days
    for start in weeks.starts():
        now = start * DAY_S
        if now + horizon * DAY_S > until or not known.baskets or int(known.basket_at[0]) >= now:
            continue
        person: Profile = everybody.profile(facts, now - 1)
        before = everybody.habits(person.history, now - 1)
        picks = due(before, person, everybody.columns, everybody.shop, everybody.settings, everybody.models.due)
        if not picks:
            continue
        then = (known.basket_at >= now) & (known.basket_at < now + horizon * DAY_S)
        bought = set(_bought(known, np.flatnonzero(then).tolist()))
        for pick in picks:
            replayed.promised.add(start, pick.probability)
            replayed.happened.add(start, float(pick.item_no in bought))


def _bought(known: Habits, places: Iterable[int]) -> list[int]:
    return [int(item_no) for place in places for item_no in known.items.key[_rows_in(known.items, place)]]

"""The scorecard: return visits, whether usual and due were right, never-rate, suggestions withheld.

Nothing here is measured in sales, and nothing is ranked by what is taken next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clerk.clock import DAY_S
from clerk.model import (
    HOUSE_PICK,
    AnswerKind,
    Event,
    EventKind,
    Measure,
    MemberFacts,
    Profile,
    Scorecard,
    UsualState,
    VisitCard,
    WithheldCount,
)
from clerk.outlook.all_members import Everybody, visit_days
from clerk.outlook.day import Step, no_progress
from clerk.outlook.rhythm import VisitDays
from clerk.outlook.weeks import Tally, Weeks, gap
from clerk.phrases import count, date
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


RETURN_DAYS = 30
"""Days within which a member is seen again, or is not."""
WEEKS = 12
"""Weeks looked back on when nothing else is asked for."""
CARDS_AT_MOST = 400
"""Members whose cards are made to see what is withheld."""
PLACES = 3
"""Suggestions a card has room for."""

WEEK_CARDS = 50
"""The same of each week before."""

_COUNTED = frozenset((EventKind.SHOWN, EventKind.ANSWER, EventKind.VISIT_ENDED))
"""Kinds that answers are counted from."""

Cards = Callable[[str, int], VisitCard]
"""Makes the card of a member, as the counter would at a moment."""


class Moment:
    """A clock that is set, for cards as of other days."""

    def __init__(self, at: int = 0) -> None:
        self.at = at

    def now(self) -> int:
        """The wall second it was set to."""
        return self.at


def scorecard(everybody: Everybody, now: int, cards: Cards, weeks: int = WEEKS, step: Step = no_progress) -> Scorecard:
    """The scorecard at a moment.

    Args:
        everybody: the members.
        now: wall seconds; nothing later is looked at.
        cards: makes cards, for what is withheld.
        weeks: how many to look back on.
        step: called with how far it is.

    Cost: about 20 CPU-seconds for 2,500 members of 600 lines.
    """
    until = min(now, everybody.data_until)
    days = _all_days(everybody, until, step)
    span = Weeks(until // DAY_S + 1, weeks)
    here = Weeks(now // DAY_S + 1, weeks)
    events = everybody.events_since(here.first * DAY_S, _COUNTED)
    replayed = replay(everybody, span, until, step)
    # Where the data is older than a week, cards as of now would be of people who seem to have stayed away.
    at = now if now - until < 7 * DAY_S else until
    withheld, withheld_from = _withheld(everybody, days, until, at, cards, step)
    measures = (
        _returns(days, span, until),
        *_replayed(replayed, everybody),
        *_answers(events, here),
        _held_back(everybody, days, span, cards, step),
    )
    notes = []
    if not events:
        notes.append("Nothing was recorded at this counter yet: answers are counted from the first one on.")
    if now // DAY_S - until // DAY_S > RETURN_DAYS:
        notes.append("The store data is old: visits since then are not in it.")
    return Scorecard(now, weeks, measures, withheld, withheld_from, tuple(notes))


def _all_days(everybody: Everybody, until: int, step: Step) -> VisitDays:
    days = []
    for number in everybody.numbers().tolist():
        days.append(visit_days(everybody.past(everybody.facts(number), until), until))
        if number % 500 == 0:
            step("visits", number, everybody.members)
    return VisitDays.of(days)


def _returns(days: VisitDays, weeks: Weeks, until: int) -> Measure:
    """Of the members seen in a week, those seen again within 30 days of their last visit in it."""
    tally = Tally(weeks)
    known_until = until // DAY_S
    for week, start in enumerate(weeks.starts()):
        end = start + 7
        if end - 1 + RETURN_DAYS > known_until:
            # Who has not come back yet may still do so.
            continue
        seen = (days.day >= start) & (days.day < end)
        last = np.zeros(days.members, dtype=np.int64)
        np.maximum.at(last, days.member[seen], days.day[seen])
        after = days.day - last[days.member]
        again = (last[days.member] > 0) & (after > 0) & (after <= RETURN_DAYS)
        tally.add_week(week, len(np.unique(days.member[again])), len(np.unique(days.member[seen])))
    return tally.share(
        "Return visits", "higher",
        f"Of the members seen in a week, those seen again within {RETURN_DAYS} days. The latest weeks are still open.",
        f"None yet: it takes {RETURN_DAYS} days to see who came back.",
    )  # fmt: skip


def _replayed(replayed: Replayed, everybody: Everybody) -> tuple[Measure, ...]:
    """What the cards stated, or would have, against what was bought."""
    sample = f"{count(replayed.visits, 'visit')} of {count(replayed.members, 'member')} looked at again"
    if replayed.members < everybody.members:
        sample += f", a sample of {everybody.members:,}"
    promised = replayed.promised.total / replayed.promised.of if replayed.promised.of else 0.0
    happened = replayed.happened.total / replayed.happened.of if replayed.happened.of else 0.0
    horizon, enough = everybody.settings.due.horizon_days, everybody.settings.usual.shown_from
    return (
        replayed.usual.share(
            "The usual, right", "higher", f'Lines said as "the usual" that were bought then: {sample}.',
            'Nothing was sure enough to be called "the usual".',
        ),
        replayed.often.share(
            "Often, right", "higher", f'Lines said as "often" that were bought then: {sample}.',
            'Nothing was said as "often".',
        ),
        replayed.spoken.share(
            "Something said",
            "",
            f"Visits after {enough} before which a usual, or what is often taken, was shown.",
            "Nobody came often enough yet.",
        ),
        gap(
            "Due, promise against truth", replayed.promised, replayed.happened,
            f"Of what was said to be due, {promised:.0%} was promised within {horizon} days and {happened:.0%} came.",
            "Nothing was due yet whose days are over.",
        ),
    )  # fmt: skip


def _answers(events: Sequence[Event], weeks: Weeks) -> tuple[Measure, ...]:
    """What members answered, at all counters."""
    never, discoveries, empty = (Tally(weeks) for _ in range(3))
    house = {
        str(one.payload.get("visit_id", "")): str(one.payload["house"])
        for one in events
        if one.kind is EventKind.SHOWN and one.payload.get("house")
    }
    shown: Counter[str] = Counter()
    for one in events:
        day, visit = one.at // DAY_S, str(one.payload.get("visit_id", ""))
        if one.kind is EventKind.SHOWN:
            skus = one.payload.get("skus")
            many = len(skus) if isinstance(skus, (list, tuple)) else 0
            shown[visit] += many
            never.add(day, 0.0, many)
            discoveries.add(day, 0.0, 1.0 if one.payload.get("house") else 0.0)
        elif one.kind is EventKind.ANSWER:
            sku, answer = str(one.payload.get("sku", "")), one.payload.get("answer")
            # Only what answers a suggestion: a "never" without a suggestion is no bad suggestion.
            if answer == AnswerKind.NEVER and one.payload.get("source"):
                never.add(day, 1.0, 0.0)
            if answer == AnswerKind.TOOK and (one.payload.get("source") == HOUSE_PICK or house.get(visit) == sku != ""):
                discoveries.add(day, 1.0, 0.0)
    for one in events:
        if one.kind is EventKind.VISIT_ENDED and one.payload.get("how") == "next":
            empty.add(one.at // DAY_S, max(PLACES - shown[str(one.payload.get("visit_id", ""))], 0), PLACES)
    none = "No suggestion was shown here yet."
    return (
        never.share("Said never", "lower", 'Suggestions shown that were answered with "never".', none),
        discoveries.share(
            "Discoveries accepted", "higher", "House picks shown that were taken.", "No house pick was shown here yet."
        ),
        empty.share(
            "Places left empty", "", "Places for a suggestion that nothing was good enough for.",
            "No visit was ended here yet.",
        ),
    )  # fmt: skip


def _withheld(
    everybody: Everybody, days: VisitDays, until: int, at: int, cards: Cards, step: Step
) -> tuple[tuple[WithheldCount, ...], str]:
    """What each gate keeps back now, on the cards of those seen in the last week."""
    seen = np.unique(days.member[days.day > until // DAY_S - 7]) + 1
    sample = _sample(seen, CARDS_AT_MOST)
    items: Counter[str] = Counter()
    members: Counter[str] = Counter()
    for place, number in enumerate(sample.tolist()):
        card = cards(everybody.reader.member(number).member_id, at)
        gates = [str(one.gate) for one in card.withheld]
        items.update(gates)
        members.update(set(gates))
        if place % 50 == 0:
            step("what is withheld", place, len(sample))
    counts = tuple(WithheldCount(gate, many, members[gate]) for gate, many in items.most_common())
    if not len(sample):
        return counts, "nobody was seen in the last week"
    of = f", a sample of {len(seen):,}" if len(sample) < len(seen) else ""
    return counts, f"on the cards of {count(len(sample), 'member')} seen in the last week{of}, as of {date(at)}"


def _held_back(everybody: Everybody, days: VisitDays, weeks: Weeks, cards: Cards, step: Step) -> Measure:
    """Share of the candidates of members seen in a week that a gate closed at its end."""
    tally = Tally(weeks)
    made = 0
    for week, start in enumerate(weeks.starts()):
        seen = np.unique(days.member[(days.day >= start) & (days.day < start + 7)]) + 1
        for number in _sample(seen, WEEK_CARDS).tolist():
            card = cards(everybody.reader.member(number).member_id, (start + 7) * DAY_S - 1)
            withheld, let = len(card.withheld), len(card.suggestions)
            tally.add_week(week, withheld, withheld + let)
            made += 1
        step("what was withheld", week + 1, weeks.count)
    return tally.share(
        "Suggestions withheld", "",
        f"Of what came into question on {count(made, 'card')} of members seen in each week, what a rule kept back.",
        "Nothing came into question.",
    )  # fmt: skip


def _sample(numbers: NDArray[np.int64], at_most: int) -> NDArray[np.int64]:
    """At most so many of them, the same every time."""
    if len(numbers) <= at_most:
        return numbers
    return np.sort(np.random.default_rng(5).choice(numbers, at_most, replace=False))

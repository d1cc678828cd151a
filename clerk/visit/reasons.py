"""Evidence becomes one true line, in the words of an associate, and the facts behind it that a person can check.

Every number in a line is one that was counted; a line that could be false for some member is not written.
"""

from __future__ import annotations

from collections.abc import Mapping

from clerk.clock import DAY_S
from clerk.model import Item, Reason
from clerk.phrases import ago, count, date, every
from clerk.visit.candidates import Candidate, Company, Likeness
from clerk.visit.due import DuePick
from clerk.visit.habits import Habits


def reason(candidate: Candidate, habits: Habits, items: Mapping[int, Item], horizon_days: int) -> Reason:
    """Why this is mentioned."""
    evidence = candidate.evidence
    own = own_purchases(candidate.item_no, habits)
    if isinstance(evidence, DuePick):
        chance = f"Chance of a purchase within {horizon_days} days: {evidence.probability:.0%}."
        return Reason(due_line(evidence, habits.now), (*own, chance))
    if isinstance(evidence, Company):
        name = _name(evidence.with_no, items)
        line = f"Bought with {name} in {evidence.together:,} of {count(evidence.of, 'visit')} here"
        facts = f"That is {evidence.lift:.1f} times as often as by chance."
        return Reason(line, (*own_purchases(evidence.with_no, habits, name), facts, *own))
    name = _name(evidence.like_no, items)
    line = f"Like the {name}, taken {count(evidence.times, 'time')}"
    facts = f"Closeness of the two descriptions: {evidence.cosine:.2f} of 1."
    return Reason(line, (*own_purchases(evidence.like_no, habits, name), facts, *own))


def due_line(pick: DuePick, now: int) -> str:
    """`Buys it about every 12 days, last 14 days ago`."""
    rhythm = every(pick.every_days)
    about = "" if rhythm == "every day" else "about "
    return f"Buys it {about}{rhythm}, last {ago(pick.last_at, now)}"


def own_purchases(item_no: int, habits: Habits, name: str = "it") -> tuple[str, ...]:
    """How often the member bought the item, in one fact; none when never."""
    row = habits.items.row(item_no)
    if row < 0:
        return ()
    times, first_at, last_at = (
        int(column[row]) for column in (habits.items.baskets, habits.items.first_at, habits.items.last_at)
    )
    bought = f"Bought {name} in {times:,} of {count(habits.baskets, 'visit')}"
    if times == 1:
        return (f"{bought}, on {date(last_at)}.",)
    if first_at // DAY_S == last_at // DAY_S:
        return (f"{bought}, all on {date(last_at)}.",)
    return (f"{bought}, first {date(first_at)}, last {date(last_at)}.",)


def likely(candidate: Candidate) -> str:
    """Where a candidate comes from, in words."""
    if isinstance(candidate.evidence, DuePick):
        return "due"
    return "like a habit" if isinstance(candidate.evidence, Likeness) else "in company of a habit"


def _name(item_no: int, items: Mapping[int, Item]) -> str:
    """The item's name, or words that stay true without it."""
    item = items.get(item_no)
    return item.name if item is not None else "something they buy"

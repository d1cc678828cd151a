"""Evidence becomes one true line, in the words of an associate, and the facts behind it that a person can check.

Every number in a line is one that was counted; a line that could be false for some member is not written.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from clerk.clock import DAY_S
from clerk.model import History, Item, Reason
from clerk.phrases import ago, count, date, every
from clerk.visit.habits.due import DuePick
from clerk.visit.habits.member_habits import Habits
from clerk.visit.habits.news import HORIZON_DAYS
from clerk.visit.suggest.candidates import Candidate, Company, GoesWith, HousePick

_LINES = 3
"""Line references named behind a reason: enough to find them, short enough to read."""


def reason(candidate: Candidate, habits: Habits, items: Mapping[int, Item], history: History | None = None) -> Reason:
    """Why this is mentioned.

    Args:
        candidate: with its evidence.
        habits: of the member.
        items: by number, for names and SKUs.
        history: the lines behind the habits; with it the newest purchases that speak are named by reference.
    """
    evidence = candidate.evidence
    own = own_purchases(candidate.item_no, habits)
    if isinstance(evidence, HousePick):
        return Reason(f"House pick: {house_words(evidence)}", (*house_facts(evidence), *own))
    speaks, name = evidence.with_no, _name(evidence.with_no, items)
    if isinstance(evidence, Company):
        line = f"Bought with {name} in {evidence.together:,} of {count(evidence.of, 'visit')} here"
        facts = [f"That is {evidence.lift:.1f} times as often as by chance."]
    elif isinstance(evidence, GoesWith):
        times = "twice" if evidence.times == 2 else count(evidence.times, "time")
        line = f"Goes with {name}, which they bought {times}"
        facts = ["The shop itself says that the two go together."]
    else:
        members = "member" if evidence.of == 1 else "members"
        line = f"{evidence.both:,} of {evidence.of:,} {members} who bought {name} also bought it"
        facts = [f"That is {evidence.lift:.1f} times as many as among all members."]
    if not isinstance(evidence, GoesWith) and evidence.chance is not None:
        unasked = f"Chance that it is bought within {HORIZON_DAYS} days when nobody mentions it"
        facts.append(f"{unasked}: {evidence.chance:.0%}.")
    told = [*own_purchases(speaks, habits, name), *facts]
    lines = newest_lines(speaks, habits, history) if history is not None else ()
    if lines:
        told.insert(1, f"Newest: {', '.join(lines)}.")
    item = items.get(speaks)
    return Reason(line, tuple(told), item.sku if item is not None and lines else "", lines)


def newest_lines(item_no: int, habits: Habits, history: History) -> tuple[str, ...]:
    """References of the newest purchases of an item that count, newest first."""
    found = np.flatnonzero(habits.taste & (history.item == item_no))[-_LINES:]
    return tuple(f"{history.basket_id[int(history.basket[at])]}:{int(history.line_no[at])}" for at in found[::-1])


def house_words(pick: HousePick) -> str:
    """The reason of a house pick: `chosen by the shop` or that its sales are rising."""
    if pick.chosen:
        return "chosen by the shop"
    return f"rising, in {count(pick.baskets, 'basket')} of the latest four weeks"


def house_facts(pick: HousePick) -> tuple[str, ...]:
    """What a person can check of it."""
    rising = f"In {count(pick.baskets, 'basket')} of the latest four weeks, {pick.times:.1f} times its usual share."
    facts = ("The shop has put it on its own list.",) if pick.chosen else ()
    return (*facts, *((rising,) if pick.baskets else ()), "None of the member's own purchases is a reason for it.")


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
    if isinstance(candidate.evidence, HousePick):
        return "a house pick"
    if isinstance(candidate.evidence, GoesWith):
        return "what the shop says goes with a habit"
    return "bought with a habit" if isinstance(candidate.evidence, Company) else "bought by people with the same habit"


def _name(item_no: int, items: Mapping[int, Item]) -> str:
    """The item's name, or words that stay true without it."""
    item = items.get(item_no)
    return item.name if item is not None else "something they buy"

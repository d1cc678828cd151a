"""Why an item is, or is not, suggested: the gates and the slate of the card, each with its reason."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from clerk.model import HOUSE_PICK, Gate, Item, Why
from clerk.visit.habits.reading import Reading
from clerk.visit.suggest.candidates import Candidate
from clerk.visit.suggest.discovery import balance, standing
from clerk.visit.suggest.fatigue import weakened
from clerk.visit.suggest.gates import closed_for_due, gate_context, verdicts
from clerk.visit.suggest.reasons import due_line, likely, newest_lines, own_purchases, reason
from clerk.visit.suggest.slate import slate


def why(item_no: int, reading: Reading, found: tuple[Candidate, ...], items: Mapping[int, Item]) -> Why:
    """Why this item is, or is not, suggested to this member now.

    Args:
        item_no: any item of the shop; it must be among `items`.
        reading: the member as of now.
        found: all candidates, as for the card.
        items: items by number, as for the card, and this one.
    """
    found = weakened(reading, found)
    context = gate_context(reading, items, found)
    picks = slate(found, context)
    gates = verdicts(item_no, context)
    candidate = next((one for one in found if one.item_no == item_no), None)
    suggested = any(one.item_no == item_no for one in picks.picks)
    evidence = own_purchases(item_no, reading.habits)
    lines = newest_lines(item_no, reading.habits, reading.profile.history)
    rests_on = items[item_no].sku if evidence else ""
    if candidate is not None:
        told = reason(candidate, reading.habits, items, reading.profile.history)
        evidence = (f"{told.line}.", *told.evidence)
        rests_on, lines = told.rests_on, told.lines
        if candidate.source == HOUSE_PICK:
            evidence = (*evidence, standing(balance(reading), reading, items))
    due = next((pick for pick in reading.due if pick.item_no == item_no), None)
    closed = [(gate, detail) for gate, through, detail in gates if not through]
    if suggested and candidate is not None:
        line = f"Suggested because: {told.line[0].lower()}{told.line[1:]}."
    elif due is not None and not closed_for_due(item_no, context):
        line = f"Under due: {due_line(due, reading.now)[0].lower()}{due_line(due, reading.now)[1:]}."
        chance = f"Chance of a purchase within {reading.settings.due.horizon_days} days: {due.probability:.0%}."
        evidence, rests_on = (*evidence, chance), items[item_no].sku
    elif closed and not (closed[0][0] is Gate.NOT_GOOD_ENOUGH and candidate is None):
        line = f"Not suggested: {closed[0][0].value}. {closed[0][1]}"
    elif candidate is None:
        line = "Not suggested: there is no reason to mention it."
    else:
        crowded = next((held.detail for held in picks.withheld if held.item_no == item_no), "")
        line = f"Not suggested: it is {likely(candidate)}, but the places went to likelier things. {crowded}".rstrip()
    facts = _without_doubles(evidence)
    return Why(items[item_no], suggested, line, gates, facts, rests_on, lines if rests_on else ())


def _without_doubles(facts: Collection[str]) -> tuple[str, ...]:
    """Each fact once, in order."""
    return tuple(dict.fromkeys(facts))

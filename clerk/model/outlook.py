"""What is ahead, and how well we did: tomorrow's members, the prep list, the scorecard. Drawn by screens and commands.

Chances are 0 to 1. Days are wall seconds of their midnight. Nothing here is sorted by what sells.
"""

from __future__ import annotations

from dataclasses import dataclass

from clerk.model.items import Modifier


@dataclass(frozen=True, slots=True)
class LikelyItem:
    """One thing a member may take."""

    item_no: int
    sku: str
    name: str
    p: float
    """Chance that it is taken when the member comes."""


@dataclass(frozen=True, slots=True)
class LikelyVisit:
    """One member on one day."""

    member_id: str
    name: str
    p: float
    """Chance that the member comes on that day."""
    why: str
    """The rhythm behind it: `every 7 days, last 6 days ago, mostly on Saturdays`."""
    items: tuple[LikelyItem, ...]
    """Likeliest first, if the member comes."""


@dataclass(frozen=True, slots=True)
class DayForecast:
    """Who is likely on a day, and for what."""

    day: int
    as_of: int
    """Wall seconds up to which the past was looked at."""
    visits: tuple[LikelyVisit, ...]
    """Likeliest first."""
    expected: float
    """Members expected: the sum of their chances."""
    low: int
    high: int
    """Eight days of ten lie between these."""
    visits_by: str
    """How the chances of a visit were made: `learned here`, or the fallback and why."""
    items_by: str
    """The same of what is taken."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PrepLine:
    """One thing to have ready, made one way."""

    sku: str
    name: str
    modifiers: tuple[Modifier, ...]
    expected: float
    """Pieces members are expected to take."""
    low: int
    high: int
    """Eight days of ten lie between these."""
    members: int
    """Members who may come for it: a chance of at least one in twenty each."""
    on_hand: int | None
    """Counted stock of the item, all ways of making it together; None when not counted."""
    short: bool
    """Counted, and less than expected of the item."""


@dataclass(frozen=True, slots=True)
class PrepList:
    """What the shop may want to have ready on a day. A proposal: nothing is ordered and nobody is contacted."""

    day: int
    as_of: int
    visits: float
    """Members expected."""
    visits_low: int
    visits_high: int
    lines: tuple[PrepLine, ...]
    """Most expected first."""
    others: float
    """Pieces expected of everything that is not listed."""
    checked: str
    """How such lists did on the latest days, in one sentence."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """A measure in one week."""

    week: int
    """Midnight of its first day."""
    value: float | None
    """None where nothing was counted."""
    of: int
    """How many cases it is made of."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the scorecard."""

    name: str
    value: float | None
    """Over all weeks; None where nothing was counted."""
    of: int
    unit: str
    """`share`, `count` or `gap`: a share of cases, a number, or a distance between two shares."""
    better: str
    """`higher`, `lower`, or empty where neither is better."""
    says: str
    """One sentence: what it means, or why there is none yet."""
    trend: tuple[Point, ...] = ()
    """Oldest week first."""


@dataclass(frozen=True, slots=True)
class WithheldCount:
    """How often one gate kept something back."""

    gate: str
    items: int
    members: int


@dataclass(frozen=True, slots=True)
class Scorecard:
    """How well the shop does by its members in the long run. Nothing in it ranks by the next sale."""

    at: int
    weeks: int
    measures: tuple[Measure, ...]
    withheld: tuple[WithheldCount, ...]
    """Suggestions kept back by each gate, most first."""
    withheld_from: str
    """Where these were counted."""
    notes: tuple[str, ...] = ()

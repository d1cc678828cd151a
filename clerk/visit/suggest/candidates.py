"""What could be mentioned, before any gate: what people who own the same things own, company of habits, house picks.

In: a reading, co-purchase rows. Out: candidates, best first, one per item, with a score that reads as "how likely is
this bought within 90 days". What is due is no news: it stands under due. Two things whose descriptions are alike are
mostly substitutes, so likeness of texts suggests nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from clerk.model import ItemColumns
from clerk.visit.habits.news import News, chances, news
from clerk.visit.habits.reading import Reading, speaks
from clerk.visit.shop import category_of, family_of, has_flag, kind_of, thing_of


class Companion(Protocol):
    """A co-purchase row of the pack."""

    @property
    def item_no(self) -> int:
        """The item the question is about."""
        ...

    @property
    def other_no(self) -> int:
        """What is bought together with it."""
        ...

    @property
    def together(self) -> int:
        """Baskets that hold both."""
        ...

    @property
    def of(self) -> int:
        """Baskets with the item the question is about."""
        ...

    @property
    def lift(self) -> float:
        """How many times more often than by chance."""
        ...


@dataclass(frozen=True, slots=True)
class Company:
    """Evidence: bought together with a habit."""

    with_no: int
    together: int
    of: int
    lift: float
    chance: float | None = None
    """Of a purchase within 90 days, mentioned by nobody; None where nothing was learned."""


@dataclass(frozen=True, slots=True)
class Owners:
    """Evidence: owners of a habit own it as well."""

    with_no: int
    both: int
    """Members who own both."""
    of: int
    """Members who own the habit."""
    lift: float
    """How many times more often than among all members."""
    chance: float
    """Of a purchase within 90 days, mentioned by nobody."""


@dataclass(frozen=True, slots=True)
class GoesWith:
    """Evidence: the shop says that it goes with a habit."""

    with_no: int
    times: int
    """Baskets of the member that hold the habit."""


@dataclass(frozen=True, slots=True)
class HousePick:
    """Evidence of a house pick: the shop chose it, or its sales are rising here."""

    chosen: bool
    """On the shop's own list."""
    baskets: int = 0
    """Baskets of the latest four weeks that hold it, when it is rising; otherwise 0."""
    times: float = 0.0
    """How many times its usual share that is."""
    exposed: int = 0
    """Showings at this counter lately, whoever to."""
    rank: int = 0
    """Place in the order in which house picks are tried with this member."""
    item_no: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that could be mentioned."""

    item_no: int
    source: str
    score: float
    evidence: Company | Owners | GoesWith | HousePick
    needed: float = 0.0
    """Score below which it is not said."""


def candidates(
    reading: Reading,
    companions: Iterable[Companion] = (),
    house: Iterable[Candidate] = (),
    goes_with: Mapping[int, Iterable[int]] | None = None,
    also: int = 0,
) -> tuple[Candidate, ...]:
    """Every candidate, best first; one per item, and the member's own before the house's.

    Args:
        reading: the member.
        companions: for `company_seeds`, in any order; they speak only where no chances were learned.
        house: from `discovery.house_picks`.
        goes_with: what goes with what, as the shop says.
        also: an item to be among them even if it is not likely enough, for the question why not.
    """
    if not reading.may_suggest:
        return ()
    own = _learned(reading, also) if reading.models.suggest is not None else _in_company(reading, companions)
    best: dict[int, Candidate] = {}
    for one in (*own, *_as_the_shop_says(reading, goes_with or {})):
        known = best.setdefault(one.item_no, one)
        if known.score < known.needed and isinstance(one.evidence, GoesWith):
            best[one.item_no] = one
    ordered = sorted(best.values(), key=lambda one: (one.score < one.needed, -one.score, one.item_no))
    return (*ordered, *(one for one in house if one.item_no not in best))


def out_today(reading: Reading) -> tuple[int, ...]:
    """Due items that are counted as none, for which something nearest is worth asking for."""
    if not reading.may_suggest:
        return ()
    counted = reading.columns.on_hand
    nos = (pick.item_no for pick in reading.due[: reading.settings.due.shown_at_most])
    return tuple(no for no in nos if no < len(counted) and int(counted[no]) == 0)


def _learned(reading: Reading, also: int) -> list[Candidate]:
    """Things the member never bought with the chance that they will, likeliest first."""
    model, stats, pairs = reading.models.suggest, reading.models.stats, reading.models.pairs
    if model is None or stats is None or pairs is None:
        return []
    may, columns = speaks(reading), reading.columns
    found = news(reading.habits, may, columns, reading.shop, stats, pairs)
    if found is None:
        return []
    likely = chances(found, model)
    kept_for = np.array([model.kept_for.get(no, 0.0) for no in found.item_nos.tolist()])
    needed = np.maximum(kept_for, model.least)
    rows = np.flatnonzero(likely >= needed)
    rows = rows[np.lexsort((found.item_nos[rows], -likely[rows]))][: reading.settings.suggest.looked_at]
    asked = np.flatnonzero((found.item_nos == also) & (likely < needed))
    made = []
    for row in [*rows.tolist(), *asked.tolist()]:
        chance = float(likely[row])
        evidence = _evidence(found, row, chance, reading)
        source = "company" if isinstance(evidence, Company) else "owners"
        made.append(Candidate(int(found.item_nos[row]), source, chance, evidence, float(needed[row])))
    return made


def _evidence(found: News, row: int, chance: float, reading: Reading) -> Company | Owners:
    """Bought together with a habit where that is often enough to be said, otherwise owned by owners of the habit."""
    rules, columns = reading.settings.suggest, reading.columns
    habit, together, of = int(found.because[row]), int(found.together[row]), int(found.of_baskets[row])
    lift = float(found.lift[row])
    if together >= rules.company_together and lift >= rules.company_lift and together >= rules.company_part * of:
        return Company(habit, together, of, lift, chance)
    both, owners = int(found.both[row]), int(found.of[row])
    part = int(columns.buyers[found.item_nos[row]]) / max(columns.total_members, 1)
    return Owners(habit, both, owners, both / owners / max(part, 1e-9), chance)


def _as_the_shop_says(reading: Reading, goes_with: Mapping[int, Iterable[int]]) -> list[Candidate]:
    """What the shop says goes with a habit and the member never bought; it comes after what is likelier."""
    if not goes_with:
        return []
    model, items = reading.models.suggest, reading.habits.items
    served = _served(reading)
    score = model.least if model is not None else reading.settings.suggest.score_from
    rows = np.flatnonzero(speaks(reading))
    found: dict[int, Candidate] = {}
    for row in rows[np.lexsort((items.key[rows], -items.share[rows]))].tolist():
        habit = int(items.key[row])
        for other in goes_with.get(habit, ()):
            if other not in found and kind_of(reading.columns, other) not in served and _is_news(reading, other):
                evidence = GoesWith(habit, int(items.baskets[row]))
                # Passed over twice, it rests.
                found[other] = Candidate(other, "goes-with", score, evidence, score / 2)
    return list(found.values())


def _in_company(reading: Reading, companions: Iterable[Companion]) -> list[Candidate]:
    """Companions that go together often enough, and more often than by chance."""
    rules = reading.settings.suggest
    told = [
        (row.together / (row.of + rules.company_prior), row)
        for row in companions
        if row.together >= rules.company_together and row.lift >= rules.company_lift and row.of >= row.together
    ]
    told.sort(key=lambda one: (-one[0], one[1].other_no))
    served = _served(reading)
    instead_of = {_place_of(reading, line.item_no) for line in reading.usual.lines} - {""}
    found: dict[int, Candidate] = {}
    # Best first, so that the look-ups end as soon as enough is found.
    for score, row in told:
        if len(found) == rules.looked_at:
            break
        # Company goes with what is bought and does not replace it: no cappuccino for who always has an americano, no
        # milk for who buys another milk, no second flavour "bought with" the first.
        if kind_of(reading.columns, row.other_no) in served or _place_of(reading, row.other_no) in instead_of:
            continue
        if row.other_no not in found and _is_news(reading, row.other_no):
            evidence = Company(row.item_no, row.together, row.of, row.lift)
            found[row.other_no] = Candidate(row.other_no, "company", score, evidence, rules.score_from)
    return list(found.values())


def _served(reading: Reading) -> frozenset[int]:
    """Item types that the member bought more than once in one form or another."""
    kinds = reading.habits.kinds
    again = kinds.key[kinds.baskets > 1]
    return frozenset(kind for kind in again.tolist() if reading.shop.says_something(kind))


def _place_of(reading: Reading, item_no: int) -> str:
    """The part of the shop in which one thing is taken for another.

    The level above the item type where the category has three, such as `Drinks > Coffee`; otherwise the category
    itself, because the level above would be a whole department.
    """
    category = category_of(reading.columns, item_no)
    above = category.rpartition(" > ")[0]
    return above if " > " in above else category


def _is_news(reading: Reading, item_no: int) -> bool:
    """Whether the member never bought an item, a variant of it, or again and again the same thing in another size."""
    columns, habits = reading.columns, reading.habits
    if item_no <= 0 or has_flag(columns, item_no, ItemColumns.SENSITIVE | ItemColumns.GONE):
        return False
    if habits.items.row(item_no) >= 0 or family_of(columns, item_no) in habits.family_of:
        return False
    again = habits.items.key[habits.items.baskets > 1].tolist()
    return thing_of(columns, item_no) not in {thing_of(columns, own) for own in again}

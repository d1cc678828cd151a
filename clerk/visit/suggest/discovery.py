"""Discovery: house picks, which the shop itself chose, within the allowance that the member's reactions leave.

In: the shop's picks, the member's answers as moves. Out: candidates of source `house`, and a balance that can be said.
A credit to begin with; every suggestion that is taken earns one; every house pick that was really shown spends one; a
refusal closes house picks for a long time and loses its weight slowly. Source: evidence, usual 1.3, 4.4 and 7.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, log2
from zlib import crc32

import numpy as np

from clerk.clock import DAY_S
from clerk.model import HOUSE_PICK, DiscoveryMove, Item, ItemColumns
from clerk.phrases import ago, count, date
from clerk.settings import Settings
from clerk.visit.habits.reading import Reading
from clerk.visit.shop import UNSPOKEN, category_of, family_of, flagged, is_under
from clerk.visit.suggest.candidates import Candidate, HousePick

_HABIT = 2
"""Baskets from which an item is the member's own habit and no discovery."""
_WEEK_S = 7 * DAY_S


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left for house picks with one member."""

    credit: int
    earned: bool
    """Whether anything was ever taken, as against the credit everybody starts with."""
    refused: DiscoveryMove | None
    """The latest refusal, if refusals close house picks now."""
    closed_until: int
    """Wall seconds until which refusals close house picks; 0 when they do not."""

    @property
    def is_open(self) -> bool:
        """Whether a house pick may be shown."""
        return self.credit > 0 and self.refused is None


def balance(reading: Reading) -> Balance:
    """The allowance that is left now."""
    rules, now = reading.settings.discovery, reading.now
    credit, earned = rules.start, False
    weight, refused = 0.0, None
    for move in reading.profile.discovery:
        if move.kind == "earned":
            credit, earned = min(credit + 1, rules.most), True
        elif move.kind == "spent":
            credit = max(credit - 1, 0)
        else:
            refused = move
            weight += 0.5 ** (max(0, now - move.at) / DAY_S / rules.refused_half_life_days)
    if refused is None or weight < rules.refused_from:
        return Balance(credit, earned, None, 0)
    days = rules.refused_half_life_days * log2(weight / rules.refused_from)
    return Balance(credit, earned, refused, now + ceil(days * DAY_S))


def offers(
    columns: ItemColumns, chosen: Sequence[int], settings: Settings, has_chances: bool = False
) -> tuple[HousePick, ...]:
    """What this shop has to offer, made once a pack: what it chose, then what is rising.

    Where the night learned how likely new things are wanted, that something rises is one of the facts behind it, and
    who is likely to want it hears of it with a reason of their own. Of rising things that had no other reason 2 % were
    bought within 90 days on the Complete Journey.

    Args:
        columns: the items' numbers.
        chosen: item_nos from the shop's own list, most wanted first.
        settings: when something is called rising.
        has_chances: whether the night learned how likely new things are wanted.
    """
    rules = settings.discovery
    recent = columns.recent_baskets.astype(np.float64)
    usual = columns.baskets.astype(np.float64)
    # Against all other weeks: a share that held its own rise would look smaller than it is.
    before = np.maximum(usual - recent, 0.0)
    share = recent / max(recent.sum(), 1.0)
    times = share / np.maximum((before + 0.5) / max(before.sum(), 1.0), 1e-12)
    kept_out = UNSPOKEN | ItemColumns.AGE_RESTRICTED | ItemColumns.GONE | ItemColumns.DURABLE
    nos = np.arange(len(recent))
    rising = (recent >= rules.rising_baskets) & (times >= rules.rising_times) & ~flagged(columns, nos, kept_out)
    # Without other weeks nothing can rise.
    if has_chances or before.sum() < recent.sum():
        rising[:] = False
    found = np.flatnonzero(rising)
    found = found[np.argsort(-recent[found], kind="stable")][: rules.rising_items]

    def pick(item_no: int, is_chosen: bool) -> HousePick:
        is_rising = item_no < len(rising) and bool(rising[item_no])
        baskets = int(recent[item_no]) if is_rising else 0
        return HousePick(is_chosen, baskets, float(times[item_no]) if is_rising else 0.0, item_no=item_no)

    of_the_shop = [pick(no, True) for no in dict.fromkeys(chosen) if no > 0]
    taken = {one.item_no for one in of_the_shop}
    return (*of_the_shop, *(pick(no, False) for no in found.tolist() if no > 0 and no not in taken))


def house_picks(
    reading: Reading, offered: Sequence[HousePick], exposed: Mapping[int, int] | None = None
) -> tuple[Candidate, ...]:
    """The shop's picks for one member this week: one that it chose, then one that is rising, each if it suits them.

    Never what the member has as a habit, nor a variant of it. Which of the picks is theirs goes by member and week, so
    that every pick gets its share of the members. Whom theirs does not suit hears of none: otherwise the one pick that
    suits most people would be on everybody's card.

    Args:
        reading: the member.
        offered: from `offers`.
        exposed: item_no -> showings at this counter lately.
    """
    if not reading.may_suggest or not offered:
        return ()
    columns, habits = reading.columns, reading.habits
    habit_families = set(habits.family_of[habits.items.baskets >= _HABIT].tolist())
    seed = f"{reading.profile.member.member_id}:{reading.now // _WEEK_S}:"
    # What the shop chose comes before what merely sells.
    tiers = ([one for one in offered if one.chosen], [one for one in offered if not one.chosen])
    theirs = [min(tier, key=lambda one: crc32(f"{seed}{one.item_no}".encode())) for tier in tiers if tier]
    news = [one for one in theirs if family_of(columns, one.item_no) not in habit_families]
    if habits.baskets:
        # What nobody asked for has to be near what they buy: no espresso for who only takes tea.
        known = columns.category[habits.items.key[habits.items.key < len(columns.category)]]
        paths = [columns.categories[number] for number in np.unique(known).tolist()]
        news = [one for one in news if _is_near(category_of(columns, one.item_no), paths)]
    return tuple(
        Candidate(
            one.item_no,
            HOUSE_PICK,
            reading.settings.discovery.score,
            HousePick(one.chosen, one.baskets, one.times, (exposed or {}).get(one.item_no, 0), rank, one.item_no),
        )
        for rank, one in enumerate(news)
    )


def _is_near(category: str, paths: Collection[str]) -> bool:
    """Whether one of the categories is of the same department, which is the level above; true where there is none."""
    above = category.rpartition(" > ")[0] or category
    return not above or any(is_under(path, above) for path in paths)


def closed_for(pick: HousePick, reading: Reading, items: Mapping[int, Item]) -> str | None:
    """Why this house pick may not be shown to this member now, or None."""
    rules = reading.settings.discovery
    left = balance(reading)
    if not left.is_open:
        return standing(left, reading, items)
    times = sum(move.kind == "spent" and move.item_no == pick.item_no for move in reading.profile.discovery)
    if times >= rules.shown_at_most and pick.item_no not in reading.profile.took:
        return f"Shown to this member as a house pick {count(times, 'time')} already."
    if pick.exposed >= rules.exposure_at_most:
        return f"Shown here {count(pick.exposed, 'time')} in {count(rules.exposure_days, 'day')} already."
    return None


def standing(left: Balance, reading: Reading, items: Mapping[int, Item]) -> str:
    """The balance in one sentence."""
    if left.refused is not None:
        item = items.get(left.refused.item_no)
        what = f" to {item.name}" if item is not None else " to one"
        said = f"said no{what} {ago(left.refused.at, reading.now)}"
        return f"House picks are closed until {date(left.closed_until)}: {said}."
    if left.credit == 0:
        return "House picks rest: none is left, and the next suggestion taken earns one."
    source = "earned by suggestions taken" if left.earned else "everybody starts with one"
    return f"House picks: {left.credit} left, {source}."


def sentence(
    reading: Reading, offered: Collection[Candidate], sources: Sequence[str], places: int, items: Mapping[int, Item]
) -> str:
    """The card's sentence about house picks; empty when there is none to show.

    Args:
        reading: the member.
        offered: all candidates.
        sources: of what is suggested.
        places: how many there are.
        items: by number, for the name of what was refused.
    """
    if not reading.may_suggest or not any(one.source == HOUSE_PICK for one in offered):
        return ""
    left = balance(reading)
    told = standing(left, reading, items)
    if not left.is_open:
        return told
    if HOUSE_PICK in sources:
        return f"{told[:-1]}; today's spends one."
    return f"{told[:-1]}; today their own come first." if len(sources) >= places else f"{told[:-1]}; none fits today."

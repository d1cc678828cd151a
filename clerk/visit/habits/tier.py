"""A member's tier, and whether a good member stays away. Shown at the counter only.

In: what is expected of the member, the shop's tiers, the member's own rhythm. Out: a tier's name and one sentence.
Nothing here weighs in any score: a tier is a list of things an associate may do, and nobody is treated worse.
"""

from __future__ import annotations

from collections.abc import Sequence

from clerk.clock import DAY_S
from clerk.phrases import ago, every
from clerk.visit.habits.reading import Reading, been_here
from clerk.visit.habits.value import Value

TIER_PARTS = (0.1, 0.3, 0.5)
"""Parts of all members that the first, second and third tier hold, by standing; the night tells the standing from
which each begins. A shop with one tier has its best tenth in it."""


def tier_of(reading: Reading, tiers: Sequence[str]) -> str:
    """The member's tier: the shop's own where its data names one, otherwise by what is expected of the member.

    Args:
        reading: the member.
        tiers: of the shop, best first.
    """
    if not reading.remembers:
        return ""
    if reading.profile.member.tier:
        return reading.profile.member.tier
    value = reading.value
    if value is None or not tiers:
        return ""
    # Who was among the best and stays away keeps the tier that is theirs to come back to.
    if value.slipping:
        return tiers[0]
    if value.top is None:
        return ""
    return next((tier for tier, part in zip(tiers, TIER_PARTS, strict=False) if value.top <= part), "")


def standing(reading: Reading, tier: str) -> str:
    """`Gold`, or `Gold, slipping: usually here every 9 days, last here 6 weeks ago`; empty for everybody else."""
    if not reading.remembers or not reading.habits.baskets:
        return ""
    if not stays_away(reading, reading.value, tier):
        return tier
    habits = reading.habits
    days = (habits.basket_at[-1] - habits.basket_at[0]) / DAY_S / (habits.baskets - 1)
    away = f"usually here {every(float(days))}, last here {ago(_last_at(reading), reading.now)}"
    return f"{tier}, slipping: {away}" if tier else f"slipping: {away}"


def stays_away(reading: Reading, value: Value | None, tier: str) -> bool:
    """Whether one of the best has not come for far longer than they do.

    By the shop's own dropout where that is learned, and by the member's own interval, which also holds in shops that
    hardly anybody ever leaves for good.
    """
    habits, rules = reading.habits, reading.settings.standing
    if habits.baskets < rules.visits_from or (not tier and not (value is not None and value.slipping)):
        return False
    own = (habits.basket_at[-1] - habits.basket_at[0]) / DAY_S / (habits.baskets - 1)
    days_since = (reading.now - _last_at(reading)) / DAY_S
    if days_since < rules.away_days:
        return False
    return bool((value is not None and value.slipping) or days_since >= rules.away_gaps * own)


def _last_at(reading: Reading) -> int:
    """Wall seconds of the latest visit; who came for a present was here."""
    return max(reading.habits.last_at or 0, been_here(reading)[1] or 0)

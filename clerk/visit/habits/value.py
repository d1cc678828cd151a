"""What a member is expected to be worth from now on, and whether they are still with us.

In: a member's purchase days and spend, the shop's parameters (`models["value"]`). Out: chance of being with us,
expected visits and spend. BG/NBD says how often and whether at all, Gamma-Gamma how much.
Times are weeks, money is minor units.

A member's standing is the expected spend times the root of the past twelve months' net spend: what is to come,
steadied by what was. On ten splits of CDNOW and the Complete Journey its best tenth was never below the best tenth by
past spend; past spend among those still with us (evidence, usual 7) was below it on some.

Source: Fader, Hardie, Lee (2005), "Counting your customers" the easy way; Fader, Hardie (2013), the Gamma-Gamma model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clerk.clock import DAY_S
from clerk.model import History, LineFlag

Numbers = NDArray[np.float64]

YEAR_DAYS = 365
WITH_US = 0.5
"""Chance from which somebody counts as still with us."""

STANDING_WEEKS = 26.0
"""Weeks ahead that a standing looks: half a year, which a regular fills with visits and a passer-by does not."""

_TERMS = 2_000
"""Terms of the series at most; it converges in a few dozen unless the horizon dwarfs the time seen."""


@dataclass(frozen=True, slots=True, eq=False)
class Rhythm:
    """Purchase days of one or many members; columns of one length."""

    repeats: Numbers
    """Purchase days after the first."""
    recency: Numbers
    """Weeks from the first to the last."""
    age: Numbers
    """Weeks from the first to now."""
    mean_spend: Numbers
    """Mean spend of a repeat purchase day; 0 without one."""


@dataclass(frozen=True, slots=True)
class ValueModel:
    """The shop's parameters."""

    r: float
    alpha: float
    a: float
    b: float
    p: float | None
    q: float | None
    gamma: float | None
    """None where spend is not known; then value is counted in visits."""
    cutoffs: tuple[tuple[float, float], ...]
    """(part of members, least standing to be among them), ascending by part."""
    best_past: float
    """Least spend of the past twelve months of the best tenth by past spend."""


@dataclass(frozen=True, slots=True)
class Value:
    """What is expected of one member."""

    with_us: float
    """Chance of being still with us."""
    visits: float
    """Expected purchase days within the horizon."""
    spend_minor: float | None
    """Expected spend within the horizon, or None where spend is not known."""
    past_minor: int
    """Net spend of the past twelve months; purchase days of them where spend is not known."""
    top: float | None
    """The smallest part of all members that this member is among (0.1 is the best tenth), or None: further down."""
    slipping: bool
    """Of the best tenth by past spend, but has stayed away too long to count as still with us."""


def value_model(value: object) -> ValueModel | None:
    """The parameters in a pack's `models["value"]`, or None when they are missing or are not ours."""
    if not isinstance(value, Mapping):
        return None
    try:
        r, alpha, a, b = (float(value[name]) for name in ("r", "alpha", "a", "b"))
        spend = [None if value.get(name) is None else float(value[name]) for name in ("p", "q", "gamma")]
        cutoffs = tuple(sorted((float(part), float(least)) for part, least in value["cutoffs"]))
        best_past = float(value["best_past"])
    except (KeyError, TypeError, ValueError):
        return None
    known = [r, alpha, a, b, *(part for part in spend if part is not None)]
    if not np.isfinite(known).all() or min(known) <= 0:
        return None
    p, q, gamma = spend if None not in spend else (None, None, None)
    return ValueModel(r, alpha, a, b, p, q, gamma, cutoffs, best_past)


def value(history: History, model: ValueModel, now: int, horizon_days: float = 90) -> Value | None:
    """What is expected of a member, or None without a purchase before now."""
    days, spend = purchase_days(history, now)
    if not len(days):
        return None
    rhythm = rhythm_of(days, spend, now)
    alive = float(with_us(model, rhythm)[0])
    visits = float(expected_visits(model, rhythm, horizon_days / 7)[0])
    money = float(mean_spend(model, rhythm)[0]) if model.p is not None else None
    recent = days > now // DAY_S - YEAR_DAYS
    past = int(np.nansum(spend[recent])) if model.p is not None else int(recent.sum())
    place = float(standing(model, rhythm, np.array([float(past)]))[0])
    top = next((part for part, least in model.cutoffs if place >= least), None)
    return Value(
        with_us=alive,
        visits=visits,
        spend_minor=None if money is None else visits * money,
        past_minor=past,
        top=top,
        slipping=alive < WITH_US and past >= model.best_past,
    )


def standing(model: ValueModel, of: Rhythm, past: Numbers) -> Numbers:
    """By how much each member counts: comparable between members of one shop, and no amount of money.

    Args:
        model: the shop's parameters.
        of: the members' rhythm.
        past: net spend of the past twelve months, or purchase days where spend is not known.
    """
    coming = expected_visits(model, of, STANDING_WEEKS)
    if model.p is not None:
        coming = coming * mean_spend(model, of)
    place: Numbers = coming * np.sqrt(np.maximum(past, 0.0))
    return place


def purchase_days(history: History, now: int) -> tuple[NDArray[np.int64], Numbers]:
    """Days (since 1970) on which something was bought, ascending, and the net spend of each.

    A return lowers the spend of its own day, or of the last purchase day before it. Gifts are spend like any other;
    what the member struck out is not looked at. The spend of a day is not a number where no line of it has an amount
    in the store's currency.
    """
    at = history.basket_at[history.basket]
    seen = (at <= now) & ((history.flags & np.uint8(LineFlag.STRUCK)) == 0)
    sold = seen & ((history.flags & np.uint8(LineFlag.RETURN)) == 0) & (history.quantity >= 0)
    days: NDArray[np.int64] = np.unique(at[sold] // DAY_S)
    if not len(days):
        return days, np.zeros(0)
    # A line that was brought back is flagged as its return is: both are counted, and cancel out.
    place = np.searchsorted(days, at[seen] // DAY_S, side="right") - 1
    inside = place >= 0
    spend = np.bincount(place[inside], weights=history.total_minor[seen][inside], minlength=len(days))
    stated = (history.flags[seen][inside] & np.uint8(LineFlag.FOREIGN | LineFlag.NO_AMOUNT)) == 0
    is_known = np.bincount(place[inside], weights=stated, minlength=len(days)) > 0
    return days, np.where(is_known, spend.astype(np.float64), np.nan)


def rhythm_of(days: NDArray[np.int64], spend: Numbers, now: int) -> Rhythm:
    """One member's rhythm, in columns of length 1."""
    known = spend[1:][np.isfinite(spend[1:])]
    return Rhythm(
        repeats=np.array([len(days) - 1.0]),
        recency=np.array([(days[-1] - days[0]) / 7.0]),
        age=np.array([max(now // DAY_S - days[0], 0) / 7.0]),
        mean_spend=np.array([max(float(known.mean()), 0.0) if len(known) else 0.0]),
    )


def with_us(model: ValueModel, of: Rhythm) -> Numbers:
    """Chance that each member is still with us; 1 for who came once, since leaving is only seen after a repeat."""
    odds = _lost_odds(model, of)
    chance: Numbers = 1 / (1 + odds)
    return chance


def expected_visits(model: ValueModel, of: Rhythm, weeks: float) -> Numbers:
    """Expected purchase days of each member within the coming weeks."""
    # The formula divides by a - 1; a hair beside it changes no digit anybody reads.
    a = model.a if abs(model.a - 1) > 1e-6 else 1 + 1e-6
    x, c = of.repeats, a + model.b + of.repeats - 1
    z = weeks / (model.alpha + of.age + weeks)
    # Euler's transformation of the series: its terms stay small for any number of repeats.
    series = _hypergeometric(a + model.b - 1 - model.r, a - 1, c, z)
    expected: Numbers = c / (a - 1) * (1 - (1 - z) ** (a - 1) * series) / (1 + _lost_odds(model, of))
    return np.where(x >= 0, np.maximum(expected, 0.0), 0.0)


def mean_spend(model: ValueModel, of: Rhythm) -> Numbers:
    """Expected spend of a purchase day, in minor units; who has none of their own is expected to be like the others."""
    if model.p is None or model.q is None or model.gamma is None:
        return np.zeros(len(of.repeats))
    spend = model.p * (model.gamma + of.repeats * of.mean_spend) / (model.p * of.repeats + model.q - 1)
    return np.maximum(spend, 0.0)


def _lost_odds(model: ValueModel, of: Rhythm) -> Numbers:
    """Odds of having left against being still with us."""
    x = of.repeats
    again = x > 0
    power = (model.r + x) * np.log((model.alpha + of.age) / (model.alpha + of.recency))
    odds: Numbers = np.where(again, model.a / (model.b + np.maximum(x, 1) - 1) * np.exp(np.minimum(power, 700)), 0.0)
    return odds


def _hypergeometric(a: float, b: float, c: Numbers, z: Numbers) -> Numbers:
    """Gauss's 2F1(a, b; c; z) for 0 <= z < 1, by its series."""
    total, term = np.ones(len(c)), np.ones(len(c))
    for n in range(_TERMS):
        term = term * ((a + n) * (b + n)) / ((c + n) * (n + 1)) * z
        total = total + term
        if np.abs(term).max(initial=0.0) < 1e-12:
            break
    return total

"""Fits how often members come, whether they stay, and what they spend: `models["value"]`.

In: every member's purchase days. Out: BG/NBD and Gamma-Gamma parameters, and the standing of the best.
Maximum likelihood by BFGS over the logs of the parameters; CDNOW's published values come out to three decimals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import lgamma

import numpy as np
from numpy.typing import NDArray

from clerk.clock import DAY_S
from clerk.model import History
from clerk.pack_build.learn.attempt import enough
from clerk.visit.habits.value import YEAR_DAYS, Rhythm, ValueModel, purchase_days, rhythm_of, standing

Numbers = NDArray[np.float64]

LEAST_MEMBERS, LEAST_REPEATERS = 200, 50
"""Members, and those who came back, below which nothing is learned: four parameters of fewer people are guesses."""
PARTS = (0.01, 0.05, 0.1, 0.2, 0.3, 0.5)
"""Parts of all members for which a cutoff is written."""

_STEPS = 200
_SLOPE_ENOUGH = 1e-7
"""Slope of the mean log-likelihood at which the third decimal of every parameter has settled."""
_BOUND = 9.0
"""Bound of the logs of the parameters: where nobody ever leaves, the likelihood would drive them on for ever."""
_LOWEST_ALPHA, _HIGHEST_A = -4.0, 3.9
"""Closer bounds of the logs of two of them. Beyond, in shops of a few days where all left or nobody did, other values
say the same about everybody and expected visits overflow."""


def learn_value(histories: Iterable[History], now: int) -> dict[str, object]:
    """Parameters and cutoffs as JSON.

    Args:
        histories: of all members.
        now: wall seconds of the newest line; the moment as of which everybody is looked at.

    Raises:
        TooLittle: there are too few members.
    """
    parts: list[Rhythm] = []
    years: list[tuple[float, int]] = []
    for history in histories:
        days, spend = purchase_days(history, now)
        if len(days):
            parts.append(rhythm_of(days, spend, now))
            recent = days > now // DAY_S - YEAR_DAYS
            years.append((float(np.nansum(spend[recent])), int(recent.sum())))
    enough(len(parts), LEAST_MEMBERS, "members with a purchase")
    enough(sum(bool(part.repeats[0] > 0) for part in parts), LEAST_REPEATERS, "members who came back")
    names = ("repeats", "recency", "age", "mean_spend")
    of = Rhythm(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
    r, alpha, a, b = fit_visits(of)
    spend_known = int(((of.repeats > 0) & (of.mean_spend > 0)).sum()) >= LEAST_REPEATERS
    p, q, gamma = fit_spend(of) if spend_known else (None, None, None)
    model = ValueModel(r, alpha, a, b, p, q, gamma, (), 0.0)
    past = np.array([spent if spend_known else float(times) for spent, times in years])
    return {
        "r": r, "alpha": alpha, "a": a, "b": b, "p": p, "q": q, "gamma": gamma,
        "cutoffs": cutoffs(standing(model, of, past)),
        "best_past": float(np.quantile(past, 0.9, method="higher")),
        "members": len(parts),
    }  # fmt: skip


def cutoffs(places: Numbers) -> list[list[float]]:
    """For each part of all members, the lowest value within it; values of 0 give no cutoff."""
    ranked = np.sort(places)[::-1]
    counts = [(part, max(1, round(part * len(ranked)))) for part in PARTS]
    return [[part, float(ranked[count - 1])] for part, count in counts if ranked[count - 1] > 0]


def fit_visits(of: Rhythm) -> tuple[float, float, float, float]:
    """BG/NBD parameters r, alpha, a, b (weeks)."""
    # Members with the same rhythm are one row that stands for many.
    rows, times = np.unique(np.column_stack([of.repeats, of.recency, of.age]), axis=0, return_counts=True)
    x, recency, age = rows.T
    weight = times / times.sum()
    counts, back = np.unique(x, return_inverse=True)
    again = x > 0

    def loss(logs: Numbers) -> float:
        r, alpha, a, b = np.exp(logs)
        rest = _lgamma(r + counts) - lgamma(r) + r * np.log(alpha)
        rest += lgamma(a + b) + _lgamma(b + counts) - lgamma(b) - _lgamma(a + b + counts)
        here = -(r + x) * np.log(alpha + age)
        log_lapsed = np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + recency)
        both = np.logaddexp(here, np.where(again, log_lapsed, -np.inf))
        return -float(weight @ (rest[back] + both))

    # The start: a purchase every mean interval, one in five leaves after a purchase.
    rate = max(float(weight @ x), 1e-3) / max(float(weight @ age), 1e-3)
    low, high = np.full(4, -_BOUND), np.full(4, _BOUND)
    low[1], high[2] = _LOWEST_ALPHA, _HIGHEST_A
    r, alpha, a, b = np.exp(_least(loss, np.log([0.5, 0.5 / rate, 0.5, 2.0]), low, high))
    return float(r), float(alpha), float(a), float(b)


def fit_spend(of: Rhythm) -> tuple[float, float, float]:
    """Gamma-Gamma parameters p, q, gamma (money as in `of`), from members with repeats."""
    chosen = (of.repeats > 0) & (of.mean_spend > 0)
    x, spend = of.repeats[chosen], of.mean_spend[chosen]
    # In units of the mean, so that the start suits every currency.
    unit = float(spend.mean())
    m = spend / unit
    counts, back = np.unique(x, return_inverse=True)

    def loss(logs: Numbers) -> float:
        p, q, gamma = np.exp(logs)
        rest = _lgamma(p * counts + q) - _lgamma(p * counts) - lgamma(q) + q * np.log(gamma)
        own = (p * x - 1) * np.log(m) + p * x * np.log(x) - (p * x + q) * np.log(gamma + x * m)
        return -float((rest[back] + own).mean())

    p, q, gamma = np.exp(_least(loss, np.log([3.0, 3.0, 1.0]), np.full(3, -_BOUND), np.full(3, _BOUND)))
    return float(p), float(q), float(gamma * unit)


def _least(loss: Callable[[Numbers], float], start: Numbers, low: Numbers, high: Numbers) -> Numbers:
    """Where the loss is least within bounds: BFGS with slopes by central differences and a backtracking line search."""
    at = np.clip(start.astype(np.float64), low, high)
    value, slope = loss(at), _slope(loss, at)
    inverse = np.eye(len(at))
    for _ in range(_STEPS):
        if np.abs(slope).max() < _SLOPE_ENOUGH:
            break
        step = -inverse @ slope
        if step @ slope >= 0:
            inverse, step = np.eye(len(at)), -slope
        size = min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        while size > 1e-10:
            tried = np.clip(at + size * step, low, high)
            found = loss(tried)
            if found <= value + 1e-4 * float(slope @ (tried - at)):
                break
            size /= 2
        else:
            break
        new_slope = _slope(loss, tried)
        moved, turned = tried - at, new_slope - slope
        at, value, slope = tried, found, new_slope
        along = float(moved @ turned)
        if along > 1e-14:
            eye = np.eye(len(at))
            left = eye - np.outer(moved, turned) / along
            inverse = left @ inverse @ left.T + np.outer(moved, moved) / along
    return at


def _slope(loss: Callable[[Numbers], float], at: Numbers) -> Numbers:
    """Slope by central differences."""
    width = 1e-5
    steps = np.eye(len(at)) * width
    return np.array([(loss(at + step) - loss(at - step)) / (2 * width) for step in steps])


def _lgamma(values: Numbers) -> Numbers:
    """Log of the gamma function of each value; called on distinct counts only, of which there are few."""
    return np.array([lgamma(value) for value in values.tolist()], dtype=np.float64)

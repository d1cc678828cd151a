"""How far a day may lie from what is expected: fitted on days that have passed, never promised beforehand.

mean = own factor of the line x (habits x what members bought before + firsts x what is new to them)
variance = noise x (members deciding each for themselves) + shared x mean²

The shared part is what moves everybody at once: weather, a holiday, an offer. A line's own factor is how its sales
compared on those days, believed as far as there were sales. Below `LEAST_CASES` cases the members' own chances are
all that is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST_CASES = 12
"""Lines with some expectation, over all days, below which nothing is fitted."""
INSIDE = 0.8
"""Part of the days that lie between low and high, at the least: pieces are whole."""
SIDE = 1.2816
"""Standard deviations on either side of the mean between which so many lie."""
_SOME = 0.2
"""Pieces expected from which a line is looked at."""
_ONE = 1.0
"""Pieces from which the misses of a line say how far lines miss: below, nearly all of it is none or one."""
_TAILS = 4.0
"""Degrees of freedom of that curve: offers and parties are far off and no reason to doubt every line."""
_FAR = 4.0
"""A line sold farther above than so many standard deviations counts as that far: one party is no rule."""
_BELIEVED = 5.0
"""Cases that each factor is 1 in, beforehand."""
_OWN_SPREAD = 0.1
"""Variance of the lines' own factors, beforehand: most items sell within a third of what is expected of them."""
_BY_HAND = 150.0
"""Pieces from which the bell curve stands in for counting."""
_ROUNDS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """How a shop's days differ from expectation."""

    habits: float = 1.0
    firsts: float = 1.0
    noise: float = 1.0
    shared: float = 0.0
    key: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """Lines with a factor of their own, ascending."""
    own: Numbers = field(default_factory=lambda: np.zeros(0))
    """Their factors; every other line's is 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Guess:
    """Expectations of a day, line by line, before anything is fitted; columns are equally long."""

    key: Ints
    """Ascending."""
    own: Numbers
    """Pieces of what members bought before."""
    own_variance: Numbers
    new: Numbers
    """Pieces of what is new to them."""
    new_variance: Numbers

    def mean(self, shop: Spread) -> Numbers:
        """Pieces expected."""
        pieces: Numbers = (shop.habits * self.own + shop.firsts * self.new) * self._factor(shop)
        return pieces

    def alone(self, shop: Spread) -> Numbers:
        """Variance if members decide each for themselves."""
        both = shop.habits * self.own_variance + shop.firsts * self.new_variance
        spread: Numbers = np.maximum(both * self._factor(shop), 1e-9)
        return spread

    def variance(self, shop: Spread) -> Numbers:
        """Variance of the pieces."""
        spread: Numbers = shop.noise * self.alone(shop) + shop.shared * self.mean(shop) ** 2
        return spread

    def _factor(self, shop: Spread) -> Numbers:
        if not len(shop.key):
            return np.ones(len(self.key))
        at = np.minimum(np.searchsorted(shop.key, self.key), len(shop.key) - 1)
        return np.where(shop.key[at] == self.key, shop.own[at], 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """A day that has passed."""

    guess: Guess
    sold: Numbers


def fitted(days: Sequence[Past]) -> Spread:
    """The spread of past days."""
    habits, firsts = _factors(days)
    if not habits:
        return Spread()
    shop = _with_own(days, Spread(habits, firsts))
    # How far a line misses is judged by factors that did not see the day.
    unseen = [_with_own([*days[:at], *days[at + 1 :]], Spread(habits, firsts)) for at in range(len(days))]
    columns = [(day.guess.mean(one), day.guess.alone(one), day.sold) for day, one in zip(days, unseen, strict=True)]
    mean, alone, sold = (np.concatenate(part) for part in zip(*columns, strict=True))
    noise, shared = _noise(mean, alone, sold)
    return Spread(habits, firsts, noise, shared, shop.key, shop.own)


def between(mean: float, variance: float) -> tuple[int, int, float]:
    """Whole numbers with at most a tenth below and at most a tenth above, and the chance to lie between them."""
    tail = (1 - INSIDE) / 2
    if mean <= 0:
        return 0, 0, 1.0
    variance = max(variance, 1e-9)
    if mean > _BY_HAND:
        far = SIDE * np.sqrt(variance)
        return max(int(np.floor(mean - far)), 0), int(np.ceil(mean + far)), INSIDE
    chance = _chances(mean, variance)
    below = np.cumsum(chance)
    low = int(np.searchsorted(below, tail, side="right"))
    high = max(int(np.searchsorted(below, 1 - tail, side="left")), low)
    high = min(high, len(chance) - 1)
    return low, high, float(chance[low : high + 1].sum())


def _factors(days: Sequence[Past]) -> tuple[float, float]:
    """By what the two expectations are to be multiplied: weighted least squares leaning on 1. (0, 0) for too little."""
    rows = [(d.guess.own, d.guess.new, d.guess.own_variance + d.guess.new_variance, d.sold) for d in days]
    if not rows:
        return 0.0, 0.0
    own, new, alone, sold = (np.concatenate(part) for part in zip(*rows, strict=True))
    some = own + new >= _SOME
    if np.count_nonzero(some) < LEAST_CASES:
        return 0.0, 0.0
    columns, alone, sold = np.column_stack([own[some], new[some]]), np.maximum(alone[some], 1e-9), sold[some]
    factors = np.ones(2)
    for _ in range(_ROUNDS):
        mean = columns @ factors
        believed = np.minimum(sold, mean + _FAR * np.sqrt(alone))
        weighted = columns / alone[:, None]
        square = columns.T @ weighted
        hold = np.diag(np.diag(square) * _BELIEVED / len(sold) + 1e-9)
        factors = np.clip(np.linalg.solve(square + hold, weighted.T @ believed + hold @ np.ones(2)), 1 / 4, 4)
    return float(factors[0]), float(factors[1])


def _with_own(days: Sequence[Past], shop: Spread) -> Spread:
    """With a factor for every line that was expected or sold, leaning on 1 as far as chance alone explains it."""
    if not days:
        return shop
    key, at = np.unique(np.concatenate([day.guess.key for day in days]), return_inverse=True)
    mean, alone, sold = (
        np.bincount(at, weights=np.concatenate(part), minlength=len(key))
        for part in (
            [day.guess.mean(shop) for day in days],
            [day.guess.alone(shop) for day in days],
            [np.minimum(d.sold, d.guess.mean(shop) + 2 * _FAR * np.sqrt(d.guess.alone(shop))) for d in days],
        )
    )
    own = (1 / _OWN_SPREAD + sold * mean / alone) / (1 / _OWN_SPREAD + mean**2 / alone)
    return Spread(shop.habits, shop.firsts, shop.noise, shop.shared, key, np.clip(own, 1 / 4, 4))


def _noise(mean: Numbers, alone: Numbers, sold: Numbers) -> tuple[float, float]:
    """Noise and shared part under which what was sold is likeliest, by a curve with heavy tails: a grid is enough."""
    some = mean >= _ONE
    if np.count_nonzero(some) < LEAST_CASES:
        return 1.0, 0.0
    off, own, square = (sold - mean)[some] ** 2, alone[some], mean[some] ** 2
    best, found = np.inf, (1.0, 0.0)
    for noise in np.geomspace(0.5, 8, 25):
        for shared in (0.0, *np.geomspace(0.005, 2, 25)):
            width = (noise * own + shared * square) * (_TAILS - 2) / _TAILS
            unlikely = 0.5 * np.log(width) + (_TAILS + 1) / 2 * np.log1p(off / width / _TAILS)
            if (total := float(unlikely.sum())) < best:
                best, found = total, (float(noise), float(shared))
    return found


def _chances(mean: float, variance: float) -> Numbers:
    """Chance of 0, 1, 2 … pieces: binomial when regular, Poisson, or negative binomial when clumped."""
    most = int(mean + 12 * np.sqrt(variance) + 12)
    count = np.arange(most)
    if variance < 0.98 * mean:
        trials = max(round(mean**2 / (mean - variance)), int(np.ceil(mean)), 1)
        part = min(mean / trials, 1 - 1e-9)
        steps = np.maximum(trials - count, 0) / (count + 1) * part / (1 - part)
        none = (1 - part) ** trials
    elif variance <= 1.02 * mean:
        steps = mean / (count + 1)
        none = np.exp(-mean)
    else:
        clump = mean**2 / (variance - mean)
        steps = (count + clump) / (count + 1) * mean / (clump + mean)
        none = (clump / (clump + mean)) ** clump
    chance: Numbers = none * np.concatenate(([1.0], np.cumprod(steps)))
    total = chance.sum()
    return chance / total if total > 0 else chance

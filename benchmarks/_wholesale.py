"""A made-up wholesaler of gifts over two years, for what is learned where nobody buys weekly.

Of the kind of the published Online Retail data: business customers on real dates, no Saturdays, closed over the
turn of the year, twice as busy in November as in spring, a quarter who come once, a few who come every other day, large
baskets of which a part is bought again, things that come into the range and leave it, and Christmas things.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

FIRST, LAST = date(2009, 12, 1), date(2011, 12, 9)
_MONTHS = (0.7, 0.75, 0.95, 0.9, 0.95, 0.95, 0.9, 0.95, 1.4, 1.7, 2.1, 1.4)
"""How busy each month is."""
_WEEKDAYS = (1.0, 1.1, 1.1, 1.2, 1.0, 0.0, 0.7)


def wholesale(customers: int = 3_000, items: int = 3_000, seed: int = 11) -> pl.DataFrame:
    """The canonical table of line items. Cost: 15 s for 3,000 customers."""
    chance = np.random.default_rng(seed)
    days = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
    busy = np.array([0.0 if _closed(day) else _MONTHS[day.month - 1] * _WEEKDAYS[day.weekday()] for day in days])
    clock = np.cumsum(busy) / busy.mean()
    wanted = _wanted(items, days, chance)
    cumulated = np.cumsum(wanted, axis=1)
    lasts = np.exp(chance.normal(np.log(45), 0.7, items))
    tables = []
    for customer in range(customers):
        visits = _visits(clock, chance)
        if len(visits):
            bought = _baskets(visits, wanted, cumulated, lasts, chance)
            tables.append((customer, visits, bought))
    rows = [
        (f"C{customer}", f"C{customer}-{day}", f"S{item}", f"{days[day].isoformat()}T{8 + customer % 10:02d}:30",
         str(many), f"{many * (1 + item % 13):d}.00")
        for customer, visits, bought in tables
        for day, basket in zip(visits.tolist(), bought, strict=True)
        for item, many in basket
    ]  # fmt: skip
    names = ("member_id", "basket_id", "sku", "sold_at", "quantity", "line_total")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _closed(day: date) -> bool:
    return (day.month, day.day) >= (12, 23) or (day.month, day.day) <= (1, 4)


def _wanted(items: int, days: list[date], chance: np.random.Generator) -> np.ndarray:
    """How much each item is in demand in each week, a row a week."""
    weeks = len(days) // 7 + 1
    week = np.arange(weeks)[:, None]
    popular = np.exp(chance.normal(0, 1.5, items))
    comes = np.where(chance.random(items) < 0.45, chance.integers(0, weeks, items), 0)
    leaves = comes + np.where(chance.random(items) < 0.4, chance.integers(10, 80, items), 2 * weeks)
    month = np.array([days[min(7 * number, len(days) - 1)].month for number in range(weeks)])
    wave = np.ones((weeks, items))
    christmas = chance.random(items) < 0.12
    wave[:, christmas] = np.where(np.isin(month, (9, 10, 11, 12)), 4.0, 0.1)[:, None]
    drift = np.cumsum(chance.normal(0, 0.08, (weeks, items)), axis=0)
    there = (week >= comes) & (week < leaves)
    return np.where(there, popular * wave * np.exp(drift - drift.mean(axis=0)), 1e-9)


def _visits(clock: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """Days on which one customer comes: a renewal in the shop's own time, until the customer leaves."""
    every = float(np.exp(chance.normal(np.log(45), 1.0)))
    once, leaves = chance.random() < 0.25, chance.beta(1.0, 9.0)
    at = chance.uniform(0, clock[-1]) if chance.random() < 0.6 else chance.uniform(0, 60)
    found = []
    while at < clock[-1]:
        found.append(int(np.searchsorted(clock, at)))
        if once or chance.random() < leaves:
            break
        at += max(chance.gamma(1.4, every / 1.4), 0.6)
    return np.unique(np.array(found, dtype=np.int64))


def _baskets(
    visits: np.ndarray, wanted: np.ndarray, cumulated: np.ndarray, lasts: np.ndarray, chance: np.random.Generator
) -> list[list[tuple[int, int]]]:
    """What one customer buys at each visit: things of their own again, as far as they ran out, and new ones."""
    mean_log, again = chance.normal(np.log(13), 0.8), chance.beta(3.0, 4.0)
    own: dict[int, list[float]] = {}
    baskets = []
    for day in visits.tolist():
        week = day // 7
        size = int(np.clip(np.exp(chance.normal(mean_log, 0.6)), 1, 120))
        basket: set[int] = set()
        if own:
            names = np.array(list(own))
            like, last = np.array(list(own.values())).T
            weight = like * (1 - np.exp(-(day - last) / lasts[names])) * np.minimum(wanted[week, names] * 1e3, 1)
            many = min(int(chance.binomial(size, again)), int((weight > 0).sum()))
            if many:
                basket |= set(chance.choice(names, many, replace=False, p=weight / weight.sum()).tolist())
        new = np.searchsorted(cumulated[week], chance.random(size - len(basket)) * cumulated[week, -1])
        basket |= set(np.minimum(new, wanted.shape[1] - 1).tolist())
        for item in basket:
            own.setdefault(item, [float(chance.gamma(0.6)) + 1e-6, 0.0])[1] = float(day)
        baskets.append([(item, int(chance.integers(1, 25))) for item in sorted(basket)])
    return baskets

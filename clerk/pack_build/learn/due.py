"""Fits how likely things come back within two weeks: `models["due"]`.

The past is looked at as of three days, four weeks apart, the latest two weeks before the newest line, so that what
really happened in the two weeks after each is known. The latest day counts most: what is bought shifts with the season,
and equal weights promised 8 % too much on the Complete Journey's later weeks.

A second set of weights, `here`, speaks of a member who stands at the counter: it is fitted on visits, each looked at
from the moment before it, today being among the days. Both carry an offset, which brings what they say to what happened
in the shop's latest two weeks. It is found anew every night (`recentred`), also while the weights are used again: five
weeks after learning, a shop before Christmas bought a third more than the weights said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from clerk.clock import DAY_S
from clerk.model import History, ItemColumns
from clerk.pack_build.learn.attempt import enough
from clerk.pack_build.learn.cases import visits
from clerk.pack_build.learn.logistic import Fitted, Rows, Table, fit, moments
from clerk.visit.habits.features import ShopStats
from clerk.visit.habits.hazard import FACTS, hazard_features, repeated
from clerk.visit.habits.member_habits import Habits, habits
from clerk.visit.habits.next_items import sigmoid
from clerk.visit.shop import Shop

Ints = NDArray[np.int64]
Numbers = NDArray[np.float64]

HORIZON_DAYS = 14
"""The promise "within 14 days"."""
SNAPSHOTS, APART_DAYS = 3, 28
"""Days looked back from, and how far apart: four whole weeks, so that weekdays count alike."""
FADES = 0.5
"""Weight of a day against the next later one."""
LEAST_CASES, LEAST_BOUGHT = 2_000, 100
"""Pairs, and purchases among them, below which nothing is learned and renewal speaks. Of samples of a thousand
pairs the weights already ordered later weeks better than renewal did: AUC .81 against .79, and .76 against .74."""
VISIT_DAYS = 42
"""Days in which visits are looked at for `here`, up to the latest two weeks."""
VISITS_AT_MOST = 3_000
"""Visits to learn `here` from: the weights lean on those learned without."""

_RENEWAL = {"renewal": 0.6, "visit_renewal": 0.6}
"""Weights that those learned lean on: turn of the thing and turn of the member, by their intervals alone."""
_RIDGE = 200.0
"""How many cases' worth they lean: in a shop of few pairs they stay near, in a large one it moves nothing."""
_RIDGE_HERE = 20.0
"""How many cases' worth the weights for a member who is here lean on the others."""
_DRIFT = 0.3
"""Standard deviation of the log odds by which shops drift off: an offset that is less certain is taken in part."""
_FARTHEST = 1.5
"""No shop drifts farther than this within two weeks; beyond, its records have a hole."""
_STEPS = 40
_YEAR_DAYS = 364
"""A year of whole weeks."""


@dataclass(slots=True)
class _Cases:
    """Pairs of a member and an item at a moment, growing."""

    x: Table = field(default_factory=Table)
    y: list[NDArray[np.bool_]] = field(default_factory=list)
    weight: list[Numbers] = field(default_factory=list)
    member: list[Ints] = field(default_factory=list)
    late: list[NDArray[np.bool_]] = field(default_factory=list)
    """Whether the moment is of those that the offset is found from."""

    def add(self, x: Numbers, y: NDArray[np.bool_], weight: float, member: int, late: bool) -> None:
        """Adds the pairs of one member at one moment."""
        self.x.add(x)
        self.y.append(y)
        self.weight.append(np.full(len(y), weight))
        self.member.append(np.full(len(y), member))
        self.late.append(np.full(len(y), late))

    def bought(self) -> NDArray[np.bool_]:
        """Labels of all."""
        return np.concatenate(self.y) if self.y else np.zeros(0, dtype=bool)


@dataclass(slots=True)
class _Seen:
    """What a pass over the members found."""

    then: _Cases = field(default_factory=_Cases)
    """At set days."""
    here: _Cases = field(default_factory=_Cases)
    """At visits."""
    year_ago: Ints = field(default_factory=lambda: np.zeros(2, dtype=np.int64))
    """Visits a year ago, in the two weeks before this day of the year and in the two weeks after."""


def learn_due(
    histories: Iterable[History], columns: ItemColumns, shop: Shop, stats: ShopStats, data_until: int
) -> dict[str, object]:
    """The hazard of a shop as JSON.

    Args:
        histories: of the members to learn from.
        columns: the items' numbers, made from all lines of these members.
        shop: the shop's rhythm.
        stats: the shop's numbers.
        data_until: wall seconds of the newest line.

    Raises:
        TooLittle: there is too little to learn from.
    """
    seen = _looked(histories, columns, shop, stats, data_until, SNAPSHOTS)
    then, here = seen.then, seen.here
    x, y = then.x.taken(), then.bought()
    enough(len(y), LEAST_CASES, "pairs of a member and an item bought again")
    enough(int(y.sum()), LEAST_BOUGHT, "such pairs that came back within two weeks")
    weight = np.concatenate(then.weight)
    fitted = fit(x, y, weight, ridge=_RIDGE, near=_by_intervals(x, y, weight))
    told: dict[str, object] = {
        "names": list(FACTS),
        "horizon_days": HORIZON_DAYS,
        "mean": fitted.mean.tolist(),
        "scale": fitted.scale.tolist(),
        "weight": fitted.weight.tolist(),
        "bias": fitted.bias,
        "offset": _offset(fitted, x, then, seen.year_ago),
        "cases": len(y),
        "bought": int(y.sum()),
    }
    del x
    y_here = here.bought()
    if int(y_here.sum()) >= LEAST_BOUGHT:
        x_here = here.x.taken()
        nearer = fit(x_here, y_here, np.concatenate(here.weight), ridge=_RIDGE_HERE, near=fitted)
        told["here"] = {
            "weight": nearer.weight.tolist(),
            "bias": nearer.bias,
            "offset": _offset(nearer, x_here, here),
            "cases": len(y_here),
            "bought": int(y_here.sum()),
        }
    return told


def recentred(
    model: Mapping[str, object],
    histories: Iterable[History],
    columns: ItemColumns,
    shop: Shop,
    stats: ShopStats,
    data_until: int,
) -> dict[str, object]:
    """A model learned before, with the offsets of tonight; its weights stay.

    Args:
        model: as `learn_due` wrote it.
        histories: as in `learn_due`, like all that follows.
        columns: as in `learn_due`.
        shop: as in `learn_due`.
        stats: as in `learn_due`.
        data_until: as in `learn_due`.
    """
    seen = _looked(histories, columns, shop, stats, data_until, 1)
    told = dict(model)
    if seen.then.y:
        told["offset"] = _offset(_as_fitted(model, model), seen.then.x.taken(), seen.then, seen.year_ago)
    here = model.get("here")
    if isinstance(here, Mapping) and seen.here.y:
        told["here"] = {**here, "offset": _offset(_as_fitted(model, here), seen.here.x.taken(), seen.here)}
    return told


def _looked(
    histories: Iterable[History], columns: ItemColumns, shop: Shop, stats: ShopStats, data_until: int, snapshots: int
) -> _Seen:
    """Looks at every member as of the latest days and as of some of their visits."""
    seen = _Seen()
    last = data_until - HORIZON_DAYS * DAY_S
    days = [last - APART_DAYS * back * DAY_S for back in range(snapshots)]
    visits_from = last - (VISIT_DAYS if snapshots > 1 else HORIZON_DAYS) * DAY_S
    edges = data_until + (np.array([-HORIZON_DAYS, 0, HORIZON_DAYS]) - _YEAR_DAYS) * DAY_S
    everybody = list(histories)
    moments = [visits(history) for history in everybody]
    # Every so many visits one, so that who comes often counts as often as at the counter.
    every = max(1, -(-sum(int(((at > visits_from) & (at <= last)).sum()) for at in moments) // VISITS_AT_MOST))
    place = 0
    for member, (history, visited) in enumerate(zip(everybody, moments, strict=True)):
        seen.year_ago += np.diff(np.searchsorted(visited, edges, side="right"))
        whole = habits(history, columns, data_until, shop.decay)
        looks = [(seen.then, day, day + HORIZON_DAYS * DAY_S, FADES**back, back == 0) for back, day in enumerate(days)]
        lately = visited[(visited > visits_from) & (visited <= last)]
        looks += [
            (seen.here, at - 1, at + HORIZON_DAYS * DAY_S, 1.0, at > last - HORIZON_DAYS * DAY_S)
            for at in lately[-place % every :: every].tolist()
        ]
        place += len(lately)
        for cases, moment, until, weight, late in looks:
            known = habits(history, columns, moment, shop.decay)
            rows = repeated(known)
            if len(rows):
                x = hazard_features(known, columns, shop, stats, HORIZON_DAYS, rows, whole)
                cases.add(x, bought_between(known.items.key[rows], whole, moment, until), weight, member, late)
    return seen


def _offset(fitted: Fitted, x: Rows, cases: _Cases, year_ago: Ints | None = None) -> float:
    """Log odds by which the latest moments were above what the weights say.

    Members buy many things or none, so an offset is as certain as the members are many, not the pairs. What a year ago
    the two weeks to come were busier than the two before is added, as far as it is certain.
    """
    late = np.concatenate(cases.late)
    if not late.any():
        return 0.0
    y, member = np.concatenate(cases.y)[late], np.concatenate(cases.member)[late]
    said = fitted.logit(x[late])
    offset = _level(said, y, np.ones(len(y)))
    p = sigmoid(said + offset)
    missed = np.bincount(member, weights=y - p)
    variance = float(missed @ missed) / (float((p * (1 - p)).sum()) + 1.0) ** 2
    offset *= _DRIFT**2 / (_DRIFT**2 + variance)
    if year_ago is not None and year_ago.min() > 0:
        before, after = year_ago.tolist()
        offset += np.log(after / before) * _DRIFT**2 / (_DRIFT**2 + 1 / before + 1 / after)
    return float(np.clip(offset, -_FARTHEST, _FARTHEST))


def _by_intervals(x: Rows, y: NDArray[np.bool_], weight: Numbers) -> Fitted:
    """Weights that look at intervals alone, and promise as much as was bought."""
    mean, scale = moments(x, weight)
    by_intervals = np.array([_RENEWAL.get(name, 0.0) for name in FACTS]) * scale
    told = Fitted(mean, scale, by_intervals, 0.0).logit(x)
    return Fitted(mean, scale, by_intervals, _level(told, y, weight))


def _level(told: Numbers, y: NDArray[np.bool_], weight: Numbers) -> float:
    """What must be added to log odds so that they promise as much as was bought, leaning on nothing by one case."""
    level = 0.0
    for _ in range(_STEPS):
        p = sigmoid(told + level)
        step = (float(weight @ (y - p)) - level) / (float(weight @ (p * (1 - p))) + 1.0)
        # A whole step overshoots where chances are near 0 or 1.
        level += float(np.clip(step, -1.0, 1.0))
    return level


def _as_fitted(model: Mapping[str, object], own: Mapping[str, object]) -> Fitted:
    """The regression behind a model's JSON."""
    mean, scale, weight = (np.array(part, dtype=np.float64) for part in (model["mean"], model["scale"], own["weight"]))
    return Fitted(mean, scale, weight, float(str(own["bias"])))


def bought_within(item_nos: Ints, whole: Habits, day: int, horizon_days: int) -> NDArray[np.bool_]:
    """Whether each item was bought after a moment and within the horizon."""
    return bought_between(item_nos, whole, day, day + horizon_days * DAY_S)


def bought_between(item_nos: Ints, whole: Habits, after: int, until: int) -> NDArray[np.bool_]:
    """Whether each item was bought after a moment, and no later than another."""
    then = (whole.basket_at > after) & (whole.basket_at <= until)
    items = whole.items
    rows = np.repeat(np.arange(len(items)), items.baskets)[then[items.occurrence]]
    bought: NDArray[np.bool_] = np.isin(item_nos, items.key[rows])
    return bought

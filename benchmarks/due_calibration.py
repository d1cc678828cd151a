"""Will it be bought within 14 days: `python -m benchmarks.due_calibration [--boot 200]`.

Two shops, each learned once and asked later: The Complete Journey (learned as of day 273 of the year, asked on days
287, 315 and 336) and a made-up wholesaler of gifts (`benchmarks._wholesale`; learned at the end of August, asked two,
five, nine and twelve weeks later, up to its busiest weeks). On each day every (member, item) pair bought on two days or
more is asked about. Item statistics are those of a build on the day of the question.

Rows: `hazard` is what is in use, recentred on the day of the question; `as learned` is the same without; `renewal`
speaks where nothing could be learned. `here` asks on visits of the 14 days after each day instead, from the moment
before the visit, which is among the days; `here, unaware` is what was said there without knowing that the member came.
Of both the largest difference between said and was is given, over tenths of what was said with 200 pairs or more.
Intervals are over members.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks._shop import columns_until, numbered, numbered_folder, until
from benchmarks._wholesale import wholesale
from clerk.clock import DAY_S, from_datetime
from clerk.demo.complete_journey import write_complete_journey
from clerk.pack_build.learn.cases import members, visits
from clerk.pack_build.learn.due import HORIZON_DAYS, bought_between, learn_due, recentred
from clerk.pack_build.numbering import Numbered
from clerk.settings import Settings
from clerk.visit.habits.features import shop_stats
from clerk.visit.habits.hazard import hazard_model, repeated
from clerk.visit.habits.interval import renewal
from clerk.visit.habits.member_habits import habits
from clerk.visit.shop import shop_of

GOALS = {
    "complete journey": {"auc": 0.768, "ece": 0.006, "brier_skill": 0.13},
    "wholesale": {"auc": 0.75, "ece": 0.01},
    "here": {"farthest": 0.03},
}
Numbers = NDArray[np.float64]


def main() -> int:
    """Prints one line a model, or one JSON document."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--boot", type=int, default=200)
    options.add_argument("--json", action="store_true")
    options.add_argument("--only", choices=("journey", "wholesale"))
    chosen = options.parse_args()
    figures = {}
    if chosen.only != "wholesale":
        figures["complete journey"] = measured(*complete_journey(), every_visit=8, boot=chosen.boot)
    if chosen.only != "journey":
        figures["wholesale"] = measured(*wholesaler(), every_visit=2, boot=chosen.boot)
    if chosen.json:
        print(json.dumps(figures, indent=1))
    else:
        for shop, rows in figures.items():
            for name, row in rows.items():
                print(f"{shop:17}{name:15}" + "  ".join(f"{key} {value}" for key, value in row.items()))
    return 0


def complete_journey() -> tuple[Numbered, int, list[int]]:
    """The shop, when it is learned, and when it is asked."""
    first = from_datetime(datetime(2017, 1, 1))
    with tempfile.TemporaryDirectory(prefix="clerk-bench-") as scratch:
        write_complete_journey(Path(scratch))
        shop = numbered_folder(Path(scratch), first + 366 * DAY_S)
    return shop, first + 273 * DAY_S, [first + day * DAY_S for day in (287, 315, 336)]


def wholesaler() -> tuple[Numbered, int, list[int]]:
    """The same of the made-up wholesaler."""
    learned = from_datetime(datetime(2011, 8, 29))
    shop = numbered(wholesale(), from_datetime(datetime(2011, 12, 11)))
    return shop, learned, [learned + day * DAY_S for day in (14, 35, 63, 84)]


class _Said:
    """What was said and what was, over members."""

    def __init__(self) -> None:
        self._p: list[Numbers] = []
        self._bought: list[NDArray[np.bool_]] = []
        self._who: list[NDArray[np.int64]] = []

    def add(self, p: Numbers, bought: NDArray[np.bool_], member_no: int) -> None:
        """Adds the pairs of one member."""
        self._p.append(p)
        self._bought.append(bought)
        self._who.append(np.full(len(p), member_no))

    def figures(self, boot: int) -> dict[str, Any]:
        """AUC, calibration and skill."""
        return calibration(*(np.concatenate(part) for part in (self._p, self._bought, self._who)), boot)

    def farthest(self) -> dict[str, Any]:
        """Said and was by tenths of what was said, and the largest difference."""
        p, bought = np.concatenate(self._p), np.concatenate(self._bought)
        tenth = np.minimum((p * 10).astype(np.int64), 9)
        rows = [(float(p[at].mean()), float(bought[at].mean())) for place in range(10)
                if np.count_nonzero(at := tenth == place) >= 200]  # fmt: skip
        return {
            "farthest": round(max(abs(said - was) for said, was in rows), 3),
            "said and was": " ".join(f"{said:.2f}/{was:.2f}" for said, was in rows),
        }


def measured(shop: Numbered, then: int, asked: list[int], *, every_visit: int, boot: int) -> dict[str, dict[str, Any]]:
    """All models on the same questions; of the visits one in `every_visit` is asked about."""
    settings = Settings()
    everybody = list(members(shop, int(shop.lines["at"].max())))  # type: ignore[arg-type]
    cut = [one for member in everybody if len(one := until(member.history, then))]
    columns = columns_until(shop, then)
    rhythm = shop_of(columns, settings)
    started = time.process_time()
    learned = learn_due(cut, columns, rhythm, shop_stats(columns, rhythm, then), then)
    learning = time.process_time() - started
    said: dict[str, _Said] = defaultdict(_Said)
    nights = 0.0
    for now in asked:
        columns = columns_until(shop, now)
        rhythm = shop_of(columns, settings)
        stats = shop_stats(columns, rhythm, now)
        known_then = [one for member in everybody if len(one := until(member.history, now))]
        started = time.process_time()
        tonight = recentred(learned, known_then, columns, rhythm, stats, now)
        nights += (time.process_time() - started) / len(asked)
        model, here = hazard_model(tonight, stats), hazard_model(tonight, stats, here=True)
        plain = hazard_model({**learned, "offset": 0.0}, stats)
        assert model is not None
        assert plain is not None
        for one in everybody:
            whole = habits(one.history, columns, now + 2 * HORIZON_DAYS * DAY_S, rhythm.decay)
            known = habits(one.history, columns, now, rhythm.decay)
            rows = repeated(known)
            if len(rows):
                bought = bought_between(known.items.key[rows], whole, now, now + HORIZON_DAYS * DAY_S)
                for name, speaks in (("hazard", model), ("as learned", plain)):
                    p = speaks.probabilities(known, columns, rhythm, rows, HORIZON_DAYS)
                    said[name].add(p, bought, one.member_no)
                p = renewal(known, columns, rhythm, settings.due, HORIZON_DAYS)[rows]
                said["renewal"].add(p, bought, one.member_no)
            moments = visits(one.history)
            moments = moments[(moments > now) & (moments <= now + HORIZON_DAYS * DAY_S)]
            for at in moments[one.member_no % every_visit :: every_visit].tolist():
                known = habits(one.history, columns, at - 1, rhythm.decay)
                rows = repeated(known)
                if not len(rows) or here is None:
                    continue
                bought = bought_between(known.items.key[rows], whole, at - 1, at + HORIZON_DAYS * DAY_S)
                for name, speaks in (("here", here), ("here, unaware", model)):
                    p = speaks.probabilities(known, columns, rhythm, rows, HORIZON_DAYS)
                    said[name].add(p, bought, one.member_no)
    figures = {name: one.figures(boot if name in ("hazard", "here") else 20) for name, one in said.items()}
    for name in ("here", "here, unaware"):
        if name in said:
            figures[name] |= said[name].farthest()
    figures["hazard"] |= {"learning CPU s": round(learning, 1), "a night after it CPU s": round(nights, 1)}
    return figures


def calibration(p: Numbers, y: NDArray[np.bool_], who: NDArray[np.int64], boot: int) -> dict[str, Any]:
    """AUC, expected calibration error over ten equal widths, Brier skill; intervals over members."""
    numbers = np.unique(who, return_inverse=True)[1]
    chance = np.random.default_rng(0)
    size = int(numbers.max()) + 1
    drawn = []
    for _ in range(boot):
        times = np.bincount(chance.integers(0, size, size), minlength=size).astype(np.float64)
        drawn.append(_figures(p, y, times[numbers]))
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    found = _figures(p, y, np.ones(len(y)))
    told: dict[str, Any] = {"pairs": len(y), "base": round(float(y.mean()), 4)}
    for at, name in enumerate(("auc", "ece", "brier_skill")):
        told[name] = {"is": round(float(found[at]), 4), "ci95": [round(float(end[at]), 4) for end in (low, high)]}
    return told


def _figures(p: Numbers, y: NDArray[np.bool_], w: Numbers) -> tuple[float, float, float]:
    """The three figures, each pair counting `w` times."""
    total, base = w.sum(), float(w @ y) / w.sum()
    order = np.argsort(p, kind="stable")
    misses = (w * ~y)[order]
    # Every bought pair counts the misses below it, and half of those beside it.
    below = np.cumsum(misses)
    ties = np.searchsorted(p[order], p[order], side="left"), np.searchsorted(p[order], p[order], side="right") - 1
    before = below[ties[0]] - misses[ties[0]]
    hits = (w * y)[order]
    auc = float(hits @ (before + (below[ties[1]] - before) / 2)) / (hits.sum() * misses.sum())
    place = np.clip((p * 10).astype(np.int64), 0, 9)
    sums = [np.bincount(place, weights=part, minlength=10) for part in (w, w * p, w * y)]
    ece = float(np.abs(sums[1] - sums[2]).sum() / total)
    brier = float(w @ (p - y) ** 2) / total
    return auc, ece, 1 - brier / (base * (1 - base))


if __name__ == "__main__":
    sys.exit(main())

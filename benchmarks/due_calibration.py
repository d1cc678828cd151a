"""Will it be bought within 14 days: `python -m benchmarks.due_calibration [--boot 200]`, on The Complete Journey.

The hazard is learned as of day 273 of the year (from days 259, 231 and 203), then asked on days 287, 315 and 336 about
every (member, item) pair bought on two days or more. Item statistics are those of a build on the day of the question.
Intervals are over members. Renewal, which speaks where nothing could be learned, stands beside it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks._shop import columns_until, numbered_folder, until
from clerk.clock import DAY_S, from_datetime
from clerk.demo.complete_journey import write_complete_journey
from clerk.pack_build.learn.cases import members
from clerk.pack_build.learn.due import HORIZON_DAYS, bought_within, learn_due
from clerk.settings import Settings
from clerk.visit.habits.features import shop_stats
from clerk.visit.habits.hazard import hazard_model, repeated
from clerk.visit.habits.interval import renewal
from clerk.visit.habits.member_habits import habits
from clerk.visit.shop import shop_of

GOALS = {"auc": 0.768, "ece": 0.006, "brier_skill": 0.13}
LEARNED_ON, ASKED_ON = 273, (287, 315, 336)
"""Days of the year 2017."""

Numbers = NDArray[np.float64]


def main() -> int:
    """Prints one line a model, or one JSON document."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--boot", type=int, default=200)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    figures = measured(chosen.boot)
    if chosen.json:
        print(json.dumps(figures, indent=1))
    else:
        for name, row in figures.items():
            print(f"{name:10} " + "  ".join(f"{key} {value}" for key, value in row.items()))
    return 0


def measured(boot: int) -> dict[str, dict[str, Any]]:
    """Both models on the same questions."""
    first = from_datetime(datetime(2017, 1, 1))
    with tempfile.TemporaryDirectory(prefix="clerk-bench-") as scratch:
        write_complete_journey(Path(scratch))
        shop = numbered_folder(Path(scratch), first + 366 * DAY_S)
    settings = Settings()
    everybody = list(members(shop, first + 366 * DAY_S))
    then = first + LEARNED_ON * DAY_S
    columns = columns_until(shop, then)
    rhythm = shop_of(columns, settings)
    started = time.process_time()
    learned = learn_due(
        [cut for one in everybody if len(cut := until(one.history, then))], columns, rhythm,
        shop_stats(columns, rhythm, then), then,
    )  # fmt: skip
    learning = time.process_time() - started
    chance: list[Numbers] = []
    simple: list[Numbers] = []
    bought: list[NDArray[np.bool_]] = []
    whose: list[NDArray[np.int64]] = []
    for day in ASKED_ON:
        now = first + day * DAY_S
        columns = columns_until(shop, now)
        rhythm = shop_of(columns, settings)
        model = hazard_model(learned, shop_stats(columns, rhythm, now))
        for one in everybody:
            known = habits(one.history, columns, now, rhythm.decay)
            rows = repeated(known)
            if model is None or not len(rows):
                continue
            later = habits(one.history, columns, now + HORIZON_DAYS * DAY_S, rhythm.decay)
            chance.append(model.probabilities(known, columns, rhythm, rows, HORIZON_DAYS))
            simple.append(renewal(known, columns, rhythm, settings.due, HORIZON_DAYS)[rows])
            bought.append(bought_within(known.items.key[rows], later, now, HORIZON_DAYS))
            whose.append(np.full(len(rows), one.member_no))
    y, who = np.concatenate(bought), np.concatenate(whose)
    figures = {
        name: calibration(np.concatenate(p), y, who, boot) for name, p in (("hazard", chance), ("renewal", simple))
    }
    figures["hazard"]["learning CPU seconds"] = round(learning, 1)
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

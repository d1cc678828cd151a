"""What will this member buy next: protocol T on The Complete Journey, through `clerk build` and `clerk forecast`.

`python -m benchmarks.next_basket [--data ../shared/bench] [--short SEED] [--keep DIR] [--boot 1000]`

The history becomes a canonical folder (members, items, lines), a pack is built of it, the truth gives the times of the
visits and nothing else, and the scorer beside the data judges the file that comes out. Neither command sees the truth.

`--short` cuts every member to a few visits in a row, without dates or prices, and predicts the one after them: what a
shop with a young loyalty programme has. Rare items are left out, as in the published sets of this kind.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

GOALS = {"recall@10": 0.185, "ndcg_rc@10": 0.170}
"""What the project promises; TIFU-KNN 0.170 / 0.159, best published on the two-year release 0.179 / 0.171."""


SHORT = (5, 9)
"""Fewest and most visits of a member under `--short`, the predicted one among them."""
RARE = 3
"""Lines from which an item counts under `--short`."""


def main() -> int:
    """Builds, forecasts, scores and prints one table, or one JSON document."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, default=Path("../shared/bench"))
    options.add_argument("--keep", type=Path, help="folder for the canonical tables, the pack and the predictions")
    options.add_argument("--boot", type=int, default=1000)
    options.add_argument("--top", type=int, default=20)
    options.add_argument("--short", type=int, metavar="SEED", help="short histories without dates, cut by this seed")
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    data = chosen.data / "next_basket"
    if not (data / "proto_T_history.parquet").exists():
        print(f"no history in {data}: name the folder with --data", file=sys.stderr)
        return 3
    with tempfile.TemporaryDirectory(prefix="clerk-bench-") as scratch:
        figures = measured(data, chosen.keep or Path(scratch), chosen.top, chosen.boot, chosen.short)
    print(json.dumps(figures, indent=1) if chosen.json else told(figures))
    return 0


def measured(data: Path, folder: Path, top: int, boot: int, short: int | None = None) -> dict[str, Any]:
    """Scores and costs of the whole way."""
    history, truth = data / "proto_T_history.parquet", data / "proto_T_truth.parquet"
    if short is not None:
        history, truth = cut_short(history, folder, short)
    predictions = folder / "P.parquet"
    write_canonical(history, folder / "canonical")
    write_visits(truth, folder / "visits.parquet")
    home = str(folder / "home")
    last = pl.scan_parquet(truth).select(pl.col("bts").max()).collect().item()
    canonical = str(folder / "canonical")
    built = clerk("build", "--from", canonical, "--home", home, "--no-meaning", "--at", f"{last:%Y-%m-%d}")
    told_ = clerk(
        "forecast", "--visits", str(folder / "visits.parquet"), "--top", str(top), "--out", str(predictions),
        "--home", home,
    )  # fmt: skip
    score = [sys.executable, str(data / "score.py"), "--pred", str(predictions), "--truth", str(truth)]
    score += ["--history", str(history), "--boot", str(boot)]
    scores = json.loads(subprocess.run(score, check=True, capture_output=True, text=True).stdout)
    return {"scores": scores, "build": built, "forecast": told_, "goals": GOALS if short is None else {}}


def cut_short(history: Path, folder: Path, seed: int) -> tuple[Path, Path]:
    """A history and a truth of few visits a member, a week apart each; the latest visit of everybody is the truth."""
    lines = pl.read_parquet(history, columns=["customer_id", "item_id", "bts"])
    # A visit is a day, and what was bought on it counts once.
    lines = lines.with_columns(day=pl.col("bts").dt.date()).select("customer_id", "day", "item_id").unique()
    visits = lines.select("customer_id", "day").unique().sort("customer_id", "day")
    visits = visits.with_columns(place=pl.int_range(pl.len()).over("customer_id"), of=pl.len().over("customer_id"))
    people = visits.select("customer_id", "of").unique().sort("customer_id").filter(pl.col("of") >= SHORT[0])
    chance = np.random.default_rng(seed)
    many = np.minimum(chance.integers(SHORT[0], SHORT[1] + 1, people.height), people["of"].to_numpy())
    first = chance.integers(0, people["of"].to_numpy() - many + 1)
    people = people.select("customer_id", first=pl.Series(first), last=pl.Series(first + many - 1))
    visits = visits.join(people, on="customer_id").filter(pl.col("place").is_between("first", "last"))
    lines = lines.join(visits, on=["customer_id", "day"]).with_columns(back=pl.col("last") - pl.col("place"))
    often = lines.filter(pl.col("back") > 0).group_by("item_id").len().filter(pl.col("len") >= RARE)
    lines = lines.join(often, on="item_id", how="semi").sort("customer_id", "place", "item_id").select(
        "customer_id", "item_id",
        basket_id=pl.format("{}/{}", "customer_id", "place"), qty=pl.lit(1), amount=pl.lit(0.0),
        bts=pl.datetime(2017, 12, 31, 12) - pl.duration(weeks=pl.col("back")), past=pl.col("back") > 0,
    )  # fmt: skip
    past, truth = lines.filter("past"), lines.filter(~pl.col("past"))
    folder.mkdir(parents=True, exist_ok=True)
    cut = folder / "short_history.parquet", folder / "short_truth.parquet"
    past.write_parquet(cut[0])
    truth.join(past, on="customer_id", how="semi").write_parquet(cut[1])
    return cut


def write_canonical(history: Path, folder: Path) -> None:
    """The history as a canonical folder: required columns, what was paid, and a made-up yes of everybody.

    Without it nobody may be forecast by name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = pl.read_parquet(history).select(
        member_id=pl.col("customer_id").cast(pl.String),
        basket_id=pl.col("basket_id").cast(pl.String),
        sku=pl.col("item_id").cast(pl.String),
        quantity="qty",
        sold_at=pl.col("bts").cast(pl.Datetime("us")),
        line_total="amount",
    )
    lines.write_parquet(folder / "lines.parquet")
    members = lines.select("member_id").unique().sort("member_id")
    members.write_parquet(folder / "members.parquet")
    agreed = pl.DataFrame({"purpose": ["remember", "suggest"], "state": "given", "at": "2000-01-01T09:00:00"})
    members.join(agreed, how="cross").write_parquet(folder / "consents.parquet")
    lines.select("sku", name="sku").unique().sort("sku").write_parquet(folder / "items.parquet")


def write_visits(truth: Path, path: Path) -> None:
    """Who comes when, of the truth's baskets; not what they buy."""
    visits = pl.read_parquet(truth, columns=["customer_id", "bts"]).unique(maintain_order=True)
    visits.select(member_id="customer_id", at=pl.col("bts").cast(pl.Datetime("us"))).write_parquet(path)


def clerk(*arguments: str) -> dict[str, float]:
    """Runs a command; gives its CPU and wall seconds, and the peak memory of the largest command so far."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-m", "clerk", *arguments, "--json"], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "cpu_s": round(cpu, 1),
        "wall_s": round(time.perf_counter() - began, 1),
        "peak_mb_so_far": round(after.ru_maxrss / 1024),
    }


def told(figures: dict[str, Any]) -> str:
    """The figures as a person reads them."""
    scores = figures["scores"]
    rows = [f"members {scores['customers']}, truth {scores['mean_truth']:.1f} items"]
    for name in ("recall@10", "ndcg_rc@10", "ndcg@10", "phr@10", "recall@20"):
        between = scores.get("ci95", {}).get(name)
        interval = f"[{between[0]:.4f}, {between[1]:.4f}]" if between else f"{'':<16}"
        goal = f"  goal {figures['goals'][name]}" if name in figures["goals"] else ""
        rows.append(f"{name:<12} {scores[name]:.4f}  {interval}{goal}")
    rows += [f"{name:<9} {figures[name]['cpu_s']} CPU-s, {figures[name]['wall_s']} s" for name in ("build", "forecast")]
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())

"""What each rule costs in recall where it has nothing to forbid: protocol T, every rule alone.

`python -m benchmarks.rule_cost [--keep DIR] [--data ../shared/bench]`; DIR as `benchmarks.next_basket --keep DIR` left
it, otherwise that benchmark runs first. A rule drops items from the forecast's twenty; the rest moves up; R@10 is
compared. The durable rule is the counter's own (few of an item's buyers ever bought it again). Gift, mistake, never and
has-it have nothing to forbid in data without marks and answers: they drop nothing, and the run shows that they do.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from clerk.model import ItemColumns, LineFlag
from clerk.pack.open import open_pack
from clerk.pack.read import PackReader
from clerk.settings import Settings
from clerk.visit.habits.due import behaves_durable
from clerk.visit.shop import flagged


def main() -> int:
    """Prints R@10 without rules, and with each rule alone."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--keep", type=Path)
    options.add_argument("--data", type=Path, default=Path("../shared/bench"))
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    if chosen.keep is not None:
        return measured(chosen)
    with tempfile.TemporaryDirectory(prefix="clerk-bench-") as scratch:
        chosen.keep = Path(scratch)
        command = [sys.executable, "-m", "benchmarks.next_basket", "--data", str(chosen.data), "--keep", scratch]
        if code := subprocess.run([*command, "--boot", "10"], stdout=subprocess.DEVNULL, check=False).returncode:
            return code
        return measured(chosen)


def measured(chosen: argparse.Namespace) -> int:
    """Measures in the folder that `next_basket` left."""
    truth = pl.read_parquet(chosen.data / "next_basket" / "proto_T_truth.parquet", columns=["customer_id", "item_id"])
    truth = truth.unique().cast(pl.String)
    told = pl.read_parquet(chosen.keep / "P.parquet").cast({"customer_id": pl.String, "item_id": pl.String})
    reader = PackReader(open_pack(chosen.keep / "home"))
    numbers = reader.item_nos(told["item_id"].unique().to_list())
    nos = np.array([numbers[sku] for sku in told["item_id"]], dtype=np.int64)
    set_aside = _set_aside(reader)
    rules: dict[str, Callable[[], np.ndarray]] = {
        "durable": lambda: (
            behaves_durable(reader.columns, nos, Settings()) | flagged(reader.columns, nos, ItemColumns.DURABLE)
        ),
        "sensitive": lambda: flagged(reader.columns, nos, ItemColumns.SENSITIVE),
        "gift, mistake, other, struck out": lambda: np.isin(nos, set_aside),
    }
    base = recall(told, truth)
    figures = {"no rule": round(base, 4)}
    for name, drops in rules.items():
        left = told.filter(~pl.Series(drops()))
        figures[name] = round(recall(left, truth) - base, 4)
    reader.pack.close()
    print(
        json.dumps(figures) if chosen.json else "\n".join(f"{name:<34} {value:+.4f}" for name, value in figures.items())
    )
    return 0


def recall(told: pl.DataFrame, truth: pl.DataFrame, k: int = 10) -> float:
    """Mean over members of the part of the truth found in the first `k`."""
    first = told.sort("customer_id", "rank").group_by("customer_id", maintain_order=True).head(k)
    hits = first.join(truth, on=["customer_id", "item_id"]).group_by("customer_id").agg(hits=pl.len())
    sizes = truth.group_by("customer_id").agg(size=pl.len()).join(hits, on="customer_id", how="left")
    return float((sizes["hits"].fill_null(0) / sizes["size"]).mean())  # type: ignore[arg-type, operator]


def _set_aside(reader: PackReader) -> list[int]:
    """Items with a line that says nothing about taste."""
    rows = reader.pack.db.execute("SELECT DISTINCT item_no FROM lines WHERE flags & ?", (int(LineFlag.NOT_TASTE),))
    return [int(no) for (no,) in rows]


if __name__ == "__main__":
    sys.exit(main())

"""Packs of one shop whose rows come in another order. Run as a module it builds one in a process of its own."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import polars as pl

from clerk.intake import canonical_tables
from clerk.intake.canonical_tables import ROW
from clerk.intake.checks.tables import Checked, check
from clerk.intake.report import BuildReport, StageClock
from clerk.pack_build.learn import learn
from clerk.pack_build.stages import Meaning, PackPlan, build_store
from clerk.settings import Settings
from embeddings import WeightlessEncoder

IN_THE_SHOPS_OWN_ORDER = ("modifiers", "privileges")
"""Tables whose rows a shop lists in the order in which people are to see them: `ROW` says which."""


def checked_tables(folder: Path, scratch: Path, now: int) -> Checked:
    """The tables of a canonical folder, checked. Effect: may write a quarantine below `scratch`."""
    sources, store = canonical_tables.read_folder(folder), canonical_tables.read_store(folder)
    return check(sources, store, BuildReport("tables"), Settings().pack, now, scratch, "rows")


def shuffled(checked: Checked, seed: int) -> Checked:
    """The same rows in another order; where the order says nothing, also under other numbers."""
    tables = {}
    for table, frame in checked.tables.items():
        mixed = frame.sample(fraction=1.0, shuffle=True, seed=seed)
        if ROW in frame.columns and table not in IN_THE_SHOPS_OWN_ORDER:
            mixed = mixed.with_columns(frame[ROW])
        tables[table] = mixed
    return Checked(tables, checked.currency, checked.store)


def files_of_pack(checked: Checked, events: Sequence[tuple[object, ...]], folder: Path, now: int) -> dict[str, str]:
    """Builds a pack and gives the sha256 of each of its files. Effect: writes `folder`, which must be new."""
    folder.mkdir()
    report = BuildReport("tables")
    plan = PackPlan(
        source="tables", now=now, generation="1", events=events, learn=learn, meaning=Meaning(WeightlessEncoder(32))
    )
    build_store(checked, folder, plan, report, StageClock(report, lambda _: None))
    assert not report.notices
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def main() -> None:
    """Arguments: canonical folder, folder for the pack, moment, seed. Prints the sha256 of each file as JSON."""
    folder, out, now, seed = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    whole = checked_tables(folder, out.parent, now)
    # Sixty members are enough for every habit to be learned, in a few seconds.
    some = whole.tables["members"]["member_id"].sort()[:60]
    whole.tables["lines"] = whole.tables["lines"].filter(pl.col("member_id").is_in(some.to_list()))
    checked = shuffled(whole, seed)
    print(json.dumps(files_of_pack(checked, mixed_events(seed), out, now)))  # noqa: T201


def mixed_events(seed: int) -> list[tuple[object, ...]]:
    """Some events of members `M0001` and on, in an order that the seed decides."""
    rows = [
        ("d1", "e1", number, f"id{number}", (number // 3) << 16, 1_760_000_000 + number, 0, kind, 1, "anna",
         f"M{number % 40:04d}", json.dumps({"sku": "X", "event_id": f"id{number // 2}"}), "", "0", "1")
        for number, kind in enumerate(["mark", "undo", "fact", "answer", "undo"] * 40, start=1)
    ]  # fmt: skip
    random.Random(seed).shuffle(rows)
    return rows


if __name__ == "__main__":
    main()

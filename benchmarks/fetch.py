"""How long a pack of 100 MB takes from a folder to being installed, and how much of it is verifying who published it.

`python -m benchmarks.fetch [--mb N] [--rounds N] [--folder DIR] [--json]`. Goal: at most 3 s, verified and installed.
Shown beside it: a night that changed only a tenth, a night without news, and publishing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from clerk.clock import FixedClock, parse_at
from clerk.exchange.between import keys
from clerk.exchange.between.clock_floor import utc_seconds
from clerk.exchange.between.locations import Location
from clerk.exchange.device import enrol
from clerk.exchange.device.fetch import fetch
from clerk.exchange.device.verify import refresh
from clerk.exchange.office.devices import accept
from clerk.exchange.office.publish import publish
from clerk.pack import generations
from clerk.pack.manifest import write_manifest
from clerk.pack.open import PACKS

GOAL_S = 3.0
STORE = "s1"
SHARES = {"pack.db": 0.6, "columns.npz": 0.08, "names.npz": 0.01, "words.npz": 0.01, "vectors.npy": 0.2}
"""How large the files of a real pack are, in parts of the whole; the encoder, which never changes, is the rest."""


def make_pack(home: Path, generation: str, megabytes: int, *, changed: tuple[str, ...]) -> None:
    """Installs a pack of random bytes; files that are not named as changed are those of the pack before."""
    packs, building = home / PACKS, home / PACKS / f"{generations.BUILDING}bench"
    before = sorted(packs.glob("2*"))[-1:] if packs.exists() else []
    rest = 1 - sum(SHARES.values())
    for name, share in {**SHARES, "encoder/model.onnx": rest}.items():
        (building / name).parent.mkdir(parents=True, exist_ok=True)
        if before and name not in changed:
            shutil.copyfile(before[0] / name, building / name)
        else:
            (building / name).write_bytes(os.urandom(round(megabytes * 1e6 * share)))
    write_manifest(building, {"generation": generation, "built_at": 0, "source": "bench", "counts": {}})
    generations.install(home, building, generation)


def seconds(do: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def measure(root: Path, megabytes: int) -> dict[str, float]:
    """One office, one device, two nights: seconds by step."""
    office, location, now = root / "office", Location(root / "place"), FixedClock(parse_at("2026-11-20T04:00"))
    made = keys.make_office(office, utc_seconds(now))
    device = root / "device"
    asked = enrol.enrol(device, made, location, STORE, clock=now)
    accept(office, location, STORE, asked.device.device)
    taken = {}
    make_pack(office, "20261120T030000-000001", megabytes, changed=())
    taken["publish"] = seconds(lambda: publish(office, location, STORE, None, now))
    root_file = keys.office_file(device).root
    taken["of it: who published it"] = seconds(lambda: refresh(device, location, STORE, root_file, now, keep=False))
    taken["fetch, everything new"] = seconds(lambda: fetch(device, location, now))
    later = FixedClock(now.now() + 86_400)
    make_pack(office, "20261121T030000-000002", megabytes, changed=("columns.npz", "names.npz", "words.npz"))
    publish(office, location, STORE, None, later)
    taken["fetch, a tenth new"] = seconds(lambda: fetch(device, location, later))
    taken["fetch, nothing new"] = seconds(lambda: fetch(device, location, later))
    return taken


def main() -> None:
    """Prints the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--mb", type=int, default=100)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--folder", type=Path, default=None)
    arguments.add_argument("--json", action="store_true")
    options = arguments.parse_args()
    runs = []
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory(prefix="clerk-bench-", dir=options.folder) as name:
            runs.append(measure(Path(name), options.mb))
    medians = {step: statistics.median(run[step] for run in runs) for step in runs[0]}
    worst = {step: max(run[step] for run in runs) for step in runs[0]}
    if options.json:
        print(json.dumps({"mb": options.mb, "seconds": medians, "worst": worst, "goal": GOAL_S}))
        return
    print(f"a pack of {options.mb} MB, from a folder to installed; {options.rounds} rounds")
    print(f"{'step':<28}{'median':>9}{'worst':>9}{'goal':>9}")
    for step, value in medians.items():
        goal = f"{GOAL_S:.1f} s" if step == "fetch, everything new" else ""
        print(f"{step:<28}{value:>7.2f} s{worst[step]:>7.2f} s{goal:>9}")


if __name__ == "__main__":
    main()

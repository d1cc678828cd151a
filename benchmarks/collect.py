"""Head office's night: how many events a second come into the ledger, signatures and chains verified.

The goal of 10,000 a second is for PostgreSQL: a thousand stores with five devices and three hundred events each are
1.5 million a night. Run: `python -m benchmarks.collect [EVENTS] [DEVICES]`.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from clerk.clock import FixedClock
from clerk.exchange.between.event_bundle import EVENTS_AT_MOST, seal_bundle
from clerk.exchange.between.keys import make_office, office_public_key
from clerk.exchange.between.locations import Location
from clerk.exchange.office.collect import collect
from clerk.exchange.office.ledger.ledger import Ledger
from tests.exchange import postgres
from tests.exchange.histories import rows

Keys = dict[str, Ed25519PublicKey]
GOAL = 10_000
STORE = "0412"
CLOCK = FixedClock(1_800_000_000)


def main() -> int:
    """Makes the bundles once, collects them into both engines, and prints a table."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 1_500_000
    devices = int(sys.argv[2]) if len(sys.argv) > 2 else 250
    folder = Path(tempfile.mkdtemp(prefix="clerk-collect-"))
    try:
        (folder / "place").mkdir()
        office = folder / "office"
        make_office(office)
        keys = _send(folder, office, events // devices, devices)
        print(f"{events:,} events of {devices:,} devices; the goal is {GOAL:,} a second into PostgreSQL\n")
        print(f"{'ledger':<12}{'archive':<9}{'events':>11}{'seconds':>9}{'events/s':>10}")
        try:
            with postgres.running() as server:
                _measure("PostgreSQL", server.fresh(), folder, keys, with_archive=False)
                _measure("PostgreSQL", server.fresh(), folder, keys, with_archive=True)
        except postgres.NoPostgres as reason:
            print(f"PostgreSQL was NOT measured: {reason}")
        _measure("SQLite", "", folder, keys, with_archive=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _send(folder: Path, office: Path, each: int, devices: int) -> Keys:
    """Bundles of many devices on the place, as `clerk push` writes them; gives the devices' keys."""
    sealed_to = office_public_key(office)
    keys: Keys = {}
    for number in range(devices):
        device, key = f"{number:012x}", Ed25519PrivateKey.generate()
        keys[device] = key.public_key()
        history = rows(each, device, hlc=number)
        for start in range(0, each, EVENTS_AT_MOST):
            part = history[start : start + EVENTS_AT_MOST]
            bundle = seal_bundle(part, device, "e0000001", str(part[0][-2]), key, sealed_to, STORE)
            path = folder / "place" / STORE / "events" / device / "e0000001" / bundle.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(bundle.data)
    return keys


def _measure(name: str, url: str, folder: Path, keys: Keys, *, with_archive: bool) -> None:
    archive = Location(folder / "archive") if with_archive else None
    if archive is not None:
        (folder / "archive").mkdir()
    with Ledger.open(url, folder / "office", CLOCK) as ledger:
        started = time.perf_counter()
        location = Location(folder / "place")
        done = collect(folder / "office", location, STORE, ledger, CLOCK, archive=archive, keys=keys)
        seconds = time.perf_counter() - started
        assert done.events == ledger.count(STORE)
    print(
        f"{name:<12}{'yes' if with_archive else 'no':<9}{done.events:>11,}{seconds:>9.1f}"
        f"{done.events / seconds:>10,.0f}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())

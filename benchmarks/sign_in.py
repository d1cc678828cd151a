"""Signing in while 10,000 wrong PINs come over the network: how long people wait, and what the tries cost the shop.

`python -m benchmarks.sign_in [--tries N] [--json]`. Goals: no name locked at the counter; nobody's own sign-in, at the
counter or at a tablet that was used before, waits longer than 5 s.

`clerk serve` runs as a process of its own on loopback. Strangers send tries on 50 connections from 250 addresses, for
every name of the shop and for one that does not exist. All the while a tablet that was used before signs in, and so
does somebody at the counter: the check of the PIN that the counter makes, in this process, on the same data folder.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from aiohttp import ClientSession, CookieJar, TCPConnector

from clerk.clock import ShopClock
from clerk.journal import Journal
from clerk.model import EventKind
from clerk.model.staff import StaffRole
from clerk.people import People, people_file
from clerk.settings import PeopleSettings
from tests.serve import walk

TRIES = 10_000
CONNECTIONS = 50
ADDRESSES = 250
GOAL_S = 5.0
_NAMES = (walk.NAME, walk.BOSS, "Nobody Atall")


def main() -> int:
    """Measures and prints one line, or one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=TRIES)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="clerk-bench-") as scratch:
        home = Path(scratch)
        people = People(home, ShopClock(), PeopleSettings())
        people.add(walk.BOSS, walk.BOSS_PIN, StaffRole.MANAGER)
        people.add(walk.NAME, walk.PIN)
        with walk.served(home) as url:
            figures = asyncio.run(_attacked(url, people, chosen.tries))
        kept = people_file.read(home)
        with Journal.open(home, ShopClock()) as journal:
            rows = [event.payload for event in journal.events(kinds=(EventKind.SIGN,)) if "tried" in event.payload]
    figures |= {
        "names_locked_at_the_counter": sum(one.locked_until > 0 or one.wrong > 0 for one in kept),
        "pins_looked_at_for_a_name": max(one.strangers.in_a_row if one.strangers else 0 for one in kept),
        "journal_rows": len(rows),
        "refused_in_journal": sum(int(str(row["tried"])) for row in rows),
        "goal_s": GOAL_S,
    }
    print(json.dumps(figures) if chosen.json else "  ".join(f"{name} {value}" for name, value in figures.items()))
    slowest = max(float(str(figures["tablet_worst_s"])), float(str(figures["counter_worst_s"])))
    return 1 if figures["names_locked_at_the_counter"] or slowest > GOAL_S else 0


async def _attacked(url: str, people: People, tries: int) -> dict[str, object]:
    """Figures of the attack itself."""
    known = ClientSession(cookie_jar=CookieJar(unsafe=True))
    assert await _sign_in(known, url, walk.NAME, walk.PIN) == 303
    answers: Counter[int] = Counter()
    left = iter(range(tries))
    began = perf_counter()
    attack = asyncio.gather(*(_strangers(url, left, answers, number) for number in range(CONNECTIONS)))
    at_tablet: list[float] = []
    at_counter: list[float] = []
    while not attack.done():
        before = perf_counter()
        assert await _sign_in(known, url, walk.NAME, walk.PIN) == 303, "the tablet was turned away"
        at_tablet.append(perf_counter() - before)
        for name, pin in ((walk.BOSS, walk.BOSS_PIN), (walk.NAME, walk.PIN)):
            before = perf_counter()
            await asyncio.to_thread(people.check_pin, name, pin)
            at_counter.append(perf_counter() - before)
    await attack
    seconds = perf_counter() - began
    await known.close()
    return {
        "tries": sum(answers.values()),
        "tries_a_second": round(tries / seconds),
        "let_in": answers[303],
        "sign_ins_at_the_tablet": len(at_tablet),
        "tablet_p50_s": round(statistics.median(at_tablet), 2),
        "tablet_worst_s": round(max(at_tablet), 2),
        "sign_ins_at_the_counter": len(at_counter),
        "counter_p50_s": round(statistics.median(at_counter), 2),
        "counter_worst_s": round(max(at_counter), 2),
    }


async def _strangers(url: str, left: Iterator[int], answers: Counter[int], number: int) -> None:
    """One connection at a time from an address of its own, until all tries are made; then from the next address."""
    while True:
        connector = TCPConnector(local_addr=(f"127.0.1.{number % ADDRESSES + 1}", 0))
        number += CONNECTIONS
        async with ClientSession(connector=connector, cookie_jar=CookieJar(unsafe=True)) as stranger:
            for _ in range(TRIES // ADDRESSES):
                attempt = next(left, None)
                if attempt is None:
                    return
                answers[await _sign_in(stranger, url, _NAMES[attempt % len(_NAMES)], f"{attempt % 10_000:04}")] += 1


async def _sign_in(browser: ClientSession, url: str, name: str, pin: str) -> int:
    form = {"name": name, "pin": pin}
    async with browser.post(f"{url}/sign-in", data=form, headers={"Origin": url}, allow_redirects=False) as answer:
        await answer.read()
        return answer.status


if __name__ == "__main__":
    sys.exit(main())

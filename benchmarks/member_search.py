"""Member search, a keystroke at a time, over a million members: `python -m benchmarks.member_search [--json]`.

The members are made up (syllables, Zipf-distributed like real names), the tables are written by the builder's own
functions and read by the counter's own search. Every keystroke of a name, a surname, a phone ending, a fragment and
a misspelling is timed alone, rows and hints included.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from clerk.driver import connect
from clerk.pack import tables
from clerk.pack.create import PackFile
from clerk.pack.open import NAMES, Pack
from clerk.pack.read import PackReader
from clerk.pack.search import PackSearch
from clerk.pack_build.write import name_index, write_members

ONSETS = [
    "",
    "b",
    "br",
    "d",
    "f",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "kl",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "sch",
    "st",
    "t",
    "v",
    "w",
    "z",
]
VOWELS = ["a", "e", "i", "o", "u", "ei", "au", "ie", "ö", "á"]
ENDS = ["", "n", "r", "l", "s", "t", "m", "ck", "nd", "rt", "son", "mann", "ova", "ić"]


def main() -> None:
    """Builds once, times the keystrokes, prints a table or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=400, help="members that are searched for, by every kind of text")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rng = random.Random(7)
    with tempfile.TemporaryDirectory(prefix="clerk-members-") as folder:
        path = Path(folder) / "pack.db"
        began = time.perf_counter()
        members = made_up(options.members, rng)
        file = PackFile(path)
        file.add(tables.FactRow, [("built_at", "1767225600")])
        write_members(file, members)
        file.finish()
        name_index(members).save(Path(folder) / NAMES)
        built_s = time.perf_counter() - began
        db = connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
        db.execute("PRAGMA mmap_size=2147418112").fetchall()
        search = PackSearch(PackReader(Pack(Path(folder), "bench", {"files": {}}, db)))
        first_key = timed(search, ["ab"])[0]
        gc.collect()
        gc.freeze()
        chosen = members.sample(options.people, seed=7)
        kinds = texts_by_kind(chosen, rng)
        first_slip = timed(search, ["qxqxqx"])[0]
        found = {kind: sorted(timed(search, texts)) for kind, texts in kinds.items()}
        size_mb = sum(one.stat().st_size for one in Path(folder).iterdir()) / 1e6
    everything = sorted(ms for kind, times in found.items() if kind != "misspelt" for ms in times)
    result = {
        "members": options.members,
        "build_s": round(built_s, 1),
        "pack_mb": round(size_mb),
        "first_key_ms": round(first_key, 1),
        "first_misspelling_ms": round(first_slip, 1),
        "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3),
        "keystrokes": summary(everything),
        **{kind: summary(times) for kind, times in found.items()},
    }
    if options.json:
        print(json.dumps(result))
        return
    print(f"{options.members:,} members, pack {size_mb:.0f} MB, built in {built_s:.0f} s; ms a keystroke")
    print(f"{'':<22}{'n':>7}{'p50':>9}{'p99':>9}{'max':>9}")
    for name, row in result.items():
        if isinstance(row, dict):
            print(f"{name:<22}{row['n']:>7}{row['p50']:>9.2f}{row['p99']:>9.2f}{row['max']:>9.2f}")
    print(f"first key of a run (loads the index): {first_key:.0f} ms, first misspelling: {first_slip:.0f} ms")


def made_up(count: int, rng: random.Random) -> pl.DataFrame:
    """Members in order of recency, with names as unevenly spread as real ones."""
    given = sorted({_word(rng, 1, 3) for _ in range(6_000)})
    family = sorted({_word(rng, 2, 4) for _ in range(150_000)})
    rng.shuffle(given)
    rng.shuffle(family)
    numbers = np.random.default_rng(7)
    firsts = _spread(numbers, len(given), 0.85, count)
    lasts = _spread(numbers, len(family), 0.75, count)
    phones = numbers.integers(100_000_000, 999_999_999, count)
    blank = pl.lit("")
    return pl.DataFrame(
        {
            "member_no": np.arange(1, count + 1),
            "member_id": [f"M{number:07d}" for number in range(1, count + 1)],
            "name": [f"{given[a].title()} {family[b].title()}" for a, b in zip(firsts, lasts, strict=True)],
            "phone": [f"+43 {number}" for number in phones],
            "email": [f"{given[a]}{a}{b}@example.org" for a, b in zip(firsts, lasts, strict=True)],
            "last_at": 1_767_225_600 - np.arange(count) * 20,
        }
    ).with_columns(
        *(blank.alias(name) for name in ("given_name", "birthday", "joined_on", "locale", "home_store", "tier")),
        baskets=pl.lit(3),
        spend_minor=pl.lit(0),
    )


def texts_by_kind(chosen: pl.DataFrame, rng: random.Random) -> dict[str, list[str]]:
    """What associates type, as it stands after every key."""
    kinds: dict[str, list[str]] = {
        "name": [],
        "surname": [],
        "initials": [],
        "phone ending": [],
        "fragment": [],
        "misspelt": [],
    }
    for name, phone in chosen.select("name", "phone").iter_rows():
        first, _, last = name.lower().partition(" ")
        kinds["name"] += [name[:length] for length in range(1, len(name) + 1)]
        kinds["surname"] += [last[:length] for length in range(1, len(last) + 1)]
        kinds["initials"] += [f"{first[:2]} {last[:length]}" for length in range(1, 4)]
        kinds["phone ending"] += [phone[-length:] for length in (4, 5, 6)]
        kinds["fragment"] += [last[start : start + 4] for start in (1, 2) if len(last) >= start + 4]
        place = rng.randrange(1, max(2, len(last) - 1))
        kinds["misspelt"].append(f"{last[:place]}q{last[place + 1 :]}")
    return kinds


def timed(search: PackSearch, texts: list[str]) -> list[float]:
    """Milliseconds of each search."""
    out = []
    for text in texts:
        began = time.perf_counter()
        search.members(text, 20)
        out.append((time.perf_counter() - began) * 1e3)
    return out


def summary(times: list[float]) -> dict[str, float]:
    """Count, median, 99th percentile and maximum of sorted times."""
    at = lambda share: times[min(len(times) - 1, int(share * len(times)))]  # noqa: E731
    return {"n": len(times), "p50": round(at(0.5), 3), "p99": round(at(0.99), 3), "max": round(times[-1], 3)}


def _spread(numbers: np.random.Generator, names: int, exponent: float, count: int) -> np.ndarray:
    """Numbers of names: the most common given name gets about 5 % of all members, the most common surname 1 %."""
    weights = np.arange(1, names + 1) ** -exponent
    return numbers.choice(names, count, p=weights / weights.sum())


def _word(rng: random.Random, least: int, most: int) -> str:
    syllables = [rng.choice(ONSETS) + rng.choice(VOWELS) for _ in range(rng.randint(least, most))]
    return "".join(syllables) + rng.choice(ENDS)


if __name__ == "__main__":
    main()

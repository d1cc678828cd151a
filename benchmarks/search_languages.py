"""How good item search is in other languages: `python -m benchmarks.search_languages [--encoder DIR]`.

The judged sets of `tests/search/languages`: 40 items a language, 30 questions in other words than the items', half of
them used while constants were chosen and half kept apart. Each set goes the whole way: canonical folder, nightly build,
pack, `ItemSearch`; once by words alone and once with the multilingual encoder. Hit@3 is the share of questions with a
right answer among the first three.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from clerk.clock import ShopClock
from clerk.languages import words as language_words
from clerk.pack.open import open_pack
from clerk.pack.read import PackReader
from clerk.pack_build.build import build
from clerk.search.meaning import open_item_search
from clerk.settings import SearchSettings
from embeddings import Encoder, open_bundle
from embeddings.prepare import prepare

SETS = Path(__file__).resolve().parent.parent / "tests" / "search" / "languages"

GOAL = 0.9


def main() -> int:
    """Prints a line a language, and the CPU time of a question; 0 even when the goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search_languages", description=__doc__)
    parser.add_argument("--encoder", type=Path, help="a prepared multilingual bundle; left out: prepared now")
    parser.add_argument("--no-spellings", action="store_true", help="without the lists of words that are one thing")
    options = parser.parse_args()
    if options.no_spellings:
        language_words.SPELLINGS = Path("none")
    with tempfile.TemporaryDirectory() as scratch:
        bundle = options.encoder
        if bundle is None:
            bundle = Path(scratch) / "encoder"
            prepare(bundle, multilingual=True)
        encoder = open_bundle(bundle)
        print(f"{'':4} {'words alone':>24} {'words and meaning':>24}   hit@3: all (tuned on, kept apart)")
        spent: list[float] = []
        for code in sorted(path.name for path in SETS.iterdir() if path.is_dir()):
            words = _hits(code, None, Path(scratch) / f"{code}-words", [])
            both = _hits(code, encoder, Path(scratch) / f"{code}-both", spent)
            missed = "" if both[0] >= GOAL else "   MISSED"
            print(f"{code:4} {_line(words):>24} {_line(both):>24}{missed}")
    middle, late = np.percentile(spent, [50, 95])
    print(f"goal {GOAL}; CPU time of a question p50 {middle:.1f} ms, p95 {late:.1f} ms, {encoder.model_id}")
    return 0


def _hits(code: str, encoder: Encoder | None, scratch: Path, spent: list[float]) -> tuple[float, float, float]:
    """Share of all questions, of those tuned on and of those kept apart; adds CPU milliseconds to `spent`."""
    folder, home = scratch / "canonical", scratch / "home"
    folder.mkdir(parents=True)
    home.mkdir()
    with (SETS / code / "items.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    with (folder / "items.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    (folder / "store.toml").write_text(f'language = "{code}"\n')
    build(folder, home, clock=ShopClock(), encoder=encoder)
    pack = open_pack(home)
    search = open_item_search(pack, PackReader(pack), SearchSettings())
    hit: dict[str, list[bool]] = {"tune": [], "held": []}
    with (SETS / code / "queries.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter=";"):
            started = time.process_time()
            found = search.search(row["query"], 3)
            spent.append((time.process_time() - started) * 1e3)
            hit[row["part"]].append(any(one.item.sku in row["skus"].split(",") for one in found.hits))
    pack.close()
    return tuple(float(np.mean(part)) for part in (hit["tune"] + hit["held"], hit["tune"], hit["held"]))  # type: ignore[return-value]


def _line(shares: tuple[float, float, float]) -> str:
    every, tuned, kept = shares
    return f"{every:.2f} ({tuned:.2f}, {kept:.2f})"


if __name__ == "__main__":
    sys.exit(main())

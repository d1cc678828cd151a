"""How good item search is on a judged catalogue: `python -m benchmarks.search_quality [--data DIR]`.

Goes the whole way a shop's items go: canonical folder, nightly build, pack, `ItemSearch`. DIR holds product.csv,
query.csv and label.csv in WANDS' layout and `score_search.py`, whose protocol is the one measured. One setting for
all: the defaults of `clerk.settings` and the column weights of `clerk.search.words`.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from clerk.clock import ShopClock
from clerk.pack.open import open_pack
from clerk.pack.read import PackReader
from clerk.pack_build.build import build
from clerk.search.meaning import open_item_search, open_words
from clerk.settings import SearchSettings
from embeddings import open_bundle
from embeddings.prepare import prepare

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "bench" / "search"
"""The judged catalogue beside the project, when there is one."""

GOALS = {"ndcg10": 0.71, "cond10": 0.84, "hit10": 0.92}
"""What the hybrid must reach; they were set before this code was written."""

DEPTH = 100


def main() -> int:
    """Prints words alone, hybrid, and the paired difference; 0 even when a goal is missed."""
    options = _options()
    if not (options.data / "score_search.py").is_file():
        print(f"skipped: no judged catalogue at {options.data}; give one with --data")
        return 0
    scorer = _scorer(options.data)
    judged: Any = scorer.load(options.data)
    with tempfile.TemporaryDirectory() as scratch:
        pack = _installed(judged, Path(scratch), options.encoder)
        reader = PackReader(pack)
        search, words = open_item_search(pack, reader, SearchSettings()), open_words(pack, reader)
        skus = {no: item.sku for no, item in reader.items(range(len(judged.products) + 1)).items()}
        by_words = scorer.evaluate(lambda text: [skus[no] for no in words.search(text, DEPTH).nos.tolist()], judged)
        hybrid = scorer.evaluate(lambda text: [hit.item.sku for hit in search.search(text, DEPTH).hits], judged)
        pack.close()
    queries, products = hybrid.metrics["queries"], len(judged.products)
    print(f"{products:,} items, {queries} judged queries, encoder {search.model_id or 'none'}")
    print(by_words.line("words alone"))
    print(hybrid.line("words and meaning"))
    gain = scorer.compare(by_words, hybrid)
    print(
        f"NDCG@10 words -> hybrid {gain['diff']:+.4f}, 95 % interval [{gain['lo']:+.4f}, {gain['hi']:+.4f}], "
        f"better in {gain['wins']} queries, worse in {gain['losses']} (paired bootstrap)"
    )
    for name, goal in GOALS.items():
        reached = hybrid.metrics[name]
        print(f"goal {name} >= {goal}: {reached:.4f} {'reached' if reached >= goal else 'MISSED'}")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search_quality", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the judged catalogue")
    parser.add_argument("--encoder", type=Path, help="a prepared encoder bundle; left out: prepared now")
    return parser.parse_args()


def _scorer(data: Path) -> ModuleType:
    """The fixed protocol, from beside the data it belongs to."""
    spec = importlib.util.spec_from_file_location("score_search", data / "score_search.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["score_search"] = module
    spec.loader.exec_module(module)
    return module


def _installed(judged: Any, scratch: Path, bundle: Path | None) -> Any:
    """The catalogue as a canonical folder, built and opened."""
    folder, home = scratch / "canonical", scratch / "home"
    folder.mkdir()
    with (folder / "items.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["sku", "name", "category", "description"])
        for product in judged.products:
            category = " > ".join(part for part in (product["cls"], product["hierarchy"]) if part)
            rows.writerow([product["id"], product["name"], category, product["description"]])
    home.mkdir()
    if bundle is None:
        prepare(home / "encoder")
    else:
        (home / "encoder").symlink_to(bundle.resolve())
    started = time.monotonic()
    report = build(folder, home, clock=ShopClock(), encoder=open_bundle(home / "encoder", workers=2))
    print(f"built in {time.monotonic() - started:.1f} s, {report.embedded:,} items embedded")
    return open_pack(home)


if __name__ == "__main__":
    sys.exit(main())

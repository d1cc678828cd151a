"""Whether associates' questions are answered rightly and safely: `python -m benchmarks.search_questions`.

Two shops go the whole way: the sample store with sixty questions, twenty of them kept apart while search was worked
on, and a chemist with twenty more. A question is answered rightly when a right item stands first; an item that may not
be shown counts wherever it stands in the first ten. Then meaningless letters, questions of other trades and rare but
honest ones: how many of each are said not to be understood.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from string import ascii_lowercase
from typing import Any, NamedTuple

from clerk.clock import ShopClock
from clerk.demo.sample_store import source_folder, write_sample_store
from clerk.pack.open import open_pack
from clerk.pack.read import PackReader
from clerk.pack_build.build import build
from clerk.search.meaning import NOT_UNDERSTOOD, ItemSearch, open_item_search
from clerk.settings import SearchSettings
from embeddings import open_bundle
from embeddings.prepare import prepare

QUESTIONS = Path(__file__).with_name("questions")
ROWS = 10
"""Rows that a person takes in."""


class Judged(NamedTuple):
    """One question with its answer."""

    ask: str
    set: str
    first_is_right: bool
    forbidden: tuple[str, ...]
    """SKUs in view that may not be."""
    shown: tuple[str, ...]


def judged(search: ItemSearch, questions: Path, items: Path) -> list[Judged]:
    """Asks every question of a file.

    Args:
        search: over the shop.
        questions: the file.
        items: the shop's items as CSV, whose allergens are the truth.
    """
    content = tomllib.loads(questions.read_text(encoding="utf-8"))
    with items.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = []
    for question in content["question"]:
        never = set(question.get("never", ()))
        for group in question.get("never_of", ()):
            never.update(_members(group, content["groups"], rows))
        shown = tuple(hit.item.sku for hit in search.search(question["ask"], ROWS).hits)
        right = bool(shown) and shown[0] in question["right"]
        found.append(
            Judged(question["ask"], question["set"], right, tuple(one for one in shown if one in never), shown)
        )
    return found


@contextmanager
def shop(items: Path | None, bundle: Path | None) -> Iterator[ItemSearch]:
    """Search over the sample store, or over a shop of the items of one CSV, with the real encoder."""
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch) / "home"
        home.mkdir()
        if bundle is None:
            prepare(home / "encoder")
        else:
            (home / "encoder").symlink_to(bundle.resolve())
        folder = Path(scratch) / "canonical"
        folder.mkdir()
        if items is None:
            write_sample_store(folder, date(2026, 11, 20))
        else:
            (folder / "items.csv").write_bytes(items.read_bytes())
        build(folder, home, clock=ShopClock(), encoder=open_bundle(home / "encoder"))
        pack = open_pack(home)
        yield open_item_search(pack, PackReader(pack), SearchSettings())
        pack.close()


def main() -> int:
    """Prints the tables; 0 even when a goal is missed."""
    options = _options()
    everything: list[Judged] = []
    with shop(None, options.encoder) as search:
        items = source_folder() / "items.csv"
        sample = judged(search, QUESTIONS / "sample_store.toml", items)
        everything += sample
        for name in ("build", "kept"):
            _print(f"sample store, {name}", [one for one in sample if one.set == name])
        _print("sample store, all", sample)
        _print_understanding(search)
    with shop(QUESTIONS / "chemist_items.csv", options.encoder) as search:
        chemist = judged(search, QUESTIONS / "chemist.toml", QUESTIONS / "chemist_items.csv")
        everything += chemist
        _print("chemist, never tuned on", chemist)
    for one in everything:
        if not one.first_is_right or one.forbidden:
            print(f"  {one.ask!r}: first {one.shown[:1]}, forbidden {one.forbidden}")
    return 0


def not_understood(search: ItemSearch, questions: list[str]) -> list[str]:
    """Those of the questions that search says it does not understand."""
    return [text for text in questions if search.search(text, ROWS).remark == NOT_UNDERSTOOD]


def letters(count: int) -> list[str]:
    """Meaningless words; another draw than the one that search measures itself by."""
    chance = random.Random(11)
    words = ["".join(chance.choices(ascii_lowercase, k=chance.randint(3, 9))) for _ in range(2 * count)]
    return [" ".join(words[2 * number : 2 * number + chance.randint(1, 2)]) for number in range(count)]


def _print_understanding(search: ItemSearch) -> None:
    lists = tomllib.loads((QUESTIONS / "understanding.toml").read_text(encoding="utf-8"))
    for name, questions in (("meaningless letters", letters(200)), *lists.items()):
        said = not_understood(search, questions)
        print(f"not understood, {name:20} {len(said):3} of {len(questions)}")


def _print(name: str, answers: list[Judged]) -> None:
    right = sum(one.first_is_right for one in answers)
    forbidden = sum(len(one.forbidden) for one in answers)
    share = right / len(answers)
    print(f"{name:24} right first {right} of {len(answers)} ({share:.3f}), forbidden in view {forbidden}")


def _members(group: str, groups: dict[str, list[str]], rows: list[dict[str, Any]]) -> list[str]:
    """The SKUs of a group; `allergen:milk` are the items whose cell holds it."""
    kind, _, allergen = group.partition(":")
    if kind != "allergen":
        return groups[group]
    return [str(row["sku"]) for row in rows if allergen in str(row["allergens"]).split("; ")]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search_questions", description=__doc__)
    parser.add_argument("--encoder", type=Path, help="a prepared encoder bundle; left out: prepared now")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

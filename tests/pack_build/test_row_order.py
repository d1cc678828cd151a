"""A pack is the same to the byte in whatever order its rows come."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk.clock import parse_at
from clerk.demo.sample_store import write_sample_store
from tests.pack_build.row_order import checked_tables, files_of_pack, shuffled
from tests.pack_build.shop import NOW, write_table
from tests.pack_build.test_member_events import row
from tests.proof import rounds

MEMBERS, SKUS = ("m1", "m2", "m3", "m4"), ("A", "B", "C", "D", "gone")
MOMENTS = ("2026-01-05T08:00", "2026-01-05T08:30", "2026-01-09T08:00", "2026-03-01T08:00")
SETS = ("", "Milk=oat", "Milk=oat; Size=L")
COLUMNS = {
    "members": ("member_id", "name", "phone", "tier"),
    "items": ("sku", "name", "category", "price", "variant_of"),
    "cards": ("code", "member_id", "status"),
    "stock": ("sku", "on_hand", "shelf"),
    "modifiers": ("sku", "category", "group", "option"),
    "consents": ("member_id", "purpose", "state", "at", "wording"),
    "privileges": ("tier", "text"),
    "lines": ("basket_id", "member_id", "sku", "sold_at", "quantity", "line_total", "modifiers", "store_id", "channel",
              "line_no"),
}  # fmt: skip


def rows_of(*columns: Any, least: int = 0, most: int = 8) -> st.SearchStrategy[list[tuple[Any, ...]]]:
    """Rows with one of the values in each column."""
    return st.lists(st.tuples(*map(st.sampled_from, columns)), min_size=least, max_size=most)


@st.composite
def shops(draw: st.DrawFn) -> dict[str, list[tuple[Any, ...]]]:
    """Rows of every table of a small shop with many ties."""
    return {
        "members": draw(rows_of(MEMBERS, ("Ada Byron", "Ada", ""), ("+441234567", ""), ("Gold", ""))),
        "items": draw(rows_of(SKUS[:4], ("Tea", "Tea cake"), ("Drinks > Tea", ""), ("1", "2"), ("", "A", "P"))),
        "cards": draw(rows_of(("C1", "C2", "C3"), MEMBERS, ("active", "revoked"))),
        "stock": draw(rows_of(SKUS, ("0", "3"), ("", "S1", "S2"))),
        "modifiers": draw(rows_of(("A", ""), ("Drinks > Tea",), ("Milk", "Size"), ("oat", "L"))),
        "consents": draw(rows_of(MEMBERS, ("suggest", "contact"), ("given", "withdrawn"), MOMENTS[:2], ("w1", "w2"))),
        "privileges": draw(rows_of(("Gold", "Silver"), ("a free tea", "a smile"))),
        "lines": draw(
            rows_of(
                ("b1", "b2"), MEMBERS[1:], SKUS, MOMENTS, ("1", "2", "-1"), ("1", "2"),
                SETS, ("S", "T"), ("till", "web"), ("", "1", "2"), least=10,
                most=40,
            )
        ),
    }  # fmt: skip


EVENTS = st.lists(
    st.builds(
        lambda number, kind, member, of, epoch: row(
            number, kind, number % 3, member, epoch=epoch, payload={"event_id": f"id{of}", "sku": "A", "code": "C9"}
        ),
        st.integers(1, 8), st.sampled_from(("mark", "undo", "fact", "card", "answer")), st.sampled_from(MEMBERS),
        st.integers(1, 8), st.sampled_from(("e1", "e2")),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=rounds(25, 1000), deadline=None)
@given(shop=shops(), events=EVENTS, chance=st.randoms(use_true_random=False))
@pytest.mark.slow
def test_rows_in_another_order_make_the_same_pack(
    shop: dict[str, list[tuple[Any, ...]]], events: list[tuple[Any, ...]], chance: Any
) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        tables = Path(scratch) / "tables"
        for table, rows in shop.items():
            write_table(tables, table, COLUMNS[table], rows)
        packs = []
        for number in range(2):
            checked = shuffled(checked_tables(tables, Path(scratch), NOW), chance.randrange(1 << 20))
            chance.shuffle(events)
            packs.append(files_of_pack(checked, events, Path(scratch) / f"pack{number}", NOW))
    assert packs[0] == packs[1]


@pytest.mark.slow
def test_the_sample_store_makes_the_same_pack_in_any_order_of_rows_and_in_any_process(tmp_path: Path) -> None:
    write_sample_store(tmp_path / "tables", date(2026, 2, 1))
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.pack_build.row_order", str(tmp_path / "tables"),
             str(tmp_path / f"pack{seed}"), str(parse_at("2026-02-01")), str(seed)],
            env={**os.environ, "PYTHONHASHSEED": str(seed), "OPENBLAS_NUM_THREADS": "1"}, stdout=subprocess.PIPE,
        )
        for seed in (1, 2)
    ]  # fmt: skip
    packs = [json.loads(run.communicate()[0]) for run in runs]
    assert {"pack.db", "columns.npz", "vectors.npy", "items.faiss", "words.npz", "manifest.json"} <= packs[0].keys()
    assert packs[0] == packs[1]

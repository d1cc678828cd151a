from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from clerk.driver import connect
from clerk.pack import open as opening
from clerk.pack import statements, tables
from clerk.pack.create import PackFile

STATEMENTS = {name: text for name, text in vars(statements).items() if name.isupper() and isinstance(text, str)}


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """An empty pack database, as the builder makes it."""
    file = PackFile(tmp_path / "pack.db")
    for table in tables.SOMETIMES:
        file.add(table, [])
    file.finish()
    db = connect(tmp_path / "pack.db")
    yield db
    db.close()


@pytest.mark.parametrize("name", sorted(STATEMENTS))
def test_every_statement_of_the_counter_fits_the_tables(name: str, empty: sqlite3.Connection) -> None:
    text = STATEMENTS[name]
    values = ['"a"' if "MATCH ?" in text and place == 0 else 1 for place in range(text.count("?"))]
    if "json_each" in text:
        values = ["[1]"] * text.count("?")
    assert empty.execute(text, values).fetchall() in ([], [(0,)])


@pytest.mark.parametrize("name", ["LINES", "BASKETS", "CONSENTS", "COMPANIONS"])
def test_what_belongs_to_one_is_one_range_read(name: str, empty: sqlite3.Connection) -> None:
    values = ["[1]"] if "json_each" in STATEMENTS[name] else [1]
    plan = [row[3] for row in empty.execute("EXPLAIN QUERY PLAN " + STATEMENTS[name], values)]
    assert any("USING PRIMARY KEY" in step for step in plan)
    assert not any("SCAN" in step and "json_each" not in step for step in plan)
    assert not any("TEMP B-TREE" in step for step in plan) or name == "COMPANIONS"


@pytest.mark.parametrize("name", ["MEMBER", "MEMBER_NO", "CARDS_BY_CODE", "CARDS_OF_MEMBER", "ITEM_NO_BY_SKU"])
def test_single_rows_are_found_by_an_index(name: str, empty: sqlite3.Connection) -> None:
    text = STATEMENTS[name]
    plan = [row[3] for row in empty.execute("EXPLAIN QUERY PLAN " + text, [1] * text.count("?"))]
    assert not any(step.startswith("SCAN") for step in plan)


def test_reader_and_writer_agree_on_the_format() -> None:
    assert opening.FORMAT == tables.FORMAT

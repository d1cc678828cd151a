"""Every system that is a folder of data turns its example into the tables that stand beside it.

A folder of `clerk/intake/systems` with `example/` is taken in twice: converted and compared with `expected/*.csv`,
which are canonical tables with the columns that matter (both sides go through the same checks, so a date may be written
in another form); and as the night of a new shop, after which every row is accounted for and the cards of the members in
`expected/usual.txt` show their usual: a line a member, id or card, a tab, `1 × Latte: Oat Milk, Small`, several items
joined with ` + `.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from clerk import cli
from clerk.clock import FixedClock
from clerk.intake import systems
from clerk.intake.canonical_tables import ROW, TABLES, Source, read_store, read_table
from clerk.intake.checks.tables import check
from clerk.intake.convert import Converted, convert, recognised
from clerk.intake.mapping.entries import of_systems, read_mappings
from clerk.intake.report import BuildReport
from clerk.nights.arrivals import UNTOLD
from clerk.nights.local import Means, take_in
from clerk.nights.report import TAKEN
from clerk.settings import Settings

SYSTEMS = Path(systems.__file__).parent
EXAMPLES = [folder for folder in sorted(SYSTEMS.iterdir()) if (folder / "example").is_dir()]
LATER = 86_400


def test_every_description_of_a_system_can_be_read() -> None:
    assert {one.system for one in of_systems()} == {
        folder.name
        for folder in SYSTEMS.iterdir()
        if (folder / "layout.toml").is_file() and "[[file]]" in (folder / "layout.toml").read_text(encoding="utf-8")
    }


@pytest.mark.parametrize("system", EXAMPLES, ids=lambda folder: folder.name)
def test_an_example_becomes_the_tables_that_are_expected_of_it(system: Path, tmp_path: Path) -> None:
    store = read_store(system / "example")
    made = tables_of(delivery(system / "example", store), store, tmp_path)
    expected = {path.stem: read_table(path, path.stem) for path in sorted((system / "expected").glob("*.csv"))}
    assert expected, "there is no expected table"
    for table, source in expected.items():
        wanted = tables_of({table: source}, store, tmp_path)[table]
        assert table in made, f"no {table} came out of the example; it gave {', '.join(made)}"
        columns = shown(table, source)
        assert rows(made[table], columns) == rows(wanted, columns), table


@pytest.mark.parametrize("system", EXAMPLES, ids=lambda folder: folder.name)
def test_the_night_of_an_example_accounts_for_every_row_and_shows_the_usual(
    system: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    shutil.copytree(system / "example", home / "inbox")
    (home / "inbox" / "store.toml").rename(home / "store.toml")
    at = last_sale(system, tmp_path) + LATER
    report = take_in(home, Means(FixedClock(at), everything=True, meaning=False))
    assert {file.name: file.state for file in report.files} == dict.fromkeys((f.name for f in report.files), TAKEN)
    for file in report.files:
        for table in file.tables:
            counted = table.taken + table.known + table.repeated
            counted += sum(table.left_out.values()) + sum(table.set_aside.values())
            assert counted == file.rows, f"{file.name}, {table.table}"
            assert UNTOLD not in table.left_out, f"{file.name}, {table.table}"
    told = dict(
        line.split("\t")
        for line in (system / "expected" / "usual.txt").read_text(encoding="utf-8").splitlines()
        if line
    )
    assert told, "expected/usual.txt names no member"
    for member, usual in told.items():
        assert usual_of(member, home, at, capsys) == usual


def delivery(folder: Path, store: Mapping[str, Any]) -> Converted:
    """The files of a folder as one delivery."""
    found = [
        one for path in sorted(folder.iterdir()) if path.suffix != ".toml"
        for one in recognised(path, read_mappings(folder))
    ]  # fmt: skip
    made = convert(found, store)
    assert not made.problems, made.problems
    return made


def tables_of(sources: Mapping[str, Source], store: Mapping[str, Any], home: Path) -> dict[str, pl.DataFrame]:
    """Checked tables; those of several files one behind the other."""
    frames: dict[str, list[pl.DataFrame]] = {}
    for source in sources.values():
        checked = check(
            {source.table: source}, store, BuildReport("example"), Settings().pack, 4_000_000_000, home, "q"
        )
        frames.setdefault(source.table, []).append(checked.tables[source.table])
    return {table: pl.concat(several, how="diagonal_relaxed") for table, several in frames.items()}


def shown(table: str, expected: Source) -> list[str]:
    """Columns of a checked table that the expected file says something about."""
    made_of = {
        "at": "sold_at", "milli": "quantity", "total_minor": "line_total", "flags": "kind", "price_minor": "price",
        "issued_on": "issued_at",
    }  # fmt: skip
    known = {*TABLES[table].required, *TABLES[table].optional, *TABLES[table].either}
    has = {name for name in known if expected.has(name)}
    return sorted(has - set(made_of.values())) + [ours for ours, theirs in made_of.items() if theirs in has]


def rows(frame: pl.DataFrame, columns: list[str]) -> list[tuple[Any, ...]]:
    """The rows of a table in an order of their own."""
    there = [name for name in columns if name in frame.columns and name != ROW]
    return sorted(frame.select(there).rows(), key=repr)


def last_sale(system: Path, home: Path) -> int:
    """Wall seconds of the last line of an example."""
    store = read_store(system / "example")
    last = tables_of(delivery(system / "example", store), store, home)["lines"]["at"].max()
    assert isinstance(last, int)
    return last


def usual_of(member: str, home: Path, at: int, capsys: pytest.CaptureFixture[str]) -> str:
    """The usual on a member's card, as one line."""
    clock = f"{pl.from_epoch(pl.Series([at]))[0]:%Y-%m-%dT%H:%M:%S}"
    capsys.readouterr()
    assert cli.main(["show", member, "--home", str(home), "--at", clock, "--json"]) == 0
    usual = json.loads(capsys.readouterr().out)["usual"]
    assert usual["state"] != "none", f"{member} has no usual"
    lines = []
    for line in usual["lines"]:
        options = ", ".join(modifier["option"] for modifier in line["modifiers"])
        lines.append(f"{line['quantity']} × {line['item']['name']}" + (f": {options}" if options else ""))
    return " + ".join(lines)

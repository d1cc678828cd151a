"""`clerk template`: every table with its columns, an example that builds, nothing overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from clerk.cli import main
from clerk.clock import FixedClock, parse_at
from clerk.errors import NothingInIt
from clerk.intake.canonical_tables import TABLES, read_table
from clerk.intake.template import COLUMNS, write_template
from clerk.pack_build.build import build
from tests.pack_build.shop import opened


def test_every_column_of_every_table_is_in_the_template_and_explained(tmp_path: Path) -> None:
    write_template(tmp_path)
    readme = (tmp_path / "README.txt").read_text()
    for table, shape in TABLES.items():
        columns = {*shape.required, *shape.optional, *shape.either}
        assert set(COLUMNS[table]) == columns
        assert set(read_table(tmp_path / f"{table}.csv", table).frame.columns) == columns | {"row"}
        assert f"{table}.csv" in readme


def test_the_example_builds_without_a_bad_row_and_knows_its_members(tmp_path: Path) -> None:
    write_template(tmp_path / "t")
    report = build(tmp_path / "t" / "example", tmp_path / "home", clock=FixedClock(parse_at("2026-11-21T09:00")))
    assert {name: table.bad for name, table in report.tables.items()} == dict.fromkeys(TABLES, 0)
    assert report.counts["lines"] == 11
    assert opened(tmp_path / "home").member_no("M1") == 2


def test_the_empty_tables_are_read_and_refused_for_being_empty(tmp_path: Path) -> None:
    write_template(tmp_path / "t")
    with pytest.raises(NothingInIt):
        build(tmp_path / "t", tmp_path / "home", clock=FixedClock(0))


def test_what_is_there_already_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("mine")
    made = write_template(tmp_path)
    assert (tmp_path / "items.csv").read_text() == "mine"
    assert made.kept == ["items.csv"]
    assert write_template(tmp_path).written == []


def test_a_dry_run_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["template", str(tmp_path / "new"), "--dry-run"]) == 0
    assert not (tmp_path / "new").exists()
    assert "would write" in capsys.readouterr().out


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    assert main(["template", str(tmp_path / "f")]) == 3

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from clerk.cli import main
from clerk.report import Exit
from tests.outlook.shops import CAFE_MEMBERS

AT = "2026-06-22T12:00"


def ran(home: Path, *arguments: str) -> int:
    return main([*arguments, "--home", str(home), "--at", AT])


def visits_file(folder: Path, rows: list[tuple[object, object]], suffix: str = "csv") -> Path:
    path = folder / f"visits.{suffix}"
    frame = pl.DataFrame(rows, schema=["member_id", "at"], orient="row")
    if suffix == "csv":
        frame.write_csv(path)
    else:
        frame.write_parquet(path)
    return path


@pytest.mark.parametrize("command", ["forecast", "prep", "scorecard"])
def test_every_look_ahead_is_one_json_document(
    cafe_home: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert ran(cafe_home, command, "--json") == Exit.OK
    assert json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("command", ["forecast", "prep", "scorecard"])
def test_every_look_ahead_is_text_of_a_terminals_kind(
    cafe_home: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert ran(cafe_home, command) == Exit.OK
    assert len(capsys.readouterr().out.splitlines()) > 4


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_predictions_are_written_in_the_form_a_scorer_reads(
    cafe_home: Path, tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    visits = visits_file(tmp_path, [("D0", "2026-06-20T08:00:00"), ("W1", "2026-06-20")], suffix)
    out = tmp_path / f"P.{suffix}"
    assert ran(cafe_home, "forecast", "--visits", str(visits), "--top", "2", "--out", str(out), "--json") == Exit.OK
    frame = pl.read_csv(out) if suffix == "csv" else pl.read_parquet(out)
    assert frame.columns == ["customer_id", "rank", "item_id", "p"]
    assert frame["rank"].to_list() == [1, 2, 1, 2]
    assert frame["customer_id"].to_list() == ["D0", "D0", "W1", "W1"]
    assert not frame.select("customer_id", "item_id").is_duplicated().any()
    told = json.loads(capsys.readouterr().out)
    assert (told["visits"], told["unknown"], told["out"]) == (2, [], out.name)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_member_who_comes_more_than_once_is_told_apart_by_time(cafe_home: Path, tmp_path: Path) -> None:
    visits = visits_file(tmp_path, [("D0", "2026-06-20T08:00:00"), ("D0", "2026-06-19"), ("D0", "2026-06-19")])
    out = tmp_path / "P.csv"
    assert ran(cafe_home, "forecast", "--visits", str(visits), "--top", "3", "--out", str(out)) == Exit.OK
    frame = pl.read_csv(out)
    assert frame.columns == ["customer_id", "rank", "item_id", "p", "at"]
    assert not frame.select("customer_id", "at", "rank").is_duplicated().any()
    assert frame["at"].unique().sort().to_list() == ["2026-06-19T12:00:00", "2026-06-20T08:00:00"]


def test_numbers_as_member_ids_are_read_as_they_are_written_in_the_shop(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.outlook.shops import installed, line, members, write

    rows = [line(f"b{n}", "7", "42", f"2026-06-{n + 1:02}") for n in range(5)]
    tables = write(tmp_path / "t", items=[{"sku": "42", "name": "A"}], members=members("7"), lines=rows)
    home = installed(tables, tmp_path / "home")
    visits = visits_file(tmp_path, [(7, "2026-06-20")], "parquet")
    assert ran(home, "forecast", "--visits", str(visits), "--top", "1") == Exit.OK
    assert capsys.readouterr().out.splitlines()[1].startswith("7,1,42,")


def test_unknown_members_and_bad_rows_are_said_and_not_fatal(
    cafe_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [("nobody", "2026-06-20"), ("D0", "2026-06-20"), ("D0", "soon"), ("", "2026-06-20"), ("NEW", "2026-06-20")]
    assert ran(cafe_home, "forecast", "--visits", str(visits_file(tmp_path, rows)), "--top", "1") == Exit.OK
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == 1 + 2
    assert "1 member unknown to this shop, left out: nobody" in told.err
    assert "2 rows without a member or a time, left out" in told.err
    assert "nothing bought before" in told.err


def test_given_visits_as_json_are_one_document(
    cafe_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    visits = visits_file(tmp_path, [("D0", "2026-06-20"), ("W1", "2026-06-20")])
    assert ran(cafe_home, "forecast", "--visits", str(visits), "--top", "2", "--json") == Exit.OK
    rows = json.loads(capsys.readouterr().out)["predictions"]
    assert [row["rank"] for row in rows] == [1, 2, 1, 2]


def test_visits_without_rows_make_an_empty_file(cafe_home: Path, tmp_path: Path) -> None:
    (tmp_path / "none.csv").write_text("member_id,at\n")
    out = tmp_path / "P.parquet"
    assert ran(cafe_home, "forecast", "--visits", str(tmp_path / "none.csv"), "--out", str(out)) == Exit.OK
    assert pl.read_parquet(out).columns == ["customer_id", "rank", "item_id", "p"]


def test_the_file_of_a_day_names_every_member(cafe_home: Path, tmp_path: Path) -> None:
    out = tmp_path / "day.csv"
    assert ran(cafe_home, "forecast", "--date", "2026-06-23", "--top", "2", "--out", str(out)) == Exit.OK
    assert pl.read_csv(out)["customer_id"].n_unique() == len(CAFE_MEMBERS)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("forecast", "--top", "0"), "E501"),
        (("forecast", "--date", "someday"), "E501"),
        (("prep", "--date", "2026-13-01"), "E501"),
        (("scorecard", "--weeks", "0"), "E501"),
        (("forecast", "--visits", "absent.csv"), "E501"),
        (("forecast", "--visits", "wrong.csv"), "E208"),
        (("forecast", "--visits", "broken.parquet"), "E209"),
        (("forecast", "--out", "P.xlsx"), "E209"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_code(
    cafe_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("wrong.csv").write_text("who,when\nD0,2026-06-20\n")
    Path("broken.parquet").write_bytes(b"PAR1 no")
    assert ran(cafe_home, *arguments, "--json") in (Exit.USAGE, Exit.STORE_DATA)
    assert json.loads(capsys.readouterr().out)["error"]["code"] == code


def test_a_forecast_that_fails_leaves_the_file_that_was_there(
    cafe_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clerk.outlook.visits_file import Out, Predictions

    out = tmp_path / "P.csv"
    out.write_text("yesterday's")

    def failing() -> None:
        with Out(out, with_at=False) as file:
            file.add(Predictions.none())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    assert out.read_text() == "yesterday's"
    assert [path.name for path in tmp_path.iterdir()] == ["P.csv"]


def test_looking_ahead_writes_no_event(cafe_home: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "packs").symlink_to(cafe_home / "packs")
    for command in ("forecast", "prep", "scorecard"):
        assert ran(home, command, "--json") == Exit.OK
    from clerk.clock import FixedClock
    from clerk.journal import Journal

    with Journal.open(home, FixedClock(0)) as journal:
        assert journal.count() == 0


def test_a_damaged_journal_stops_a_forecast_since_strike_outs_could_not_be_kept(
    cafe_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "packs").symlink_to(cafe_home / "packs")
    (home / "journal.db").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    assert ran(home, "forecast", "--json") == Exit.STORE_DATA
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "E207"

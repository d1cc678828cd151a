"""Every row of a file is told of: taken, merged, left out by a rule, or set aside."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from clerk.clock import FixedClock
from clerk.history.store import HistoryStore
from clerk.intake.canonical_tables import TABLES
from clerk.intake.checks.line_items import GUESTS, NO_PURCHASE
from clerk.intake.convert import ONLY_HELPS
from clerk.model.nights import OF_ANOTHER_TABLE
from clerk.nights.arrivals import CUT_BASKETS, FILE_REFUSED, UNTOLD
from clerk.nights.local import Means, take_in
from clerk.nights.report import FileReport, NightReport
from tests.history.test_cut_baskets import MAPPING, damaged
from tests.intake.export_headers import HEADERS
from tests.pack_build.shop import NOW, write_shop, write_table
from tests.proof import rounds

LINE = ("basket_id", "member_id", "sku", "sold_at", "quantity")


def run(home: Path, *, build: bool = False, at: int = NOW) -> NightReport:
    return take_in(home, Means(FixedClock(at), everything=True), build=build)


def the_file(home: Path, name: str, text: str) -> FileReport:
    (home / "inbox").mkdir(parents=True, exist_ok=True)
    (home / "inbox" / name).write_text(text, encoding="utf-8")
    (file,) = run(home).files
    return file


def lines(*rows: Sequence[object]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([LINE, *rows])
    return out.getvalue()


def test_a_person_reads_what_became_of_each_row(tmp_path: Path) -> None:
    rows = [(f"b{n}", "m1", "A", "2026-01-02", 1) for n in range(30)]
    told = the_file(tmp_path, "lines.csv", lines(*rows, ("x", "", "A", "2026-01-02", 1), ("y", "m1", "A", "soon", 1)))
    assert told.text().splitlines() == [
        "  lines.csv (Clerk lines): 32 rows: 30 taken, 1 left out, 1 set aside",
        f"      1 left out: {GUESTS}",
        "      1 set aside: sold_at is no date",
    ]
    again = the_file(
        tmp_path, "lines-2.csv", lines(*rows, ("z", "m1", "A", "2026-01-03", 0), ("n", "m1", "A", "2026-01-03", 1))
    )
    assert again.text().splitlines() == [
        "  lines-2.csv (Clerk lines): 32 rows: 1 taken, 30 already on record, 1 left out",
        f"      1 left out: {NO_PURCHASE}",
    ]


def test_each_table_of_a_file_has_a_line_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "mapping.toml").write_text(
        MAPPING + '[[file]]\nmatch = "till*.csv"\ntable = "items"\n[file.columns]\nsku = "Item"\nname = "Item"\n'
    )
    rows = "".join(f"R{n},mug,1,2026-01-0{n},C1\n" for n in range(1, 6))
    told = the_file(tmp_path, "till.csv", "Receipt,Item,Pieces,Day,Card\n" + rows)
    first, *tables = told.text().splitlines()
    assert first.endswith(" by mapping.toml): 5 rows")
    assert sorted(tables) == ["      items: 1 taken, 4 repeated", "      lines: 5 taken"]
    assert (told.rows, told.kept, told.repeated) == (5, 5, 0)


def test_rows_of_a_cut_basket_that_is_on_record_are_told_of(tmp_path: Path) -> None:
    rows = [(f"b{n}", "m1", "A", "2026-01-02", 1) for n in range(30)]
    the_file(tmp_path, "lines.csv", lines(*rows))
    told = the_file(
        tmp_path, "lines-2.csv", lines(*rows[1:], ("b0", "m1", "A", "2026-01-02", 7), ("b0", "m1", "B", "", 1))
    )
    (table,) = told.tables
    assert (table.known, table.left_out, sum(table.set_aside.values())) == (29, {CUT_BASKETS: 1}, 1)


def test_a_file_that_only_helps_to_read_others_says_so(tmp_path: Path) -> None:
    out = io.StringIO()
    writer = csv.DictWriter(out, HEADERS["square_transactions"].split(","), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerow({"Transaction ID": "T1", "Customer ID": "C1"})
    told = the_file(tmp_path, "t.csv", out.getvalue() + "torn\n")
    assert told.text().splitlines()[1:] == [
        f"      1 left out: {ONLY_HELPS}",
        "      1 set aside: 1 fields, the header has 55",
    ]


@pytest.mark.parametrize("rows", [1, 3, 60])
def test_a_file_of_which_every_row_is_bad_is_refused_and_no_pack_without_lines_is_made(
    tmp_path: Path, rows: int
) -> None:
    write_shop(tmp_path / "inbox", lines=[(f"b{n}", "m1", "FW", "2026/31/31", "1") for n in range(rows)])
    report = run(tmp_path, build=True)
    assert (report.outcome, report.error and report.error["code"]) == ("failed", "E214" if rows < 50 else "E210")
    told = {file.name: file for file in report.files}["lines.csv"]
    assert (told.state, told.tables[0].set_aside) == ("refused", {"sold_at is no date": rows})
    assert run(tmp_path, build=True, at=NOW + 86_400).outcome == "failed"
    write_table(tmp_path / "inbox", "lines", LINE, [("b1", "m1", "FW", "2026-01-02", 1)])
    assert run(tmp_path, build=True, at=NOW + 2 * 86_400).outcome == "installed"


def test_a_small_file_of_bad_rows_keeps_nothing_else_from_a_shop_that_has_lines(tmp_path: Path) -> None:
    write_shop(tmp_path / "inbox")
    run(tmp_path, build=True)
    write_table(tmp_path / "inbox", "lines", LINE, [("b9", "m1", "FW", "soon", 1)])
    write_table(tmp_path / "inbox", "members", ("member_id", "name"), [("m3", "Mary")])
    report = run(tmp_path, build=True, at=NOW + 86_400)
    assert (report.outcome, {file.name: file.state for file in report.files}) == (
        "installed", {"lines.csv": "refused", "members.csv": "taken"},
    )  # fmt: skip
    assert "lines.csv: its one row set aside: sold_at is no date" in report.text().splitlines()[0]


def test_good_rows_of_a_refused_file_are_told_of(tmp_path: Path) -> None:
    rows = [(f"b{n}", "m1", "A", "2026-01-02" if n % 2 else "soon", 1) for n in range(200)]
    (table,) = the_file(tmp_path, "lines.csv", lines(*rows)).tables
    assert (table.taken, table.left_out, table.set_aside) == (0, {FILE_REFUSED: 100}, {"sold_at is no date": 100})


def test_a_broken_row_of_a_file_with_two_tables_is_set_aside_once(tmp_path: Path) -> None:
    (tmp_path / "mapping.toml").write_text(
        MAPPING + '[[file]]\nmatch = "till*.csv"\ntable = "items"\n[file.columns]\nsku = "Item"\nname = "Item"\n'
    )
    told = the_file(tmp_path, "till.csv", "Receipt,Item,Pieces,Day,Card\nR1,mug,1,2026-01-01,C1\ntorn\n")
    assert [(table.rows, sum(table.set_aside.values())) for table in told.tables] == [(2, 1), (2, 1)]
    (aside,) = (tmp_path / "quarantine").rglob("rows.csv")
    assert len(aside.read_text(encoding="utf-8").splitlines()) == 2


def test_a_report_of_an_older_version_is_still_read() -> None:
    saved = {"night": "x", "files": [{"name": "lines.csv", "rows": 3, "kept": 2, "quarantined": {"no sku": 1}}]}
    (file,) = NightReport.of(saved).files
    assert file.text().splitlines() == ["  lines.csv: 3 rows: 2 taken, 1 set aside", "      1 set aside: no sku"]
    whole = NightReport.of(saved)
    assert NightReport.of(whole.as_json()) == whole


WORDS = [
    "", "", "1", "2", "0", "-1", "7.50", "x", "m1", "ada@mail.example", "+31612345678", "2026-01-02", "10:00:00",
    "2026-01-02 10:00", "mug", "Tip", "Gift Card", "Default Title", "active", "draft", "archived", "paid", "refunded",
    "voided", "yes", "no", "none", "return", "Refund", "Payment", "Y", "given", "remember", "not stocked", "Quay",
    "Rue Haute",
]  # fmt: skip
KINDS = [*HEADERS, *TABLES, "till"]


@pytest.mark.proof
@pytest.mark.parametrize("kind", KINDS)
def test_no_row_of_any_export_is_unaccounted_for(kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    header = _header(kind)
    name = f"{kind}.csv"
    cell = st.sampled_from(WORDS)
    rows = st.lists(st.lists(cell, min_size=len(header), max_size=len(header)), min_size=1, max_size=6)
    damage = st.none() | st.tuples(
        st.sampled_from(["drop", "double", "swap", "fields", "quote", "blank"]),
        st.integers(0, 999),
        st.integers(0, 999),
    )

    @settings(max_examples=rounds(4, 300), deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
    @given(rows=rows, damage=damage, several=st.booleans())
    def check(rows: list[list[str]], damage: tuple[str, int, int] | None, several: bool) -> None:
        home = tmp_path_factory.mktemp("shop")
        (home / "mapping.toml").write_text(MAPPING)
        (home / "store.toml").write_text('location = "Quay"\nstore_id = "q"\n' if several else "")
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\n").writerows([header, *rows])
        text = out.getvalue() if damage is None else damaged(out.getvalue(), *damage)
        for once in ("", "\n"):
            told = the_file(home, name, text + once)
            if told.state in ("taken", "refused") and told.rows:
                for table in told.tables:
                    assert table.rows == told.rows, told.text()
                    assert UNTOLD not in table.left_out, told.text()
                    assert min([table.taken, table.known, table.repeated, *table.left_out.values()]) >= 0
                assert any(OF_ANOTHER_TABLE not in table.left_out for table in told.tables), told.text()
            if damage is None and told.tables:
                assert told.rows == sum(any(row) or len(row) > 1 for row in rows), told.text()
        HistoryStore.open(home).checked()
        shutil.rmtree(home)

    check()


def _header(kind: str) -> list[str]:
    if kind in HEADERS:
        return [
            *HEADERS[kind].split(","),
            *(["Current Quantity Quay", "Price Quay"] if kind == "square_catalog" else []),
        ]
    if kind in TABLES:
        shape = TABLES[kind]
        return [*shape.required, *shape.optional, *shape.either]
    return ["Receipt", "Item", "Pieces", "Day", "Card"]

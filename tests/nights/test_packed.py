"""Archives and workbooks in the inbox: one outer file, each file in it accounted for, and taken once."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from clerk.clock import FixedClock
from clerk.nights.local import Means, take_in
from clerk.nights.report import NIGHTS, NightReport
from clerk.pack.open import current_generation
from tests.pack_build.shop import NOW, write_shop


def night(home: Path, *, dry_run: bool = False) -> NightReport:
    return take_in(home, Means(FixedClock(NOW), everything=True, dry_run=dry_run))


def states(report: NightReport) -> dict[str, str]:
    return {file.name: file.state for file in report.files}


def zipped(path: Path, folder: Path, **more: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)
        for name, text in more.items():
            archive.writestr(name, text)
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home" / "inbox").mkdir(parents=True)
    return tmp_path / "home"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    write_shop(tmp_path / "shop")
    return tmp_path / "shop"


def test_a_shop_in_an_archive_is_the_shop_that_lies_unpacked(home: Path, shop: Path, tmp_path: Path) -> None:
    zipped(home / "inbox" / "export.zip", shop)
    write_shop(tmp_path / "plain" / "inbox")
    packed, plain = night(home), night(tmp_path / "plain")
    assert packed.build is not None
    assert plain.build is not None
    assert packed.build["counts"] == plain.build["counts"]
    told = {name.removeprefix("export.zip › "): state for name, state in states(packed).items()}
    assert told == states(plain)


def test_what_was_taken_out_of_an_archive_is_put_away_with_it_and_left_nowhere(home: Path, shop: Path) -> None:
    zipped(home / "inbox" / "export.zip", shop)
    report = night(home)
    assert [path.name for path in (home / "inbox" / "done" / report.night).iterdir()] == ["export.zip"]
    assert [path.name for path in (home / "inbox").iterdir()] == ["done"]
    assert not [path for path in (home / NIGHTS).iterdir() if path.is_dir()]


def test_the_same_files_packed_anew_or_unpacked_are_not_taken_twice(home: Path, shop: Path) -> None:
    zipped(home / "inbox" / "export.zip", shop)
    night(home)
    pack = current_generation(home)
    zipped(home / "inbox" / "again.zip", shop)
    (home / "inbox" / "members.csv").write_bytes((shop / "members.csv").read_bytes())
    report = night(home)
    assert set(states(report).values()) == {"taken before"}
    assert current_generation(home) == pack
    assert [path.name for path in (home / "inbox").iterdir()] == ["done"]


def test_one_bad_file_of_an_archive_holds_it_back_and_the_others_are_taken(home: Path, shop: Path) -> None:
    zipped(home / "inbox" / "export.zip", shop, **{"cards.csv": "%PDF-1.7"})
    report = night(home)
    assert states(report)["export.zip › cards.csv"] == "refused"
    assert states(report)["export.zip › lines.csv"] == "taken"
    assert (home / "inbox" / "export.zip").exists()
    again = night(home)
    assert states(again) == {
        name: "taken before" if state == "taken" else state for name, state in states(report).items()
    }


def test_a_file_of_an_archive_that_nobody_knows_is_named_once(home: Path, shop: Path) -> None:
    zipped(home / "inbox" / "export.zip", shop, **{"notes.csv": "a,b\n1,2\n"})
    assert states(night(home))["export.zip › notes.csv"] == "not recognised"
    assert states(night(home)) == {}


def test_an_archive_of_files_that_nobody_knows_waits(home: Path) -> None:
    with zipfile.ZipFile(home / "inbox" / "export.zip", "w") as archive:
        archive.writestr("notes.csv", "a,b\n1,2\n")
    for _ in range(2):
        assert states(night(home)) == {"export.zip › notes.csv": "not recognised"}
    assert (home / "inbox" / "export.zip").exists()


def test_other_sheets_of_a_workbook_wait_for_nobody(home: Path) -> None:
    book = Workbook()
    book.active.title = "Notes"
    book.active.append(["hello"])
    for title, rows in {
        "items": [["sku", "name"], ["A", "One"]],
        "members": [["member_id", "name"], ["m1", "Ada"]],
    }.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(home / "inbox" / "shop.xlsx")
    report = night(home)
    assert states(report) == {"shop.xlsx › items": "taken", "shop.xlsx › members": "taken"}
    assert "other sheets of the workbook are no export: Notes" in report.text()
    assert not (home / "inbox" / "shop.xlsx").exists()


def test_a_dry_run_of_an_archive_changes_nothing(home: Path, shop: Path) -> None:
    zipped(home / "inbox" / "export.zip", shop)
    before = sorted(path.relative_to(home) for path in home.rglob("*"))
    assert "taken" in states(night(home, dry_run=True)).values()
    assert sorted(path.relative_to(home) for path in home.rglob("*")) == before


def test_an_archive_that_is_refused_blocks_no_other_file(home: Path, shop: Path) -> None:
    for file in shop.iterdir():
        file.rename(home / "inbox" / file.name)
    with zipfile.ZipFile(home / "inbox" / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"0" * 30_000_000)
    report = night(home)
    assert states(report)["bomb.zip"] == "refused"
    assert "its own size" in report.text()
    assert states(report)["lines.csv"] == "taken"


def test_a_file_with_a_header_and_nothing_else_says_so(home: Path, shop: Path) -> None:
    for file in shop.iterdir():
        file.rename(home / "inbox" / file.name)
    (home / "inbox" / "lines-2.csv").write_text("basket_id,member_id,sku,sold_at,quantity\n")
    report = night(home)
    assert [file.name for file in report.files if "no rows" in file.reason] == ["lines-2.csv"]

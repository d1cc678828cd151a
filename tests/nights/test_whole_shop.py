from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from clerk.cli import main
from clerk.clock import FixedClock
from clerk.history.store import HistoryStore
from clerk.intake.report import BuildReport
from clerk.nights.local import LedgerEvents, Means, take_in
from clerk.nights.report import NightReport
from clerk.nights.whole_shop import build_whole_shop
from clerk.pack.open import current_generation
from tests.pack_build.shop import NOW, build_shop, opened, write_shop, write_table

LINE = ("basket_id", "member_id", "sku", "sold_at", "quantity")
HOUR = 3_600


def built(home: Path, folder: Path, *, made_up: bool = False, at: int = NOW) -> BuildReport:
    return build_whole_shop(home, folder, Means(FixedClock(at)), made_up=made_up)


def night(home: Path, *, events: LedgerEvents | None = None, at: int = NOW + HOUR) -> NightReport:
    return take_in(home, Means(FixedClock(at), everything=True), ledger_events=events)


def lines_of(home: Path) -> int:
    return int(opened(home).facts["lines"])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write_shop(tmp_path / "shop")


def one_more_line(home: Path) -> None:
    (home / "inbox").mkdir(exist_ok=True)
    write_table(home / "inbox", "lines", LINE, [("new", "m1", "FW", "2026-01-09", 1)])


def test_a_night_adds_to_what_was_built_from_a_folder(home: Path, shop: Path) -> None:
    built(home, shop)
    before = lines_of(home)
    assert night(home).outcome == "nothing new"
    one_more_line(home)
    assert night(home).outcome == "installed"
    assert lines_of(home) == before + 1


def test_building_again_replaces_what_was_built_and_keeps_what_nights_took_in(home: Path, shop: Path) -> None:
    built(home, shop)
    before = lines_of(home)
    built(home, shop, at=NOW + 60)
    assert lines_of(home) == before
    one_more_line(home)
    night(home)
    report = built(home, shop, at=NOW + 2 * HOUR)
    assert "added to what nights took in before" in report.fallbacks
    assert lines_of(home) == before + 1


def test_the_first_files_of_a_real_shop_replace_a_made_up_one(home: Path, shop: Path, tmp_path: Path) -> None:
    built(home, shop, made_up=True)
    real = home / "inbox"
    shutil.copytree(shop, real)
    (real / "lines.csv").write_text((real / "lines.csv").read_text().replace("m1", "n1"))
    report = night(home)
    assert "the made-up shop makes room for what comes in" in report.conflicts
    assert "m1" not in HistoryStore.open(home).checked().tables["lines"]["member_id"].to_list()


def test_an_events_night_after_a_build_installs_a_pack_with_them(home: Path, shop: Path) -> None:
    built(home, shop)
    before, pack = lines_of(home), current_generation(home)
    report = night(home, events=LedgerEvents("one more event", lambda: ()))
    assert (report.outcome, report.error) == ("installed", None)
    assert current_generation(home) != pack
    assert lines_of(home) == before


def test_a_pack_whose_tables_were_not_kept_is_never_replaced_by_less(home: Path, shop: Path) -> None:
    build_shop(shop, home)
    before = lines_of(home)
    one_more_line(home)
    for at in (NOW + HOUR, NOW + 2 * HOUR):
        report = night(home, at=at)
        assert (report.outcome, report.error and report.error["code"]) == ("kept last night's", "E213")
        assert lines_of(home) == before
    built(home, shop, at=NOW + 3 * HOUR)
    assert night(home, at=NOW + 4 * HOUR).error is None
    assert lines_of(home) == before + 1


def test_a_command_that_names_somebodys_id_opens_that_member_also_where_it_is_anothers_card(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    write_table(folder, "items", ("sku", "name"), [("FW", "Flat white")])
    write_table(folder, "members", ("member_id", "name"), [("77 01", "Ada"), ("7701", "Bo")])
    write_table(folder, "lines", LINE, [("b1", "77 01", "FW", "2026-01-08", 1), ("b2", "7701", "FW", "2026-01-09", 1)])
    built(home, folder)
    for member, name in (("77 01", "Ada"), ("7701", "Bo")):
        assert main(["show", member, "--home", str(home)]) == 0
        assert name in capsys.readouterr().out

from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from clerk.clock import FixedClock
from clerk.durable import only_one
from clerk.errors import DiskFull, StoreLocked
from clerk.history.store import HistoryStore
from clerk.nights import local as night_module
from clerk.nights.local import LedgerEvents, Means, take_in
from clerk.nights.report import NightReport, latest
from clerk.pack.generations import rollback, use
from clerk.pack.open import current_generation, generation_names
from embeddings import WeightlessEncoder
from tests.pack_build.shop import LINES, NOW, opened, write_shop, write_table
from tests.proof import record_proof, rounds

LINE = ("basket_id", "member_id", "sku", "sold_at", "quantity")
DAY = 86_400


def run(home: Path, at: int = NOW, **means: Any) -> NightReport:
    """One night that takes every file as complete."""
    means.setdefault("everything", True)
    return take_in(home, Means(FixedClock(at), **means))


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder with its sha256, and every folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in sorted(folder.rglob("*"))
    }


def states(report: NightReport) -> dict[str, str]:
    return {file.name: file.state for file in report.files}


def bad_lines(inbox: Path, name: str = "lines", *, bad: int = 100, good: int = 100) -> Path:
    rows = [(f"x{row}", "m1", "FW", "2026-01-09T08:00", 1 if row < good else "many") for row in range(good + bad)]
    return write_table(inbox, name, LINE, rows)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder with a shop in its inbox."""
    write_shop(tmp_path / "home" / "inbox")
    return tmp_path / "home"


def test_a_canonical_folder_in_the_inbox_becomes_a_pack_and_lies_in_done(home: Path) -> None:
    report = run(home)
    assert (report.outcome, states(report)) == (
        "installed", {"items.csv": "taken", "members.csv": "taken", "lines.csv": "taken"},
    )  # fmt: skip
    assert report.build is not None
    assert report.build["counts"]["lines"] == 4
    assert sorted(os.listdir(home / "inbox" / "done" / report.night)) == ["items.csv", "lines.csv", "members.csv"]
    assert os.listdir(home / "inbox") == ["done"]
    assert opened(home).facts["books"] == HistoryStore.open(home).version
    assert latest(home) == [report]


def test_a_second_night_with_nothing_new_changes_nothing(home: Path) -> None:
    run(home)
    packs, books = tree(home / "packs"), tree(home / "books")
    report = run(home, NOW + DAY)
    assert (report.outcome, report.files, report.build) == ("nothing new", [], None)
    assert (tree(home / "packs"), tree(home / "books")) == (packs, books)


def test_one_days_lines_are_added_to_what_is_known(home: Path) -> None:
    run(home)
    write_table(home / "inbox", "lines", LINE, [("b9", "m2", "OL", "2026-02-01T08:00", 1)])
    report = run(home, NOW + DAY)
    assert report.outcome == "installed"
    assert report.build is not None
    assert (report.build["counts"]["lines"], report.build["counts"]["members"]) == (5, 2)


def test_a_file_that_comes_again_is_taken_once(home: Path) -> None:
    run(home)
    shutil.copy(next((home / "inbox" / "done").rglob("lines.csv")), home / "inbox" / "again.csv")
    report = run(home, NOW + DAY)
    assert (report.outcome, states(report)) == ("nothing new", {"again.csv": "taken before"})
    assert not (home / "inbox" / "again.csv").exists()


def test_a_dry_run_changes_nothing_at_all(home: Path) -> None:
    bad_lines(home / "inbox", "lines-2026", bad=1)
    before = tree(home)
    report = run(home, dry_run=True)
    assert tree(home) == before
    assert report.outcome == "installed"
    assert {file.name: (file.rows, file.kept) for file in report.files}["lines-2026.csv"] == (101, 100)


def test_a_dry_run_where_nothing_ever_was_makes_no_folder(tmp_path: Path) -> None:
    assert run(tmp_path / "none", dry_run=True).outcome == "nothing new"
    assert not (tmp_path / "none").exists()


def test_a_file_still_being_written_waits_and_the_others_go_on(home: Path) -> None:
    for path in (home / "inbox").glob("*.csv"):
        os.utime(path, (1, 1))
    (home / "inbox" / "stock.csv").write_text("sku,on_hand\nFW,3\n")
    report = run(home, everything=False)
    assert (report.outcome, states(report)["stock.csv"]) == ("installed", "waiting")
    assert (home / "inbox" / "stock.csv").exists()


def test_a_file_that_is_replaced_after_it_was_read_is_not_put_away_unread(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = HistoryStore.commit

    def and_the_till_writes(books: HistoryStore) -> None:
        commit(books)
        monkeypatch.undo()
        write_table(home / "inbox", "lines", LINE, [("b9", "m2", "OL", "2026-02-01T08:00", 1)])

    monkeypatch.setattr(HistoryStore, "commit", and_the_till_writes)
    run(home)
    assert (home / "inbox" / "lines.csv").exists()
    report = run(home, NOW + DAY)
    assert report.build is not None
    assert report.build["counts"]["lines"] == 5


def test_a_trigger_is_used_up(home: Path) -> None:
    (home / "inbox" / "endofday.trg").touch()
    assert run(home, everything=False).outcome == "installed"
    assert not (home / "inbox" / "endofday.trg").exists()


def test_a_file_that_is_none_blocks_no_other(home: Path) -> None:
    (home / "inbox" / "strange.csv").write_text("foo,bar\n1,2\n")
    (home / "inbox" / "broken.parquet").write_bytes(b"PAR1 is not enough")
    (home / "inbox" / "members.parquet").write_bytes(b"\x00\xff" * 100)
    (home / "inbox" / "cards.csv").write_text("status\nactive\n")
    report = run(home)
    assert report.outcome == "installed"
    assert states(report) == {
        "items.csv": "taken", "members.csv": "taken", "lines.csv": "taken", "strange.csv": "not recognised",
        "broken.parquet": "refused", "members.parquet": "refused", "cards.csv": "not recognised",
    }  # fmt: skip
    assert (home / "inbox" / "broken.parquet").exists()


def test_too_many_bad_rows_keep_last_nights_pack_and_do_not_get_into_the_books(home: Path) -> None:
    run(home)
    last = current_generation(home)
    bad_lines(home / "inbox")
    write_table(home / "inbox", "members", ("member_id", "name"), [("m3", "Mary")])
    report = run(home, NOW + DAY)
    assert (report.outcome, current_generation(home)) == ("kept last night's", last)
    assert report.error is not None
    assert (report.error["code"], states(report)) == ("E210", {"members.csv": "taken", "lines.csv": "refused"})
    assert (home / "quarantine" / report.night / "rows.csv").read_text().count("is no number") == 100
    assert (home / "inbox" / "lines.csv").exists()
    books = HistoryStore.open(home).checked().tables
    assert (books["lines"].height, books["members"].height) == (4, 3)


def test_a_refused_file_is_not_read_again_and_says_so_until_something_changes(home: Path) -> None:
    run(home)
    bad_lines(home / "inbox")
    first = run(home, NOW + DAY)
    second = run(home, NOW + 2 * DAY)
    assert (second.outcome, second.error) == ("kept last night's", first.error)
    assert f"Not read again: as it was on the night {first.night}" in second.files[0].reason
    assert not (home / "quarantine" / second.night).exists()
    (home / "settings.toml").write_text("[pack]\nbad_rows_share = 0.9\n")
    third = run(home, NOW + 3 * DAY)
    assert (third.outcome, third.files[0].kept) == ("installed", 100)


def test_later_files_are_installed_though_a_refused_one_still_lies_there(home: Path) -> None:
    run(home)
    bad_lines(home / "inbox", "lines-bad")
    run(home, NOW + DAY)
    write_table(home / "inbox", "lines-good", LINE, [("b9", "m2", "OL", "2026-02-01T08:00", 1)])
    report = run(home, NOW + 2 * DAY)
    assert (report.outcome, states(report)) == ("installed", {"lines-bad.csv": "refused", "lines-good.csv": "taken"})


def test_a_first_night_of_bad_rows_only_has_nothing_to_keep(tmp_path: Path) -> None:
    bad_lines(tmp_path / "inbox")
    assert run(tmp_path).outcome == "failed"
    assert run(tmp_path).outcome == "failed"


def test_who_went_back_to_an_older_night_stays_there_until_there_is_news(home: Path) -> None:
    run(home)
    write_table(home / "inbox", "lines", LINE, [("b9", "m2", "OL", "2026-02-01T08:00", 1)])
    run(home, NOW + DAY)
    older = rollback(home)
    kept = run(home, NOW + 2 * DAY)
    assert (kept.outcome, "somebody went back to stays" in kept.text()) == ("nothing new", True)
    assert current_generation(home) == older
    write_table(home / "inbox", "lines", LINE, [("b10", "m2", "OL", "2026-02-02T08:00", 1)])
    assert run(home, NOW + 3 * DAY).outcome == "installed"
    assert run(home, NOW + 4 * DAY).text().splitlines()[1].endswith("nothing new: the pack holds everything")


def test_who_went_back_twice_and_forward_again_is_left_there(home: Path) -> None:
    (home / "settings.toml").write_text("[pack]\nkeep = 5\n")
    run(home)
    for day in (1, 2):
        write_table(home / "inbox", "lines", LINE, [(f"b{day}", "m2", "OL", "2026-02-01T08:00", day)])
        run(home, NOW + day * DAY)
    newest = current_generation(home)
    assert newest is not None
    older = [rollback(home), rollback(home)]
    assert (run(home, NOW + 3 * DAY).outcome, current_generation(home)) == ("nothing new", older[1])
    use(home, older[0])
    assert (run(home, NOW + 4 * DAY).outcome, current_generation(home)) == ("nothing new", older[0])
    use(home, newest)
    again = run(home, NOW + 5 * DAY)
    assert (again.outcome, again.went_back, current_generation(home)) == ("nothing new", False, newest)


def test_a_count_that_comes_back_to_what_it_was_is_news(home: Path) -> None:
    """Stock of 20, then 0, then 20: an older pack that is still kept says the same and is not in use."""
    for day, left in enumerate((20, 0, 20)):
        write_table(
            home / "inbox",
            "stock",
            ("sku", "on_hand"),
            [("FW", left)],
        )
        report = run(home, NOW + day * DAY)
        assert report.outcome == "installed", (day, report.text())
        assert opened(home).facts["books"] == HistoryStore.open(home).version


def test_a_file_that_nobody_knows_is_not_called_everything(home: Path) -> None:
    run(home)
    (home / "inbox" / "odd.csv").write_text("colour,shoe\nred,44\n")
    report = run(home, NOW + DAY)
    assert (report.outcome, states(report)) == ("nothing new", {"odd.csv": "not recognised"})
    assert "nothing new was taken in: 1 file in the inbox could not be, see below" in report.text()


def test_a_pack_without_vectors_is_made_anew_once_there_is_an_encoder(home: Path) -> None:
    run(home)
    report = run(home, NOW + DAY, encoder=lambda _languages: WeightlessEncoder(16), meaning=True)
    assert report.build is not None
    assert (report.outcome, report.build["embedded"]) == ("installed", 3)
    again = run(home, NOW + 2 * DAY, encoder=lambda _languages: WeightlessEncoder(16), meaning=True)
    assert again.outcome == "nothing new"


def test_other_events_of_the_ledger_make_another_pack(home: Path) -> None:
    means = Means(FixedClock(NOW), everything=True)
    outcomes = [
        take_in(home, means, ledger_events=LedgerEvents(mark, lambda: None)).outcome for mark in ("one", "one", "two")
    ]  # fmt: skip
    assert outcomes == ["installed", "nothing new", "installed"]


def test_only_one_night_at_a_time(home: Path) -> None:
    (home / "nights").mkdir()
    with only_one(home / "nights" / ".lock"), pytest.raises(StoreLocked, match="Another night is running"):
        run(home)


def test_a_build_that_is_running_fails_the_night_and_says_so(home: Path) -> None:
    (home / "packs").mkdir()
    with only_one(home / "packs" / ".lock"):
        report = run(home)
    assert report.error is not None
    assert (report.outcome, report.error["code"]) == ("failed", "E204")
    assert run(home).outcome == "installed"


def test_a_disk_without_room_is_told_before_anything_is_begun(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(home)
    monkeypatch.setattr(night_module.shutil, "disk_usage", lambda _: usage._replace(free=1000))
    report = run(home)
    assert report.error is not None
    assert (report.outcome, report.error["code"]) == ("failed", DiskFull.code)
    assert "nothing was begun" in report.error["what"]
    assert sorted(os.listdir(home)) == ["inbox", "nights"]
    assert len(os.listdir(home / "inbox")) == 3


def test_old_reports_done_files_and_quarantine_go(home: Path) -> None:
    (home / "settings.toml").write_text("[nightly]\nreports_kept = 2\n")
    for night in range(4):
        rows = [*LINES, (f"n{night}", "m1", "FW", "2026-01-20", 1), ("bad", "m1", "", "2026-01-20", 1)]
        write_table(home / "inbox", "lines", LINE, rows)
        run(home, NOW + night * DAY)
    for folder in ("nights", "quarantine", "inbox/done"):
        assert len([name for name in os.listdir(home / folder) if not name.startswith(".")]) == 2


def test_a_store_file_of_the_manager_wins_over_what_came(home: Path) -> None:
    (home / "inbox" / "store.toml").write_text('store = "Delivered"\ncurrency = "EUR"\n')
    (home / "store.toml").write_text('store = "Mine"\n')
    run(home)
    assert (opened(home).facts["store"], opened(home).facts["currency"]) == ("Mine", "EUR")
    assert (home / "inbox" / "store.toml").exists()
    (home / "store.toml").write_text('store = "Ours"\n')
    assert run(home, NOW + DAY).outcome == "installed"
    assert opened(home).facts["store"] == "Ours"


def test_a_shops_own_mapping_that_is_none_is_told_and_the_rest_goes_on(home: Path) -> None:
    (home / "inbox" / "mapping.toml").write_text("no = [toml")
    report = run(home)
    assert report.outcome == "installed"
    assert [notice.code for notice in report.notices] == ["E209"]


def test_books_that_are_damaged_fail_the_night_and_keep_the_pack(home: Path) -> None:
    run(home)
    last = current_generation(home)
    (home / "books" / "BOOKS.json").write_text("{")
    report = run(home, NOW + DAY)
    assert report.error is not None
    assert (report.outcome, report.error["code"], current_generation(home)) == ("failed", "E202", last)


def test_exports_of_a_till_become_a_pack(project: Path, tmp_path: Path) -> None:
    for system in ("shopify", "square"):
        home = tmp_path / system
        shutil.copytree(project / "store_data" / "exports" / system, home / "inbox")
        report = run(home)
        assert (report.outcome, set(states(report).values())) == ("installed", {"taken"})
        assert run(home, NOW + DAY).outcome == "nothing new"
        assert opened(home).facts["members"] != "0"


def test_a_row_that_feeds_several_tables_is_counted_once(project: Path, tmp_path: Path) -> None:
    shutil.copytree(project / "store_data" / "exports" / "square", tmp_path / "inbox")
    told = {file.name: file for file in run(tmp_path).files}["customers.csv"]
    lines = (tmp_path / "inbox" / "done").rglob("customers.csv")
    assert told.rows == len(next(lines).read_text(encoding="utf-8-sig").splitlines()) - 1
    assert told.kept <= told.rows


def test_a_night_killed_at_any_instant_and_run_again_gives_the_same_books(
    tmp_path: Path, clean_environment: dict[str, str]
) -> None:
    """Real processes and SIGKILL: at the nth durable step, or after a random while."""
    chance = random.Random(4)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    died = 0
    many = rounds(8, 600)
    for number in range(many):
        at = NOW + number * DAY
        for home in (whole, killed):
            rows = [(f"b{number}", "m1", "FW", f"2026-01-{number % 28 + 1:02d}T08:00", number % 5 + 1)]
            rows += [(f"b{number - 1}", "m1", "CR", f"2026-01-{(number - 1) % 28 + 1:02d}T08:00", 9)] * (
                number % 3 == 0
            )
            write_shop(home / "inbox", members=[("m1", f"Ada {number}"), ("m2", "Grace")], lines=rows)
        run(whole, at)
        step = number % 20 + 1 if number % 2 == 0 else 0
        command = [sys.executable, "-m", "tests.nights.night_child", str(killed), str(at), str(step)]
        with subprocess.Popen(command, env=clean_environment, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            child.stdout.readline()
            if not step:
                threading.Timer(chance.uniform(0, 0.3), child.kill).start()
            died += child.wait() == -9
        run(killed, at)
        assert run(killed, at).outcome == "nothing new"
        assert (one := HistoryStore.open(killed)).version == (other := HistoryStore.open(whole)).version
        assert {n: f.rows() for n, f in one.checked().tables.items()} == {
            n: f.rows() for n, f in other.checked().tables.items()
        }
        assert len(generation_names(killed)) <= 2
        opened(killed)
    record_proof("kill -9 during nights", many)
    assert died > 0


def test_a_night_of_empty_tables_empties_no_shop(home: Path) -> None:
    run(home)
    write_shop(home / "inbox", items=(), members=(), lines=())
    run(home, NOW + DAY)
    reader = opened(home)
    assert (reader.facts["items"], reader.facts["members"], reader.facts["lines"]) == ("3", "2", "4")

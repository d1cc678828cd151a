from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from clerk.clock import FixedClock
from clerk.driver import driver
from clerk.durable import disk_errors, only_one
from clerk.errors import DiskFailed, DiskFull, NothingInIt, SourceMissing, StoreLocked, TooManyBadRows
from clerk.intake.report import Progress
from clerk.pack.open import CURRENT, PACKS, current_generation, generation_names, open_pack
from clerk.report import Exit, exit_of
from embeddings import WeightlessEncoder
from tests.pack_build.shop import LINES, NOW, build_shop, opened, write_shop, write_table


def test_members_items_and_lines_with_required_columns_make_a_whole_shop(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    write_table(folder, "members", ("member_id",), [("m1",), ("m2",)])
    write_table(folder, "items", ("sku", "name"), [("FW", "Flat white"), ("CR", "Croissant")])
    write_table(folder, "lines", ("basket_id", "member_id", "sku", "sold_at", "quantity"), LINES)
    report = build_shop(folder, tmp_path / "h", encoder=WeightlessEncoder(16))
    reader = opened(tmp_path / "h")
    assert (report.counts["members"], report.counts["items"], report.counts["lines"]) == (2, 3, 4)
    assert reader.cards_by_code("m1")[0].member_no == reader.member_no("m1")
    assert reader.items([1])[1].on_hand is None
    assert report.fallbacks == [
        "no cards table: the member id is the card",
        "known from lines only, no longer sold, called by their SKU: 1 item",
        "no stock table: availability is not counted",
    ]


def test_items_alone_are_enough_to_search_them(tmp_path: Path) -> None:
    write_table(tmp_path / "f", "items", ("sku", "name"), [("FW", "Flat white")])
    report = build_shop(tmp_path / "f", tmp_path / "h", encoder=WeightlessEncoder(16))
    assert report.counts == {"members": 0, "items": 1, "baskets": 0, "lines": 0, "companions": 0, "neighbours": 0}


def test_members_named_only_by_lines_are_members_without_a_name(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "f", members=[("m1", "Ada")])
    build_shop(folder, tmp_path / "h")
    reader = opened(tmp_path / "h")
    number = reader.member_no("m2")
    assert number is not None
    assert reader.member(number).name == ""
    (folder / "members.csv").unlink()
    report = build_shop(folder, tmp_path / "h")
    assert report.counts["members"] == 2


def test_the_last_of_several_rows_of_one_key_counts(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "f", members=[("m1", "Old"), ("m2", "Grace"), ("m1", "New")])
    report = build_shop(folder, tmp_path / "h")
    reader = opened(tmp_path / "h")
    assert reader.member(reader.member_no("m1") or 0).name == "New"
    assert (report.tables["members"].repeated, report.tables["members"].kept) == (1, 2)


def test_hostile_names_arrive_harmless(tmp_path: Path) -> None:
    hostile = "Eve\x1b]52;c;x\x07 \u202e[@click=app.quit]" + "e" + "\u0301" * 300
    folder = write_shop(tmp_path / "f", members=[("m1", hostile)])
    build_shop(folder, tmp_path / "h")
    reader = opened(tmp_path / "h")
    name = reader.member(reader.member_no("m1") or 0).name
    assert name == "Eve]52;c;x [@click=app.quit]é\u0301\u0301"


def test_building_twice_makes_the_same_content(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "f")
    for _ in range(2):
        build_shop(folder, tmp_path / "h", encoder=WeightlessEncoder(16))
    first, second = generation_names(tmp_path / "h")
    for path in sorted((tmp_path / "h" / PACKS / first).iterdir()):
        if path.name not in ("manifest.json", "columns.npz", "names.npz", "words.npz"):
            assert path.read_bytes() == (tmp_path / "h" / PACKS / second / path.name).read_bytes(), path.name


def test_a_dry_run_checks_everything_and_installs_nothing(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "f")
    report = build_shop(folder, tmp_path / "h", dry_run=True)
    assert report.counts["lines"] == 4
    assert report.generation == ""
    assert generation_names(tmp_path / "h") == []


def test_too_many_bad_rows_refuse_the_swap_and_are_set_aside(tmp_path: Path) -> None:
    folder, home = write_shop(tmp_path / "f"), tmp_path / "h"
    before = build_shop(folder, home).generation
    write_shop(folder, lines=[*LINES, *(("b", "m1", "FW", "never", "1") for _ in range(60))])
    with pytest.raises(TooManyBadRows, match="sold_at is no date"):
        build_shop(folder, home, clock=FixedClock(NOW + 60))
    assert current_generation(home) == before
    assert len(list((home / "quarantine").iterdir())) == 1
    (home / "settings.toml").write_text("[pack]\nbad_rows_share = 1.0\n")
    assert build_shop(folder, home, clock=FixedClock(NOW + 60)).tables["lines"].bad == 60


def test_a_few_bad_rows_of_a_small_table_do_not_stop_the_night(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "f", lines=[*LINES, ("b", "m1", "FW", "never", "1")])
    assert build_shop(folder, tmp_path / "h").generation


class Interrupted(Exception):
    """Stands for anything that goes wrong in the middle of a build."""


@pytest.mark.parametrize("stage", ["checking", "companions", "writing", "embedding", "verifying"])
def test_a_build_that_fails_leaves_the_pack_in_use_and_no_rubbish(tmp_path: Path, stage: str) -> None:
    folder, home = write_shop(tmp_path / "f"), tmp_path / "h"
    before = build_shop(folder, home).generation

    def fail(progress: Progress) -> None:
        if progress.stage == stage:
            raise Interrupted

    with pytest.raises(Interrupted):
        build_shop(folder, home, clock=FixedClock(NOW + 60), encoder=WeightlessEncoder(16), progress=fail)
    assert (home / PACKS / CURRENT).read_text().strip() == before
    assert sorted(path.name for path in (home / PACKS).iterdir()) == sorted([".lock", CURRENT, before])


def test_a_missing_folder_changes_nothing(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing):
        build_shop(tmp_path / "nowhere", tmp_path / "h")
    assert generation_names(tmp_path / "h") == []


def test_two_builds_at_once_are_refused(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "f")
    (tmp_path / "h" / PACKS).mkdir(parents=True)
    with only_one(tmp_path / "h" / PACKS / ".lock"), pytest.raises(StoreLocked):
        build_shop(folder, tmp_path / "h")
    assert build_shop(folder, tmp_path / "h").generation


@pytest.mark.parametrize("stage", ["checking", "writing", "indexing words", "installing"])
def test_a_build_killed_outright_leaves_the_old_pack_working(
    tmp_path: Path, stage: str, clean_environment: dict[str, str]
) -> None:
    folder, home = write_shop(tmp_path / "f"), tmp_path / "h"
    before = build_shop(folder, home).generation
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from clerk.clock import FixedClock\n"
        "from clerk.pack_build.build import build\n"
        "def die(progress):\n"
        f"    if progress.stage == {stage!r}: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"build(Path({str(folder)!r}), Path({str(home)!r}), clock=FixedClock({NOW + 60}), progress=die)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], env=clean_environment, capture_output=True)
    assert done.returncode == -signal.SIGKILL
    pack = open_pack(home)
    assert pack.generation == before
    assert not pack.notices
    pack.close()
    after = build_shop(folder, home, clock=FixedClock(NOW + 120)).generation
    assert sorted(path.name for path in (home / PACKS).iterdir()) == sorted([".lock", CURRENT, before, after])


def test_progress_names_every_stage_in_order_and_the_report_reads_like_one(tmp_path: Path) -> None:
    stages: list[str] = []

    def note(progress: Progress) -> None:
        if progress.stage not in stages:
            stages.append(progress.stage)

    report = build_shop(write_shop(tmp_path / "f"), tmp_path / "h", progress=note, encoder=WeightlessEncoder(16))
    assert stages == [
        "reading", "checking", "numbering", "deriving", "companions", "neighbours", "writing", "indexing words",
        "embedding", "learning", "verifying", "installing",
    ]  # fmt: skip
    assert list(report.seconds) == stages
    assert f"installed {report.generation}: 2 members, 3 items, 3 baskets, 4 lines" in report.text()


def test_what_is_learned_travels_in_the_pack(tmp_path: Path) -> None:
    build_shop(
        write_shop(tmp_path / "f"),
        tmp_path / "h",
        learn=lambda shop, columns, now, settings: {"due": {"weights": [1.5]}},
    )
    assert opened(tmp_path / "h").models == {"due": {"weights": [1.5]}}


def test_learning_that_fails_is_told_and_does_not_stop_the_night(tmp_path: Path) -> None:
    def learn(*_: object) -> dict[str, object]:
        raise ZeroDivisionError("nothing to divide")

    report = build_shop(write_shop(tmp_path / "f"), tmp_path / "h", learn=learn)
    assert report.generation
    assert ["nothing to divide" in notice.what for notice in report.notices] == [True]


def test_rows_that_name_nobody_are_counted_and_left_out(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "f")
    write_table(folder, "cards", ("code", "member_id"), [("c1", "m1"), ("c2", "stranger")])
    write_table(folder, "stock", ("sku", "on_hand"), [("FW", 1), ("unknown", 1)])
    write_table(folder, "modifiers", ("sku", "group", "option"), [("unknown", "Milk", "Oat")])
    report = build_shop(folder, tmp_path / "h")
    assert report.fallbacks == [
        "1 rows of cards name no known member and are left out",
        "1 rows of modifiers name no known item and are left out",
        "1 rows of stock name no known item and are left out",
    ]
    assert opened(tmp_path / "h").cards_by_code("c2") == ()


def test_generations_of_one_second_sort_in_the_order_they_were_built(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "f")
    names = [build_shop(folder, tmp_path / "h").generation for _ in range(3)]
    assert names == sorted(names)
    assert generation_names(tmp_path / "h") == names[:0:-1]


@pytest.mark.parametrize(("message", "error"), [("database or disk is full", DiskFull), ("disk I/O error", DiskFailed)])
def test_a_disk_that_fails_under_sqlite_is_told_like_any_other(message: str, error: type[Exception]) -> None:
    with pytest.raises(error, match="untouched"), disk_errors("writing"):
        raise driver().OperationalError(message)


def test_a_time_zone_of_the_store_settles_times_with_an_offset(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "f", lines=[("b1", "m1", "FW", "2026-01-02T07:00:00Z", "1")])
    (folder / "store.toml").write_text('timezone = "Europe/Vienna"\n')
    build_shop(folder, tmp_path / "h")
    reader = opened(tmp_path / "h")
    assert reader.member_facts(1).history.basket_at[0] % 86_400 == 8 * 3600


def test_an_empty_folder_does_not_take_a_good_packs_place(tmp_path: Path) -> None:
    home = tmp_path / "home"
    made = build_shop(write_shop(tmp_path / "own"), home)
    nothing = write_shop(tmp_path / "a", items=(), members=(), lines=())
    nobody = write_shop(tmp_path / "b", members=(), lines=())
    for empty in (nothing, nobody):
        for dry_run in (True, False):
            with pytest.raises(NothingInIt, match=r"no (items|members)") as raised:
                build_shop(empty, home, dry_run=dry_run)
            assert exit_of(raised.value) is Exit.STORE_DATA
    assert current_generation(home) == made.generation


def test_a_folder_without_items_is_refused_where_nothing_was_built_yet(tmp_path: Path) -> None:
    with pytest.raises(NothingInIt):
        build_shop(write_shop(tmp_path / "own", items=(), members=(), lines=()), tmp_path / "home")
    assert current_generation(tmp_path / "home") is None

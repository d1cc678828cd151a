from __future__ import annotations

import os
from pathlib import Path

import pytest

from clerk.clock import parse_at
from clerk.intake.files.inbox import InboxContents, look, prune_done, put_away

NOW = 1_700_000_000.0


def lay(inbox: Path, name: str, text: str = "sku,name\nA,B\n", *, age_s: float = 1000) -> Path:
    path = inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    os.utime(path, (NOW - age_s, NOW - age_s))
    return path


def looked(inbox: Path, *, everything: bool = False) -> InboxContents:
    return look(inbox, quiet_s=120, at_most=1_000_000, everything=everything, now_s=NOW)


def states(inbox: Path, *, everything: bool = False) -> dict[str, str]:
    return {file.name: file.state for file in looked(inbox, everything=everything).files}


def test_a_file_is_complete_when_nobody_wrote_to_it_for_a_while(tmp_path: Path) -> None:
    lay(tmp_path, "old.csv", age_s=121)
    lay(tmp_path, "fresh.csv", age_s=5)
    assert states(tmp_path) == {"old.csv": "complete", "fresh.csv": "waiting"}
    assert [file.reason for file in looked(tmp_path).files if file.state == "waiting"] == [
        "still being written: last change 5 s ago"
    ]


@pytest.mark.parametrize("trigger", ["endofday.trg", "ORDERS.TRG", "export.done", "READY", "ready"])
def test_a_trigger_says_that_all_beside_it_is_complete(tmp_path: Path, trigger: str) -> None:
    lay(tmp_path, "fresh.csv", age_s=0)
    lay(tmp_path, trigger, "", age_s=0)
    assert states(tmp_path) == {"fresh.csv": "complete"}
    assert [path.name for path in looked(tmp_path).triggers] == [trigger]


def test_everything_is_complete_when_told_so(tmp_path: Path) -> None:
    lay(tmp_path, "fresh.csv", age_s=0)
    assert states(tmp_path, everything=True) == {"fresh.csv": "complete"}


def test_links_folders_hidden_files_and_copies_under_way_are_passed_over(tmp_path: Path) -> None:
    outside = lay(tmp_path / "elsewhere", "secret.csv")
    inbox = tmp_path / "inbox"
    for name in (".hidden.csv", "lines.csv.tmp", "lines.csv.part", "~lock.csv", "notes/readme.md", "done/x/lines.csv"):
        lay(inbox, name)
    lay(inbox, "lines.csv")
    (inbox / "link.csv").symlink_to(outside)
    (inbox / "linked").symlink_to(outside.parent)
    assert states(inbox) == {"lines.csv": "complete"}
    assert looked(inbox).links == ["link.csv", "linked"]


def test_a_canonical_folder_in_the_inbox_counts_as_lying_there(tmp_path: Path) -> None:
    lay(tmp_path, "shop/items.csv")
    lay(tmp_path, "shop/store.toml", 'store = "S"')
    assert states(tmp_path) == {"shop/items.csv": "complete"}
    assert looked(tmp_path).store_files == [tmp_path / "shop" / "store.toml"]


def test_a_file_that_is_too_large_is_refused_unopened(tmp_path: Path) -> None:
    path = lay(tmp_path, "huge.csv")
    with path.open("r+b") as file:
        file.truncate(1_000_001)
    os.utime(path, (NOW - 999, NOW - 999))
    (file_,) = looked(tmp_path).files
    assert (file_.state, file_.code) == ("refused", "E212")


def test_a_date_in_the_future_waits_and_says_what_to_do(tmp_path: Path) -> None:
    lay(tmp_path, "tomorrow.csv", age_s=-86_400)
    (file,) = looked(tmp_path).files
    assert file.state == "waiting"
    assert "--now" in file.reason


def test_the_newest_file_comes_last(tmp_path: Path) -> None:
    lay(tmp_path, "a.csv", age_s=200)
    lay(tmp_path, "b.csv", age_s=300)
    assert list(states(tmp_path)) == ["b.csv", "a.csv"]


def test_a_file_that_changes_after_the_look_is_noticed(tmp_path: Path) -> None:
    lay(tmp_path, "lines.csv")
    (file,) = looked(tmp_path).files
    assert file.unchanged()
    file.path.write_text("more", encoding="utf-8")
    assert not file.unchanged()


def test_names_are_cleaned_before_anybody_reads_them(tmp_path: Path) -> None:
    lay(tmp_path, "x\x1b[31m\u202e.csv")
    (file,) = looked(tmp_path).files
    assert "\x1b" not in file.name
    assert "\u202e" not in file.name


def test_what_was_taken_goes_to_the_nights_folder_and_old_nights_go(tmp_path: Path) -> None:
    for night in ("20260101T000000", "20260102T000000", "20260103T000000"):
        paths = [lay(tmp_path, "lines.csv"), lay(tmp_path, "shop/items.csv")]
        assert put_away(tmp_path, night, paths) == []
    assert not (tmp_path / "shop").exists()
    assert (tmp_path / "done" / "20260103T000000" / "shop" / "items.csv").exists()
    prune_done(tmp_path, 2, parse_at("2026-01-03T01:00"))
    assert sorted(path.name for path in (tmp_path / "done").iterdir()) == ["20260102T000000", "20260103T000000"]


def test_what_a_shop_that_delivers_seldom_sent_goes_by_its_age(tmp_path: Path) -> None:
    for night in ("20260101T000000", "20260201T000000"):
        put_away(tmp_path, night, [lay(tmp_path, "lines.csv")])
    prune_done(tmp_path, 2, parse_at("2026-02-02T00:00"))
    assert [path.name for path in (tmp_path / "done").iterdir()] == ["20260201T000000"]


def test_an_inbox_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert looked(tmp_path / "none") == InboxContents()

"""`clerk nightly` as a person or a timer runs it: a real process, its streams and its exit code."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from clerk.cli import main
from clerk.demo.sample_store import write_sample_store
from clerk.durable import only_one
from tests.pack_build.shop import write_shop, write_table

LINE = ("basket_id", "member_id", "sku", "sold_at", "quantity")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write_shop(tmp_path / "home" / "inbox")
    return tmp_path / "home"


def command(home: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "clerk", "nightly", "--home", str(home), "--no-meaning", *options]


def ran(home: Path, environment: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(home, *options), env=environment, capture_output=True, text=True, check=False)


def test_the_sample_goes_from_the_inbox_to_the_counter(tmp_path: Path, clean_environment: dict[str, str]) -> None:
    inbox = tmp_path / "home" / "inbox" / "sample"
    inbox.mkdir(parents=True)
    write_sample_store(inbox, date(2026, 11, 20))
    lines = (inbox / "lines.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (inbox / "lines.csv").write_text("".join(lines[:2001]), encoding="utf-8")
    (inbox / "endofday.trg").touch()
    night = ran(tmp_path / "home", clean_environment)
    assert night.returncode == 0, night.stderr
    assert "new store data is installed" in night.stdout
    assert "  sample/lines.csv (Clerk lines): 2,000 rows: 2,000 taken" in night.stdout
    assert "the pack holds: 400 members" in night.stdout
    again = ran(tmp_path / "home", clean_environment)
    assert again.returncode == 0
    assert "nothing new: the pack holds everything" in again.stdout
    assert main(["show", "M0001", "--home", str(tmp_path / "home"), "--at", "2026-11-20"]) == 0


def test_a_plain_terminal_is_told_each_stage_on_stderr_and_the_report_on_stdout(
    home: Path, clean_environment: dict[str, str]
) -> None:
    night = ran(home, clean_environment, "--now")
    stages = [line.removeprefix("clerk: ") for line in night.stderr.splitlines()]
    expected = [
        "looking through the inbox …",
        "taking in …",
        "opening the history store …",
        "writing …",
        "installing …",
    ]
    assert [stage for stage in stages if stage in expected] == expected
    assert "\x1b" not in night.stderr
    assert "\r" not in night.stderr
    assert night.stdout.startswith("all well: 3 files taken in\nnight of ")


def test_a_terminal_sees_a_bar(home: Path, clean_environment: dict[str, str]) -> None:
    own, theirs = pty.openpty()
    child = subprocess.Popen(command(home, "--now"), env=clean_environment, stdout=subprocess.PIPE, stderr=theirs)
    child.communicate()
    os.close(theirs)
    seen = os.read(own, 1 << 20).decode()
    os.close(own)
    assert "taking in" in seen
    assert "4 of 4" in seen
    assert "█" * 28 in seen


def test_a_quiet_night_writes_on_stderr_only_when_it_fails(home: Path, clean_environment: dict[str, str]) -> None:
    """So that a cron that lets stdout go away sends mail about a night that failed, and about no other."""
    good = ran(home, clean_environment, "--now", "--quiet")
    assert (good.returncode, good.stderr) == (0, "")
    assert "new store data is installed" in good.stdout
    write_table(home / "inbox", "lines", LINE, [("x", "m1", "FW", "2026-01-09", "many")] * 60)
    bad = ran(home, clean_environment, "--now", "--quiet")
    assert (bad.returncode, bad.stdout) == (5, "")
    assert bad.stderr.splitlines()[0].startswith("clerk: lines.csv: all 60 rows set aside: quantity is no number")
    assert "last night's store data is kept" in bad.stderr
    assert "E210" in bad.stderr


def test_a_first_night_that_finds_files_still_warm_says_wait_or_now(
    home: Path, clean_environment: dict[str, str]
) -> None:
    night = ran(home, clean_environment)
    assert night.returncode == 0
    assert "wait two minutes and run it again, or run `clerk nightly --now`" in night.stdout
    assert "Put the shop's exports" not in night.stdout


def test_json_is_one_document_and_nothing_else(home: Path, clean_environment: dict[str, str]) -> None:
    night = ran(home, clean_environment, "--now", "--json")
    told = json.loads(night.stdout)
    assert night.stderr == ""
    assert (told["outcome"], told["role"], told["files"][0]["state"]) == ("installed", "alone", "taken")


def test_too_many_bad_rows_need_a_person_who_is_told_the_file_of_rows(
    home: Path, clean_environment: dict[str, str]
) -> None:
    ran(home, clean_environment, "--now")
    write_table(home / "inbox", "lines", LINE, [("x", "m1", "FW", "2026-01-09", "many")] * 60)
    night = ran(home, clean_environment, "--now")
    assert night.returncode == 5
    assert night.stdout.startswith("lines.csv: all 60 rows set aside: quantity is no number\n")
    assert "last night's store data is kept" in night.stdout
    assert "lines.csv (Clerk lines): refused, 60 rows: 60 set aside (E210" in night.stdout
    assert "quarantine: quarantine/" in night.stdout


def test_a_data_folder_without_an_inbox_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nightly", "--home", str(tmp_path / "none")]) == 3
    said = capsys.readouterr().err
    assert "E208" in said
    assert "clerk template" in said
    assert not (tmp_path / "none").exists()


def test_an_empty_inbox_says_what_to_do_and_is_no_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "inbox").mkdir()
    assert main(["nightly", "--home", str(tmp_path), "--no-meaning"]) == 0
    assert "nothing was taken in" in (said := capsys.readouterr().out)
    assert "clerk template" in said


def test_an_inbox_elsewhere_is_used_and_kept_tidy(home: Path, tmp_path: Path) -> None:
    (home / "inbox").rename(tmp_path / "share")
    options = ["--inbox", str(tmp_path / "share"), "--now", "--no-meaning"]
    assert main(["nightly", "--home", str(home), *options]) == 0
    assert [path.name for path in (tmp_path / "share").iterdir()] == ["done"]


def test_an_inbox_that_is_not_there_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nightly", "--home", str(home), "--inbox", str(home / "gone")]) == 3
    assert "There is no folder gone" in capsys.readouterr().err


def test_a_second_night_at_once_is_told_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "nights").mkdir()
    with only_one(home / "nights" / ".lock"):
        assert main(["nightly", "--home", str(home), "--no-meaning"]) == 3
    assert "E204 Another night is running" in capsys.readouterr().err


def test_a_device_that_was_never_enrolled_fails_as_an_exchange(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "settings.toml").write_text('[exchange]\nrole = "device"\n')
    assert main(["nightly", "--home", str(home), "--no-meaning"]) == 4
    assert "E302" in capsys.readouterr().out


def test_a_running_counter_keeps_its_pack_while_a_night_installs_another(home: Path) -> None:
    from clerk.pack.open import open_pack

    main(["nightly", "--home", str(home), "--no-meaning", "--now"])
    pack = open_pack(home)
    for day in range(3):
        write_table(home / "inbox", "lines", LINE, [(f"n{day}", "m1", "FW", "2026-01-20", 1)])
        main(["nightly", "--home", str(home), "--no-meaning", "--now"])
    assert pack.db.execute("SELECT count(*) FROM lines").fetchone() == (4,)
    pack.close()

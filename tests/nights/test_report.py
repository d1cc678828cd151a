from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from clerk.clock import FixedClock, parse_at
from clerk.errors import DiskFull, TooManyBadRows
from clerk.model import Notice
from clerk.nights.local import Means, take_in
from clerk.nights.report import FileReport, NightReport, Verdict, latest, prune_reports, report_files, verdict_of
from clerk.report import ProgressBar
from tests.pack_build.shop import write_shop

AT = parse_at("2026-11-22T03:30")


def a_report(night: str = "20261122T033000") -> NightReport:
    bad = {"no sku": 2}
    return NightReport(
        night, AT, AT + 40, outcome="installed", quarantine=night, conflicts=["2 baskets came again"],
        files=[
            FileReport("lines.csv", "Clerk lines", 100, 97, 1, bad, sha256="00"),
            FileReport("half.csv", state="waiting", reason="still being written"),
        ],
        build={"counts": {"members": 3, "lines": 97}, "fallbacks": ["no stock table"], "seconds": {"writing": 1.5},
               "not_learned": {"due": "Due is not learned: 212 of the 2,000 needed pairs"}},
        notices=[Notice("E212", "link.csv is a link.", "Put the file there.")],
    )  # fmt: skip


def test_a_manager_reads_what_came_in_what_was_set_aside_what_is_there_and_what_to_do() -> None:
    assert a_report().text().splitlines() == [
        "E212 link.csv is a link",
        "night of 22 Nov 2026 03:30: new store data is installed",
        "came in:",
        "  lines.csv (Clerk lines): 100 rows: 97 taken, 1 repeated, 2 set aside",
        "      2 set aside: no sku",
        "  half.csv: waiting (still being written)",
        "  2 baskets came again",
        "quarantine: quarantine/20261122T033000/rows.csv has file, row, reason and the row as it came",
        "the pack holds: 3 members, 97 lines",
        "  no stock table",
        "  Due is not learned: 212 of the 2,000 needed pairs",
        "  made in 1.5 s",
        "to do:",
        "  E212 link.csv is a link. Put the file there.",
    ]


def test_a_report_read_back_is_the_report(tmp_path: Path) -> None:
    report = a_report()
    report.stores = [a_report("x")]
    report.save(tmp_path)
    assert latest(tmp_path) == [report]
    assert json.loads(report_files(tmp_path)[0].read_text())["files"][0]["quarantined"] == {"no sku": 2}


def test_the_first_error_leads_and_later_ones_follow() -> None:
    report = a_report()
    report.failed_with(DiskFull("Full.", "Free some."))
    report.failed_with(TooManyBadRows("Bad.", "Correct."))
    assert report.error == {"code": "E205", "what": "Full.", "remedy": "Free some."}
    assert report.text().splitlines()[-3:] == [
        "  E205 Full. Free some.", "  E212 link.csv is a link. Put the file there.", "  E210 Bad. Correct.",
    ]  # fmt: skip


def test_reports_are_newest_first_and_only_so_many_are_kept(tmp_path: Path) -> None:
    for night in ("20261120T033000", "20261122T033000", "20261122T033000-02", "20261121T033000"):
        a_report(night).save(tmp_path)
    (tmp_path / "nights" / "20261123T000000.json").write_text("{", encoding="utf-8")
    assert [one.night for one in latest(tmp_path, 2)] == ["20261122T033000-02", "20261122T033000"]
    prune_reports(tmp_path, 3)
    assert len(report_files(tmp_path)) == 3


def test_a_dry_run_is_never_saved(tmp_path: Path) -> None:
    report = a_report()
    report.dry_run = True
    report.save(tmp_path)
    assert not list(tmp_path.iterdir())
    assert (
        report.text()
        .splitlines()[1]
        .startswith("night of 22 Nov 2026 03:30, dry run, nothing was changed: new store data would")
    )


def test_what_another_version_added_to_a_report_is_passed_over(tmp_path: Path) -> None:
    told = a_report().as_json() | {"later": 1}
    told["files"][0]["later"] = 1
    assert NightReport.of(told) == a_report()


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_a_bar_with_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([100.0, 102.0, 104.0, 104.0])
    monkeypatch.setattr("time.monotonic", lambda: next(seconds))
    monkeypatch.setattr(sys, "stderr", _Terminal())
    bar = ProgressBar()
    bar("writing", 0, 400)
    bar("writing", 200, 400)
    bar("writing", 400, 400)
    drawn = sys.stderr.getvalue().split("\r")  # type: ignore[attr-defined]
    assert "200 of 400, 100 a second, 2 s left" in drawn[2]
    assert "█" * 14 + "·" * 14 in drawn[2]
    assert drawn[3].endswith("\n")


def test_a_plain_terminal_gets_a_line_a_stage_and_one_every_few_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds = iter([100.0, 101.0, 106.0, 120.0, 121.0])
    monkeypatch.setattr("time.monotonic", lambda: next(seconds))
    bar = ProgressBar()
    bar("taking in", 0, 60, "MB")
    bar("taking in", 10, 60, "MB")
    bar("taking in", 30, 60, "MB")
    bar("taking in", 60, 60, "MB")
    bar("taking in", 1, 1)
    assert capsys.readouterr().err.splitlines() == [
        "clerk: taking in …", "clerk: taking in: 30 of 60 MB, 5 MB a second, 6 s left",
    ]  # fmt: skip


def verdict(**changed: object) -> Verdict:
    return verdict_of(NightReport("n", AT, **changed))  # type: ignore[arg-type]


def test_the_verdict_says_first_what_waits_for_a_person() -> None:
    unknown = [FileReport(f"{name}.csv", state="not recognised") for name in "abcd"]
    assert verdict(files=unknown) == Verdict("4 files wait for you: a.csv, b.csv, c.csv, …", needs_a_person=True)
    some = FileReport("a.csv", rows=9, kept=8, quarantined={"no sku": 1})
    assert verdict(files=[some]) == Verdict("a.csv: 1 of 9 rows set aside: no sku", needs_a_person=True)
    early = FileReport("a.csv", rows=90, kept=89, quarantined={"4 fields, the header has 5": 1}, ends_early=True)
    assert verdict(files=[early]).sentence == "a.csv ends in the middle of a row: export it again"
    whole = FileReport("orders.csv", rows=412, state="refused", quarantined={"sold_at is no date": 412})
    assert verdict(files=[whole]).sentence == "orders.csv: all 412 rows set aside: sold_at is no date"
    assert verdict(published={"asking": 1}).sentence == "1 till not accepted: `clerk office devices`"
    assert (
        verdict(stores=[NightReport(store="pier", files=unknown[:1])]).sentence == "pier: 1 file waits for you: a.csv"
    )


def test_a_night_is_well_when_something_was_taken_in_or_nothing_new_came() -> None:
    taken = FileReport("a.csv", rows=90, kept=89, quarantined={"no sku": 1})
    assert verdict(files=[taken]) == Verdict(
        "all well: 1 file taken in, 1 row set aside in quarantine", needs_a_person=False
    )
    assert verdict().sentence == "all well: nothing new came"
    assert verdict(files=[FileReport("a.csv", state="waiting")]).sentence.endswith("1 file still being written")


def test_what_broke_is_told_apart_from_what_waits() -> None:
    full = {"code": "E205", "what": "The disk is full.", "remedy": "Free some."}
    assert verdict(error=full, outcome="failed") == Verdict("E205 The disk is full", needs_a_person=True, broken="E205")
    bad = {"code": "E210", "what": "Too many.", "remedy": "Correct it."}
    assert verdict(error=bad, outcome="kept last night's").broken == ""


def test_a_name_in_store_toml_that_nothing_reads_is_named_with_the_nearest_right_one(tmp_path: Path) -> None:
    write_shop(tmp_path / "inbox")
    (tmp_path / "store.toml").write_text('curency = "GBP"\ncountry = "GB"\n')
    report = take_in(tmp_path, Means(FixedClock(AT + 3600), everything=True))
    assert [(notice.code, notice.what) for notice in report.notices] == [
        ("E501", 'store.toml has "curency", which nothing reads.')
    ]
    assert report.notices[0].remedy.startswith('Did you mean "currency"?')
    assert verdict_of(report).needs_a_person

"""What a command answers when it cannot do what was asked: a code, a remedy, an exit code; never a traceback."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from clerk import report
from clerk.cli import main
from clerk.commands import find
from clerk.commands.member import write
from clerk.errors import DiskFull, NotKept, NotPermitted, NotServed, PinRefused, StoreLocked
from clerk.model import EventKind, Record
from clerk.report import Exit

AT = "2026-02-01"


def test_what_may_not_be_written_is_a_matter_of_usage() -> None:
    for kind in (NotPermitted, NotKept, PinRefused, NotServed):
        assert report.exit_of(kind("No.", "Do not.")) is Exit.USAGE


def test_a_payment_card_number_is_refused_as_usage(home: Path) -> None:
    said = ["state", "m1", "note", "4111 1111 1111 1111", "--home", str(home), "--at", AT]
    assert main(said) == Exit.USAGE


@pytest.mark.parametrize("words", [["set"], ["change"], ["remove"]])
def test_a_key_that_is_not_named_is_a_slip_of_the_command_line(home: Path, words: list[str]) -> None:
    assert main(["key", *words, "--home", str(home)]) == Exit.USAGE


def test_a_pin_that_is_too_easy_is_a_matter_of_usage(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("1234\n"))
    assert main(["people", "add", "Noor", "--home", str(home)]) == Exit.USAGE
    assert not (home / "people.json").exists()


def test_serving_other_machines_without_a_certificate_is_a_matter_of_usage(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("739204\n"))
    assert main(["people", "add", "Noor", "--home", str(home)]) == Exit.OK
    assert main(["serve", "--host", "192.0.2.7", "--home", str(home)]) == Exit.USAGE


def test_a_batch_file_that_is_not_there_is_a_slip_of_the_command_line(home: Path) -> None:
    assert main(["find", "--batch", str(home / "none.txt"), "--home", str(home)]) == Exit.USAGE


def test_a_visits_file_that_is_not_there_is_a_slip_of_the_command_line(home: Path) -> None:
    assert main(["forecast", "--visits", str(home / "none.csv"), "--home", str(home)]) == Exit.USAGE


def test_a_batch_file_that_is_no_text_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    batch = home / "latin.txt"
    batch.write_bytes("Müsli\n".encode("latin-1"))
    assert main(["find", "--items", "--batch", str(batch), "--home", str(home), "--json"]) == Exit.STORE_DATA
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "E209"


@pytest.mark.parametrize("limit", ["0", "-3"])
def test_a_search_for_no_rows_is_refused(home: Path, limit: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["find", "ada", "--limit", limit, "--home", str(home)]) == Exit.USAGE
    assert "E501" in capsys.readouterr().err


def test_there_is_nothing_to_verify_without_packs(tmp_path: Path) -> None:
    assert main(["pack", "verify", "--home", str(tmp_path)]) == Exit.NOTHING_FOUND


def test_packs_that_hold_are_verified(home: Path) -> None:
    assert main(["pack", "verify", "--home", str(home)]) == Exit.OK


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, "E205"), (errno.EIO, "E206"), (errno.EACCES, "E206")])
def test_an_error_of_the_operating_system_is_told_with_a_code(
    number: int, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(_: object) -> Exit:
        raise OSError(number, os.strerror(number), "/somewhere/file")

    monkeypatch.setattr(find, "run", failing)
    assert main(["find", "ada", "--home", str(tmp_path)]) == Exit.STORE_DATA
    assert capsys.readouterr().err.startswith(f"clerk: {code} ")
    assert report.exit_of(DiskFull("Full.", "Free some.")) is Exit.STORE_DATA


class NeverDone:
    """Stands in for a desk whose disk does not answer."""

    @property
    def records(self) -> NeverDone:
        return self

    def append(self, _: Record) -> Future[Any]:
        late: Future[Any] = Future()
        late.set_exception(TimeoutError())
        return late


def test_a_write_that_took_too_long_says_that_nobody_knows() -> None:
    record = Record(EventKind.FACT, "m1", {"fact": "note", "text": "window seat"})
    options = type("Options", (), {"dry_run": False, "json": False})()
    with pytest.raises(StoreLocked, match="not known whether") as raised:
        write(NeverDone(), record, "note", options)  # type: ignore[arg-type]
    assert "clerk statements" in raised.value.remedy


def test_a_terminal_without_umlauts_gets_question_marks(home: Path, clean_environment: dict[str, str]) -> None:
    environment = {**clean_environment, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "clerk", "find", "zzz", "--home", str(home), "--at", "Übermorgen"]
    ran = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
    assert ran.returncode == Exit.USAGE
    assert b"?bermorgen" in ran.stderr
    assert b"Traceback" not in ran.stderr
    shown = subprocess.run(
        [sys.executable, "-m", "clerk", "show", "m1", "--home", str(home), "--at", AT],
        env=environment, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert shown.returncode == Exit.OK

"""`clerk push | collect | publish | fetch`: a device and its office by commands alone, as text and as JSON."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from clerk.cli import main
from clerk.clock import FixedClock
from clerk.exchange.office.devices import accept
from clerk.journal import Journal
from clerk.model import EventKind
from clerk.report import Exit
from tests.exchange.parties import NOW, STORE, Office, Till, parties

_AT = ["--at", "2025-11-22T12:00"]


class Machines:
    """An office with a pack and a ledger, and one device; commands run on either."""

    def __init__(self, folder: Path, built: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.office, (self.till,) = parties(folder)
        accept(self.office.home, self.office.location, STORE, self.till.device)
        shutil.copytree(built / "packs", self.office.home / "packs")
        archive = folder / "archive"
        archive.mkdir()
        self._set(self.office.home, role="office", place=folder / "place", store=STORE, archive=archive)
        self._set(self.till.home, role="device", place=folder / "place", store=STORE)

    def _set(self, home: Path, **values: object) -> None:
        lines = [f"{name} = {json.dumps(str(value))}" for name, value in values.items()]
        (home / "settings.toml").write_text("\n".join(["[exchange]", *lines]), encoding="utf-8")

    def text(self, machine: Office | Till, command: str, *more: str) -> str:
        assert main([command, "--home", str(machine.home), *_AT, *more]) == Exit.OK
        return self._capsys.readouterr().out

    def told(self, machine: Office | Till, command: str, *more: str) -> Any:
        return json.loads(self.text(machine, command, "--json", *more))


@pytest.fixture
def machines(tmp_path: Path, built: Path, capsys: pytest.CaptureFixture[str]) -> Machines:
    return Machines(tmp_path, built, capsys)


def test_an_answer_travels_to_head_office_and_is_acknowledged_by_commands_alone(machines: Machines) -> None:
    office, till = machines.office, machines.till
    till.record(3)
    assert "would send 3 events" in machines.text(till, "push", "--dry-run")
    assert office.lying(till) == []
    assert "sent 3 events in 1 bundle" in machines.text(till, "push")
    assert "waiting at the exchange location" in machines.text(till, "push")
    assert "3 events new" in machines.text(office, "collect")
    assert machines.told(office, "collect")["stores"][0]["events"] == 0
    assert machines.told(office, "publish", "--dry-run")["stores"][0]["state"] == "would publish"
    assert "published" in machines.text(office, "publish")
    assert machines.told(till, "fetch")["fetched"]["state"] == "installed"
    assert "nothing new" in machines.text(till, "fetch")
    pushed = machines.told(till, "push")
    assert (pushed["events"], pushed["unacknowledged"]) == (0, 0)
    assert "nothing to send" in machines.text(till, "push")


def test_a_fork_is_told_with_its_code_and_what_it_means(machines: Machines) -> None:
    till = machines.till
    image = {path: path.read_bytes() for path in till.home.glob("journal.*")}
    till.record(2)
    for machine, command in ((till, "push"), (machines.office, "collect"), (machines.office, "publish")):
        machines.text(machine, command)
    machines.text(till, "fetch")
    for path in till.home.glob("journal.*"):
        path.unlink()
    for path, data in image.items():
        path.write_bytes(data)
    with Journal.open(till.home, FixedClock(NOW)) as journal:
        journal.append(EventKind.VISIT_ENDED, "m2", {"visit_id": "v", "how": "next"}).result(30)
    text = machines.text(till, "push")
    assert "E308" in text
    assert "sent 1 event" in text
    assert "1 event new" in machines.text(machines.office, "collect").replace("events new", "event new")


@pytest.mark.parametrize("command", ["push", "fetch", "collect", "publish"])
def test_a_machine_that_was_never_set_up_is_told_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert main([command, "--home", str(tmp_path / "new"), "--json"]) == Exit.EXCHANGE
    told = json.loads(capsys.readouterr().out)
    assert told["error"]["code"] == "E302"
    assert told["error"]["remedy"]


def test_a_place_that_is_away_is_exit_4_and_says_so(
    machines: Machines, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machines.till.record(1)
    shutil.rmtree(tmp_path / "place")
    (tmp_path / "till-0" / "settings.toml").write_text('[exchange]\nplace = "/nowhere/stick/clerk"\n')
    assert main(["push", "--home", str(machines.till.home)]) == Exit.EXCHANGE
    assert "E301" in capsys.readouterr().err

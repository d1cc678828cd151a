"""`clerk office` and `clerk enrol`: both sides show what to compare, and a dry run changes nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from clerk.cli import main
from clerk.report import Exit
from clerk.settings import load


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit code and what was said on stdout."""
    code = main(arguments)
    return code, capsys.readouterr().out


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    home = tmp_path / "office"
    assert run(capsys, "office", "init", "--home", str(home), "--out", str(tmp_path / "office.json"))[0] == Exit.OK
    text = f'[exchange]\nrole = "office"\nplace = "{tmp_path / "place"}"\nstore = "s1"\n'
    (home / "settings.toml").write_text(text)
    return home


def enrol(capsys: pytest.CaptureFixture[str], tmp_path: Path, *more: str) -> tuple[int, str]:
    """Enrols a device of store s1."""
    return run(
        capsys, "enrol", str(tmp_path / "office.json"), "--home", str(tmp_path / "till"),
        "--place", str(tmp_path / "place"), "--store", "s1", "--name", "Till 1", *more,
    )  # fmt: skip


def test_init_says_what_to_do_with_the_root_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("office", "init", "--home", str(tmp_path / "o"), "--out", str(tmp_path / "office.json"))
    code, said = run(capsys, *arguments)
    assert code == Exit.OK
    assert "Move it to a stick" in said
    assert 'role = "office"' in said
    assert run(capsys, *arguments)[0] == Exit.EXCHANGE


def test_enrol_writes_settings_where_there_are_none_and_shows_both_fingerprints(
    tmp_path: Path, office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = enrol(capsys, tmp_path, "--json")
    assert code == Exit.OK
    exchange = load(tmp_path / "till").exchange
    assert (exchange.role, exchange.place, exchange.store) == ("device", str(tmp_path / "place"), "s1")
    _, listed = run(capsys, "office", "devices", "--home", str(office), "--json")
    assert json.loads(listed)[0]["fingerprint"] == json.loads(said)["device_fingerprint"]


def test_enrol_leaves_settings_that_are_there_and_says_what_to_add(
    tmp_path: Path, office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "till").mkdir()
    (tmp_path / "till" / "settings.toml").write_text("[usual]\nwindow = 12\n")
    _, said = enrol(capsys, tmp_path)
    assert 'role = "device"' in said
    assert (tmp_path / "till" / "settings.toml").read_text() == "[usual]\nwindow = 12\n"


def test_a_device_is_accepted_and_removed_by_its_name(
    tmp_path: Path, office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    enrol(capsys, tmp_path)
    states = []
    for action in ("accept", "remove"):
        assert run(capsys, "office", action, "Till 1", "--home", str(office))[0] == Exit.OK
        states.append(json.loads(run(capsys, "office", "devices", "--home", str(office), "--json")[1])[0]["state"])
    assert states == ["accepted", "removed"]


def test_devices_of_a_stick_that_is_out_are_not_said_to_be_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, place = tmp_path / "office", tmp_path / "place"
    home.mkdir()
    (home / "settings.toml").write_text(f'[exchange]\nrole = "office"\nplace = "{place}"\nstore = "s1"\n')
    assert main(["office", "init", "--home", str(home), "--out", str(tmp_path / "office.json")]) == Exit.OK
    assert [path.name for path in place.iterdir()] == ["clerk-place.json"]
    place.rename(tmp_path / "unplugged")
    place.mkdir()
    capsys.readouterr()
    assert main(["office", "devices", "--home", str(home)]) == Exit.EXCHANGE
    assert "E301" in capsys.readouterr().err


def test_who_removes_a_device_is_told_until_when_it_can_still_read(
    tmp_path: Path, office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    enrol(capsys, tmp_path)
    run(capsys, "office", "accept", "Till 1", "--home", str(office))
    _, said = run(capsys, "office", "remove", "Till 1", "--home", str(office))
    assert "Store data that it fetched stays on it." in said
    assert "until the next `clerk publish` or night" in said
    assert run(capsys, "office", "accept", "Till 9", "--home", str(office))[0] == Exit.EXCHANGE
    assert run(capsys, "office", "accept", "--home", str(office))[0] == Exit.USAGE


def test_dry_runs_change_nothing(tmp_path: Path, office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert enrol(capsys, tmp_path, "--dry-run")[0] == Exit.OK
    assert not (tmp_path / "till").exists()
    assert not (tmp_path / "place").exists()
    enrol(capsys, tmp_path)
    before = {path: path.read_bytes() for path in office.rglob("*") if path.is_file() and "ledger" not in path.name}
    for arguments in (("accept", "Till 1"), ("renew",)):
        assert run(capsys, "office", *arguments, "--dry-run", "--home", str(office))[0] == Exit.OK
    after = {path: path.read_bytes() for path in office.rglob("*") if path.is_file() and "ledger" not in path.name}
    assert after == before


def test_a_manager_who_names_the_time_confirms_the_clock(
    tmp_path: Path, office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from clerk.exchange.between.clock_floor import times

    enrol(capsys, tmp_path)
    assert times(tmp_path / "till").confirmed == 0
    run(capsys, "fetch", "--home", str(tmp_path / "till"), "--at", "2026-11-22T20:00")
    assert times(tmp_path / "till").confirmed > 0


def test_a_till_that_waits_is_named_at_the_office_and_told_what_to_do_until_it_is_accepted(
    tmp_path: Path, office: Path, built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(built / "packs", office / "packs")
    till = ["--home", str(tmp_path / "till")]
    fingerprint = json.loads(enrol(capsys, tmp_path, "--json")[1])["device_fingerprint"]
    assert run(capsys, "publish", "--home", str(office))[0] == Exit.OK

    # At the office: on every screen that tells of devices.
    for words in (["check"], ["nights"], ["nights", "--json"], ["office", "devices"], ["publish"]):
        _, said = run(capsys, *words, "--home", str(office))
        assert "Till 1" in said, words
        assert fingerprint in said, words
    (asks,) = json.loads(run(capsys, "nights", "--json", "--home", str(office))[1])["nights"]["waiting"]
    assert (asks["name"], asks["store"], asks["fingerprint"]) == ("Till 1", "s1", fingerprint)
    assert asks["since"] > 0

    # At the till: by whatever it tries to read store data.
    for words in (["fetch"], ["show", "m1"], ["check"], ["nightly", "--json"]):
        capsys.readouterr()
        assert main([*words, *till]) == Exit.EXCHANGE, words
        told = capsys.readouterr()
        assert "E309" in told.out + told.err, words
        assert "clerk office accept 'Till 1'" in told.out + told.err, words
        assert fingerprint in told.out + told.err, words
    assert not (tmp_path / "till" / "packs").exists()

    # Neither its disk nor the location names a member; the office's pack does.
    for folder, named in ((tmp_path / "till", False), (tmp_path / "place", False), (office / "packs", True)):
        files = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
        assert any(b"Ada Lovelace" in data for data in files) == named, folder

    assert "It can fetch store data now." in run(capsys, "office", "accept", "Till 1", "--home", str(office))[1]
    assert run(capsys, "fetch", *till)[0] == Exit.OK
    assert run(capsys, "show", "m1", *till)[0] == Exit.OK
    assert "none waits to be accepted" in run(capsys, "check", "--home", str(office))[1]

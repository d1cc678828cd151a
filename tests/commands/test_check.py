"""`clerk check`: quiet on a fresh data folder, and loud, with the code, where something cannot be read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from clerk.cli import main
from clerk.clock import FixedClock, parse_at
from clerk.journal import Journal, file
from clerk.model import Acting, EventKind
from clerk.report import Exit
from tests.journal import disks
from tests.journal.helpers import raw
from tests.pack_build.shop import build_shop, write_shop

AT = ("--at", "2026-02-02T10:00")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with something recorded, nobody in it any more."""
    root = tmp_path_factory.mktemp("built")
    build_shop(write_shop(root / "shop"), root / "home")
    for _ in range(2):
        assert main(["answer", "m1", "OL", "never", "--home", str(root / "home"), *AT]) == 0
    return root / "home"


@pytest.fixture
def home(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "home"))


Check = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Check:
    def called(home: Path, *words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([*words, "--home", str(home), *AT])
        told = capsys.readouterr()
        return code, told.out, told.err

    return called


def _office(home: Path) -> None:
    assert main(["office", "init", "--home", str(home), "--out", str(home.parent / "office.json")]) in (0, 3)


def _device(home: Path) -> None:
    _office(home.parent / "office")
    (home.parent / "place").mkdir()
    office = str(home.parent / "office.json")
    place = str(home.parent / "place")
    assert main(["enrol", office, "--place", place, "--store", "0412", "--home", str(home)]) == 0


def _built(home: Path) -> None:
    build_shop(write_shop(home.parent / "shop"), home)


def _after_a_night_on_a_template(home: Path) -> None:
    main(["template", str(home.parent / "template")])
    shutil.copytree(home.parent / "template" / "example", home / "inbox")
    home.chmod(0o700)
    assert main(["nightly", "--now", "--no-meaning", "--quiet", "--home", str(home)]) == 0


@pytest.mark.parametrize("made", [_built, _after_a_night_on_a_template, _office, _device])
def test_it_is_quiet_on_a_fresh_data_folder(made: Callable[[Path], None], tmp_path: Path, run: Check) -> None:
    made(tmp_path / "home")
    code, out, err = run(tmp_path / "home", "check")
    assert (code, err) == (Exit.OK, "")
    assert "E2" not in out
    assert "E3" not in out
    assert "its owner alone" in out
    assert all(line.partition(" ")[0].islower() for line in out.splitlines()), "no notice below the rows"


def test_a_machine_alone_without_store_data_is_told_what_to_do(tmp_path: Path, run: Check) -> None:
    code, _, err = run(tmp_path / "home", "check")
    assert code == Exit.STORE_DATA
    assert "E201" in err


def _damaged(home: Path) -> Iterator[str]:
    (home / file.FILE).write_bytes(b"no journal" * 1000)
    yield "E207"


def _gone(home: Path) -> Iterator[str]:
    (home / file.FILE).unlink()
    yield "E207"


def _locked(home: Path) -> Iterator[str]:
    other = raw(home)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    other.execute("COMMIT")
    yield "E204"
    other.close()


def _another_key(home: Path) -> Iterator[str]:
    main(["key", "set", "--to", "file:rest.key", "--home", str(home)])
    (home / "rest.key").write_text("ab" * 32)
    (home / "rest.key").chmod(0o600)
    (home / "rest.json").unlink()
    yield "E234"


STATES = {"damaged": _damaged, "gone": _gone, "locked": _locked, "another key": _another_key}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("command", ["check", "audit"])
def test_a_journal_that_cannot_be_read_is_said_with_its_code_and_never_told_as_empty(
    state: str, command: str, home: Path, run: Check
) -> None:
    for expected in STATES[state](home):
        code, out, err = run(home, command)
        assert code == Exit.STORE_DATA
        assert expected in out + err
        assert "nothing on record" not in out
        assert "0 events" not in out
        assert "BROKEN" not in out
        code, out, _ = run(home, command, "--json")
        told: dict[str, Any] = json.loads(out)
        assert code == Exit.STORE_DATA
        error = told["journal"]["error"] if "journal" in told else told["error"]
        assert error["code"] == expected
        assert "audit" not in told, "no list that leaves out what this counter recorded"
        if told.get("status"):
            assert told["status"]["events"] is None


@pytest.mark.parametrize("command", ["check", "audit"])
def test_on_a_full_disk_it_goes_on_with_the_reserve_and_without_one_says_full(
    command: str, built: Path, tmp_path: Path, run: Check
) -> None:
    with disks.small_disk(tmp_path / "disk", 12) as disk:
        home = Path(shutil.copytree(built, disk / "home"))
        (home / file.BALLAST).write_bytes(b"1" * file.BALLAST_BYTES)
        disks.fill(disk)
        code, out, err = run(home, command)
        assert "never" in out if command == "audit" else "2 events, chain holds" in out
        assert "E205" in out + err, "the reserve is in use"
        assert code == (Exit.STORE_DATA if command == "check" else Exit.OK)
        (disk / "filler").unlink()
        disks.fill(disk)
        code, out, err = run(home, command)
        assert code == Exit.STORE_DATA
        assert "E205" in out + err
        assert "E207" not in out + err


@pytest.mark.parametrize("command", ["check", "audit"])
def test_on_a_read_only_disk_it_reads_everything(command: str, built: Path, tmp_path: Path, run: Check) -> None:
    with disks.small_disk(tmp_path / "disk", 12) as disk:
        home = Path(shutil.copytree(built, disk / "home"))
        with disks.read_only(disk):
            code, out, err = run(home, command)
            assert "never" in out if command == "audit" else "2 events, chain holds" in out
            assert "E236" in out + err
            assert code == (Exit.STORE_DATA if command == "check" else Exit.OK)


def test_it_says_what_was_refused_over_the_network(home: Path, run: Check) -> None:
    row = {"what": "refused over the network", "associate": "", "tried": 300, "looked_at": 6,
           "address": "192.168.1.40", "since": parse_at(AT[1]) - 60, "names": ["Maia"]}  # fmt: skip
    with Journal.open(home, FixedClock(parse_at(AT[1])), acting=Acting("nobody")) as journal:
        journal.append(EventKind.SIGN, "", row).result(10)
    code, out, _ = run(home, "check")
    assert "300 sign-ins refused from 192.168.1.40" in out
    assert code == Exit.OK, "nothing is wrong with this machine"

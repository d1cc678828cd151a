"""Timers for three systems: valid for the system that reads them, whatever the paths are called."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerk.cli import main
from clerk.commands.schedule import local_folder
from clerk.errors import SettingsError
from clerk.nights.schedule import NAME, schedule
from clerk.report import Exit

HOSTILE = [
    "/srv/my shop",
    "/srv/100% %h %n",
    "/srv/it's",
    '/srv/a "b" c',
    "/srv/$HOME `id` $(id)",
    "/srv/a;b|c&d>e",
    "/srv/<x>&amp;",
    "/srv/Kaffee-Rösterei ☕",
    "/srv/-rf",
    "/srv/#x",
]
XML = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
PATHS = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters="\\"), min_size=1).map("/srv/".__add__)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here to judge its own files")
@pytest.mark.parametrize("name", HOSTILE)
def test_systemd_finds_nothing_wrong_with_the_units(name: str, tmp_path: Path) -> None:
    program = tmp_path / Path(name).name.replace("'", "").replace('"', "")
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    made = schedule("systemd", "03:30", [str(program)], name, user="root", also=["/media/my stick"])
    for file, text in made.files:
        (tmp_path / file).write_text(text)
    ran = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / file) for file, _ in made.files)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    told = [line for line in ran.stderr.splitlines() if NAME in line]
    assert not told
    assert ran.returncode == 0


def test_the_service_may_write_where_the_night_writes_and_nowhere_else() -> None:
    made = schedule("systemd", "3:05", ["/usr/bin/clerk"], "/srv/my shop", user="shop", also=["/media/stick"])
    service, timer = (text for _, text in made.files)
    assert 'ReadWritePaths="/srv/my shop"\nReadWritePaths=-/media/stick\n' in service
    assert "ProtectSystem=strict" in service
    assert "User=shop" in service
    assert "Nice=10" in service
    assert "OnCalendar=*-*-* 03:05:00" in timer
    assert "Persistent=true" in timer
    assert "RandomizedDelaySec=" in timer


def as_cron_runs_it(line: str) -> str:
    """The command of a crontab line as `sh` gets it: five fields off, escaped percent signs without their backslash."""
    fields = line.split(maxsplit=5)
    assert fields[:5] == ["30", "3", "*", "*", "*"]
    command = fields[5]
    rest = command.replace("\\%", "")
    assert "%" not in rest
    return command.replace("\\%", "%")


@given(PATHS)
def test_cron_hands_the_shell_the_very_path(path: str) -> None:
    line = schedule("cron", "03:30", ["/usr/bin/clerk"], path).files[0][1]
    assert line.count("\n") == 1
    words = shlex.split(as_cron_runs_it(line), comments=True)
    assert words[3:] == ["/usr/bin/clerk", "nightly", "--home", path, "--quiet", ">/dev/null"]


@pytest.mark.parametrize("name", HOSTILE)
def test_the_shell_itself_reads_the_very_path(name: str) -> None:
    command = as_cron_runs_it(schedule("cron", "03:30", ["printf", "%s\\n".replace("\\n", "")], name).files[0][1])
    ran = subprocess.run(
        ["/bin/sh", "-c", command.replace(">/dev/null", "")],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    assert ran.stdout == f"nightly--home{name}--quiet"


@given(PATHS.filter(lambda path: '"' not in path))
def test_the_windows_task_is_xml_with_the_very_path(path: str) -> None:
    made = schedule("windows", "03:30", ["C:\\Program Files\\Clerk\\clerk.exe"], path)
    root = ET.fromstring(made.files[0][1].split("\n", 1)[1])
    assert root.findtext(f".//{XML}Command") == "C:\\Program Files\\Clerk\\clerk.exe"
    assert root.findtext(f".//{XML}Arguments") == f"nightly --home {path} --quiet"
    assert root.findtext(f".//{XML}StartBoundary", "").endswith("T03:30:00")


def test_a_windows_folder_that_ends_in_a_backslash_does_not_swallow_its_quote() -> None:
    made = schedule("windows", "03:30", ["clerk.exe"], "D:\\my shop\\")
    assert '"D:\\my shop\\\\"' in made.files[0][1]


@pytest.mark.parametrize("system", ["systemd", "cron", "windows"])
@pytest.mark.parametrize("path", ["/srv/a\nUser=root", "/srv/a\0b", "/srv/\x1b[2J", "/srv/a\rb", "/srv/\u202eb"])
def test_a_path_with_control_characters_is_refused(system: str, path: str) -> None:
    with pytest.raises(SettingsError):
        schedule(system, "03:30", ["/usr/bin/clerk"], path)


def test_systemd_is_given_no_program_that_it_would_not_start() -> None:
    with pytest.raises(SettingsError):
        schedule("systemd", "03:30", ["/opt/it's/clerk"], "/srv")


def test_cron_refuses_a_backslash() -> None:
    with pytest.raises(SettingsError):
        schedule("cron", "03:30", ["/usr/bin/clerk"], "/srv/a\\%b")


@pytest.mark.parametrize("time", ["24:00", "3", "03:60", "03:30\n", "noon", "-1:30", "03:30:00 * * root"])
def test_what_is_no_time_of_day_is_refused(time: str) -> None:
    if time.strip() == "03:30":
        assert "30 3 * * *" in schedule("cron", time, ["/usr/bin/clerk"], "/srv").files[0][1]
        return
    with pytest.raises(SettingsError):
        schedule("cron", time, ["/usr/bin/clerk"], "/srv")


def test_the_command_writes_the_files_and_says_how_to_install_and_remove(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, out = tmp_path / "my shop", tmp_path / "out"
    assert main(["schedule", "systemd", "--home", str(home), "--out", str(out), "--dry-run"]) == Exit.OK
    assert not out.exists()
    capsys.readouterr()
    assert main(["schedule", "systemd", "--home", str(home), "--out", str(out), "--json"]) == Exit.OK
    told = json.loads(capsys.readouterr().out)
    assert sorted(path.name for path in out.iterdir()) == [f"{NAME}.service", f"{NAME}.timer"]
    assert f'--home "{home}"' in (out / f"{NAME}.service").read_text()
    assert any("enable --now" in command for command in told["install"])
    assert any("disable --now" in command for command in told["remove"])
    assert not home.exists()


def test_the_windows_task_is_written_as_its_scheduler_reads_it(tmp_path: Path) -> None:
    assert main(["schedule", "windows", "--home", str(tmp_path), "--out", str(tmp_path)]) == Exit.OK
    assert ET.parse(tmp_path / f"{NAME}.xml").getroot().tag == f"{XML}Task"


@pytest.mark.parametrize(
    ("place", "folder"),
    [("file:///media/my%20stick", "/media/my stick"), ("/srv/place", "/srv/place"), ("s3://b/p", ""), ("", "")],
)
def test_only_a_place_on_this_machine_is_a_folder(place: str, folder: str) -> None:
    assert local_folder(place) == folder

"""The service that keeps a kiosk on a screen of its own, and the command."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from clerk.cli import main
from clerk.commands.kiosk import NAME, unit_files, unit_steps
from clerk.errors import SettingsError
from clerk.report import Exit

PROGRAM, PYTHON = ("/opt/clerk/bin/clerk",), "/opt/clerk/bin/python"


@pytest.mark.parametrize("form", ["console", "touch"])
def test_the_service_starts_again_whatever_ends_it_and_offers_no_way_around(form: str) -> None:
    made = dict(unit_files(form, PROGRAM, PYTHON, "/srv/my kiosk"))
    unit = made[f"/etc/systemd/system/{NAME}.service"]
    for line in ("Restart=always", "StartLimitIntervalSec=0", f"User={NAME}", "TTYReset=yes", "TTYVTDisallocate=yes"):
        assert f"\n{line}\n" in unit
    assert '"kiosk" "--home" "/srv/my kiosk"' in unit
    assert "0x560B" in unit, "the virtual terminal is locked"
    assert "kernel.sysrq = 0" in made[f"/etc/sysctl.d/60-{NAME}.conf"]
    assert "NAutoVTs=0" in made[f"/etc/systemd/logind.conf.d/60-{NAME}.conf"]
    assert any("nologin" in step for step in unit_steps("/srv"))
    if form == "touch":
        foot = made[f"/etc/{NAME}/foot.ini"]
        assert "spawn-terminal=none" in foot
        assert "lines=0" in foot
        assert "cage" in unit


@pytest.mark.parametrize("path", ["/srv/%h", "/srv/a$b", '/srv/"', "/srv/a\nb", "/srv/a\\b", "/srv/a'b", "/srv/a;b"])
def test_a_path_that_systemd_would_read_in_its_own_way_is_refused(path: str) -> None:
    for home, program in ((path, PROGRAM), ("/srv", (path,))):
        with pytest.raises(SettingsError):
            unit_files("console", program, PYTHON, home)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_reads_the_service(tmp_path: Path) -> None:
    unit = tmp_path / f"{NAME}.service"
    unit.write_text(
        dict(unit_files("console", ("/bin/true",), "/bin/true", "/srv/kiosk"))[f"/etc/systemd/system/{unit.name}"]
    )
    text = unit.read_text().replace("/usr/bin/chvt", "/bin/true")
    unit.write_text(text)
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    assert NAME not in done.stderr, done.stderr


def test_the_command_prints_the_files_and_the_steps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kiosk", "--print-unit", "--home", str(tmp_path)]) == Exit.OK
    out = capsys.readouterr().out
    assert f"# /etc/systemd/system/{NAME}.service" in out
    assert "systemctl daemon-reload" in out
    assert main(["kiosk", "--print-unit", "touch", "--home", str(tmp_path), "--json"]) == Exit.OK
    assert f"/etc/{NAME}/foot.ini" in json.loads(capsys.readouterr().out)["files"]


def test_without_a_terminal_the_command_says_what_it_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kiosk", "--home", str(tmp_path)]) == Exit.USAGE
    assert "--print-unit" in capsys.readouterr().err

"""A crash names no member: not on the terminal, not in its file, not in what a command says."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from clerk import cli, crash, report
from tests.terminal import on_a_terminal
from tests.ui.people import ADA_CODE

NAMES = (b"Ada", b"Lovelace", b"+45", b"55 01 42")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_crash_in_the_middle_of_a_visit_leaves_a_reference_and_no_name(
    project: Path, clean_environment: dict[str, str], tmp_path: Path
) -> None:
    with on_a_terminal(project, clean_environment, "tests.hostile.try_crash", str(tmp_path)) as terminal:
        terminal.read_until(b"F4")
        terminal.send(ADA_CODE.encode() + b"\r")
        assert b"Lovelace" in terminal.read_until(b"F10")
        terminal.send(b"\r")
        last = terminal.read_until(b"pass the reference on")
        assert terminal.process.wait(20) is not None
    _, left, after = last.rpartition(b"\x1b[?1049l")
    assert left, "the screen was not left"
    assert b"Clerk stopped. Reference" in after
    assert b"clerk open" in after
    told = b"".join(path.read_bytes() for path in (tmp_path / crash.FOLDER).iterdir())
    assert b"ValueError" in told
    assert b"try_crash.py:" in told
    for name in NAMES:
        assert name not in after
        assert name not in told


def test_a_command_that_fails_says_a_reference_and_no_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(options: object) -> None:
        member = "Ada Lovelace +45 55 01 42"
        try:
            raise KeyError(member)
        except KeyError as error:
            raise RuntimeError(f"nothing for {member}") from error

    from clerk.commands import pack

    monkeypatch.setattr(pack, "run", fails)
    assert cli.main(["pack", "list", "--home", str(tmp_path)]) == report.Exit.STORE_DATA
    said = "".join(capsys.readouterr())
    assert "reference" in said
    assert "Traceback" not in said
    told = "".join(path.read_text() for path in (tmp_path / crash.FOLDER).iterdir())
    assert "KeyError" in told
    assert "RuntimeError" in told
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / crash.FOLDER).iterdir())
    for name in ("Ada", "+45"):
        assert name not in said
        assert name not in told


def test_an_error_on_a_thread_prints_no_value(tmp_path: Path, clean_environment: dict[str, str]) -> None:
    script = (
        "import threading; from pathlib import Path; from clerk import crash; "
        f"crash.keep_in(Path({str(tmp_path)!r})); "
        "t = threading.Thread(target=lambda: {}['Ada Lovelace']); t.start(); t.join(); {}['Ada Lovelace']"
    )
    done = subprocess.run([sys.executable, "-c", script], env=clean_environment, capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count(b"fault of Clerk: reference ") == 2
    assert b"Ada" not in done.stderr + done.stdout


def test_every_engine_hides_its_parameters(project: Path) -> None:
    found = 0
    for path in (project / "clerk").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "create_engine":
                found += 1
                given = {word.arg: ast.unparse(word.value) for word in node.keywords}
                assert given.get("hide_parameters") == "True", f"{path}:{node.lineno}"
    assert found == 2

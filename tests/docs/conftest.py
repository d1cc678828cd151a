"""The sample store, built once for all pages; every page has a copy of its own."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

import pytest

from docs import sample


@pytest.fixture(scope="session")
def built_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder as the build leaves it; test processes side by side share one."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    home = folder / "sample-home"
    with (folder / "sample-home.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            sample.build(folder / "sample-home-begun")
            (folder / "sample-home-begun").rename(home)
    return home


@pytest.fixture
def scratch(built_sample: Path, tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, as a reader's checkout is: `home` is the data folder, `store_data` has the files to try."""
    folder = tmp_path / "scratch"
    shutil.copytree(built_sample, folder / "home")
    (folder / "store_data").mkdir()
    for name in ("exports", "sample"):
        (folder / "store_data" / name).symlink_to(project / "store_data" / name)
    monkeypatch.setenv("CLERK_HOME", str(folder / "home"))
    monkeypatch.setenv("PYTHONPATH", str(project))
    monkeypatch.chdir(folder)
    return folder

"""A tiny shop built once; every test has a data folder of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.pack_build.shop import build_shop, write_shop


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the pack of a shop whose tables lie in `own`."""
    folder = tmp_path_factory.mktemp("commands")
    build_shop(write_shop(folder / "own"), folder / "home")
    return folder / "home"


@pytest.fixture
def home(built: Path, tmp_path: Path) -> Path:
    """The same, to write into and to break."""
    return Path(shutil.copytree(built, tmp_path / "home"))

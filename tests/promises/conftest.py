"""The corner shop is built once; every test has a journal of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.promises.corner import REGULARS, At, built, counter_of, crowd, write


@pytest.fixture(scope="session")
def corner_packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Last night's build."""
    folder = tmp_path_factory.mktemp("corner")
    write(folder / "tables", {**REGULARS, **crowd()})
    return built(folder / "tables", folder / "home") / "packs"


@pytest.fixture
def counter(corner_packs: Path, tmp_path: Path) -> At:
    """The counter of the corner shop, with nothing said yet."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "packs").symlink_to(corner_packs)
    return counter_of(home)

"""A café, built once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.outlook.shops import cafe, installed


@pytest.fixture(scope="session")
def cafe_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The café's data folder. Read only: a test that records something builds its own."""
    folder = tmp_path_factory.mktemp("cafe")
    return installed(cafe(folder / "tables"), folder / "home")

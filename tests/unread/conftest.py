"""The shop of these tests, built once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unread import shop, states


@pytest.fixture(scope="session")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder after what was said in it; nobody may change it."""
    return shop.build(tmp_path_factory.mktemp("unread"))


@pytest.fixture(params=[*states.STATES])
def state(request: pytest.FixtureRequest) -> str:
    """Every state, as far as this machine can make it."""
    name = str(request.param)
    if name in states.UNWRITABLE and not states.disks_can_be_made():
        pytest.skip("a disk of its own needs the right to mount one")
    return name

"""The ledger on both engines: the same tests run on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.exchange import postgres
from tests.exchange.chain import Chain, memory_folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """One server for all tests of this process."""
    try:
        server = postgres.running()
        entered = server.__enter__()
    except postgres.NoPostgres as reason:
        if os.environ.get("CI"):
            pytest.fail(f"PostgreSQL must be tested here, but {reason}")
        pytest.skip(f"POSTGRESQL WAS NOT TESTED: {reason}")
    try:
        yield entered
    finally:
        server.__exit__(None, None, None)


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new, empty ledger is: once on each engine."""
    if request.param == "sqlite":
        return ""
    server: postgres.Server = request.getfixturevalue("postgres_server")
    return server.fresh()


@pytest.fixture(scope="session")
def two_nights() -> Iterator[Path]:
    """The first night is published and installed; the second one is published. Made once, copied for each test."""
    with memory_folder() as folder:
        chain = Chain(folder).set_up()
        chain.publish(0)
        chain.fetch()
        chain.publish(1, days=1)
        yield chain.root

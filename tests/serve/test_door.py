"""Connections that send nothing: bounded, and nobody waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from clerk.serve import door
from tests.serve import walk
from tests.serve.conftest import Served, read, until

HALF = b"POST /sign-in HTTP/1.1\r\nHost: 127"


@asynccontextmanager
async def held(served: Served, number: int, addresses: int = 1) -> AsyncIterator[None]:
    """So many connections with half a request, from so many addresses."""
    port = int(served.url.rpartition(":")[2])
    found = []
    try:
        for each in range(number):
            _, writing = await asyncio.open_connection(
                "127.0.0.1", port, local_addr=(f"127.0.2.{each % addresses + 1}", 0)
            )
            writing.write(HALF)
            found.append(writing)
        yield
    finally:
        for writing in found:
            writing.transport.abort()


def open_now(served: Served) -> int:
    """Connections that the server has open."""
    return len(served.connections())


@pytest.mark.parametrize("addresses", [1, 40])
async def test_connections_that_send_half_a_request_are_bounded_and_keep_nobody_from_signing_in(
    served: Served, monkeypatch: pytest.MonkeyPatch, addresses: int
) -> None:
    monkeypatch.setattr(door, "FROM_ONE", 10)
    monkeypatch.setattr(door, "AT_ONCE", 60)
    most = min(10 * addresses, 60)
    async with held(served, 200, addresses):
        await until(lambda: open_now(served) <= most, "no more connections than there is room for")
        assert open_now(served) > most // 2
        assert (await served.sign_in()).status == 303


async def test_a_counter_that_is_drawn_is_never_let_go_for_a_stranger(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "AT_ONCE", 5)
    await served.sign_in()
    glass = await served.glass()
    await glass.seen()
    async with held(served, 40):
        await until(lambda: open_now(served) <= 8, "few connections")
        assert await glass.send("keys:still") == "still"
        assert (await served.sign_in(walk.NAME, walk.PIN, served.other())).status == 303
        assert "PIN pad" in await (await read(served.other().get(served.url))).text()

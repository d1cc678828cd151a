"""A tablet server on loopback with a counter that only echoes, and one for a real shop."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import pytest
from aiohttp import ClientResponse, ClientSession, ClientWebSocketResponse, CookieJar, WSMsgType, web

from clerk.clock import FixedClock, tick
from clerk.model.staff import StaffRole
from clerk.people import People
from clerk.people.tablet_pins import TabletPins
from clerk.serve.door import doors
from clerk.serve.listening import Place, place
from clerk.serve.refused import Payload
from clerk.serve.server import Tablets
from clerk.settings import ServeSettings
from tests.promises.corner import NOW, REGULARS, built, crowd, write
from tests.serve import walk

CHECKOUT = Path(__file__).resolve().parents[2]
PATIENCE_S = 20.0
"""Only a hanging test gets there."""


@pytest.fixture(scope="session")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that holds nobody but those who work there."""
    home = tmp_path_factory.mktemp("staffed")
    people = People.open(home, FixedClock(NOW))
    people.add(walk.BOSS, walk.BOSS_PIN, StaffRole.MANAGER)
    people.add(walk.NAME, walk.PIN, StaffRole.ASSOCIATE)
    return home


@pytest.fixture(scope="session")
def corner_shop(tmp_path_factory: pytest.TempPathFactory, staffed: Path) -> Path:
    """The corner shop with a card for every regular, and the same people."""
    folder = tmp_path_factory.mktemp("served")
    write(folder / "tables", {**REGULARS, **crowd()})
    walk.write_cards(folder / "tables")
    home = built(folder / "tables", folder / "home")
    (home / "people.json").write_bytes((staffed / "people.json").read_bytes())
    return home


@pytest.fixture
def staff(staffed: Path, tmp_path: Path) -> Path:
    """The same people, to lock out and to remove."""
    home = tmp_path / "staff"
    home.mkdir()
    (home / "people.json").write_bytes((staffed / "people.json").read_bytes())
    return home


@dataclass
class Served:
    """A running server and one browser without a screen."""

    tablets: Tablets
    url: str
    pids: Path
    browser: ClientSession
    recorded: list[Payload] = field(default_factory=list)
    """What the audit was told."""
    runner: web.AppRunner | None = None
    others: list[ClientSession] = field(default_factory=list)

    def other(self) -> ClientSession:
        """Another tablet."""
        self.others.append(ClientSession(cookie_jar=CookieJar(unsafe=True)))
        return self.others[-1]

    def from_us(self) -> dict[str, str]:
        return {"Origin": self.url}

    async def sign_in(
        self, name: str = walk.NAME, pin: str = walk.PIN, browser: ClientSession | None = None
    ) -> ClientResponse:
        form = {"name": name, "pin": pin}
        return await read(
            (browser or self.browser).post(
                f"{self.url}/sign-in", data=form, headers=self.from_us(), allow_redirects=False
            )
        )

    async def glass(self, browser: ClientSession | None = None, size: str = "?width=85&height=46") -> Socket:
        found = await (browser or self.browser).ws_connect(f"{self.url}/glass{size}", headers=self.from_us())
        return Socket(found)

    async def refused(self, browser: ClientSession | None = None, **headers: str) -> int:
        """The status that a glass is refused with."""
        asked = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
        asked |= {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", **headers}
        async with (browser or self.browser).get(f"{self.url}/glass", headers=asked) as answer:
            await answer.read()
            return answer.status

    def connections(self) -> list[object]:
        """What the server has open."""
        assert self.runner is not None
        assert self.runner.server is not None
        return list(self.runner.server.connections)

    def started(self) -> set[int]:
        """Processes that ever ran."""
        return {int(path.stem) for path in self.pids.glob("*.pid")}

    def running(self) -> set[int]:
        return {pid for pid in self.started() if alive(pid)}


class Watch:
    """Seconds that nobody sets back, moved by a test."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Socket:
    """One glass."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket

    async def seen(self) -> str:
        return (await self.socket.receive_bytes(timeout=PATIENCE_S)).decode()

    async def send(self, text: str) -> str:
        await self.socket.send_str(text)
        return await self.seen()

    async def closed(self) -> int:
        """The code it was closed with."""
        while True:
            message = await self.socket.receive(timeout=PATIENCE_S)
            if message.type is WSMsgType.CLOSE:
                return int(message.data)
            if message.type in (WSMsgType.CLOSED, WSMsgType.ERROR):
                return self.socket.close_code or 0


async def read(asked: Awaitable[ClientResponse]) -> ClientResponse:
    """An answer with all of its body: one that is dropped half read leaves its connection open."""
    answer = await asked
    await answer.read()
    return answer


def alive(pid: int) -> bool:
    """Whether a process runs: one that only waits to be counted does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


async def until(true: Callable[[], bool], what: str) -> None:
    deadline = monotonic() + PATIENCE_S
    while not true():
        assert monotonic() < deadline, f"never came: {what}"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def serving(home: Path, pids: Path, visits: int = 8, idle_s: float = 300.0, where: Place | None = None,
                  command: tuple[str, ...] = (), tick: Callable[[], float] = tick,
                  ) -> AsyncIterator[Served]:  # fmt: skip
    """The server on a free port of this machine."""
    recorded: list[Payload] = []
    where = where or place(ServeSettings(), home)
    started = command or (sys.executable, "-m", "tests.serve.echo_child", str(pids))
    clock = FixedClock(NOW)
    people, pins = People.open(home, clock), TabletPins(home, tick)
    tablets = Tablets(where, people, started, visits, idle_s, pins=pins, clock=clock, record=recorded.append, tick=tick)
    runner = web.AppRunner(tablets.app(), access_log=None, shutdown_timeout=5.0)
    await runner.setup()
    for door in doors("127.0.0.1", 0, tablets.kept):
        await web.SockSite(runner, door, ssl_context=where.tls).start()
    port = runner.addresses[0][1]
    browser = ClientSession(cookie_jar=CookieJar(unsafe=True))
    served = Served(tablets, f"{where.scheme}://127.0.0.1:{port}", pids, browser, recorded, runner)
    try:
        yield served
    finally:
        for each in (browser, *served.others):
            await each.close()
        await runner.cleanup()


@pytest.fixture(scope="module", autouse=True)
def _children_find_the_checkout() -> Iterator[None]:
    """A child is started as `python -m …` and must find this checkout, wherever the test runs from."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(CHECKOUT)
        patch.setenv("PYTHONPATH", os.pathsep.join([str(CHECKOUT), os.environ.get("PYTHONPATH", "")]))
        yield


@pytest.fixture
async def served(staff: Path, tmp_path: Path) -> AsyncIterator[Served]:
    """The server with a counter that echoes."""
    async with serving(staff, tmp_path) as found:
        yield found

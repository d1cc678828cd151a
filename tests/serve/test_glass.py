"""One process for one tablet: told who signed in where nobody else reads it, bounded, and never left over."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar

from clerk.clock import FixedClock, to_datetime
from clerk.model.staff import Signed, StaffRole
from clerk.people import People
from clerk.serve import counter_process, pages, server
from clerk.serve.counter_process import Size, command
from clerk.serve.handover import VARIABLE, hand_over, taken_over
from tests.promises.corner import NOW
from tests.serve import walk
from tests.serve.conftest import CHECKOUT, Served, Socket, alive, read, serving, until


async def test_keys_go_there_and_what_is_drawn_comes_back(served: Served) -> None:
    await served.sign_in()
    glass = await served.glass()
    assert await glass.seen() == "ready 85x46"
    assert await glass.send("keys:ABCD\r") == "ABCD\r"
    assert await glass.send("keys:\x1b[<0;1;1M:é") == "\x1b[<0;1;1M:é"
    assert await glass.send("size:113x34") == '{"height": 34, "type": "resize", "width": 113}'


async def test_who_signed_in_is_handed_over_where_no_other_process_reads_it(served: Served) -> None:
    await served.sign_in()
    glass = await served.glass()
    await glass.seen()
    assert await glass.send("keys:whose") == f"{Signed(walk.NAME, StaffRole.ASSOCIATE)} unseen"
    (pid,) = served.running()
    started_with = Path(f"/proc/{pid}/environ").read_bytes() + Path(f"/proc/{pid}/cmdline").read_bytes()
    assert walk.NAME.encode() not in started_with
    assert walk.PIN.encode() not in started_with


async def test_sizes_that_no_screen_has_are_made_possible(served: Served) -> None:
    await served.sign_in()
    assert await (await served.glass(size="?width=99999&height=-5")).seen() == "ready 400x10"
    assert await (await served.glass(size="?width=x&height=")).seen() == "ready 80x24"
    assert Size.of("12e9", "½") == (80, 24)


async def test_a_closed_page_ends_its_process(served: Served) -> None:
    await served.sign_in()
    glass = await served.glass()
    await glass.seen()
    assert len(served.running()) == 1
    await glass.socket.close()
    await until(lambda: not served.running(), "the end of the process")


async def test_a_tablet_that_vanishes_in_the_middle_ends_its_process(served: Served) -> None:
    await served.sign_in()
    glass = await served.glass()
    await glass.seen()
    transport_of(glass).abort()
    await until(lambda: not served.running(), "the end of the process")


async def test_a_process_that_will_not_end_is_made_to(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counter_process, "PATIENCE_S", 0.2)
    await served.sign_in()
    glass = await served.glass()
    await glass.seen()
    assert await glass.send("keys:stubborn") == "stubborn"
    await glass.socket.close()
    await until(lambda: not served.running(), "the end of the process")


async def test_a_counter_that_locks_or_closes_itself_signs_its_tablet_out(served: Served) -> None:
    await served.sign_in()
    glass = await served.glass()
    await glass.seen()
    await glass.socket.send_str("keys:close")
    assert await glass.closed() == 4001
    assert "PIN pad" in await (await read(served.browser.get(served.url))).text()


async def test_a_page_loaded_again_takes_the_place_of_the_one_before(served: Served) -> None:
    await served.sign_in()
    first = await served.glass()
    await first.seen()
    second = await served.glass()
    await second.seen()
    assert await first.closed() == 4000
    await until(lambda: len(served.running()) == 1, "one process")
    assert await second.send("keys:still") == "still"


async def test_a_page_loaded_as_fast_as_one_can_never_gets_more_processes_than_its_share(
    staff: Path, tmp_path: Path
) -> None:
    async with serving(staff, tmp_path, visits=1) as served:
        await served.sign_in()
        found = await asyncio.gather(*(served.glass() for _ in range(12)), return_exceptions=True)
        assert len(served.running()) <= 1 + server.ENDING
        for each in found:
            if isinstance(each, Socket):
                await each.socket.close()
        await until(lambda: not served.running(), "the end of the processes")
        await until(lambda: not served.tablets.in_use, "room")
        await (await served.glass()).seen()


async def test_signing_out_ends_the_counter(served: Served) -> None:
    await served.sign_in()
    page = await (await read(served.browser.get(served.url))).text()
    glass = await served.glass()
    await glass.seen()
    form = {"form": page.split('name="form" value="')[1].split('"')[0]}
    await read(served.browser.post(f"{served.url}/sign-out", data=form, headers=served.from_us()))
    await glass.closed()
    await until(lambda: not served.running(), "the end of the process")


async def test_more_tablets_than_are_served_get_a_plain_page_and_no_process(staff: Path, tmp_path: Path) -> None:
    async with serving(staff, tmp_path, visits=2) as served:
        glasses = []
        for _ in range(2):
            browser = served.other()
            await served.sign_in(browser=browser)
            glasses.append(await served.glass(browser))
            await glasses[-1].seen()
        third = served.other()
        await served.sign_in(browser=third)
        page = await read(third.get(served.url))
        assert (page.status, await page.text()) == (503, pages.plain(pages.ALL_IN_USE))
        assert await served.refused(third, **served.from_us()) == 503
        assert len(served.started()) == 2
        await glasses[0].socket.close()
        await until(lambda: served.tablets.in_use == 1, "room for one more")
        await (await served.glass(third)).seen()


async def test_a_glass_of_another_origin_is_refused_although_the_cookie_is_right(served: Served) -> None:
    await served.sign_in()
    for origin in ("http://evil.example", "null", served.url.replace("127.0.0.1", "localhost")):
        assert await served.refused(Origin=origin) == 403
    assert await served.refused() == 403
    assert served.started() == set()


async def test_too_long_too_many_or_strange_messages_end_the_glass(served: Served) -> None:
    await served.sign_in()
    glass = await served.glass()
    await glass.socket.send_str("keys:" + "x" * server.LONGEST_MESSAGE)
    assert await glass.closed() == 1009
    glass = await served.glass()
    await glass.socket.send_bytes(b"keys:x")
    assert await glass.closed() == 1008
    glass = await served.glass()
    for _ in range(int(server.BURST) + 400):
        await glass.socket.send_str("noise")
    assert await glass.closed() == 1008
    await until(lambda: not served.running(), "the end of the processes")


async def test_a_tablet_that_takes_nothing_is_let_go(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "SLOWEST_S", 0.2)
    monkeypatch.setattr(counter_process, "PATIENCE_S", 0.5)
    await served.sign_in()
    glass = await served.glass()
    await glass.seen()
    transport_of(glass).pause_reading()
    await glass.socket.send_str("keys:flood")
    await until(lambda: not served.running(), "the end of the process")


async def test_somebody_who_no_longer_works_here_or_left_the_tablet_alone_is_signed_out(
    staff: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "LOOK_S", 0.05)
    async with serving(staff, tmp_path) as served:
        await served.sign_in()
        glass = await served.glass()
        await glass.seen()
        People.open(staff, FixedClock(NOW)).remove(walk.NAME)
        assert await glass.closed() == 4001
        assert "PIN pad" in await (await read(served.browser.get(served.url))).text()
        await served.sign_in(walk.BOSS, walk.BOSS_PIN)
        glass = await served.glass()
        await glass.seen()
        for session in served.tablets.sessions.everybody():
            session.used -= 301
        assert await glass.closed() == 4001


async def test_stopping_the_server_ends_every_process(staff: Path, tmp_path: Path) -> None:
    async with serving(staff, tmp_path) as served:
        glasses = []
        for _ in range(3):
            browser = served.other()
            await served.sign_in(browser=browser)
            glasses.append(await served.glass(browser))
            await glasses[-1].seen()
        assert len(served.running()) == 3
    assert served.running() == set()


async def test_a_real_counter_draws_for_who_signed_in_and_ends_even_when_the_server_is_killed(
    corner_shop: Path, tmp_path: Path
) -> None:
    at = to_datetime(NOW).isoformat(sep="T", timespec="minutes")
    async with serving(corner_shop, tmp_path, command=command(corner_shop, at)) as served:
        await served.sign_in()
        glass = await served.glass()
        drawn = await drawn_until(glass, walk.NAME)
        assert "Corner" in drawn
        await glass.socket.send_str("keys:\x0b")
        assert await glass.closed() == server.SIGNED_OUT, "^K at a tablet asks for a PIN on the server's page"
        assert "PIN pad" in await (await read(served.browser.get(served.url))).text()
    with walk.served(corner_shop, "--at", at) as url:
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as browser:
            form = {"name": walk.NAME, "pin": walk.PIN}
            await read(browser.post(f"{url}/sign-in", data=form, headers={"Origin": url}))
            socket = await browser.ws_connect(f"{url}/glass", headers={"Origin": url})
            await drawn_until(Socket(socket), walk.NAME)
            pids = counters_of(corner_shop)
            assert len(pids) == 1
            killed = [pid for pid in ancestors(pids[0]) if b"serve" in command_line(pid).split(b"\0")]
            os.kill(killed[0], signal.SIGKILL)
            await until(lambda: not any(alive(pid) for pid in pids), "the end of the counter")


def test_only_a_pipe_hands_somebody_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    signed = Signed(walk.NAME, StaffRole.MANAGER)
    monkeypatch.setenv(VARIABLE, str(hand_over(signed)))
    assert taken_over() == signed
    assert VARIABLE not in os.environ, "nothing started from there has it"
    assert taken_over() is None
    (tmp_path / "forged").write_text('{"name": "x", "role": "manager"}')
    with (tmp_path / "forged").open() as forged:
        for number in (str(forged.fileno()), "0x1", "-1", "99999", "²"):
            monkeypatch.setenv(VARIABLE, number)
            assert taken_over() is None


def test_a_broken_hand_over_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for sent in (b"", b"{", b"[]", b'{"name": "x"}', b'{"name": "x", "role": "owner"}'):
        reading, writing = os.pipe()
        os.write(writing, sent)
        os.close(writing)
        monkeypatch.setenv(VARIABLE, str(reading))
        assert taken_over() is None


def test_the_command_that_is_started_names_nobody(tmp_path: Path) -> None:
    assert command(tmp_path)[1:] == ("-m", "clerk", "open", "--home", str(tmp_path))
    started = subprocess.run(
        [sys.executable, "-m", "clerk", "open", "--home", str(tmp_path)],
        env={**os.environ, VARIABLE: "0", "PYTHONPATH": str(CHECKOUT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "E201" in started.stderr, "without a valid hand-over it is the command it always was"


def transport_of(glass: Socket) -> asyncio.Transport:
    """The tablet's end of the wire, to be cut and to be stopped up."""
    found = glass.socket.get_extra_info("socket")
    assert found is not None
    transport = glass.socket._conn.transport  # type: ignore[union-attr]
    assert isinstance(transport, asyncio.Transport)
    return transport


async def drawn_until(glass: Socket, words: str) -> str:
    drawn = ""
    while words not in drawn:
        drawn += await asyncio.wait_for(glass.seen(), 20)
    return drawn


def command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def counters_of(home: Path) -> list[int]:
    """Processes that draw for tablets of a data folder."""
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]
    wanted = (b"open", str(home.resolve()).encode())
    return [pid for pid in pids if alive(pid) and all(word in command_line(pid).split(b"\0") for word in wanted)]


def ancestors(pid: int) -> list[int]:
    found = []
    while pid > 1:
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        found.append(pid)
    return found

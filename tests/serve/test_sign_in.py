"""Name and PIN before anything is started; the same answer to whoever is not let in."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from clerk.clock import FixedClock
from clerk.model.staff import Signed, StaffRole
from clerk.people import People
from clerk.serve import pages, server
from clerk.serve.sessions import ADDRESSES, LONGEST_S, MOST, TRIES, WINDOW_S, Sessions, Tries
from clerk.settings import PeopleSettings
from tests.promises.corner import NOW
from tests.serve import walk
from tests.serve.conftest import PATIENCE_S, Served, read, serving

NOOR = Signed("Noor", StaffRole.ASSOCIATE)


class Watch:
    """Monotonic seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_who_signs_in_gets_the_counter_and_a_cookie_that_scripts_and_other_sites_never_see(
    served: Served,
) -> None:
    assert "PIN pad" in await (await read(served.browser.get(served.url))).text()
    answer = await served.sign_in()
    assert answer.status == 303
    assert answer.headers["Location"] == "/"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert len(answer.cookies["clerk"].value) >= 43, "256 random bits"
    page = await (await read(served.browser.get(served.url))).text()
    assert walk.NAME in page
    assert 'id="glass"' in page


async def test_an_unknown_name_a_wrong_pin_and_a_lock_out_get_the_same_answer(staff: Path, tmp_path: Path) -> None:
    tries = PeopleSettings().tries
    async with serving(staff, tmp_path) as served:
        answers = [await served.sign_in("Nobody Atall", "111111")]
        answers += [await served.sign_in(pin="111111") for _ in range(tries)]
        answers.append(await served.sign_in())
        people = People.open(staff, FixedClock(NOW))
        assert next(one for one in people.everybody() if one.name == walk.NAME).locked_until
        told = {(answer.status, await answer.text()) for answer in answers}
    assert told == {(403, pages.sign_in(pages.REFUSED))}


async def test_no_process_runs_and_no_glass_opens_before_somebody_signed_in(served: Served) -> None:
    await read(served.browser.get(served.url))
    for cookie in ("", "clerk=", "clerk=x", "clerk=" + "A" * 43):
        assert await served.refused(**served.from_us(), Cookie=cookie) == 401
    await served.sign_in(pin="111111")
    assert served.started() == set()


async def test_a_card_scanned_into_the_pin_is_no_try(staff: Path, tmp_path: Path) -> None:
    async with serving(staff, tmp_path) as served:
        for pin in (walk.card_of("cleo"), "", "１２３４", "12 34"):
            answer = await served.sign_in(pin=pin)
            assert (answer.status, await answer.text()) == (403, pages.sign_in(pages.REFUSED))
        people = People.open(staff, FixedClock(NOW))
        assert next(one for one in people.everybody() if one.name == walk.NAME).wrong == 0


async def test_an_address_that_tries_too_often_waits_whatever_it_sends(served: Served) -> None:
    for _ in range(TRIES):
        await read(served.browser.post(f"{served.url}/sign-in", data={"name": walk.NAME}, headers=served.from_us()))
    answer = await served.sign_in()
    assert answer.status == 429
    assert answer.headers["Retry-After"] == "60"
    assert not list(served.browser.cookie_jar)


async def test_a_form_that_does_not_come_is_not_waited_for(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "FORM_S", 0.05)
    host, _, port = served.url.removeprefix("http://").partition(":")
    reading, writing = await asyncio.open_connection(host, int(port))
    head = f"POST /sign-in HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: {served.url}\r\n"
    writing.write(f"{head}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 90\r\n\r\nname".encode())
    async with asyncio.timeout(PATIENCE_S):
        assert (await reading.readline()).startswith(b"HTTP/1.1 408")
    writing.close()
    await writing.wait_closed()


async def test_signing_out_needs_the_form_of_ones_own_page(served: Served) -> None:
    await served.sign_in()
    page = await (await read(served.browser.get(served.url))).text()
    form = page.split('name="form" value="')[1].split('"')[0]
    wrong = await read(served.browser.post(f"{served.url}/sign-out", data={"form": "x"}, headers=served.from_us()))
    assert wrong.status == 403
    assert 'id="glass"' in await (await read(served.browser.get(served.url))).text()
    cookie = {"Cookie": "clerk=" + next(iter(served.browser.cookie_jar)).value}
    await read(served.browser.post(f"{served.url}/sign-out", data={"form": form}, headers=served.from_us()))
    again = await read(served.other().get(served.url, headers=cookie))
    assert "PIN pad" in await again.text(), "the old cookie opens nothing"


async def test_signing_in_again_ends_the_sign_in_before(served: Served) -> None:
    await served.sign_in()
    cookie = {"Cookie": "clerk=" + next(iter(served.browser.cookie_jar)).value}
    await served.sign_in(walk.BOSS, walk.BOSS_PIN)
    assert walk.BOSS in await (await read(served.browser.get(served.url))).text()
    assert "PIN pad" in await (await read(served.other().get(served.url, headers=cookie))).text()


def test_a_sign_in_ends_when_nobody_touches_the_tablet_and_after_a_working_day() -> None:
    watch = Watch()
    sessions = Sessions(300.0, watch)
    token, session = sessions.begin(NOOR)
    for _ in range(int(LONGEST_S // 200)):
        watch.now += 200
        assert sessions.find(token) is session
        sessions.use(session)
    watch.now += 200
    assert sessions.find(token) is None, "a working day is over"
    token, session = sessions.begin(NOOR)
    watch.now += 301
    assert sessions.find(token) is None
    assert sessions.everybody() == []


def test_sign_ins_and_addresses_take_a_bounded_room() -> None:
    watch = Watch()
    sessions, tries = Sessions(300.0, watch), Tries(watch)
    tokens = [sessions.begin(NOOR)[0] for _ in range(MOST + 5)]
    assert sessions.find(tokens[0]) is None
    assert len(sessions.everybody()) == MOST
    for number in range(ADDRESSES + 10):
        tries.may(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(tries._tried) == ADDRESSES


def test_tries_are_counted_by_address_and_of_ipv6_by_network() -> None:
    watch = Watch()
    tries = Tries(watch)
    assert all(tries.may(f"2001:db8::{number:x}") for number in range(TRIES))
    assert not tries.may("2001:db8::ffff")
    assert tries.may("2001:db8:1::1")
    assert tries.may("192.0.2.1")
    watch.now += WINDOW_S + 1
    assert tries.may("2001:db8::ffff")
    tries.forget("2001:db8::1")
    assert all(tries.may("2001:db8::1") for _ in range(TRIES))

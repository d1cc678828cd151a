"""Name and PIN before anything is started; the same answer to whoever is not let in."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from clerk.clock import FixedClock
from clerk.errors import PinRefused
from clerk.model.staff import Signed, StaffRole
from clerk.people import People, people_file, pins, tablet_pins
from clerk.serve import pages, server
from clerk.serve.sessions import LONGEST_S, MOST, Sessions
from clerk.serve.throttle import FREE, WAIT_AT_MOST_S
from clerk.settings import PeopleSettings
from tests.promises.corner import NOW
from tests.serve import walk
from tests.serve.conftest import PATIENCE_S, Served, Watch, read, serving

NOOR = Signed("Noor", StaffRole.ASSOCIATE)


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


async def test_an_unknown_name_a_wrong_pin_and_one_too_many_get_the_same_answer(staff: Path, tmp_path: Path) -> None:
    watch = Watch()
    async with serving(staff, tmp_path, tick=watch) as served:
        answers = []
        for name in ("Nobody Atall", walk.NAME):
            for _ in range(tablet_pins.A_DAY + 1):
                watch.now += WAIT_AT_MOST_S
                answers.append(await served.sign_in(name, "111111", served.other()))
        watch.now += WAIT_AT_MOST_S
        answers.append(await served.sign_in())
        told = {(answer.status, await answer.text()) for answer in answers}
    assert told == {(403, pages.sign_in(pages.REFUSED))}


async def test_nothing_that_comes_over_the_network_locks_a_name_at_the_counter(staff: Path, tmp_path: Path) -> None:
    watch = Watch()
    async with serving(staff, tmp_path, tick=watch) as served:
        for number in range(120):
            watch.now += WAIT_AT_MOST_S
            await served.sign_in((walk.NAME, walk.BOSS)[number % 2], "111111")
    people = People(staff, FixedClock(NOW), PeopleSettings(), tick=watch)
    assert [(one.locked_until, one.wrong) for one in people.everybody()] == [(0, 0), (0, 0)]
    assert people.check_pin(walk.BOSS, walk.BOSS_PIN).name == walk.BOSS
    assert people.check_pin(walk.NAME, walk.PIN).name == walk.NAME


async def test_a_lock_at_the_counter_keeps_nobody_from_their_own_tablet(staff: Path, tmp_path: Path) -> None:
    people = People(staff, FixedClock(NOW), PeopleSettings())
    for _ in range(PeopleSettings().tries):
        with pytest.raises(PinRefused):
            people.check_pin(walk.NAME, "111111")
    async with serving(staff, tmp_path) as served:
        assert (await served.sign_in()).status == 303
    assert people.find(walk.NAME).locked_until


async def test_a_tablet_that_was_used_before_signs_in_at_once_while_strangers_have_used_up_every_try(
    staff: Path, tmp_path: Path
) -> None:
    watch = Watch()
    async with serving(staff, tmp_path, tick=watch) as served:
        assert (await served.sign_in()).status == 303
        stranger = served.other()
        for _ in range(30):
            await served.sign_in(pin="111111", browser=stranger)
        assert (await served.sign_in(browser=served.other())).status == 429, "a stranger waits, though the PIN is right"
        assert (await served.sign_in()).status == 303
        assert (await served.sign_in(walk.BOSS, walk.BOSS_PIN)).status == 303, "so does a colleague at that tablet"


async def test_the_cookie_of_a_known_tablet_is_a_secret_that_scripts_and_other_sites_never_see(
    staff: Path, served: Served
) -> None:
    answer = await served.sign_in()
    cookie = answer.cookies["clerk-tablet"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert len(cookie.value) >= 43, "256 random bits"
    assert cookie.value not in (staff / people_file.FILE).read_text(), "kept as a hash"
    again = await served.sign_in()
    assert again.cookies["clerk-tablet"].value == cookie.value
    other = served.other()
    made_up = {"Cookie": "clerk-tablet=chosen-by-somebody"}
    form = {"name": walk.NAME, "pin": walk.PIN}
    answer = await read(
        other.post(f"{served.url}/sign-in", data=form, headers=served.from_us() | made_up, allow_redirects=False)
    )
    assert answer.cookies["clerk-tablet"].value != "chosen-by-somebody"


async def test_no_pin_is_looked_at_for_a_try_that_is_turned_away(
    staff: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = 0

    def counted(kept: str, pin: str) -> bool:
        nonlocal looked_at
        looked_at += 1
        return False

    monkeypatch.setattr(pins, "matches", counted)
    async with serving(staff, tmp_path, tick=Watch()) as served:
        for number in range(200):
            await served.sign_in(("Nobody", walk.NAME)[number % 2], "111111")
    assert looked_at == FREE
    (row,) = served.recorded
    assert (row["tried"], row["looked_at"], row["names"]) == (200, FREE, [walk.NAME])


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


async def test_an_address_that_tries_too_often_is_told_how_long_to_wait(served: Served) -> None:
    for _ in range(FREE):
        await served.sign_in(pin="111111")
    answer = await served.sign_in()
    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) >= 1
    assert "Wait 1 second" in await answer.text()
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


def test_sign_ins_take_a_bounded_room() -> None:
    watch = Watch()
    sessions = Sessions(300.0, watch)
    tokens = [sessions.begin(NOOR)[0] for _ in range(MOST + 5)]
    assert sessions.find(tokens[0]) is None
    assert len(sessions.everybody()) == MOST

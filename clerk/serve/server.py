"""The web routes: sign-in, the counter's page, its screen. No counter runs before somebody signed in."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from importlib.resources import files
from math import ceil
from time import monotonic
from typing import NamedTuple

from aiohttp import WSCloseCode, WSMsgType, web

from clerk import clock as clocks
from clerk.clock import Clock
from clerk.errors import ClerkError
from clerk.people import People
from clerk.people.tablet_pins import TabletPins
from clerk.serve import pages, request_checks
from clerk.serve.counter_process import Child, Size
from clerk.serve.listening import Place
from clerk.serve.refused import Payload, Refused
from clerk.serve.sessions import Session, Sessions
from clerk.serve.sign_ins import SignIns
from clerk.serve.throttle import Throttle

LONGEST_FORM = 4096
"""Bytes of a form; name and PIN have a hundred."""

FORM_S = 10.0
"""How long the body of a form may take: it comes with its headers; only who means harm sends it letter by letter."""

LONGEST_MESSAGE = 8192
"""Bytes of one message of a tablet; a paste of 512 letters is read, and a turn of the wheel has ten."""

MESSAGES_A_SECOND = 300.0
"""What a tablet may send; a scanner of 2 ms a key sends that many for a moment."""

BURST = 900.0
"""Messages it may send at once."""

SLOWEST_S = 10.0
"""A tablet that takes nothing for so long is gone."""

ENDING = 2
"""Processes beyond the visits that may still be ending while pages are loaded again; whoever loads faster waits."""

CLOSING_S = 2.0
"""How long a tablet may take to say goodbye."""

LOOK_S = 5.0
"""How often sign-ins are looked through: left alone, or of somebody who no longer works here."""

OPENED_ELSEWHERE, SIGNED_OUT = 4000, 4001
"""Why a glass was closed, for counter.js: another page of the tablet took over, or the sign-in ended."""

KNOWN_FOR_S = 400 * 86_400
"""How long a browser keeps the cookie that a tablet is known by; browsers permit no longer."""

_ASSETS = {
    "sign.css": "text/css",
    "sign.js": "text/javascript",
    "counter.css": "text/css",
    "counter.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}


class _Glass(NamedTuple):
    """One open socket."""

    session: Session
    socket: web.WebSocketResponse
    transport: asyncio.Transport | None

    async def close(self, code: int, why: bytes = b"") -> None:
        """Sends the reason and closes; a tablet that does not answer is cut off."""
        try:
            await asyncio.wait_for(self.socket.close(code=code, message=why), CLOSING_S)
        except (TimeoutError, ConnectionError, RuntimeError):
            if self.transport is not None:
                self.transport.abort()


class Tablets:
    """Everything behind the address.

    Args:
        place: where we are reached.
        people: who may sign in.
        command: the counter's command line.
        visits: processes at once.
        idle_s: seconds without a key or tap after which a tablet is signed out.
        pins: checks what was typed at a tablet.
        clock: now.
        record: takes what the audit is told of refused sign-ins; called on another thread.
        tick: seconds that never go back.
    """

    def __init__(
        self,
        place: Place,
        people: People,
        command: tuple[str, ...],
        visits: int,
        idle_s: float,
        *,
        pins: TabletPins,
        clock: Clock,
        record: Callable[[Payload], None] = lambda payload: None,
        tick: Callable[[], float] = clocks.tick,
    ) -> None:
        self._place = place
        self._people = people
        self._record = record
        self._command = command
        self._visits = visits
        self.sessions = Sessions(idle_s, monotonic)
        self._refused = Refused(clock.now, tick)
        self._sign_ins = SignIns(pins, Throttle(tick), self._refused)
        self._open: dict[int, _Glass] = {}
        self._ending: set[asyncio.Task[None]] = set()
        before = "__Host-" if place.tls else ""
        self._cookie, self._tablet_cookie = f"{before}clerk", f"{before}clerk-tablet"

    @property
    def in_use(self) -> int:
        """Counter processes that run or are ending."""
        return len(self._open)

    def kept(self) -> set[int]:
        """File numbers of the connections that counters are drawn through."""
        found = (glass.transport.get_extra_info("socket") for glass in self._open.values() if glass.transport)
        return {one.fileno() for one in found if one is not None}

    def app(self) -> web.Application:
        """The application with its guard."""
        app = web.Application(client_max_size=LONGEST_FORM)
        request_checks.watch(app, self._place)
        app.add_routes(
            [
                web.get("/", self.page),
                web.post("/sign-in", self.sign_in),
                web.post("/sign-out", self.sign_out),
                web.get("/glass", self.glass),
            ]
        )
        assets = {name: (_own(name), kind) for name, kind in _ASSETS.items()}
        assets["xterm.js"] = (pages.terminal_script().encode(), "text/javascript")
        assets["xterm.css"] = (pages.terminal_style(), "text/css")
        assets["mono.ttf"] = (pages.terminal_font(), "font/ttf")
        for name, (body, kind) in assets.items():
            app.router.add_get(f"/assets/{name}", partial(_asset, body, kind))
        app.cleanup_ctx.append(self._looking)
        app.on_shutdown.append(self._close_all)
        return app

    async def page(self, request: web.Request) -> web.StreamResponse:
        """The counter for who is signed in, the sign-in for everybody else."""
        session = self._session(request)
        if session is None:
            return _html(pages.sign_in())
        if self._is_full(session):
            return _html(pages.plain(pages.ALL_IN_USE), 503)
        nonce = request[request_checks.NONCE] = secrets.token_urlsafe(16)
        return _html(pages.counter(session.signed.name, session.form, nonce))

    async def sign_in(self, request: web.Request) -> web.StreamResponse:
        """Name and PIN; who is let in gets a cookie for the sign-in and one by which the tablet is known again."""
        form = await _form(request)
        name, pin = form.get("name"), form.get("pin")
        # What is no PIN at all, as a card scanned into its field, is not tried.
        if not (isinstance(name, str) and isinstance(pin, str) and pin.isascii() and pin.isdecimal()):
            return _html(pages.sign_in(pages.REFUSED), 403)
        secret = request.cookies.get(self._tablet_cookie, "")
        entered, wait_s = await self._sign_ins.enter(name, pin, request.remote or "", secret)
        if entered is None:
            return _wait(wait_s) if wait_s else _html(pages.sign_in(pages.REFUSED), 403)
        if before := self._session(request):
            self._end(before)
        token, _ = self.sessions.begin(entered.signed)
        answer = _to_the_start()
        self._set(answer, self._cookie, token, None)
        self._set(answer, self._tablet_cookie, entered.secret, KNOWN_FOR_S)
        return answer

    async def _tell(self, *, at_once: bool = False) -> None:
        """Writes what the audit is told of refused sign-ins, when it is time."""
        for payload in self._refused.due(at_once=at_once):
            await asyncio.to_thread(self._record, payload)

    def _set(self, answer: web.Response, name: str, value: str, age_s: int | None) -> None:
        secure = bool(self._place.tls)
        answer.set_cookie(name, value, max_age=age_s, httponly=True, secure=secure, samesite="Strict", path="/")

    async def sign_out(self, request: web.Request) -> web.StreamResponse:
        """Ends the sign-in and its counter."""
        session = self._session(request)
        form = await _form(request)
        if session is not None:
            if not secrets.compare_digest(str(form.get("form", "")).encode(), session.form.encode()):
                raise web.HTTPForbidden(text="Only the counter's own page may ask for this.\n")
            self._end(session)
        answer = _to_the_start()
        answer.del_cookie(self._cookie, httponly=True, secure=bool(self._place.tls), samesite="Strict", path="/")
        return answer

    async def glass(self, request: web.Request) -> web.StreamResponse:
        """The socket between one tablet and its own counter process."""
        if not request_checks.same_page(request, self._place):
            raise web.HTTPForbidden(text="Only the counter's own page may ask for this.\n")
        session = self._session(request)
        if session is None:
            raise web.HTTPUnauthorized(text="Sign in first.\n")
        await self._close_of(session)
        if self._is_full(session):
            raise web.HTTPServiceUnavailable(text=pages.ALL_IN_USE + "\n")
        socket = web.WebSocketResponse(timeout=CLOSING_S, heartbeat=15.0, max_msg_size=LONGEST_MESSAGE, compress=False)
        glass = self._open[id(socket)] = _Glass(session, socket, request.transport)
        child = Child(self._command, session.signed)
        try:
            await socket.prepare(request)
            await child.start(Size.of(request.query.get("width"), request.query.get("height")))
            drawing = asyncio.create_task(self._draw(child, glass))
            try:
                await self._listen(child, glass)
            finally:
                drawing.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await drawing
        except OSError:
            await glass.close(WSCloseCode.TRY_AGAIN_LATER)
        finally:
            # The browser may be gone and this handler cancelled: the process is ended all the same.
            ending = asyncio.create_task(self._ended(child, id(socket)))
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)
            await asyncio.shield(ending)
        return socket

    async def _draw(self, child: Child, glass: _Glass) -> None:
        """From the counter to the tablet; a tablet that takes nothing is closed.

        A counter that closes by itself was locked or left: whoever comes next signs in.
        """
        try:
            async for packet in child.drawn():
                await asyncio.wait_for(glass.socket.send_bytes(packet), SLOWEST_S)
        except (ConnectionError, TimeoutError, RuntimeError):
            if glass.transport is not None:
                glass.transport.abort()
            return
        self.sessions.end(glass.session)
        await glass.close(SIGNED_OUT, b"signed out")

    async def _listen(self, child: Child, glass: _Glass) -> None:
        left, before = BURST, monotonic()
        async for message in glass.socket:
            now = monotonic()
            left, before = min(BURST, left + (now - before) * MESSAGES_A_SECOND), now
            left -= 1
            if left < 0 or message.type is not WSMsgType.TEXT:
                await glass.close(WSCloseCode.POLICY_VIOLATION)
                return
            kind, _, rest = message.data.partition(":")
            if kind == "keys":
                self.sessions.use(glass.session)
                await child.typed(rest)
            elif kind == "size":
                width, _, height = rest.partition("x")
                await child.resized(Size.of(width, height))

    async def _ended(self, child: Child, key: int) -> None:
        try:
            await child.end()
        finally:
            self._open.pop(key, None)

    async def _looking(self, app: web.Application) -> AsyncIterator[None]:
        tasks = (asyncio.create_task(self._look()), asyncio.create_task(self._tell_on()))
        yield
        for task in tasks:
            task.cancel()

    async def _look(self) -> None:
        """Signs out tablets that were left alone, and people who were removed or given another role."""
        while True:
            await asyncio.sleep(LOOK_S)
            for glass in list(self._open.values()):
                session = glass.session
                if not self.sessions.holds(session) or not await asyncio.to_thread(self._works_here, session):
                    self.sessions.end(session)
                    await glass.close(SIGNED_OUT, b"signed out")

    async def _tell_on(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            await self._tell()

    def _works_here(self, session: Session) -> bool:
        try:
            return any(
                one.name == session.signed.name and one.role is session.signed.role for one in self._people.everybody()
            )
        except ClerkError:
            return False

    def _session(self, request: web.Request) -> Session | None:
        return self.sessions.find(request.cookies.get(self._cookie, ""))

    def _is_full(self, session: Session) -> bool:
        others = sum(glass.session is not session for glass in self._open.values())
        return others >= self._visits or self.in_use >= self._visits + ENDING

    def _end(self, session: Session) -> None:
        self.sessions.end(session)
        closing = asyncio.create_task(self._close_of(session))
        self._ending.add(closing)
        closing.add_done_callback(self._ending.discard)

    async def _close_of(self, session: Session) -> None:
        """Closes a page that was loaded again elsewhere or signed out."""
        for glass in list(self._open.values()):
            if glass.session is session:
                await glass.close(OPENED_ELSEWHERE, b"opened elsewhere")

    async def _close_all(self, app: web.Application) -> None:
        await asyncio.gather(*(glass.close(WSCloseCode.GOING_AWAY) for glass in list(self._open.values())))
        if self._ending:
            await asyncio.wait(self._ending)
        await self._tell(at_once=True)


async def _form(request: web.Request) -> Mapping[str, object]:
    """What a form sent, if it comes in time; aiohttp itself ends a connection whose headers do not come."""
    try:
        async with asyncio.timeout(FORM_S):
            return await request.post()
    except TimeoutError:
        raise web.HTTPRequestTimeout(text="The form did not come whole.\n", headers={"Connection": "close"}) from None


async def _asset(body: bytes, kind: str, request: web.Request) -> web.Response:
    charset = None if kind.startswith("font") else "utf-8"
    return web.Response(body=body, content_type=kind, charset=charset)


def _own(name: str) -> bytes:
    return files("clerk.serve").joinpath("assets", name).read_bytes()


def _wait(seconds: float) -> web.Response:
    answer = _html(pages.sign_in(pages.wait(ceil(seconds))), 429)
    answer.headers["Retry-After"] = str(ceil(seconds))
    return answer


def _to_the_start() -> web.Response:
    return web.Response(status=303, headers={"Location": "/"})


def _html(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, content_type="text/html", charset="utf-8", status=status)

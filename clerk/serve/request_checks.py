"""Checks of every request (host, origin, cookie) and the security headers of every answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

from clerk.serve.listening import Place

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

NONCE = web.RequestKey("nonce", str)
"""Set by a page that needs style elements of the terminal."""

_FEATURES = ("camera", "geolocation", "microphone", "payment", "usb", "serial", "display-capture", "midi")
"""What a counter never asks a tablet for."""

_PERMISSIONS = ", ".join(f"{name}=()" for name in _FEATURES)


def watch(app: web.Application, place: Place) -> None:
    """Puts the guard before every handler and the headers on every answer, refusals included."""
    app.middlewares.append(_only_ours(place))
    app.on_response_prepare.append(_headers(place))


def same_page(request: web.Request, place: Place) -> bool:
    """Whether our own page sent this: its Origin is exactly what the browser calls us by."""
    return request.headers.get("Origin", "") == f"{place.scheme}://{request.host}" and place.is_ours(request.host)


def policy(place: Place, host: str, nonce: str) -> str:
    """The content security policy of one answer: nothing from anywhere but us, no inline script, no eval, no frame."""
    socket = f"{'wss' if place.tls else 'ws'}://{host}"
    style = f"'self' 'nonce-{nonce}'" if nonce else "'self'"
    rules = (
        "default-src 'none'",
        "script-src 'self'",
        f"style-src {style}",
        "font-src 'self'",
        "img-src 'self'",
        f"connect-src 'self' {socket}" if place.is_ours(host) else "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
    return "; ".join(rules)


def _only_ours(place: Place) -> Middleware:
    @web.middleware
    async def only_ours(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not place.is_ours(request.host):
            raise web.HTTPMisdirectedRequest(text="This name is not served here.\n")
        asks_for_more = request.method != "GET" or request.headers.get("Upgrade")
        if asks_for_more and not same_page(request, place):
            raise web.HTTPForbidden(text="Only the counter's own page may ask for this.\n")
        return await handler(request)

    return only_ours


def _headers(place: Place) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    # The referrer stays on this host; under `no-referrer`, which tells no more, browsers send forms with a null Origin.
    async def headers(request: web.Request, response: web.StreamResponse) -> None:
        nonce = request.get(NONCE, "")
        response.headers.update(
            {
                "Content-Security-Policy": policy(place, request.host, nonce),
                "X-Frame-Options": "DENY",
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "same-origin",
                "Permissions-Policy": _PERMISSIONS,
                "Cross-Origin-Opener-Policy": "same-origin",
                "Cross-Origin-Resource-Policy": "same-origin",
                "Cache-Control": "no-store",
                "Server": "clerk",
            }
        )
        if place.tls:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"

    return headers

"""What every answer carries, and who is not answered at all."""

from __future__ import annotations

import pytest
from aiohttp import ClientResponse

from clerk.serve import pages
from tests.serve import walk
from tests.serve.conftest import Served, read

PATHS = ("/", "/assets/xterm.js", "/assets/mono.ttf", "/nowhere", "/glass", "/assets/../server.py", "/assets/")


def policy(answer: ClientResponse) -> dict[str, str]:
    rules = (rule.split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split("; "))
    return {rule[0]: rule[1] for rule in rules}


@pytest.mark.parametrize("path", PATHS)
async def test_every_answer_carries_the_strict_headers(served: Served, path: str) -> None:
    answer = await read(served.browser.get(served.url + path))
    for name, value in {
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Server": "clerk",
    }.items():
        assert answer.headers[name] == value
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in answer.headers, "without TLS a browser must not be told so"
    rules = policy(answer)
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["font-src"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


async def test_nothing_on_a_page_comes_from_elsewhere_or_stands_in_the_page(served: Served) -> None:
    await served.sign_in()
    for page in (pages.sign_in("<b>"), pages.plain("<b>"), await (await read(served.browser.get(served.url))).text()):
        assert "://" not in page
        assert "<b>" not in page
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick=" not in page
        assert "<script>" not in page
    for name in ("sign.js", "counter.js", "sign.css", "counter.css"):
        text = await (await read(served.browser.get(f"{served.url}/assets/{name}"))).text()
        assert "://" not in text
        assert "eval(" not in text
        assert "innerHTML" not in text


async def test_the_counter_page_permits_style_elements_by_a_nonce_of_its_own(served: Served) -> None:
    await served.sign_in()
    first, second = [await read(served.browser.get(served.url)) for _ in range(2)]
    assert "'nonce-" in policy(first)["style-src"]
    assert policy(first)["style-src"] != policy(second)["style-src"]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", ""])
async def test_a_foreign_name_that_points_at_us_is_refused(served: Served, host: str) -> None:
    answer = await read(served.browser.get(served.url, headers={"Host": host}))
    assert answer.status == 421


@pytest.mark.parametrize("origin", ["", "null", "http://evil.example", "https://127.0.0.1", "http://127.0.0.1:1"])
async def test_forms_of_other_pages_are_refused(served: Served, origin: str) -> None:
    headers = {"Origin": origin} if origin else {}
    form = {"name": walk.NAME, "pin": walk.PIN}
    for path in ("/sign-in", "/sign-out"):
        answer = await read(served.browser.post(served.url + path, data=form, headers=headers, allow_redirects=False))
        assert answer.status == 403
    assert not list(served.browser.cookie_jar)


async def test_a_form_without_end_is_not_read(served: Served) -> None:
    form = {"name": walk.NAME, "pin": "1" * 10_000}
    answer = await read(served.browser.post(served.url + "/sign-in", data=form, headers=served.from_us()))
    assert answer.status == 413


def test_the_terminal_comes_without_the_page_code_of_its_package() -> None:
    script = pages.terminal_script()
    assert "window.clerkXterm=" in script
    assert len(script) > 400_000
    for gone in ("deliver_file_start", "new WebSocket", "window.onload"):
        assert gone not in script, gone
    assert pages.terminal_font()[:4] == b"\x00\x01\x00\x00"
    assert b".xterm" in pages.terminal_style()
